"""One click that lets new Leads through which the volume guard held back.

What is approved is the number that the run held back; it stands on the run itself. The next run
that comes to its end uses it up, whatever it creates, since from then on that one is the last.
"""

from datetime import datetime
from typing import Final

from sync.errors import Conflict
from sync.model import COMPLETED_STATUSES, Actor, Change, Event, Run, Trigger
from sync.rules.auditing import NOTHING
from sync.rules.schedule import local_date_at
from sync.service.common import ask_for_run, ensure_running, record
from sync.service.values import StartedRun
from sync.store import Desk

LEADS: Final = "new_leads"


def approve_creates(desk: Desk, actor: Actor, run: Run, now: datetime) -> StartedRun:
    """The run that creates what that run held back; asked again it is the same one.

    Raises SetupError where the space is not synced, and Conflict where nothing waits in the run, or
    another run is to be looked at instead.
    """
    desk.spaces.lock(run.space_id)  # of two who approve at once the second sees the first's doing
    run, space = desk.runs.get(run.run_id), desk.spaces.get(run.space_id)
    ensure_running(space)
    _ensure_newest(desk, run)
    if run.approved_at is None:
        _ensure_idle(desk, space.space_id)
        _approve(desk, actor, run, now)
    today = local_date_at(now, space.time_zone)
    started, new = ask_for_run(desk, space.space_id, today, Trigger.MANUAL, now)
    if new:
        subject = str(started.run_id)
        record(desk, actor, Event.RUN_STARTED, space.space_id, now, subject=subject)
    return StartedRun(run=started, started=new)


def _approve(desk: Desk, actor: Actor, run: Run, now: datetime) -> None:
    if desk.volumes.approve(run.run_id, by=actor.email, now=now):
        change = Change(field=LEADS, old=NOTHING, new=str(run.waiting))
        event, subject = Event.CREATES_APPROVED, str(run.run_id)
        record(desk, actor, event, run.space_id, now, subject=subject, changes=(change,))


def _ensure_newest(desk: Desk, run: Run) -> None:
    if run.status not in COMPLETED_STATUSES:
        raise Conflict(
            "This run did not come to its end.",
            hint="Run again, then approve what waits there.",
            kind="not_completed",
        )
    if not run.waiting:
        raise Conflict("No new Lead waits for approval in this run.", kind="nothing_waits")
    last = desk.volumes.last_completed(run.space_id)
    if last is None or last.run_id != run.run_id:
        raise Conflict(
            "A later run looked at these Leads again.",
            hint="See what waits there.",
            kind="later_run",
        )


def _ensure_idle(desk: Desk, space_id: str) -> None:
    if desk.runs.open_run(space_id) is not None:
        raise Conflict(
            "A run is under way; it looks at these Leads again.",
            hint="Approve what waits once it has ended.",
            kind="run_under_way",
        )
