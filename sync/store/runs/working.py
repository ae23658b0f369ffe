"""Doing a run: under a lease and an epoch, until it is given back, paused or finished."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import select, update

from sync.errors import LeaseLost
from sync.model import Counts, Limit, Problem, Progress, RunStatus, ScoreSource
from sync.store.marking import look_at_messages
from sync.store.runs.rows import Ledger, can_be_had, counts_json
from sync.store.sql import database_now
from sync.store.tables import runs


class Working(Ledger):
    """What a worker changes, and what others may ask of a run that is open."""

    def claim(self, run_id: int, *, owner: str, lease_seconds: float) -> int | None:
        """The epoch under which this worker now holds the run; None where it cannot be had."""
        now = database_now(self._connection)
        before = self._connection.execute(
            select(runs.c.status, runs.c.lease_epoch, runs.c.started_at).where(
                runs.c.run_id == run_id, can_be_had(now)
            )
        ).first()
        if before is None:
            return None
        done = self._connection.execute(
            update(runs)
            .where(runs.c.run_id == run_id, runs.c.lease_epoch == before.lease_epoch)
            .where(can_be_had(now))
            .values(
                status=RunStatus.RUNNING.value,
                lease_owner=owner,
                lease_until=now + timedelta(seconds=lease_seconds),
                lease_epoch=before.lease_epoch + 1,
                started_at=before.started_at or now,
                finished_at=None,
                resume_at=None,
                problem=None,
                rung_at=None,  # should we die, a sweep rings as soon as the lease is over
                resumed=runs.c.resumed + (0 if before.status == RunStatus.QUEUED.value else 1),
            )
        )
        return before.lease_epoch + 1 if done.rowcount == 1 else None

    def renew(self, run_id: int, epoch: int, lease_seconds: float) -> bool:
        """Whether the lease was still ours; it is then good for so many seconds from now."""
        until = database_now(self._connection) + timedelta(seconds=lease_seconds)
        return self._change_ours(run_id, epoch, lease_until=until)

    def release(self, run_id: int, epoch: int, *, interrupted: bool = True) -> None:
        """Give the run back unfinished; any worker may take it up. `interrupted` False: only its
        turn was over, which is no news to anybody."""
        self._change_ours(
            run_id,
            epoch,
            status=RunStatus.QUEUED.value,
            lease_owner=None,
            lease_until=None,
            resumed=runs.c.resumed + int(interrupted),
        )

    def save_facts(
        self,
        run_id: int,
        epoch: int,
        *,
        threshold: int,
        score_source: ScoreSource,
        limit: Limit | None = None,
    ) -> None:
        """What the run goes by; `limit` None: there is none. Raises LeaseLost."""
        self._ensure_ours(
            self._change_ours(
                run_id,
                epoch,
                threshold=threshold,
                score_source=score_source.value,
                guard_limit=limit.leads if limit else None,
                guard_reason=limit.reason.value if limit else None,
            )
        )

    def save_progress(self, run_id: int, epoch: int, progress: Progress) -> str | None:
        """Write down how far the run is; who asked for it to be cancelled, if anybody has."""
        self._change_ours(
            run_id,
            epoch,
            progress_step=progress.step,
            progress_done=progress.done,
            progress_total=progress.total,
        )
        return self.cancel_asked_by(run_id)

    def cancel_asked_by(self, run_id: int) -> str | None:
        """Who asked for the run to be cancelled."""
        return self._connection.scalar(
            select(runs.c.cancel_asked_by).where(runs.c.run_id == run_id)
        )

    def ask_to_cancel(self, run_id: int, by: str) -> None:
        """Whoever does the run is to stop before the next write."""
        self._change(run_id, cancel_asked_by=by)

    def cancel_waiting(self, run_id: int, *, problem: Problem, now: datetime) -> bool:
        """Whether the run was queued or paused, and is cancelled now."""
        done = self._connection.execute(
            update(runs)
            .where(
                runs.c.run_id == run_id,
                runs.c.status.in_((RunStatus.QUEUED.value, RunStatus.PAUSED.value)),
            )
            .values(
                status=RunStatus.CANCELLED.value,
                problem=asdict(problem),
                finished_at=now,
                resume_at=None,
                lease_epoch=runs.c.lease_epoch + 1,
            )
        )
        return done.rowcount == 1

    def save_counts(self, run_id: int, counts: Counts) -> None:
        """Write down the counts of a run that nobody works on."""
        self._change(run_id, counts=counts_json(counts))

    def add_calls(self, run_id: int, *, acton: int, pipeliner: int) -> None:
        """Count requests that were sent."""
        self._change(
            run_id,
            acton_calls=runs.c.acton_calls + acton,
            pipeliner_calls=runs.c.pipeliner_calls + pipeliner,
        )

    def finish(
        self,
        run_id: int,
        epoch: int,
        *,
        status: RunStatus,
        counts: Counts,
        problem: Problem | None,
        now: datetime,
        resume_at: datetime | None = None,
    ) -> None:
        """Leave the run in a final state, or paused until `resume_at`. Raises LeaseLost."""
        paused = status is RunStatus.PAUSED
        self._ensure_ours(
            self._change_ours(
                run_id,
                epoch,
                status=status.value,
                counts=counts_json(counts),
                problem=asdict(problem) if problem else None,
                finished_at=None if paused else now,
                resume_at=resume_at,
                lease_owner=None,
                lease_until=None,
            )
        )
        mine = select(runs.c.space_id).where(runs.c.run_id == run_id).scalar_subquery()
        look_at_messages(self._connection, mine, now)

    def mark_rung(self, run_ids: Sequence[int], at: datetime | None) -> None:
        """Note when somebody rang for these runs; None: nobody has, so it is to be done at once."""
        if run_ids:
            self._connection.execute(
                update(runs).where(runs.c.run_id.in_(run_ids)).values(rung_at=at)
            )

    def _change_ours(self, run_id: int, epoch: int, **values: object) -> bool:
        done = self._connection.execute(
            update(runs)
            .where(
                runs.c.run_id == run_id,
                runs.c.lease_epoch == epoch,
                runs.c.status == RunStatus.RUNNING.value,
            )
            .values(**values)
        )
        return done.rowcount == 1

    def _ensure_ours(self, ours: bool) -> None:
        if not ours:
            raise LeaseLost("Another worker has taken this run over.")
