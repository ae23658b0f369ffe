"""Hand-offs: whoever Act-On reported is looked at within seconds, by a run of their own.

A space has one open run at most, so people who are reported during a run wait for its end; the next
hand-off takes all who wait.
"""

from collections.abc import Callable
from typing import Final

import structlog

from sync.errors import IntegrationError
from sync.model import Problem, Run, RunStatus, Trigger
from sync.rules.handing_off import PAUSES
from sync.rules.schedule import local_date_at
from sync.service.common import end_waiting, ring_for
from sync.service.values import Parts
from sync.store import Desk

log = structlog.get_logger(__name__)

AT_ONCE: Final = 20


class HandOffs:
    """An errand of the workers: starts hand-offs, and sees what came of them."""

    def __init__(self, parts: Parts) -> None:
        self._store = parts.store
        self._bell = parts.bell
        self._now = parts.now

    def look_after(self, stop: Callable[[], bool] = lambda: False) -> int:
        """How many hand-offs were begun or settled. Raises TryLater where the database is away."""
        return self._settle(stop) + self._begin(stop)

    def _settle(self, stop: Callable[[], bool]) -> int:
        with self._store.read() as desk:
            ended = desk.webhooks.runs_that_ended(AT_ONCE)
        for run_id in ended:
            if not stop():
                with self._store.write() as desk:
                    self._settle_one(desk, desk.runs.get(run_id))
        return len(ended)

    def _settle_one(self, desk: Desk, run: Run) -> None:
        if run.status is RunStatus.SUCCEEDED:
            desk.webhooks.settle(run.run_id)
            return
        # What the volume guard holds back is asked about after the next run through all lists.
        pauses = () if run.waiting else PAUSES
        waiting = desk.webhooks.put_back(run.run_id, pauses, now=self._now())
        log.warning("hand_off_put_back", space=run.space_id, run=run.run_id, waiting=waiting)

    def _begin(self, stop: Callable[[], bool]) -> int:
        with self._store.read() as desk:
            waiting = desk.webhooks.spaces_waiting(self._now(), AT_ONCE)
        return sum(self._try(space_id) for space_id in waiting if not stop())

    def _try(self, space_id: str) -> bool:
        try:
            run = self._begin_one(space_id)
        except IntegrationError as error:
            # One space whose secrets no longer open must not keep the others waiting.
            log.error("hand_off_not_started", space=space_id, problem=str(error))
            return False
        if run is not None:
            ring_for([run], self._bell)
        return run is not None

    def _begin_one(self, space_id: str) -> Run | None:
        now = self._now()
        with self._store.write() as desk:
            today = local_date_at(now, desk.spaces.get(space_id).time_zone)
            run, started = desk.runs.ask(space_id, today, Trigger.WEBHOOK, now=now)
            if not started or run.status is not RunStatus.QUEUED:
                return None  # another run is open by now; they wait for its end
            if desk.webhooks.take(space_id, run.run_id, now):
                return run
            # Somebody was quicker, and done already.
            end_waiting(desk, run, Problem(kind="cancelled", message="Nobody waits."), now)
        return None
