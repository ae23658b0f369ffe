"""The worker: takes rings, does runs, lives through what goes wrong, stops when told."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

import sync.worker
from sync.errors import TryLater
from sync.model import Run, RunStatus
from sync.rules.priorities import Priority
from sync.service import Errand
from sync.signals import stop_on_signals
from sync.worker import Worker, run_worker, work_off
from tests.counting import counted

from .conftest import FakeApplication, make_run


@dataclass
class FakeQueue:
    """Rings in memory."""

    rings: list[int] = field(default_factory=list)
    priorities: list[Priority] = field(default_factory=list)
    waits: bool = True
    away: bool = False
    when_empty: Callable[[], None] = lambda: None
    closed: bool = False

    def ring(self, run_id: int, priority: Priority) -> None:
        self.rings.append(run_id)
        self.priorities.append(priority)

    def next(self) -> int | None:
        if self.away:
            raise TryLater("The queue cannot be reached.")
        if not self.rings:
            self.when_empty()
            return None
        return self.rings.pop(0)

    def size(self) -> int:
        if self.away:
            raise TryLater("The queue cannot be reached.")
        return len(self.rings)

    def close(self) -> None:
        self.closed = True


@dataclass
class SweepingService:
    """Rings for what it was told nobody works on, each once."""

    queue: FakeQueue
    forgotten: list[int] = field(default_factory=list)
    asked: list[float] = field(default_factory=list)

    def sweep(self, *, quiet_seconds: float = 60) -> int:
        self.asked.append(quiet_seconds)
        found, self.forgotten = self.forgotten, []
        self.queue.rings += found
        return len(found)


@dataclass
class FakeTidying:
    """Takes its turn, and does at it what a test says."""

    at_its_turn: Callable[[], None]
    turns: int = 0

    def tidy_once_a_day(self, stop: Callable[[], bool]) -> bool:
        self.turns += 1
        self.at_its_turn()
        return True


@pytest.fixture
def queue() -> FakeQueue:
    return FakeQueue()


@pytest.fixture
def application(queue: FakeQueue, monkeypatch: pytest.MonkeyPatch) -> FakeApplication:
    monkeypatch.setattr(sync.worker, "IDLE_SECONDS", 0)
    application = FakeApplication()
    application.service = SweepingService(queue)  # type: ignore[assignment]
    application.queue = queue  # type: ignore[attr-defined]
    application.tidying = FakeTidying(lambda: None)  # type: ignore[attr-defined]
    return application


def ended(run_id: int) -> Run:
    return make_run(run_id, status=RunStatus.SUCCEEDED)


def test_one_ring_is_one_run(application: FakeApplication, queue: FakeQueue) -> None:
    worker = Worker(application, queue, threading.Event())
    queue.rings = [7]
    application.runner.ends = [ended(7)]
    assert worker.work_once()
    assert not worker.work_once()
    assert application.runner.worked == [7]


def test_a_ring_for_a_run_that_somebody_else_has_is_nothing(
    application: FakeApplication, queue: FakeQueue
) -> None:
    queue.rings = [7]
    application.runner.ends = [None]
    assert Worker(application, queue, threading.Event()).work_once()


def test_a_run_left_half_way_is_rung_for_again(
    application: FakeApplication, queue: FakeQueue
) -> None:
    stop = threading.Event()
    queue.rings = [7]
    application.runner.on_work = stop.set
    application.runner.ends = [make_run(7, status=RunStatus.QUEUED)]
    Worker(application, queue, stop).work_on()
    assert queue.rings == [7]


def test_a_run_whose_turn_is_over_waits_behind_those_that_have_not_begun(
    application: FakeApplication, queue: FakeQueue
) -> None:
    queue.rings = [7]
    begun = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
    application.runner.ends = [make_run(7, status=RunStatus.QUEUED, started_at=begun)]
    Worker(application, queue, threading.Event()).work_once()
    assert (queue.rings, queue.priorities) == ([7], [Priority.CATCH_UP])


@pytest.mark.parametrize(
    ("rings", "away", "waits"), [([7, 8], False, True), ([7], False, False), ([7], True, False)]
)
def test_a_run_is_told_whether_others_wait(
    application: FakeApplication, queue: FakeQueue, rings: list[int], away: bool, waits: bool
) -> None:
    queue.rings = rings
    told: list[bool] = []

    def work(run_id: int, *, others_wait: Callable[[], bool], **_: object) -> Run:
        queue.away = away
        told.append(others_wait())
        return ended(run_id)

    application.runner.work = work  # type: ignore[method-assign, assignment]
    Worker(application, queue, threading.Event()).work_once()
    assert told == [waits]


def test_working_off_takes_up_forgotten_runs_at_once_and_ends(
    application: FakeApplication, queue: FakeQueue
) -> None:
    queue.rings = [7]
    application.service.forgotten = [8, 9]
    application.runner.ends = [ended(7), ended(8), ended(9)]
    stop = threading.Event()
    work_off(Worker(application, queue, stop), application, stop)
    assert application.runner.worked == [7, 8, 9]
    assert application.service.asked == [0]


def test_a_run_that_breaks_does_not_end_the_thread(
    application: FakeApplication, queue: FakeQueue
) -> None:
    stop = threading.Event()
    queue.rings, queue.when_empty = [7, 8], stop.set
    outcomes: list[Callable[[], Run | None]] = [break_down, lambda: ended(8)]
    application.runner.work = lambda run_id, **_: outcomes.pop(0)()  # type: ignore[assignment]
    Worker(application, queue, stop).work_on()
    assert outcomes == []
    assert queue.closed


def break_down() -> Run:
    raise ZeroDivisionError


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [(TryLater("The database is away."), TryLater.kind), (ZeroDivisionError(), "bug")],
)
@pytest.mark.parametrize("what", ["tidying", "sweep", "errands", "worker"])
def test_what_fails_comes_again_hinders_nobody_and_is_counted(
    application: FakeApplication,
    queue: FakeQueue,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
    trouble: Exception,
    kind: str,
) -> None:
    for pause in ("TIDY_SECONDS", "SWEEP_SECONDS", "ERRAND_SECONDS", "LONGEST_PAUSE_SECONDS"):
        monkeypatch.setattr(sync.worker, pause, 0)
    stop, tried = threading.Event(), []

    def break_twice(*_: object) -> None:
        tried.append(what)
        if len(tried) == 3:
            stop.set()
            return
        raise trouble

    worker = Worker(application, queue, stop)
    application.tidying = FakeTidying(break_twice)  # type: ignore[attr-defined]
    application.service.sweep = break_twice  # type: ignore[method-assign, assignment]
    queue.next = break_twice  # type: ignore[method-assign, assignment]
    series = f'errors_total{{kind="{kind}",where="worker"}}'
    before = counted(series)
    application.errands = (Errand(name="errand", do=break_twice),)  # type: ignore[arg-type]
    threads = {
        "tidying": worker.tidy_on,
        "sweep": worker.sweep_on,
        "errands": worker.run_errands,
        "worker": worker.work_on,
    }
    threads[what]()
    assert len(tried) == 3
    assert counted(series) == before + 2


def test_a_queue_that_is_away_is_waited_for(application: FakeApplication, queue: FakeQueue) -> None:
    stop = threading.Event()
    queue.rings, queue.away = [7], True
    application.runner.ends = [ended(7)]
    worker = Worker(application, queue, stop)
    thread = threading.Thread(target=worker.work_on)
    thread.start()
    queue.when_empty = stop.set
    queue.away = False
    thread.join(10)
    assert application.runner.worked == [7]


class PatientStop(threading.Event):
    """Notes how long somebody would have waited, and is set after so many times."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.waited: list[float] = []
        self._most = most

    def wait(self, timeout: float | None = None) -> bool:
        self.waited.append(timeout or 0)
        if len(self.waited) == self._most:
            self.set()
        return self.is_set()


