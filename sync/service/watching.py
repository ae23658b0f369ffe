"""Numbers about the service for those who watch it (`/metrics`), as far as they can be had."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from sync import metrics
from sync.clock import Now
from sync.errors import TryLater
from sync.metrics import Figure
from sync.model.condition import Condition
from sync.service.values import Bell
from sync.store import Desk, Store

DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(days=7)
MOST_FAILED: Final = 2_000


class Watching:
    """Figures over all spaces. What is away leaves its figures out, and `ready` says so."""

    def __init__(
        self, store: Store, bell: Bell, health: Callable[[], Mapping[str, str]], now: Now
    ) -> None:
        self._store = store
        self._bell = bell
        self._health = health
        self._now = now

    def figures(self) -> Iterator[Figure]:
        """What is asked anew with each look."""
        problems = self._health()
        ready = {name: not problem for name, problem in problems.items()}
        yield Figure(metric=metrics.READY, values=_by_label(ready))
        if not problems.get("queue"):
            yield from self._waiting()
        if problems.get("database") or problems.get("migrations"):
            return
        try:
            with self._store.read() as desk:
                yield from self._of_spaces(desk)
                yield from self._of_runs(desk)
                yield from self._of_calls(desk)
        except TryLater:
            return  # it went away a moment ago; the next look says so

    def condition(self) -> Condition:
        """How the service as a whole is. Raises TryLater where database or queue are away."""
        now = self._now()
        with self._store.read() as desk:
            calls = desk.figures.acton_calls(now)
            failed = desk.watch.failed_runs(since=now - WEEK, limit=MOST_FAILED)
            kinds = Counter(run.problem.kind for run in failed if run.problem)
            counts = desk.watch.counts()
            return Condition(
                database="SQLite" if self._store.database.is_sqlite else "PostgreSQL",
                spaces={status.value: number for status, number in counts.items()},
                spaces_due=desk.figures.spaces_due(now),
                open_runs=desk.figures.open_runs(),
                ended_last_day=desk.figures.ended_since(now - DAY),
                failures=dict(kinds.most_common()),
                queue_depth=self._bell.size(),
                oldest_queued_minutes=_minutes(now, desk.figures.oldest_queued()) or 0,
                minutes_since_cron=_minutes(now, desk.cron.asked_at()),
                minutes_since_success=_minutes(now, desk.figures.last_success()),
                acton_accounts_today=calls.accounts,
                acton_calls_today=calls.calls,
                acton_accounts_nearly_used_up=calls.nearly_gone,
                clock_skew_seconds=(desk.now() - self._now()).total_seconds(),
                free_mib=self._store.free_mib(),
            )

    def _waiting(self) -> Iterator[Figure]:
        try:
            yield _one(metrics.QUEUE_DEPTH, self._bell.size())
        except TryLater:
            return

    def _of_spaces(self, desk: Desk) -> Iterator[Figure]:
        counts = {status.value: number for status, number in desk.watch.counts().items()}
        yield Figure(metric=metrics.SPACES, values=_by_label(counts))
        yield _one(metrics.SPACES_DUE, desk.figures.spaces_due(self._now()))
        yield _one(metrics.CRM_CHANGES, desk.figures.crm_changes())

    def _of_runs(self, desk: Desk) -> Iterator[Figure]:
        now = self._now()
        yield Figure(metric=metrics.RUNS_OPEN, values=_by_label(desk.figures.open_runs()))
        ended = desk.figures.ended_since(now - DAY)
        yield Figure(metric=metrics.RUNS_LAST_DAY, values=_by_label(ended))
        queued_at = desk.figures.oldest_queued()
        waits = max(0.0, (now - queued_at).total_seconds()) if queued_at else 0.0
        yield _one(metrics.OLDEST_WAITING, waits)
        last = desk.figures.last_success()
        if last is not None:
            yield _one(metrics.LAST_SUCCESS, last.timestamp())

    def _of_calls(self, desk: Desk) -> Iterator[Figure]:
        calls = desk.figures.acton_calls(self._now())
        yield _one(metrics.ACTON_CALLS, calls.calls)
        yield _one(metrics.ACTON_ACCOUNTS, calls.accounts)
        yield _one(metrics.ACTON_NEARLY_GONE, calls.nearly_gone)
        if calls.least_left is not None:
            yield _one(metrics.ACTON_LEAST_LEFT, calls.least_left)


def _one(metric: metrics.Metric, number: float) -> Figure:
    return Figure(metric=metric, values={(): number})


def _by_label(counts: Mapping[str, int]) -> dict[tuple[str, ...], float]:
    return {(label,): float(count) for label, count in counts.items()}


def _minutes(now: datetime, then: datetime | None) -> int | None:
    return None if then is None else max(0, int((now - then).total_seconds() // 60))
