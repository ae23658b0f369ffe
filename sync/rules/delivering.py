"""When a message that could not be sent is tried again. Pure."""

from datetime import datetime, timedelta
from typing import Final

FIRST: Final = timedelta(seconds=30)
MOST: Final = timedelta(hours=2)
GIVEN_UP_AFTER: Final = timedelta(days=1)
# Whoever takes a message up has so long to send it; then it counts as not sent.
LEASE: Final = timedelta(minutes=5)


def next_try(
    attempts: int, *, created_at: datetime, now: datetime, wanted: datetime | None = None
) -> datetime | None:
    """When to try again after so many attempts (1 or more); None: give up.

    `wanted`: when whoever refused asked us to come again.
    """
    pause = min(FIRST * 2 ** min(attempts - 1, 20), MOST)
    at = max(now + pause, wanted or now)
    return at if at - created_at <= GIVEN_UP_AFTER else None
