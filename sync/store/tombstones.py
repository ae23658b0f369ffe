"""What somebody deleted in Pipeliner on purpose, and lifting that."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select, update

from sync.model import LinkState, Tombstone, TombstoneKind
from sync.store.tables import links, people


class TombstoneStore:
    """The tombstones, on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def leads(self, space_id: str, *, after: tuple[str, str], limit: int) -> list[Tombstone]:
        """Deleted Leads beyond (person, list id), in that order."""
        person, list_id = after
        rows = self._connection.execute(
            select(links, people.c.address)
            .outerjoin(
                people,
                (people.c.space_id == links.c.space_id) & (people.c.person == links.c.person),
            )
            .where(
                links.c.space_id == space_id,
                links.c.state == LinkState.TOMBSTONE.value,
                (links.c.person > person)
                | ((links.c.person == person) & (links.c.list_id > list_id)),
            )
            .order_by(links.c.person, links.c.list_id)
            .limit(limit)
        )
        return [
            Tombstone(
                kind=TombstoneKind.LEAD,
                person=row["person"],
                address=row["address"] or "",
                list_id=row["list_id"],
                list_name=row["list_name"],
                lead_name=row["lead_name"],
                since=row["updated_at"],
            )
            for row in rows.mappings()
        ]

    def contacts(self, space_id: str) -> list[Tombstone]:
        """Persons whom a deleted Contact blocks, by address."""
        rows = self._connection.execute(
            select(people)
            .where(people.c.space_id == space_id, people.c.blocked)
            .order_by(people.c.address)
        )
        return [
            Tombstone(
                kind=TombstoneKind.CONTACT,
                person=row["person"],
                address=row["address"],
                list_id="",
                list_name="",
                lead_name="",
                since=row["updated_at"],
            )
            for row in rows.mappings()
        ]

    def lift_lead(self, space_id: str, person: str, list_id: str, *, now: datetime) -> bool:
        """Whether there was such a tombstone: the next run makes the Lead again.

        What remains is the intent, which counts as reached; Leads deleted until now are forgotten.
        """
        done = self._connection.execute(
            update(links)
            .where(
                links.c.space_id == space_id,
                links.c.person == person,
                links.c.list_id == list_id,
                links.c.state == LinkState.TOMBSTONE.value,
            )
            .values(state=LinkState.CREATING.value, lead_id=None, lifted_at=now, updated_at=now)
        )
        return done.rowcount == 1

    def lift_contact(self, space_id: str, person: str, *, now: datetime) -> bool:
        """Whether the person was blocked: Contacts deleted until now are forgotten."""
        done = self._connection.execute(
            update(people)
            .where(_person(space_id, person), people.c.blocked)
            .values(blocked=False, lifted_at=now, updated_at=now)
        )
        return done.rowcount == 1


def _person(space_id: str, person: str) -> ColumnElement[bool]:
    return (people.c.space_id == space_id) & (people.c.person == person)
