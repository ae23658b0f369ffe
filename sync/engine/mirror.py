"""Keeping our own index of the CRM up to date: what matching needs, read as cheaply as it goes.

Once the index is complete only what changed is read again. Before that, reading everything and
looking up each candidate are both possible, and the cheaper one is taken (contracts, section 0).
"""

import math
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

import structlog

from sync.ahead import one_ahead
from sync.engine.work import Work
from sync.languages import lazy_gettext
from sync.model import CrmContact, CrmLead, Entity, FieldPurpose, Progress, RecordPage
from sync.rules.keys import link_key, person_digest
from sync.store import Desk

log = structlog.get_logger(__name__)

ENTITIES = (Entity.CONTACT, Entity.LEAD)
# Five e-mail fields and a Lead's quick e-mail for each person, a key for each row; the Leads of a
# Contact that is found come on top.
CALLS_A_PERSON = 8
PAGE = 100
PERSONS_AT_ONCE = 200


def refresh(work: Work, *, overlap: timedelta) -> None:
    """Bring the index up to date for every person who waits for a decision.

    Call it again after an answer was lost: what was written in between is then known. `overlap`
    says how far back to read what has been read before, so that nothing slips between two readings.
    """
    if not _is_complete(work) and _look_up_is_cheaper(work):
        _look_up(work)
        return
    for entity in ENTITIES:
        _read_changes(work, entity, overlap)


def refresh_if_complete(work: Work) -> bool:
    """Whether reading what changed was all it took, and is done; Leads of ours that we forgot are
    then known before the rows are looked at."""
    if not _is_complete(work):
        return False
    refresh(work, overlap=work.options.crm_overlap)
    return True


def _is_complete(work: Work) -> bool:
    with work.store.read() as desk:
        return all(desk.crm.is_complete(work.space.space_id, entity) for entity in ENTITIES)


# --- reading what changed ------------------------------------------------------------------------


def _read_changes(work: Work, entity: Entity, overlap: timedelta) -> None:
    """Read what changed; where the numbers then do not fit, look again, then read everything.

    Records can go without a trace (deleted for good, a backup put back): only their number tells.
    """
    space_id = work.space.space_id
    with work.store.read() as desk:
        complete, gap = desk.crm.is_complete(space_id, entity), desk.crm.gap(space_id, entity)
    _read_pages(work, entity, overlap)
    missing = _missing(work, entity)
    if complete and missing is not None and missing != gap:
        _read_pages(
            work, entity, work.options.crm_overlap
        )  # something may have been created while we read
        missing = _missing(work, entity)
        if missing != gap:
            log.info("crm_index_reread", space=space_id, entity=entity.value)
            with work.store.write() as desk:
                desk.crm.forget(space_id, entity)
            _read_pages(work, entity, overlap)
            missing = _missing(work, entity)
    with work.store.write() as desk:
        desk.crm.save_complete(space_id, entity, gap=missing or 0)


def _missing(work: Work, entity: Entity) -> int | None:
    """How many more records Pipeliner counts than our index holds; None where it does not tell."""
    total = work.connections.pipeliner.count(entity)
    with work.store.read() as desk:
        return None if total is None else total - desk.crm.size(work.space.space_id, entity)


def _read_pages(work: Work, entity: Entity, overlap: timedelta) -> None:
    space_id = work.space.space_id
    with work.store.read() as desk:
        cursor = desk.crm.cursor(space_id, entity)
    since = cursor - overlap if cursor else None
    done = 0
    pages = one_ahead(_pages(work, entity, since), work.options.calls_at_once, guard=work.guard)
    for page in pages:
        if page.items:
            newest = max(record.modified for record in page.items)
            is_further = cursor is None or newest > cursor
            cursor = max(cursor or newest, newest)
            with work.store.write() as desk:
                _save(work, desk, page.items)
                desk.crm.save_cursor(space_id, entity, modified_through=cursor)
            if is_further:  # what is read again with each turn brings none forward
                work.give_way()
        done += len(page.items)
        work.report(
            Progress(
                step=lazy_gettext("Reading %(entity)ss from Pipeliner", entity=entity.value),
                done=done,
                total=page.total,
            )
        )


def _pages(
    work: Work, entity: Entity, since: datetime | None
) -> Iterator[RecordPage[CrmContact] | RecordPage[CrmLead]]:
    pipeliner = work.connections.pipeliner
    if entity is Entity.CONTACT:
        return pipeliner.fetch_contacts(work.fields, since=since)
    return pipeliner.fetch_leads(work.fields, since=since)


