"""Which waiting run goes first. Pure.

1. A run that somebody started by hand goes before those of the clock: they wait for it. So does a
   hand-off, which takes seconds.
2. The first turn of a daily run goes before all that has begun already, so that a space with a
   million rows does not hold up small ones.
3. What has begun (its turn was over, it was paused, its worker died) catches up in the order in
   which it was put back, whoever started it: else two large runs by hand would hold up all others.

Calls that somebody waits for at a page come before all of these and wait in no queue: they go ahead
of the sync in the pace of calls (`store.allowances`).
"""

from enum import IntEnum

from sync.model import Run, Trigger


class Priority(IntEnum):
    """How soon a worker takes a run up; the higher number goes first."""

    CATCH_UP = 1
    DAILY = 2
    MANUAL = 3


def priority_of(run: Run) -> Priority:
    """The priority of a run that waits."""
    if run.started_at is not None:
        return Priority.CATCH_UP
    return Priority.DAILY if run.trigger is Trigger.DAILY else Priority.MANUAL
