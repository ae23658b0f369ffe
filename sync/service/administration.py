"""Daily life of a space: how it is, its runs, stopping and going on, ending it.

Credentials and settings are changed in `connecting` and `activation`, people's data in `records`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import structlog

from sync.errors import Conflict, FieldProblem, InvalidFields, NotFound, SetupError
from sync.model import (
    Action,
    Actor,
    AuditEntry,
    Erased,
    Event,
    FailReason,
    Listing,
    Overview,
    Problem,
    Result,
    Run,
    RunList,
    RunStatus,
    Space,
    SpaceStatus,
    Trigger,
)
from sync.rules.health import health_of
from sync.rules.rights import may
from sync.rules.schedule import local_date_at
from sync.rules.strikes import remedy_of
from sync.service.approving import approve_creates
from sync.service.common import change_status, ensure_running, get_space, record, ring_for
from sync.service.values import Parts, StartedRun
from sync.store import Desk

log = structlog.get_logger(__name__)

RUNS_A_PAGE: Final = 25
ENTRIES_A_PAGE: Final = 50


class Administration:
    """What the admin of a space does from day to day. Every method raises NotFound, NotAllowed."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._store = parts.store
        self._now = parts.now

    # --- how it is -------------------------------------------------------------------------------

    def overview(self, actor: Actor, space_id: str) -> Overview:
        """The space at a glance; asks no vendor."""
        with self._store.read() as desk:
            space = get_space(desk, actor, Action.SEE_SPACE, space_id)
            last = desk.runs.of_space(space_id, 1)
            check = desk.spaces.last_check(space_id)
            note, revision = desk.spaces.status_note(space_id), desk.spaces.revision(space_id)
            admins = [one.email for one in desk.accounts.admins(space_id)]
            fields_known = bool(desk.spaces.fields(space_id))
            open_run = desk.runs.open_run(space_id)
            completed = desk.volumes.last_completed(space_id)
        last_run = last[0] if last else None
        return Overview(
            space_id=space_id,
            name=space.name,
            status=space.status,
            status_note=note,
            health=health_of(space.status, last_run, check),
            settings=space.settings,
            revision=revision,
            time_zone=space.time_zone,
            next_run_at=space.next_due_at if space.status is SpaceStatus.RUNNING else None,
            last_run=last_run,
            open_run=open_run,
            calls=self._parts.vendors.calls_used(space.acton, space.settings.daily_call_budget),
            last_check=check,
            fields_known=fields_known,
            acton_connected=self._is_connected(space),
            admins=admins,
            service_url=space.pipeliner.service_url,
            pipeliner_username=space.pipeliner.username,
            acton_username=space.acton.username,
            account_id=space.acton.account_id,
            marketing_domain_url=space.acton.marketing_domain_url,
            remedy=remedy_of(last_run) if space.status is SpaceStatus.NEEDS_ATTENTION else None,
            held_run=completed if completed and completed.waiting else None,
        )

    def _is_connected(self, space: Space) -> bool:
        return bool(space.acton.password) or self._parts.vendors.log_in(space).is_held()

    def own_spaces(self, actor: Actor) -> Sequence[Overview]:
        """The spaces that the actor is an admin of, by id."""
        return [self.overview(actor, space_id) for space_id in sorted(actor.spaces)]

    def audit(
        self, actor: Actor, space_id: str, *, after: str | None = None
    ) -> Listing[AuditEntry]:
        """Who did what with the space, newest first."""
        with self._store.read() as desk:
            get_space(desk, actor, Action.SEE_SPACE, space_id)
            entries = desk.audit.page(
                space_id=space_id, before=_number(after), limit=ENTRIES_A_PAGE + 1
            )
        return audit_listing(entries)

    # --- runs ------------------------------------------------------------------------------------

    def runs(self, actor: Actor, space_id: str, *, after: str | None = None) -> Listing[Run]:
        """The runs of the space, newest first."""
        with self._store.read() as desk:
            get_space(desk, actor, Action.SEE_SPACE, space_id)
            found = desk.runs.page_of_space(space_id, before=_number(after), limit=RUNS_A_PAGE + 1)
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
            run, started = desk.runs.ask(space_id, today, Trigger.MANUAL, now=now)
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
            _cancel_waiting(desk, run, actor, now)
            event = Event.RUN_CANCELLED
            record(desk, actor, event, run.space_id, now, subject=str(run_id))
            return desk.runs.get(run_id)

    # --- stopping and going on -------------------------------------------------------------------

    def pause(self, actor: Actor, space_id: str, *, reason: str = "") -> Space:
        """The space, not synced until its admin resumes it; a run under way ends by itself.

        Raises Conflict where it is not running.
        """
        return self._move(actor, space_id, SpaceStatus.PAUSED, Event.PAUSED, reason, _CAN_PAUSE)

    def resume(self, actor: Actor, space_id: str) -> Space:
        """The space, synced again from its next sync time on. What the operator suspended stays
        so. Raises Conflict."""
        return self._move(actor, space_id, SpaceStatus.RUNNING, Event.RESUMED, "", _CAN_RESUME)

    def deactivate(self, actor: Actor, space_id: str, *, reason: str = "") -> Space:
        """The space, no longer synced; all that is known of it is kept. It can be activated anew
        by finishing its settings."""
        return self._move(
            actor, space_id, SpaceStatus.INACTIVE, Event.DEACTIVATED, reason, _CAN_DEACTIVATE
        )

    def _move(
        self,
        actor: Actor,
        space_id: str,
        status: SpaceStatus,
        event: Event,
        reason: str,
        from_: frozenset[SpaceStatus],
    ) -> Space:
        now = self._now()
        with self._store.write() as desk:
            space = get_space(desk, actor, Action.PAUSE, space_id)
            if space.status not in from_:
                raise _not_from(space)
            return change_status(
                desk, space, status, event, actor=actor, now=now, reason=reason.strip()
            )

    def rotate_panel_keys(self, actor: Actor, space_id: str) -> None:
        """Every panel key of the space is void from now on; the sync writes new ones."""
        now = self._now()
        with self._store.write() as desk:
            get_space(desk, actor, Action.ROTATE_KEYS, space_id)
            desk.spaces.raise_panel_epoch(space_id, now=now)
            record(desk, actor, Event.PANEL_KEYS_ROTATED, space_id, now)

    def leave(self, actor: Actor, space_id: str) -> None:
        """The account is no longer an admin of the space. Raises Conflict for the last one."""
        now = self._now()
        with self._store.write() as desk:
            get_space(desk, actor, Action.PAUSE, space_id)
            if len(desk.accounts.admins(space_id)) < 2:
                raise Conflict(
                    "You are the only admin of this space.",
                    hint="Deactivate or erase it, or let a colleague join with its API key.",
                    kind="last_admin",
                )
            desk.accounts.leave(actor.account_id or 0, space_id)
            record(desk, actor, Event.SPACE_LEFT, space_id, now)

    def erase(self, actor: Actor, space_id: str, *, typed_name: str) -> Erased:
        """All that was held of the space is gone, for good; Pipeliner and Act-On are not touched.

        Raises InvalidFields where its name or id was not typed, Conflict while a run is under way
        (which is asked to stop).
        """
        now = self._now()
        with self._store.write() as desk:
            space = get_space(desk, actor, Action.ERASE_SPACE, space_id)
            _ensure_typed(space, typed_name)
            under_way = self._stop_run(desk, actor, space_id, now)
            shared = desk.spaces.shares_log_in(space)
        if under_way:
            raise Conflict(
                "A run is under way; it was asked to stop.",
                hint="Try again in a minute.",
                kind="run_under_way",
            )
        if not shared:
            self._parts.vendors.log_in(space).forget()
        return self._erase(actor, space_id, now)

    def _stop_run(self, desk: Desk, actor: Actor, space_id: str, now: datetime) -> bool:
        """Whether a worker is doing a run of the space; one that waits is cancelled."""
        run = desk.runs.open_run(space_id)
        if run is None:
            return False
        desk.runs.ask_to_cancel(run.run_id, actor.email)
        return not _cancel_waiting(desk, run, actor, now)

    def _erase(self, actor: Actor, space_id: str, now: datetime) -> Erased:
        with self._store.write() as desk:
            if desk.runs.open_run(space_id) is not None:
                raise Conflict("A run began in the meantime.", hint="Try again.")
            counts = desk.erased.papers_of_space(space_id)
            desk.audit.forget_space(space_id)
            desk.spaces.erase(space_id)
            # What remains is that there was one, and who took it away.
            record(desk, actor, Event.SPACE_ERASED, None, now, subject=space_id)
        return Erased(counts=counts)


