"""Who is hot: scores and how they rose in a range of days. Pure.

1. The *rise* of a range is the score now less the score at its begin. Where that is not known, the
   first known score after it counts: what came before us is not guessed.
2. The *heat* is the score and the points gained on top: 60 that rose by 30 comes before 85 that
   stood still. Points lost take nothing away: the score says that already.
3. Hot is who has reached the threshold, or is *rising*: a quarter of the threshold gained in the
   range, 5 points at least.
4. The order is by heat; at the same heat by score; at the same score by digest, so that pages fit.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

RANGES: Final = (7, 30, 90)  # days
USUAL_RANGE: Final = 30
LEAST_RISE: Final = 5
COUNTED_EVERY: Final = timedelta(days=1)  # ranges move on though no score does


def begins(now: datetime) -> Mapping[int, datetime]:
    """When each range began, by its days."""
    return {days: now - timedelta(days=days) for days in RANGES}


def rise(score: int, before: int | None) -> int:
    """The points gained since; `before` None: no other score is known."""
    return 0 if before is None else score - before


def heat(score: int, risen: int) -> int:
    """What people are ordered by."""
    return score + max(risen, 0)


def rising_from(threshold: int) -> int:
    """The points from which somebody is called rising."""
    return max(LEAST_RISE, -(-threshold // 4))


def is_hot(score: int, risen: int, threshold: int) -> bool:
    """Whether somebody is on the list. The store asks the same in SQL; a test compares them."""
    return score >= threshold or risen >= rising_from(threshold)
