"""The one daily run of a space for each local date (design §3.11): when it starts, when it is due.

`rules.schedule` says which date is due, the run ledger whether that date had its run already.
"""

from datetime import date, datetime

import structlog

from sync.model import Run, Space, SpaceStatus, Trigger
from sync.rules.schedule import due_date, local_date_at, missed_dates, next_due
from sync.store import Store

log = structlog.get_logger(__name__)


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
            run, started = desk.runs.ask(space_id, today, Trigger.DAILY, now=now)
            if not (run.trigger is Trigger.DAILY and run.local_date == today):
                return None
        desk.spaces.set_next_due(space_id, next_due(now, sync_time, where))
    _report_missed(space_id, last, today or local_date_at(now, where))
    return run if started else None


def due_after_change(before: Space | None, space: Space, now: datetime) -> datetime:
    """When a changed space is due next. One that is due already and not yet started stays due."""
    due = before.next_due_at if before and before.status is SpaceStatus.RUNNING else None
    if due is not None and due <= now:
        return due
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
