"""Runs that do not go through in one piece (design §3.11-3.13)."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sync.errors import AnswerLost, NotFound, QuotaGone, TryLater
from sync.model import LinkState, Run, RunStatus
from tests.engine.conftest import NOON, World


def quota_gone() -> QuotaGone:
    return QuotaGone("The day's calls are used up.", resume_at=NOON + timedelta(hours=12))


def once(error: BaseException, *, when: Callable[..., bool] = lambda *said: True) -> Any:
    """A hook that raises the error the first time that `when` says so."""
    left = [error]

    def hook(*said: object) -> None:
        if left and when(*said):
            raise left.pop()

    return hook


def people(world: World, number: int, *, score: int = 50) -> None:
    for one in range(number):
        world.acton.add_person("l-0001", f"p{one}@example.com", score=score)


def ends_well(world: World, run: Run, *, created: int) -> None:
    assert run.status is RunStatus.SUCCEEDED
    assert run.problem is None
    assert run.counts.adds_up
    assert (run.counts.created, len(world.pipeliner.leads)) == (created, created)
    assert len(world.pipeliner.contacts) == created


# --- the quota ----------------------------------------------------------------------------------


def test_a_run_without_quota_pauses_and_says_until_when(world: World) -> None:
    people(world, 3)
    world.acton.before_page = once(quota_gone())
    run = world.finish(world.ask())
    assert run.status is RunStatus.PAUSED
    assert run.resume_at == NOON + timedelta(hours=12)
    assert run.finished_at is None
    assert run.problem is not None
    assert run.problem.kind == "quota"


def test_what_was_read_before_the_quota_went_is_worked_on_and_the_rest_later(
    world: World,
) -> None:
    world.acton.page = 2
    people(world, 5)
    world.acton.before_page = once(quota_gone(), when=lambda list_id, offset: offset == 4)
    paused = world.finish(world.ask())
    assert paused.status is RunStatus.PAUSED
    assert paused.counts.created == len(world.pipeliner.leads) == 4
    asked = len(world.acton.asked)
    run = world.finish(world.ask())
    assert run.run_id == paused.run_id
    assert run.resumed == 1
    assert world.acton.asked[asked:] == ["rows l-0001 4"]
    ends_well(world, run, created=5)


def test_scores_asked_for_before_the_quota_went_are_not_asked_for_again(world: World) -> None:
    world.acton.has_all_contacts = False
    people(world, 5)
    world.acton.before_score = once(quota_gone(), when=lambda record_id: record_id.endswith(":3"))
    paused = world.finish(world.ask())
    assert (paused.status, paused.counts.created) == (RunStatus.PAUSED, 3)
    run = world.finish(world.ask())
    ends_well(world, run, created=5)
    asked = [one for one in world.acton.asked if one.startswith("score ")]
    assert sorted(asked) == sorted([*(f"score l-0001:{number}" for number in range(5)), asked[3]])


@pytest.mark.parametrize("kind", ["Contacts", "Leads"])
def test_a_quota_that_goes_while_writing_doubles_nothing(world: World, kind: str) -> None:
    world.options = replace(world.options, batch_size=2)
    people(world, 5)
    calls: list[str] = []

    def third_of_its_kind(said: str) -> bool:
        calls.append(said)
        return calls.count(kind) == 2 and said == kind

    world.pipeliner.before_write = once(quota_gone(), when=third_of_its_kind)
    paused = world.finish(world.ask())
    assert paused.status is RunStatus.PAUSED
    assert 0 < len(world.pipeliner.contacts) < 5
    ends_well(world, world.finish(world.ask()), created=5)


def test_a_paused_run_is_not_begun_again_before_its_time(world: World) -> None:
    people(world, 1)
    world.acton.before_page = once(
        QuotaGone("The day's calls are used up.", resume_at=NOON.replace(year=NOON.year + 50))
    )
    run_id = world.ask()
    assert world.finish(run_id).status is RunStatus.PAUSED
    assert world.runner().work(run_id) is None
    assert world.run(run_id).status is RunStatus.PAUSED


# --- a run that fails ---------------------------------------------------------------------------


def test_rows_that_a_failed_run_did_not_reach_are_failed_and_done_by_the_next(
    world: World,
) -> None:
    world.options = replace(world.options, batch_size=2)
    people(world, 5)
    writes: list[str] = []

    def second_batch(kind: str) -> bool:
        writes.append(kind)
        return writes.count("Contacts") == 2

    world.pipeliner.before_write = once(TryLater("Pipeliner is away."), when=second_batch)
    run = world.sync()
    assert run.status is RunStatus.FAILED
    assert run.counts.created == len(world.pipeliner.leads) > 0
    assert run.counts.failed == {"not_reached": 5 - run.counts.created}
    again = world.sync()
    assert again.run_id != run.run_id
    assert again.status is RunStatus.SUCCEEDED
    assert again.counts.created + again.counts.unchanged == 5
    assert len(world.pipeliner.leads) == len(world.pipeliner.contacts) == 5


def test_answers_that_are_lost_again_and_again_end_the_run(world: World) -> None:
    people(world, 3)

    def always_lost(kind: str) -> None:
        raise AnswerLost("The connection broke.")

    world.pipeliner.before_write = always_lost
    run = world.sync()
    assert run.status is RunStatus.FAILED
    assert run.problem is not None
    assert run.problem.kind == "answer_lost"
    assert len(world.slept) == world.options.lost_answers
    assert world.link_state("l-0001", "p0@example.com") is LinkState.CREATING
    world.pipeliner.before_write = lambda kind: None
    ends_well(world, world.sync(), created=3)


def test_answers_lost_in_every_batch_of_both_kinds_double_nothing(world: World) -> None:
    world.options = replace(world.options, batch_size=2, lost_answers=9)
    people(world, 5)
    for kind in ("Contacts", "Leads", "Contacts", "Leads"):
        world.pipeliner.lose_the_next_answer(kind)
    ends_well(world, world.sync(), created=5)
    world.pipeliner.written.clear()
    assert world.sync().counts.unchanged == 5
    assert world.pipeliner.written == []


def test_a_bug_is_not_hidden_and_leaves_no_run_open(world: World) -> None:
    people(world, 2)
    world.pipeliner.before_write = once(ZeroDivisionError("division by zero"))
    run_id = world.ask()
    with pytest.raises(ZeroDivisionError):
        world.runner().work(run_id)
    run = world.run(run_id)
    assert run.status is RunStatus.FAILED
    assert run.problem is not None
    assert run.problem.kind == "bug"
    assert "division" not in run.problem.message
    assert run.counts.adds_up
    ends_well(world, world.sync(), created=2)


def test_every_list_that_fails_is_counted_and_the_first_are_named(world: World) -> None:
    for number in range(2, 9):
        world.acton.add_list(f"l-000{number}", f"Broken {number}")
        world.acton.fail(f"l-000{number}", NotFound("Act-On has no such list."))
    people(world, 1)
    run = world.sync()
    assert (run.status, run.counts.created) == (RunStatus.PARTIAL, 1)
    assert run.problem is not None
    assert run.problem.message.startswith("7 of 8 lists could not be read: 'Broken 2',")
    assert "'Broken 7'" not in run.problem.message


def test_a_list_that_broke_off_keeps_the_rows_that_were_read(world: World) -> None:
    world.acton.page = 2
    people(world, 4)
    world.acton.before_page = once(
        TryLater("Act-On is away."), when=lambda list_id, offset: offset == 2
    )
    run = world.sync()
    assert run.status is RunStatus.PARTIAL
    assert (run.counts.rows, run.counts.created) == (2, 2)
    assert world.sync().counts.created == 2


def test_a_list_that_never_stops_moving_is_read_to_its_end_in_the_end(world: World) -> None:
    world.acton.page = 2
    people(world, 4)

    def one_more_joins(list_id: str, offset: int) -> None:
        if offset == 2:
            number = len(world.acton.rows["l-0001"])
            world.acton.add_person("l-0001", f"p{number}@example.com", score=50)

    world.acton.before_page = one_more_joins
    run = world.sync()
    assert run.status is RunStatus.SUCCEEDED
    assert run.counts.rows == len(world.acton.rows["l-0001"])
    begun = world.acton.asked.count("rows l-0001 0")
    assert begun == 1 + world.options.list_restarts


def test_whoever_was_made_a_contact_is_remembered_though_the_answer_was_lost(world: World) -> None:
    people(world, 1)
    world.pipeliner.lose_the_next_answer("Contacts")
    ends_well(world, world.sync(), created=1)
    record = world.record("p0@example.com")
    assert record is not None
    assert record.contact_id in world.pipeliner.contacts
    assert record.panel_key_expires_at == NOON + world.options.panel_key_life


# --- who holds the run --------------------------------------------------------------------------


def test_a_worker_that_is_asked_to_stop_leaves_the_run_to_be_continued(world: World) -> None:
    world.options = replace(world.options, batch_size=1)
    people(world, 3)
    stop = threading.Event()
    world.pipeliner.before_write = lambda kind: stop.set() if kind == "Leads" else None
    left = world.runner().work(world.ask(), stop=stop)
    assert left is not None
    assert left.status is RunStatus.QUEUED
    assert len(world.pipeliner.leads) == 1
    run = world.finish(left.run_id)
    assert run.resumed == 1
    ends_well(world, run, created=3)


def test_a_worker_that_is_asked_to_stop_before_it_begins_writes_nothing(world: World) -> None:
    people(world, 3)
    stop = threading.Event()
    stop.set()
    left = world.runner().work(world.ask(), stop=stop)
    assert left is not None
    assert left.status is RunStatus.QUEUED
    assert world.pipeliner.written == []


def test_a_run_that_somebody_holds_is_not_done_twice(world_on_both: World) -> None:
    world = world_on_both
    people(world, 1)
    run_id = world.ask()
    others: list[Run | None] = []
    world.acton.before_page = lambda list_id, offset: others.append(world.runner().work(run_id))
    ends_well(world, world.finish(run_id), created=1)
    assert others == [None]


def test_a_worker_whose_run_was_taken_over_stops_before_its_next_write(
    world_on_both: World,
) -> None:
    world = world_on_both
    world.options = replace(world.options, batch_size=2, heartbeat_seconds=0.01)
    people(world, 6)
    run_id = world.ask()
    taken_over: list[Run] = []
    counted: list[int] = []

    def another_worker_takes_over(kind: str) -> None:
        world.pipeliner.after_write = lambda kind: None
        mine = next(one for one in threading.enumerate() if one.name == f"lease-{run_id}")
        other = None
        while other is None:  # a heartbeat may come between
            world.the_lease_runs_out(run_id)
            other = world.runner().work(run_id)
        taken_over.append(other)
        mine.join(10)  # now the first worker's heartbeat has noticed
        counted.append(len(world.pipeliner.written))

    world.pipeliner.after_write = another_worker_takes_over
    assert world.runner().work(run_id) is None
    assert [len(world.pipeliner.written)] == counted
    assert [(run.status, run.counts.created) for run in taken_over] == [(RunStatus.SUCCEEDED, 6)]
    ends_well(world, world.run(run_id), created=6)


def test_a_worker_that_cannot_renew_its_lease_trusts_itself_no_longer(world_on_both: World) -> None:
    world = world_on_both
    world.options = replace(world.options, lease_seconds=0)
    people(world, 1)
    run_id = world.ask()
    assert world.runner().work(run_id) is None
    assert world.pipeliner.written == []
    world.options = replace(world.options, lease_seconds=60)
    world.the_lease_runs_out(run_id)
    ends_well(world, world.finish(run_id), created=1)


# --- killed at every call -----------------------------------------------------------------------

CALLS = (
    "find_user",
    "fetch_fields",
    "find_score_fields",
    "fetch_lists",
    "fetch_rows",
    "fetch_all_scores",
    "fetch_score",
    "count",
    "fetch_contacts",
    "fetch_leads",
    "write_contacts",
    "write_leads",
)


class Killed(BaseException):
    """The process is gone: nothing that it would still have done is done."""


class Deadly:
    """A vendor at whose calls the process dies: of a write also after it took effect."""

    def __init__(self, vendor: object, clock: "Clock") -> None:
        self._vendor = vendor
        self._clock = clock

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._vendor, name)
        if name not in CALLS:
            return found

        def call(*said: Any, **named: Any) -> Any:
            answer = found(*said, **named)
            if isinstance(answer, Iterator):
                return self._pages(answer)
            self._clock.tick()
            return answer

        def write(*said: Any, **named: Any) -> Any:
            self._clock.tick()
            answer = found(*said, **named)
            self._clock.tick()
            return answer

        return write if name.startswith("write") else call

    def _pages(self, pages: Iterator[object]) -> Iterator[object]:
        for page in pages:
            self._clock.tick()
            yield page


class Clock:
    """Counts calls down to the deadly one."""

    def __init__(self, deadly: int | None) -> None:
        self.ticks = 0
        self._deadly = deadly

    def tick(self) -> None:
        self.ticks += 1
        if self.ticks == self._deadly:
            raise Killed


def a_world_of_all_kinds(folder: Path, deadly: int | None) -> tuple[World, Clock]:
    folder.mkdir()
    world, clock = World(folder), Clock(deadly)
    world.options = replace(world.options, batch_size=2)
    world.acton.page = 3
    world.acton.add_list("l-0001", "Spring")
    world.acton.add_list("l-0002", "Summer")
    for list_id in ("l-0001", "l-0002"):
        for name, score in (("a", 50), ("b", 60), ("c", 10), ("by.hand", 50), ("known", 40)):
            world.acton.add_person(list_id, f"{name}@example.com", first=name, score=score)
    world.pipeliner.add_lead(quick_email="by.hand@example.com")
    world.pipeliner.add_contact("known@example.com", name="Known")
    world.acton = Deadly(world.acton, clock)  # type: ignore[assignment]
    world.pipeliner = Deadly(world.pipeliner, clock)  # type: ignore[assignment]
    return world, clock


def what_there_is(world: World) -> dict[str, object]:
    """Both vendors' side of the story, without the numbers that records happen to get."""
    contacts = world.pipeliner.contacts
    return {
        "contacts": sorted(
            (one.addresses, one.score, one.acton_contact_id, one.panel_key[:3])
            for one in contacts.values()
        ),
        "leads": sorted(
            (
                one.key,
                one.score,
                one.quick_email,
                [contacts[contact_id].addresses for contact_id in one.contact_ids],
            )
            for one in world.pipeliner.leads.values()
        ),
        "names": world.pipeliner.lead_names(),
        "links": [
            world.link_state(list_id, f"{name}@example.com")
            for list_id in ("l-0001", "l-0002")
            for name in ("a", "b", "c", "by.hand", "known")
        ],
    }


def test_killed_at_any_call_the_run_ends_as_if_nothing_had_happened(tmp_path: Path) -> None:
    world, clock = a_world_of_all_kinds(tmp_path / "whole", None)
    whole = world.sync()
    expected, ticks = what_there_is(world), clock.ticks
    world.store.database.close()
    assert ticks > 20
    for deadly in range(1, ticks + 1):
        world, _ = a_world_of_all_kinds(tmp_path / str(deadly), deadly)
        run_id = world.ask()
        with pytest.raises(Killed):
            world.runner().work(run_id)
        world.the_lease_runs_out(run_id)
        run = world.finish(run_id)
        assert what_there_is(world) == expected, f"killed at call {deadly}"
        assert run.status is RunStatus.SUCCEEDED
        assert run.counts.adds_up
        for name in ("rows", "people", "at_threshold", "created", "skipped", "failed"):
            said = getattr(run.counts, name)
            assert said == getattr(whole.counts, name), f"{name}, killed at call {deadly}"
        world.pipeliner.written.clear()
        world.sync()
        assert world.pipeliner.written == [], f"killed at call {deadly}"
        world.store.database.close()
