"""One small builder for each value that deciding takes: a test names only what it is about."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sync.model import (
    ExistingLead,
    IndexedContact,
    IndexedLead,
    Link,
    LinkState,
    PersonRecord,
)
from sync.rules.plans import Case, CaseRow, Policy

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
HALF_LIFE = NOON + timedelta(days=15)
THIS_RUN = 7
PERSON = "ab" * 16
ADDRESS = "jane@example.com"


def row(key: str = "key-1", *, score: int | None = 50, list_no: int = 0) -> CaseRow:
    return CaseRow(
        list_no=list_no,
        position=0,
        list_id=f"l-000{list_no}",
        record_id=f"l-000{list_no}:0",
        key=key,
        score=score,
    )


def contact(
    contact_id: str = "c1",
    *,
    minutes: int = 0,
    deleted: bool = False,
    ours: bool = False,
    score: int | None = None,
    acton_contact_id: str = "",
    key_ends: datetime | None = None,
    name: str = "",
) -> IndexedContact:
    return IndexedContact(
        contact_id=contact_id,
        modified=NOON + timedelta(minutes=minutes),
        deleted=deleted,
        ours=ours,
        name=name,
        score=score,
        acton_contact_id=acton_contact_id,
        panel_key_expires_at=key_ends,
    )


def up_to_date(contact_id: str = "c1", *, score: int | None = 50) -> IndexedContact:
    """A Contact of ours that needs nothing."""
    return contact(
        contact_id,
        ours=True,
        score=score,
        acton_contact_id="l-0000:0",
        key_ends=HALF_LIFE + timedelta(days=1),
    )


def lead(
    lead_id: str = "lead-1",
    *,
    key: str = "",
    minutes: int = 0,
    deleted: bool = False,
    open: bool = True,
    score: int | None = None,
) -> IndexedLead:
    return IndexedLead(
        lead_id=lead_id,
        modified=NOON + timedelta(minutes=minutes),
        deleted=deleted,
        open=open,
        key=key,
        score=score,
    )


def link(
    key: str = "key-1",
    *,
    state: LinkState = LinkState.LINKED,
    lead_id: str | None = "lead-1",
    run_id: int | None = 1,
) -> Link:
    return Link(
        list_id="l-0000",
        person=PERSON,
        key=key,
        state=state,
        lead_id=lead_id,
        contact_id=None,
        crossed_at=NOON,
        run_id=run_id,
    )


def intent(key: str = "key-1", *, run_id: int = 1) -> Link:
    """What a crash leaves behind: a Lead was about to be made."""
    return link(key, state=LinkState.CREATING, lead_id=None, run_id=run_id)


def tombstone(key: str = "key-1") -> Link:
    return link(key, state=LinkState.TOMBSTONE)


def record(*, contact_id: str | None = "c1", blocked: bool = False) -> PersonRecord:
    return PersonRecord(person=PERSON, address=ADDRESS, contact_id=contact_id, blocked=blocked)


def case(
    *rows: CaseRow,
    record: PersonRecord | None = None,
    contacts: Sequence[IndexedContact] = (),
    recorded: IndexedContact | None = None,
    links: Sequence[Link] = (),
    own_leads: Sequence[IndexedLead] = (),
    near_leads: Sequence[IndexedLead] = (),
) -> Case:
    """A person with these rows (one at 50 points, if none is given)."""
    rows = rows or (row(),)
    return Case(
        person=PERSON,
        rows=rows,
        best_score=max((one.score for one in rows if one.score is not None), default=None),
        acton_contact_id=rows[0].record_id,
        record=record,
        contacts=contacts,
        recorded=recorded,
        links={one.key: one for one in links},
        own_leads={one.key: [found for found in own_leads if found.key == one.key] for one in rows},
        near_leads=near_leads,
    )


def policy(
    *,
    threshold: int = 40,
    existing_lead: ExistingLead = ExistingLead.SKIP,
    renew_keys_before: datetime | None = HALF_LIFE,
) -> Policy:
    return Policy(
        threshold=threshold,
        existing_lead=existing_lead,
        run_id=THIS_RUN,
        renew_keys_before=renew_keys_before,
    )
