"""Runs as endpoint, worker and shell ask for them: started, looked at, rung for again."""

from typing import Final

from sync.clock import Now
from sync.model import SHELL, Run, RunStatus, Trigger
from sync.rules.schedule import local_date_at
from sync.service.approving import approve_creates
from sync.service.common import ask_for_run, ensure_running, ring_for
from sync.service.daily import DailyRuns
from sync.service.values import Bell, StartedRun
from sync.store import Store
from sync.store.staging import OutcomeLine

MOST_RUNS: Final = 1_000
RING_AGAIN_SECONDS: Final = 60  # a waiting run whose ring may be lost is rung for again
RINGS_AT_ONCE: Final = 100  # more rings that wait already make the next one later in proportion


class Running:
    """The runs of all spaces. It does none: it rings the bell for a worker."""

    def __init__(self, store: Store, bell: Bell, now: Now) -> None:
        self._store = store
        self._bell = bell
        self._now = now
        self._daily = DailyRuns(store, bell, now=now)

    def start_due(self) -> list[StartedRun]:
        """The daily runs that this call started, then those of all spaces that are open already.

        Twice in a row starts nothing twice (design §3.11). However many spaces are due, this call
        starts some and workers start the rest, so that the cron is answered at once.
        """
        now = self._now()
        with self._store.write() as desk:
            desk.cron.note(now)
        started = self._daily.start_some(now)[0]
        known = {one.run.run_id for one in started}
        with self._store.read() as desk:
            still_open = desk.runs.open_runs(MOST_RUNS)
        return started + [
            StartedRun(run=run, started=False) for run in still_open if run.run_id not in known
        ]

    def start(self, space_id: str, *, ring: bool = True) -> StartedRun:
        """A manual run of the space: the one under way, else a paused one continued, else a new.

        `ring` False: the caller does the run itself. Raises NotFound, and SetupError where the
        space is not approved.
        """
        now = self._now()
        with self._store.write() as desk:
            space = desk.spaces.get(space_id)
            ensure_running(space)
            today = local_date_at(now, space.time_zone)
            run, started = ask_for_run(desk, space_id, today, Trigger.MANUAL, now)
        if ring and run.status is RunStatus.QUEUED:
            ring_for([run], self._bell)
        return StartedRun(run=run, started=started)

    def retry(self, run_id: int, *, ring: bool = True) -> StartedRun:
        """A manual run of that run's space, which takes up what failed. Raises as `start`."""
        return self.start(self.run(run_id).space_id, ring=ring)

    def approve_creates(self, run_id: int, *, ring: bool = True) -> StartedRun:
        """A manual run that creates what that run held back, by the volume guard.

        `ring` False: the caller does the run itself. Raises NotFound, SetupError, Conflict.
        """
        with self._store.write() as desk:
            begun = approve_creates(desk, SHELL, desk.runs.get(run_id), self._now())
        if ring and begun.run.status is RunStatus.QUEUED:
            ring_for([begun.run], self._bell)
        return begun

    def run(self, run_id: int) -> Run:
        """One run as it stands. Raises NotFound."""
        with self._store.read() as desk:
            return desk.runs.get(run_id)

    def runs(self, space_id: str, limit: int = 20) -> list[Run]:
        """The latest runs of a space, newest first. Raises NotFound."""
        with self._store.read() as desk:
            desk.spaces.get(space_id)
            return desk.runs.of_space(space_id, limit)

    def outcomes(
        self, run_id: int, *, result: str | None, reason: str | None, limit: int | None
    ) -> list[OutcomeLine]:
        """What became of the rows of a run, in list order. Raises NotFound."""
        with self._store.read() as desk:
            desk.runs.get(run_id)
            return desk.staging.lines(run_id, result=result, reason=reason, limit=limit)

    def sweep(self, *, quiet_seconds: float = RING_AGAIN_SECONDS) -> int:
        """How many runs that nobody works on were rung for: never started, abandoned, or paused
        until now. The runs table is the truth; a lost ring costs a minute, not a run.

        Daily runs that the cron asked for, and that no call has come to yet, are started first.
        Raises TryLater where the queue or the database is away.
        """
        quiet = quiet_seconds * (1 + self._bell.size() // RINGS_AT_ONCE)
        self._daily.start_the_rest()
        now = self._now()
        with self._store.write() as desk:
            waiting = desk.runs.to_ring(now, quiet_seconds=quiet, limit=MOST_RUNS)
            desk.runs.mark_rung([run.run_id for run in waiting], now)
        unheard = ring_for(waiting, self._bell)
        if unheard:
            with self._store.write() as desk:  # so that the next sweep rings for them
                desk.runs.mark_rung([run.run_id for run in unheard], None)
        return len(waiting) - len(unheard)
