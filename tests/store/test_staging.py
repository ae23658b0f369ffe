"""The working papers of a run: every row has one outcome, and a crash repeats work, never loses it.

Papers refer to no other table, so these tests need no space.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError

from sync.keyring import Keyring
from sync.model import Counts, Details, ListInfo, Problem, Result
from sync.rules.mapping import details_to_json
from sync.store import Store, open_database
from sync.store.staging import NewRow, OutcomeLine, RowPaper, Settled, StagingStore, as_json
from tests.databases import Server

RUN, OTHER_RUN = 1, 2
ANN, BOB, CAT, DAN = ("a" * 32, "b" * 32, "c" * 32, "d" * 32)
SPRING = ListInfo(list_id="l-0001", name="Spring", size=3, is_source=True)
AUTUMN = ListInfo(list_id="l-0002", name="Autumn", size=None, is_source=True)
NAMES = {ANN: "Ann", BOB: "Bob", CAT: "Cat", DAN: "Dan"}


def row(
    position: int,
    person: str | None = ANN,
    *,
    score: int | None = None,
    modified_ms: int | None = None,
    skipped: str | None = None,
    kept: bool = True,
) -> NewRow:
    details = Details(first_name=NAMES[person]) if person and kept else None
    return NewRow(
        position=position,
        record_id=f"r{position}",
        address=f"{NAMES[person].lower()}@example.com" if person else None,
        person=person,
        score=score,
        modified_ms=modified_ms,
        result=Result.SKIPPED.value if skipped else None,
        reason=skipped,
        details=details_to_json(details) if details else None,
    )


def read_page(papers: StagingStore, *rows: NewRow, list_no: int = 0, run_id: int = RUN) -> None:
    """A page of one list, to its end."""
    end = max(one.position for one in rows) + 1
    papers.add_rows(run_id, list_no, rows, next_offset=end, total=end)


def settled(position: int, result: Result, reason: str | None = None) -> Settled:
    return Settled(list_no=0, position=position, result=result, reason=reason)


def places(papers: StagingStore, *persons: str) -> list[tuple[int, int]]:
    return [(one.list_no, one.position) for one in papers.rows_of(RUN, persons)]


@pytest.fixture
def papers(store: Store) -> Iterator[StagingStore]:
    """The papers of a run of two lists, and those of another run beside it."""
    with store.write() as desk:
        desk.staging.add_lists(RUN, [SPRING, AUTUMN])
        desk.staging.add_lists(OTHER_RUN, [SPRING])
    with store.write() as desk:
        yield desk.staging


# --- lists -------------------------------------------------------------------------------------


def test_lists_are_written_down_in_order_and_begin_at_their_top(papers: StagingStore) -> None:
    spring, autumn = papers.lists(RUN)
    assert (spring.list_no, spring.list_id, spring.name, spring.total) == (0, "l-0001", "Spring", 3)
    assert (autumn.list_no, autumn.list_id, autumn.total) == (1, "l-0002", None)
    assert {(one.state, one.next_offset, one.restarts) for one in (spring, autumn)} == {
        ("pending", 0, 0)
    }


def test_a_list_that_failed_says_why_and_the_others_go_on(papers: StagingStore) -> None:
    problem = Problem(kind="not_found", message="The list is gone.", hint="Look.")
    papers.close_list(RUN, 0, state="failed", problem=problem)
    spring, autumn = papers.lists(RUN)
    assert (spring.state, spring.problem) == ("failed", problem)
    assert (autumn.state, autumn.problem) == ("pending", None)


def test_a_page_moves_the_place_from_which_an_interrupted_run_goes_on(
    papers: StagingStore,
) -> None:
    papers.add_rows(RUN, 0, [row(0), row(1, BOB)], next_offset=2, total=5)
    papers.add_rows(RUN, 0, [], next_offset=3, total=4)
    assert (papers.lists(RUN)[0].next_offset, papers.lists(RUN)[0].total) == (3, 4)
    assert papers.lists(RUN)[1].next_offset == 0


def test_a_page_that_cannot_be_saved_whole_leaves_the_place_where_it_was(store: Store) -> None:
    def save_page(*rows: NewRow) -> None:
        with store.write() as desk:
            read_page(desk.staging, *rows)

    with store.write() as desk:
        desk.staging.add_lists(RUN, [SPRING])
    save_page(row(0))
    with pytest.raises(IntegrityError):
        save_page(row(1), row(0))
    with store.read() as desk:
        assert places(desk.staging, ANN) == [(0, 0)]
        assert desk.staging.lists(RUN)[0].next_offset == 1


def test_a_list_that_moved_is_read_again_from_its_top(papers: StagingStore) -> None:
    read_page(papers, row(0), row(1, BOB))
    read_page(papers, row(0), list_no=1)
    read_page(papers, row(0), run_id=OTHER_RUN)
    papers.restart_list(RUN, 0)
    spring = papers.lists(RUN)[0]
    assert (spring.next_offset, spring.total, spring.restarts) == (0, None, 1)
    assert places(papers, ANN, BOB) == [(1, 0)]
    assert papers.lists(OTHER_RUN)[0].next_offset == 1
    read_page(papers, row(0, CAT))
    assert [person for person, _ in papers.persons_of_list(RUN, 0)] == [CAT]


def test_who_a_list_has_shown_is_known_after_an_interruption(papers: StagingStore) -> None:
    read_page(papers, row(0, BOB, kept=False), row(1, None, skipped="no_address"), row(2, ANN))
    read_page(papers, row(0, CAT), list_no=1)
    assert sorted(person for person, _ in papers.persons_of_list(RUN, 0)) == [ANN, BOB]


def test_a_row_shown_before_is_known_by_its_person_and_its_id(papers: StagingStore) -> None:
    read_page(papers, row(0, ANN, kept=False), row(1, BOB))
    read_page(papers, row(2, CAT), list_no=1)
    assert papers.has_shown(RUN, 0, [(CAT, "r2"), (ANN, "r0")])
    assert not papers.has_shown(RUN, 0, [(ANN, "r1"), (BOB, "r0"), (CAT, "r2")])
    assert not papers.has_shown(OTHER_RUN, 0, [(ANN, "r0")])


# --- rows --------------------------------------------------------------------------------------


def test_a_row_comes_back_as_it_was_written_down(papers: StagingStore) -> None:
    read_page(papers, row(0, score=50, modified_ms=1_772_000_000_000))
    assert papers.rows_of(RUN, [ANN]) == [
        RowPaper(
            list_no=0,
            position=0,
            record_id="r0",
            address="ann@example.com",
            person=ANN,
            score=50,
            modified_ms=1_772_000_000_000,
            result=None,
            reason=None,
        )
    ]


def test_a_persons_rows_come_in_list_order_without_those_that_deciding_does_not_need(
    papers: StagingStore,
) -> None:
    read_page(papers, row(1), row(4), list_no=1)
    read_page(papers, row(7), row(8, skipped="duplicate_in_list", kept=False), row(9, BOB))
    assert places(papers, ANN) == [(0, 7), (1, 1), (1, 4)]


def test_details_are_kept_for_the_rows_that_deciding_needs(papers: StagingStore) -> None:
    read_page(papers, row(0), row(1, BOB, skipped="below_threshold", kept=False), row(2, CAT))
    assert papers.details_of(RUN, papers.rows_of(RUN, [ANN, BOB])) == {
        (0, 0): Details(first_name="Ann")
    }


def test_people_who_wait_come_once_each_in_pieces(papers: StagingStore) -> None:
    read_page(papers, row(0, CAT), row(1, ANN), row(2, BOB), row(3, DAN, skipped="no_score"))
    read_page(papers, row(0, ANN), list_no=1)
    assert papers.count_waiting(RUN) == 3
    assert papers.persons_waiting(RUN, after="", limit=2) == [ANN, BOB]
    assert papers.persons_waiting(RUN, after=BOB, limit=2) == [CAT]


def fail(papers: StagingStore, person: str, *, position: int) -> None:
    """A row of the person failed in another run."""
    read_page(papers, row(position, person), run_id=OTHER_RUN)
    failed = Settled(list_no=0, position=position, result=Result.FAILED, reason="contact_failed")
    papers.settle(OTHER_RUN, [failed])


def test_people_whose_rows_failed_in_another_run_are_told_apart(papers: StagingStore) -> None:
    read_page(papers, row(0, CAT), row(1, ANN), row(2, BOB))
    fail(papers, CAT, position=0)
    fail(papers, CAT, position=1)
    fail(papers, DAN, position=2)
    waiting = partial(papers.persons_waiting, RUN, after="", limit=9, failed_in=OTHER_RUN)
    assert waiting(failed=True) == [CAT]
    assert waiting(failed=False) == [ANN, BOB]


def test_lists_not_read_to_their_end_or_with_failed_rows_count_as_failed(
    papers: StagingStore,
) -> None:
    assert papers.lists_that_failed(RUN) == {"l-0001", "l-0002"}  # nothing was read of them
    for list_no in (0, 1):
        papers.close_list(RUN, list_no, state="read")
    read_page(papers, row(0), row(1, BOB), list_no=1)
    assert papers.lists_that_failed(RUN) == set()
    failed = Settled(list_no=1, position=1, result=Result.FAILED, reason="contact_failed")
    papers.settle(RUN, [failed])
    assert papers.lists_that_failed(RUN) == {"l-0002"}


# --- outcomes ----------------------------------------------------------------------------------


def test_every_row_has_exactly_one_outcome_and_the_counts_add_up(papers: StagingStore) -> None:
    read_page(
        papers,
        row(0, ANN, score=60),
        row(1, ANN, score=60, skipped="duplicate_in_list", kept=False),
        row(2, BOB, score=40),
        row(3, None, skipped="no_address"),
        row(4, CAT, score=39, skipped="below_threshold"),
    )
    read_page(papers, row(0, CAT), row(1, DAN, score=90), list_no=1)
    papers.settle(RUN, [settled(0, Result.CREATED), settled(2, Result.UNCHANGED)])
    assert not papers.counts(RUN, threshold=40).adds_up

    papers.settle_rest(RUN, Result.FAILED, "not_reached")
    counts = papers.counts(RUN, threshold=40)
    assert counts.adds_up
    assert counts == Counts(
        lists=2,
        rows=7,
        people=4,
        at_threshold=4,
        created=1,
        unchanged=1,
        leads_created=1,
        skipped={"below_threshold": 1, "duplicate_in_list": 1, "no_address": 1},
        failed={"not_reached": 2},
    )


def test_the_rest_of_a_run_is_settled_without_touching_what_is(papers: StagingStore) -> None:
    read_page(papers, row(0), row(1, BOB))
    read_page(papers, row(0), run_id=OTHER_RUN)
    papers.settle(RUN, [settled(0, Result.UPDATED)])
    papers.settle_rest(RUN, Result.FAILED, "not_reached")
    assert papers.results(RUN) == {"updated": {"": 1}, "failed": {"not_reached": 1}}
    assert papers.results(OTHER_RUN) == {"": {"": 1}}


def test_a_row_settled_again_keeps_the_last_outcome_alone(papers: StagingStore) -> None:
    read_page(papers, row(0))
    papers.settle(RUN, [replace(settled(0, Result.FAILED, "contact_failed"), detail="No.")])
    papers.settle(RUN, [replace(settled(0, Result.CREATED), lead_id="L1", contact_id="C1")])
    assert papers.results(RUN) == {"created": {"": 1}}
    assert papers.lines(RUN) == [
        OutcomeLine(
            list_name="Spring",
            position=0,
            address="ann@example.com",
            score=None,
            result="created",
            reason=None,
            detail=None,
            lead_id="L1",
            contact_id="C1",
        )
    ]


def test_outcomes_are_listed_in_list_order_and_can_be_narrowed(papers: StagingStore) -> None:
    read_page(papers, row(0, BOB, skipped="no_score"), list_no=1)
    read_page(papers, row(0), row(1, CAT, skipped="no_score"), row(2, DAN, skipped="opted_out"))
    read_page(papers, row(0), run_id=OTHER_RUN)

    def found(**narrowed: object) -> list[tuple[str, int]]:
        return [(line.list_name, line.position) for line in papers.lines(RUN, **narrowed)]

    assert found() == [("Spring", 0), ("Spring", 1), ("Spring", 2), ("Autumn", 0)]
    assert found(limit=1) == [("Spring", 0)]
    assert found(result="skipped", limit=2) == [("Spring", 1), ("Spring", 2)]
    assert found(reason="no_score") == [("Spring", 1), ("Autumn", 0)]


def test_an_outcome_as_json_says_all_that_is_known(papers: StagingStore) -> None:
    read_page(papers, row(0, score=7, skipped="below_threshold"))
    (line,) = papers.lines(RUN)
    assert json.loads(as_json(line)) == {
        "list_name": "Spring",
        "position": 0,
        "address": "ann@example.com",
        "score": 7,
        "result": "skipped",
        "reason": "below_threshold",
        "detail": None,
        "lead_id": None,
        "contact_id": None,
    }


# --- scores ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "kept"), [(5, 9, 9), (9, 5, 9), (None, 5, 5), (5, None, 5), (-3, -8, -3)]
)
def test_a_person_read_twice_keeps_the_higher_score(
    papers: StagingStore, first: int | None, second: int | None, kept: int
) -> None:
    papers.add_scores(RUN, {ANN: first})
    papers.add_scores(RUN, {ANN: second})
    assert papers.scores(RUN, [ANN]) == {ANN: kept}


def test_no_score_is_something_else_than_a_score_not_read(papers: StagingStore) -> None:
    papers.add_scores(RUN, {ANN: None})
    papers.add_scores(OTHER_RUN, {BOB: 1})
    assert papers.scores(RUN, [ANN, BOB]) == {ANN: None}


def test_a_whole_page_of_people_is_looked_up_at_once(papers: StagingStore) -> None:
    everybody = {f"{number:032x}": number for number in range(1_000)}
    papers.add_scores(RUN, everybody)
    assert papers.scores(RUN, list(everybody)) == everybody


def test_whose_score_is_still_to_be_read_comes_once_those_changed_last_first(
    papers: StagingStore,
) -> None:
    read_page(
        papers,
        row(0, ANN, modified_ms=10),
        row(1, BOB),
        row(2, CAT, modified_ms=20),
        row(3, DAN, modified_ms=99, skipped="opted_out"),
    )
    read_page(papers, row(5, ANN, modified_ms=30), list_no=1)
    found = papers.unscored(RUN, limit=10)
    assert [(one.person, one.list_no, one.record_id) for one in found] == [
        (ANN, 0, "r0"),
        (CAT, 0, "r2"),
        (BOB, 0, "r1"),
    ]
    papers.add_scores(RUN, {ANN: None})
    assert [one.person for one in papers.unscored(RUN, limit=1)] == [CAT]


def test_scores_that_could_not_be_read_before_come_first(papers: StagingStore) -> None:
    read_page(papers, row(0, ANN, modified_ms=10), row(1, BOB), row(2, CAT, modified_ms=20))
    fail(papers, BOB, position=0)
    found = papers.unscored(RUN, limit=9, failed_in=OTHER_RUN)
    assert [one.person for one in found] == [BOB, CAT, ANN]


def test_a_row_deep_in_a_late_list_is_asked_about_by_its_own_record(papers: StagingStore) -> None:
    read_page(papers, row(2_000_000, ANN), list_no=1)
    (one,) = papers.unscored(RUN, limit=1)
    assert (one.list_no, one.position, one.record_id) == (1, 2_000_000, "r2000000")


def test_a_score_just_read_goes_on_every_row_that_waits(papers: StagingStore) -> None:
    read_page(papers, row(0), row(1, BOB), row(2, score=1, skipped="below_threshold"))
    read_page(papers, row(0), list_no=1)
    papers.give_score(RUN, ANN, 55)
    assert [one.score for one in papers.rows_of(RUN, [ANN, BOB])] == [55, 1, 55, None]


def test_the_histogram_counts_each_person_once_a_list_in_bands(papers: StagingStore) -> None:
    read_page(
        papers,
        row(0, ANN, score=9),
        row(1, BOB, score=10),
        row(2, CAT, score=19),
        row(3, DAN, score=-1),
        row(4, ANN, score=9, skipped="duplicate_in_list"),
        row(5, None, skipped="no_address"),
    )
    assert papers.histogram(RUN, 10) == [(-10, 0, 1), (0, 10, 1), (10, 20, 2)]
    assert papers.count_between(RUN, 10, 19) == 1


# --- notes of the run about itself -------------------------------------------------------------


def test_a_mark_is_there_once_it_was_set_and_can_be_changed(papers: StagingStore) -> None:
    assert papers.mark(RUN, "score_page") is None
    papers.set_mark(RUN, "score_page", "1")
    papers.set_mark(RUN, "score_page", "2")
    papers.set_mark(OTHER_RUN, "score_page", "9")
    assert papers.mark(RUN, "score_page") == "2"


def test_tallies_add_up_and_show_in_the_counts(papers: StagingStore) -> None:
    for name in ("contacts_created", "contacts_linked", "scores_updated"):
        papers.tally(RUN, name, 2)
        papers.tally(RUN, name, 1)
    papers.tally(RUN, "contacts_linked", 0)
    counts = papers.counts(RUN, threshold=40)
    assert (counts.contacts_created, counts.contacts_linked, counts.scores_updated) == (3, 3, 3)


# --- when the run ends -------------------------------------------------------------------------


def test_details_and_scores_go_when_a_run_ends_and_outcomes_stay(papers: StagingStore) -> None:
    for run_id in (RUN, OTHER_RUN):
        read_page(papers, row(0, score=50), run_id=run_id)
        papers.add_scores(run_id, {ANN: 50})
    before = papers.lines(RUN)
    papers.forget_papers(RUN)
    assert papers.details_of(RUN, papers.rows_of(RUN, [ANN])) == {}
    assert papers.scores(RUN, [ANN]) == {}
    assert papers.lines(RUN) == before
    assert papers.details_of(OTHER_RUN, papers.rows_of(OTHER_RUN, [ANN])) == {
        (0, 0): Details(first_name="Ann")
    }
    assert papers.scores(OTHER_RUN, [ANN]) == {ANN: 50}


# --- how they are found -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "ask",
    [
        lambda papers: papers.rows_of(RUN, ["ann"]),
        lambda papers: papers.rows_of(RUN, [f"p{number}" for number in range(200)]),
        lambda papers: papers.best_scores(RUN, ["ann", "bob"]),
        lambda papers: papers.give_score(RUN, "ann", 40),
    ],
    ids=["rows-of-one", "rows-of-many", "best-scores", "give-score"],
)
def test_people_are_found_by_an_index_and_not_by_going_through_the_run(
    sqlite: Server, keyring: Keyring, ask: Callable[[StagingStore], object]
) -> None:
    """Left to itself SQLite goes through all rows: 60 ms a person where a run has 50,000."""
    store = Store(open_database(sqlite.lend()), keyring)
    sent: list[tuple[str, Any]] = []

    def look(_: Any, __: Any, statement: str, values: Any, ___: Any, ____: Any) -> None:
        if "outcomes" in statement:
            sent.append((statement, values))

    with store.write() as desk:
        event.listen(desk.connection, "before_cursor_execute", look)
        ask(desk.staging)
        event.remove(desk.connection, "before_cursor_execute", look)
        [(statement, values)] = sent
        plan = desk.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
    store.database.close()
    assert "USING INDEX ix_outcomes_" in str(plan)
    assert "(run_id=? AND person=?)" in str(plan)
