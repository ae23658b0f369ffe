"""Filling the index: from what was read of Pipeliner, and from what we have just written."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Table, select, update
from sqlalchemy import bindparam as bind

from sync.model import CrmContact, CrmLead, FieldPurpose, LeadWrite, WrittenContact
from sync.rules.panel_keys import parse_panel_key
from sync.store.crm.owners import Owners
from sync.store.sql import chunks, upsert
from sync.store.tables import crm_addresses, crm_contacts, crm_lead_contacts, crm_leads

PersonOf = Callable[[str], str | None]


class Filling(Owners):
    """Records as they are now."""

    def save_contacts(
        self, space_id: str, contacts: Sequence[CrmContact], person_of: PersonOf
    ) -> None:
        """Replace what is known of these Contacts, but for those of which later changes are."""
        latest = {contact.contact_id: contact for contact in contacts}
        kept = self._keep_newest(
            crm_contacts,
            "contact_id",
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
                    "guessed": False,
                    "owner_id": contact.owner_id or None,
                    **_key_values(contact.panel_key),
                }
                for contact in latest.values()
            ],
        )
        self._meet_owners(space_id, [latest[one].owner_id for one in kept])
        self._forget_rows(crm_addresses, space_id, crm_addresses.c.contact_id, kept)
        pairs = {
            (person, contact_id)
            for contact_id in kept
            for person in map(person_of, latest[contact_id].addresses)
            if person
        }
        self._add_pairs(crm_addresses, space_id, ("person", "contact_id"), pairs)

    def save_leads(self, space_id: str, leads: Sequence[CrmLead], person_of: PersonOf) -> None:
        """Replace what is known of these Leads, but for those of which later changes are."""
        latest = {lead.lead_id: lead for lead in leads}
        kept = self._keep_newest(
            crm_leads,
            "lead_id",
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
                    "guessed": False,
                    "owner_id": lead.owner_id or None,
                    **_key_values(lead.panel_key),
                }
                for lead in latest.values()
            ],
        )
        self._meet_owners(space_id, [latest[one].owner_id for one in kept])
        self._forget_rows(crm_lead_contacts, space_id, crm_lead_contacts.c.lead_id, kept)
        pairs = {
            (contact_id, lead_id) for lead_id in kept for contact_id in latest[lead_id].contact_ids
        }
        self._add_pairs(crm_lead_contacts, space_id, ("contact_id", "lead_id"), pairs)

    def _keep_newest(self, table: Table, name: str, rows: Sequence[dict[str, Any]]) -> list[str]:
        """Which of the records are as in these rows now: several may read at once, and who comes
        last may have read first."""
        upsert(
            self._connection,
            table,
            rows,
            key=["space_id", name],
            only_where=lambda new: table.c.guessed | (table.c.modified <= new.modified),
        )
        told = {row[name]: row["modified"].astimezone(UTC) for row in rows}
        found: list[str] = []
        for some in chunks(told):
            present = self._connection.execute(
                select(table.c[name], table.c.modified).where(
                    table.c.space_id == rows[0]["space_id"], table.c[name].in_(some)
                )
            )
            found += [record_id for record_id, modified in present if modified == told[record_id]]
        return found

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
            change=[],  # read in the meantime: that is the truth
        )
        self._meet_owners(space_id, [one.write.owner_id for one in made])
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
            change=[],
        )
        self._meet_owners(space_id, [write.owner_id for _, write in made])
        pairs = {(write.contact_id, lead_id) for lead_id, write in made if write.contact_id}
        self._add_pairs(crm_lead_contacts, space_id, ("contact_id", "lead_id"), pairs)
        for purpose in _NOTED:
            changed = [
                {"b_lead": lead_id, **_noted(purpose, write)}
                for lead_id, write in noted
                if write.lead_id is not None and purpose in write.ours
            ]
            if changed:
                names = [name for name in changed[0] if name != "b_lead"]
                self._connection.execute(
                    update(crm_leads)
                    .where(crm_leads.c.space_id == space_id, crm_leads.c.lead_id == bind("b_lead"))
                    .values({name.removeprefix("b_"): bind(name) for name in names}),
                    changed,
                )

    def _add_pairs(
        self, table: Table, space_id: str, names: tuple[str, str], pairs: set[tuple[str, str]]
    ) -> None:
        rows = [
            {"space_id": space_id, names[0]: first, names[1]: second} for first, second in pairs
        ]
        upsert(self._connection, table, rows, key=["space_id", *names])


_NOTED: Final = (FieldPurpose.LEAD_SCORE, FieldPurpose.LEAD_KEY, FieldPurpose.LEAD_PANEL_KEY)


def _noted(purpose: FieldPurpose, write: LeadWrite) -> dict[str, Any]:
    """What a field that was written changes in our index, by column, `b_` before each."""
    value = write.ours[purpose]
    if purpose is FieldPurpose.LEAD_PANEL_KEY:
        return {f"b_{name}": one for name, one in _key_values(str(value)).items()}
    return {"b_score" if purpose is FieldPurpose.LEAD_SCORE else "b_key": value}


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
        "guessed": True,
        "owner_id": one.write.owner_id,
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
        "guessed": True,
        "owner_id": write.owner_id,
        **_key_values(str(write.ours.get(FieldPurpose.LEAD_PANEL_KEY, ""))),
    }
