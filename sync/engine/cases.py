"""Bringing together all that is known about each person who waits, for the rules to decide."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from sync.engine.live import begun_at
from sync.engine.work import SourcePlan, Work
from sync.model import Details, FieldPurpose, IndexedContact, Link, PersonRecord
from sync.rules.composing import name_lead
from sync.rules.deciding import decide
from sync.rules.plans import Case, CaseRow, Create, Plan, Policy
from sync.rules.keys import link_key
from sync.rules.mapping import merge
from sync.rules.scoring import has_own_scores, was_read_live
from sync.store import Desk
from sync.store.staging import ListPaper, RowPaper

PERSONS_AT_ONCE = 200


@dataclass(frozen=True, kw_only=True)
class Decided:
    """One person: what was decided, and what is needed to do it.

    `details` is merged over the person's lists; `row_details` holds each row's own, by place.
    """

    case: Case
    plan: Plan
    address: str
    details: Details
    row_details: Mapping[tuple[int, int], Details]
    contact_name: str  # of the Contact that the plan chose, "" where there is none yet

    def lead_name(self, row: CaseRow, list_name: str, *, limit: int) -> str:
        """The name of the Lead for one of the person's rows."""
        return name_lead(
            own=self.row_details.get((row.list_no, row.position)),
            contact_name=self.contact_name,
            merged=self.details,
            address=self.address,
            list_name=list_name,
            limit=limit,
        )

    def replaced(self, plan: Plan) -> Self:
        """The same person with another plan."""
        return replace(self, plan=plan)


def make_policy(work: Work, *, for_preview: bool = False) -> Policy:
    """What the admin chose, and when a panel key is due to be renewed."""
    renew, life = None, work.options.panel_key_life
    if FieldPurpose.CONTACT_PANEL_KEY in work.fields:
        renew = work.now() + life / 2
        if work.space.panel_epoch_at is not None:  # keys made before then are void
            renew = max(renew, work.space.panel_epoch_at + life)
    return Policy(
        threshold=work.space.settings.threshold,
        existing_lead=work.space.settings.existing_lead,
        run_id=None if for_preview else work.run_id,
        renew_keys_before=renew,
        rename_leads=work.space.settings.rename_leads,
    )


def decide_all(work: Work, source: SourcePlan, policy: Policy) -> Iterator[Decided]:
    """Every person with unsettled rows whose score is known, with the plan for them; those whose
    rows failed in the run before come first.

    Reads a few hundred persons at a time, so memory stays flat; what the caller settles in the
    meantime does not disturb the order.
    """
    with work.papers.read() as papers:
        lists = {paper.list_no: paper for paper in papers.lists(work.run_id)}
    told = set[tuple[str, str]]()
    for persons in _persons(work):
        for decided in _decide_some(work, source, policy, persons, lists):
            yield _tell_once(decided, told)


def _persons(work: Work) -> Iterator[Sequence[str]]:
    """The persons who wait, a few hundred at a time."""
    for failed in (True, False) if work.failed_run is not None else (False,):
        after = ""
        while True:
            with work.papers.read() as papers:
                persons = papers.persons_waiting(
                    work.run_id,
                    after=after,
                    limit=PERSONS_AT_ONCE,
                    failed_in=work.failed_run,
                    failed=failed,
                )
            if not persons:
                break
            yield persons
            after = persons[-1]


def exceeds_guard(work: Work, source: SourcePlan, policy: Policy) -> bool:
    """Whether more Leads would be created than one run may without asking (volume guard)."""
    if work.limit is None:
        return False
    with work.papers.read() as papers:
        created = sum(papers.results(work.run_id).get("created", {}).values())
    for decided in decide_all(work, source, policy):
        created += sum(isinstance(plan, Create) for _, plan in decided.plan.rows)
        if created > work.limit.leads:
            return True
    return False


