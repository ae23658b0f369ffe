"""Accounts, sessions, drafts, trail, search, tombstones and erasing, on both databases."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from sync.model import (
    Actor,
    Counts,
    Curve,
    Event,
    JobStatus,
    LinkState,
    NewEntry,
    NewLink,
    OutcomeFilter,
    PersonRecord,
    Problem,
    Progress,
    Result,
    Run,
    RunStatus,
    ScoreSource,
    Space,
    SpaceFilter,
    SpaceStatus,
    Trigger,
    TypedSettings,
)
from sync.model import ListInfo as Info
from sync.store import Store
from sync.store.previews import KEPT
from sync.store.staging import NewRow
from sync.store.tables import crm_contacts, outcomes, people
from sync.store.tables.administration import erased_people
from tests.store.helpers import NOON, at_once, make_space

ANNA, BERT = "a" * 32, "b" * 32


def add_account(store: Store, email: str = "anna@example.com") -> int:
    with store.write() as desk:
        made = desk.accounts.create(
            email, name="", password_hash="h", is_operator=False, email_verified=False, now=NOON
        )
    assert made is not None
    return made.account_id


def begin_run(store: Store, space: Space) -> tuple[Run, int]:
    with store.write() as desk:
        run, _ = desk.runs.ask(space.space_id, date(2026, 3, 3), Trigger.MANUAL, now=NOON)
        epoch = desk.runs.claim(run.run_id, owner="w", lease_seconds=60)
    assert epoch is not None
    return run, epoch


def row(position: int, person: str | None, result: str | None, **changes: object) -> NewRow:
    facts = {
        "position": position,
        "record_id": f"r{position}",
        "address": f"{person[0]}@example.com" if person else None,
        "person": person,
        "score": 50,
        "modified_ms": None,
        "result": result,
        "reason": None,
        "details": "{}" if person else None,
    }
    return NewRow(**(facts | changes))


@pytest.fixture
def run(store: Store, space: Space) -> Run:
    """A run over two lists: Anna created in both, Bert failed, a nameless row, one not settled."""
    run, _ = begin_run(store, space)
    lists = [
        Info(list_id=f"l-{number}", name=name, size=3, is_source=True)
        for number, name in enumerate(("Spring", "Summer"))
    ]
    with store.write() as desk:
        desk.staging.add_lists(run.run_id, lists)
        rows = [
            row(0, ANNA, "created"),
            row(1, BERT, "failed", reason="refused_by_pipeliner"),
            row(2, None, "skipped", reason="no_address"),
        ]
        desk.staging.add_rows(run.run_id, 0, rows, next_offset=3, total=3)
        rows = [row(0, ANNA, None), row(1, BERT, "failed", reason="refused_by_pipeliner")]
        desk.staging.add_rows(run.run_id, 1, rows, next_offset=2, total=2)
        desk.staging.add_scores(run.run_id, {ANNA: 50, BERT: 50})
    return run


# --- accounts and sessions --------------------------------------------------------------------


def test_an_address_gets_one_account_however_many_ask_at_once(store: Store) -> None:
    def ask() -> bool:
        with store.write() as desk:
            return (
                desk.accounts.create(
                    "anna@example.com",
                    name="",
                    password_hash=None,
                    is_operator=False,
                    email_verified=False,
                    now=NOON,
                )
                is not None
            )

    assert sorted(at_once(ask, ask, ask)) == [False, False, True]


def test_an_admin_joins_once_and_leaves(store: Store, space: Space) -> None:
    account_id = add_account(store)
    with store.write() as desk:
        for _ in range(2):
            desk.accounts.join(account_id, space.space_id, now=NOON)
        assert [one.email for one in desk.accounts.admins(space.space_id)] == ["anna@example.com"]
        assert desk.accounts.actor(desk.accounts.get(account_id)).spaces == {space.space_id}
        desk.accounts.leave(account_id, space.space_id)
        assert desk.accounts.admins(space.space_id) == []


def test_an_identity_belongs_to_one_account(store: Store) -> None:
    account_id = add_account(store)
    with store.write() as desk:
        desk.accounts.link(account_id, "https://login.example", "s-1", now=NOON)
        found = desk.accounts.of_identity("https://login.example", "s-1")
        assert found is not None
        assert found.account_id == account_id
        assert desk.accounts.of_identity("https://other.example", "s-1") is None


def test_a_session_is_found_by_its_token_alone(store: Store) -> None:
    account_id = add_account(store)
    with store.write() as desk:
        desk.sessions.begin(
            "token", account_id, now=NOON, expires_at=NOON + timedelta(hours=1), agent="x" * 900
        )
        found = desk.sessions.find("token")
        assert found is not None
        assert (found.account_id, found.expires_at) == (account_id, NOON + timedelta(hours=1))
        assert desk.sessions.find("tokeN") is None
        desk.sessions.begin(
            "next",
            account_id,
            now=NOON + timedelta(hours=1),
            expires_at=NOON + timedelta(hours=2),
            agent="",
        )
        assert desk.sessions.find("token") is None  # swept out: it was over


def test_all_sessions_but_one_end(store: Store) -> None:
    account_id = add_account(store)
    with store.write() as desk:
        for token in ("one", "two", "three"):
            end = NOON + timedelta(hours=1)
            desk.sessions.begin(token, account_id, now=NOON, expires_at=end, agent="")
        assert desk.sessions.end_all(account_id, but="two") == 2
        assert desk.sessions.count(account_id, now=NOON) == 1


def test_tries_at_the_same_moment_are_all_counted(store: Store) -> None:
    def try_once() -> int:
        with store.write() as desk:
            return desk.sessions.count_try("name", 2, now=NOON)

    assert sorted(at_once(try_once, try_once, try_once, try_once)) == [1, 2, 3, 4]
    with store.write() as desk:
        until = desk.sessions.locked_until(["name", "other"], now=NOON)
        assert until == NOON + timedelta(seconds=20)
        assert desk.sessions.locked_until(["other"], now=NOON) is None
        desk.sessions.forgive("name")
        assert desk.sessions.locked_until(["name"], now=NOON) is None


# --- drafts, states, previews, trail ------------------------------------------------------------


def test_a_draft_is_saved_by_one_of_those_who_looked_at_the_same(
    store: Store, space: Space
) -> None:
    typed = TypedSettings(threshold="x", include=("a",), column_map={"*": {"city": "Ort"}})

    def save(version: int) -> bool:
        with store.write() as desk:
            return desk.drafts.save(
                space.space_id, typed, version=version, now=NOON, by="anna@example.com"
            )

    assert sorted(at_once(lambda: save(0), lambda: save(0))) == [False, True]
    assert sorted(at_once(lambda: save(1), lambda: save(1))) == [False, True]
    with store.read() as desk:
        draft = desk.drafts.find(space.space_id)
    assert draft is not None
    assert (draft.typed, draft.revision.version) == (typed, 2)


def test_a_log_in_comes_back_once(store: Store, space: Space) -> None:
    with store.write() as desk:
        desk.log_ins.begin(
            "state",
            space_id=space.space_id,
            session_token="session",
            redirect_uri="https://x.example",
            now=NOON,
            expires_at=NOON + timedelta(minutes=10),
        )

    def take() -> bool:
        with store.write() as desk:
            return desk.log_ins.take("state") is not None

    assert sorted(at_once(take, take)) == [False, True]


def test_a_preview_is_kept_for_a_while(store: Store, space: Space) -> None:
    curve = Curve(
        floor=1,
        score_source=ScoreSource.ALL_CONTACTS,
        lists=1,
        people=2,
        fixed={("skipped", "no_score"): 3},
        by_score={("created", ""): {50: 2}},
        scores={50: 2},
        every_score={50: 2},
        contacts_created={50: 1},
    )
    with store.write() as desk:
        desk.previews.begin("job", space.space_id, space.settings, "UTC", now=NOON)
        progress = Progress(step="Reading", done=1, total=None)
        desk.previews.save_progress("job", progress, now=NOON)
        found = desk.previews.find(space.space_id, "job", now=NOON)
        assert found is not None
        assert (found.status, found.progress) == (JobStatus.WORKING, progress)
        desk.previews.finish("job", curve, now=NOON)
    with store.read() as desk:
        found = desk.previews.find(space.space_id, "job", now=NOON)
        assert found is not None
        assert (found.status, found.curve, found.settings) == (
            JobStatus.DONE,
            curve,
            space.settings,
        )
        later = NOON + KEPT + timedelta(seconds=1)
        assert desk.previews.find(space.space_id, "job", now=later) is None
        assert desk.previews.find("other_sales", "job", now=NOON) is None


def test_entries_of_the_trail_come_newest_first_and_go_with_their_space(
    store: Store, space: Space, other_space: Space
) -> None:
    account_id = add_account(store)
    with store.write() as desk:
        actor = desk.accounts.actor(desk.accounts.get(account_id))
        for space_id in (space.space_id, other_space.space_id, None):
            desk.audit.add(actor, NewEntry(event=Event.PAUSED, space_id=space_id), now=NOON)
        assert [one.space_id for one in desk.audit.page(limit=9)] == [
            None,
            "other_sales",
            "acme_sales",
        ]
        desk.audit.forget_space(space.space_id)
        assert desk.audit.page(space_id=space.space_id, limit=9) == []


def test_when_one_of_some_things_last_happened_to_a_space(store: Store) -> None:
    actor = Actor(account_id=7, email="anna@example.com")
    happened = [("acme", Event.PAUSED, 1), ("acme", Event.RESUMED, 2), ("other", Event.PAUSED, 3)]
    with store.write() as desk:
        for space_id, event, hours in happened:
            at = NOON + timedelta(hours=hours)
            desk.audit.add(actor, NewEntry(event=event, space_id=space_id), now=at)
        either = (Event.PAUSED, Event.RESUMED)
        assert desk.audit.latest("acme", either) == NOON + timedelta(hours=2)
        assert desk.audit.latest("acme", [Event.PAUSED]) == NOON + timedelta(hours=1)
        assert desk.audit.latest("acme", [Event.APPROVED]) is None
        assert desk.audit.latest("nowhere", either) is None


# --- spaces -----------------------------------------------------------------------------------


def test_every_save_of_a_space_is_a_new_version_with_who_and_when(store: Store) -> None:
    with store.write() as desk:
        desk.spaces.save(make_space(), now=NOON)
        assert desk.spaces.revision("acme_sales").version == 1
        desk.spaces.save(make_space(), now=NOON, by="anna@example.com")
        revision = desk.spaces.revision("acme_sales")
    assert (revision.version, revision.saved_by, revision.saved_at) == (
        2,
        "anna@example.com",
        NOON,
    )


def test_where_a_space_stands_is_noted_with_reason_and_what_was_before(
    store: Store, space: Space
) -> None:
    with store.write() as desk:
        desk.spaces.set_status(
            space.space_id, SpaceStatus.SUSPENDED, reason="Unpaid", by="olga", at=NOON
        )
        note = desk.spaces.status_note(space.space_id)
    assert (note.reason, note.by, note.at, note.before) == (
        "Unpaid",
        "olga",
        NOON,
        SpaceStatus.RUNNING,
    )


def test_operators_list_spaces_without_their_secrets(
    store: Store, space: Space, other_space: Space
) -> None:
    with store.read() as desk:
        found = desk.watch.spaces(SpaceFilter(text="OTHER"), after="", limit=9)
        assert [one.space_id for one in found] == ["other_sales"]
        assert found[0].acton.password is None
        assert desk.watch.counts() == {SpaceStatus.RUNNING: 2}
        assert desk.spaces.shares_log_in(space)


# --- runs -------------------------------------------------------------------------------------


def test_progress_is_written_down_and_tells_who_cancelled(store: Store, space: Space) -> None:
    run, epoch = begin_run(store, space)
    progress = Progress(step="Reading", done=3, total=9)
    with store.write() as desk:
        assert desk.runs.save_progress(run.run_id, epoch, progress) is None
        assert desk.runs.get(run.run_id).progress == progress
        desk.runs.ask_to_cancel(run.run_id, "anna@example.com")
        assert desk.runs.save_progress(run.run_id, epoch, progress) == "anna@example.com"
        # A worker that was overtaken changes nothing any more.
        desk.runs.save_progress(run.run_id, epoch - 1, replace(progress, done=8))
        assert desk.runs.get(run.run_id).progress == progress


def test_only_a_run_that_waits_is_cancelled_at_once(store: Store, space: Space) -> None:
    problem = Problem(kind="cancelled", message="Anna did.")
    run, epoch = begin_run(store, space)
    with store.write() as desk:
        assert not desk.runs.cancel_waiting(run.run_id, problem=problem, now=NOON)
        desk.runs.release(run.run_id, epoch)
        assert desk.runs.cancel_waiting(run.run_id, problem=problem, now=NOON)
        assert desk.runs.get(run.run_id).status is RunStatus.CANCELLED
        assert desk.runs.claim(run.run_id, owner="w", lease_seconds=60) is None
        assert desk.runs.open_run(space.space_id) is None


def test_the_last_run_of_each_space_is_found_at_once(
    store: Store, space: Space, other_space: Space
) -> None:
    ids = []
    for _ in range(2):
        run, epoch = begin_run(store, space)
        ids.append(run.run_id)
        with store.write() as desk:
            desk.runs.finish(
                run.run_id,
                epoch,
                status=RunStatus.FAILED,
                counts=Counts(),
                problem=None,
                now=NOON,
            )
    with store.read() as desk:
        last = desk.runs.last_of([space.space_id, other_space.space_id])
        assert {name: one.run_id for name, one in last.items()} == {space.space_id: ids[-1]}
        page = desk.runs.page_of_space(space.space_id, before=ids[-1], limit=9)
        assert [one.run_id for one in page] == ids[:1]
        assert len(desk.watch.failed_runs(since=NOON, limit=9)) == 2


# --- outcomes ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "places"),
    [
        (OutcomeFilter(), [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1)]),
        (OutcomeFilter(list_no=1), [(1, 0), (1, 1)]),
        (OutcomeFilter(result="failed"), [(0, 1), (1, 1)]),
        (OutcomeFilter(reason="no_address"), [(0, 2)]),
        (OutcomeFilter(text=" B@EX "), [(0, 1), (1, 1)]),
        (OutcomeFilter(text="_@example"), []),
    ],
)
def test_outcomes_are_found(
    store: Store, run: Run, wanted: OutcomeFilter, places: list[tuple[int, int]]
) -> None:
    with store.read() as desk:
        found = desk.outcomes.page(run.run_id, wanted, after=None, limit=99)
        assert [(one.list_no, one.position) for one in found] == places
        assert desk.outcomes.count(run.run_id, wanted) == len(places)
        if len(places) > 1:
            rest = desk.outcomes.page(run.run_id, wanted, after=places[0], limit=99)
            assert [(one.list_no, one.position) for one in rest] == places[1:]


def test_failures_are_grouped_and_lists_named(store: Store, run: Run) -> None:
    with store.read() as desk:
        assert desk.outcomes.groups(run.run_id) == [("refused_by_pipeliner", "", 2)]
        assert [one.name for one in desk.outcomes.lists(run.run_id)] == ["Spring", "Summer"]
        found = desk.outcomes.of_person("acme_sales", BERT, "b@example.com", run_limit=5)
        assert [one.list_name for one in found] == ["Spring", "Summer"]
        assert desk.outcomes.of_person("other_sales", BERT, "b@example.com", run_limit=5) == []


# --- tombstones -------------------------------------------------------------------------------


def link(person: str, state: LinkState, list_id: str = "l-0") -> NewLink:
    return NewLink(
        list_id=list_id,
        person=person,
        key=f"{person[:16]}{list_id:>16}",
        state=state,
        lead_id="lead",
        contact_id="contact",
        lead_name="Anna (Spring)",
        list_name="Spring",
        run_id=None,
    )


def test_a_lifted_tombstone_is_an_intent_again_and_keeps_when_it_was_lifted(
    store: Store, space: Space
) -> None:
    with store.write() as desk:
        desk.links.save(space.space_id, [link(ANNA, LinkState.TOMBSTONE)], now=NOON)
        (stone,) = desk.tombstones.leads(space.space_id, after=("", ""), limit=9)
        assert stone.list_name == "Spring"
        assert desk.tombstones.lift_lead(space.space_id, ANNA, "l-0", now=NOON)
        assert not desk.tombstones.lift_lead(space.space_id, ANNA, "l-0", now=NOON)
        key = link(ANNA, LinkState.TOMBSTONE).key
        lifted = desk.links.for_keys(space.space_id, [key])[key]
        assert (lifted.state, lifted.lead_id, lifted.lifted_at) == (
            LinkState.CREATING,
            None,
            NOON,
        )
        desk.links.save(space.space_id, [link(ANNA, LinkState.LINKED)], now=NOON)
        assert desk.links.for_keys(space.space_id, [key])[key].lifted_at == NOON


def test_a_block_that_was_lifted_stays_lifted_when_the_person_is_saved(
    store: Store, space: Space
) -> None:
    record = PersonRecord(person=ANNA, address="a@example.com", contact_id="c", blocked=True)
    with store.write() as desk:
        desk.people.save(space.space_id, [record], now=NOON)
        assert [one.address for one in desk.tombstones.contacts(space.space_id)] == [
            "a@example.com"
        ]
        assert desk.tombstones.lift_contact(space.space_id, ANNA, now=NOON)
        desk.people.save(space.space_id, [replace(record, blocked=False)], now=NOON)
        found = desk.people.for_persons(space.space_id, [ANNA])[ANNA]
    assert (found.blocked, found.lifted_at) == (False, NOON)


# --- erasing ----------------------------------------------------------------------------------


def test_erasing_a_space_takes_its_papers(store: Store, space: Space, run: Run) -> None:
    with store.write() as desk:
        counts = desk.erased.papers_of_space(space.space_id)
        desk.spaces.erase(space.space_id)
    assert (counts["outcomes"], counts["run_lists"], counts["row_scores"]) == (5, 2, 2)
    with store.database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(outcomes)) == 0


def test_an_erased_person_leaves_rows_without_a_name_and_a_digest(
    store: Store, space: Space, other_space: Space, run: Run
) -> None:
    record = PersonRecord(person=ANNA, address="a@example.com", contact_id="c")
    with store.write() as desk:
        for space_id in (space.space_id, other_space.space_id):
            desk.people.save(space_id, [record], now=NOON)
        rows = desk.staging.rows_of(run.run_id, [ANNA])
        counts = desk.erased.person(space.space_id, ANNA, "a@example.com", now=NOON)
        desk.erased.person(space.space_id, ANNA, "a@example.com", now=NOON)  # again: no harm
        assert (counts["people"], counts["outcomes"]) == (1, 2)
        assert desk.erased.persons(space.space_id) == {ANNA}
        assert desk.erased.persons(other_space.space_id) == frozenset()
        assert desk.erased.erased_at(space.space_id, ANNA) == NOON
        found = desk.outcomes.page(run.run_id, OutcomeFilter(), after=None, limit=9)
        results = desk.staging.results(run.run_id)
        assert desk.staging.details_of(run.run_id, rows) == {}
        assert desk.staging.scores(run.run_id, [ANNA]) == {}
    assert ANNA not in {one.person for one in found}
    assert {one.result for one in found} == {"created", "failed", "skipped"}
    assert results[Result.SKIPPED.value] == {"erased": 1, "no_address": 1}
    with store.database.read() as connection:
        kept = connection.scalars(select(people.c.space_id)).all()
        assert list(kept) == ["other_sales"]
        assert connection.scalar(select(func.count()).select_from(erased_people)) == 1
        assert connection.scalar(select(func.count()).select_from(crm_contacts)) == 0