def _save(work: Work, desk: Desk, records: Sequence[CrmContact] | Sequence[CrmLead]) -> None:
    contacts = [record for record in records if isinstance(record, CrmContact)]
    leads = [record for record in records if isinstance(record, CrmLead)]
    desk.crm.save_contacts(work.space.space_id, contacts, work.person_of)
    desk.crm.save_leads(work.space.space_id, leads, work.person_of)


# --- looking up the candidates -------------------------------------------------------------------


def _look_up_is_cheaper(work: Work) -> bool:
    lead_key = work.fields.get(FieldPurpose.LEAD_KEY)
    if lead_key is None or lead_key.filter_key is None:
        return False  # our own Leads could not be found this way
    with work.papers.read() as papers:
        look_ups = papers.count_waiting(work.run_id) * CALLS_A_PERSON
    totals = [work.connections.pipeliner.count(entity) for entity in ENTITIES]
    if None in totals:
        return False
    return look_ups < sum(math.ceil((total or 0) / PAGE) for total in totals)


def _look_up(work: Work) -> None:
    after, done = "", 0
    with work.papers.read() as papers:
        list_ids = {paper.list_no: paper.list_id for paper in papers.lists(work.run_id)}
        total = papers.count_waiting(work.run_id)
    while True:
        with work.papers.read() as papers:
            persons = papers.persons_waiting(work.run_id, after=after, limit=PERSONS_AT_ONCE)
            rows = papers.rows_of(work.run_id, persons)
        if not persons:
            return
        after = persons[-1]
        places: dict[str, list[str]] = {}
        for row in rows:
            places.setdefault(row.address, []).append(list_ids[row.list_no])
        for address, lists in places.items():
            _look_up_person(work, address, lists)
            done += 1
            work.report(
                Progress(step=lazy_gettext("Looking up in Pipeliner"), done=done, total=total)
            )


def _look_up_person(work: Work, address: str, list_ids: Sequence[str]) -> None:
    """All that Pipeliner has of this person; what our index had beside it no longer holds."""
    pipeliner, fields, space_id = work.connections.pipeliner, work.fields, work.space.space_id
    contacts = pipeliner.find_contacts(address, fields)
    _look_again(work, address, {contact.contact_id for contact in contacts})
    leads = [*pipeliner.find_leads_by_email(address, fields)]
    for list_id in list_ids:
        leads += pipeliner.find_leads_by_key(link_key(space_id, list_id, address), fields)
    for contact in contacts:
        leads += pipeliner.find_leads_of_contact(contact.contact_id, fields)
    with work.store.write() as desk:
        _save(work, desk, contacts)
        _forget_other_leads(work, desk, address, {lead.lead_id for lead in leads})
        _save(work, desk, leads)


def _look_again(work: Work, address: str, found: Collection[str]) -> None:
    """Bring Contacts up to date that the person had before, and that the address finds no more:
    somebody has changed it, and perhaps deleted the Contact since."""
    space_id, person = work.space.space_id, person_digest(work.space.space_id, address)
    with work.store.read() as desk:
        carrying = desk.crm.contacts_by_person(space_id, [person]).get(person, [])
        record = desk.people.for_persons(space_id, [person]).get(person)
    known = {one.contact_id for one in carrying}
    if record is not None and record.contact_id is not None:
        known.add(record.contact_id)
    for contact_id in sorted(known.difference(found)):
        contact = work.connections.pipeliner.find_contact(contact_id, work.fields)
        with work.store.write() as desk:
            if contact is None:
                desk.crm.forget_contact(space_id, contact_id)
            else:
                _save(work, desk, [contact])


def _forget_other_leads(work: Work, desk: Desk, address: str, found: Collection[str]) -> None:
    """Drop Leads made by hand that nothing ties to the person any more. Those of ours stay: they
    are known by their link."""
    space_id, person = work.space.space_id, person_digest(work.space.space_id, address)
    ours = desk.links.lead_ids(space_id, [person]).get(person, set())
    near = desk.crm.leads_by_person(space_id, [person]).get(person, [])
    by_hand = {lead.lead_id for lead in near if not lead.key} - ours
    desk.crm.forget_leads(space_id, sorted(by_hand.difference(found)))
