"""What the request path asks before each call: may it be sent now?

Only the question; the counting, shared by all processes, is done in `sync.store`.
"""

from typing import Protocol


class Allowance(Protocol):
    """So many calls a second, so many a window."""

    def take(self, *, interactive: bool = False) -> None:
        """Wait until one call may be sent. Raises QuotaGone where the window's calls are used."""

    def may_retry(self) -> bool:
        """Whether enough of the window is left to send a call again that has failed."""

    def note_exhausted(self) -> None:
        """The vendor itself says that nothing is left of this window."""


class Unlimited:
    """An allowance that never ends, where nobody counts."""

    def take(self, *, interactive: bool = False) -> None:
        """Return at once."""

    def may_retry(self) -> bool:
        """Always."""
        return True

    def note_exhausted(self) -> None:
        """Nothing to note."""
