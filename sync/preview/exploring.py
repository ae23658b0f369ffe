"""What a run would do at every threshold, from one reading: the same steps as a preview's.

All rows are decided as if the lowest threshold had been chosen; what depends on the score is kept
by score. `rules.foreseeing` then looks at single thresholds without asking anybody.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from sync.clock import Now, Sleep, sleep
from sync.engine.cases import Decided, decide_all, make_policy
from sync.engine.mirror import refresh
from sync.engine.options import EngineOptions
from sync.engine.reading import plan_source
from sync.engine.renaming import assume_ours, follow_lists
from sync.engine.work import SourcePlan, Work
from sync.model import Curve, Example, Progress, Space
from sync.ports import Connections
from sync.preview.making import LOOKED_AT, SAMPLES_EACH, make_work, read_all, scratch_papers
from sync.rules.foreseeing import ALWAYS, BAND
from sync.rules.plans import (
    CaseRow,
    Create,
    Keep,
    RowPlan,
    contact_score,
    expected,
    tells_score,
    writes_lead,
)
from sync.store import Store
from sync.store.staging import OutcomeLine, StagingStore

LOWEST_HANDLE: Final = 1  # below it everybody with a score would become a Lead


def explore(
    space: Space,
    store: Store,
    connections: Connections,
    *,
    now: Now,
    options: EngineOptions,
    sleep: Sleep = sleep,
    report: Callable[[Progress], None] = lambda progress: None,
) -> Curve:
    """What a run would do at every threshold from `LOWEST_HANDLE` on. Raises as `make_preview`.

    All is decided as if that were the threshold; `rules.foreseeing` then looks at single ones.
    """
    floor = min(space.settings.threshold, LOWEST_HANDLE)
    settings = replace(space.settings, threshold=floor, volume_guard=None)
    with scratch_papers() as papers:
        work = make_work(
            replace(space, settings=settings),
            store,
            connections,
            papers,
            now=now,
            options=options,
            sleep=sleep,
            report=report,
        )
        source = plan_source(work)
        complete = read_all(work, source)
        refresh(work, overlap=timedelta(0))
        return _Explorer(work, source).explore(floor, complete=complete)


@dataclass(kw_only=True)
class _Found:
    """What the explorer adds up: of rows and records, by the score on which they depend."""

    fixed: Counter[tuple[str, str]] = field(default_factory=Counter)
    by_score: dict[tuple[str, str], Counter[int]] = field(default_factory=dict)
    contacts_created: Counter[int] = field(default_factory=Counter)
    contacts_linked: Counter[int] = field(default_factory=Counter)
    contact_writes: Counter[int] = field(default_factory=Counter)
    contact_scores: Counter[int] = field(default_factory=Counter)
    touched: Counter[int] = field(default_factory=Counter)
    scores_updated: int = 0
    fixed_contact_writes: int = 0
    fixed_lead_writes: int = 0
    examples: list[Example] = field(default_factory=list)
    shown: Counter[tuple[int, str, str]] = field(default_factory=Counter)


class _Explorer:
    """Goes through all decisions once and keeps what depends on the threshold apart."""

    def __init__(self, work: Work, source: SourcePlan) -> None:
        self._work = work
        self._source = source
        self._found = _Found()
        with work.papers.read() as papers:
            self._names = {one.list_no: one.name for one in papers.lists(work.run_id)}

    def explore(self, floor: int, *, complete: bool) -> Curve:
        policy = make_policy(self._work, for_preview=True)
        for decided in decide_all(self._work, self._source, policy):
            followed, _ = follow_lists(decided, assume_ours, limit=self._work.options.name_limit)
            self._take_rows(followed)
            self._take_contact(followed)
        with self._work.papers.read() as papers:
            self._take_settled(papers)
            return self._as_curve(papers, floor, complete=complete)

    def _take_rows(self, decided: Decided) -> None:
        contact = decided.plan.contact
        shown = contact_score(decided.case, contact.contact_id)
        for row, plan in decided.plan.rows:
            result, reason = expected(row, plan, contact, shown)
            kind = (result.value, reason.value if reason else "")
            depends = _depends(decided, row)
            if depends:
                self._found.by_score.setdefault(kind, Counter())[row.score or 0] += 1
            else:
                self._found.fixed[kind] += 1
            self._take_lead(row, plan, depends=depends)
            self._keep_example(decided, row, kind, depends=depends)

    def _take_lead(self, row: CaseRow, plan: RowPlan, *, depends: bool) -> None:
        if isinstance(plan, Create) or not writes_lead(plan):
            return
        if depends:
            self._found.touched[row.score or 0] += 1
        else:
            self._found.scores_updated += tells_score(plan)
            self._found.fixed_lead_writes += 1

    def _take_contact(self, decided: Decided) -> None:
        contact, best = decided.plan.contact, _best_new_lead(decided)
        keeps = any(isinstance(plan, Keep) for _, plan in decided.plan.rows)
        if best is not None:
            made = self._found.contacts_created if contact.create else self._found.contacts_linked
            made[best] += 1
        if not contact.writes:
            return
        if best is not None and (contact.create or not keeps):
            self._found.contact_writes[best] += 1
            self._found.contact_scores[best] += contact.write_score and not contact.create
        else:
            self._found.fixed_contact_writes += 1
            self._found.scores_updated += contact.write_score and not contact.create

    def _take_settled(self, papers: StagingStore) -> None:
        """Rows that were settled while they were read."""
        for result, reasons in papers.results(self._work.run_id).items():
            for reason, rows in reasons.items():
                if result:
                    self._found.fixed[result, reason] += rows
        decided = {kind[1:] for kind in self._found.shown}
        for line in papers.lines(self._work.run_id, limit=LOOKED_AT):
            kind = (line.result or "", line.reason or "")
            self._found.shown[0, *kind] += 1
            if line.result and kind not in decided and self._found.shown[0, *kind] <= SAMPLES_EACH:
                self._found.examples.append(_example_of(line))

    def _keep_example(
        self, decided: Decided, row: CaseRow, kind: tuple[str, str], *, depends: bool
    ) -> None:
        band = (row.score or 0) // BAND if depends else 0
        self._found.shown[band, *kind] += 1
        if self._found.shown[band, *kind] > SAMPLES_EACH:
            return
        limit, list_name = self._work.options.name_limit, self._names[row.list_no]
        self._found.examples.append(
            Example(
                list_name=list_name,
                name=decided.lead_name(row, list_name, limit=limit),
                address=decided.address,
                score=row.score,
                result=kind[0],
                reason=kind[1] or None,
                depends=depends,
            )
        )

    def _as_curve(self, papers: StagingStore, floor: int, *, complete: bool) -> Curve:
        found, run_id = self._found, self._work.run_id
        counts = papers.counts(run_id, threshold=floor)
        return Curve(
            floor=floor,
            score_source=self._source.source,
            lists=counts.lists,
            people=counts.people,
            fixed=found.fixed,
            by_score=found.by_score,
            scores={start: rows for start, _, rows in papers.histogram(run_id, 1)},
            every_score=papers.rows_by_score(run_id),
            contacts_created=found.contacts_created,
            contacts_linked=found.contacts_linked,
            contact_writes=found.contact_writes,
            contact_scores=found.contact_scores,
            touched=found.touched,
            scores_updated=found.scores_updated,
            fixed_contact_writes=found.fixed_contact_writes,
            fixed_lead_writes=found.fixed_lead_writes,
            examples=tuple(found.examples),
            acton_calls=self._work.connections.calls.acton,
            pipeliner_calls=self._work.connections.calls.pipeliner,
            complete=complete,
        )


def _depends(decided: Decided, row: CaseRow) -> bool:
    """Whether the row would be passed over below the threshold: nothing links it yet."""
    case = decided.case
    return row.key not in case.links and not case.own_leads.get(row.key)


def _best_new_lead(decided: Decided) -> int | None:
    """The threshold up to which the person gets a new Lead; None: none at all."""
    scores = [
        (row.score or 0) if _depends(decided, row) else ALWAYS
        for row, plan in decided.plan.rows
        if isinstance(plan, Create)
    ]
    return max(scores, default=None)


def _example_of(line: OutcomeLine) -> Example:
    return Example(
        list_name=line.list_name,
        name="",
        address=line.address or "",
        score=line.score,
        result=line.result or "",
        reason=line.reason,
        depends=False,
    )
