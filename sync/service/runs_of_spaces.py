"""The runs of a space, as its admin sees and steers them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sync.errors import Conflict, NotFound
from sync.languages import lazy_gettext
from sync.model import (
    Action,
    Actor,
    Event,
    Listing,
    Problem,
    Run,
    RunList,
    RunStatus,
    Trigger,
)
from sync.rules.rights import may
from sync.rules.schedule import local_date_at
from sync.service.approving import approve_creates
from sync.service.common import (
    ask_for_run,
    end_waiting,
    ensure_running,
    get_space,
    record,
    ring_for,
)
from sync.service.values import Parts, StartedRun
from sync.store import Desk

RUNS_A_PAGE: Final = 25


class RunsOfSpaces:
    """Runs, for who may see or steer them. Every method raises NotFound, NotAllowed."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._store = parts.store
        self._now = parts.now

    def runs(self, actor: Actor, space_id: str, *, after: str | None = None) -> Listing[Run]:
        """The runs of the space, newest first."""
        with self._store.read() as desk:
            get_space(desk, actor, Action.SEE_SPACE, space_id)
            found = desk.runs.page_of_space(
                space_id, before=as_number(after), limit=RUNS_A_PAGE + 1
            )
        page = found[:RUNS_A_PAGE]
        more = len(found) > RUNS_A_PAGE
        return Listing(items=page, next_after=str(page[-1].run_id) if more else None)

    def run(self, actor: Actor, run_id: int) -> Run:
        """A run as it stands, with its progress while it is under way."""
        with self._store.read() as desk:
            return get_run(desk, actor, Action.SEE_SPACE, run_id)

    def run_lists(self, actor: Actor, run_id: int) -> Sequence[RunList]:
        """The lists of a run, how far each was read, and what stopped it."""
        with self._store.read() as desk:
            get_run(desk, actor, Action.SEE_SPACE, run_id)
            return desk.outcomes.lists(run_id)

    def start(self, actor: Actor, space_id: str) -> StartedRun:
        """A run now: the one under way, a paused one continued, or a new one.

        Raises SetupError where the space is not synced.
        """
        now = self._now()
        with self._store.write() as desk:
            space = get_space(desk, actor, Action.RUN, space_id)
            ensure_running(space)
            today = local_date_at(now, space.time_zone)
            run, started = ask_for_run(desk, space_id, today, Trigger.MANUAL, now)
            if started:
                record(desk, actor, Event.RUN_STARTED, space_id, now, subject=str(run.run_id))
        if run.status is RunStatus.QUEUED:
            ring_for([run], self._parts.bell)
        return StartedRun(run=run, started=started)

    def retry(self, actor: Actor, run_id: int) -> StartedRun:
        """A run that takes up what failed in that one, whatever the cause. Raises as `start`."""
        return self.start(actor, self.run(actor, run_id).space_id)

    def approve_creates(self, actor: Actor, run_id: int) -> StartedRun:
        """A run now that creates what that run held back (volume guard), and a tenth more where it
        finds more; asked again it is the same run. Raises SetupError, Conflict.
        """
        now = self._now()
        with self._store.write() as desk:
            run = get_run(desk, actor, Action.APPROVE_CREATES, run_id)
            begun = approve_creates(desk, actor, run, now)
        if begun.run.status is RunStatus.QUEUED:
            ring_for([begun.run], self._parts.bell)
        return begun

    def cancel(self, actor: Actor, run_id: int) -> Run:
        """The run, cancelled, or asked to stop before its next write where a worker does it.

        Raises Conflict where it has ended already.
        """
        now = self._now()
        with self._store.write() as desk:
            run = get_run(desk, actor, Action.RUN, run_id)
            if run.status not in (RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.PAUSED):
                raise Conflict("This run has ended already.", kind="ended")
            desk.runs.ask_to_cancel(run_id, actor.email)
            cancel_waiting(desk, run, actor, now)
            event = Event.RUN_CANCELLED
            record(desk, actor, event, run.space_id, now, subject=str(run_id))
            return desk.runs.get(run_id)


def get_run(desk: Desk, actor: Actor, action: Action, run_id: int) -> Run:
    """The run, for somebody who may do that with its space; a foreign one is not there.

    Raises NotFound, NotAllowed.
    """
    run = desk.runs.get(run_id)
    if not may(actor, Action.SEE_SPACE, run.space_id):
        raise NotFound(
            lazy_gettext("There is no run %(run_id)s.", run_id=run_id),
            hint="See: python -m sync runs SPACE",
        )
    get_space(desk, actor, action, run.space_id)
    return run


def cancel_waiting(desk: Desk, run: Run, actor: Actor, now: datetime) -> bool:
    """Whether nobody was doing the run: it is cancelled, and its rows are settled."""
    problem = Problem(
        kind="cancelled",
        message=lazy_gettext("%(email)s cancelled this run.", email=actor.email),
    )
    return end_waiting(desk, run, problem, now)


def as_number(after: str | None) -> int | None:
    """The id in a place to go on from; a forged one begins at the top."""
    return int(after) if after and after.isascii() and after.isdigit() and len(after) < 10 else None
