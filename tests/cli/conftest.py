"""The command line over an application that a test tells what to answer."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from typing import Any, Self

import pytest
from click.testing import CliRunner, Result

from sync.cli import main
from sync.errors import NotFound
from sync.model import (
    ActOnAccess,
    PipelinerAccess,
    Progress,
    Run,
    RunStatus,
    Space,
    SpaceSettings,
    SpaceStatus,
    Trigger,
)
from sync.service import Checked, Errand, Imported, StartedRun
from sync.store.staging import OutcomeLine


def make_run(run_id: int = 7, **changes: Any) -> Run:
    """A run as the ledger would give it."""
    facts: dict[str, Any] = {
        "run_id": run_id,
        "space_id": "acme_sales",
        "local_date": date(2026, 11, 23),
        "trigger": Trigger.MANUAL,
        "status": RunStatus.QUEUED,
        "queued_at": datetime(2026, 11, 23, 1, 0, tzinfo=UTC),
    }
    return Run(**(facts | changes))


def make_space(space_id: str = "acme_sales", **changes: Any) -> Space:
    """A space as the store would give it."""
    facts: dict[str, Any] = {
        "space_id": space_id,
        "name": "Acme",
        "time_zone": "Europe/Berlin",
        "status": SpaceStatus.RUNNING,
        "pipeliner": PipelinerAccess(
            service_url="https://eu.pipelinersales.com", username="u", password="hunter2"
        ),
        "acton": ActOnAccess(),
        "settings": SpaceSettings(threshold=40, sync_time=time(2, 0), owner="anna@example.com"),
    }
    return Space(**(facts | changes))


@dataclass
class FakeService:
    """Knows the spaces and runs that it was given."""

    known_spaces: dict[str, Space] = field(default_factory=dict)
    known_runs: dict[int, Run] = field(default_factory=dict)
    lines: list[OutcomeLine] = field(default_factory=list)
    findings: list[Checked] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)
    previewed: dict[str, Any] = field(default_factory=dict)
    provisioned: Any = None
    open_run: Run | None = None
    asked: list[tuple[Any, ...]] = field(default_factory=list)

    def import_spaces(self, spaces: Sequence[Space]) -> list[Imported]:
        found = [
            Imported(space=one, created=one.space_id not in self.known_spaces) for one in spaces
        ]
        self.known_spaces |= {one.space_id: one for one in spaces}
        return found

    def spaces(self) -> list[Space]:
        return list(self.known_spaces.values())

    def space(self, space_id: str) -> Space:
        if space_id not in self.known_spaces:
            raise NotFound(f"There is no space {space_id}.", hint="See: python -m sync space list")
        return self.known_spaces[space_id]

    def approve(self, space_id: str) -> Space:
        return self._set(space_id, SpaceStatus.RUNNING)

    def suspend(self, space_id: str) -> Space:
        return self._set(space_id, SpaceStatus.SUSPENDED)

    def _set(self, space_id: str, status: SpaceStatus) -> Space:
        self.known_spaces[space_id] = replace(self.space(space_id), status=status)
        return self.known_spaces[space_id]

    def rotate_panel_keys(self, space_id: str) -> None:
        self.asked.append(("rotate", self.space(space_id).space_id))

    def start(self, space_id: str, *, ring: bool = True) -> StartedRun:
        self.asked.append(("start", self.space(space_id).space_id, ring))
        if self.open_run is not None:
            return StartedRun(run=self.open_run, started=False)
        return StartedRun(run=make_run(), started=True)

    def retry(self, run_id: int, *, ring: bool = True) -> StartedRun:
        return self.start(self.run(run_id).space_id, ring=ring)

    def approve_creates(self, run_id: int, *, ring: bool = True) -> StartedRun:
        self.asked.append(("approve", run_id, ring))
        return self.start(self.run(run_id).space_id, ring=ring)

    def run(self, run_id: int) -> Run:
        if run_id not in self.known_runs:
            raise NotFound(f"There is no run {run_id}.")
        return self.known_runs[run_id]

    def runs(self, space_id: str, limit: int) -> list[Run]:
        self.space(space_id)
        return list(self.known_runs.values())[:limit]

    def outcomes(
        self, run_id: int, *, result: str | None, reason: str | None, limit: int | None
    ) -> list[OutcomeLine]:
        self.run(run_id)
        self.asked.append(("outcomes", result, reason, limit))
        return self.lines[:limit]

    def preview(self, space_id: str) -> dict[str, Any]:
        self.space(space_id)
        return self.previewed

    def provision(self, space_id: str) -> Any:
        self.space(space_id)
        return self.provisioned

    def check(self, space_id: str) -> Iterator[Checked]:
        yield from self.findings

    def health(self) -> dict[str, str]:
        return {"database": "", "migrations": "", "queue": ""} | self.problems


@dataclass
class FakeRunner:
    """Ends a run as it was told, after reporting some steps."""

    ends: list[Run | None] = field(default_factory=list)
    steps: list[Progress] = field(default_factory=list)
    on_work: Callable[[], None] = lambda: None
    worked: list[int] = field(default_factory=list)

    def work(
        self,
        run_id: int,
        *,
        report: Callable[[Progress], None] = lambda progress: None,
        stop: threading.Event | None = None,
        others_wait: Callable[[], bool] = lambda: False,
    ) -> Run | None:
        self.worked.append(run_id)
        self.on_work()
        for step in self.steps:
            report(step)
        return self.ends.pop(0)


@dataclass
class FakeApplication:
    service: FakeService = field(default_factory=FakeService)
    runner: FakeRunner = field(default_factory=FakeRunner)
    errands: tuple[Errand, ...] = ()
    upgraded: bool = False
    is_newer: bool = False
    closed: bool = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.closed = True

    def upgrade_database(self) -> bool:
        self.upgraded = not self.is_newer
        return self.upgraded


@pytest.fixture
def application() -> FakeApplication:
    return FakeApplication()


@pytest.fixture
def service(application: FakeApplication) -> FakeService:
    application.service.known_spaces["acme_sales"] = make_space()
    return application.service


@pytest.fixture
def shell(application: FakeApplication) -> Callable[..., Result]:
    """Type words at the shell: `shell("run", "acme_sales")`."""

    def type_words(*words: str) -> Result:
        return CliRunner().invoke(main, words, obj=lambda: application, catch_exceptions=False)

    return type_words
