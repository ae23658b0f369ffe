"""When a space is due (design §3.11): the zones and hours where clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.errors import InvalidInput
from sync.rules.schedule import (
    due_date,
    due_instant,
    local_date_at,
    missed_dates,
    next_due,
    zone,
)
from tests.zones import HOURS, ZONES


def moment(days: int) -> datetime:
    """An instant so many days after the year 0, counted in years of 365 days."""
    return datetime(2009, 1, 1, 7, 13, tzinfo=UTC) + timedelta(days=days - 2009 * 365, hours=days)


@pytest.mark.parametrize(
    ("where", "day", "hour", "expected"),
    [
        # Spring forward: 02:00-03:00 does not exist; the run comes at the jump.
        ("Europe/Berlin", date(2026, 3, 29), time(0, 0), "2026-03-28T23:00"),
        ("Europe/Berlin", date(2026, 3, 29), time(1, 30), "2026-03-29T00:30"),
        ("Europe/Berlin", date(2026, 3, 29), time(2, 30), "2026-03-29T01:00"),
        # Autumn: 02:00-03:00 exists twice; the first counts.
        ("Europe/Berlin", date(2026, 10, 25), time(1, 30), "2026-10-24T23:30"),
        ("Europe/Berlin", date(2026, 10, 25), time(2, 30), "2026-10-25T00:30"),
        ("America/New_York", date(2026, 3, 8), time(1, 30), "2026-03-08T06:30"),
        ("America/New_York", date(2026, 3, 8), time(2, 30), "2026-03-08T07:00"),
        ("America/New_York", date(2026, 11, 1), time(1, 30), "2026-11-01T05:30"),
        # Midnight itself did not exist in São Paulo.
        ("America/Sao_Paulo", date(2018, 11, 4), time(0, 0), "2018-11-04T03:00"),
        ("America/Sao_Paulo", date(2018, 11, 4), time(1, 30), "2018-11-04T03:30"),
        # It existed twice in the hour before it, on the day before.
        ("America/Sao_Paulo", date(2018, 2, 18), time(0, 0), "2018-02-18T03:00"),
        ("Asia/Kolkata", date(2026, 3, 29), time(2, 30), "2026-03-28T21:00"),
        # Half an hour only.
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 0), "2026-10-03T15:30"),
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 30), "2026-10-03T15:30"),
        ("Australia/Lord_Howe", date(2026, 4, 5), time(1, 30), "2026-04-04T14:30"),
        # A whole day did not exist.
        ("Pacific/Apia", date(2011, 12, 29), time(2, 30), "2011-12-29T12:30"),
        ("Pacific/Apia", date(2011, 12, 30), time(0, 0), None),
        ("Pacific/Apia", date(2011, 12, 30), time(2, 30), None),
        ("Pacific/Apia", date(2011, 12, 31), time(0, 0), "2011-12-30T10:00"),
    ],
)
def test_the_due_instant_of_a_day_on_which_clocks_change(
    where: str, day: date, hour: time, expected: str | None
) -> None:
    found = due_instant(day, hour, where)
    assert found == (datetime.fromisoformat(f"{expected}+00:00") if expected else None)


@given(
    st.sampled_from(ZONES),
    st.sampled_from(HOURS),
    st.integers(2009 * 365, 2031 * 365),
)
def test_each_local_date_comes_exactly_once(where: str, hour: time, start: int) -> None:
    at, seen = moment(start), []
    for _ in range(40):
        at = next_due(at, hour, where)
        seen.append(local_date_at(at, where))
    days = [seen[0] + timedelta(days=number) for number in range((seen[-1] - seen[0]).days + 1)]
    assert seen == [day for day in days if day != date(2011, 12, 30) or where != "Pacific/Apia"]


@given(
    st.sampled_from(ZONES),
    st.sampled_from(HOURS),
    st.integers(2011 * 365, 2030 * 365),
    st.lists(st.integers(1, 3 * 86_400), min_size=1, max_size=30),
)
def test_whenever_the_cron_calls_no_date_runs_twice(
    where: str, hour: time, start: int, gaps: list[int]
) -> None:
    now, run_dates, due_at = moment(start), [], None
    for gap in gaps:
        now += timedelta(seconds=gap)
        if due_at is None or due_at <= now:
            today = due_date(now, hour, where)
            if today is not None and today not in run_dates:
                run_dates.append(today)
            due_at = next_due(now, hour, where)
    assert run_dates == sorted(set(run_dates))


def test_a_late_cron_still_runs_on_the_same_local_date() -> None:
    late = datetime(2026, 3, 2, 22, 59, tzinfo=UTC)  # 23:59 in Berlin
    assert due_date(late, time(2, 0), "Europe/Berlin") == date(2026, 3, 2)
    assert due_date(late + timedelta(minutes=2), time(2, 0), "Europe/Berlin") is None


def test_dates_wholly_missed_are_named() -> None:
    assert missed_dates(date(2026, 3, 1), date(2026, 3, 4)) == (date(2026, 3, 2), date(2026, 3, 3))
    assert missed_dates(date(2026, 3, 3), date(2026, 3, 4)) == ()
    assert missed_dates(None, date(2026, 3, 4)) == ()


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../../etc/passwd", "Europe\x00/Berlin"])
def test_an_unknown_zone_is_refused_in_words(name: str) -> None:
    with pytest.raises(InvalidInput, match="time zone"):
        zone(name)


MISSING = {"Pacific/Apia": {date(2011, 12, 30)}}
YEARS = [date(2010, 1, 1) + timedelta(days=number) for number in range(21 * 365)]


@pytest.mark.parametrize("hour", HOURS, ids=str)
@pytest.mark.parametrize("where", ZONES)
def test_each_date_that_exists_has_one_instant_of_its_own(where: str, hour: time) -> None:
    due = {day: due_instant(day, hour, where) for day in YEARS}
    assert {day for day in YEARS if due[day] is None} == MISSING.get(where, set())
    instants = [instant for instant in due.values() if instant is not None]
    assert all(early < late for early, late in pairwise(instants))
    assert all(
        local_date_at(instant, where) == day for day, instant in due.items() if instant is not None
    )


@pytest.mark.parametrize("hour", HOURS, ids=str)
@pytest.mark.parametrize("where", ZONES)
def test_the_wall_shows_the_hour_or_the_first_that_exists_after_it(where: str, hour: time) -> None:
    for day in YEARS:
        instant = due_instant(day, hour, where)
        if instant is None:
            continue
        wall = instant.astimezone(zone(where)).time()
        if wall != hour:
            before = (instant - timedelta(seconds=1)).astimezone(zone(where))
            assert wall > hour
            assert before.replace(tzinfo=None) < datetime.combine(day, hour)


@given(
    st.sampled_from(ZONES),
    st.times().map(lambda one: one.replace(microsecond=0)),
    st.integers(2009 * 365, 2031 * 365),
    st.floats(0, 0.999),
)
def test_nothing_is_due_between_now_and_the_next_time(
    where: str, hour: time, start: int, part: float
) -> None:
    now = moment(start)
    found = next_due(now, hour, where)
    assert now < found <= now + timedelta(days=2)
    assert next_due(now + (found - now) * part, hour, where) == found
    assert next_due(found, hour, where) > found


@given(st.sampled_from(ZONES), st.sampled_from(HOURS), st.integers(2009 * 365, 2031 * 365))
def test_what_is_due_next_is_due_on_its_date_and_not_a_second_earlier(
    where: str, hour: time, start: int
) -> None:
    found = next_due(moment(start), hour, where)
    day = local_date_at(found, where)
    assert due_date(found, hour, where) == day
    assert due_date(found - timedelta(seconds=1), hour, where) != day


@given(
    st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.dates(date(2026, 1, 1), date(2026, 12, 31))
)
def test_dates_missed_are_those_strictly_between(last: date, today: date) -> None:
    missed = missed_dates(last, today)
    assert all(last < day < today for day in missed)
    assert len(set(missed)) == len(missed) == max(0, (today - last).days - 1)