def _tell_once(decided: Decided, told: set[tuple[str, str]]) -> Decided:
    """A Contact that several persons share is told its score, who it is in Act-On and its panel key
    by the first of them only; else the last one would win, or after a crash another."""
    contact = decided.plan.contact
    contact_id = contact.contact_id
    if contact_id is None or contact_id not in decided.case.shared_scores:
        return decided

    def is_first(what: str, due: bool) -> bool:
        first = due and (contact_id, what) not in told
        if first:
            told.add((contact_id, what))
        return first

    silent = replace(
        contact,
        write_score=is_first("score", contact.write_score),
        write_person=is_first("person", contact.write_person),
        write_panel_key=is_first("panel_key", contact.write_panel_key),
    )
    return decided.replaced(replace(decided.plan, contact=silent))


def _decide_some(
    work: Work,
    source: SourcePlan,
    policy: Policy,
    persons: Sequence[str],
    lists: Mapping[int, ListPaper],
) -> Iterator[Decided]:
    with work.papers.read() as papers:
        rows = papers.rows_of(work.run_id, persons)
        details = papers.details_of(work.run_id, rows)
        scored = papers.scores(work.run_id, persons) if source.asks_facts else None
    by_person: dict[str, list[RowPaper]] = {}
    for row in rows:
        by_person.setdefault(row.person, []).append(row)
    if scored is not None:
        by_person = {
            person: papers_of
            for person, papers_of in by_person.items()
            if person in scored or all(row.score is not None for row in papers_of)
        }
    with work.store.read() as desk:
        cases = _cases(work, desk, by_person, lists)
    for case in cases:
        plan = decide(case, policy)
        own_rows = by_person[case.person]
        yield Decided(
            case=case,
            plan=plan,
            address=own_rows[0].address,
            details=merge(
                [
                    (row.modified_ms, details[row.list_no, row.position])
                    for row in own_rows
                    if (row.list_no, row.position) in details
                ]
            ),
            row_details=details,
            contact_name=_contact_name(case, plan),
        )


def _cases(
    work: Work,
    desk: Desk,
    by_person: Mapping[str, Sequence[RowPaper]],
    lists: Mapping[int, ListPaper],
) -> list[Case]:
    space_id = work.space.space_id
    persons, since = list(by_person), begun_at(work)
    case_rows = {person: _case_rows(space_id, rows, lists) for person, rows in by_person.items()}
    keys = [row.key for rows in case_rows.values() for row in rows]
    records: Mapping[str, PersonRecord] = desk.people.for_persons(space_id, persons)
    links: Mapping[str, Link] = desk.links.for_keys(space_id, keys)
    by_key = desk.crm.leads_by_key(space_id, keys)
    contacts = desk.crm.contacts_by_person(space_id, persons)
    near_leads = desk.crm.leads_by_person(space_id, persons)
    recorded: Mapping[str, IndexedContact] = desk.crm.contacts_by_id(
        space_id, [record.contact_id for record in records.values() if record.contact_id]
    )
    lead_ids = desk.links.lead_ids(space_id, persons)
    linked_leads = desk.crm.leads_by_id(
        space_id, [lead_id for ids in lead_ids.values() for lead_id in ids]
    )
    met = {one.contact_id for some in contacts.values() for one in some} | set(recorded)
    carriers = desk.crm.carriers(space_id, list(met))
    shared_scores = _shared_scores(work, desk, carriers, list(met), since)
    cases = [
        Case(
            person=person,
            rows=case_rows[person],
            best_score=max((r.score for r in rows if r.score is not None), default=None),
            acton_contact_id=rows[0].record_id,
            record=records.get(person),
            contacts=contacts.get(person, ()),
            recorded=recorded.get(_contact_id(records.get(person))),
            links={row.key: links[row.key] for row in case_rows[person] if row.key in links},
            own_leads={row.key: by_key.get(row.key, ()) for row in case_rows[person]},
            near_leads=near_leads.get(person, ()),
            linked_leads={
                lead_id: linked_leads[lead_id]
                for lead_id in lead_ids.get(person, ())
                if lead_id in linked_leads
            },
            carriers=carriers,
            shared_scores=shared_scores,
        )
        for person, rows in by_person.items()
    ]
    own_values = has_own_scores(work.space.settings)
    return [_with_live_score(case, since, own_values=own_values) for case in cases]


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


def _contact_name(case: Case, plan: Plan) -> str:
    chosen = plan.contact.contact_id
    known = [*case.contacts, *([case.recorded] if case.recorded else [])]
    return next((contact.name for contact in known if contact.contact_id == chosen), "")
