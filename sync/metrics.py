"""What processes count and time, for Prometheus; the one place that knows each metric.

Counting costs microseconds and never fails what is counted. Where `METRICS_DIR` names a folder, all
processes of a machine keep their numbers there, so that each of them can tell the sum; else each
tells its own. The library decides that when it is loaded, which is why it is loaded late.

Source: https://prometheus.github.io/client_python/multiprocess/
"""

import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from sync.errors import SetupError

if TYPE_CHECKING:
    from prometheus_client.registry import CollectorRegistry

PREFIX: Final = "acton_pipeliner_"
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"  # the library's own word
SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)

Kind = Literal["counter", "histogram", "gauge"]


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A metric that processes count up; `labels` in the order in which values are given."""

    name: str
    kind: Kind
    meaning: str
    labels: tuple[str, ...] = ()

    def add(self, *values: str, amount: float = 1) -> None:
        """Count so many more."""
        if amount:
            with suppress(OSError):  # a full disk must not fail what is counted
                self._of(values).inc(amount)

    def time(self, seconds: float, *values: str) -> None:
        """Note how long something took."""
        with suppress(OSError):
            self._of(values).observe(seconds)

    def _of(self, values: tuple[str, ...]) -> Any:
        known = self._children.get(values)
        if known is None:  # the library takes longer to find one than to count
            with _making:
                known = self._made.labels(*values) if values else self._made
            self._children[values] = known
        return known

    @cached_property
    def _children(self) -> dict[tuple[str, ...], Any]:
        return {}

    @cached_property
    def _made(self) -> Any:
        from prometheus_client import Counter, Histogram  # late: see above

        name, registry = PREFIX + self.name, _registry()
        if self.kind == "counter":
            return Counter(name, self.meaning, self.labels, registry=registry)
        return Histogram(name, self.meaning, self.labels, buckets=SECONDS, registry=registry)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A number that was asked for, not counted: (values of labels) → number."""

    metric: Metric
    values: dict[tuple[str, ...], float]


API_CALLS: Final = Metric(
    name="api_calls_total",
    kind="counter",
    meaning="Requests sent to a vendor, by how they were answered.",
    labels=("api", "outcome"),
)
API_SECONDS: Final = Metric(
    name="api_call_seconds",
    kind="histogram",
    meaning="How long a vendor took to answer, waiting for the pace not counted.",
    labels=("api",),
)
API_RETRIES: Final = Metric(
    name="api_retries_total",
    kind="counter",
    meaning="Calls that were tried again, by why.",
    labels=("api", "trouble"),
)
RUNS_ENDED: Final = Metric(
    name="runs_ended_total",
    kind="counter",
    meaning="Runs that this machine's workers ended, by how.",
    labels=("status",),
)
ROWS: Final = Metric(
    name="rows_total",
    kind="counter",
    meaning="List rows of ended runs, by what became of them.",
    labels=("result",),
)
ERRORS: Final = Metric(
    name="errors_total",
    kind="counter",
    meaning="What went wrong in runs, previews, workers and pages, by kind of problem.",
    labels=("where", "kind"),
)
WEBHOOKS: Final = Metric(
    name="webhooks_total",
    kind="counter",
    meaning="Webhooks that came in, by vendor and what became of them.",
    labels=("vendor", "outcome"),
)
WEB_SECONDS: Final = Metric(
    name="web_request_seconds",
    kind="histogram",
    meaning="How long requests took, by area of the service and class of status.",
    labels=("area", "status"),
)
PANEL_VIEWS: Final = Metric(
    name="panel_views_total",
    kind="counter",
    meaning="Panels shown: from the cache, made anew, or from memory while the database was away.",
    labels=("source",),
)
MESSAGES: Final = Metric(
    name="messages_total",
    kind="counter",
    meaning="Messages to admins and owners: sent, put off to another try, or given up.",
    labels=("channel", "outcome"),
)
COUNTED: Final = (
    *(API_CALLS, API_SECONDS, API_RETRIES, RUNS_ENDED, ROWS, ERRORS, WEBHOOKS),
    *(WEB_SECONDS, PANEL_VIEWS, MESSAGES),
)

