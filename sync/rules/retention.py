"""What is kept for how long: which points of a score's history are enough. Pure.

Scores are drawn over three months. Older ones only have to show the way a score has come: the last
of each week does.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

HISTORY_WHOLE: Final = timedelta(days=120)  # longer than anything the panel tells in days
MESSAGES_KEPT: Final = timedelta(days=30)  # that they were sent; what they said goes at once


def superfluous(read_at: Iterable[datetime]) -> list[datetime]:
    """Of one person's instants, in order, those that are not the last of their week (UTC)."""
    found: list[datetime] = []
    before: datetime | None = None
    for at in read_at:
        if before is not None and _week(before) == _week(at):
            found.append(before)
        before = at
    return found


def _week(at: datetime) -> tuple[int, int]:
    year, week, _ = at.isocalendar()
    return year, week
