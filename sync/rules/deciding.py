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
8. Who opted out gets no new Lead where the admin wants it so; Leads that are there stay.
"""

from collections.abc import Sequence
from datetime import datetime

from sync.model import (
    ExistingLead,
    IndexedContact,
    IndexedLead,
    Link,
    LinkState,
    SkipReason,
)
from sync.rules.matching import match
from sync.rules.plans import (
    Case,
    CaseRow,
    ContactPlan,
    Create,
    Keep,
    Plan,
    Policy,
    RowPlan,
    Skip,
    contact_score,
)


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
        return _plan_own_lead(row, link, lead, case, policy)
    if link is not None and link.state is LinkState.LINKED and link.lead_id:
        known = case.linked_leads.get(link.lead_id)
        if known is not None:
            return _plan_own_lead(row, link, known, case, policy)
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
    row: CaseRow, link: Link | None, lead: IndexedLead, case: Case, policy: Policy
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
        write_panel_key=_lead_key_is_due(lead, case, policy),
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
    if policy.skip_opted_out and case.opted_out:
        return Skip(reason=SkipReason.OPTED_OUT)
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


def _lead_key_is_due(lead: IndexedLead, case: Case, policy: Policy) -> bool:
    """Whether an open Lead's panel key is old, or another's. Closed ones may take no write."""
    if policy.renew_keys_before is None or not policy.lead_panel_keys or not lead.open:
        return False
    if lead.panel_key_person not in (None, case.person):
        return True
    expiry = lead.panel_key_expires_at
    return expiry is None or expiry < policy.renew_keys_before


def _names_somebody_else(contact: IndexedContact, case: Case) -> bool:
    """Whether the key opens the panel of nobody here: a Contact copied from another has theirs."""
    named = contact.panel_key_person
    carried = case.carriers.get(contact.contact_id, ())
    return named is not None and named != case.person and named not in carried
