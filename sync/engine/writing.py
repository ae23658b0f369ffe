"""Doing what was decided: intents first, then Contacts, then Leads, outcomes last.

Works through bounded buffers, so that batches are full and memory stays flat. A crash or a lost
answer at any point leaves rows unsettled; the next pass decides them again with what is then known.
"""

from sync.engine.cases import Decided
from sync.engine.contacts import ContactWriter, shows
from sync.engine.doubts import FieldDoubts
from sync.engine.leads import LeadWriter
from sync.engine.noting import Notes
from sync.engine.renaming import follow_lists
from sync.engine.signing import SignKey
from sync.engine.work import SourcePlan, Work
from sync.languages import lazy_gettext
from sync.model import Link, LinkState, Progress, Result
from sync.rules.plans import CaseRow, Create, Keep, Skip, writes_lead

SAVED_AT_ONCE = 500


class Writer:
    """Takes decided persons one by one; `flush` when the last one was taken."""

    def __init__(self, work: Work, source: SourcePlan, sign_key: SignKey) -> None:
        self._work = work
        self._notes = Notes(work, source)
        doubts = FieldDoubts(work)
        self._leads = LeadWriter(work, self._notes, doubts, sign_key)
        self._contacts = ContactWriter(work, self._notes, doubts, self._leads, sign_key)
        self._done = 0
        with work.papers.read() as papers:
            self._total = papers.count_waiting(work.run_id)

    def take(self, decided: Decided) -> None:
        """One person's plan; written now or with the batch it ends up in."""
        decided, kept = follow_lists(decided, self._name_now, limit=self._work.options.name_limit)
        for names in kept:
            self._notes.call(names)
        self._settle_quiet_rows(decided)
        if decided.plan.contact.writes:
            self._contacts.take(decided)
        else:
            self._leads.take(decided, decided.plan.contact.contact_id)
        if self._notes.outcomes >= SAVED_AT_ONCE:
            self._notes.save()
        self._done += 1
        self._work.report(
            Progress(step=lazy_gettext("Writing to Pipeliner"), done=self._done, total=self._total)
        )

    def flush(self) -> None:
        """Write and save all that is still held."""
        self._contacts.flush()
        self._leads.flush()
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
                    if not writes_lead(one) and not shows(decided, row):
                        result = Result.CREATED if one.made_now else Result.UNCHANGED
                        self._notes.settle(row, result, lead_id=one.lead_id, decided=decided)
        linked = any(isinstance(one, Keep | Create) for _, one in plan.rows)
        if plan.block or (linked and not plan.contact.writes):
            self._notes.remember(decided, plan.contact.contact_id)

    def _settle_skip(self, decided: Decided, row: CaseRow, skip: Skip) -> None:
        if skip.bury:
            self._notes.link(decided, row, LinkState.TOMBSTONE)
        self._notes.settle(row, Result.SKIPPED, reason=skip.reason, detail=skip.detail)
