"""What operators see and do over all spaces: state, work, failures; approve, suspend, resume.

It opens no secret and no settings of a space that it only lists.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from sync.errors import Conflict
from sync.languages import lazy_gettext
from sync.model import (
    Action,
    Actor,
    AuditEntry,
    Event,
    FailureLine,
    Listing,
    Run,
    Space,
    SpaceFilter,
    SpaceLine,
    SpaceStatus,
)
from sync.rules.health import by_cause, health_of
from sync.rules.rights import ensure_may
from sync.service.administration import ENTRIES_A_PAGE, audit_listing
from sync.service.common import change_status, get_space
from sync.service.values import Parts
from sync.store.watching import WatchedSpace
from sync.words import SPACE_STATUSES

SPACES_A_PAGE: Final = 50
MOST_OPEN: Final = 500
MOST_FAILED: Final = 2_000


class Operating:
    """The service as a whole. Every method raises NotAllowed, and NotFound for unknown spaces."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._store = parts.store
        self._now = parts.now

    # --- watching --------------------------------------------------------------------------------

    def spaces(
        self, actor: Actor, wanted: SpaceFilter | None = None, *, after: str | None = None
    ) -> Listing[SpaceLine]:
        """Spaces like that, by id, each with its state, health, last run and calls of the day."""
        ensure_may(actor, Action.WATCH)
        with self._store.read() as desk:
            found = desk.watch.spaces(
                wanted or SpaceFilter(), after=after or "", limit=SPACES_A_PAGE + 1
            )
            page = found[:SPACES_A_PAGE]
            last = desk.runs.last_of([one.space_id for one in page])
        lines = [self._line(one, last.get(one.space_id)) for one in page]
        more = len(found) > SPACES_A_PAGE
        return Listing(items=lines, next_after=page[-1].space_id if more else None)

    def _line(self, one: WatchedSpace, last: Run | None) -> SpaceLine:
        running = one.status is SpaceStatus.RUNNING
        return SpaceLine(
            space_id=one.space_id,
            name=one.name,
            status=one.status,
            status_reason=one.status_reason,
            health=health_of(one.status, last, one.last_check),
            time_zone=one.time_zone,
            next_run_at=one.next_due_at if running else None,
            last_run=last,
            calls=self._parts.vendors.calls_used(one.acton, one.daily_call_budget),
        )

    def counts(self, actor: Actor) -> Mapping[SpaceStatus, int]:
        """How many spaces stand where; statuses that none has are left out."""
        ensure_may(actor, Action.WATCH)
        with self._store.read() as desk:
            return desk.watch.counts()

    def work(self, actor: Actor) -> Sequence[Run]:
        """Runs queued, under way or paused, oldest first, with their progress."""
        ensure_may(actor, Action.WATCH)
        with self._store.read() as desk:
            return desk.runs.open_runs(MOST_OPEN)

    def failures(self, actor: Actor, *, days: int = 7) -> Sequence[FailureLine]:
        """What ended or shortened runs of all spaces lately, by cause, most runs first."""
        ensure_may(actor, Action.WATCH)
        since = self._now() - timedelta(days=days)
        with self._store.read() as desk:
            return by_cause(desk.watch.failed_runs(since=since, limit=MOST_FAILED))

    def audit(self, actor: Actor, *, after: str | None = None) -> Listing[AuditEntry]:
        """Who did what, over all spaces, newest first."""
        ensure_may(actor, Action.WATCH)
        before = int(after) if after and after.isascii() and after.isdigit() else None
        with self._store.read() as desk:
            return audit_listing(desk.audit.page(before=before, limit=ENTRIES_A_PAGE + 1))

    # --- deciding --------------------------------------------------------------------------------

    def approve(self, actor: Actor, space_id: str) -> Space:
        """The space, synced daily from its next sync time on. Raises Conflict unless it waits."""
        now = self._now()
        with self._store.write() as desk:
            space = get_space(desk, actor, Action.APPROVE, space_id)
            if space.status is not SpaceStatus.PENDING:
                raise _not_possible(space)
            status, event = SpaceStatus.RUNNING, Event.APPROVED
            return change_status(desk, space, status, event, actor=actor, now=now)

    def suspend(self, actor: Actor, space_id: str, *, reason: str) -> Space:
        """The space, not synced until an operator resumes it; its admins read the reason.

        A run under way ends by itself. Raises Conflict where it is suspended or deactivated.
        """
        now = self._now()
        with self._store.write() as desk:
            space = get_space(desk, actor, Action.SUSPEND, space_id)
            if space.status in (SpaceStatus.SUSPENDED, SpaceStatus.INACTIVE):
                raise _not_possible(space)
            status, event = SpaceStatus.SUSPENDED, Event.SUSPENDED
            return change_status(
                desk, space, status, event, actor=actor, now=now, reason=reason.strip()
            )

    def resume(self, actor: Actor, space_id: str) -> Space:
        """The space where it stood before it was suspended. Raises Conflict unless it is."""
        now = self._now()
        with self._store.write() as desk:
            space = get_space(desk, actor, Action.SUSPEND, space_id)
            if space.status not in (SpaceStatus.SUSPENDED, SpaceStatus.NEEDS_ATTENTION):
                raise _not_possible(space)
            before = desk.spaces.status_note(space_id).before
            # What its admin paused, or never finished, does not begin to run this way.
            status = before if before in _RESTORED else SpaceStatus.RUNNING
            return change_status(desk, space, status, Event.RESUMED, actor=actor, now=now)


_RESTORED: Final = (SpaceStatus.REQUESTED, SpaceStatus.PENDING, SpaceStatus.PAUSED)


def _not_possible(space: Space) -> Conflict:
    return Conflict(
        lazy_gettext(
            "The space is %(state)s, so that is not possible.", state=SPACE_STATUSES[space.status]
        ),
        kind="status",
    )
