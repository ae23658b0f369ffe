"""The volume guard: how many Leads a run may create without asking, and from what that follows."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class LimitReason(StrEnum):
    """Where the limit of a run comes from."""

    OWN = "own"  # the space's settings
    FIRST_RUNS = "first_runs"  # what the preview showed when the space was activated
    USUAL = "usual"  # what its runs created in the last 30 days
    APPROVED = "approved"  # an admin approved what the run before had held back


@dataclass(frozen=True, kw_only=True)
class Limit:
    """The most Leads that one run may create without asking, and why so many."""

    leads: int
    reason: LimitReason


@dataclass(frozen=True, kw_only=True)
class Volume:
    """What is known of a space before a run of it begins.

    A run counts where it came to its end (succeeded or partial) and held nothing back. `runs`: how
    many of them there are since the activation, or at all where the space was imported; counting
    may stop at three. `created`: the Leads of each of the last 30 days. `first_run_limit` None: the
    space was not activated through the pages. `approved`: how many Leads wait in the run that ended
    last, if an admin approved them.
    """

    runs: int = 0
    created: Sequence[int] = ()
    first_run_limit: int | None = None
    approved: int | None = None
