"""Our index of the CRM: which Contacts and Leads there are, as far as matching needs it.

Addresses are kept as digests only. Filled by reading Pipeliner, and by noting our own writes at
once, so that the next reading only confirms them.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, delete, func, select, update
from sqlalchemy import bindparam as bind

from sync.model import (
    CrmContact,
    CrmLead,
    Entity,
    FieldPurpose,
    IndexedContact,
    IndexedLead,
    LeadWrite,
    WrittenContact,
)
from sync.rules.panel_keys import parse_panel_key
from sync.store.sql import chunks, upsert
from sync.store.tables import (
    crm_addresses,
    crm_contacts,
    crm_cursors,
    crm_lead_contacts,
    crm_leads,
)

PersonOf = Callable[[str], str | None]
_RECORDS: Mapping[Entity, tuple[Table, ...]] = {
    Entity.CONTACT: (crm_contacts, crm_addresses),
    Entity.LEAD: (crm_leads, crm_lead_contacts),
}


class CrmIndex:
    """The index, on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # --- filling it ----------------------------------------------------------------------------

    def save_contacts(
        self, space_id: str, contacts: Sequence[CrmContact], person_of: PersonOf
    ) -> None:
        """Replace what is known of these Contacts."""
        latest = {contact.contact_id: contact for contact in contacts}
        upsert(
            self._connection,
            crm_contacts,
            [
                {
                    "space_id": space_id,
                    "contact_id": contact.contact_id,
                    "modified": contact.modified,
                    "deleted": contact.deleted,
                    "ours": contact.ours,
                    "name": contact.name,
                    "score": contact.score,
                    "acton_contact_id": contact.acton_contact_id,
                    **_key_values(contact.panel_key),
                }
                for contact in latest.values()
            ],
            key=["space_id", "contact_id"],
        )
        self._forget_rows(crm_addresses, space_id, crm_addresses.c.contact_id, list(latest))
        pairs = {
            (person, contact.contact_id)
            for contact in latest.values()
            for person in map(person_of, contact.addresses)
            if person
        }
        self._add_pairs(crm_addresses, space_id, ("person", "contact_id"), pairs)

    def save_leads(self, space_id: str, leads: Sequence[CrmLead], person_of: PersonOf) -> None:
        """Replace what is known of these Leads."""
        latest = {lead.lead_id: lead for lead in leads}
        upsert(
            self._connection,
            crm_leads,
            [
                {
                    "space_id": space_id,
                    "lead_id": lead.lead_id,
                    "modified": lead.modified,
                    "deleted": lead.deleted,
                    "open": lead.open,
                    "key": lead.key or None,
                    "score": lead.score,
                    "quick_person": person_of(lead.quick_email) if lead.quick_email else None,
                }
                for lead in latest.values()
            ],
            key=["space_id", "lead_id"],
        )
        self._forget_rows(crm_lead_contacts, space_id, crm_lead_contacts.c.lead_id, list(latest))
        pairs = {
            (contact_id, lead.lead_id)
            for lead in latest.values()
            for contact_id in lead.contact_ids
        }
        self._add_pairs(crm_lead_contacts, space_id, ("contact_id", "lead_id"), pairs)

    def note_contacts(
        self, space_id: str, noted: Sequence[WrittenContact], *, now: datetime
    ) -> None:
        """Contacts that we have just created or changed."""
        made = [one for one in noted if one.write.contact_id is None]
        upsert(
            self._connection,
            crm_contacts,
            [_new_contact(space_id, one, now) for one in made],
            key=["space_id", "contact_id"],
        )
        pairs = {(one.person, one.contact_id) for one in made}
        self._add_pairs(crm_addresses, space_id, ("person", "contact_id"), pairs)
        for one in noted:
            if one.write.contact_id is not None:
                self._connection.execute(
                    update(crm_contacts)
                    .where(
                        crm_contacts.c.space_id == space_id,
                        crm_contacts.c.contact_id == one.contact_id,
                    )
                    .values(**_our_values(one))
                )

    def note_leads(
        self, space_id: str, noted: Sequence[tuple[str, LeadWrite]], *, now: datetime
    ) -> None:
        """Leads, by id, that we have just created or changed."""
        made = [(lead_id, write) for lead_id, write in noted if write.lead_id is None]
        upsert(
            self._connection,
            crm_leads,
            [_new_lead(space_id, lead_id, write, now) for lead_id, write in made],
            key=["space_id", "lead_id"],
        )
        pairs = {(write.contact_id, lead_id) for lead_id, write in made if write.contact_id}
        self._add_pairs(crm_lead_contacts, space_id, ("contact_id", "lead_id"), pairs)
        for purpose, column in ((FieldPurpose.LEAD_SCORE, "score"), (FieldPurpose.LEAD_KEY, "key")):
            changed = [
                {"b_lead": lead_id, "b_value": write.ours[purpose]}
                for lead_id, write in noted
                if write.lead_id is not None and purpose in write.ours
            ]
            if changed:
                self._connection.execute(
                    update(crm_leads)
                    .where(crm_leads.c.space_id == space_id, crm_leads.c.lead_id == bind("b_lead"))
                    .values({column: bind("b_value")}),
                    changed,
                )

    def _add_pairs(
        self, table: Table, space_id: str, names: tuple[str, str], pairs: set[tuple[str, str]]
    ) -> None:
        rows = [
            {"space_id": space_id, names[0]: first, names[1]: second} for first, second in pairs
        ]
        upsert(self._connection, table, rows, key=["space_id", *names])

    def _forget_rows(self, table: Table, space_id: str, column: Any, ids: Sequence[str]) -> None:
        for some in chunks(ids):
            self._connection.execute(
                delete(table).where(table.c.space_id == space_id, column.in_(some))
            )

    # --- how far it goes -----------------------------------------------------------------------

    def cursor(self, space_id: str, entity: Entity) -> datetime | None:
        """The latest change that has been read."""
        return self._cursor_value(space_id, entity, crm_cursors.c.modified_through)  # type: ignore[no-any-return]

    def is_complete(self, space_id: str, entity: Entity) -> bool:
        """Whether everything up to the cursor has been read."""
        return bool(self._cursor_value(space_id, entity, crm_cursors.c.complete))

    def _cursor_value(self, space_id: str, entity: Entity, column: Any) -> Any:
        return self._connection.scalar(
            select(column).where(
                crm_cursors.c.space_id == space_id, crm_cursors.c.entity == entity.value
            )
        )

    def gap(self, space_id: str, entity: Entity) -> int:
        """How many more records Pipeliner counts than it shows, as found by a complete reading."""
        return self._cursor_value(space_id, entity, crm_cursors.c.gap) or 0

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
        table = _RECORDS[entity][0]
        query = select(func.count()).select_from(table).where(table.c.space_id == space_id)
        return self._connection.scalar(query) or 0

    def forget(self, space_id: str, entity: Entity) -> None:
        """Drop what is known of these records; they are read again from the beginning."""
        for table in (*_RECORDS[entity], crm_cursors):
            condition = table.c.space_id == space_id
            if table is crm_cursors:
                condition = condition & (crm_cursors.c.entity == entity.value)
            self._connection.execute(delete(table).where(condition))

    def forget_contact(self, space_id: str, contact_id: str) -> None:
        """Drop what is known of one Contact that is gone."""
        for table in _RECORDS[Entity.CONTACT]:
            self._forget_rows(table, space_id, table.c.contact_id, [contact_id])

    def forget_leads(self, space_id: str, lead_ids: Sequence[str]) -> None:
        """Drop what is known of these Leads."""
        for table in _RECORDS[Entity.LEAD]:
            self._forget_rows(table, space_id, table.c.lead_id, lead_ids)

    # --- matching ------------------------------------------------------------------------------

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


