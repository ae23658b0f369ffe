"""Writing Leads: queued row by row, sent in full batches, each noted as Pipeliner answers."""

from collections.abc import Sequence
from dataclasses import dataclass

from sync.engine.cases import Decided
from sync.engine.doubts import FieldDoubts
from sync.engine.noting import Notes
from sync.engine.signing import SignKey
from sync.engine.work import Work
from sync.model import (
    FailReason,
    FieldPurpose,
    LeadWrite,
    LinkNames,
    LinkState,
    NotWritten,
    Result,
    SkipReason,
    Written,
)
from sync.rules.composing import lead_change, new_lead
from sync.rules.plans import (
    CaseRow,
    Create,
    Keep,
    RowPlan,
    Skip,
    contact_score,
    expected,
    lead_change_shows,
    tells_score,
    writes_lead,
)

DELETED = "The Lead was deleted in Pipeliner."


@dataclass(frozen=True, kw_only=True)
class _LeadItem:
    """A row whose Lead has to be told something."""

    decided: Decided
    row: CaseRow
    plan: RowPlan
    contact_id: str | None
    note: str = ""
    links_contact: bool = False  # the first new Lead of a Contact that was there before


class LeadWriter:
    """Takes the rows of one person after the other; `flush` when the last one was taken."""

    def __init__(self, work: Work, notes: Notes, doubts: FieldDoubts, sign_key: SignKey) -> None:
        self._work = work
        self._notes = notes
        self._doubts = doubts
        self._sign_key = sign_key
        self._items: list[_LeadItem] = []

    def take(
        self,
        decided: Decided,
        contact_id: str | None,
        *,
        without_new: bool = False,
        note: str = "",
    ) -> None:
        """Queue what the person's Leads need. `contact_id`: the Contact that new ones are linked
        to; `without_new`: it could not be made, so none are; `note` goes to their outcomes."""
        links_contact = decided.plan.contact.contact_id is not None
        for row, plan in decided.plan.rows:
            if not writes_lead(plan) or (without_new and isinstance(plan, Create)):
                continue
            new = isinstance(plan, Create)
            self._items.append(
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
        self._write_full()

    def flush(self) -> None:
        """Write all that is still held."""
        self._write_full()
        if self._items:
            batch, self._items = self._items, []
            self._write(batch)

    def _write_full(self) -> None:
        size = self._work.options.batch_size
        while len(self._items) >= size:
            batch, self._items = self._items[:size], self._items[size:]
            self._write(batch)

    def _write(self, batch: Sequence[_LeadItem]) -> None:
        self._work.guard()
        self._notes.intend(
            [(item.decided, item.row) for item in batch if isinstance(item.plan, Create)]
        )
        writes = [self._compose(item) for item in batch]
        results = self._work.connections.pipeliner.write_leads(writes, self._work.fields)
        broken = self._doubts.look(results)
        for item, write, result in zip(batch, writes, results, strict=True):
            if isinstance(result, Written):
                self._written(item, write, result.record_id)
            elif broken is None:
                self._refused(item, result)
        self._notes.save()
        if broken is not None:
            raise broken

    def _compose(self, item: _LeadItem) -> LeadWrite:
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
                    panel_key=self._panel_key(item),
                )
            case Keep(lead_id=lead_id, write_key=write_key, new_name=new_name):
                return lead_change(
                    lead_id,
                    score=item.row.score if tells_score(item.plan) else None,
                    key=item.row.key if write_key else None,
                    name=new_name,
                    list_name=item.row.list_name,
                    limit=self._work.options.name_limit,
                    panel_key=self._panel_key(item),
                )
            case Skip(touch_lead_id=str() as lead_id):
                return lead_change(lead_id, score=item.row.score)
        raise AssertionError("only rows that write a Lead are queued")

    def _panel_key(self, item: _LeadItem) -> str | None:
        """A new panel key, with any write: it costs no call then."""
        if FieldPurpose.LEAD_PANEL_KEY not in self._work.fields:
            return None
        expiry = self._work.now() + self._work.options.panel_key_life
        return self._sign_key(item.decided.case.person, expiry)

    def _written(self, item: _LeadItem, write: LeadWrite, lead_id: str) -> None:
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
        result = _result_of(item.decided, row, plan)
        detail = " ".join(filter(None, (self._renamed(row, plan), item.note)))
        self._notes.settle(row, result, detail=detail, lead_id=lead_id, decided=item.decided)

    def _renamed(self, row: CaseRow, plan: Keep) -> str:
        """What the outcome says about a new name, which the link is told too."""
        if plan.new_name is None:
            return ""
        self._notes.call(LinkNames(key=row.key, lead_name=plan.new_name, list_name=row.list_name))
        return f"Renamed to {plan.new_name!r}, since its list was renamed."

    def _refused(self, item: _LeadItem, refusal: NotWritten) -> None:
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
        elif isinstance(plan, Keep) and not lead_change_shows(plan):
            detail = f"The key of the Lead's panel could not be renewed: {refusal.message}"
            result = _result_of(item.decided, row, plan)
            self._notes.settle(
                row, result, detail=detail, lead_id=plan.lead_id, decided=item.decided
            )
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


def _result_of(decided: Decided, row: CaseRow, plan: Keep) -> Result:
    """What the row counts as; that its Contact was written too may be what shows."""
    contact = decided.plan.contact
    result, _ = expected(row, plan, contact, contact_score(decided.case, contact.contact_id))
    return result
