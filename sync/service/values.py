"""What the service is given, and what it hands over."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol, TypeAlias

from sync.clock import Deadline, Now, utcnow
from sync.engine import EngineOptions
from sync.model import ActOnAccess, CallsUsed, Run, Space
from sync.ports import ActOnLogIn, Connections
from sync.rules.priorities import Priority
from sync.store import Store

Connect: TypeAlias = Callable[[Space, Callable[[], None]], Connections]


class Bell(Protocol):
    """Wakes a worker. `sync.queue.Queue` does, and so do the fakes of the tests."""

    def ring(self, run_id: int, priority: Priority) -> None:
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


class Vendors(Protocol):
    """How spaces reach the vendors. The factory has one, the tests another."""

    def connect(self, space: Space, guard: Callable[[], None]) -> Connections:
        """Both vendors for work in the background."""

    def connect_for_person(self, space: Space, deadline: Deadline) -> Connections:
        """Both vendors for somebody who waits: ahead of the sync, and over by the deadline."""

    def log_in(self, space: Space) -> ActOnLogIn:
        """How the space comes by its access to Act-On."""

    def carry_access(self, before: Space, after: Space) -> None:
        """Keep the access to Act-On that is held where a change gives it another name."""

    def calls_used(self, acton: ActOnAccess, budget: int) -> CallsUsed:
        """The Act-On calls of the quota day. Raises TryLater."""

    def allow_host(self, url: str) -> None:
        """Pass only where this address may be called. Raises SetupError."""


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What the services of administration are made of."""

    store: Store
    vendors: Vendors
    bell: Bell
    options: EngineOptions
    public_url: str | None = None
    auto_approve: bool = False
    wait_seconds: float = 25  # the longest that somebody who fills in a form waits for a vendor
    now: Now = utcnow


@dataclass(frozen=True, kw_only=True)
class Errand:
    """Something small that workers look after every few seconds, besides the runs.

    `do` asks the database whether there is anything to do, does some of it and says how many it
    did; it stops where the callable that it is given says so. Several processes may do the same
    errand at once, so it claims what it does in the database.
    """

    name: str
    do: Callable[[Callable[[], bool]], int]


@dataclass(frozen=True, kw_only=True)
class AccountOptions:
    """How people sign in."""

    sign_up_open: bool = True
    idle: timedelta = timedelta(minutes=30)
    life: timedelta = timedelta(hours=12)
    oidc_operators: frozenset[str] = field(default_factory=frozenset)
