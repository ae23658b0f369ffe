"""Does the runs: threads that take a ring off the queue and see the run through.

The queue only rings the bell. Every few seconds the runs table, which is the truth, is swept for
runs that nobody works on, so that a lost ring or a killed worker costs a minute and no run.
"""

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Final, TypeVar

import structlog

from sync.clock import Backoff
from sync.errors import IntegrationError, TryLater
from sync.factory import Application
from sync.metrics import ERRORS
from sync.model import RunStatus
from sync.queue import Queue
from sync.rules.priorities import priority_of
from sync.signals import stop_on_signals

log = structlog.get_logger(__name__)

SWEEP_SECONDS: Final = 15.0
TIDY_SECONDS: Final = 1800.0
ERRAND_SECONDS: Final = 1.0  # what somebody reported is looked after that soon
IDLE_SECONDS: Final = 0.5  # between looks at a queue that cannot wait for us
LONGEST_PAUSE_SECONDS: Final = 8.0  # between tries while the queue or the database is away
GRACE_SECONDS: Final = 10.0  # a run reaches its next safe point within that time

Done = TypeVar("Done")


class Worker:
    """Takes rings and does runs until `stop` is set; any number of threads may share one."""

    def __init__(self, application: Application, queue: Queue, stop: threading.Event) -> None:
        self._application = application
        self._queue = queue
        self._stop = stop

    def work_once(self) -> bool:
        """Whether somebody had rung. The run is done then, unless somebody else has it.

        Raises TryLater where the queue or the database is away.
        """
        run_id = self._queue.next()
        if run_id is None:
            return False
        with structlog.contextvars.bound_contextvars(run=run_id):
            left = self._application.runner.work(
                run_id, stop=self._stop, others_wait=self._others_wait
            )
        if left is not None and left.status is RunStatus.QUEUED:
            # We were told to stop, or its turn was over: whoever is free next goes on with it.
            self._queue.ring(run_id, priority_of(left))
        return True

    def _others_wait(self) -> bool:
        try:
            return self._queue.size() > 0
        except TryLater:
            return False  # nobody could be taken up either

    def work_on(self) -> None:
        """Work until told to stop; what goes wrong with one run does not end the others."""
        backoff = Backoff(IDLE_SECONDS, LONGEST_PAUSE_SECONDS)
        while not self._stop.is_set():
            if not self._try_once(backoff) and not self._queue.waits:
                self._stop.wait(IDLE_SECONDS)
        self._queue.close()

    def sweep_on(self) -> None:
        """Sweep until told to stop."""
        while not self._stop.is_set():
            self._try_sweep()
            self._stop.wait(SWEEP_SECONDS)

    def tidy_on(self) -> None:
        """Now and then see whether it is our turn to take away what was kept long enough."""
        while not self._stop.is_set():
            self._try_tidy()
            self._stop.wait(TIDY_SECONDS)

    def run_errands(self) -> None:
        """Look after what came in besides the runs, until told to stop."""
        while not self._stop.is_set():
            self.run_errands_once()
            self._stop.wait(ERRAND_SECONDS)

    def run_errands_once(self) -> int:
        """How much was done in one round; one errand that goes wrong does not end the others."""
        return sum(
            _living_on(errand.name, partial(errand.do, self._stop.is_set)) or 0
            for errand in self._application.errands
        )

    def _try_once(self, backoff: Backoff) -> bool:
        worked = _living_on("worker", self.work_once)
        if worked is None:
            self._stop.wait(backoff.pause())
            return False
        backoff.reset()
        return worked

    def _try_tidy(self) -> None:
        tidying = self._application.tidying
        _living_on("tidying", lambda: tidying.tidy_once_a_day(self._stop.is_set))

    def _try_sweep(self) -> None:
        rung = _living_on("sweep", self._application.service.sweep)
        if rung:
            log.info("swept", rung=rung)


def _living_on(what: str, work: Callable[[], Done]) -> Done | None:
    """What comes of the work; None where it went wrong, which is logged and counted.

    It comes again, for the other spaces too. A run that a bug broke is marked failed, or taken up
    again when its lease expires.
    """
    try:
        return work()
    except IntegrationError as error:
        log.error(f"{what}_hindered", kind=error.kind, problem=str(error))
        ERRORS.add("worker", error.kind)
    except Exception:  # a bug, in a thread that has to do with every space
        log.exception(f"{what}_met_a_bug")
        ERRORS.add("worker", "bug")
    return None


def run_worker(application: Application, *, threads: int, once: bool) -> None:
    """Work until a signal comes, or with `once` until no run waits.

    Raises TryLater with `once` where the queue or the database is away.
    """
    with stop_on_signals() as stop:
        worker = Worker(application, application.queue, stop)
        if once:
            work_off(worker, application, stop)
        else:
            _work_in_threads(worker, threads, stop)


def work_off(worker: Worker, application: Application, stop: threading.Event) -> None:
    """Do every run that waits, one after the other, and what came in besides."""
    worker.run_errands_once()
    application.service.sweep(quiet_seconds=0)
    while not stop.is_set() and worker.work_once():
        pass


def _work_in_threads(worker: Worker, threads: int, stop: threading.Event) -> None:
    working = [
        threading.Thread(target=worker.work_on, name=f"worker-{number}", daemon=True)
        for number in range(1, threads + 1)
    ]
    working.append(threading.Thread(target=worker.tidy_on, name="tidying", daemon=True))
    working.append(threading.Thread(target=worker.run_errands, name="errands", daemon=True))
    for thread in working:
        thread.start()
    log.info("worker_started", threads=threads)
    worker.sweep_on()
    # Threads still busy after the grace are daemons: they end with the process, and the runs they
    # held are taken up when their leases expire.
    deadline = time.monotonic() + GRACE_SECONDS
    for thread in working:
        thread.join(max(0.0, deadline - time.monotonic()))
    log.info("worker_stopped")
