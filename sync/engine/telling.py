"""Telling how far a run is: to whoever watches here, and in the ledger for everybody else.

The ledger is told at most once a second. It answers whether somebody wants the run cancelled, so
that nobody waits for the next heartbeat.
"""

import time
from collections.abc import Callable

import structlog

from sync.clock import Monotonic
from sync.engine.lease import Lease
from sync.errors import TryLater
from sync.model import Progress
from sync.store import Store

log = structlog.get_logger(__name__)

EVERY_SECONDS = 1.0


class Teller:
    """Passes progress on. Called by the one thread that does the run, outside of transactions."""

    def __init__(
        self,
        store: Store,
        lease: Lease,
        report: Callable[[Progress], None],
        *,
        monotonic: Monotonic = time.monotonic,
    ) -> None:
        self._store = store
        self._lease = lease
        self._report = report
        self._monotonic = monotonic
        self._told_at = float("-inf")

    def tell(self, progress: Progress) -> None:
        """Say how far the run is."""
        self._report(progress)
        now = self._monotonic()
        if now - self._told_at < EVERY_SECONDS:
            return
        self._told_at = now
        try:
            with self._store.write() as desk:
                self._lease.cancel(
                    desk.runs.save_progress(self._lease.run_id, self._lease.epoch, progress)
                )
        except TryLater as error:
            # The database is away for a moment; a run does not end for want of a progress bar.
            log.warning("progress_not_saved", run=self._lease.run_id, kind=error.kind)
