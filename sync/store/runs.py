"""The ledger of runs: the truth about what is to be done, is being done and was done.

A worker claims a run by compare-and-set and gets an epoch; every later change of the run names that
epoch, so a worker whose lease was taken over cannot change anything any more. Leases are measured
with the database's clock, so machines need not agree on the time.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    and_,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from sync.errors import LeaseLost, NotFound
from sync.model import (
    OPEN_STATUSES,
    Counts,
    Limit,
    LimitReason,
    Problem,
    Progress,
    Run,
    RunStatus,
    ScoreSource,
    Trigger,
)
from sync.store.sql import database_now
from sync.store.tables import runs

_OPEN = tuple(status.value for status in OPEN_STATUSES)


class RunStore:
    """The runs, on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # --- asking for runs -----------------------------------------------------------------------

    def ask(
        self, space_id: str, local_date: date, trigger: Trigger, *, now: datetime
    ) -> tuple[Run, bool]:
        """The run of a space, and whether this call started it.

        A space has at most one open run and at most one daily run a date: where there is one it is
        returned instead. A paused run that is asked for by hand is queued at once.
        """
        standing = self._standing(space_id, local_date, trigger)
        if standing is None:
            started = self._start(space_id, local_date, trigger, now)
            if started is not None:
                return started, True
            standing = self._standing(space_id, local_date, trigger)
            if standing is None:  # nobody was quicker than we: there is no such space
                raise NotFound(
                    f"There is no space {space_id!r}.", hint="See: python -m sync space list"
                )
        if trigger is Trigger.MANUAL and standing.status is RunStatus.PAUSED:
            standing = self._wake(standing.run_id, now)
        return standing, False

    def _wake(self, run_id: int, now: datetime) -> Run:
        """The run, queued if it is paused still: a worker may have claimed it a moment ago."""
        self._connection.execute(
            update(runs)
            .where(runs.c.run_id == run_id, runs.c.status == RunStatus.PAUSED.value)
            .values(status=RunStatus.QUEUED.value, queued_at=now, resumed=runs.c.resumed + 1)
        )
        return self.get(run_id)

    def _standing(self, space_id: str, local_date: date, trigger: Trigger) -> Run | None:
        is_open = runs.c.status.in_(_OPEN)
        same_day = and_(runs.c.trigger == Trigger.DAILY.value, runs.c.local_date == local_date)
        wanted = or_(is_open, same_day) if trigger is Trigger.DAILY else is_open
        # The daily run of the date, where there is one, answers the question best.
        query = (
            select(runs)
            .where(runs.c.space_id == space_id, wanted)
            .order_by(same_day.desc(), runs.c.run_id.desc())
            .limit(1)
        )
        row = self._connection.execute(query).mappings().first()
        return run_from_row(row) if row else None

    def _start(
        self, space_id: str, local_date: date, trigger: Trigger, now: datetime
    ) -> Run | None:
        values = {
            "space_id": space_id,
            "local_date": local_date,
            "trigger": trigger.value,
            "status": RunStatus.QUEUED.value,
            "queued_at": now,
            "rung_at": now,
            "counts": asdict(Counts()),
        }
        try:
            with self._connection.begin_nested():
                done = self._connection.execute(insert(runs).values(**values))
        except IntegrityError:
            return None  # the unique indexes decide between two who ask at once
        key = done.inserted_primary_key
        return self.get(key[0]) if key else None

    def get(self, run_id: int) -> Run:
        """One run. Raises NotFound."""
        row = self._connection.execute(select(runs).where(runs.c.run_id == run_id))
        found = row.mappings().first()
        if found is None:
            raise NotFound(f"There is no run {run_id}.", hint="See: python -m sync runs SPACE")
        return run_from_row(found)

    def of_space(self, space_id: str, limit: int) -> list[Run]:
        """The latest runs of a space, newest first."""
        rows = self._connection.execute(
            select(runs)
            .where(runs.c.space_id == space_id)
            .order_by(runs.c.run_id.desc())
            .limit(limit)
        )
        return [run_from_row(row) for row in rows.mappings()]

    def page_of_space(self, space_id: str, *, before: int | None, limit: int) -> list[Run]:
        """Runs of a space older than the one of id `before`, newest first."""
        query = select(runs).where(runs.c.space_id == space_id)
        if before is not None:
            query = query.where(runs.c.run_id < before)
        rows = self._connection.execute(query.order_by(runs.c.run_id.desc()).limit(limit))
        return [run_from_row(row) for row in rows.mappings()]

    def failed_before(self, run: Run) -> int | None:
        """The run of the space before this one, where rows or lists failed in it; else None."""
        row = self._connection.execute(
            select(runs)
            .where(runs.c.space_id == run.space_id, runs.c.run_id < run.run_id)
            .order_by(runs.c.run_id.desc())
            .limit(1)
        )
        found = row.mappings().first()
        fell_short = found is not None and found["status"] != RunStatus.SUCCEEDED.value
        return found["run_id"] if found and fell_short else None

    def last_of(self, space_ids: Sequence[str]) -> dict[str, Run]:
        """The latest run of each of these spaces; those without are left out."""
        latest = (
            select(func.max(runs.c.run_id))
            .where(runs.c.space_id.in_(space_ids))
            .group_by(runs.c.space_id)
        )
        rows = self._connection.execute(select(runs).where(runs.c.run_id.in_(latest)))
        return {row["space_id"]: run_from_row(row) for row in rows.mappings()}

    def open_run(self, space_id: str) -> Run | None:
        """The run of the space that is queued, running or paused."""
        row = self._connection.execute(
            select(runs).where(runs.c.space_id == space_id, runs.c.status.in_(_OPEN)).limit(1)
        )
        found = row.mappings().first()
        return run_from_row(found) if found else None

    def open_runs(self, limit: int) -> list[Run]:
        """Runs queued, running or paused, oldest first."""
        rows = self._connection.execute(
            select(runs).where(runs.c.status.in_(_OPEN)).order_by(runs.c.run_id).limit(limit)
        )
        return [run_from_row(row) for row in rows.mappings()]

    def last_daily_date(self, space_id: str) -> date | None:
        """The local date of the space's latest daily run."""
        latest: date | None = self._connection.scalar(
            select(func.max(runs.c.local_date)).where(
                runs.c.space_id == space_id, runs.c.trigger == Trigger.DAILY.value
            )
        )
        return latest

    # --- doing a run ---------------------------------------------------------------------------

    def claim(self, run_id: int, *, owner: str, lease_seconds: float) -> int | None:
        """The epoch under which this worker now holds the run; None where it cannot be had."""
        now = database_now(self._connection)
        before = self._connection.execute(
            select(runs.c.status, runs.c.lease_epoch, runs.c.started_at).where(
                runs.c.run_id == run_id, _can_be_had(now)
            )
        ).first()
        if before is None:
            return None
        done = self._connection.execute(
            update(runs)
            .where(runs.c.run_id == run_id, runs.c.lease_epoch == before.lease_epoch)
            .where(_can_be_had(now))
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
        self._change(run_id, counts=_counts_json(counts))

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
                counts=_counts_json(counts),
                problem=asdict(problem) if problem else None,
                finished_at=None if paused else now,
                resume_at=resume_at,
                lease_owner=None,
                lease_until=None,
            )
        )

    # --- runs that nobody works on -------------------------------------------------------------

    def to_ring(self, now: datetime, *, quiet_seconds: float, limit: int) -> list[Run]:
        """Runs to ring for: queued, abandoned or paused until now, and not rung for so long."""
        quiet_since = now - timedelta(seconds=quiet_seconds)
        rows = self._connection.execute(
            select(runs)
            .where(
                runs.c.status.in_(_OPEN),
                _can_be_had(database_now(self._connection)),
                or_(runs.c.rung_at.is_(None), runs.c.rung_at <= quiet_since),
            )
            .order_by(runs.c.run_id)
            .limit(limit)
        )
        return [run_from_row(row) for row in rows.mappings()]

    def mark_rung(self, run_ids: Sequence[int], at: datetime | None) -> None:
        """Note when somebody rang for these runs; None: nobody has, so it is to be done at once."""
        if run_ids:
            self._connection.execute(
                update(runs).where(runs.c.run_id.in_(run_ids)).values(rung_at=at)
            )

    # --- inside --------------------------------------------------------------------------------

    def _change(self, run_id: int, **values: object) -> None:
        self._connection.execute(update(runs).where(runs.c.run_id == run_id).values(**values))

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


