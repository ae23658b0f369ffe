"""What a run would do now: the same reading and the same decisions, and nothing written.

The working papers are kept in a database of the preview's own, thrown away at the end; in Pipeliner
and in our links nothing changes. Only our index of the CRM is brought up to date on the way.
"""

import math
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sync.clock import Now, Sleep, sleep
from sync.engine.cases import Decided, decide_all, exceeds_guard, make_policy
from sync.engine.checks import check_owner
from sync.engine.facts import read_facts
from sync.engine.mirror import refresh, refresh_if_complete
from sync.engine.options import EngineOptions
from sync.engine.reading import open_pages, plan_source, read_lists, write_down_lists
from sync.engine.renaming import assume_ours, follow_lists
from sync.engine.work import Papers, SourcePlan, Work
from sync.errors import QuotaGone
from sync.model import Progress, Space
from sync.ports import Connections
from sync.preview.values import Preview, Sample
from sync.rules.composing import hold_creates
from sync.rules.foreseeing import BAND, CHECK_CALLS, NEAR
from sync.rules.plans import Create, contact_score, expected, tells_score, writes_lead
from sync.rules.volume import limit_of
from sync.store import Store
from sync.store.database import open_database
from sync.store.migrate import upgrade
from sync.store.staging import OutcomeLine, Settled

ONLY_RUN = 1
SAVED_AT_ONCE = 500
SAMPLES_EACH = 5  # of every result and reason
LOOKED_AT = 1000  # rows, for examples of those that were settled while they were read


@dataclass(kw_only=True)
class _Tally:
    """What the plans add up to, in records of Pipeliner, and examples of them."""

    contacts_created: int = 0
    contacts_linked: int = 0
    contact_writes: int = 0
    lead_writes: int = 0
    scores_updated: int = 0
    samples: list[Sample] = field(default_factory=list)
    shown: dict[tuple[str, str | None], int] = field(default_factory=dict)


def make_preview(
    space: Space,
    store: Store,
    connections: Connections,
    *,
    now: Now,
    options: EngineOptions,
    sleep: Sleep = sleep,
) -> Preview:
    """The preview of a run of this space. Raises what reading the two vendors raises.

    Where the day's calls run out on the way it covers what was read until then.
    """
    with scratch_papers() as papers:
        work = make_work(space, store, connections, papers, now=now, options=options, sleep=sleep)
        source = plan_source(work)
        read_all(work, source)
        refresh(work, overlap=timedelta(0))
        return _sum_up(work, source, _decide(work, source))


def make_work(
    space: Space,
    store: Store,
    connections: Connections,
    papers: Papers,
    *,
    now: Now,
    options: EngineOptions,
    sleep: Sleep,
    report: Callable[[Progress], None] = lambda progress: None,
) -> Work:
    """All that the steps of a run need, for one that writes nothing.

    Raises SetupError where the owner cannot own.
    """
    with store.read() as desk:
        fields = desk.spaces.fields(space.space_id)
        volume = desk.volumes.of_space(space.space_id, now=now())
    return Work(
        run_id=ONLY_RUN,
        space=space,
        connections=connections,
        store=store,
        papers=papers,
        fields=fields,
        owner=check_owner(connections.pipeliner, space.settings.owner),
        options=options,
        now=now,
        sleep=sleep,
        report=report,
        guard=lambda: None,
        limit=limit_of(volume, space.settings.volume_guard),
    )


@contextmanager
def scratch_papers() -> Iterator[Papers]:
    """Working papers in a database of their own, thrown away at the end."""
    with tempfile.TemporaryDirectory(prefix="acton-preview-") as folder:
        database = open_database(f"sqlite:///{Path(folder) / 'papers.db'}")
        try:
            upgrade(database)
            yield Papers(database)
        finally:
            database.close()


def read_all(work: Work, source: SourcePlan) -> bool:
    """Whether all was read before the day's calls ran out."""
    try:
        refresh_if_complete(work)
        write_down_lists(work)
        read_lists(work, source, open_pages)
        if source.asks_facts:
            read_facts(work)
    except QuotaGone:
        return False  # what was read is shown; the rest has no outcome yet
    return True


