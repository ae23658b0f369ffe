"""What was deleted in Pipeliner and is still linked: found, and settled one by one.

Each change names what it changes from, so that a run that is under way is not undone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, or_, select, update

from sync.model import IndexedContact, LinkState
from sync.store.sql import chunks
from sync.store.tables import crm_contacts, crm_lead_contacts, crm_leads, links, people


@dataclass(frozen=True, kw_only=True)
class GoneLead:
    """A link whose Lead was deleted."""

    key: str
    lead_id: str


@dataclass(frozen=True, kw_only=True)
class GoneContact:
    """A person whose Contact was deleted, and the Leads that they have."""

    person: str
    address: str
    contact_id: str
    lead_ids: tuple[str, ...]


class GoneStore:
    """Links and people whose records are gone, on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def leads(self, space_id: str, lead_ids: Sequence[str] | None = None) -> list[GoneLead]:
        """Links to Leads that are deleted; of these Leads only, or of all."""
        query = (
            select(links.c.key, links.c.lead_id)
            .join(
                crm_leads,
                (crm_leads.c.space_id == links.c.space_id)
                & (crm_leads.c.lead_id == links.c.lead_id),
            )
            .where(
                links.c.space_id == space_id,
                links.c.state == LinkState.LINKED.value,
                crm_leads.c.deleted,
            )
        )
        found = []
        for narrowed in _narrowed(query, links.c.lead_id, lead_ids):
            rows = self._connection.execute(narrowed.order_by(links.c.key))
            found += [GoneLead(key=row.key, lead_id=row.lead_id) for row in rows]
        return found

    def contacts(
        self, space_id: str, contact_ids: Sequence[str] | None = None
    ) -> list[GoneContact]:
        """People whose Contact is deleted and who are not blocked; of these Contacts, or of all.

        A deletion that an admin lifted is not among them.
        """
        query = (
            select(people.c.person, people.c.address, people.c.contact_id)
            .join(
                crm_contacts,
                (crm_contacts.c.space_id == people.c.space_id)
                & (crm_contacts.c.contact_id == people.c.contact_id),
            )
            .where(
                people.c.space_id == space_id,
                ~people.c.blocked,
                crm_contacts.c.deleted,
                or_(people.c.lifted_at.is_(None), crm_contacts.c.modified > people.c.lifted_at),
            )
        )
        found: list[Any] = []
        for narrowed in _narrowed(query, people.c.contact_id, contact_ids):
            found += self._connection.execute(narrowed.order_by(people.c.person)).all()
        lead_ids = self._lead_ids(space_id, [row.person for row in found])
        return [
            GoneContact(
                person=row.person,
                address=row.address,
                contact_id=row.contact_id,
                lead_ids=tuple(lead_ids.get(row.person, ())),
            )
            for row in found
        ]

    def _lead_ids(self, space_id: str, persons: Sequence[str]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for some in chunks(persons):
            rows = self._connection.execute(
                select(links.c.person, links.c.lead_id)
                .where(
                    links.c.space_id == space_id,
                    links.c.person.in_(some),
                    links.c.state == LinkState.LINKED.value,
                    links.c.lead_id.is_not(None),
                )
                .order_by(links.c.list_id)
            )
            for person, lead_id in rows:
                found.setdefault(person, []).append(lead_id)
        return found

    def heirs(self, space_id: str, gone: GoneContact) -> list[str]:
        """The Contacts that the person's live Leads hang on instead of the deleted one, by id."""
        pairs = self._pairs(space_id, gone.lead_ids)
        left = {lead_id for lead_id, contact_id in pairs if contact_id == gone.contact_id}
        return sorted({contact_id for lead_id, contact_id in pairs if lead_id not in left})

    def _pairs(self, space_id: str, lead_ids: Sequence[str]) -> list[tuple[str, str]]:
        """(Lead, Contact) of live Leads among these."""
        found: list[tuple[str, str]] = []
        for some in chunks(lead_ids):
            rows = self._connection.execute(
                select(crm_lead_contacts.c.lead_id, crm_lead_contacts.c.contact_id)
                .join(
                    crm_leads,
                    (crm_leads.c.space_id == crm_lead_contacts.c.space_id)
                    & (crm_leads.c.lead_id == crm_lead_contacts.c.lead_id),
                )
                .where(
                    crm_lead_contacts.c.space_id == space_id,
                    crm_lead_contacts.c.lead_id.in_(some),
                    ~crm_leads.c.deleted,
                )
            )
            found += [(row.lead_id, row.contact_id) for row in rows]
        return found

    # --- settling --------------------------------------------------------------------------------

    def bury(self, space_id: str, gone: GoneLead, *, now: datetime) -> bool:
        """Whether the link is a tombstone from now on."""
        return self._change_link(space_id, gone, now, state=LinkState.TOMBSTONE.value)

    def relink(self, space_id: str, gone: GoneLead, lead_id: str, *, now: datetime) -> bool:
        """Whether the link points to another Lead from now on."""
        return self._change_link(space_id, gone, now, lead_id=lead_id)

    def _change_link(self, space_id: str, gone: GoneLead, now: datetime, **values: str) -> bool:
        done = self._connection.execute(
            update(links)
            .where(
                links.c.space_id == space_id,
                links.c.key == gone.key,
                links.c.lead_id == gone.lead_id,
                links.c.state == LinkState.LINKED.value,
            )
            .values(updated_at=now, **values)
        )
        return done.rowcount == 1

    def block(self, space_id: str, gone: GoneContact, *, now: datetime) -> bool:
        """Whether the person is blocked from now on."""
        return self._change_person(space_id, gone, now, blocked=True)

    def follow(
        self, space_id: str, gone: GoneContact, contact: IndexedContact, *, now: datetime
    ) -> bool:
        """Whether the person, and their links, go on with another Contact."""
        same = contact.panel_key_person == gone.person
        done = self._change_person(
            space_id,
            gone,
            now,
            contact_id=contact.contact_id,
            panel_key_expires_at=contact.panel_key_expires_at if same else None,
        )
        if done:
            self._connection.execute(
                update(links)
                .where(
                    links.c.space_id == space_id,
                    links.c.person == gone.person,
                    links.c.contact_id == gone.contact_id,
                )
                .values(contact_id=contact.contact_id, updated_at=now)
            )
        return done

    def _change_person(
        self, space_id: str, gone: GoneContact, now: datetime, **values: object
    ) -> bool:
        done = self._connection.execute(
            update(people)
            .where(
                people.c.space_id == space_id,
                people.c.person == gone.person,
                people.c.contact_id == gone.contact_id,
                ~people.c.blocked,
            )
            .values(updated_at=now, **values)
        )
        return done.rowcount == 1


def _narrowed(
    query: Select[tuple[str, ...]], column: object, ids: Sequence[str] | None
) -> list[Select[tuple[str, ...]]]:
    """The query for these ids only, in pieces; None: as it is."""
    if ids is None:
        return [query]
    return [query.where(column.in_(some)) for some in chunks(ids)]  # type: ignore[attr-defined]
