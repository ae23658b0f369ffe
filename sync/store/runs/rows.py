"""Between a run and its row, and what the parts of the ledger share."""

from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, or_, select, update

from sync.errors import NotFound
from sync.languages import lazy_gettext
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
from sync.store.sql import is_id
from sync.store.tables import runs

OPEN: Final = tuple(status.value for status in OPEN_STATUSES)
# Runs that go through whole lists. Hand-offs look at some people and say nothing about the others.
WHOLE: Final = runs.c.trigger != Trigger.WEBHOOK.value


class Ledger:
    """The runs, on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, run_id: int) -> Run:
        """One run. Raises NotFound."""
        found = self._find(run_id) if is_id(run_id) else None
        if found is None:
            raise NotFound(
                lazy_gettext("There is no run %(run_id)s.", run_id=run_id),
                hint="See: python -m sync runs SPACE",
            )
        return run_from_row(found)

    def _find(self, run_id: int) -> RowMapping | None:
        row = self._connection.execute(select(runs).where(runs.c.run_id == run_id))
        return row.mappings().first()

    def _change(self, run_id: int, **values: object) -> None:
        self._connection.execute(update(runs).where(runs.c.run_id == run_id).values(**values))


def can_be_had(now: datetime) -> ColumnElement[bool]:
    """Whether a worker may claim the run: it waits, was abandoned, or was paused until now."""
    return or_(
        runs.c.status == RunStatus.QUEUED.value,
        and_(runs.c.status == RunStatus.RUNNING.value, runs.c.lease_until < now),
        and_(runs.c.status == RunStatus.PAUSED.value, runs.c.resume_at <= now),
    )


def counts_json(counts: Counts) -> dict[str, Any]:
    """Counts as their column holds them."""
    return {
        **asdict(counts),
        "skipped": dict(counts.skipped),
        "failed": dict(counts.failed),
    }


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