def _our_values(one: WrittenContact) -> dict[str, Any]:
    values: dict[str, Any] = {"ours": True}
    if FieldPurpose.CONTACT_SCORE in one.write.ours:
        values["score"] = one.write.ours[FieldPurpose.CONTACT_SCORE]
    if FieldPurpose.CONTACT_PERSON in one.write.ours:
        values["acton_contact_id"] = one.write.ours[FieldPurpose.CONTACT_PERSON]
    if one.panel_key_expires_at is not None:
        values["panel_key_expires_at"] = one.panel_key_expires_at
        values["panel_key_person"] = one.person
    return values


def _key_values(panel_key: str) -> dict[str, Any]:
    """What a key as found says about itself. It proves nothing, and nobody relies on it."""
    key = parse_panel_key(panel_key)
    return {
        "panel_key_expires_at": key.expires_at if key else None,
        "panel_key_person": key.person[:32] if key else None,
    }


def _new_contact(space_id: str, one: WrittenContact, now: datetime) -> dict[str, Any]:
    names = one.write.details
    return {
        "space_id": space_id,
        "contact_id": one.contact_id,
        "modified": now,
        "deleted": False,
        "name": f"{names.first_name} {names.last_name}".strip() if names else "",
        "score": None,
        "acton_contact_id": "",
        "panel_key_expires_at": None,
        "panel_key_person": None,
        **_our_values(one),
    }


def _new_lead(space_id: str, lead_id: str, write: LeadWrite, now: datetime) -> dict[str, Any]:
    return {
        "space_id": space_id,
        "lead_id": lead_id,
        "modified": now,
        "deleted": False,
        "open": True,
        "key": write.ours.get(FieldPurpose.LEAD_KEY),
        "score": write.ours.get(FieldPurpose.LEAD_SCORE),
        "quick_person": None,
    }


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
        score=row["score"],
    )
