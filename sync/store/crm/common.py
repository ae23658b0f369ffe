"""What the parts of the index share: one connection, and the records' tables."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Table, delete

from sync.model import Entity
from sync.store.sql import chunks
from sync.store.tables import crm_addresses, crm_contacts, crm_lead_contacts, crm_leads

RECORDS: Final[Mapping[Entity, tuple[Table, ...]]] = {
    Entity.CONTACT: (crm_contacts, crm_addresses),
    Entity.LEAD: (crm_leads, crm_lead_contacts),
}


class IndexPart:
    """A part of the index, on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def _forget_rows(self, table: Table, space_id: str, column: Any, ids: Sequence[str]) -> None:
        for some in chunks(ids):
            self._connection.execute(
                delete(table).where(table.c.space_id == space_id, column.in_(some))
            )
