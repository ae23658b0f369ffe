"""Noting what has happened, to be saved in one transaction: links, people, outcomes, counts.

What one batch wrote is saved before the next is sent, so that a crash leaves no more behind than
the next pass finds again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sync.engine.cases import Decided
from sync.engine.live import begun_at, make_good, overtaken, with_live_scores
from sync.engine.work import SourcePlan, Work
from sync.model import (
    FailReason,
    LeadWrite,
    LinkNames,
    LinkState,
    NewLink,
    PersonRecord,
    Result,
    SkipReason,
    WrittenContact,
)
from sync.rules.plans import CaseRow
from sync.store.staging import Settled, StagingStore


@dataclass(kw_only=True)
class _Unsaved:
    """What has happened and is still to be saved, in one transaction."""

    settled: list[Settled] = field(default_factory=list)
    links: list[NewLink] = field(default_factory=list)
    names: list[LinkNames] = field(default_factory=list)
    records: list[PersonRecord] = field(default_factory=list)
    contacts: list[WrittenContact] = field(default_factory=list)
    leads: list[tuple[str, LeadWrite]] = field(default_factory=list)
    written: dict[str, int | None] = field(default_factory=dict)  # score by person
    tallies: dict[str, int] = field(default_factory=dict)


class Notes:
    """What one run has done and not yet saved."""

    def __init__(self, work: Work, source: SourcePlan) -> None:
        self._work = work
        self._source = source
        self._unsaved = _Unsaved()
        self._since = begun_at(work)
        self._overtaken: set[str] = set()
        with work.papers.read() as papers:
            self.list_names = {one.list_no: one.name for one in papers.lists(work.run_id)}

    @property
    def outcomes(self) -> int:
        """How many outcomes are not saved yet."""
        return len(self._unsaved.settled)

    # --- what happened ---------------------------------------------------------------------------

    def count(self, name: str) -> None:
        """One more of what the run counts."""
        self._unsaved.tallies[name] = self._unsaved.tallies.get(name, 0) + 1

    def call(self, names: LinkNames) -> None:
        """What a Lead and its list are called now."""
        self._unsaved.names.append(names)

    def wrote_contact(self, contact: WrittenContact, score: int | None) -> None:
        """A Contact was written, with the person's score."""
        self._unsaved.contacts.append(contact)
        self._unsaved.written[contact.person] = score

    def wrote_lead(self, lead_id: str, write: LeadWrite, person: str, score: int | None) -> None:
        """A Lead was written, with the person's score."""
        self._unsaved.leads.append((lead_id, write))
        self._unsaved.written[person] = score

    def lead_name(self, decided: Decided, row: CaseRow) -> str:
        """What the Lead of the row is called."""
        list_name = self.list_names[row.list_no]
        return decided.lead_name(row, list_name, limit=self._work.options.name_limit)

    def link(
        self,
        decided: Decided,
        row: CaseRow,
        state: LinkState,
        lead_id: str | None = None,
        contact_id: str | None = None,
    ) -> None:
        """How far the row has come towards a Lead."""
        self._unsaved.links.append(
            NewLink(
                list_id=row.list_id,
                person=decided.case.person,
                key=row.key,
                state=state,
                lead_id=lead_id,
                contact_id=contact_id or decided.plan.contact.contact_id,
                lead_name=self.lead_name(decided, row),
                list_name=self.list_names[row.list_no],
                run_id=self._work.run_id,
            )
        )

    def intend(self, rows: Sequence[tuple[Decided, CaseRow]]) -> None:
        """What is about to be created, saved before it is: a crash then leaves a trace."""
        for decided, row in rows:
            self.link(decided, row, LinkState.CREATING)
        self.save()

    def remember(
        self, decided: Decided, contact_id: str | None, key_expiry: datetime | None = None
    ) -> None:
        """Who the person is, and which Contact is theirs."""
        before, case = decided.case.record, decided.case
        # A score read live meanwhile is set in when this is saved.
        self._unsaved.records.append(
            PersonRecord(
                person=case.person,
                address=decided.address,
                contact_id=contact_id or (before.contact_id if before else None),
                acton_contact_id=case.acton_contact_id,
                score=case.best_score,
                score_read_at=self._work.now(),
                score_source=self._source.source,
                panel_key_expires_at=key_expiry or _key_expiry(decided),
                blocked=decided.plan.block,
            )
        )

    def settle(
        self,
        row: CaseRow,
        result: Result,
        *,
        reason: SkipReason | FailReason | None = None,
        detail: str = "",
        lead_id: str | None = None,
        contact_id: str | None = None,
        decided: Decided | None = None,
    ) -> None:
        """What has become of the row."""
        self._unsaved.settled.append(
            Settled(
                list_no=row.list_no,
                position=row.position,
                result=result,
                reason=reason.value if reason else None,
                detail=detail or None,
                lead_id=lead_id,
                contact_id=contact_id or (decided.plan.contact.contact_id if decided else None),
            )
        )

    def save(self) -> None:
        """Everything that has happened so far, in one transaction."""
        unsaved, self._unsaved = self._unsaved, _Unsaved()
        space_id, now = self._work.space.space_id, self._work.now()
        with self._work.store.write() as desk:
            desk.links.save(space_id, unsaved.links, now=now)
            desk.links.rename(space_id, unsaved.names, now=now)
            records = with_live_scores(desk, space_id, unsaved.records, self._since)
            self._overtaken |= overtaken(desk, space_id, unsaved.written, self._since)
            desk.people.save(space_id, records, now=now)
            desk.crm.note_contacts(space_id, unsaved.contacts, now=now)
            desk.crm.note_leads(space_id, unsaved.leads, now=now)
            papers = StagingStore(desk.connection)
            papers.settle(self._work.run_id, unsaved.settled)
            for name, number in unsaved.tallies.items():
                papers.tally(self._work.run_id, name, number)

    def make_good(self) -> None:
        """Write what was read live of people after their scores had been taken for this run."""
        if self._overtaken:
            make_good(self._work, self._overtaken)


def _key_expiry(decided: Decided) -> datetime | None:
    """When the person's panel key expires that was written before: by what the Contact says, since
    we may not have lived to write it down ourselves."""
    case, chosen = decided.case, decided.plan.contact.contact_id
    for known in (*case.contacts, *([case.recorded] if case.recorded else [])):
        if known.contact_id == chosen and known.panel_key_person == case.person:
            return known.panel_key_expires_at
    return case.record.panel_key_expires_at if case.record else None
