"""What becomes of a list row and of the person behind it. Pure; the engine does what is said here.

1. A row is looked at once when it is read (`first_look`): most need nothing more.
2. What is left is decided person by person (`decide`), with all that we and the CRM know, so that
   a person in several lists gets one Contact and one Lead for each list.
3. A Lead that somebody deleted is never made again; a Contact of ours that somebody deleted blocks
   the person, unless another live Contact has the address (records are merged that way).
4. A crossing is remembered: a row that has a link, or an intent left by a crash, counts as reached.
5. Several live Contacts with the address: the one we linked before, else what `matching` says. None
   with the address: the one we linked before if it still lives (somebody changed its address).
6. A missed match is better than a wrong one, and every decision carries its reason.
7. An admin may lift what a deletion blocks: Leads and Contacts deleted before that do not count.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sync.model import (
    ExistingLead,
    IndexedContact,
    IndexedLead,
    Link,
    LinkState,
    PersonRecord,
    Result,
    SkipReason,
)
from sync.rules.matching import match


@dataclass(frozen=True, kw_only=True)
class CaseRow:
    """A row that needs deciding: `key` is its link key, `list_no` and `position` its place."""

    list_no: int
    position: int
    list_id: str
    record_id: str
    key: str
    score: int | None
    list_name: str = ""


@dataclass(frozen=True, kw_only=True)
class Case:
    """All that is known about one person. `best_score` is the highest over all lists.

    `contacts` carry the address (deleted ones too), `recorded` is the one we linked before,
    whatever its address now; `own_leads` are found by our key, `near_leads` by the address or
    through such a Contact, `linked_leads` are those that the person's links name, by id.
    `carriers` are the persons whose addresses each Contact carries; `shared_scores` the highest
    score over all persons of a Contact that several share. `read_live`: the scores are those that a
    person read live after the run had begun to read.
    """

    person: str
    rows: Sequence[CaseRow]
    best_score: int | None
    acton_contact_id: str
    record: PersonRecord | None
    contacts: Sequence[IndexedContact]
    recorded: IndexedContact | None
    links: Mapping[str, Link]
    own_leads: Mapping[str, Sequence[IndexedLead]]
    near_leads: Sequence[IndexedLead]
    linked_leads: Mapping[str, IndexedLead] = field(default_factory=dict)
    carriers: Mapping[str, Collection[str]] = field(default_factory=dict)
    shared_scores: Mapping[str, int] = field(default_factory=dict)
    read_live: bool = False


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What the admin chose, as far as deciding needs it. `renew_keys_before`: half-life instant."""

    threshold: int
    existing_lead: ExistingLead
    run_id: int | None
    renew_keys_before: datetime | None
    rename_leads: bool = False


@dataclass(frozen=True, kw_only=True)
class Skip:
    """The row gets nothing. `touch_lead_id`: a hand-made Lead whose score field is out of date."""

    reason: SkipReason
    detail: str = ""
    touch_lead_id: str | None = None
    bury: bool = False  # remember the deleted Lead as a tombstone


@dataclass(frozen=True, kw_only=True)
class Create:
    """The row gets a new Lead. `detail` says what is worth knowing (several Contacts match)."""

    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Keep:
    """The row has its Lead. `write_score`: the Lead's score is out of date.

    `confirm`: the link is not complete yet (an answer or our database was lost); `made_now`: this
    very run made the Lead and lost the answer. `list_renamed`: the list is called otherwise than
    when the Lead was named; whether the Lead may follow depends on its name in Pipeliner.
    """

    lead_id: str
    write_score: bool
    confirm: bool = False
    made_now: bool = False
    write_key: bool = False  # somebody has cleared our key on the Lead
    list_renamed: bool = False
    new_name: str | None = None
    closed: bool = False  # lost, archived or qualified: Pipeliner may let nobody change it


RowPlan = Skip | Create | Keep


