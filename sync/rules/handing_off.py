"""When a few people are handed off at once, and when again after that failed. Pure.

1. Looking people up costs a call for each of them in each list; reading whole lists a call for each
   thousand rows. The cheaper way is taken, and of two equal ones the look-up.
2. A hand-off that failed is tried again after 5, 15 and 35 minutes; then the people are left to the
   daily run, which finds them anyway.
3. What the volume guard allows in one run, it allows to all hand-offs between two whole runs
   together: else a thousand single hand-offs would be a way around the question.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from sync.model import Limit

ROWS_A_CALL: Final = 1_000
PAUSES: Final = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 35))  # after each try


def look_up_is_cheaper(people: int, sizes: Sequence[int | None]) -> bool:
    """Whether looking up so many people takes no more calls than reading lists of these sizes."""
    if None in sizes:
        return True  # a list whose size nobody tells may be of any
    return people * len(sizes) <= sum(max(1, math.ceil((one or 0) / ROWS_A_CALL)) for one in sizes)


def left_of(limit: Limit | None, handed_off: int) -> Limit | None:
    """What a hand-off may create without asking, after so many Leads of earlier ones."""
    return replace(limit, leads=max(0, limit.leads - handed_off)) if limit else None
