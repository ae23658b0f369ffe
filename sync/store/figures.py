"""Numbers about all spaces, for those who watch the service: a few questions, however many."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, case, func, select, text

from sync.model import RunStatus, SpaceStatus
from sync.store.allowances import KEPT_FOR_PEOPLE, end_of_day, window_of
from sync.store.runs.rows import WHOLE
from sync.store.tables import allowances, crm_changes, runs, spaces

ROUNDING = 1e-9  # of shares, which are fractions in binary
# In the words of the index on open runs: behind parameters SQLite does not see that it fits, and
# would go through all runs that are kept with each look.
_IS_OPEN = text("status IN ('queued', 'running', 'paused')")


@dataclass(frozen=True, kw_only=True)
class CallFigures:
    """The Act-On calls of a quota day. `least_left`: 0 to 1, None where nobody has called."""

    accounts: int = 0
    calls: int = 0
    least_left: float | None = None
    nearly_gone: int = 0


class FigureStore:
    """Questions about all spaces, on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def spaces_due(self, now: datetime) -> int:
        """How many running spaces' time has come."""
        query = select(func.count()).where(
            spaces.c.next_due_at <= now, spaces.c.status == SpaceStatus.RUNNING.value
        )
        return self._connection.scalar(query) or 0

    def crm_changes(self) -> int:
        """How many records wait of which Pipeliner says that they have changed."""
        return self._connection.scalar(select(func.count()).select_from(crm_changes)) or 0

    def open_runs(self) -> dict[str, int]:
        """How many runs are queued, running, paused."""
        query = select(runs.c.status, func.count()).where(_IS_OPEN)
        return self._counted(query.group_by(runs.c.status))

    def oldest_queued(self) -> datetime | None:
        """When the run was asked for that waits longest."""
        waits = runs.c.status == RunStatus.QUEUED.value
        query = select(func.min(runs.c.queued_at)).where(_IS_OPEN, waits)
        found: datetime | None = self._connection.scalar(query)
        return found

    def ended_since(self, since: datetime) -> dict[str, int]:
        """How many runs ended since then, by how."""
        query = select(runs.c.status, func.count()).where(runs.c.finished_at >= since)
        return self._counted(query.group_by(runs.c.status))

    def last_success(self) -> datetime | None:
        """When a run through whole lists succeeded last."""
        query = (
            select(runs.c.finished_at)
            .where(
                runs.c.status == RunStatus.SUCCEEDED.value, runs.c.finished_at.is_not(None), WHOLE
            )
            .order_by(runs.c.finished_at.desc())
            .limit(1)
        )
        return self._connection.scalar(query)

    def acton_calls(self, now: datetime) -> CallFigures:
        """The calls of the quota day over all accounts, and who has few left."""
        most = func.coalesce(allowances.c.per_window, 0)
        left = case((most > 0, 1.0 - allowances.c.used * 1.0 / most), else_=None)
        nearly = case((left <= KEPT_FOR_PEOPLE + ROUNDING, 1), else_=0)
        query = select(
            func.count(), func.sum(allowances.c.used), func.min(left), func.sum(nearly)
        ).where(
            allowances.c.name.like("acton|%"), allowances.c.window == window_of(end_of_day, now)
        )
        accounts, calls, least, gone = self._connection.execute(query).one()
        return CallFigures(
            accounts=accounts,
            calls=calls or 0,
            least_left=None if least is None else max(0.0, float(least)),
            nearly_gone=gone or 0,
        )

    def _counted(self, query: Select[Any]) -> dict[str, int]:
        return {row[0]: row[1] for row in self._connection.execute(query)}
