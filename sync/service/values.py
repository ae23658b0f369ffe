"""What the service is given, and what it hands over."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from sync.model import Run, Space
from sync.ports import Connections

Connect: TypeAlias = Callable[[Space, Callable[[], None]], Connections]


class Bell(Protocol):
    """Wakes a worker. `sync.queue.Queue` does, and so do the fakes of the tests."""

    def ring(self, run_id: int) -> None:
        """Tell some worker that the run waits. Raises TryLater where nobody can be told."""

    def size(self) -> int:
        """How many rings wait. Raises TryLater where the queue cannot be reached."""


@dataclass(frozen=True, kw_only=True)
class StartedRun:
    """A run that is open now. `started`: by this very call."""

    run: Run
    started: bool


@dataclass(frozen=True, kw_only=True)
class Imported:
    """A space as it stands after an import. `created`: it was not there before."""

    space: Space
    created: bool


@dataclass(frozen=True, kw_only=True)
class Checked:
    """One thing looked at. `problem` empty: it is well. `is_error`: the sync cannot run so."""

    subject: str
    problem: str = ""
    hint: str = ""
    kind: str = ""
    is_error: bool = True
