"""The ledger of runs: one open run a space, held by one worker at a time, never forgotten."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Event

import pytest
from sqlalchemy import text

from sync.clock import utcnow
from sync.errors import LeaseLost, NotFound
from sync.languages import lazy_gettext, speaking, translated
from sync.model import (
    OPEN_STATUSES,
    Counts,
    Problem,
    Run,
    RunStatus,
    ScoreSource,
    Space,
    Trigger,
)
from sync.store import Store
from tests.store.helpers import NOON, at_once

DAY = date(2026, 3, 3)
CLOSED = [status for status in RunStatus if status not in OPEN_STATUSES]
NOTHING = Counts()
EXPIRED = -1.0  # seconds: a lease that ended before it began


class Ledger:
    """The runs of one space, each step in a transaction of its own, as processes take them."""

    def __init__(self, store: Store, space_id: str) -> None:
        self.store = store
        self.space_id = space_id

    def ask(self, trigger: Trigger = Trigger.MANUAL, day: date = DAY) -> tuple[Run, bool]:
        with self.store.write() as desk:
            return desk.runs.ask(self.space_id, day, trigger, now=NOON)

    def start(self, trigger: Trigger = Trigger.MANUAL, day: date = DAY) -> int:
        run, started = self.ask(trigger, day)
        assert started
        return run.run_id

    def claim(self, run_id: int, seconds: float = 60) -> int | None:
        with self.store.write() as desk:
            return desk.runs.claim(run_id, owner="worker", lease_seconds=seconds)

    def hold(self, seconds: float = 60) -> tuple[int, int]:
        """A new run that a worker has claimed, and its epoch."""
        run_id = self.start()
        epoch = self.claim(run_id, seconds)
        assert epoch is not None
        return run_id, epoch

    def renew(self, run_id: int, epoch: int, seconds: float = 60) -> bool:
        with self.store.write() as desk:
            return desk.runs.renew(run_id, epoch, seconds)

    def finish(
        self,
        run_id: int,
        epoch: int,
        status: RunStatus,
        *,
        counts: Counts = NOTHING,
        problem: Problem | None = None,
        resume_in: timedelta | None = None,
    ) -> None:
        with self.store.write() as desk:
            desk.runs.finish(
                run_id,
                epoch,
                status=status,
                counts=counts,
                problem=problem,
                resume_at=utcnow() + resume_in if resume_in else None,
                now=NOON,
            )

    def pause(self, resume_in: timedelta) -> tuple[int, int]:
        """A run whose quota is gone, and the epoch it was last held under."""
        run_id, epoch = self.hold()
        self.finish(
            run_id,
            epoch,
            RunStatus.PAUSED,
            problem=Problem(kind="quota", message="The calls are used up."),
            resume_in=resume_in,
        )
        return run_id, epoch

    def get(self, run_id: int) -> Run:
        with self.store.read() as desk:
            return desk.runs.get(run_id)

    def waiting(self, *, later: timedelta = timedelta(0)) -> list[int]:
        """What a sweep finds so much later."""
        with self.store.read() as desk:
            found = desk.runs.to_ring(NOON + later, quiet_seconds=60, limit=10)
        return [run.run_id for run in found]


@pytest.fixture
def ledger(store: Store, space: Space) -> Ledger:
    return Ledger(store, space.space_id)


@pytest.fixture
def other_ledger(store: Store, other_space: Space) -> Ledger:
    return Ledger(store, other_space.space_id)


# --- asking for runs ---------------------------------------------------------------------------


def test_a_run_begins_queued_and_empty(ledger: Ledger) -> None:
    run, started = ledger.ask(Trigger.DAILY)
    assert started
    assert run == Run(
        run_id=run.run_id,
        space_id="acme_sales",
        local_date=DAY,
        trigger=Trigger.DAILY,
        status=RunStatus.QUEUED,
        queued_at=NOON,
    )


@pytest.mark.parametrize("trigger", Trigger)
def test_whoever_asks_while_a_run_is_open_gets_that_run(ledger: Ledger, trigger: Trigger) -> None:
    run_id, _ = ledger.hold()
    run, started = ledger.ask(trigger)
    assert (run.run_id, started) == (run_id, False)


@pytest.mark.parametrize("trigger", Trigger)
def test_of_many_who_ask_at_once_one_starts_the_run(ledger: Ledger, trigger: Trigger) -> None:
    answers = at_once(*[lambda: ledger.ask(trigger)] * 4)
    assert sorted(started for _, started in answers) == [False, False, False, True]
    assert len({run.run_id for run, _ in answers}) == 1


def test_spaces_do_not_wait_for_each_other(ledger: Ledger, other_ledger: Ledger) -> None:
    assert ledger.start() != other_ledger.start()


@pytest.mark.parametrize("status", CLOSED)
def test_a_date_has_one_daily_run_however_it_ended(ledger: Ledger, status: RunStatus) -> None:
    run_id = ledger.start(Trigger.DAILY)
    ledger.finish(run_id, ledger.claim(run_id), status)
    run, started = ledger.ask(Trigger.DAILY)
    assert (run.run_id, run.status, started) == (run_id, status, False)
    assert ledger.start(Trigger.DAILY, DAY + timedelta(days=1)) > run_id


@pytest.mark.parametrize("status", CLOSED)
def test_a_run_that_has_ended_makes_room_for_a_manual_one(
    ledger: Ledger, status: RunStatus
) -> None:
    run_id, epoch = ledger.hold()
    ledger.finish(run_id, epoch, status)
    assert ledger.start() > run_id


def test_an_unknown_run_is_not_found(ledger: Ledger) -> None:
    with pytest.raises(NotFound, match="4711"):
        ledger.get(4711)


# --- holding a run -----------------------------------------------------------------------------


def test_of_many_who_claim_a_run_at_once_one_gets_it(ledger: Ledger) -> None:
    run_id = ledger.start()
    epochs = at_once(*[lambda: ledger.claim(run_id)] * 4)
    assert [epoch for epoch in epochs if epoch is not None] == [1]
    assert ledger.get(run_id).status is RunStatus.RUNNING


def test_a_run_that_is_held_cannot_be_had(ledger: Ledger) -> None:
    run_id, _ = ledger.hold()
    assert ledger.claim(run_id) is None


def test_an_expired_lease_is_taken_over_by_one_under_a_higher_epoch(ledger: Ledger) -> None:
    run_id, epoch = ledger.hold(EXPIRED)
    before = ledger.get(run_id)
    epochs = at_once(*[lambda: ledger.claim(run_id)] * 4)
    assert [one for one in epochs if one is not None] == [epoch + 1]
    after = ledger.get(run_id)
    assert (before.resumed, after.resumed) == (0, 1)
    assert after.started_at == before.started_at


def test_a_heartbeat_keeps_others_away(ledger: Ledger) -> None:
    run_id, epoch = ledger.hold(EXPIRED)
    assert ledger.renew(run_id, epoch)
    assert ledger.claim(run_id) is None


def test_a_worker_that_was_overtaken_changes_nothing_any_more(ledger: Ledger) -> None:
    run_id, old = ledger.hold(EXPIRED)
    new = ledger.claim(run_id)
    before = ledger.get(run_id)
    assert not ledger.renew(run_id, old, 3600)
    with pytest.raises(LeaseLost):
        ledger.finish(run_id, old, RunStatus.SUCCEEDED)
    with pytest.raises(LeaseLost), ledger.store.write() as desk:
        desk.runs.save_facts(run_id, old, threshold=1, score_source=ScoreSource.FACTS)
    with ledger.store.write() as desk:
        desk.runs.release(run_id, old)
    assert ledger.get(run_id) == before
    assert ledger.renew(run_id, new)


def test_a_run_given_back_can_be_had_at_once_and_counts_as_resumed(ledger: Ledger) -> None:
    run_id, epoch = ledger.hold()
    with ledger.store.write() as desk:
        desk.runs.release(run_id, epoch)
    assert ledger.get(run_id).status is RunStatus.QUEUED
    assert not ledger.renew(run_id, epoch)
    assert ledger.claim(run_id) == epoch + 1
    assert ledger.get(run_id).resumed == 1


# --- how it ends -------------------------------------------------------------------------------


def test_a_problem_is_kept_in_english_whatever_is_spoken(ledger: Ledger) -> None:
    run_id, epoch = ledger.hold()
    with speaking("de"):
        message = lazy_gettext("%(email)s cancelled this run.", email="anna@example.com")
        problem = Problem(kind="cancelled", message=message, hint=lazy_gettext("Try again."))
        ledger.finish(run_id, epoch, RunStatus.CANCELLED, counts=Counts(), problem=problem)
        kept = ledger.get(run_id).problem
        assert kept is not None
        assert json.dumps([kept.message, kept.hint]) == (
            '["anna@example.com cancelled this run.", "Try again."]'
        )
        assert str(translated(kept.message)) == "anna@example.com hat diesen Lauf abgebrochen."


@pytest.mark.parametrize("status", CLOSED)
def test_a_run_that_has_ended_tells_how_and_is_never_had_again(
    ledger: Ledger, status: RunStatus
) -> None:
    run_id, epoch = ledger.hold()
    counts = Counts(lists=1, rows=3, created=1, skipped={"no_score": 1}, failed={"not_reached": 1})
    problem = Problem(kind="rows", message="1 row failed.", hint="Look.")
    ledger.finish(run_id, epoch, status, counts=counts, problem=problem)
    run = ledger.get(run_id)
    assert (run.status, run.counts, run.problem) == (status, counts, problem)
    assert run.finished_at == NOON
    assert ledger.claim(run_id) is None
    assert not ledger.renew(run_id, epoch)
    assert ledger.waiting(later=timedelta(days=1)) == []


def test_what_a_run_goes_by_and_the_calls_it_makes_are_kept(ledger: Ledger) -> None:
    run_id, epoch = ledger.hold()
    with ledger.store.write() as desk:
        desk.runs.save_facts(run_id, epoch, threshold=40, score_source=ScoreSource.FACTS)
        desk.runs.add_calls(run_id, acton=3, pipeliner=1)
        desk.runs.add_calls(run_id, acton=2, pipeliner=0)
    run = ledger.get(run_id)
    assert (run.threshold, run.score_source) == (40, ScoreSource.FACTS)
    assert (run.acton_calls, run.pipeliner_calls) == (5, 1)


def test_a_paused_run_cannot_be_had_before_its_time(ledger: Ledger) -> None:
    run_id, _ = ledger.pause(timedelta(hours=1))
    run = ledger.get(run_id)
    assert run.finished_at is None
    assert run.problem is not None
    assert run.problem.kind == "quota"
    assert ledger.claim(run_id) is None


def test_a_paused_run_goes_on_when_its_time_has_come(ledger: Ledger) -> None:
    run_id, epoch = ledger.pause(timedelta(seconds=-1))
    assert ledger.claim(run_id) == epoch + 1
    run = ledger.get(run_id)
    assert (run.resume_at, run.problem, run.resumed) == (None, None, 1)


def test_asking_by_hand_lets_a_paused_run_go_on_at_once(ledger: Ledger) -> None:
    run_id, epoch = ledger.pause(timedelta(hours=1))
    run, started = ledger.ask(Trigger.MANUAL)
    assert (run.run_id, run.status, started) == (run_id, RunStatus.QUEUED, False)
    assert ledger.claim(run_id) == epoch + 1


def test_a_daily_call_leaves_a_paused_run_paused(ledger: Ledger) -> None:
    ledger.pause(timedelta(hours=1))
    run, started = ledger.ask(Trigger.DAILY, DAY + timedelta(days=1))
    assert (run.status, started) == (RunStatus.PAUSED, False)


def test_asking_does_not_take_a_paused_run_from_a_worker_who_has_just_claimed_it(
    ledger: Ledger,
) -> None:
    run_id, _ = ledger.pause(timedelta(seconds=-1))
    with ThreadPoolExecutor(1) as pool:
        with ledger.store.write() as desk:
            epoch = desk.runs.claim(run_id, owner="worker", lease_seconds=60)
            asking = pool.submit(ledger.ask, Trigger.MANUAL)
            wait_for_a_lock(ledger.store)
        asking.result(timeout=60)
    assert epoch is not None
    assert ledger.renew(run_id, epoch)


def wait_for_a_lock(store: Store) -> None:
    """Until somebody waits for our transaction, where the database can tell; soon in any case."""
    if store.database.is_sqlite:
        return
    query = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    for _ in range(200):
        with store.database.read() as connection:
            if connection.scalar(query):
                return
        Event().wait(0.01)


# --- runs that nobody works on -----------------------------------------------------------------


def test_a_queued_run_is_rung_for_again_a_minute_after_the_last_ring(ledger: Ledger) -> None:
    run_id = ledger.start()
    assert ledger.waiting(later=timedelta(seconds=59)) == []
    assert ledger.waiting(later=timedelta(seconds=60)) == [run_id]
    with ledger.store.write() as desk:
        desk.runs.mark_rung([run_id], NOON + timedelta(seconds=60))
    assert ledger.waiting(later=timedelta(seconds=119)) == []
    assert ledger.waiting(later=timedelta(seconds=120)) == [run_id]


def test_a_run_whose_worker_died_is_found(ledger: Ledger) -> None:
    run_id, _ = ledger.hold(EXPIRED)
    assert ledger.waiting() == [run_id]


def test_a_run_that_was_rung_for_is_not_rung_for_with_every_sweep(ledger: Ledger) -> None:
    run_id, _ = ledger.pause(timedelta(hours=-1))
    with ledger.store.write() as desk:
        desk.runs.mark_rung([run_id], NOON)
    assert ledger.waiting(later=timedelta(seconds=59)) == []
    assert ledger.waiting(later=timedelta(seconds=60)) == [run_id]


def test_a_run_that_somebody_works_on_is_left_alone(ledger: Ledger) -> None:
    ledger.hold()
    assert ledger.waiting(later=timedelta(days=1)) == []


@pytest.mark.parametrize(("hours", "found"), [(-1, True), (1, False)])
def test_a_paused_run_is_found_when_its_time_has_come(
    ledger: Ledger, hours: int, found: bool
) -> None:
    run_id, _ = ledger.pause(timedelta(hours=hours))
    assert ledger.waiting() == ([run_id] if found else [])


def test_leases_go_by_the_database_clock_and_not_by_the_clock_of_who_sweeps(
    ledger: Ledger,
) -> None:
    run_id, _ = ledger.hold(EXPIRED)
    assert ledger.waiting(later=timedelta(days=-365)) == [run_id]


def test_a_sweep_takes_the_oldest_first(ledger: Ledger, other_ledger: Ledger) -> None:
    older, newer = ledger.hold(EXPIRED)[0], other_ledger.hold(EXPIRED)[0]
    assert ledger.waiting() == [older, newer]
    with ledger.store.read() as desk:
        (first,) = desk.runs.to_ring(NOON, quiet_seconds=60, limit=1)
    assert first.run_id == older


# --- history -----------------------------------------------------------------------------------


def test_the_history_of_a_space_shows_its_latest_runs_first(
    ledger: Ledger, other_ledger: Ledger
) -> None:
    other_ledger.start()
    runs = []
    for _ in range(3):
        run_id, epoch = ledger.hold()
        ledger.finish(run_id, epoch, RunStatus.SUCCEEDED)
        runs.append(run_id)
    with ledger.store.read() as desk:
        latest = desk.runs.of_space(ledger.space_id, limit=2)
    assert [run.run_id for run in latest] == [runs[2], runs[1]]


def test_open_runs_of_all_spaces_are_listed_oldest_first(
    ledger: Ledger, other_ledger: Ledger
) -> None:
    ended, epoch = ledger.hold()
    paused, _ = other_ledger.pause(timedelta(hours=1))
    ledger.finish(ended, epoch, RunStatus.SUCCEEDED)
    queued = ledger.start()
    with ledger.store.read() as desk:
        assert [run.run_id for run in desk.runs.open_runs(10)] == [paused, queued]
        assert [run.run_id for run in desk.runs.open_runs(1)] == [paused]


@pytest.mark.parametrize(
    ("status", "fell_short"),
    [
        (RunStatus.SUCCEEDED, False),
        (RunStatus.PARTIAL, True),
        (RunStatus.FAILED, True),
        (RunStatus.CANCELLED, True),
    ],
)
def test_a_run_knows_the_one_before_it_where_that_fell_short(
    ledger: Ledger, other_ledger: Ledger, status: RunStatus, fell_short: bool
) -> None:
    before, epoch = ledger.hold()
    ledger.finish(before, epoch, status)
    other, epoch = other_ledger.hold()
    other_ledger.finish(other, epoch, RunStatus.FAILED)
    run_id = ledger.start()
    with ledger.store.read() as desk:
        assert desk.runs.failed_before(desk.runs.get(before)) is None
        found = desk.runs.failed_before(desk.runs.get(run_id))
    assert found == (before if fell_short else None)


def test_the_last_daily_date_counts_daily_runs_only(ledger: Ledger, other_ledger: Ledger) -> None:
    with ledger.store.read() as desk:
        assert desk.runs.last_daily_date(ledger.space_id) is None
    run_id = ledger.start(Trigger.DAILY)
    ledger.finish(run_id, ledger.claim(run_id), RunStatus.SUCCEEDED)
    ledger.start(Trigger.MANUAL, DAY + timedelta(days=1))
    other_ledger.start(Trigger.DAILY, DAY + timedelta(days=2))
    with ledger.store.read() as desk:
        assert desk.runs.last_daily_date(ledger.space_id) == DAY


@pytest.mark.parametrize("number", [0, -1, 2**31, 2**63, 10**30])
def test_a_number_that_no_row_can_have_is_no_run(store: Store, number: int) -> None:
    with store.read() as desk, pytest.raises(NotFound):
        desk.runs.get(number)
    with store.read() as desk, pytest.raises(NotFound):
        desk.accounts.get(number)
