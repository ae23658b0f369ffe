"""How many Leads one run may create without asking (the volume guard). Pure.

1. The limit in the space's settings, where there is one, whatever else is known.
2. Else, while fewer than three runs are behind the space:
   a. activated through the pages: what the preview showed, plus a tenth (rounded up); 50 where no
      preview was made. Once a first run is behind it no less than 50, as later on;
   b. imported by file: no limit.
3. Else five times the median of the Leads that the runs of the last 30 days created (rounded up),
   and no less than 50; 50 where there was no run in that time.
4. What an admin approved, plus a tenth (rounded up), for the next run that comes to its end: where
   that is more than the limit, it is the limit.

"Behind the space" are runs that came to their end and held nothing back. One that held Leads back
counts neither as a run nor in the median: else waiting would, after three nights, be a way around
the question.
"""

import math
from collections.abc import Sequence
from statistics import median
from typing import Final

from sync.model import Limit, LimitReason, Volume

LEAST: Final = 50  # no more than that never needs a word
TIMES: Final = 5
FIRST_RUNS: Final = 3


def limit_of(volume: Volume, own: int | None) -> Limit | None:
    """The limit of the next run; None: it has none. `own`: that of the space's settings."""
    limit = _without_approval(volume, own)
    if limit is None or volume.approved is None:
        return limit
    approved = a_tenth_more(volume.approved)
    return Limit(leads=approved, reason=LimitReason.APPROVED) if approved > limit.leads else limit


def first_run_limit(shown: int | None) -> int:
    """The limit of the first run of a space activated through the pages.

    `shown`: the new Leads that its preview showed; None: no preview was made.
    """
    return LEAST if shown is None else a_tenth_more(shown)


def a_tenth_more(leads: int) -> int:
    """So many and a tenth of them, rounded up."""
    return leads + math.ceil(leads / 10)


def usual_limit(created: Sequence[int]) -> int:
    """More than so many new Leads are unusual for a space that made so many before."""
    return max(LEAST, math.ceil(TIMES * median(created)) if created else 0)


def _without_approval(volume: Volume, own: int | None) -> Limit | None:
    if own is not None:
        return Limit(leads=own, reason=LimitReason.OWN)
    if volume.runs >= FIRST_RUNS:
        return Limit(leads=usual_limit(volume.created), reason=LimitReason.USUAL)
    if volume.first_run_limit is None:
        return None
    least = LEAST if volume.runs else 0
    return Limit(leads=max(least, volume.first_run_limit), reason=LimitReason.FIRST_RUNS)
