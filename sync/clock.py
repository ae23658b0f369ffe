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


class Rest:
    """Leaves alone for a while what has just failed, so that not everybody waits for it in vain."""

    def __init__(self, seconds: float, *, monotonic: Monotonic = time.monotonic) -> None:
        self._seconds = seconds
        self._monotonic = monotonic
        self._until = 0.0

    def begin(self) -> None:
        """It has failed just now."""
        self._until = self._monotonic() + self._seconds

    def is_on(self) -> bool:
        """Whether it is left alone still."""
        return self._monotonic() < self._until


class Backoff:
    """Pauses that grow while something goes on failing. One for each thread."""

    def __init__(self, first: float, most: float) -> None:
        self._first = first
        self._most = most
        self._next = first

    def pause(self) -> float:
        """How long to wait after this failure, in seconds; twice as long after the next."""
        pause, self._next = self._next, min(self._next * 2, self._most)
        return pause

    def reset(self) -> None:
        """It works again."""
        self._next = self._first


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
