"""What operators ask over all spaces. Opens no secret and reads no settings but what it shows."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, func, or_, select

from sync.model import (
    ActOnAccess,
    LastCheck,
    Problem,
    Run,
    RunStatus,
    SpaceFilter,
    SpaceStatus,
)
from sync.store.runs import run_from_row
from sync.store.tables import runs, spaces


@dataclass(frozen=True, kw_only=True)
class WatchedSpace:
    """A space among all, without anything secret."""

    space_id: str
    name: str
    status: SpaceStatus
    status_reason: str
    time_zone: str
    next_due_at: datetime | None
    last_check: LastCheck
    acton: ActOnAccess  # without its password
    daily_call_budget: int


class WatchStore:
    """The operator's questions, on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def spaces(self, wanted: SpaceFilter, *, after: str, limit: int) -> list[WatchedSpace]:
        """Spaces like that beyond the id `after`, by id."""
        query = select(
            spaces.c.space_id,
            spaces.c.name,
            spaces.c.status,
            spaces.c.status_reason,
            spaces.c.time_zone,
            spaces.c.next_due_at,
            spaces.c.checked_at,
            spaces.c.check_problem,
            spaces.c.acton_base_url,
            spaces.c.acton_account_id,
            spaces.c.marketing_domain_url,
            spaces.c.acton_username,
            spaces.c.settings,
        ).where(spaces.c.space_id > after)
        if wanted.status is not None:
            query = query.where(spaces.c.status == wanted.status.value)
        if wanted.text.strip():
            part = wanted.text.strip().lower()
            query = query.where(
                or_(
                    func.lower(spaces.c.space_id).contains(part, autoescape=True),
                    func.lower(spaces.c.name).contains(part, autoescape=True),
                )
            )
        rows = self._connection.execute(query.order_by(spaces.c.space_id).limit(limit))
        return [_from_row(row) for row in rows.mappings()]

    def counts(self) -> dict[SpaceStatus, int]:
        """How many spaces stand where; statuses that none has are left out."""
        rows = self._connection.execute(
            select(spaces.c.status, func.count()).group_by(spaces.c.status)
        )
        return {SpaceStatus(status): number for status, number in rows}

    def failed_runs(self, *, since: datetime, limit: int) -> list[Run]:
        """Runs that failed or fell short, newest first."""
        rows = self._connection.execute(
            select(runs)
            .where(
                runs.c.status.in_((RunStatus.FAILED.value, RunStatus.PARTIAL.value)),
                runs.c.finished_at >= since,
            )
            .order_by(runs.c.run_id.desc())
            .limit(limit)
        )
        return [run_from_row(row) for row in rows.mappings()]


def _from_row(row: RowMapping) -> WatchedSpace:
    problem = Problem(**row["check_problem"]) if row["check_problem"] else None
    return WatchedSpace(
        space_id=row["space_id"],
        name=row["name"],
        status=SpaceStatus(row["status"]),
        status_reason=row["status_reason"] or "",
        time_zone=row["time_zone"],
        next_due_at=row["next_due_at"],
        last_check=LastCheck(at=row["checked_at"], problem=problem),
        acton=ActOnAccess(
            base_url=row["acton_base_url"],
            account_id=row["acton_account_id"],
            marketing_domain_url=row["marketing_domain_url"],
            username=row["acton_username"],
        ),
        daily_call_budget=row["settings"]["daily_call_budget"],
    )