@dataclass(frozen=True, kw_only=True)
class ContactPlan:
    """What the person's Contact needs. `contact_id` None with `create`: a new one."""

    contact_id: str | None
    create: bool = False
    write_score: bool = False
    write_person: bool = False
    write_panel_key: bool = False

    @property
    def writes(self) -> bool:
        """Whether Pipeliner has to be told anything."""
        return self.create or self.write_score or self.write_person or self.write_panel_key


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The decision about one person: the Contact, and one plan for each row of the case."""

    contact: ContactPlan
    rows: Sequence[tuple[CaseRow, RowPlan]] = field(default_factory=tuple)
    block: bool = False  # remember that a Contact of ours was deleted on purpose


def first_look(
    *,
    has_address: bool,
    duplicate: bool,
    score: int | None,
    score_is_known: bool,
    threshold: int,
    linked: bool,
    erased: bool = False,
) -> SkipReason | None:
    """Why a row just read needs nothing more; None where it has to be decided.

    `score_is_known` False: the score is still to be read (`facts`), which is not "no score".
    """
    if not has_address:
        return SkipReason.NO_ADDRESS
    if erased:
        return SkipReason.ERASED
    if duplicate:
        return SkipReason.DUPLICATE_IN_LIST
    if linked or not score_is_known:
        return None
    if score is None:
        return SkipReason.NO_SCORE
    return None if score >= threshold else SkipReason.BELOW_THRESHOLD


def decide(case: Case, policy: Policy) -> Plan:
    """The plan for one person: every row of the case gets exactly one `RowPlan`."""
    contact, ambiguous = _choose_contact(case)
    blocked = contact is None and _ours_was_deleted(case)
    rows = tuple(
        (row, _plan_row(row, case, policy, blocked=blocked, ambiguous=ambiguous))
        for row in case.rows
    )
    plan = _plan_contact(case, policy, rows, contact, blocked=blocked)
    return Plan(contact=plan, rows=rows, block=blocked)


def writes_lead(plan: RowPlan) -> bool:
    """Whether the row's Lead has to be told something."""
    match plan:
        case Create():
            return True
        case Keep(write_score=write_score, write_key=write_key, new_name=new_name):
            return write_score or write_key or new_name is not None
        case Skip(touch_lead_id=lead_id):
            return lead_id is not None


def tells_score(plan: RowPlan) -> bool:
    """Whether a Lead that is there is written for its score's or its key's sake, not its name's."""
    match plan:
        case Keep(write_score=write_score, write_key=write_key):
            return write_score or write_key
    return isinstance(plan, Skip) and writes_lead(plan)


def contact_score(case: Case, contact_id: str | None) -> int | None:
    """The score that the Contact shows: the highest over all lists, and all persons it carries."""
    return case.shared_scores.get(contact_id or "", case.best_score)


def expected(
    row: CaseRow, plan: RowPlan, contact: ContactPlan, shown: int | None
) -> tuple[Result, SkipReason | None]:
    """The outcome of the row if Pipeliner takes every write. `shown`: the Contact's score."""
    match plan:
        case Create():
            return Result.CREATED, None
        case Skip(reason=reason):
            return Result.SKIPPED, reason
        case Keep(made_now=True):
            return Result.CREATED, None
    changes = writes_lead(plan) or contact_change_shows(row, contact, shown)
    return (Result.UPDATED if changes else Result.UNCHANGED), None


def contact_change_shows(row: CaseRow, contact: ContactPlan, shown: int | None) -> bool:
    """Whether writing the Contact's score counts as an update of this row (its score is shown)."""
    return contact.write_score and row.score is not None and row.score == shown


def _choose_contact(case: Case) -> tuple[IndexedContact | None, Sequence[str]]:
    live = [contact for contact in case.contacts if not contact.deleted]
    recorded = case.recorded if case.recorded and not case.recorded.deleted else None
    found = match(live)
    if recorded is not None and (not live or recorded in live):
        return recorded, found.ambiguous
    return next((c for c in live if c.contact_id == found.contact_id), None), found.ambiguous


def _ours_was_deleted(case: Case) -> bool:
    if case.record is not None and case.record.blocked:
        return True
    lifted_at = case.record.lifted_at if case.record else None
    ours = [one for one in case.contacts if one.ours]
    ours += [case.recorded] if case.recorded else []
    return any(one.deleted and not _is_lifted(one, lifted_at) for one in ours)


def _is_lifted(one: IndexedContact | IndexedLead, lifted_at: datetime | None) -> bool:
    """Whether the deletion of this record was lifted: it happened before."""
    return lifted_at is not None and one.modified <= lifted_at


def _plan_row(
    row: CaseRow, case: Case, policy: Policy, *, blocked: bool, ambiguous: Sequence[str]
) -> RowPlan:
    link = case.links.get(row.key)
    lead = _own_lead(case.own_leads.get(row.key, ()), link)
    if link is not None and link.state is LinkState.TOMBSTONE:
        return Skip(reason=SkipReason.DELETED_IN_CRM, detail="The Lead was deleted in Pipeliner.")
    if lead is not None:
        return _plan_own_lead(row, link, lead, policy)
    if link is not None and link.state is LinkState.LINKED and link.lead_id:
        known = case.linked_leads.get(link.lead_id)
        if known is not None:
            return _plan_own_lead(row, link, known, policy)
        # Our index does not know the Lead: trust the link; a write will tell if it is gone.
        return Keep(
            lead_id=link.lead_id,
            write_score=row.score is not None,
            list_renamed=_list_was_renamed(row, link, policy),
        )
    if blocked:
        return Skip(
            reason=SkipReason.DELETED_IN_CRM, detail="The Contact was deleted in Pipeliner."
        )
    return _plan_new_lead(row, case, policy, ambiguous)