def test_the_longer_the_queue_is_away_the_longer_are_the_pauses(
    application: FakeApplication, queue: FakeQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync.worker, "IDLE_SECONDS", 0.5)
    queue.away, stop = True, PatientStop(8)
    Worker(application, queue, stop).work_on()
    assert stop.waited == [0.5, 1, 2, 4, 8, 8, 8, 8]


def test_pauses_begin_anew_once_it_has_worked(
    application: FakeApplication, queue: FakeQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync.worker, "IDLE_SECONDS", 0.5)
    stop, troubles = PatientStop(4), [True, True, False, True, True]

    def next_ring() -> int | None:
        if troubles.pop(0):
            raise TryLater("The queue cannot be reached.")
        return None

    queue.next = next_ring  # type: ignore[method-assign]
    Worker(application, queue, stop).work_on()
    assert stop.waited == [0.5, 1, 0.5, 1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_the_worker_after_what_it_does(
    application: FakeApplication, queue: FakeQueue, number: signal.Signals
) -> None:
    queue.rings = [7]
    application.runner.ends = [ended(7)]
    signals = [number]  # one only: the next would act as it always does
    queue.when_empty = lambda: os.kill(os.getpid(), signals.pop()) if signals else None
    run_worker(application, threads=1, once=False)
    assert application.runner.worked == [7]
    assert queue.closed


@pytest.fixture
def heard() -> Iterator[None]:
    """SIGINT raises: a shell starts what it runs in the background with that signal ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heard")
def test_a_second_signal_acts_as_it_always_does() -> None:
    with stop_on_signals() as stop:
        os.kill(os.getpid(), signal.SIGINT)
        assert stop.wait(1)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_signals_are_as_before_afterwards() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with stop_on_signals():
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before