def _decide(work: Work, source: SourcePlan) -> _Tally:
    policy = make_policy(work, for_preview=True)
    hold = exceeds_guard(work, source, policy)
    with work.papers.read() as papers:
        names = {paper.list_no: paper.name for paper in papers.lists(work.run_id)}
    tally, settled = _Tally(), list[Settled]()
    for decided in decide_all(work, source, policy):
        foreseen, _ = follow_lists(decided, assume_ours, limit=work.options.name_limit)
        if hold:
            foreseen = foreseen.replaced(hold_creates(foreseen.plan))
        _count(foreseen, tally)
        settled += _settle(foreseen, tally, names, limit=work.options.name_limit)
        if len(settled) >= SAVED_AT_ONCE:
            _save(work, settled)
            settled = []
    _save(work, settled)
    return tally


def _save(work: Work, settled: Sequence[Settled]) -> None:
    with work.papers.write() as papers:
        papers.settle(work.run_id, settled)


def _count(decided: Decided, tally: _Tally) -> None:
    contact = decided.plan.contact
    creates = any(isinstance(plan, Create) for _, plan in decided.plan.rows)
    writes = [plan for _, plan in decided.plan.rows if writes_lead(plan)]
    tally.contacts_created += contact.create
    tally.contacts_linked += creates and not contact.create
    tally.contact_writes += contact.writes
    tally.lead_writes += len(writes)
    tally.scores_updated += contact.write_score and not contact.create
    tally.scores_updated += sum(tells_score(plan) for plan in writes)


def _settle(
    decided: Decided, tally: _Tally, names: dict[int, str], *, limit: int
) -> Iterator[Settled]:
    case, contact = decided.case, decided.plan.contact
    for row, plan in decided.plan.rows:
        result, reason = expected(row, plan, contact, contact_score(case, contact.contact_id))
        kind = (result.value, reason.value if reason else None)
        tally.shown[kind] = tally.shown.get(kind, 0) + 1
        if tally.shown[kind] <= SAMPLES_EACH:
            tally.samples.append(
                Sample(
                    list_name=names[row.list_no],
                    name=decided.lead_name(row, names[row.list_no], limit=limit),
                    address=decided.address,
                    score=row.score,
                    result=kind[0],
                    reason=kind[1],
                )
            )
        yield Settled(list_no=row.list_no, position=row.position, result=result, reason=kind[1])


def _sum_up(work: Work, source: SourcePlan, tally: _Tally) -> Preview:
    threshold, calls = work.space.settings.threshold, work.connections.calls
    with work.papers.write() as papers:
        for name in ("contacts_created", "contacts_linked", "scores_updated"):
            papers.tally(work.run_id, name, getattr(tally, name))
        counts = papers.counts(work.run_id, threshold=threshold)
        histogram = papers.histogram(work.run_id, BAND)
        just_below = papers.count_between(work.run_id, threshold - NEAR, threshold)
        read = _samples_of(papers.lines(work.run_id, limit=LOOKED_AT), tally)
    size = work.options.batch_size
    writes = math.ceil(tally.contact_writes / size) + math.ceil(tally.lead_writes / size)
    return Preview(
        space_id=work.space.space_id,
        threshold=threshold,
        score_source=source.source,
        counts=counts,
        just_below=just_below,
        histogram=histogram,
        samples=[*tally.samples, *read],
        acton_calls=calls.acton,
        pipeliner_calls=calls.pipeliner,
        pipeliner_estimate=CHECK_CALLS + writes,
    )


def _samples_of(lines: Sequence[OutcomeLine], tally: _Tally) -> Iterator[Sample]:
    """Examples of the results that deciding did not show: rows settled while they were read."""
    decided = set(tally.shown)
    shown: dict[tuple[str, str | None], int] = {}
    for line in lines:
        kind = (line.result or "", line.reason)
        shown[kind] = shown.get(kind, 0) + 1
        if line.result and kind not in decided and shown[kind] <= SAMPLES_EACH:
            yield Sample(
                list_name=line.list_name,
                name="",
                address=line.address or "",
                score=line.score,
                result=line.result,
                reason=line.reason,
            )
