"""Keeping spaces: saved, found, erased."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from sync.model import Revision, Space
from sync.rules.rights import no_such_space
from sync.store.spaces.rows import SpacesPart
from sync.store.sql import upsert
from sync.store.tables import spaces


class Keeping(SpacesPart):
    """The spaces and what their admins chose."""

    def save(self, space: Space, *, now: datetime, by: str | None = None) -> None:
        """Create the space, or replace what was known of it; its history stays.

        Its version grows: who had looked at it before is told when they save.
        """
        row = {
            **self._to_row(space),
            "created_at": now,
            "updated_at": now,
            "saved_at": now,
            "saved_by": by,
        }
        kept = {"space_id", "created_at", "next_due_at", "panel_epoch", "panel_epoch_at"}
        done = self._connection.execute(
            update(spaces)
            .where(spaces.c.space_id == space.space_id)
            .values(
                {name: value for name, value in row.items() if name not in kept}
                | {"version": spaces.c.version + 1}
            )
        )
        if not done.rowcount:
            self._insert(row, kept)

    def _insert(self, row: Mapping[str, Any], kept: set[str]) -> None:
        # Somebody may have been quicker in the meantime; then it is a change all the same.
        change = [name for name in row if name not in kept]
        upsert(self._connection, spaces, [row], key=["space_id"], change=change)

    def revision(self, space_id: str) -> Revision:
        """Which state of the space this is. Raises NotFound."""
        row = self._connection.execute(
            select(spaces.c.version, spaces.c.saved_at, spaces.c.saved_by).where(
                spaces.c.space_id == space_id
            )
        ).first()
        if row is None:
            raise no_such_space(space_id)
        return Revision(version=row.version, saved_at=row.saved_at, saved_by=row.saved_by)

    def lock(self, space_id: str) -> None:
        """Keep others from changing the space until this transaction ends."""
        self._connection.execute(
            select(spaces.c.space_id).where(spaces.c.space_id == space_id).with_for_update()
        )

    def get(self, space_id: str) -> Space:
        """One space. Raises NotFound."""
        found = self.find(space_id)
        if found is None:
            raise no_such_space(space_id)
        return found

    def find(self, space_id: str) -> Space | None:
        """One space, if there is one."""
        row = self._connection.execute(select(spaces).where(spaces.c.space_id == space_id))
        found = row.mappings().first()
        return self._from_row(found) if found else None

    def all(self) -> Iterator[Space]:
        """Every space, by id."""
        rows = self._connection.execute(select(spaces).order_by(spaces.c.space_id))
        for row in rows.mappings():
            yield self._from_row(row)

    def erase(self, space_id: str) -> None:
        """Delete the space with all that refers to it."""
        self._connection.execute(delete(spaces).where(spaces.c.space_id == space_id))
