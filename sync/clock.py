"""The one place that asks what time it is, and that waits.

Everything that decides takes ``now`` as a value; everything that waits takes ``sleep``.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

Now: TypeAlias = Callable[[], datetime]
Sleep: TypeAlias = Callable[[float], None]
Monotonic: TypeAlias = Callable[[], float]


class Deadline:
    """How long somebody who waits for an answer will still wait, in seconds."""

    def __init__(self, seconds: float, *, monotonic: Monotonic = time.monotonic) -> None:
        self._monotonic = monotonic
        self._end = monotonic() + seconds

    def left(self) -> float:
        """Seconds until nobody waits any more; 0.0 from then on."""
        return max(0.0, self._end - self._monotonic())


def utcnow() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def sleep(seconds: float) -> None:
    """Wait for so many seconds."""
    time.sleep(seconds)


def guarded_sleep(guard: Callable[[], None]) -> Sleep:
    """A sleep that asks `guard` once a second, and raises what it raises: somebody who is told to
    stop must not sleep through it."""

    def wait(seconds: float) -> None:
        left = seconds
        while left > 0:
            sleep(min(left, 1.0))
            guard()
            left -= 1.0

    return wait
