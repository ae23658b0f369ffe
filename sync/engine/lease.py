"""Holding a run: a heartbeat in the background, and a guard that every write passes.

The database's clock decides who holds the lease. Our own clock only decides when we no longer trust
ourselves: a renewal that is overdue counts as lost, whatever the reason.
"""

import threading
import time
from types import TracebackType
from typing import Self

import structlog

from sync.engine.options import EngineOptions
from sync.errors import CancelAsked, IntegrationError, LeaseLost, StopAsked
from sync.languages import lazy_gettext
from sync.store import Store

log = structlog.get_logger(__name__)


class Lease:
    """A claimed run. As a context manager it renews itself until it is left."""

    def __init__(
        self,
        store: Store,
        run_id: int,
        epoch: int,
        options: EngineOptions,
        stop: threading.Event,
    ) -> None:
        self.run_id = run_id
        self.epoch = epoch
        self._store = store
        self._options = options
        self._stop = stop
        self._left = threading.Event()
        self._lost = threading.Event()
        self._cancelled_by: str | None = None
        self._renewed = time.monotonic()
        self._thread = threading.Thread(target=self._beat, name=f"lease-{run_id}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._left.set()
        self._thread.join()

    def cancel(self, by: str | None) -> None:
        """Somebody asked for the run to be cancelled; None: nobody did."""
        self._cancelled_by = by or self._cancelled_by

    def ensure(self) -> None:
        """Pass only while this worker holds the run and nobody asked it to stop.

        Raises LeaseLost, CancelAsked or StopAsked. Once the lease is left it raises for good, so
        that calls which were still under way are not tried again.
        """
        if self._left.is_set():
            raise LeaseLost("The run is over, or put back.")
        overdue = time.monotonic() - self._renewed > self._options.lease_seconds
        if self._lost.is_set() or overdue:
            raise LeaseLost("Another worker may have taken this run over; this one stops.")
        if self._cancelled_by is not None:
            raise CancelAsked(
                lazy_gettext(
                    "%(cancelled_by)s cancelled this run.", cancelled_by=self._cancelled_by
                )
            )
        if self._stop.is_set():
            raise StopAsked("The worker was asked to stop; the run continues later.")

    def _beat(self) -> None:
        while not self._left.wait(self._options.heartbeat_seconds):
            sent = time.monotonic()
            try:
                with self._store.write() as desk:
                    held = desk.runs.renew(self.run_id, self.epoch, self._options.lease_seconds)
                    self.cancel(desk.runs.cancel_asked_by(self.run_id))
            except IntegrationError as error:
                # The database is away for a moment; `ensure` stops us if it stays away too long.
                log.warning("lease_renewal_failed", run=self.run_id, kind=error.kind)
                continue
            if not held:
                self._lost.set()
                return
            self._renewed = sent
