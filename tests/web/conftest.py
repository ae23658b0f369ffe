"""The web face over a service that a test tells what to answer."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from app import create_app
from sync.errors import NotFound
from sync.model import Run, RunStatus, Trigger
from sync.service import StartedRun
from sync.settings import Settings
from tests.service.world import AdminWorld
from tests.web.space_web import SpaceWeb, open_web

TOKEN = "4f6c1c2b9de04a6f8f2f7f0f3e5b7a91"
OLD_TOKEN = "91a7b5e3f0f7f2f8f6a40ed9b2c1c6f4"


def make_run(run_id: int = 7, **changes: Any) -> Run:
    """A run as the ledger would give it."""
    facts: dict[str, Any] = {
        "run_id": run_id,
        "space_id": "acme_sales",
        "local_date": date(2026, 11, 23),
        "trigger": Trigger.DAILY,
        "status": RunStatus.QUEUED,
        "queued_at": datetime(2026, 11, 23, 1, 0, tzinfo=UTC),
    }
    return Run(**(facts | changes))


@dataclass
class FakeService:
    """Answers what it was told; anything else is unknown to it."""

    due: list[StartedRun] = field(default_factory=list)
    startable: dict[str, Callable[[], StartedRun]] = field(default_factory=dict)
    known_runs: dict[int, Run] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    numbers: bytes = b"acton_pipeliner_ready 1.0\n"

    def start_due(self) -> list[StartedRun]:
        return self.due

    def start(self, space_id: str) -> StartedRun:
        if space_id not in self.startable:
            raise NotFound("There is no such space.", hint="Look at: python -m sync space list")
        return self.startable[space_id]()

    def run(self, run_id: int) -> Run:
        if run_id not in self.known_runs:
            raise NotFound("There is no such run.")
        return self.known_runs[run_id]

    def metrics(self) -> bytes:
        return self.numbers

    def health(self) -> dict[str, str]:
        return {"database": "", "migrations": "", "queue": ""} | self.problems


@dataclass
class FakeApplication:
    service: FakeService
    form_secrets: tuple[str, ...] = ("a secret of the tests",)


@pytest.fixture
def service() -> FakeService:
    return FakeService()


def open_client(service: FakeService, **told: Any) -> FlaskClient:
    """A browser's view of the app over that service."""
    settings = Settings(
        secret_keys="vCSN1YZcb0kRj0HhpjmXGvS4WiVJ8vCOdoRxwTVQ4p0=",
        sync_token=f"{TOKEN},{OLD_TOKEN}",
        acton_client_id="client",
        acton_client_secret="secret",
        **told,
    )
    return create_app(settings, FakeApplication(service)).test_client()


@pytest.fixture
def client(service: FakeService) -> FlaskClient:
    return open_client(service)


@pytest.fixture
def bearer() -> dict[str, str]:
    return {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def web(tmp_path: Path) -> Iterator[SpaceWeb]:
    """Pages over a world in which the spaces acme (Anna's) and other (Bert's) are synced."""
    world = AdminWorld(tmp_path)
    world.add_space("acme")
    world.add_space("other", name="Other")
    yield open_web(world)
    world.store.database.close()
