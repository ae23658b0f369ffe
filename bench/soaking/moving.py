"""A clock that is moved, not waited for: whoever sleeps is woken when everybody before has had
their turn, and the clock then stands where they wanted to wake up.

Actors are threads of which one runs at a time, so a week is played in the same order whenever it
is played with the same seed. `time.time` and `datetime.now` are moved by time-machine;
`time.monotonic` and `time.sleep`, which it leaves alone, are replaced here. Import this module
before anything of the product, which keeps what it finds there as defaults of arguments.
"""

import itertools
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from heapq import heappop, heappush
from math import inf
from typing import Final, Self

import time_machine

_monotonic, _sleep = time.monotonic, time.sleep
_ORIGIN: Final = 1_000.0  # of the moved monotonic clock


@dataclass(eq=False)
class Process:
    """Actors that live and die together, as the threads of a process do.

    `killed`: none of them is ever woken again, which is all that SIGKILL means to the others.
    `frozen_until`: nor before that moment, as where a machine is suspended.
    """

    name: str
    killed: bool = False
    frozen_until: float = 0.0


@dataclass(eq=False)
class Actor:
    """A thread and its turn."""

    name: str
    process: Process
    gate: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    ticket: int = 0  # of the sleep it is in; an earlier one wakes nobody


class MovedClock:
    """The time of a played world, and whose turn it is. One at a time may be running."""

    running: "MovedClock | None" = None

    def __init__(self, begin: datetime) -> None:
        self.at = self._begin = begin.timestamp()
        self._sleepers: list[tuple[float, int, Actor, int]] = []
        self._numbers = itertools.count()
        self._own = threading.local()
        self._travel = time_machine.travel(begin, tick=False)
        self.on_move: Callable[[float], None] = lambda at: None
        self.broken: list[str] = []  # what ended an actor that should not have ended

    def __enter__(self) -> Self:
        self._own.actor = Actor(name="director", process=Process("director"))
        self._moved = self._travel.start()
        MovedClock.running = self
        return self

    def __exit__(self, *_: object) -> None:
        MovedClock.running = None
        self._travel.stop()

    @property
    def now(self) -> datetime:
        """Where the clock stands."""
        return datetime.fromtimestamp(self.at, UTC)

    @property
    def here(self) -> Actor | None:
        """Who is asking; None: a thread that has no turns, such as a server's."""
        return getattr(self._own, "actor", None)

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return self.at - self._begin + _ORIGIN

    def sleep(self, seconds: float) -> None:
        """Let the others have their turns until so much later."""
        actor = self.here
        if actor is not None:
            self.wake(actor, self.at + max(0.0, seconds))
            self.rest(actor)

    def sleep_until(self, moment: datetime) -> None:
        """Let the others have their turns until then; at once if it is past."""
        self.sleep(moment.timestamp() - self.at)

    def wake(self, actor: Actor, at: float | None = None) -> None:
        """The actor's next turn is then (None: now), whatever it waited for."""
        actor.ticket += 1
        place = (self.at if at is None else at, next(self._numbers))
        heappush(self._sleepers, (*place, actor, actor.ticket))

    def rest(self, actor: Actor) -> None:
        """Give the turn away and wait until it comes back; for ever where nobody calls `wake`."""
        following = self._next()
        if following is not actor:
            following.gate.release()
            actor.gate.acquire()

    def start(
        self, work: Callable[[], object], *, name: str, process: Process | None = None
    ) -> Actor:
        """A new actor with its first turn now. `process` None: that of whoever starts it."""
        here = self.here
        assert here is not None, "only actors start actors"
        actor = Actor(name=name, process=process or here.process)

        def live() -> None:
            actor.gate.acquire()
            self._own.actor = actor
            try:
                work()
            except BaseException:
                self.broken.append(f"{name}: {traceback.format_exc()}")
            self._next().gate.release()

        threading.Thread(target=live, name=name, daemon=True).start()
        self.wake(actor)
        return actor

    def _next(self) -> Actor:
        while True:
            at, number, actor, ticket = heappop(self._sleepers)
            if ticket != actor.ticket or actor.process.killed:
                continue
            if actor.process.frozen_until > max(at, self.at):
                heappush(self._sleepers, (actor.process.frozen_until, number, actor, ticket))
                continue
            if at > self.at:
                self.at = at
                self._moved.move_to(at)
                self.on_move(at)
            return actor


class MovedEvent:
    """`threading.Event`, on the moved clock."""

    def __init__(self) -> None:
        self._is_set = False
        self._waiting: list[Actor] = []

    def is_set(self) -> bool:
        return self._is_set

    def clear(self) -> None:
        self._is_set = False

    def set(self) -> None:
        self._is_set = True
        waiting, self._waiting = self._waiting, []
        for actor in waiting:
            _running().wake(actor)

    def wait(self, timeout: float | None = None) -> bool:
        clock = _running()
        actor = clock.here
        assert actor is not None, "only actors wait"
        if not self._is_set:
            self._waiting.append(actor)
            if timeout is not None:
                clock.wake(actor, clock.at + timeout)
            clock.rest(actor)
            if actor in self._waiting:
                self._waiting.remove(actor)
        return self._is_set


class MovedThread:
    """As much of `threading.Thread` as a lease needs, on the moved clock."""

    def __init__(self, *, target: Callable[[], object], name: str, daemon: bool) -> None:
        self._target, self._name, self._done = target, name, MovedEvent()

    def start(self) -> None:
        _running().start(self._live, name=self._name)

    def join(self) -> None:
        self._done.wait()

    def _live(self) -> None:
        try:
            self._target()
        finally:
            self._done.set()


class MovedThreads:
    """Stands in for the module `threading` where our code waits for real."""

    Event = MovedEvent
    Thread = MovedThread


def monotonic() -> float:
    """`time.monotonic` of whatever clock is running."""
    clock = MovedClock.running
    return clock.monotonic() if clock else _monotonic()


def sleep(seconds: float) -> None:
    """`time.sleep` on whatever clock is running. A thread without turns sleeps really."""
    clock = MovedClock.running
    if clock is None or clock.here is None:
        _sleep(seconds)
    else:
        clock.sleep(seconds)


def vanish() -> None:
    """The actor's process is gone at this very moment: nothing that follows is ever done."""
    clock = _running()
    actor = clock.here
    assert actor is not None
    actor.process.killed = True
    clock.rest(actor)
    raise AssertionError(f"{actor.name} came back from the dead after {inf} seconds")


def _running() -> MovedClock:
    assert MovedClock.running is not None
    return MovedClock.running


time.monotonic, time.sleep = monotonic, sleep
