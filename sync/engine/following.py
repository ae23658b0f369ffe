"""Following what changed in Pipeliner between two runs, and what was deleted or merged there.

Records are asked for anew and go into the same index that runs use; then the rules say what becomes
of links whose Lead, and of people whose Contact, is gone. Safe beside a run of the same space: the
index keeps the later of two readings, and links and people are changed only from what they were.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from sync.clock import Now
from sync.engine.mirror import ENTITIES, refresh_if_complete
from sync.engine.work import Work
from sync.model import CrmContact, CrmLead, Entity, FieldMap, IndexedContact
from sync.model.crm_hooks import WaitingChange
from sync.ports import Pipeliner, nobody_stops_us
from sync.rules.addresses import normalise
from sync.rules.following import standing_in, survivor
from sync.rules.keys import person_digest
from sync.store import Store
from sync.store.gone import GoneContact

log = structlog.get_logger(__name__)

MOST_ASKED: Final = 500  # people whose Contact is gone, in one run; each costs a call or two


@dataclass(frozen=True, kw_only=True)
class Mirror:
    """The index of one space, and who is asked to bring it up to date."""

    space_id: str
    pipeliner: Pipeliner
    store: Store
    fields: FieldMap
    now: Now
    guard: Callable[[], None] = nobody_stops_us

    def person_of(self, raw_address: str) -> str | None:
        """The digest of a person by an address as typed; None where it is not usable."""
        address = normalise(raw_address)
        return person_digest(self.space_id, address) if address else None

    def save(self, *, contacts: Sequence[CrmContact] = (), leads: Sequence[CrmLead] = ()) -> None:
        """Note these records as they are now."""
        with self.store.write() as desk:
            desk.crm.save_contacts(self.space_id, contacts, self.person_of)
            desk.crm.save_leads(self.space_id, leads, self.person_of)


# --- in a run ------------------------------------------------------------------------------------


def catch_up(work: Work) -> None:
    """Read what changed since the run before, where that is all it takes, and follow it. What
    webhooks told of until now is known then."""
    with work.store.read() as desk:
        began = desk.now()
    if not refresh_if_complete(work):
        return
    follow_gone(work)
    with work.store.write() as desk:
        desk.crm_changes.forget_before(work.space.space_id, began)


def follow_gone(work: Work) -> None:
    """Settle what is linked and was deleted, as far as the index knows."""
    mirror = Mirror(
        space_id=work.space.space_id,
        pipeliner=work.connections.pipeliner,
        store=work.store,
        fields=work.fields,
        now=work.now,
        guard=work.guard,
    )
    settle_leads(mirror)
    settle_contacts(mirror)


# --- between runs --------------------------------------------------------------------------------


def follow(mirror: Mirror, changes: Sequence[WaitingChange]) -> None:
    """Ask for these records anew, and settle what follows. Raises what the client raises."""
    for one in changes:
        mirror.guard()
        _ask(mirror, one.entity, one.record_id)
    ids = {entity: [one.record_id for one in changes if one.entity is entity] for entity in Entity}
    settle_leads(mirror, ids[Entity.LEAD])
    settle_contacts(mirror, ids[Entity.CONTACT])


def read_changes(mirror: Mirror, *, pages: int, overlap: timedelta) -> bool:
    """Whether all that changed since the index was read last is in it now, and settled.

    Stops after so many pages that bring something new; done again it goes on from there.
    """
    for entity in ENTITIES:
        pages = _read_entity(mirror, entity, pages, overlap)
        if pages <= 0:
            return False
    settle_leads(mirror)
    settle_contacts(mirror)
    return True


def can_read_changes(mirror: Mirror) -> bool:
    """Whether the index is complete, so that reading what changed brings it up to date."""
    with mirror.store.read() as desk:
        return all(desk.crm.is_complete(mirror.space_id, entity) for entity in ENTITIES)


def _read_entity(mirror: Mirror, entity: Entity, pages: int, overlap: timedelta) -> int:
    """How many of the pages are left."""
    with mirror.store.read() as desk:
        cursor = desk.crm.cursor(mirror.space_id, entity)
    for newest in _save_pages(mirror, entity, cursor - overlap if cursor else None):
        mirror.guard()
        if cursor is not None and newest <= cursor:
            continue  # read again only so that nothing slips between two readings
        with mirror.store.write() as desk:
            desk.crm.advance_cursor(mirror.space_id, entity, seen=cursor, modified_through=newest)
        cursor = newest
        pages -= 1
        if pages <= 0:
            break
    return pages


def _save_pages(mirror: Mirror, entity: Entity, since: datetime | None) -> Iterator[datetime]:
    """Note page after page of what changed since then; the latest change on each."""
    if entity is Entity.CONTACT:
        for contacts in mirror.pipeliner.fetch_contacts(mirror.fields, since=since):
            mirror.save(contacts=contacts.items)
            if contacts.items:
                yield max(one.modified for one in contacts.items)
        return
    for leads in mirror.pipeliner.fetch_leads(mirror.fields, since=since):
        mirror.save(leads=leads.items)
        if leads.items:
            yield max(one.modified for one in leads.items)


# --- one record ----------------------------------------------------------------------------------


def _ask(mirror: Mirror, entity: Entity, record_id: str) -> None:
    """Note the record as Pipeliner has it now; one that left no trace is dropped."""
    if entity is Entity.CONTACT:
        contact = mirror.pipeliner.find_contact(record_id, mirror.fields)
        if contact is not None:
            mirror.save(contacts=[contact])
            return
        with mirror.store.write() as desk:
            desk.crm.forget_contact(mirror.space_id, record_id)
        return
    lead = mirror.pipeliner.find_lead(record_id, mirror.fields)
    if lead is not None:
        mirror.save(leads=[lead])
        return
    with mirror.store.write() as desk:
        desk.crm.forget_leads(mirror.space_id, [record_id])


# --- what is gone --------------------------------------------------------------------------------


def settle_leads(mirror: Mirror, lead_ids: Sequence[str] | None = None) -> None:
    """Links to deleted Leads become tombstones, or point to the Lead that stands in."""
    space_id, now = mirror.space_id, mirror.now()
    with mirror.store.read() as desk:
        found = desk.gone.leads(space_id, lead_ids)
        same_key = desk.crm.leads_by_key(space_id, [one.key for one in found])
    for one in found:
        lead_id = standing_in(one.lead_id, same_key.get(one.key, ()))
        with mirror.store.write() as desk:
            if lead_id is not None:
                done = desk.gone.relink(space_id, one, lead_id, now=now)
            else:
                done = desk.gone.bury(space_id, one, now=now)
        if done:
            log.info("lead_gone", space=space_id, relinked=lead_id is not None)


def settle_contacts(mirror: Mirror, contact_ids: Sequence[str] | None = None) -> None:
    """People whose Contact was deleted go on with the one that it was merged into, or are blocked.

    `contact_ids` None: all of them, up to a limit; the index is fresh then.
    """
    space_id = mirror.space_id
    with mirror.store.read() as desk:
        found = desk.gone.contacts(space_id, contact_ids)
    for one in found[:MOST_ASKED]:
        mirror.guard()
        contact = _find_survivor(mirror, one, is_fresh=contact_ids is None)
        with mirror.store.write() as desk:
            if contact is not None:
                done = desk.gone.follow(space_id, one, contact, now=mirror.now())
            else:
                done = desk.gone.block(space_id, one, now=mirror.now())
        if done:
            log.info("contact_gone", space=space_id, merged=contact is not None)


def _find_survivor(mirror: Mirror, gone: GoneContact, *, is_fresh: bool) -> IndexedContact | None:
    """The Contact that the person's was merged into, by address first, then by their Leads."""
    found = survivor(_live_with_address(mirror, gone.person), ())
    if found is None and not is_fresh:
        # The webhook that tells of the other Contact may still be under way.
        mirror.save(contacts=mirror.pipeliner.find_contacts(gone.address, mirror.fields))
        found = survivor(_live_with_address(mirror, gone.person), ())
    return found or survivor((), _live_with_leads(mirror, gone))


def _live_with_address(mirror: Mirror, person: str) -> list[IndexedContact]:
    with mirror.store.read() as desk:
        found = desk.crm.contacts_by_person(mirror.space_id, [person]).get(person, [])
    return [one for one in found if not one.deleted]


def _live_with_leads(mirror: Mirror, gone: GoneContact) -> list[IndexedContact]:
    """Asked for anew: what a Lead hangs on may change without the Lead counting as changed."""
    for lead_id in gone.lead_ids:
        _ask(mirror, Entity.LEAD, lead_id)
    with mirror.store.read() as desk:
        ids = desk.gone.heirs(mirror.space_id, gone)
        known = desk.crm.contacts_by_id(mirror.space_id, ids)
    for contact_id in set(ids).difference(known):
        _ask(mirror, Entity.CONTACT, contact_id)
    with mirror.store.read() as desk:
        known = desk.crm.contacts_by_id(mirror.space_id, ids)
    return [one for one in known.values() if not one.deleted]
