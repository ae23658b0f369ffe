"""Taking away what was kept long enough: a little in each transaction, so that nobody waits.

Every method takes at most so many rows and tells how many; the caller asks again until there are
none. Two processes at it at once take away what the other has not; neither waits for long.
"""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, Table, and_, delete, exists, or_, select, tuple_

from sync.model import OPEN_STATUSES
from sync.rules.retention import superfluous
from sync.store.tables import (
    outcomes,
    row_details,
    row_scores,
    run_lists,
    run_marks,
    runs,
    score_history,
    used_launches,
)

BY_ROW: tuple[Table, ...] = (outcomes, row_details)
BY_RUN: tuple[Table, ...] = (row_scores, run_marks, run_lists)  # the lists last: they say "more"
POSITIONS = 2_000  # of one list in one transaction
PERSONS = 200

Place = tuple[str, str]  # (space, person): how far the history was looked through


class RetentionStore:
    """What was kept long enough, on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def old_runs(self, before: datetime, limit: int) -> list[int]:
        """Runs that ended before then and whose rows are still kept, oldest first."""
        kept = exists().where(run_lists.c.run_id == runs.c.run_id)
        return list(
            self._connection.scalars(
                select(runs.c.run_id)
                .where(
                    runs.c.finished_at < before,
                    runs.c.status.not_in([status.value for status in OPEN_STATUSES]),
                    kept,
                )
                .order_by(runs.c.run_id)
                .limit(limit)
            )
        )

    def drop_rows(self, run_id: int) -> int:
        """How many rows of the run are gone now; 0: none is left, and its lists are gone too."""
        for table in BY_ROW:
            first = self._connection.execute(
                select(table.c.list_no, table.c.position)
                .where(table.c.run_id == run_id)
                .order_by(table.c.list_no, table.c.position)
                .limit(1)
            ).first()
            if first is not None:
                return self._drop_piece(table, run_id, first.list_no, first.position)
        for table in BY_RUN:
            self._connection.execute(delete(table).where(table.c.run_id == run_id))
        return 0

    def _drop_piece(self, table: Table, run_id: int, list_no: int, position: int) -> int:
        done = self._connection.execute(
            delete(table).where(
                table.c.run_id == run_id,
                table.c.list_no == list_no,
                table.c.position < position + POSITIONS,
            )
        )
        return done.rowcount

    def thin_history(self, before: datetime, after: Place) -> Place | None:
        """Thin the history of the next persons; where to go on, None at the end."""
        persons = self._next_persons(before, after)
        for space_id, person in persons:
            for piece in self._superfluous(space_id, person, before):
                self._connection.execute(
                    delete(score_history).where(
                        score_history.c.space_id == space_id,
                        score_history.c.person == person,
                        score_history.c.read_at.in_(piece),
                    )
                )
        return persons[-1] if persons else None

    def _next_persons(self, before: datetime, after: Place) -> list[Place]:
        space_id, person = after
        where = score_history.c
        further = or_(
            where.space_id > space_id, and_(where.space_id == space_id, where.person > person)
        )
        rows = self._connection.execute(
            select(where.space_id, where.person)
            .where(where.read_at < before, further)
            .distinct()
            .order_by(where.space_id, where.person)
            .limit(PERSONS)
        )
        return [(row.space_id, row.person) for row in rows]

    def _superfluous(
        self, space_id: str, person: str, before: datetime
    ) -> Iterator[list[datetime]]:
        instants = self._connection.scalars(
            select(score_history.c.read_at)
            .where(
                score_history.c.space_id == space_id,
                score_history.c.person == person,
                score_history.c.read_at < before,
            )
            .order_by(score_history.c.read_at)
        )
        found = superfluous(instants)
        for start in range(0, len(found), POSITIONS):
            yield found[start : start + POSITIONS]

    def drop_launches(self, now: datetime, limit: int) -> int:
        """How many used launches that have expired are forgotten."""
        key = tuple_(used_launches.c.space_id, used_launches.c.jti)
        old = (
            select(used_launches.c.space_id, used_launches.c.jti)
            .where(used_launches.c.expires_at < now)
            .limit(limit)
        )
        return self._connection.execute(delete(used_launches).where(key.in_(old))).rowcount
