"""The audit trail. Entries are added and never changed; erasing a space takes its entries along."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, RowMapping, delete, func, insert, select

from sync.model import Actor, AuditEntry, Change, Event, NewEntry
from sync.store.tables.administration import audit


class AuditStore:
    """The trail, on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, actor: Actor, entry: NewEntry, *, now: datetime) -> None:
        """Write down what the actor did."""
        self._connection.execute(
            insert(audit).values(
                at=now,
                account_id=actor.account_id,
                actor=actor.email,
                space_id=entry.space_id,
                action=entry.event.value,
                subject=entry.subject,
                changes=[asdict(one) for one in entry.changes],
            )
        )

    def page(
        self, *, space_id: str | None = None, before: int | None = None, limit: int
    ) -> list[AuditEntry]:
        """Entries older than the one of id `before`, newest first; of one space or of all."""
        query = select(audit).order_by(audit.c.entry_id.desc()).limit(limit)
        if space_id is not None:
            query = query.where(audit.c.space_id == space_id)
        if before is not None:
            query = query.where(audit.c.entry_id < before)
        return [_from_row(row) for row in self._connection.execute(query).mappings()]

    def latest(self, space_id: str, events: Sequence[Event]) -> datetime | None:
        """When one of these last happened to the space; None: never."""
        found: datetime | None = self._connection.scalar(
            select(func.max(audit.c.at)).where(
                audit.c.space_id == space_id, audit.c.action.in_([one.value for one in events])
            )
        )
        return found

    def forget_space(self, space_id: str) -> None:
        """Delete the entries of a space."""
        self._connection.execute(delete(audit).where(audit.c.space_id == space_id))

    def forget_subject(self, space_id: str, subject: str) -> None:
        """Delete the entries of a space that are about this person."""
        self._connection.execute(
            delete(audit).where(audit.c.space_id == space_id, audit.c.subject == subject)
        )


def _from_row(row: RowMapping) -> AuditEntry:
    return AuditEntry(
        entry_id=row["entry_id"],
        at=row["at"],
        account_id=row["account_id"],
        actor=row["actor"],
        event=Event(row["action"]),
        space_id=row["space_id"],
        subject=row["subject"],
        changes=tuple(Change(**one) for one in row["changes"]),
    )