READY: Final = Metric(
    name="ready",
    kind="gauge",
    meaning="Whether what the work needs is well (1) or not (0), as `/readyz` says.",
    labels=("check",),
)
SPACES: Final = Metric(
    name="spaces", kind="gauge", meaning="Spaces, by status.", labels=("status",)
)
SPACES_DUE: Final = Metric(
    name="spaces_due",
    kind="gauge",
    meaning="Running spaces whose sync time has come and whose run has not begun.",
)
RUNS_OPEN: Final = Metric(
    name="runs_open",
    kind="gauge",
    meaning="Runs that are queued, running or paused.",
    labels=("status",),
)
RUNS_LAST_DAY: Final = Metric(
    name="runs_ended_last_day",
    kind="gauge",
    meaning="Runs that ended within 24 hours, on all machines, by how.",
    labels=("status",),
)
LAST_SUCCESS: Final = Metric(
    name="last_success_timestamp_seconds",
    kind="gauge",
    meaning="When a run of any space succeeded last, in seconds since 1970; absent before.",
)
QUEUE_DEPTH: Final = Metric(
    name="queue_depth", kind="gauge", meaning="Rings that wait for a worker."
)
OLDEST_WAITING: Final = Metric(
    name="oldest_queued_run_seconds",
    kind="gauge",
    meaning="How long the run that waits longest has waited; 0 where none waits.",
)
ACTON_CALLS: Final = Metric(
    name="acton_calls_today",
    kind="gauge",
    meaning="Act-On calls of the quota day (UTC), over all accounts.",
)
ACTON_ACCOUNTS: Final = Metric(
    name="acton_accounts_today", kind="gauge", meaning="Act-On accounts called on the quota day."
)
ACTON_LEAST_LEFT: Final = Metric(
    name="acton_calls_left_least_ratio",
    kind="gauge",
    meaning="Of the account that has the least of its day's calls left: how much (0 to 1).",
)
ACTON_NEARLY_GONE: Final = Metric(
    name="acton_accounts_nearly_used_up",
    kind="gauge",
    meaning="Accounts with at most 5 % of the day's calls left: the sync waits for the next day.",
)
CRM_CHANGES: Final = Metric(
    name="pipeliner_changes_waiting",
    kind="gauge",
    meaning="Records that Pipeliner says have changed and that were not asked for yet.",
)
ASKED: Final = (
    *(READY, SPACES, SPACES_DUE, RUNS_OPEN, RUNS_LAST_DAY, LAST_SUCCESS, QUEUE_DEPTH),
    *(OLDEST_WAITING, ACTON_CALLS, ACTON_ACCOUNTS, ACTON_LEAST_LEFT, ACTON_NEARLY_GONE),
    CRM_CHANGES,
)


def keep_in(folder: str) -> None:
    """Keep this process's numbers in a folder, beside those of the machine's other processes.

    To be called before anything is counted. Numbers of processes that are no more are dropped.
    Raises SetupError where the folder cannot be used.
    """
    path = Path(folder)
    try:
        path.mkdir(parents=True, exist_ok=True)
        for one in path.glob("*.db"):
            if not _lives(one):
                one.unlink(missing_ok=True)
    except OSError as error:
        raise SetupError(
            f"METRICS_DIR names a folder that cannot be used: {error.strerror}.",
            hint="Name a folder that this service may write to.",
            kind="settings",
        ) from None
    os.environ[FOLDER_VARIABLE] = str(path)


def exposition(figures: Iterable[Figure] = ()) -> bytes:
    """All numbers as Prometheus reads them: what was counted, and these figures."""
    from prometheus_client import CollectorRegistry, generate_latest, multiprocess

    asked = CollectorRegistry()
    asked.register(_Asked(list(figures)))
    if FOLDER_VARIABLE not in os.environ:
        return generate_latest(_registry()) + generate_latest(asked)
    counted = CollectorRegistry()
    multiprocess.MultiProcessCollector(counted)  # type: ignore[no-untyped-call]
    return generate_latest(counted) + generate_latest(asked)


class _Asked:
    """Figures as a collector of the library."""

    def __init__(self, figures: list[Figure]) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Any]:
        from prometheus_client.core import GaugeMetricFamily

        for one in self._figures:
            metric = one.metric
            family = GaugeMetricFamily(PREFIX + metric.name, metric.meaning, labels=metric.labels)
            for values, number in one.values.items():
                family.add_metric(values, number)
            yield family


_kept: "list[CollectorRegistry]" = []
# Threads begin to count the same at once, and the library refuses a name that it has; from Python
# 3.12 on a cached property has no lock of its own.
_making = threading.Lock()


def _registry() -> "CollectorRegistry":
    from prometheus_client import CollectorRegistry

    if not _kept:
        _kept.append(CollectorRegistry())
    return _kept[0]


def _lives(file: Path) -> bool:
    """Whether the process is there that a file of numbers belongs to: its name ends in the id."""
    number = file.stem.rpartition("_")[2]
    if not number.isdigit():
        return True  # not one of ours
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
