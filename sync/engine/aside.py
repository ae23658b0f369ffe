"""Putting a space aside after three strikes (`rules.strikes`), in one step with the run's end."""

from datetime import datetime
from typing import Final

import structlog

from sync.model import SERVICE, Change, Event, NewEntry, Problem, Run, RunStatus, SpaceStatus
from sync.rules.strikes import LOOKED_BACK, needs_attention, waits_for_a_person
from sync.store import Desk

log = structlog.get_logger(__name__)

# Whoever did one of these has mended something, so what failed before does not count any more.
MENDING: Final = (
    Event.ACTON_CONNECTED,
    Event.CREDENTIALS_CHANGED,
    Event.FIELDS_PROVISIONED,
    Event.SETTINGS_CHANGED,
    Event.SPACE_IMPORTED,
)


def put_aside(
    desk: Desk, run: Run, status: RunStatus, problem: Problem | None, now: datetime
) -> Problem | None:
    """Why the space needs attention from now on, after this run of it ended so; None: it does not.

    A space that somebody stopped while the run was under way stays as they left it. Hand-offs do
    not strike: several may fail within minutes, for a cause that is mended an hour later.
    """
    space_id = run.space_id
    if not run.trigger.is_whole or not waits_for_a_person(status, problem):
        return None
    desk.spaces.lock(space_id)
    gate = desk.spaces.gate(space_id)
    if gate is None or gate.status is not SpaceStatus.RUNNING:
        return None
    cause = needs_attention(desk.runs.whole_runs(space_id, LOOKED_BACK), _set_going(desk, space_id))
    if cause is not None:
        _set_aside(desk, space_id, cause, now)
    return cause


def tell_operator(space_id: str, cause: Problem) -> None:
    """Write the line that an operator's alerting may wait for."""
    log.warning(
        "space_needs_attention",
        space=space_id,
        kind=cause.kind,
        problem=cause.message,
        hint=cause.hint,
    )


def _set_going(desk: Desk, space_id: str) -> datetime | None:
    moments = (desk.spaces.status_note(space_id).at, desk.audit.latest(space_id, MENDING))
    return max((one for one in moments if one is not None), default=None)


def _set_aside(desk: Desk, space_id: str, cause: Problem, now: datetime) -> None:
    desk.spaces.set_status(space_id, SpaceStatus.NEEDS_ATTENTION, reason=cause.message, at=now)
    changes = (
        Change(
            field="status",
            old=SpaceStatus.RUNNING.value,
            new=SpaceStatus.NEEDS_ATTENTION.value,
        ),
        Change(field="reason", old="", new=cause.message),
    )
    entry = NewEntry(event=Event.NEEDS_ATTENTION, space_id=space_id, changes=changes)
    desk.audit.add(SERVICE, entry, now=now)