def _can_be_had(now: datetime) -> ColumnElement[bool]:
    return or_(
        runs.c.status == RunStatus.QUEUED.value,
        and_(runs.c.status == RunStatus.RUNNING.value, runs.c.lease_until < now),
        and_(runs.c.status == RunStatus.PAUSED.value, runs.c.resume_at <= now),
    )


def _counts_json(counts: Counts) -> dict[str, Any]:
    return {
        **asdict(counts),
        "skipped": dict(counts.skipped),
        "failed": dict(counts.failed),
    }


def _limit(row: RowMapping) -> Limit | None:
    if row["guard_limit"] is None:
        return None
    return Limit(leads=row["guard_limit"], reason=LimitReason(row["guard_reason"]))


def _progress(row: RowMapping) -> Progress | None:
    if row["progress_step"] is None:
        return None
    return Progress(
        step=row["progress_step"], done=row["progress_done"], total=row["progress_total"]
    )


def run_from_row(row: RowMapping) -> Run:
    """The run in a row of its table."""
    problem, source = row["problem"], row["score_source"]
    return Run(
        run_id=row["run_id"],
        space_id=row["space_id"],
        local_date=row["local_date"],
        trigger=Trigger(row["trigger"]),
        status=RunStatus(row["status"]),
        queued_at=row["queued_at"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        resume_at=row["resume_at"],
        threshold=row["threshold"],
        score_source=ScoreSource(source) if source else None,
        counts=Counts(**row["counts"]),
        acton_calls=row["acton_calls"],
        pipeliner_calls=row["pipeliner_calls"],
        resumed=row["resumed"],
        problem=Problem(**problem) if problem else None,
        progress=_progress(row),
        cancel_asked_by=row["cancel_asked_by"],
        limit=_limit(row),
        approved_at=row["approved_at"],
        approved_by=row["approved_by"],
    )
