"""A score read live, written to the Contact and its Leads: changed ones only (design §3.8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sync.model import (
    ContactWrite,
    Crossed,
    FieldMap,
    FieldPurpose,
    IndexedContact,
    LeadWrite,
    LinkState,
    Written,
    WrittenContact,
)
from sync.ports import Pipeliner
from sync.store import Store


@dataclass(frozen=True, kw_only=True)
class ToWrite:
    """What Pipeliner has to be told."""

    contact: ContactWrite | None
    leads: Sequence[LeadWrite]

    @property
    def is_nothing(self) -> bool:
        """Whether all of it is there already."""
        return self.contact is None and not self.leads


def what_to_write(
    score: int | None,
    contact: IndexedContact | None,
    crossed: Sequence[Crossed],
    *,
    own_values: bool,
    now: datetime,
) -> ToWrite:
    """The writes that bring Contact and Leads up to the score; pure.

    `own_values`: lists have a score column of their own, so a Lead shows its row's value, and only
    the Contact is told.
    """
    if score is None:
        return ToWrite(contact=None, leads=())
    contact_write = None
    if contact is not None and not contact.deleted and contact.score != score:
        contact_write = ContactWrite(
            contact_id=contact.contact_id,
            ours={FieldPurpose.CONTACT_SCORE: score, FieldPurpose.CONTACT_REFRESHED: now},
        )
    leads = [
        LeadWrite(lead_id=one.lead_id, ours={FieldPurpose.LEAD_SCORE: score})
        for one in crossed
        if one.state is LinkState.LINKED
        and one.lead_id
        and not one.lead_deleted
        and one.lead_score != score
        and not own_values
    ]
    return ToWrite(contact=contact_write, leads=leads)


def write_back(
    pipeliner: Pipeliner,
    store: Store,
    space_id: str,
    person: str,
    wanted: ToWrite,
    fields: FieldMap,
    *,
    now: datetime,
) -> bool:
    """Whether Pipeliner took all of it. What it took is noted in our index.

    Raises what the client raises; the next sync then writes what is missing.
    """
    complete = True
    if wanted.contact is not None:
        [result] = pipeliner.write_contacts([wanted.contact], fields)
        complete = isinstance(result, Written)
        if isinstance(result, Written):
            noted = WrittenContact(
                contact_id=result.record_id,
                person=person,
                write=wanted.contact,
                panel_key_expires_at=None,
            )
            with store.write() as desk:
                desk.crm.note_contacts(space_id, [noted], now=now)
    if wanted.leads:
        results = pipeliner.write_leads(wanted.leads, fields)
        pairs = [
            (result.record_id, write)
            for write, result in zip(wanted.leads, results, strict=True)
            if isinstance(result, Written)
        ]
        complete = complete and len(pairs) == len(wanted.leads)
        with store.write() as desk:
            desk.crm.note_leads(space_id, pairs, now=now)
    return complete
