"""Doing what was decided: intents first, then Contacts, then Leads, outcomes last.

Works through bounded buffers, so that batches are full and memory stays flat. A crash or a lost
answer at any point leaves rows unsettled; the next pass decides them again with what is then known.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sync.engine.cases import Decided
from sync.engine.checks import check_fields
from sync.engine.noting import Notes
from sync.engine.renaming import follow_lists
from sync.engine.work import SourcePlan, Work
from sync.errors import SetupError, TryLater, UnexpectedAnswer
from sync.model import (
    ContactWrite,
    FailReason,
    FieldPurpose,
    LeadWrite,
    Link,
    LinkNames,
    LinkState,
    NotWritten,
    Progress,
    Result,
    SkipReason,
    WriteResult,
    Written,
    WrittenContact,
)
from sync.rules.composing import contact_write, lead_change, new_lead
from sync.rules.deciding import (
    CaseRow,
    Create,
    Keep,
    RowPlan,
    Skip,
    contact_change_shows,
    contact_score,
    tells_score,
    writes_lead,
)

SAVED_AT_ONCE = 500
DELETED = "The Lead was deleted in Pipeliner."

SignKey = Callable[[str, datetime], str]  # (person, expiry) → the text of a panel key


@dataclass(frozen=True, kw_only=True)
class _LeadItem:
    """A row whose Lead has to be told something."""

    decided: Decided
    row: CaseRow
    plan: RowPlan
    contact_id: str | None
    note: str = ""
    links_contact: bool = False  # the first new Lead of a Contact that was there before


class Writer:
    """Takes decided persons one by one; `flush` when the last one was taken."""

    def __init__(self, work: Work, source: SourcePlan, sign_key: SignKey) -> None:
        self._work = work
        self._source = source
        self._sign_key = sign_key
        self._contacts: list[Decided] = []
        self._leads: list[_LeadItem] = []
        self._notes = Notes(work, source)
        self._done = 0
        self._fields_doubted = False
        with work.papers.read() as papers:
            self._total = papers.count_waiting(work.run_id)

    def take(self, decided: Decided) -> None:
        """One person's plan; written now or with the batch it ends up in."""
        decided, kept = follow_lists(decided, self._name_now, limit=self._work.options.name_limit)
        for names in kept:
            self._notes.call(names)
        self._settle_quiet_rows(decided)
        if decided.plan.contact.writes:
            self._contacts.append(decided)
            if len(self._contacts) >= self._work.options.batch_size:
                self._write_contacts()
        else:
            self._queue_leads(decided, decided.plan.contact.contact_id)
        if self._notes.outcomes >= SAVED_AT_ONCE:
            self._notes.save()
        self._done += 1
        self._work.report(Progress(step="Writing to Pipeliner", done=self._done, total=self._total))

    def flush(self) -> None:
        """Write and save all that is still held."""
        self._write_contacts()
        self._write_leads(everything=True)
        self._notes.save()
        self._notes.make_good()

    def _name_now(self, lead_id: str, link: Link) -> str | None:
        self._work.guard()
        return self._work.connections.pipeliner.find_lead_name(lead_id)

    # --- rows that need no write ---------------------------------------------------------------

    def _settle_quiet_rows(self, decided: Decided) -> None:
        plan = decided.plan
        for row, one in plan.rows:
            match one:
                case Skip(touch_lead_id=None):
                    self._settle_skip(decided, row, one)
                case Keep():
                    if one.confirm:
                        self._notes.link(decided, row, LinkState.LINKED, lead_id=one.lead_id)
                    if not writes_lead(one) and not self._shows(decided, row):
                        result = Result.CREATED if one.made_now else Result.UNCHANGED
                        self._notes.settle(row, result, lead_id=one.lead_id, decided=decided)
        linked = any(isinstance(one, Keep | Create) for _, one in plan.rows)
        if plan.block or (linked and not plan.contact.writes):
            self._notes.remember(decided, plan.contact.contact_id)

    def _settle_skip(self, decided: Decided, row: CaseRow, skip: Skip) -> None:
        if skip.bury:
            self._notes.link(decided, row, LinkState.TOMBSTONE)
        self._notes.settle(row, Result.SKIPPED, reason=skip.reason, detail=skip.detail)

    def _shows(self, decided: Decided, row: CaseRow) -> bool:
        contact = decided.plan.contact
        return contact_change_shows(row, contact, contact_score(decided.case, contact.contact_id))

    # --- Contacts ------------------------------------------------------------------------------

    def _write_contacts(self) -> None:
        batch, self._contacts = self._contacts, []
        if not batch:
            return
        self._work.guard()
        self._write_intents(
            [(one, row) for one in batch for row, plan in one.plan.rows if isinstance(plan, Create)]
        )
        expiry = self._work.now() + self._work.options.panel_key_life
        writes = [self._compose_contact(one, expiry) for one in batch]
        results = self._work.connections.pipeliner.write_contacts(writes, self._work.fields)
        broken = self._broken_fields(results)
        for decided, write, result in zip(batch, writes, results, strict=True):
            if isinstance(result, Written):
                self._contact_written(decided, write, result.record_id, expiry)
            elif broken is None:
                self._contact_refused(decided, result)
        self._notes.save()
        if broken is not None:
            raise broken

    def _compose_contact(self, decided: Decided, expiry: datetime) -> ContactWrite:
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

    def _contact_written(
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
            if isinstance(plan, Keep) and not writes_lead(plan) and self._shows(decided, row):
                result = Result.CREATED if plan.made_now else Result.UPDATED
                self._notes.settle(row, result, lead_id=plan.lead_id, decided=decided)
        self._queue_leads(decided, contact_id)

    def _contact_refused(self, decided: Decided, refusal: NotWritten) -> None:
        lost = decided.plan.contact.create or refusal.missing
        for row, plan in decided.plan.rows:
            if isinstance(plan, Create) and lost:
                self._notes.settle(
                    row, Result.FAILED, reason=FailReason.CONTACT_FAILED, detail=refusal.message
                )
            elif isinstance(plan, Keep) and not writes_lead(plan) and self._shows(decided, row):
                self._notes.settle(
                    row,
                    Result.FAILED,
                    reason=FailReason.REFUSED_BY_PIPELINER,
                    detail=refusal.message,
                )
        self._queue_leads(
            decided,
            decided.plan.contact.contact_id,
            without_new=lost,
            note=f"The Contact could not be updated: {refusal.message}",
        )

    # --- Leads ---------------------------------------------------------------------------------

    def _queue_leads(
        self,
        decided: Decided,
        contact_id: str | None,
        *,
        without_new: bool = False,
        note: str = "",
    ) -> None:
        links_contact = decided.plan.contact.contact_id is not None
        for row, plan in decided.plan.rows:
            if not writes_lead(plan) or (without_new and isinstance(plan, Create)):
                continue
            new = isinstance(plan, Create)
            self._leads.append(
                _LeadItem(
                    decided=decided,
                    row=row,
                    plan=plan,
                    contact_id=contact_id,
                    note=note,
                    links_contact=new and links_contact,
                )
            )
            links_contact = links_contact and not new
        self._write_leads()

    def _write_leads(self, *, everything: bool = False) -> None:
        size = self._work.options.batch_size
        while len(self._leads) >= size or (everything and self._leads):
            batch, self._leads = self._leads[:size], self._leads[size:]
            self._work.guard()
            self._write_intents(
                [(item.decided, item.row) for item in batch if isinstance(item.plan, Create)]
            )
            writes = [self._compose_lead(item) for item in batch]
            results = self._work.connections.pipeliner.write_leads(writes, self._work.fields)
            broken = self._broken_fields(results)
            for item, write, result in zip(batch, writes, results, strict=True):
                if isinstance(result, Written):
                    self._lead_written(item, write, result.record_id)
                elif broken is None:
                    self._lead_refused(item, result)
            self._notes.save()
            if broken is not None:
                raise broken

    def _compose_lead(self, item: _LeadItem) -> LeadWrite:
        match item.plan:
            case Create():
                return new_lead(
                    item.row,
                    name=self._notes.lead_name(item.decided, item.row),
                    list_name=self._notes.list_names[item.row.list_no],
                    record_id=item.row.record_id,
                    contact_id=item.contact_id,
                    settings=self._work.space.settings,
                    owner_id=self._work.owner.user_id,
                    limit=self._work.options.name_limit,
                )
            case Keep(lead_id=lead_id, write_key=write_key, new_name=new_name):
                return lead_change(
                    lead_id,
                    score=item.row.score if tells_score(item.plan) else None,
                    key=item.row.key if write_key else None,
                    name=new_name,
                    list_name=item.row.list_name,
                    limit=self._work.options.name_limit,
                )
            case Skip(touch_lead_id=str() as lead_id):
                return lead_change(lead_id, score=item.row.score)
        raise AssertionError("only rows that write a Lead are queued")

    def _lead_written(self, item: _LeadItem, write: LeadWrite, lead_id: str) -> None:
        row, plan = item.row, item.plan
        case = item.decided.case
        self._notes.wrote_lead(lead_id, write, case.person, case.best_score)
        if isinstance(plan, Create):
            self._notes.link(item.decided, row, LinkState.LINKED, lead_id, item.contact_id)
            if item.links_contact:
                self._notes.count("contacts_linked")
            detail = " ".join(filter(None, (plan.detail, item.note)))
            self._notes.settle(
                row, Result.CREATED, detail=detail, lead_id=lead_id, contact_id=item.contact_id
            )
            return
        if tells_score(plan):
            self._notes.count("scores_updated")
        if isinstance(plan, Skip):
            self._notes.settle(row, Result.SKIPPED, reason=plan.reason, detail=plan.detail)
            return
        result = Result.CREATED if plan.made_now else Result.UPDATED
        detail = " ".join(filter(None, (self._renamed(row, plan), item.note)))
        self._notes.settle(row, result, detail=detail, lead_id=lead_id, decided=item.decided)

    def _renamed(self, row: CaseRow, plan: Keep) -> str:
        """What the outcome says about a new name, which the link is told too."""
        if plan.new_name is None:
            return ""
        self._notes.call(LinkNames(key=row.key, lead_name=plan.new_name, list_name=row.list_name))
        return f"Renamed to {plan.new_name!r}, since its list was renamed."

    def _lead_refused(self, item: _LeadItem, refusal: NotWritten) -> None:
        row, plan = item.row, item.plan
        if isinstance(plan, Skip):
            self._notes.settle(
                row,
                Result.SKIPPED,
                reason=plan.reason,
                detail=f"{plan.detail} Its score could not be written: {refusal.message}",
            )
        elif isinstance(plan, Keep) and refusal.missing:
            self._notes.link(item.decided, row, LinkState.TOMBSTONE)
            gone = SkipReason.DELETED_IN_CRM
            self._notes.settle(row, Result.SKIPPED, reason=gone, detail=DELETED)
        elif isinstance(plan, Keep) and plan.closed:
            # Nothing is wrong, and nobody can mend it: such a Lead must not spoil every run.
            detail = f"The Lead is closed in Pipeliner and takes no score: {refusal.message}"
            self._notes.settle(
                row, Result.UNCHANGED, detail=detail, lead_id=plan.lead_id, decided=item.decided
            )
        else:
            self._notes.settle(
                row,
                Result.FAILED,
                reason=FailReason.REFUSED_BY_PIPELINER,
                detail=refusal.message,
            )

    # --- fields that go while we write ---------------------------------------------------------

    def _broken_fields(self, results: Sequence[WriteResult]) -> SetupError | None:
        """The set-up error behind refusals, where a field of ours is gone since the run began.

        Looked at when everything in a batch is refused, and at the first refusal: one bad record is
        nothing unusual, and each look costs two calls.
        """
        refused = [one for one in results if isinstance(one, NotWritten) and not one.missing]
        if not refused or (self._fields_doubted and len(refused) < len(results)):
            return None
        self._fields_doubted = True
        try:
            check_fields(self._work.connections.pipeliner, self._work.space, self._work.fields)
        except SetupError as error:
            return error
        except (TryLater, UnexpectedAnswer):
            return None  # it was only a look; the refusals stand as they are
        return None

    # --- writing down ------------------------------------------------------------------------

    def _write_intents(self, rows: Sequence[tuple[Decided, CaseRow]]) -> None:
        """What is about to be created, saved before it is: a crash then leaves a trace."""
        for decided, row in rows:
            self._notes.link(decided, row, LinkState.CREATING)
        self._notes.save()
