"""Processes of ours, and what befalls them in the middle of their work."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from bench.soaking.moving import Process


@dataclass(frozen=True, kw_only=True)
class Doom:
    """What befalls a process at one of its calls, after so many.

    `before`: before the call is sent, else after its answer. What takes time comes after: a call
    that is held up on its way would come at the wrong moment.
    """

    after: int
    befall: Callable[[Process], None]
    before: bool = False


@dataclass
class Machine:
    """One process of ours, and what is to befall it."""

    process: Process
    random: Random
    doom: Doom | None = None
    calls: int = 0

    def meet(self, *, before: bool) -> None:
        """Go on, unless this is the call."""
        doom = self.doom
        if doom is not None and self.calls >= doom.after and before == doom.before:
            self.doom = None
            doom.befall(self.process)
