"""Once a day: what was kept long enough goes. Nobody waits for it, and nobody is kept waiting.

Outcomes say what became of every row, which is most of the database. After some time only the
counts of a run are of use; they stay.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from sync.clock import Now, Sleep
from sync.errors import QuotaGone
from sync.rules.retention import HISTORY_WHOLE, MESSAGES_KEPT
from sync.store import Store
from sync.store.allowances import RowAllowance

log = structlog.get_logger(__name__)

RUNS_AT_ONCE: Final = 50
LAUNCHES_AT_ONCE: Final = 1_000
WEBHOOKS_AT_ONCE: Final = 1_000
WEBHOOKS_KEPT: Final = timedelta(days=30)
MESSAGES_AT_ONCE: Final = 1_000
BREATH_SECONDS: Final = 0.05  # between two pieces, so that others get their turn


class Tidying:
    """Takes away what is older than agreed.

    `turn`: one a day over all processes; whoever takes it tidies.
    """

    def __init__(
        self, store: Store, turn: RowAllowance, *, outcome_days: int, now: Now, sleep: Sleep
    ) -> None:
        self._store = store
        self._turn = turn
        self._outcomes_kept = timedelta(days=outcome_days)
        self._now = now
        self._sleep = sleep

    def tidy_once_a_day(self, stop: Callable[[], bool] = lambda: False) -> bool:
        """Whether it was our turn. Raises TryLater where the database is away."""
        try:
            self._turn.take()
        except QuotaGone:
            return False
        self.tidy(stop)
        return True

    def tidy(self, stop: Callable[[], bool] = lambda: False) -> int:
        """How many rows of outcomes are gone; what is left when told to stop goes the next day."""
        now = self._now()
        rows = self._drop_outcomes(now - self._outcomes_kept, stop)
        self._thin_history(now - HISTORY_WHOLE, stop)
        self._drop_launches(now, stop)
        self._drop_webhooks(now - WEBHOOKS_KEPT, stop)
        self._drop_messages(now - MESSAGES_KEPT, stop)
        log.info("tidied", outcomes=rows)
        return rows

    def _drop_outcomes(self, before: datetime, stop: Callable[[], bool]) -> int:
        gone = 0
        while not stop():
            with self._store.read() as desk:
                runs = desk.retention.old_runs(before, RUNS_AT_ONCE)
            if not runs:
                return gone
            gone += sum(self._drop_run(run_id, stop) for run_id in runs)
        return gone

    def _drop_run(self, run_id: int, stop: Callable[[], bool]) -> int:
        gone = 0
        while not stop():
            with self._store.write() as desk:
                dropped = desk.retention.drop_rows(run_id)
            if not dropped:
                return gone
            gone += dropped
            self._sleep(BREATH_SECONDS)
        return gone

    def _thin_history(self, before: datetime, stop: Callable[[], bool]) -> None:
        place: tuple[str, str] | None = ("", "")
        while place is not None and not stop():
            with self._store.write() as desk:
                place = desk.retention.thin_history(before, place)
            self._sleep(BREATH_SECONDS)

    def _drop_launches(self, now: datetime, stop: Callable[[], bool]) -> None:
        while not stop():
            with self._store.write() as desk:
                if not desk.retention.drop_launches(now, LAUNCHES_AT_ONCE):
                    return

    def _drop_webhooks(self, before: datetime, stop: Callable[[], bool]) -> None:
        while not stop():
            with self._store.write() as desk:
                if not desk.webhooks.drop_old(before, WEBHOOKS_AT_ONCE):
                    return
            self._sleep(BREATH_SECONDS)

    def _drop_messages(self, before: datetime, stop: Callable[[], bool]) -> None:
        while not stop():
            with self._store.write() as desk:
                if not desk.deliveries.drop(before, MESSAGES_AT_ONCE):
                    return
