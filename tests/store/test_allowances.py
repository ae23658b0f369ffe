"""Pace and budget towards a vendor: one row for all threads and processes, without a burst.

The clock stands still unless a test moves it, so what would be waited for is exact.
"""

from datetime import UTC, datetime, timedelta
from threading import Lock

import pytest
from sqlalchemy import Connection

from sync.errors import QuotaGone
from sync.store import Database
from sync.store.allowances import RowAllowance, end_of_day, end_of_hour
from tests.store.helpers import NOON, at_once

QUARTER = 0.25  # seconds between calls at four a second


class Desk:
    """Allowances on one database, with a clock and a sleep of the test's own."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = NOON
        self.waits: list[float] = []
        self.sleeping_passes_time = False
        self.oversleeps: list[float] = []
        self._writing = Lock()

    def allowance(
        self,
        name: str = "acton",
        *,
        per_second: float = 4,
        per_day: int | None = None,
        per_hour: int | None = None,
    ) -> RowAllowance:
        return RowAllowance(
            self.database,
            name,
            per_second=per_second,
            per_window=per_hour or per_day,
            sleep=self._sleep,
            window_end=end_of_hour if per_hour else end_of_day,
            clock=self._clock,
            monotonic=lambda: self.now.timestamp(),
        )

    def wait_of(self, allowance: RowAllowance, *, interactive: bool = False) -> float:
        """How long the next call has to wait."""
        allowance.take(interactive=interactive)
        return self.waits.pop()

    def _clock(self, connection: Connection) -> datetime:
        return self.now

    def _sleep(self, seconds: float) -> None:
        with self._writing:
            self.waits.append(seconds)
            if self.sleeping_passes_time:
                self.now += timedelta(seconds=seconds)
            if self.oversleeps:
                self.now += timedelta(seconds=self.oversleeps.pop(0))


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


# --- pace --------------------------------------------------------------------------------------


def test_calls_are_spaced_evenly(desk: Desk) -> None:
    allowance = desk.allowance()
    for _ in range(4):
        allowance.take()
    assert desk.waits == [0, QUARTER, 2 * QUARTER, 3 * QUARTER]


def test_quiet_times_are_not_saved_up_for_a_burst(desk: Desk) -> None:
    allowance = desk.allowance()
    allowance.take()
    desk.now += timedelta(hours=1)
    assert [desk.wait_of(allowance) for _ in range(3)] == [0, QUARTER, 2 * QUARTER]


def test_threads_never_share_a_slot_and_leave_none_out(desk: Desk) -> None:
    def take_some() -> None:
        allowance = desk.allowance()
        for _ in range(5):
            allowance.take()

    at_once(*[take_some] * 4)
    assert sorted(desk.waits) == [number * QUARTER for number in range(20)]


def test_who_wakes_up_late_takes_another_slot_and_is_counted_once(desk: Desk) -> None:
    allowance = desk.allowance(per_day=100)
    desk.sleeping_passes_time = True
    allowance.take()
    desk.oversleeps = [0.6 * QUARTER]
    allowance.take()
    assert desk.waits == [0, QUARTER, pytest.approx(0.4 * QUARTER)]
    assert allowance.used() == 2


def test_a_little_late_is_in_time(desk: Desk) -> None:
    allowance = desk.allowance()
    desk.oversleeps = [0.4 * QUARTER]
    allowance.take()
    assert desk.waits == [0]


def test_a_machine_that_is_always_late_calls_all_the_same(desk: Desk) -> None:
    desk.sleeping_passes_time, desk.oversleeps = True, [QUARTER] * 10
    desk.allowance().take()
    assert len(desk.waits) == 4


def test_two_limits_do_not_slow_each_other(desk: Desk) -> None:
    waits = [desk.wait_of(desk.allowance(name)) for name in ("acton", "pipeliner")]
    assert waits == [0, 0]


def test_nobody_reserves_a_slot_that_is_far_away(desk: Desk) -> None:
    allowance = desk.allowance(per_second=0.05)
    assert [desk.wait_of(allowance) for _ in range(2)] == [0, 20]
    desk.sleeping_passes_time = True
    allowance.take()
    assert desk.waits == [30, 10]
    assert allowance.used() == 3


def test_the_sync_leaves_every_other_slot_free_while_a_person_was_seen_lately(desk: Desk) -> None:
    allowance = desk.allowance()
    assert desk.wait_of(allowance, interactive=True) == 0
    assert [desk.wait_of(allowance) for _ in range(3)] == [QUARTER, 3 * QUARTER, 5 * QUARTER]
    desk.now += timedelta(seconds=10)
    assert [desk.wait_of(allowance) for _ in range(3)] == [0, QUARTER, 2 * QUARTER]


def test_a_person_goes_ahead_of_the_sync(desk: Desk) -> None:
    waits = {}
    for interactive in (False, True):
        allowance = desk.allowance(f"interactive: {interactive}")
        allowance.take(interactive=True)
        for _ in range(3):
            allowance.take()
        waits[interactive] = desk.wait_of(allowance, interactive=interactive)
    assert waits[True] < waits[False]


# --- budget ------------------------------------------------------------------------------------


def test_calls_beyond_the_days_budget_are_refused_until_midnight(desk: Desk) -> None:
    allowance = desk.allowance(per_day=2)
    for _ in range(2):
        allowance.take()
    with pytest.raises(QuotaGone, match="2 calls") as caught:
        allowance.take()
    assert caught.value.resume_at == datetime(2026, 3, 4, tzinfo=UTC)
    assert allowance.used() == 2
    desk.now = caught.value.resume_at
    assert allowance.used() == 0
    assert desk.wait_of(allowance) == 0
    assert allowance.used() == 1


def test_a_refused_call_takes_no_slot(desk: Desk) -> None:
    desk.allowance(per_day=1).take()
    with pytest.raises(QuotaGone):
        desk.allowance(per_day=1).take()
    assert desk.wait_of(desk.allowance(per_day=2)) == QUARTER


def test_threads_together_never_exceed_the_budget(desk: Desk) -> None:
    def take_some() -> int:
        allowance, taken = desk.allowance(per_day=10), 0
        for _ in range(5):
            try:
                allowance.take()
            except QuotaGone:
                break
            taken += 1
        return taken

    assert sum(at_once(*[take_some] * 4)) == 10


def test_log_ins_are_counted_by_the_hour(desk: Desk) -> None:
    desk.now = NOON + timedelta(minutes=59)
    log_ins = desk.allowance("log-ins", per_second=1, per_hour=5)
    for _ in range(5):
        log_ins.take()
    with pytest.raises(QuotaGone) as caught:
        log_ins.take()
    assert caught.value.resume_at == NOON + timedelta(hours=1)
    desk.now = caught.value.resume_at
    log_ins.take()
    assert log_ins.used() == 1


def test_where_the_other_side_says_that_nothing_is_left_the_day_is_over(desk: Desk) -> None:
    allowance = desk.allowance(per_day=1000)
    allowance.note_exhausted()
    with pytest.raises(QuotaGone):
        allowance.take()
    desk.now += timedelta(days=1)
    assert desk.wait_of(allowance) == 0


@pytest.mark.parametrize(("allowed", "for_the_sync"), [(100, 95), (1_000, 950), (19, 19), (1, 1)])
def test_the_last_calls_of_a_day_are_kept_for_people(
    desk: Desk, allowed: int, for_the_sync: int
) -> None:
    allowance = desk.allowance(per_day=allowed, per_second=10_000)
    for _ in range(for_the_sync):
        allowance.take()
    with pytest.raises(QuotaGone, match="2026-03-04 00:00 UTC") as caught:
        allowance.take()
    assert ("kept for people" in str(caught.value)) is (for_the_sync < allowed)
    for _ in range(allowed - for_the_sync):
        allowance.take(interactive=True)
    with pytest.raises(QuotaGone):
        allowance.take(interactive=True)
    assert allowance.used() == allowed


def test_what_people_use_is_not_added_to_what_is_kept_for_them(desk: Desk) -> None:
    allowance = desk.allowance(per_day=100, per_second=10_000)
    for _ in range(95):
        allowance.take(interactive=True)
    with pytest.raises(QuotaGone):
        allowance.take()


def test_what_failed_is_sent_again_until_three_quarters_are_used(desk: Desk) -> None:
    allowance = desk.allowance(per_day=8)
    answers = []
    for _ in range(8):
        answers.append(allowance.may_retry())
        allowance.take()
    assert answers == [True] * 6 + [False] * 2
    desk.now += timedelta(days=1)
    assert allowance.may_retry()


def test_where_nobody_counts_what_failed_is_always_sent_again(desk: Desk) -> None:
    allowance = desk.allowance()
    allowance.take()
    assert allowance.may_retry()


def test_what_was_never_used_counts_nothing(desk: Desk) -> None:
    assert desk.allowance().used() == 0


def test_without_a_budget_calls_are_only_paced(desk: Desk) -> None:
    allowance = desk.allowance()
    allowance.note_exhausted()
    assert desk.wait_of(allowance) == 0


def test_by_default_the_pace_goes_by_the_database_clock(database: Database) -> None:
    waits: list[float] = []
    allowance = RowAllowance(database, "acton", per_second=0.1, per_window=None, sleep=waits.append)
    allowance.take()
    allowance.take()
    assert waits[0] == 0
    assert 0 < waits[1] <= 10


@pytest.mark.parametrize(
    ("now", "day", "hour"),
    [
        (NOON, datetime(2026, 3, 4, tzinfo=UTC), datetime(2026, 3, 3, 13, tzinfo=UTC)),
        (
            datetime(2026, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
            datetime(2027, 1, 1, tzinfo=UTC),
            datetime(2027, 1, 1, tzinfo=UTC),
        ),
        (
            datetime(2026, 3, 3, tzinfo=UTC),
            datetime(2026, 3, 4, tzinfo=UTC),
            datetime(2026, 3, 3, 1, tzinfo=UTC),
        ),
    ],
)
def test_days_and_hours_end_at_the_next_full_one_in_utc(
    now: datetime, day: datetime, hour: datetime
) -> None:
    assert end_of_day(now) == day
    assert end_of_hour(now) == hour
