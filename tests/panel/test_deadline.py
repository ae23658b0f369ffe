"""Nobody waits for ever: slow vendors behind real sockets, and a panel that answers in time."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from sync.clock import utcnow
from sync.factory import Application
from sync.keyring import generate_key
from sync.model import CrmContact, PersonRecord, ScoreSource
from sync.panel import PanelView, Pass, StreamQuery, Trouble, TroubleKind
from sync.rules.keys import person_digest
from sync.sandbox import RunningSandbox, SandboxOptions
from sync.settings import Settings
from sync.store.tables import readings
from tests.panel.conftest import make_space

pytestmark = pytest.mark.really_waits

SPACE = "demo_space"
BEE = "busy.bee@example.com"  # one of the sandbox's examples for the panel
SLOW = 5.0  # seconds that a vendor takes
PATIENCE = 1.0  # seconds that a person waits
LONGER = 3.0  # seconds that a person waits who first has to see Act-On answer
SLACK = 1.2  # seconds more, on a busy machine
SOON = PATIENCE + SLACK
UNREACHABLE = Trouble(kind=TroubleKind.UNREACHABLE)


class Installation:
    """The service as it is installed, against one Act-On and one Pipeliner."""

    def __init__(self, folder: Path, acton: str, pipeliner: str, patience: float) -> None:
        self.application = Application(
            Settings(
                database_url=f"sqlite:///{folder / 'store.db'}",
                queue_url=f"sqlite:///{folder / 'queue.db'}",
                secret_keys=generate_key(),
                sync_token="a-token-that-is-long-enough-to-be-accepted",
                acton_client_id="sandbox-client",
                acton_client_secret="sandbox-secret",
                acton_base_url=acton,
                allowed_api_hosts=f"{acton},{pipeliner}".replace("http://", ""),
                acton_calls_per_second=5,
                panel_deadline_seconds=patience,
            )
        )
        self.store, self.panel = self.application.store, self.application.panel
        self.application.upgrade_database()
        space = make_space(SPACE)
        self.application.service.import_spaces(
            [
                replace(
                    space,
                    acton=replace(
                        space.acton, username="marketing@example.com", password="sandbox-password"
                    ),
                    pipeliner=replace(
                        space.pipeliner,
                        service_url=pipeliner,
                        username="sandbox_app",
                        password="sandbox_key",
                    ),
                )
            ]
        )
        self.person = person_digest(SPACE, BEE)

    def link(self, contact_id: str) -> None:
        """The sync linked the person last night."""
        record = PersonRecord(
            person=self.person,
            address=BEE,
            contact_id=contact_id,
            score=7,
            score_read_at=utcnow(),
            score_source=ScoreSource.ALL_CONTACTS,
        )
        with self.store.write() as desk:
            desk.people.save(SPACE, [record], now=utcnow())

    def index(self, contact_id: str) -> None:
        """The sync met the Contact last night, which shows no score yet."""
        seen = CrmContact(contact_id=contact_id, modified=utcnow(), deleted=False, addresses=())
        with self.store.write() as desk:
            desk.crm.save_contacts(SPACE, [seen], lambda address: None)

    def by_contact(self, contact_id: str = "c") -> Pass:
        return Pass(space_id=SPACE, epoch=1, contact_id=contact_id, user="u1", opened_at=utcnow())

    def is_holding(self) -> list[Any]:
        """What is still held: connections of the database, people marked as being read."""
        with self.store.database.read() as connection:
            busy = select(readings.c.person).where(readings.c.busy_until.is_not(None))
            marked = list(connection.scalars(busy))
        pool: Any = self.store.database.engine.pool
        return [*marked, *range(pool.checkedout())]


def timed(question: Callable[[], PanelView]) -> tuple[PanelView, float]:
    begun = time.monotonic()
    view = question()
    return view, time.monotonic() - begun


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    with RunningSandbox(SandboxOptions(panel=True, limits=False)) as running:
        yield running


@pytest.fixture
def patience() -> float:
    """How long a person waits; tests override it by parameter."""
    return PATIENCE


@pytest.fixture
def installed(tmp_path: Path, sandbox: RunningSandbox, patience: float) -> Iterator[Installation]:
    made = Installation(tmp_path, sandbox.url, sandbox.url, patience)
    yield made
    made.application.close()


@pytest.mark.parametrize("patience", [20.0])
def test_an_act_on_in_time_is_read(installed: Installation) -> None:
    installed.link("c")
    view = installed.panel.refresh(installed.by_contact())
    assert view.trouble is None
    assert view.score not in (None, 7)
    assert installed.is_holding() == []


def test_a_slow_act_on_is_not_waited_for_longer_than_the_deadline(
    installed: Installation, sandbox: RunningSandbox
) -> None:
    installed.link("c")
    sandbox.plan_fault("slow", api="acton", seconds=SLOW, times=9)
    view, seconds = timed(lambda: installed.panel.refresh(installed.by_contact()))
    assert (view.score, view.trouble) == (7, UNREACHABLE)
    assert PATIENCE * 0.5 < seconds < SOON
    assert installed.is_holding() == []


def test_a_slow_act_on_keeps_nobody_from_their_stream(
    installed: Installation, sandbox: RunningSandbox
) -> None:
    installed.link("c")
    sandbox.plan_fault("slow", api="acton", path="activity", seconds=SLOW, times=9)
    begun = time.monotonic()
    stream = installed.panel.stream(installed.by_contact(), StreamQuery(), fresh=True)
    assert (stream.trouble, time.monotonic() - begun < SOON) == (UNREACHABLE, True)
    assert installed.is_holding() == []


@pytest.mark.parametrize("patience", [LONGER])
def test_a_slow_pipeliner_does_not_hide_the_value_that_was_read(
    installed: Installation, sandbox: RunningSandbox
) -> None:
    contact = next(one for one in sandbox.contacts(SPACE) if one["email1"])
    installed.link(contact["id"])
    installed.application.service.provision(SPACE)
    installed.index(contact["id"])
    sandbox.plan_fault("slow", api="pipeliner", seconds=SLOW, times=9)
    view, seconds = timed(lambda: installed.panel.refresh(installed.by_contact(contact["id"])))
    assert view.refreshed is not None
    assert (view.refreshed.written, view.trouble) == (False, None)
    assert view.score not in (None, 7)
    assert seconds < LONGER + SLACK
    assert installed.is_holding() == []


def test_finding_ends_in_time_too(installed: Installation, sandbox: RunningSandbox) -> None:
    sandbox.plan_fault("slow", api="pipeliner", seconds=SLOW, times=9)
    view, seconds = timed(lambda: installed.panel.find(installed.by_contact()))
    assert (view.trouble, view.looked_for) == (UNREACHABLE, False)
    assert seconds < SOON
    assert installed.is_holding() == []


# --- a vendor that trickles ---------------------------------------------------------------------

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"


class Trickle:
    """A server that answers everything a few bytes at a time, never pausing long."""

    def __init__(self, at_once: bytes, then: bytes) -> None:
        self._at_once, self._then = at_once, then
        self._over = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> "Trickle":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        end = time.monotonic() + SLOW
        try:
            connection.recv(65_536)
            connection.sendall(self._at_once)
            while time.monotonic() < end and not self._over.wait(0.1):
                connection.sendall(self._then)
        except OSError:
            return  # the client has gone, as it should


@pytest.mark.parametrize(
    ("at_once", "then"),
    [(HEAD, b" "), (HEAD, b" " * 999), (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"), (b"", b"H")],
    ids=["body by bytes", "body by pieces", "endless headers", "status by bytes"],
)
def test_an_answer_that_trickles_is_not_waited_for(
    tmp_path: Path, at_once: bytes, then: bytes
) -> None:
    with Trickle(at_once, then) as vendor:
        installed = Installation(tmp_path, vendor.url, vendor.url, PATIENCE)
        installed.link("c")
        view, seconds = timed(lambda: installed.panel.refresh(installed.by_contact()))
        installed.application.close()
    assert (view.score, view.trouble) == (7, UNREACHABLE)
    assert seconds < SOON
