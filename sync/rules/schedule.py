"""When a space is due: a local wall time in its own time zone, once for each date (design §3.11).

1. The hour that does not exist runs at the next instant that does.
2. The hour that exists twice runs once, the first time.
3. A date that does not exist at all (a zone that jumped over the date line) has no run.
4. A run late on its day still counts for that day; a date wholly missed is reported, not repeated.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sync.errors import InvalidInput
from sync.languages import lazy_gettext

_DAY = timedelta(days=1)


def zone(name: str) -> ZoneInfo:
    """The time zone of this IANA name. Raises InvalidInput where there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise InvalidInput(
            lazy_gettext("%(name)r is not a time zone.", name=name),
            hint='Use an IANA name such as "Europe/Berlin".',
        ) from error


def local_date_at(now: datetime, zone_name: str) -> date:
    """The date on the calendars of that zone."""
    return now.astimezone(zone(zone_name)).date()


def due_instant(day: date, sync_time: time, zone_name: str) -> datetime | None:
    """The instant at which the run of that local date is due, in UTC; None where the date does not
    exist there."""
    where = zone(zone_name)
    wall = datetime.combine(day, sync_time, where)  # fold=0: the first of two equal hours
    instant = wall.astimezone(UTC)
    if instant.astimezone(where).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return instant
    return _after_gap(wall, day, where)


def _after_gap(wall: datetime, day: date, where: ZoneInfo) -> datetime | None:
    """The first instant after the gap that swallowed this wall time."""
    # Within a gap, fold=0 counts with the offset before it and fold=1 with the one after: the two
    # readings lie on either side of the jump, as far from each other as the gap is long.
    later, earlier = wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC)
    low, high = int(earlier.timestamp()), int(later.timestamp())
    offset = earlier.astimezone(where).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, UTC).astimezone(where).utcoffset() == offset:
            low = middle
        else:
            high = middle
    instant = datetime.fromtimestamp(high, UTC)
    return instant if instant.astimezone(where).date() == day else None


def due_date(now: datetime, sync_time: time, zone_name: str) -> date | None:
    """Today's local date, if the run of today is due by now; else None."""
    today = local_date_at(now, zone_name)
    instant = due_instant(today, sync_time, zone_name)
    return today if instant is not None and instant <= now else None


def next_due(after: datetime, sync_time: time, zone_name: str) -> datetime:
    """The first instant after `after` at which a run is due, in UTC."""
    day = local_date_at(after, zone_name) - _DAY
    while True:
        instant = due_instant(day, sync_time, zone_name)
        if instant is not None and instant > after:
            return instant
        day += _DAY


def missed_dates(last: date | None, today: date) -> tuple[date, ...]:
    """The dates between the last run and today that had none, oldest first."""
    if last is None:
        return ()
    return tuple(last + _DAY * number for number in range(1, (today - last).days))
