"""A run's turn with a worker: a space with a million rows must not hold up small ones.

A turn ends only where others wait, and only where something has just been saved: the clock begins
with the first saving, so that each turn brings the run forward however long it takes to begin.
"""

import time
from collections.abc import Callable

from sync.clock import Monotonic
from sync.errors import TurnOver

LOOK_AGAIN_SECONDS = 5.0  # so often it is asked whether anybody waits, once the time is up


class Turn:
    """How long one run keeps its worker. `others_wait` says whether anybody waits for one."""

    def __init__(
        self,
        seconds: float,
        others_wait: Callable[[], bool],
        *,
        monotonic: Monotonic = time.monotonic,
    ) -> None:
        self._seconds = seconds
        self._others_wait = others_wait
        self._monotonic = monotonic
        self._look_at: float | None = None

    def give_way(self) -> None:
        """Called where something has just been saved. Raises TurnOver when others are to come."""
        now = self._monotonic()
        if self._look_at is None:
            self._look_at = now + self._seconds
        elif now >= self._look_at:
            if self._others_wait():
                raise TurnOver("Other runs wait for this worker; this one goes on after them.")
            self._look_at = now + LOOK_AGAIN_SECONDS
