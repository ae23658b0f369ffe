"""When a space is put aside until somebody mends it: three strikes. Pure.

A strike is a run that failed for a cause which goes away only when its admin acts. What may pass by
itself neither strikes nor forgives; a run that got through to its end forgives.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sync.model import Problem, Remedy, Run, RunStatus

STRIKES: Final = 3
LOOKED_BACK: Final = 20  # runs; more than that without an end in between hold no verdict

# The kinds of problems that wait for an admin, and what helps. Those that wait for the operator of
# the service (`acton_client`, `secret_unreadable`) are not here: no admin can mend them, and every
# space of the service would have to be resumed by hand afterwards.
REMEDIES: Final[dict[str, Remedy]] = {
    "acton_credentials": Remedy.CONNECT_ACTON,
    "acton_forbidden": Remedy.CONNECT_ACTON,
    "not_connected": Remedy.CONNECT_ACTON,
    "api_not_enabled": Remedy.CONNECT_ACTON,
    "pipeliner_credentials": Remedy.REPLACE_KEY,
    "pipeliner_forbidden": Remedy.REPLACE_KEY,
    "space_unknown": Remedy.REPLACE_KEY,
    "owner_unknown": Remedy.CHOOSE_OWNER,
    "owner_inactive": Remedy.CHOOSE_OWNER,
    "fields": Remedy.MEND_FIELDS,
    "score_source": Remedy.CHANGE_SETTINGS,
    "lists": Remedy.CHANGE_SETTINGS,
    "host": Remedy.LOOK,
    "redirect": Remedy.LOOK,
    "credentials": Remedy.LOOK,
    "setup": Remedy.LOOK,
    "invalid_input": Remedy.LOOK,
}


def waits_for_a_person(status: RunStatus, problem: Problem | None) -> bool:
    """Whether a run that ended so is a strike."""
    return status is RunStatus.FAILED and problem is not None and problem.kind in REMEDIES


def strikes(ended: Sequence[Run], since: datetime | None) -> list[Problem]:
    """Why the latest runs failed in a row, newest first, as far as only a person can mend it.

    `ended`: runs of a space, newest first. Those asked for before `since`, when somebody last set
    the space going or mended something, do not count any more.
    """
    found: list[Problem] = []
    for run in ended:
        forgiven = run.status in (RunStatus.SUCCEEDED, RunStatus.PARTIAL)
        if forgiven or (since is not None and run.queued_at < since):
            break
        if run.problem is not None and waits_for_a_person(run.status, run.problem):
            found.append(run.problem)
    return found


def needs_attention(ended: Sequence[Run], since: datetime | None) -> Problem | None:
    """Why the space is to be put aside; None: it is not."""
    found = strikes(ended, since)
    return found[0] if len(found) >= STRIKES else None


def remedy_of(last: Run | None) -> Remedy | None:
    """What helps a space whose last run ended so; None where nothing particular does."""
    if last is None or last.problem is None or not waits_for_a_person(last.status, last.problem):
        return None
    return REMEDIES[last.problem.kind]
