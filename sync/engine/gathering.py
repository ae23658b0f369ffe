"""Gathering all that we and the CRM know about some persons, each thing asked for once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sync.engine.live import begun_at
from sync.engine.work import Work
from sync.model import IndexedContact, IndexedLead, Link, PersonRecord
from sync.rules.keys import link_key
from sync.rules.plans import Case, CaseRow
from sync.rules.scoring import has_own_scores, was_read_live
from sync.store import Desk
from sync.store.staging import ListPaper, RowPaper


@dataclass(frozen=True, kw_only=True)
class _Leads:
    """Leads that deciding may need: by our key, near a person, and named by a person's links."""

    links: Mapping[str, Link]
    by_key: Mapping[str, Sequence[IndexedLead]]
    near: Mapping[str, Sequence[IndexedLead]]
    linked: Mapping[str, Mapping[str, IndexedLead]]


@dataclass(frozen=True, kw_only=True)
class _Contacts:
    """Contacts with a person's address, the ones recorded by id, and who else they belong to."""

    by_person: Mapping[str, Sequence[IndexedContact]]
    recorded: Mapping[str, IndexedContact]
    carriers: Mapping[str, set[str]]
    shared_scores: Mapping[str, int]


def gather(
    work: Work,
    desk: Desk,
    by_person: Mapping[str, Sequence[RowPaper]],
    lists: Mapping[int, ListPaper],
) -> list[Case]:
    """One case for each person, in the order given."""
    space_id, since = work.space.space_id, begun_at(work)
    persons = list(by_person)
    case_rows = {person: _case_rows(space_id, rows, lists) for person, rows in by_person.items()}
    records: Mapping[str, PersonRecord] = desk.people.for_persons(space_id, persons)
    leads = _leads(desk, space_id, case_rows)
    contacts = _contacts(work, desk, persons, records, since)
    asks = work.space.settings.skip_opted_out
    opted_out = desk.webhooks.opted_out(space_id, persons) if asks else set()
    cases = [
        Case(
            person=person,
            rows=case_rows[person],
            best_score=max((r.score for r in rows if r.score is not None), default=None),
            acton_contact_id=rows[0].record_id,
            record=records.get(person),
            contacts=contacts.by_person.get(person, ()),
            recorded=contacts.recorded.get(_contact_id(records.get(person))),
            links={r.key: leads.links[r.key] for r in case_rows[person] if r.key in leads.links},
            own_leads={row.key: leads.by_key.get(row.key, ()) for row in case_rows[person]},
            near_leads=leads.near.get(person, ()),
            linked_leads=leads.linked.get(person, {}),
            carriers=contacts.carriers,
            shared_scores=contacts.shared_scores,
            opted_out=person in opted_out,
        )
        for person, rows in by_person.items()
    ]
    own_values = has_own_scores(work.space.settings)
    return [_with_live_score(case, since, own_values=own_values) for case in cases]


def _leads(desk: Desk, space_id: str, case_rows: Mapping[str, Sequence[CaseRow]]) -> _Leads:
    persons = list(case_rows)
    keys = [row.key for rows in case_rows.values() for row in rows]
    ids = desk.links.lead_ids(space_id, persons)
    known = desk.crm.leads_by_id(space_id, [one for some in ids.values() for one in some])
    return _Leads(
        links=desk.links.for_keys(space_id, keys),
        by_key=desk.crm.leads_by_key(space_id, keys),
        near=desk.crm.leads_by_person(space_id, persons),
        linked={
            person: {one: known[one] for one in some if one in known}
            for person, some in ids.items()
        },
    )


def _contacts(
    work: Work,
    desk: Desk,
    persons: Sequence[str],
    records: Mapping[str, PersonRecord],
    since: datetime | None,
) -> _Contacts:
    space_id = work.space.space_id
    by_person = desk.crm.contacts_by_person(space_id, persons)
    recorded = desk.crm.contacts_by_id(
        space_id, [record.contact_id for record in records.values() if record.contact_id]
    )
    met = list({one.contact_id for some in by_person.values() for one in some} | set(recorded))
    carriers = desk.crm.carriers(space_id, met)
    return _Contacts(
        by_person=by_person,
        recorded=recorded,
        carriers=carriers,
        shared_scores=_shared_scores(work, desk, carriers, met, since),
    )


def _with_live_score(case: Case, since: datetime | None, *, own_values: bool) -> Case:
    """The case with the score that a person read live since then, where somebody did.

    `own_values`: rows may have a score of their own, which a live reading does not change.
    """
    if case.record is None or not was_read_live(case.record, since):
        return case
    score = case.record.score
    rows = case.rows if own_values else [replace(row, score=score) for row in case.rows]
    return replace(case, rows=rows, best_score=score, read_live=True)


def _shared_scores(
    work: Work,
    desk: Desk,
    carriers: Mapping[str, set[str]],
    contact_ids: Sequence[str],
    since: datetime | None,
) -> dict[str, int]:
    """The highest score over all persons of each Contact that more than one has to do with."""
    space_id = work.space.space_id
    linked = desk.people.of_contacts(space_id, contact_ids)
    sharing = {
        contact_id: carriers.get(contact_id, set()) | linked.get(contact_id, set())
        for contact_id in contact_ids
    }
    sharing = {contact_id: persons for contact_id, persons in sharing.items() if len(persons) > 1}
    everyone = [person for persons in sharing.values() for person in persons]
    if not everyone:
        return {}
    with work.papers.read() as papers:
        best = papers.best_scores(work.run_id, everyone)
    for person, record in desk.people.for_persons(space_id, everyone).items():
        if was_read_live(record, since):
            best.pop(person, None)
        if record.score is not None:
            best.setdefault(person, record.score)  # not met in this run, or read since: as known
    scores = {
        contact_id: [best[person] for person in persons if person in best]
        for contact_id, persons in sharing.items()
    }
    return {contact_id: max(some) for contact_id, some in scores.items() if some}


def _case_rows(
    space_id: str, rows: Sequence[RowPaper], lists: Mapping[int, ListPaper]
) -> list[CaseRow]:
    return [
        CaseRow(
            list_no=row.list_no,
            position=row.position,
            list_id=lists[row.list_no].list_id,
            record_id=row.record_id,
            key=link_key(space_id, lists[row.list_no].list_id, row.address),
            score=row.score,
            list_name=lists[row.list_no].name,
        )
        for row in rows
        if row.result is None
    ]


def _contact_id(record: PersonRecord | None) -> str:
    return (record.contact_id if record else None) or ""
