"""When messages are made and tried again: pure rules about time."""

from datetime import UTC, date, datetime, timedelta

import pytest

from sync.model import SpaceStatus
from sync.model.messages import Week
from sync.rules.delivering import GIVEN_UP_AFTER, next_try
from sync.rules.digest import is_worth_telling, monday_of, next_digest, week_before
from sync.rules.hot_leads import APART, told_at

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)  # a Tuesday


def test_pauses_grow_and_end_after_a_day() -> None:
    now, pauses, attempts = NOON, list[timedelta](), 0
    while True:
        attempts += 1
        at = next_try(attempts, created_at=NOON, now=now)
        if at is None:
            break
        pauses.append(at - now)
        now = at
    assert pauses[0] == timedelta(seconds=30)
    assert pauses == sorted(pauses)
    assert pauses[-1] == timedelta(hours=2)
    assert now - NOON <= GIVEN_UP_AFTER
    assert attempts < 30


def test_who_asks_to_come_later_gets_that_within_the_day() -> None:
    later = NOON + timedelta(hours=1)
    assert next_try(1, created_at=NOON, now=NOON, wanted=later) == later
    assert next_try(1, created_at=NOON, now=NOON, wanted=NOON + timedelta(days=2)) is None
    assert next_try(3, created_at=NOON, now=NOON, wanted=NOON) == NOON + timedelta(minutes=2)


@pytest.mark.parametrize(
    ("after", "zone", "due"),
    [
        (NOON, "UTC", datetime(2026, 3, 9, 8, tzinfo=UTC)),
        (NOON, "Europe/Berlin", datetime(2026, 3, 9, 7, tzinfo=UTC)),
        (
            datetime(2026, 3, 9, 7, tzinfo=UTC),
            "Europe/Berlin",
            datetime(2026, 3, 16, 7, tzinfo=UTC),
        ),
        (
            datetime(2026, 3, 9, 6, 59, tzinfo=UTC),
            "Europe/Berlin",
            datetime(2026, 3, 9, 7, tzinfo=UTC),
        ),
        # Clocks have gone forward in between.
        (datetime(2026, 3, 27, tzinfo=UTC), "Europe/Berlin", datetime(2026, 3, 30, 6, tzinfo=UTC)),
        (
            datetime(2026, 3, 8, 20, tzinfo=UTC),
            "Pacific/Auckland",
            datetime(2026, 3, 15, 19, tzinfo=UTC),
        ),
        (NOON, "Pacific/Kiritimati", datetime(2026, 3, 8, 18, tzinfo=UTC)),
    ],
)
def test_digests_are_due_on_mondays_at_eight_there(
    after: datetime, zone: str, due: datetime
) -> None:
    assert next_digest(after, zone) == due


def test_the_week_is_the_last_whole_one_there() -> None:
    name, begin, end = week_before(datetime(2026, 3, 9, 7, tzinfo=UTC), "Europe/Berlin")
    assert name == "2026-W10"
    assert (begin, end) == (
        datetime(2026, 3, 1, 23, tzinfo=UTC),
        datetime(2026, 3, 8, 23, tzinfo=UTC),
    )


def test_a_week_with_a_change_of_clocks_is_an_hour_shorter() -> None:
    _, begin, end = week_before(datetime(2026, 3, 30, 6, tzinfo=UTC), "Europe/Berlin")
    assert end - begin == timedelta(days=7, hours=-1)


def test_the_first_week_of_a_year_may_begin_in_the_old_one() -> None:
    assert week_before(datetime(2027, 1, 4, 8, tzinfo=UTC), "UTC")[0] == "2026-W53"


@pytest.mark.parametrize("day", [date(2026, 3, 2), date(2026, 3, 4), date(2026, 3, 8)])
def test_the_monday_of_a_day(day: date) -> None:
    assert monday_of(day) == date(2026, 3, 2)


def test_a_space_that_did_not_run_has_no_digest() -> None:
    week = Week(
        space_id="acme",
        space_name="Acme",
        begin=NOON,
        end=NOON,
        time_zone="UTC",
        status=SpaceStatus.NEEDS_ATTENTION,
    )
    assert not is_worth_telling(week)


def test_owners_are_told_at_once_and_then_not_again_for_a_while() -> None:
    assert told_at(None, NOON) == NOON
    assert told_at(NOON, NOON + timedelta(minutes=1)) == NOON + APART
    assert told_at(NOON, NOON + timedelta(hours=1)) == NOON + timedelta(hours=1)
