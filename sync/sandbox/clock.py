"""The sandbox's own clock, which tests may move: for the life of tokens, quotas and dates."""

import time
from datetime import UTC, datetime


class SandboxClock:
    """Epoch seconds, shifted by what somebody asked for."""

    def __init__(self) -> None:
        self._shift = 0.0

    def seconds(self) -> float:
        """Now, in seconds since 1970."""
        return time.time() + self._shift

    def now(self) -> datetime:
        """Now, aware, in UTC."""
        return datetime.fromtimestamp(self.seconds(), UTC)

    def shift(self, seconds: float) -> None:
        """Move the clock on (or back)."""
        self._shift += seconds
