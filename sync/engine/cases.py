"""Bringing together all that is known about each person who waits, for the rules to decide."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from sync.engine.gathering import gather
from sync.engine.work import SourcePlan, Work
from sync.model import Details, FieldPurpose
from sync.rules.composing import name_lead
from sync.rules.deciding import decide
from sync.rules.mapping import merge
from sync.rules.plans import Case, CaseRow, Create, Plan, Policy
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
        skip_opted_out=work.space.settings.skip_opted_out,
        lead_panel_keys=FieldPurpose.LEAD_PANEL_KEY in work.fields,
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
        cases = gather(work, desk, by_person, lists)
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


def _contact_name(case: Case, plan: Plan) -> str:
    chosen = plan.contact.contact_id
    known = [*case.contacts, *([case.recorded] if case.recorded else [])]
    return next((contact.name for contact in known if contact.contact_id == chosen), "")
