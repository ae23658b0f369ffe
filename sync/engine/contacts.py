"""Writing Contacts, in full batches; the Leads of their persons follow."""

from datetime import datetime

from sync.engine.cases import Decided
from sync.engine.doubts import FieldDoubts
from sync.engine.leads import LeadWriter
from sync.engine.noting import Notes
from sync.engine.signing import SignKey
from sync.engine.work import Work
from sync.model import (
    ContactWrite,
    FailReason,
    FieldPurpose,
    NotWritten,
    Result,
    Written,
    WrittenContact,
)
from sync.rules.composing import contact_write
from sync.rules.plans import (
    CaseRow,
    Create,
    Keep,
    contact_change_shows,
    contact_score,
    writes_lead,
)


class ContactWriter:
    """Takes one person after the other; `flush` when the last one was taken."""

    def __init__(
        self,
        work: Work,
        notes: Notes,
        doubts: FieldDoubts,
        leads: LeadWriter,
        sign_key: SignKey,
    ) -> None:
        self._work = work
        self._notes = notes
        self._doubts = doubts
        self._leads = leads
        self._sign_key = sign_key
        self._waiting: list[Decided] = []

    def take(self, decided: Decided) -> None:
        """Queue what the person's Contact needs."""
        self._waiting.append(decided)
        if len(self._waiting) >= self._work.options.batch_size:
            self.flush()

    def flush(self) -> None:
        """Write all that is still held, and queue the Leads that go with it."""
        batch, self._waiting = self._waiting, []
        if not batch:
            return
        self._work.guard()
        self._notes.intend(
            [(one, row) for one in batch for row, plan in one.plan.rows if isinstance(plan, Create)]
        )
        expiry = self._work.now() + self._work.options.panel_key_life
        writes = [self._compose(one, expiry) for one in batch]
        results = self._work.connections.pipeliner.write_contacts(writes, self._work.fields)
        broken = self._doubts.look(results)
        for decided, write, result in zip(batch, writes, results, strict=True):
            if isinstance(result, Written):
                self._written(decided, write, result.record_id, expiry)
            elif broken is None:
                self._refused(decided, result)
        self._notes.save()
        if broken is not None:
            raise broken

    def _compose(self, decided: Decided, expiry: datetime) -> ContactWrite:
        plan, case = decided.plan.contact, decided.case
        return contact_write(
            case,
            plan,
            address=decided.address,
            details=decided.details,
            settings=self._work.space.settings,
            owner_id=self._work.owner.user_id,
            panel_key=self._sign_key(case.person, expiry) if plan.write_panel_key else None,
            now=self._work.now(),
        )

    def _written(
        self, decided: Decided, write: ContactWrite, contact_id: str, expiry: datetime
    ) -> None:
        key_expiry = expiry if FieldPurpose.CONTACT_PANEL_KEY in write.ours else None
        contact = WrittenContact(
            contact_id=contact_id,
            person=decided.case.person,
            write=write,
            panel_key_expires_at=key_expiry,
        )
        self._notes.wrote_contact(contact, decided.case.best_score)
        if write.contact_id is None:
            self._notes.count("contacts_created")
        elif FieldPurpose.CONTACT_SCORE in write.ours:
            self._notes.count("scores_updated")
        self._notes.remember(decided, contact_id, key_expiry)
        for row, plan in decided.plan.rows:
            if isinstance(plan, Keep) and not writes_lead(plan) and shows(decided, row):
                result = Result.CREATED if plan.made_now else Result.UPDATED
                self._notes.settle(row, result, lead_id=plan.lead_id, decided=decided)
        self._leads.take(decided, contact_id)

    def _refused(self, decided: Decided, refusal: NotWritten) -> None:
        lost = decided.plan.contact.create or refusal.missing
        for row, plan in decided.plan.rows:
            if isinstance(plan, Create) and lost:
                self._notes.settle(
                    row, Result.FAILED, reason=FailReason.CONTACT_FAILED, detail=refusal.message
                )
            elif isinstance(plan, Keep) and not writes_lead(plan) and shows(decided, row):
                self._notes.settle(
                    row,
                    Result.FAILED,
                    reason=FailReason.REFUSED_BY_PIPELINER,
                    detail=refusal.message,
                )
        self._leads.take(
            decided,
            decided.plan.contact.contact_id,
            without_new=lost,
            note=f"The Contact could not be updated: {refusal.message}",
        )


def shows(decided: Decided, row: CaseRow) -> bool:
    """Whether writing the person's Contact counts as an update of this row."""
    contact = decided.plan.contact
    return contact_change_shows(row, contact, contact_score(decided.case, contact.contact_id))
