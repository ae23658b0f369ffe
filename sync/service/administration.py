"""Daily life of a space: how it is, its runs, stopping and going on, ending it.

Credentials and settings are changed in `connecting` and `activation`, people's data in `records`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sync.errors import Conflict, FieldProblem, InvalidFields, SetupError
from sync.languages import lazy_gettext
from sync.model import (
    Action,
    Actor,
    AuditEntry,
    Erased,
    Event,
    Listing,
    Overview,
    Space,
    SpaceStatus,
)
from sync.rules.health import health_of
from sync.rules.strikes import remedy_of
from sync.service.common import change_status, get_space, record
from sync.service.crm_hooks import CrmHooks
from sync.service.runs_of_spaces import RunsOfSpaces, as_number, cancel_waiting
from sync.store import Desk

ENTRIES_A_PAGE: Final = 50


class Administration(RunsOfSpaces):
    """What the admin of a space does from day to day. Every method raises NotFound, NotAllowed."""

    # --- how it is -------------------------------------------------------------------------------

    def overview(self, actor: Actor, space_id: str) -> Overview:
        """The space at a glance; asks no vendor."""
        with self._store.read() as desk:
            space = get_space(desk, actor, Action.SEE_SPACE, space_id)
            last = desk.runs.whole_runs(space_id, 1)
            check = desk.spaces.last_check(space_id)
            note, revision = desk.spaces.status_note(space_id), desk.spaces.revision(space_id)
            admins = [one.email for one in desk.accounts.admins(space_id)]
            fields_known = bool(desk.spaces.fields(space_id))
            open_run = desk.runs.open_run(space_id)
            completed = desk.volumes.last_completed(space_id)
            hooks = desk.crm_hooks.news(space_id)
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
            hooks=hooks,
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
                space_id=space_id, before=as_number(after), limit=ENTRIES_A_PAGE + 1
            )
        return audit_listing(entries)

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
        by finishing its settings. Pipeliner tells us nothing of it any more."""
        space = self._move(
            actor, space_id, SpaceStatus.INACTIVE, Event.DEACTIVATED, reason, _CAN_DEACTIVATE
        )
        CrmHooks(self._parts).remove(space)
        return space

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
        """All that was held of the space is gone, for good; Pipeliner and Act-On are not touched,
        but that Pipeliner sends us no webhooks any more.

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
        CrmHooks(self._parts).remove(space)
        return self._erase(actor, space_id, now)

    def _stop_run(self, desk: Desk, actor: Actor, space_id: str, now: datetime) -> bool:
        """Whether a worker is doing a run of the space; one that waits is cancelled."""
        run = desk.runs.open_run(space_id)
        if run is None:
            return False
        desk.runs.ask_to_cancel(run.run_id, actor.email)
        return not cancel_waiting(desk, run, actor, now)

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


def audit_listing(entries: Sequence[AuditEntry]) -> Listing[AuditEntry]:
    """A page of the trail, from one entry more than it shows."""
    page = entries[:ENTRIES_A_PAGE]
    more = len(entries) > ENTRIES_A_PAGE
    return Listing(items=page, next_after=str(page[-1].entry_id) if more else None)


def _ensure_typed(space: Space, typed: str) -> None:
    if typed.strip() not in (space.name, space.space_id):
        raise InvalidFields(
            FieldProblem(
                field="name",
                message=lazy_gettext("Type %(name)s to erase this space.", name=space.name),
            )
        )


def _not_from(space: Space) -> SetupError | Conflict:
    if space.status is SpaceStatus.SUSPENDED:
        return SetupError(
            "The operator suspended this space.", hint="Ask the operator.", kind="suspended"
        )
    return Conflict("The space does not stand where that is possible.", kind="status")
