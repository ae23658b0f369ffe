"""Whom a pass is about, as our store knows them, and what a live reading changes of that."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sync.model import CrmContact, PersonRecord, Space
from sync.panel.access import Pass
from sync.panel.live import Found, read_now
from sync.panel.looking import Known, look_at
from sync.ports import Connections
from sync.rules.addresses import normalise
from sync.rules.keys import person_digest
from sync.rules.lists import choose_lists
from sync.store import Desk


def known_by(desk: Desk, pass_: Pass, *, now: datetime) -> Known | None:
    """What is known of the person of the pass; None where the integration does not know them."""
    if pass_.person is not None:
        record = record_of(desk, pass_.space_id, pass_.person)
    else:
        record = _record_of_contact(desk, pass_.space_id, pass_.contact_id or "")
    return look_at(desk, pass_.space_id, record, now=now) if record else None


def record_of(desk: Desk, space_id: str, person: str) -> PersonRecord | None:
    """What we hold about the person."""
    return desk.people.for_persons(space_id, [person]).get(person)


def contact_name(desk: Desk, pass_: Pass) -> str:
    """The name of the Contact that a launch named; "" where our index does not know it."""
    if pass_.contact_id is None:
        return ""
    found = desk.crm.contacts_by_id(pass_.space_id, [pass_.contact_id])
    return found[pass_.contact_id].name if pass_.contact_id in found else ""


def keep_reading(
    desk: Desk, space_id: str, record: PersonRecord, found: Found, *, now: datetime
) -> PersonRecord:
    """The person with what was read, saved. What the sync has changed meanwhile stays, and somebody
    who belongs to another living Contact stays there."""
    current = record_of(desk, space_id, record.person)
    if current is None or not _has_contact(desk, space_id, current):
        current = replace(current or record, contact_id=record.contact_id)
    read = read_now(current, found, now)
    desk.people.save(space_id, [read], now=now)
    return read


def lists_to_look_through(space: Space, connections: Connections, known: Known | None) -> list[str]:
    """The lists to look through for an address: those we know the person in first."""
    mine = [one.list_id for one in known.crossed] if known else []
    chosen, _ = choose_lists(list(connections.acton.fetch_lists()), space.settings.lists)
    return list(dict.fromkeys([*mine, *(one.list_id for one in chosen)]))


def note_contact(desk: Desk, space_id: str, contact: CrmContact) -> None:
    """The Contact, in our index: it may be younger than what the last sync read."""

    def person_of(raw: str) -> str | None:
        address = normalise(raw)
        return person_digest(space_id, address) if address else None

    desk.crm.save_contacts(space_id, [contact], person_of)


def addresses_to_find(desk: Desk, space_id: str, contact: CrmContact) -> Sequence[str]:
    """The addresses of a live Contact that may be looked for, each once: not those of people who
    were erased on request."""
    if contact.deleted:
        return ()
    erased = desk.erased.persons(space_id)
    usable = dict.fromkeys(filter(None, map(normalise, contact.addresses)))
    return [one for one in usable if person_digest(space_id, one) not in erased]


def _record_of_contact(desk: Desk, space_id: str, contact_id: str) -> PersonRecord | None:
    """The person linked to a Contact; else one whose address it carries, as a duplicate does."""
    linked = desk.people.of_contact(space_id, contact_id)
    if linked is not None:
        return linked
    carried = sorted(desk.crm.carriers(space_id, [contact_id]).get(contact_id, ()))
    known = list(desk.people.for_persons(space_id, carried).values())
    return max(known, key=lambda one: (one.score is not None, one.score or 0), default=None)


def _has_contact(desk: Desk, space_id: str, record: PersonRecord) -> bool:
    """Whether the person is linked to a Contact that is not known to be deleted."""
    if record.contact_id is None:
        return False
    found = desk.crm.contacts_by_id(space_id, [record.contact_id]).get(record.contact_id)
    return found is None or not found.deleted
