"""The one daily run of a space for each local date (design §3.11): when it starts, when it is due.

`rules.schedule` says which date is due, the run ledger whether that date had its run already.
"""

import random
from datetime import date, datetime
from typing import Final

import structlog

from sync.clock import Now
from sync.errors import IntegrationError
from sync.model import Run, Space, SpaceStatus, Trigger
from sync.rules.schedule import due_date, local_date_at, missed_dates, next_due
from sync.service.common import ask_for_run, ring_for
from sync.service.values import Bell, StartedRun
from sync.store import Store
from sync.store.spaces import Due

log = structlog.get_logger(__name__)

STARTED_AT_ONCE: Final = 100  # about a second on a busy machine; the cron waits no longer


class DailyRuns:
    """Starts what is due, and wakes workers for it."""

    def __init__(self, store: Store, bell: Bell, *, now: Now) -> None:
        self._store = store
        self._bell = bell
        self._now = now

    def start_some(
        self, asked_at: datetime, *, after: Due | None = None
    ) -> tuple[list[StartedRun], Due | None]:
        """The daily runs of the next spaces that were due then; where to go on, None at the end."""
        with self._store.read() as desk:
            due = desk.spaces.due(asked_at, STARTED_AT_ONCE, now=self._now(), after=after)
        # Workers who do this at once then share the work; nothing secret depends on it.
        mixed = random.sample(due, len(due))  # nosec B311
        started = [run for _, space_id in mixed if (run := self._try(space_id)) is not None]
        return started, due[-1] if len(due) == STARTED_AT_ONCE else None

    def start_the_rest(self) -> None:
        """Start all that the cron asked for and that no call has come to yet."""
        with self._store.read() as desk:
            asked_at = desk.cron.asked_at()
        place: Due | None = None
        while asked_at is not None:
            _, place = self.start_some(asked_at, after=place)
            if place is None:
                return

    def _try(self, space_id: str) -> StartedRun | None:
        try:
            run = start_daily(self._store, space_id, self._now())
        except IntegrationError as error:
            # One space whose secrets no longer open must not keep the others from starting.
            log.error("daily_run_not_started", space=space_id, problem=str(error))
            return None
        if run is None:
            return None
        ring_for([run], self._bell)
        return StartedRun(run=run, started=True)


def start_daily(store: Store, space_id: str, now: datetime) -> Run | None:
    """The run of a due space, where this call started it; None where nothing was to be started.

    Moves the space's next due instant into the future, unless another run is open: then the space
    stays due, and the run of the date comes after that one.
    """
    with store.write() as desk:
        space = desk.spaces.find(space_id)
        if space is None or space.status is not SpaceStatus.RUNNING:
            return None
        sync_time, where = space.settings.sync_time, space.time_zone
        today = due_date(now, sync_time, where)
        last = desk.runs.last_daily_date(space_id)
        run, started = None, False
        if today is not None:
            run, started = ask_for_run(desk, space_id, today, Trigger.DAILY, now)
            if not (run.trigger is Trigger.DAILY and run.local_date == today):
                return None
        desk.spaces.set_next_due(space_id, next_due(now, sync_time, where))
    _report_missed(space_id, last, today or local_date_at(now, where))
    return run if started else None


def due_after_change(before: Space | None, space: Space, now: datetime) -> datetime:
    """When a changed space is due next. One that is due already and not yet started stays due; one
    whose run of today would be lost, because its new time has passed already, is due at once."""
    due = before.next_due_at if before and before.status is SpaceStatus.RUNNING else None
    if before is None or due is None:
        return next_due(now, space.settings.sync_time, space.time_zone)
    if due <= now:
        return due
    today = due_date(now, space.settings.sync_time, space.time_zone)
    if today is not None and local_date_at(due, before.time_zone) <= today:
        return now
    return next_due(now, space.settings.sync_time, space.time_zone)


def _report_missed(space_id: str, last: date | None, today: date) -> None:
    missed = missed_dates(last, today)
    if missed:
        log.warning(
            "daily_run_missed",
            space=space_id,
            dates=[day.isoformat() for day in missed],
            covered_by="the next run",
        )