def _own_lead(found: Sequence[IndexedLead], link: Link | None) -> IndexedLead | None:
    """The Lead that carries the key: a live one first (a copy may outlive the original)."""
    lifted_at = link.lifted_at if link else None
    return max(
        (lead for lead in found if not (lead.deleted and _is_lifted(lead, lifted_at))),
        key=lambda lead: (
            not lead.deleted,
            link is not None and lead.lead_id == link.lead_id,
            lead.modified,
            lead.lead_id,
        ),
        default=None,
    )


def _plan_own_lead(
    row: CaseRow, link: Link | None, lead: IndexedLead, policy: Policy
) -> Skip | Keep:
    if lead.deleted:
        return Skip(
            reason=SkipReason.DELETED_IN_CRM,
            detail="The Lead was deleted in Pipeliner.",
            bury=True,
        )
    complete = link is not None and link.state is LinkState.LINKED
    made_now = (
        link is not None and link.state is LinkState.CREATING and link.run_id == policy.run_id
    )
    return Keep(
        lead_id=lead.lead_id,
        write_score=row.score is not None and row.score != lead.score,
        confirm=not complete,
        made_now=made_now,
        write_key=not lead.key,
        list_renamed=complete and _list_was_renamed(row, link, policy),
        closed=not lead.open,
    )


def _list_was_renamed(row: CaseRow, link: Link | None, policy: Policy) -> bool:
    """Whether the Lead is to follow its list to another name."""
    return policy.rename_leads and link is not None and link.list_name != row.list_name


def _plan_new_lead(
    row: CaseRow, case: Case, policy: Policy, ambiguous: Sequence[str]
) -> Skip | Create:
    intended = row.key in case.links
    if not intended and row.score is None:
        return Skip(reason=SkipReason.NO_SCORE)
    if not intended and row.score is not None and row.score < policy.threshold:
        return Skip(reason=SkipReason.BELOW_THRESHOLD)
    if policy.existing_lead is ExistingLead.SKIP:
        made_by_hand = _open_lead_made_by_hand(case)
        if made_by_hand is not None:
            stale = _speaks_for_the_person(row, case) and made_by_hand.score != row.score
            return Skip(
                reason=SkipReason.EXISTING_LEAD,
                detail=f"Open Lead {made_by_hand.lead_id} has the same address.",
                touch_lead_id=made_by_hand.lead_id if stale else None,
            )
    return Create(detail=_ambiguity(ambiguous))


def _open_lead_made_by_hand(case: Case) -> IndexedLead | None:
    candidates = [
        lead
        for lead in case.near_leads
        if lead.open
        and not lead.deleted
        and not lead.key
        and lead.lead_id not in case.linked_leads  # ours, though somebody cleared its key
    ]
    # The one changed last is the one somebody works on; the id settles a tie the same way each run.
    return max(candidates, key=lambda lead: (lead.modified, lead.lead_id), default=None)


def _speaks_for_the_person(row: CaseRow, case: Case) -> bool:
    """Whether it is this row that tells a hand-made Lead the person's score: one row of several."""
    best = (one for one in case.rows if one.score is not None and one.score == case.best_score)
    return row == next(best, None)


def _ambiguity(ambiguous: Sequence[str]) -> str:
    if not ambiguous:
        return ""
    return f"Ambiguous: {len(ambiguous)} Contacts have this address ({', '.join(ambiguous)})."


def _plan_contact(
    case: Case,
    policy: Policy,
    rows: Sequence[tuple[CaseRow, RowPlan]],
    known: IndexedContact | None,
    *,
    blocked: bool,
) -> ContactPlan:
    creates = any(isinstance(plan, Create) for _, plan in rows)
    linked = any(isinstance(plan, Keep) for _, plan in rows)
    if blocked or not (creates or linked):
        return ContactPlan(contact_id=known.contact_id if known else None)
    if known is None:
        return ContactPlan(
            contact_id=None,
            create=creates,
            write_score=creates and case.best_score is not None,
            write_person=creates,
            write_panel_key=creates and policy.renew_keys_before is not None,
        )
    return ContactPlan(
        contact_id=known.contact_id,
        write_score=_score_is_due(known, case),
        write_person=not known.acton_contact_id and bool(case.acton_contact_id),
        write_panel_key=_key_is_due(known, case, policy),
    )


def _score_is_due(contact: IndexedContact, case: Case) -> bool:
    score = contact_score(case, contact.contact_id)
    return score is not None and contact.score != score


def _key_is_due(contact: IndexedContact, case: Case, policy: Policy) -> bool:
    if policy.renew_keys_before is None:
        return False
    if _names_somebody_else(contact, case):
        return True
    expiry = contact.panel_key_expires_at
    return expiry is None or expiry < policy.renew_keys_before


def _names_somebody_else(contact: IndexedContact, case: Case) -> bool:
    """Whether the key opens the panel of nobody here: a Contact copied from another has theirs."""
    named = contact.panel_key_person
    carried = case.carriers.get(contact.contact_id, ())
    return named is not None and named != case.person and named not in carried
