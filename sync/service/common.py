"""What the services of administration do alike: check rights, refuse what is out of date, record.

A foreign space answers like an unknown one (`rules.rights`); every change is in the audit trail,
in the same transaction as the change itself.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime

import structlog

from sync.clock import Deadline
from sync.errors import Conflict, SetupError, TryLater
from sync.languages import lazy_gettext as _
from sync.model import (
    SHELL,
    Action,
    Actor,
    Change,
    Event,
    FailReason,
    NewEntry,
    Problem,
    Remedy,
    Result,
    Revision,
    Run,
    Space,
    SpaceStatus,
    Trigger,
)
from sync.ports import Connections
from sync.rules.auditing import as_text
from sync.rules.priorities import priority_of
from sync.rules.rights import ensure_may
from sync.rules.schedule import next_due
from sync.rules.strikes import remedy_of
from sync.service.values import Bell, Parts
from sync.store import Desk

log = structlog.get_logger(__name__)


def get_space(desk: Desk, actor: Actor, action: Action, space_id: str) -> Space:
    """The space, for somebody who may do that with it. Raises NotFound, NotAllowed."""
    ensure_may(actor, action, space_id)
    return desk.spaces.get(space_id)


def ring_for(runs: Sequence[Run], bell: Bell) -> Sequence[Run]:
    """Wake workers for these runs, each as soon as its turn comes; those for whom it was in vain.

    They are in the ledger, and the sweep rings again once the queue is back.
    """
    for place, run in enumerate(runs):
        try:
            bell.ring(run.run_id, priority_of(run))
        except TryLater as error:
            unheard = runs[place:]
            log.warning("ring_failed", runs=len(unheard), problem=error.message)
            return unheard
    return ()


def ask_for_run(
    desk: Desk, space_id: str, local_date: date, trigger: Trigger, now: datetime
) -> tuple[Run, bool]:
    """The run of a space, and whether this call started it (`RunStore.ask`).

    A hand-off that nobody works on makes way for a run that goes through whole lists: that one
    looks at the same people.
    """
    standing = desk.runs.open_run(space_id)
    if standing is not None and trigger.is_whole and not standing.trigger.is_whole:
        problem = Problem(
            kind="superseded", message="A run through all lists looks at these people, too."
        )
        end_waiting(desk, standing, problem, now)
    return desk.runs.ask(space_id, local_date, trigger, now=now)


def end_waiting(desk: Desk, run: Run, problem: Problem, now: datetime) -> bool:
    """Whether nobody was doing the run: it is cancelled for this reason, its rows are settled."""
    if not desk.runs.cancel_waiting(run.run_id, problem=problem, now=now):
        return False
    desk.staging.settle_rest(run.run_id, Result.FAILED, FailReason.NOT_REACHED.value)
    if run.threshold is not None:
        counts = desk.staging.counts(run.run_id, threshold=run.threshold)
        desk.runs.save_counts(run.run_id, counts)
    desk.staging.forget_papers(run.run_id)
    return True


def record(
    desk: Desk,
    actor: Actor,
    event: Event,
    space_id: str | None,
    now: datetime,
    *,
    subject: str = "",
    changes: tuple[Change, ...] = (),
) -> None:
    """Write down what the actor did."""
    entry = NewEntry(event=event, space_id=space_id, subject=subject, changes=changes)
    desk.audit.add(actor, entry, now=now)


def ensure_current(desk: Desk, space_id: str, version: int) -> None:
    """Pass only where nobody has saved since that version; others now wait for this transaction.

    Raises Conflict that says who saved, and when.
    """
    desk.spaces.lock(space_id)
    present = desk.spaces.revision(space_id)
    if present.version != version:
        raise out_of_date(present)


def out_of_date(present: Revision) -> Conflict:
    """Somebody else has saved in the meantime."""
    who = present.saved_by or _("Somebody else")
    message = _("%(who)s saved other settings, after you opened this page.", who=who)
    if present.saved_at:
        message = _(
            "%(who)s saved other settings at %(when)s UTC, after you opened this page.",
            who=who,
            when=f"{present.saved_at:%Y-%m-%d %H:%M}",
        )
    return Conflict(
        message,
        hint="Look at what is there now, then save again.",
        saved_by=present.saved_by,
        saved_at=present.saved_at,
    )


def change_status(
    desk: Desk,
    space: Space,
    status: SpaceStatus,
    event: Event,
    *,
    actor: Actor = SHELL,
    now: datetime,
    reason: str = "",
) -> Space:
    """The space where it stands now. One that runs again is due at its next sync time."""
    desk.spaces.set_status(space.space_id, status, reason=reason, by=actor.email, at=now)
    if status is not space.status:
        at = next_due(now, space.settings.sync_time, space.time_zone)
        desk.spaces.set_next_due(space.space_id, at)
    changes = [Change(field="status", old=space.status.value, new=status.value)]
    if reason:
        changes.append(Change(field="reason", old=as_text(""), new=reason))
    record(desk, actor, event, space.space_id, now, changes=tuple(changes))
    return desk.spaces.get(space.space_id)


def take_up(
    desk: Desk, actor: Actor, space_id: str, remedies: Collection[Remedy], now: datetime
) -> None:
    """Let a space that needs attention be synced again, if one of these was what it needed."""
    space = desk.spaces.get(space_id)
    if space.status is not SpaceStatus.NEEDS_ATTENTION:
        return
    last = desk.runs.whole_runs(space_id, 1)
    if last and remedy_of(last[0]) in remedies:
        change_status(desk, space, SpaceStatus.RUNNING, Event.RESUMED, actor=actor, now=now)


def ensure_running(space: Space) -> None:
    """Pass only for a space that is synced. Raises SetupError that says why it is not."""
    if space.status is SpaceStatus.RUNNING:
        return
    state = {
        SpaceStatus.REQUESTED: _(
            "The space %(space)s has not been set up completely, so nothing is synced."
        ),
        SpaceStatus.PENDING: _("The space %(space)s waits for approval, so nothing is synced."),
        SpaceStatus.SUSPENDED: _("The space %(space)s is suspended, so nothing is synced."),
        SpaceStatus.PAUSED: _("The space %(space)s is paused by its admin, so nothing is synced."),
        SpaceStatus.INACTIVE: _("The space %(space)s is deactivated, so nothing is synced."),
        SpaceStatus.NEEDS_ATTENTION: _(
            "The space %(space)s was stopped because its set-up or credentials are broken, so "
            "nothing "
            "is synced."
        ),
    }[space.status]
    raise SetupError(
        _(state, space=space.space_id),
        hint=f"To let it run: python -m sync space approve {space.space_id}",
        kind="not_running",
    )


def connect(parts: Parts, space: Space) -> Connections:
    """Both vendors, for somebody who waits."""
    return parts.vendors.connect_for_person(space, Deadline(parts.wait_seconds))
