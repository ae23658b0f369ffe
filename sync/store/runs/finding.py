"""Which runs there are."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import func, or_, select

from sync.model import Run, RunStatus, Trigger
from sync.store.runs.rows import OPEN, WHOLE, Ledger, can_be_had, run_from_row
from sync.store.sql import database_now
from sync.store.tables import runs


class Finding(Ledger):
    """Runs of a space, runs that are open, runs that nobody works on."""

    def of_space(self, space_id: str, limit: int) -> list[Run]:
        """The latest runs of a space, newest first."""
        rows = self._connection.execute(
            select(runs)
            .where(runs.c.space_id == space_id)
            .order_by(runs.c.run_id.desc())
            .limit(limit)
        )
        return [run_from_row(row) for row in rows.mappings()]

    def whole_runs(self, space_id: str, limit: int) -> list[Run]:
        """The latest runs of a space that are no hand-offs, newest first."""
        rows = self._connection.execute(
            select(runs)
            .where(runs.c.space_id == space_id, WHOLE)
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
        """The whole run of the space before this one, where rows or lists failed in it; else
        None."""
        row = self._connection.execute(
            select(runs)
            .where(runs.c.space_id == run.space_id, runs.c.run_id < run.run_id, WHOLE)
            .order_by(runs.c.run_id.desc())
            .limit(1)
        )
        found = row.mappings().first()
        fell_short = found is not None and found["status"] != RunStatus.SUCCEEDED.value
        return found["run_id"] if found and fell_short else None

    def last_of(self, space_ids: Sequence[str]) -> dict[str, Run]:
        """The latest whole run of each of these spaces; those without are left out."""
        latest = (
            select(func.max(runs.c.run_id))
            .where(runs.c.space_id.in_(space_ids), WHOLE)
            .group_by(runs.c.space_id)
        )
        rows = self._connection.execute(select(runs).where(runs.c.run_id.in_(latest)))
        return {row["space_id"]: run_from_row(row) for row in rows.mappings()}

    def open_run(self, space_id: str) -> Run | None:
        """The run of the space that is queued, running or paused."""
        row = self._connection.execute(
            select(runs).where(runs.c.space_id == space_id, runs.c.status.in_(OPEN)).limit(1)
        )
        found = row.mappings().first()
        return run_from_row(found) if found else None

    def open_runs(self, limit: int) -> list[Run]:
        """Runs queued, running or paused, oldest first."""
        rows = self._connection.execute(
            select(runs).where(runs.c.status.in_(OPEN)).order_by(runs.c.run_id).limit(limit)
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

    def to_ring(self, now: datetime, *, quiet_seconds: float, limit: int) -> list[Run]:
        """Runs to ring for: queued, abandoned or paused until now, and not rung for so long."""
        quiet_since = now - timedelta(seconds=quiet_seconds)
        rows = self._connection.execute(
            select(runs)
            .where(
                runs.c.status.in_(OPEN),
                can_be_had(database_now(self._connection)),
                or_(runs.c.rung_at.is_(None), runs.c.rung_at <= quiet_since),
            )
            .order_by(runs.c.run_id)
            .limit(limit)
        )
        return [run_from_row(row) for row in rows.mappings()]
