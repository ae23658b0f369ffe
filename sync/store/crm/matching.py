"""Asking the index: whose Contact, whose Lead?"""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import RowMapping, select

from sync.model import IndexedContact, IndexedLead
from sync.store.crm.common import IndexPart
from sync.store.sql import chunks
from sync.store.tables import crm_addresses, crm_contacts, crm_lead_contacts, crm_leads


class Matching(IndexPart):
    """Contacts and Leads by id, by key and by person."""

    def contacts_by_person(
        self, space_id: str, persons: Sequence[str]
    ) -> dict[str, list[IndexedContact]]:
        """Contacts, deleted ones too, that carry the person's address."""
        found: dict[str, list[IndexedContact]] = defaultdict(list)
        for some in chunks(persons):
            rows = self._connection.execute(
                select(crm_addresses.c.person, crm_contacts)
                .join(
                    crm_contacts,
                    (crm_contacts.c.space_id == crm_addresses.c.space_id)
                    & (crm_contacts.c.contact_id == crm_addresses.c.contact_id),
                )
                .where(crm_addresses.c.space_id == space_id, crm_addresses.c.person.in_(some))
            )
            for row in rows.mappings():
                found[row["person"]].append(_to_contact(row))
        return found

    def contacts_by_id(self, space_id: str, ids: Sequence[str]) -> dict[str, IndexedContact]:
        """Contacts by their id; the unknown are left out."""
        found = {}
        for some in chunks(ids):
            rows = self._connection.execute(
                select(crm_contacts).where(
                    crm_contacts.c.space_id == space_id, crm_contacts.c.contact_id.in_(some)
                )
            )
            found.update({row["contact_id"]: _to_contact(row) for row in rows.mappings()})
        return found

    def carriers(self, space_id: str, contact_ids: Sequence[str]) -> dict[str, set[str]]:
        """The persons whose addresses each Contact carries."""
        found: dict[str, set[str]] = defaultdict(set)
        for some in chunks(contact_ids):
            rows = self._connection.execute(
                select(crm_addresses.c.contact_id, crm_addresses.c.person).where(
                    crm_addresses.c.space_id == space_id, crm_addresses.c.contact_id.in_(some)
                )
            )
            for contact_id, person in rows:
                found[contact_id].add(person)
        return found

    def contacts_of_lead(self, space_id: str, lead_id: str) -> list[str]:
        """The Contacts that a Lead is linked to, by id."""
        return list(
            self._connection.scalars(
                select(crm_lead_contacts.c.contact_id)
                .where(
                    crm_lead_contacts.c.space_id == space_id,
                    crm_lead_contacts.c.lead_id == lead_id,
                )
                .order_by(crm_lead_contacts.c.contact_id)
            )
        )

    def leads_by_id(self, space_id: str, ids: Sequence[str]) -> dict[str, IndexedLead]:
        """Leads by their id, deleted ones too; the unknown are left out."""
        found = {}
        for some in chunks(ids):
            rows = self._connection.execute(
                select(crm_leads).where(
                    crm_leads.c.space_id == space_id, crm_leads.c.lead_id.in_(some)
                )
            )
            found.update({row["lead_id"]: _to_lead(row) for row in rows.mappings()})
        return found

    def leads_by_key(self, space_id: str, keys: Sequence[str]) -> dict[str, list[IndexedLead]]:
        """Leads of ours, deleted ones too, by our key."""
        found: dict[str, list[IndexedLead]] = defaultdict(list)
        for some in chunks(keys):
            rows = self._connection.execute(
                select(crm_leads).where(crm_leads.c.space_id == space_id, crm_leads.c.key.in_(some))
            )
            for row in rows.mappings():
                found[row["key"]].append(_to_lead(row))
        return found

    def leads_by_person(
        self, space_id: str, persons: Sequence[str]
    ) -> dict[str, list[IndexedLead]]:
        """Leads with the person's address, their own or that of a Contact they are linked to."""
        found: dict[str, dict[str, IndexedLead]] = defaultdict(dict)
        for some in chunks(persons):
            own = select(crm_leads.c.quick_person.label("person"), crm_leads).where(
                crm_leads.c.space_id == space_id, crm_leads.c.quick_person.in_(some)
            )
            for row in self._connection.execute(own).mappings():
                found[row["person"]][row["lead_id"]] = _to_lead(row)
        for person, leads in self._leads_through_contacts(space_id, persons).items():
            found[person].update(leads)
        return {person: list(leads.values()) for person, leads in found.items()}

    def _leads_through_contacts(
        self, space_id: str, persons: Sequence[str]
    ) -> dict[str, dict[str, IndexedLead]]:
        # In two steps: one statement over three tables is put together the wrong way round by
        # SQLite, which then goes through all Leads for each few persons.
        by_contact: dict[str, set[str]] = defaultdict(set)
        for some in chunks(persons):
            rows = self._connection.execute(
                select(crm_addresses.c.contact_id, crm_addresses.c.person).where(
                    crm_addresses.c.space_id == space_id, crm_addresses.c.person.in_(some)
                )
            )
            for contact_id, person in rows:
                by_contact[contact_id].add(person)
        found: dict[str, dict[str, IndexedLead]] = defaultdict(dict)
        for some in chunks(by_contact):
            linked = (
                select(crm_lead_contacts.c.contact_id, crm_leads)
                .join(
                    crm_leads,
                    (crm_leads.c.space_id == crm_lead_contacts.c.space_id)
                    & (crm_leads.c.lead_id == crm_lead_contacts.c.lead_id),
                )
                .where(
                    crm_lead_contacts.c.space_id == space_id,
                    crm_lead_contacts.c.contact_id.in_(some),
                )
            )
            for row in self._connection.execute(linked).mappings():
                for person in by_contact[row["contact_id"]]:
                    found[person][row["lead_id"]] = _to_lead(row)
        return found


def _to_contact(row: RowMapping) -> IndexedContact:
    return IndexedContact(
        contact_id=row["contact_id"],
        modified=row["modified"],
        deleted=row["deleted"],
        ours=row["ours"],
        name=row["name"],
        score=row["score"],
        acton_contact_id=row["acton_contact_id"],
        panel_key_expires_at=row["panel_key_expires_at"],
        panel_key_person=row["panel_key_person"],
    )


def _to_lead(row: RowMapping) -> IndexedLead:
    return IndexedLead(
        lead_id=row["lead_id"],
        modified=row["modified"],
        deleted=row["deleted"],
        open=row["open"],
        key=row["key"] or "",
        panel_key_expires_at=row["panel_key_expires_at"],
        panel_key_person=row["panel_key_person"],
        score=row["score"],
    )
