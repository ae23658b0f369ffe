"""How fast and how often we may call: one row for each limit, shared by all processes.

The pace is spaced evenly (GCRA): each call takes the next free slot in one short transaction and
then waits for it, so there is never a burst and never a race. The same row counts the calls of the
day, which is why a limiter library beside it would be a second truth.
A person who waits goes ahead: while one was seen lately the sync leaves every other slot free, and
the first of those is kept apart for whoever waits next. The last calls of a window are kept for
people, too.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import Connection, Row, select, update

from sync.clock import Monotonic, Sleep
from sync.errors import QuotaGone
from sync.languages import lazy_gettext
from sync.store.database import Database
from sync.store.sql import database_now, insert_for
from sync.store.tables import allowances

LONGEST_QUEUE_SECONDS = 30.0  # nobody reserves a slot further away; they ask again instead
INTERACTIVE_SECONDS = 2.0
LATE = 0.5  # of the time between two slots: who wakes up later than that takes another slot
LEAST_LATE_SECONDS = 0.02  # where slots follow each other so fast that everybody is late
MOST_MISSED = 3  # then the machine is always late, and a call has to be made all the same
# A sync that lasts for days would use up each day's calls within minutes of midnight, and nobody
# could press Refresh all day.
KEPT_FOR_PEOPLE = 0.05
# Where a vendor fails for long, five tries of each call would cost the day; first tries go on.
RETRIES_END_AT = 0.75

WindowEnd: TypeAlias = Callable[[datetime], datetime]
Clock: TypeAlias = Callable[[Connection], datetime]


def end_of_day(now: datetime) -> datetime:
    """The next midnight in UTC, when a day's quota begins anew (Act-On does not say where)."""
    return datetime.combine(now.date(), datetime.min.time(), UTC) + timedelta(days=1)


def end_of_hour(now: datetime) -> datetime:
    """The next full hour."""
    return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def window_of(end: WindowEnd, now: datetime) -> str:
    """The name of the window that is now."""
    return end(now).strftime("%Y-%m-%dT%H")


class RowAllowance:
    """One limit: so many calls a second, so many a window. Raises QuotaGone when they are used."""

    def __init__(
        self,
        database: Database,
        name: str,
        *,
        per_second: float,
        per_window: int | None,
        sleep: Sleep,
        window_end: WindowEnd = end_of_day,
        clock: Clock = database_now,
        monotonic: Monotonic = time.monotonic,
    ) -> None:
        self._database = database
        self._name = name
        self._interval = 1.0 / per_second
        self._per_window = per_window
        self._sleep = sleep
        self._window_end = window_end
        self._clock = clock
        self._monotonic = monotonic

    def take(self, *, interactive: bool = False) -> None:
        """Wait for the next slot and use it. Raises QuotaGone, then nothing may be sent.

        Whoever wakes up late leaves the slot and takes another: on a busy machine calls would
        otherwise bunch up, and a second see more of them than it may.
        """
        counted, missed = False, 0
        while True:
            with self._database.write() as connection:
                wait = self._reserve(connection, interactive, counted=counted)
            if wait > LONGEST_QUEUE_SECONDS:
                self._sleep(LONGEST_QUEUE_SECONDS)
                continue
            if self._sleeps_in_time(wait) or missed == MOST_MISSED:
                return
            counted, missed = True, missed + 1

    def _sleeps_in_time(self, seconds: float) -> bool:
        end = self._monotonic() + seconds
        self._sleep(seconds)
        return self._monotonic() - end <= max(self._interval * LATE, LEAST_LATE_SECONDS)

    def may_retry(self) -> bool:
        """Whether less than three quarters of the window's calls are used."""
        return self._per_window is None or self.used() < RETRIES_END_AT * self._per_window

    def note_exhausted(self) -> None:
        """The other side says that nothing is left: use the rest of the window up."""
        with self._database.write() as connection:
            self._row(connection)
            window = self._window(self._clock(connection))
            connection.execute(
                update(allowances)
                .where(allowances.c.name == self._name)
                .values(used=self._per_window or 0, window=window)
            )

    def used(self) -> int:
        """How many calls the window has seen."""
        with self._database.read() as connection:
            row = connection.execute(
                select(allowances).where(allowances.c.name == self._name)
            ).first()
            window = self._window(self._clock(connection))
        return row.used if row is not None and row.window == window else 0

    def _reserve(self, connection: Connection, interactive: bool, *, counted: bool) -> float:
        """Seconds until our slot; beyond LONGEST_QUEUE_SECONDS nothing was reserved."""
        row = self._row(connection)
        now = self._clock(connection)  # one clock for all machines
        window = self._window(now)
        used = row.used if row.window == window else 0
        if not counted:
            self._ensure_left(used, now, interactive)
            used += 1
        present = now.timestamp()
        slot = max(float(row.next_at), present)
        yields = not interactive and row.interactive_until > present
        if slot - present > LONGEST_QUEUE_SECONDS:
            return slot - present
        values: dict[str, object] = {"window": window, "used": used}
        if row.per_window != self._per_window:
            values["per_window"] = self._per_window
        if interactive:
            values["interactive_until"] = present + INTERACTIVE_SECONDS
        kept = float(row.free_at)
        if interactive and present <= kept < slot:
            slot = kept
            values["free_at"] = 0.0
        else:
            values["next_at"] = slot + self._interval * (2 if yields else 1)
            if yields and kept < present:
                values["free_at"] = slot + self._interval
        connection.execute(
            update(allowances).where(allowances.c.name == self._name).values(**values)
        )
        return max(0.0, slot - present)

    def _ensure_left(self, used: int, now: datetime, interactive: bool) -> None:
        if self._per_window is None:
            return
        kept = 0 if interactive else int(KEPT_FOR_PEOPLE * self._per_window)
        if used >= self._per_window - kept:
            resume_at = self._window_end(now)
            message = lazy_gettext(
                "The %(calls)s calls allowed are used up; the next may be sent at %(when)s UTC.",
                calls=self._per_window,
                when=f"{resume_at:%Y-%m-%d %H:%M}",
            )
            if kept:
                message = lazy_gettext(
                    "The %(calls)s calls allowed are used up but the %(kept)s kept for people; "
                    "the next may be sent at %(when)s UTC.",
                    calls=self._per_window,
                    kept=kept,
                    when=f"{resume_at:%Y-%m-%d %H:%M}",
                )
            raise QuotaGone(
                message,
                resume_at=resume_at,
                hint="It continues by itself then.",
            )

    def _row(self, connection: Connection) -> Row[Any]:
        query = select(allowances).where(allowances.c.name == self._name).with_for_update()
        row = connection.execute(query).first()
        if row is None:  # the very first call; of two at once one makes the row
            connection.execute(
                insert_for(connection, allowances)
                .values(name=self._name, next_at=0, free_at=0, window="", used=0)
                .values(interactive_until=0)
                .on_conflict_do_nothing(index_elements=["name"])
            )
            row = connection.execute(query).one()
        return row

    def _window(self, now: datetime) -> str:
        return window_of(self._window_end, now)