_CAN_PAUSE: Final = frozenset({SpaceStatus.RUNNING, SpaceStatus.NEEDS_ATTENTION})
_CAN_RESUME: Final = frozenset({SpaceStatus.PAUSED, SpaceStatus.NEEDS_ATTENTION})
_CAN_DEACTIVATE: Final = frozenset(SpaceStatus) - {SpaceStatus.SUSPENDED, SpaceStatus.INACTIVE}


def get_run(desk: Desk, actor: Actor, action: Action, run_id: int) -> Run:
    """The run, for somebody who may do that with its space; a foreign one is not there.

    Raises NotFound, NotAllowed.
    """
    run = desk.runs.get(run_id)
    if not may(actor, Action.SEE_SPACE, run.space_id):
        raise NotFound(f"There is no run {run_id}.", hint="See: python -m sync runs SPACE")
    get_space(desk, actor, action, run.space_id)
    return run


def audit_listing(entries: Sequence[AuditEntry]) -> Listing[AuditEntry]:
    """A page of the trail, from one entry more than it shows."""
    page = entries[:ENTRIES_A_PAGE]
    more = len(entries) > ENTRIES_A_PAGE
    return Listing(items=page, next_after=str(page[-1].entry_id) if more else None)


def _cancel_waiting(desk: Desk, run: Run, actor: Actor, now: datetime) -> bool:
    """Whether nobody was doing the run: it is cancelled, and its rows are settled."""
    problem = Problem(kind="cancelled", message=f"{actor.email} cancelled this run.")
    if not desk.runs.cancel_waiting(run.run_id, problem=problem, now=now):
        return False
    desk.staging.settle_rest(run.run_id, Result.FAILED, FailReason.NOT_REACHED.value)
    if run.threshold is not None:
        counts = desk.staging.counts(run.run_id, threshold=run.threshold)
        desk.runs.save_counts(run.run_id, counts)
    desk.staging.forget_papers(run.run_id)
    return True


def _ensure_typed(space: Space, typed: str) -> None:
    if typed.strip() not in (space.name, space.space_id):
        raise InvalidFields(
            FieldProblem(field="name", message=f"Type {space.name} to erase this space.")
        )


def _not_from(space: Space) -> SetupError | Conflict:
    if space.status is SpaceStatus.SUSPENDED:
        return SetupError(
            "The operator suspended this space.", hint="Ask the operator.", kind="suspended"
        )
    return Conflict("The space does not stand where that is possible.", kind="status")


def _number(after: str | None) -> int | None:
    """The id in a place to go on from; a forged one begins at the top."""
    return int(after) if after and after.isascii() and after.isdigit() and len(after) < 18 else None
