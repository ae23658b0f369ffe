"""How spaces stand: when they are due, who changed their status, how they were found."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import and_, exists, or_, select

from sync.clock import utcnow
from sync.model import (
    OPEN_STATUSES,
    LastCheck,
    Problem,
    RunStatus,
    SpaceStatus,
    StatusNote,
    Trigger,
)
from sync.store.marking import look_at_messages
from sync.store.spaces.rows import SpacesPart
from sync.store.tables import runs, spaces

Due = tuple[datetime, str]  # (since when, space)
FURTHEST: Final = timedelta(days=3)  # a date that does not exist may lie between two sync times
_OPEN: Final = tuple(status.value for status in OPEN_STATUSES)
_WAITS: Final = (RunStatus.QUEUED.value, RunStatus.PAUSED.value)


class Standing(SpacesPart):
    """Which spaces are due, and how each stands."""

    def due(
        self, asked_at: datetime, limit: int, *, now: datetime, after: Due | None = None
    ) -> list[Due]:
        """Running spaces whose time had come at `asked_at` and that have no open run, those waiting
        longest first. `after`: where to go on. A hand-off that nobody works on makes way.

        A time further away than any sync time can be was set by a clock that ran ahead; such spaces
        come too, so that somebody looks at them again.
        """
        at, space_id = spaces.c.next_due_at, spaces.c.space_id
        makes_way = (runs.c.trigger == Trigger.WEBHOOK.value) & runs.c.status.in_(_WAITS)
        busy = exists().where(runs.c.space_id == space_id, runs.c.status.in_(_OPEN), ~makes_way)
        query = select(at, space_id).where(
            or_(at <= asked_at, at > now + FURTHEST),
            spaces.c.status == SpaceStatus.RUNNING.value,
            ~busy,
        )
        if after is not None:
            query = query.where(or_(at > after[0], and_(at == after[0], space_id > after[1])))
        rows = self._connection.execute(query.order_by(at, space_id).limit(limit))
        return [(row.next_due_at, row.space_id) for row in rows]

    def set_next_due(self, space_id: str, at: datetime | None) -> None:
        """Change when the space is due next."""
        self._change(space_id, next_due_at=at)

    def set_status(
        self,
        space_id: str,
        status: SpaceStatus,
        *,
        reason: str = "",
        by: str | None = None,
        at: datetime | None = None,
    ) -> None:
        """Change where the space stands; who did it, when and why is told with it."""
        self._change(
            space_id,
            status=status.value,
            status_reason=reason,
            status_by=by,
            status_at=at,
            status_before=spaces.c.status,
        )
        look_at_messages(self._connection, space_id, at or utcnow())

    def status_note(self, space_id: str) -> StatusNote:
        """Who put the space where it stands, and why."""
        row = self._connection.execute(
            select(
                spaces.c.status_reason,
                spaces.c.status_by,
                spaces.c.status_at,
                spaces.c.status_before,
            ).where(spaces.c.space_id == space_id)
        ).first()
        if row is None:
            return StatusNote()
        return StatusNote(
            reason=row.status_reason or "",
            at=row.status_at,
            by=row.status_by,
            before=SpaceStatus(row.status_before) if row.status_before else None,
        )

    def note_check(self, space_id: str, problem: Problem | None, *, now: datetime) -> None:
        """Remember what came of the last look at both vendors."""
        self._change(space_id, checked_at=now, check_problem=asdict(problem) if problem else None)

    def last_check(self, space_id: str) -> LastCheck:
        """What came of the last look at both vendors."""
        row = self._connection.execute(
            select(spaces.c.checked_at, spaces.c.check_problem).where(spaces.c.space_id == space_id)
        ).first()
        if row is None:
            return LastCheck()
        problem = Problem(**row.check_problem) if row.check_problem else None
        return LastCheck(at=row.checked_at, problem=problem)
