"""Who owns the records of the index: ids from the records, names from Pipeliner's users."""

from collections.abc import Collection, Mapping

from sqlalchemy import bindparam as bind
from sqlalchemy import select, update

from sync.store.crm.common import IndexPart
from sync.store.sql import upsert
from sync.store.tables import crm_owners


class Owners(IndexPart):
    """Owners of Contacts and Leads."""

    def nameless_owners(self, space_id: str) -> set[str]:
        """Owners whose name nobody has asked for yet."""
        return set(
            self._connection.scalars(
                select(crm_owners.c.owner_id).where(
                    crm_owners.c.space_id == space_id, crm_owners.c.name.is_(None)
                )
            )
        )

    def owners(self, space_id: str) -> set[str]:
        """Everybody who owns something."""
        mine = crm_owners.c.space_id == space_id
        return set(self._connection.scalars(select(crm_owners.c.owner_id).where(mine)))

    def name_owners(self, space_id: str, names: Mapping[str, str]) -> None:
        """What these owners are called; "" for those whom Pipeliner does not list."""
        rows = [{"b_owner": owner_id, "b_name": name} for owner_id, name in names.items()]
        if rows:
            self._connection.execute(
                update(crm_owners)
                .where(crm_owners.c.space_id == space_id, crm_owners.c.owner_id == bind("b_owner"))
                .values(name=bind("b_name")),
                rows,
            )

    def _meet_owners(self, space_id: str, owner_ids: Collection[str | None]) -> None:
        rows = [
            {"space_id": space_id, "owner_id": one} for one in sorted(set(filter(None, owner_ids)))
        ]
        upsert(self._connection, crm_owners, rows, key=["space_id", "owner_id"], change=[])
