"""The sandbox's own clock, which tests may move: for the life of tokens, quotas and dates."""

import time
from datetime import UTC, datetime

HOUR = 3600


class SandboxClock:
    """Epoch seconds, shifted by what somebody asked for.

    `began_ms` is the full hour in which the world began: what people did before it is reckoned from
    there, so that it stays where it is while time passes.
    """

    def __init__(self) -> None:
        self._shift = 0.0
        self.began_ms = int(time.time()) // HOUR * HOUR * 1000

    def seconds(self) -> float:
        """Now, in seconds since 1970."""
        return time.time() + self._shift

    def now(self) -> datetime:
        """Now, aware, in UTC."""
        return datetime.fromtimestamp(self.seconds(), UTC)

    def shift(self, seconds: float) -> None:
        """Move the clock on (or back)."""
        self._shift += seconds
