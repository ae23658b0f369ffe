"""The product on real servers that a test can take away, and the sandbox on a real socket."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

import sync.factory
import sync.queue
import sync.worker
from app import create_app
from sync.factory import Application
from sync.model import Run, RunStatus
from sync.queue import open_queue
from sync.sandbox import RunningSandbox, SandboxOptions
from sync.worker import Worker
from tests.databases import PostgresServer
from tests.reliability.ends import End, read_end
from tests.reliability.sandboxed import SPACE, demo_space
from tests.service.test_factory import settings_with
from tests.services.outage import Door, open_door

WORLD = SandboxOptions(
    port=0, limits=False, hostile=False, rows=30, lists=2, people=20, hits=14, crm_contacts=4
)
ENDED = frozenset({RunStatus.SUCCEEDED, RunStatus.PARTIAL, RunStatus.FAILED, RunStatus.CANCELLED})


def wait_until(what: Callable[[], Any], seconds: float = 40) -> Any:
    """What it answers at last, if that is anything; it may fail until then."""
    end = time.monotonic() + seconds
    while True:
        found = what()
        if found:
            return found
        assert time.monotonic() < end, "It never came."
        time.sleep(0.01)


class Product:
    """Worker threads and a web face over the same servers."""

    def __init__(
        self, folder: Path, sandbox: RunningSandbox, *, pace: float = 40, **urls: str
    ) -> None:
        self.sandbox = sandbox
        self.settings = settings_with(
            folder,
            acton_client_id="sandbox-client",
            acton_client_secret="sandbox-secret",
            acton_base_url=sandbox.url,
            allowed_api_hosts=sandbox.host,
            acton_calls_per_second=5,
            acton_logins_per_hour=50,
            pipeliner_calls_per_second=pace,  # slow enough to be met in the middle
            pipeliner_batch_size=2,
            settle_seconds=0,
            lease_seconds=5,
            heartbeat_seconds=1,
            **urls,
        )
        self.application = Application(self.settings)
        self.web_application = Application(self.settings)
        self.client: FlaskClient = create_app(self.settings, self.web_application).test_client()
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def set_up(self) -> None:
        """Tables, space and fields."""
        self.application.upgrade_database()
        self.application.service.import_spaces([demo_space(self.sandbox)])
        self.application.service.provision(SPACE)

    def start_workers(self) -> None:
        """Two threads that work and one that sweeps, until the end of the test."""
        worker = Worker(self.application, self.application.queue, self._stop)
        for work in (worker.work_on, worker.work_on, worker.sweep_on):
            self._threads.append(threading.Thread(target=work, daemon=True))
            self._threads[-1].start()

    @property
    def lives(self) -> bool:
        """Whether no thread has ended."""
        return all(one.is_alive() for one in self._threads)

    def close(self) -> None:
        """Stop and give everything back."""
        self._stop.set()
        for one in self._threads:
            one.join(20)
        self.web_application.close()
        self.application.close()

    # --- what happens ----------------------------------------------------------------------------

    def start(self) -> int:
        """A run, rung for."""
        return self.application.service.start(SPACE).run.run_id

    def written(self) -> int:
        """How many Leads there are by now."""
        return len(self.sandbox.leads())

    def wait_for_the_middle(self, before: int) -> None:
        """Until some Leads were written, while others are still to come."""
        wait_until(lambda: self.written() > before + 2)

    def wait_for_the_end(self, run_id: int) -> Run:
        """The run, when it has ended."""

        def ended() -> Run | None:
            run = self.application.service.run(run_id)
            return run if run.status in ENDED else None

        found: Run = wait_until(ended, 60)
        return found

    def end(self) -> End:
        """What both sides have in the end."""
        port = int(self.sandbox.host.rpartition(":")[2])
        return read_end(port, self.application.store.database)

    def readiness(self) -> tuple[int, dict[str, str], float]:
        """Status and checks of `/readyz`, and how long the answer took."""
        began = time.monotonic()
        answer = self.client.get("/readyz")
        return answer.status_code, answer.json["checks"], time.monotonic() - began


@pytest.fixture
def world() -> Iterator[RunningSandbox]:
    with RunningSandbox(WORLD) as sandbox:
        yield sandbox


@pytest.fixture
def open_product(
    world: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Product]]:
    """Makes the product over these addresses, set up."""
    name = f"test_{uuid4().hex}"  # tests may run side by side on one server
    monkeypatch.setattr(sync.factory, "open_queue", lambda url: open_queue(url, name))
    monkeypatch.setattr(sync.queue, "CONNECT_SECONDS", 1)
    monkeypatch.setattr(sync.worker, "SWEEP_SECONDS", 0.5)
    with ExitStack() as stack:

        def make(**options: Any) -> Product:
            product = Product(tmp_path, world, **options)
            stack.callback(product.close)
            product.set_up()
            return product

        yield make


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> End:
    """What a run that nothing disturbs comes to."""
    with RunningSandbox(WORLD) as sandbox, _product(tmp_path_factory, sandbox) as product:
        run = product.application.service.start(SPACE, ring=False).run
        assert product.application.runner.work(run.run_id) is not None
        return product.end()


@contextmanager
def _product(folders: pytest.TempPathFactory, sandbox: RunningSandbox) -> Iterator[Product]:
    product = Product(folders.mktemp("undisturbed"), sandbox)
    product.set_up()
    yield product
    product.close()


@pytest.fixture
def postgres_door(postgresql: PostgresServer) -> Iterator[Door]:
    """A door to an empty database with our tables."""
    with open_door(postgresql.lend()) as door:
        yield door


@pytest.fixture
def redis_door() -> Iterator[Door]:
    """A door to Redis."""
    if "TEST_REDIS_URL" not in os.environ:
        pytest.skip("TEST_REDIS_URL is not set")
    with open_door(os.environ["TEST_REDIS_URL"]) as door:
        yield door
