"""How far the index goes, and forgetting what is in it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update

from sync.model import Entity
from sync.store.crm.common import RECORDS, IndexPart
from sync.store.sql import upsert
from sync.store.tables import crm_cursors


class Reach(IndexPart):
    """Up to which change the records have been read."""

    def cursor(self, space_id: str, entity: Entity) -> datetime | None:
        """The latest change that has been read."""
        return self._cursor_value(space_id, entity, crm_cursors.c.modified_through)  # type: ignore[no-any-return]

    def is_complete(self, space_id: str, entity: Entity) -> bool:
        """Whether everything up to the cursor has been read."""
        return bool(self._cursor_value(space_id, entity, crm_cursors.c.complete))

    def gap(self, space_id: str, entity: Entity) -> int:
        """How many more records Pipeliner counts than it shows, as found by a complete reading."""
        return self._cursor_value(space_id, entity, crm_cursors.c.gap) or 0

    def _cursor_value(self, space_id: str, entity: Entity, column: Any) -> Any:
        return self._connection.scalar(
            select(column).where(
                crm_cursors.c.space_id == space_id, crm_cursors.c.entity == entity.value
            )
        )

    def save_cursor(
        self, space_id: str, entity: Entity, *, modified_through: datetime | None
    ) -> None:
        """Note how far the index goes; whether it is complete stays as it is."""
        row = {
            "space_id": space_id,
            "entity": entity.value,
            "modified_through": modified_through,
            "complete": False,
        }
        upsert(
            self._connection,
            crm_cursors,
            [row],
            key=["space_id", "entity"],
            change=["modified_through"],
        )

    def advance_cursor(
        self, space_id: str, entity: Entity, *, seen: datetime | None, modified_through: datetime
    ) -> bool:
        """Whether a complete index goes further now: it still went as far as we had seen.

        For who reads beside a run, which may be reading everything anew.
        """
        done = self._connection.execute(
            update(crm_cursors)
            .where(
                crm_cursors.c.space_id == space_id,
                crm_cursors.c.entity == entity.value,
                crm_cursors.c.complete,
                # There may have been nothing to read.
                crm_cursors.c.modified_through.is_not_distinct_from(seen),
            )
            .values(modified_through=modified_through)
        )
        return done.rowcount == 1

    def save_complete(self, space_id: str, entity: Entity, *, gap: int) -> None:
        """Note that everything up to the cursor has been read."""
        row = {
            "space_id": space_id,
            "entity": entity.value,
            "modified_through": None,
            "complete": True,
            "gap": gap,
        }
        upsert(
            self._connection,
            crm_cursors,
            [row],
            key=["space_id", "entity"],
            change=["complete", "gap"],
        )

    def size(self, space_id: str, entity: Entity) -> int:
        """How many records the index holds, deleted ones too."""
        table = RECORDS[entity][0]
        query = select(func.count()).select_from(table).where(table.c.space_id == space_id)
        return self._connection.scalar(query) or 0

    def forget(self, space_id: str, entity: Entity) -> None:
        """Drop what is known of these records; they are read again from the beginning."""
        for table in (*RECORDS[entity], crm_cursors):
            condition = table.c.space_id == space_id
            if table is crm_cursors:
                condition = condition & (crm_cursors.c.entity == entity.value)
            self._connection.execute(delete(table).where(condition))

    def forget_contact(self, space_id: str, contact_id: str) -> None:
        """Drop what is known of one Contact that is gone."""
        for table in RECORDS[Entity.CONTACT]:
            self._forget_rows(table, space_id, table.c.contact_id, [contact_id])

    def forget_leads(self, space_id: str, lead_ids: Sequence[str]) -> None:
        """Drop what is known of these Leads."""
        for table in RECORDS[Entity.LEAD]:
            self._forget_rows(table, space_id, table.c.lead_id, lead_ids)
