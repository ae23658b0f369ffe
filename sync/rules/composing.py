"""What to tell Pipeliner about a decided person or row: the content of each write. Pure.

Existing Contacts keep their data (design §3.6): they are only given our own fields. `Act-On Last
Refreshed` goes with a score and is never a write of its own (design §3.8).
"""

from dataclasses import replace
from datetime import datetime

from sync.model import ContactWrite, Details, FieldPurpose, LeadWrite, SkipReason, SpaceSettings
from sync.rules.naming import clean_name, contact_names, lead_name, person_name
from sync.rules.plans import Case, CaseRow, ContactPlan, Create, Keep, Plan, Skip, contact_score

WAITING = "More new Leads than the volume guard allows; an admin may approve them."


def hold_creates(plan: Plan) -> Plan:
    """The plan without new Leads: they wait for an admin's approval (volume guard)."""
    waits = Skip(reason=SkipReason.WAITING_FOR_APPROVAL, detail=WAITING)
    rows = tuple((row, waits if isinstance(one, Create) else one) for row, one in plan.rows)
    contact = plan.contact
    if contact.create or not any(isinstance(one, Keep) for _, one in rows):
        contact = ContactPlan(contact_id=contact.contact_id)
    return replace(plan, rows=rows, contact=contact)


def contact_write(
    case: Case,
    plan: ContactPlan,
    *,
    address: str,
    details: Details,
    settings: SpaceSettings,
    owner_id: str,
    panel_key: str | None,
    now: datetime,
) -> ContactWrite:
    """The write that the person's Contact needs; `panel_key` None: none is due."""
    ours: dict[FieldPurpose, int | str | datetime] = {}
    score = contact_score(case, plan.contact_id)
    if plan.write_score and score is not None:
        ours[FieldPurpose.CONTACT_SCORE] = score
        ours[FieldPurpose.CONTACT_REFRESHED] = now
    if plan.write_person and case.acton_contact_id:
        ours[FieldPurpose.CONTACT_PERSON] = case.acton_contact_id
    if panel_key is not None:
        ours[FieldPurpose.CONTACT_PANEL_KEY] = panel_key
    if not plan.create:
        return ContactWrite(contact_id=plan.contact_id, ours=ours)
    return ContactWrite(
        contact_id=None,
        ours=ours,
        owner_id=owner_id,
        unit_id=settings.unit_id,
        address=address,
        details=contact_names(details, address),
    )


def name_lead(
    *,
    own: Details | None,
    contact_name: str,
    merged: Details,
    address: str,
    list_name: str,
    limit: int,
) -> str:
    """`Contact name (List name)`: from the row, else the linked Contact, else the address."""
    name = (
        (person_name(own) if own else "")
        or clean_name(contact_name)
        or person_name(merged)
        or address
    )
    return lead_name(name=name, list_name=clean_name(list_name), limit=limit)


def new_lead(
    row: CaseRow,
    *,
    name: str,
    list_name: str,
    record_id: str,
    contact_id: str | None,
    settings: SpaceSettings,
    owner_id: str,
    limit: int,
    panel_key: str | None = None,
) -> LeadWrite:
    """The Lead to create for a row, linked to its Contact, carrying our keys."""
    ours: dict[FieldPurpose, int | str] = {
        FieldPurpose.LEAD_KEY: row.key,
        FieldPurpose.LEAD_LIST: clean_name(list_name)[:limit],
        FieldPurpose.LEAD_PERSON: record_id,
    }
    if row.score is not None:
        ours[FieldPurpose.LEAD_SCORE] = row.score
    if panel_key is not None:
        ours[FieldPurpose.LEAD_PANEL_KEY] = panel_key
    return LeadWrite(
        lead_id=None,
        ours=ours,
        name=name,
        owner_id=owner_id,
        contact_id=contact_id,
        unit_id=settings.unit_id,
        lead_type_id=settings.lead_type_id,
        step_id=settings.step_id,
    )


def lead_change(
    lead_id: str,
    *,
    score: int | None,
    key: str | None = None,
    name: str | None = None,
    list_name: str = "",
    limit: int = 0,
    panel_key: str | None = None,
) -> LeadWrite:
    """The score, our key where it is gone, a new panel key and a new name, written on a Lead that
    exists."""
    ours: dict[FieldPurpose, int | str] = {}
    if score is not None:
        ours[FieldPurpose.LEAD_SCORE] = score
    if key is not None:
        ours[FieldPurpose.LEAD_KEY] = key
    if panel_key is not None:
        ours[FieldPurpose.LEAD_PANEL_KEY] = panel_key
    if name is not None:
        ours[FieldPurpose.LEAD_LIST] = clean_name(list_name)[:limit]
    return LeadWrite(lead_id=lead_id, ours=ours, name=name)
