"""Records that Pipeliner says have changed: noted, taken up, forgotten once they were followed."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, func, select, update

from sync.model import Entity
from sync.model.crm_hooks import CrmChange, WaitingChange
from sync.store.crm_hooks import HookStore
from sync.store.sql import database_now, insert_for
from sync.store.tables import crm_changes, crm_hooks


class ChangeStore:
    """What waits, on one connection. Whoever changes it holds the space's row first, so that none
    is overlooked."""

    def __init__(self, connection: Connection, hooks: HookStore) -> None:
        self._connection = connection
        self._hooks = hooks

    def note(self, space_id: str, changes: Sequence[CrmChange], *, most: int) -> None:
        """Note what changed; a record that waits already still waits once.

        Where more than `most` wait, all that changed is to be read instead.
        """
        if not self._hooks.lock(space_id):
            return  # taken away a moment ago
        now = database_now(self._connection)
        for one in changes:
            self._note(space_id, one, now)
        values = {"last_at": now}
        if changes:
            values["pending_at"] = func.coalesce(crm_hooks.c.pending_at, now)  # type: ignore[assignment]
        self._connection.execute(
            update(crm_hooks).where(crm_hooks.c.space_id == space_id).values(**values)
        )
        if self.size(space_id) > most:
            self.read_all(space_id)

    def _note(self, space_id: str, one: CrmChange, now: datetime) -> None:
        statement = insert_for(self._connection, crm_changes)
        fresh = statement.excluded
        self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["space_id", "entity", "record_id"],
                set_={
                    "kind": fresh.kind,
                    "times": crm_changes.c.times + 1,
                    "received_at": fresh.received_at,
                },
            ),
            [
                {
                    "space_id": space_id,
                    "entity": one.entity.value,
                    "record_id": one.record_id,
                    "kind": one.kind.value,
                    "times": 1,
                    "received_at": now,
                }
            ],
        )

    def size(self, space_id: str) -> int:
        """How many records wait."""
        query = select(func.count()).select_from(crm_changes)
        return self._connection.scalar(query.where(crm_changes.c.space_id == space_id)) or 0

    def waiting(self, space_id: str, limit: int) -> list[WaitingChange]:
        """Records that wait, the longest waiting first."""
        rows = self._connection.execute(
            select(crm_changes)
            .where(crm_changes.c.space_id == space_id)
            .order_by(crm_changes.c.received_at, crm_changes.c.entity, crm_changes.c.record_id)
            .limit(limit)
        )
        return [
            WaitingChange(
                entity=Entity(row["entity"]), record_id=row["record_id"], times=row["times"]
            )
            for row in rows.mappings()
        ]

    def reads_all(self, space_id: str) -> bool:
        """Whether everything that changed is to be read."""
        query = select(crm_hooks.c.reads_all).where(crm_hooks.c.space_id == space_id)
        return bool(self._connection.scalar(query))

    def read_all(self, space_id: str) -> None:
        """Everything that changed is to be read; single records need not be kept any more."""
        self._connection.execute(delete(crm_changes).where(crm_changes.c.space_id == space_id))
        self._connection.execute(
            update(crm_hooks).where(crm_hooks.c.space_id == space_id).values(reads_all=True)
        )

    def forget(self, space_id: str, followed: Sequence[WaitingChange]) -> None:
        """These were followed. What was told again in the meantime waits on."""
        self._hooks.lock(space_id)
        for one in followed:
            self._connection.execute(
                delete(crm_changes).where(
                    crm_changes.c.space_id == space_id,
                    crm_changes.c.entity == one.entity.value,
                    crm_changes.c.record_id == one.record_id,
                    crm_changes.c.times == one.times,
                )
            )
        self._rest(space_id)

    def forget_before(self, space_id: str, moment: datetime) -> None:
        """All that changed until then was read, by the database's clock."""
        self._hooks.lock(space_id)
        self._connection.execute(
            delete(crm_changes).where(
                crm_changes.c.space_id == space_id, crm_changes.c.received_at < moment
            )
        )
        self._connection.execute(
            update(crm_hooks)
            .where(crm_hooks.c.space_id == space_id, crm_hooks.c.last_at < moment)
            .values(reads_all=False)
        )
        self._rest(space_id)

    def _rest(self, space_id: str) -> None:
        """Nothing waits any more where nothing does."""
        some = select(crm_changes.c.record_id).where(crm_changes.c.space_id == space_id)
        self._connection.execute(
            update(crm_hooks)
            .where(crm_hooks.c.space_id == space_id, ~crm_hooks.c.reads_all, ~some.exists())
            .values(pending_at=None)
        )
