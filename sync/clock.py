"""The one place that asks what time it is, and that waits.

Everything that decides takes ``now`` as a value; everything that waits takes ``sleep``.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

Now: TypeAlias = Callable[[], datetime]
Sleep: TypeAlias = Callable[[float], None]


def utcnow() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def sleep(seconds: float) -> None:
    """Wait for so many seconds."""
    time.sleep(seconds)
