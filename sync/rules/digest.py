"""Which week a digest is about, and when it is due: Monday at 08:00 in the space's zone. Pure."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from sync.model.messages import Week
from sync.rules.schedule import due_instant, local_date_at, zone

DUE_AT: Final = time(8, 0)
_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)


def next_digest(after: datetime, zone_name: str) -> datetime:
    """The first instant after `after` at which a digest is due, in UTC."""
    day = monday_of(local_date_at(after, zone_name))
    while True:
        instant = due_instant(day, DUE_AT, zone_name)
        if instant is not None and instant > after:
            return instant
        day += _WEEK


def week_before(now: datetime, zone_name: str) -> tuple[str, datetime, datetime]:
    """(name, begin, end) of the last whole week, Monday to Monday there: "2026-W49"."""
    this = monday_of(local_date_at(now, zone_name))
    begin = this - _WEEK
    year, number, _ = begin.isocalendar()
    return f"{year}-W{number:02}", _midnight(begin, zone_name), _midnight(this, zone_name)


def is_worth_telling(week: Week) -> bool:
    """Whether anything happened: a space that did not run has no digest."""
    return week.runs > 0


def monday_of(day: date) -> date:
    """The Monday of that day's week."""
    return day - _DAY * day.weekday()


def _midnight(day: date, zone_name: str) -> datetime:
    found = due_instant(day, time(0, 0), zone_name)
    return found or datetime.combine(day, time(0, 0), zone(zone_name)).astimezone(UTC)
