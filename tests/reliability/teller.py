"""Tells one story again and again, each time with another disturbance.

Each telling has a sandbox process and processes that sync, which may be killed, with a copy of the
same database. All are forked, so this process may have no threads while it tells.
"""

import gc
import os
import signal
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from sqlalchemy import update
from werkzeug.serving import WSGIRequestHandler, make_server

from sync.factory import Application
from sync.keyring import generate_key
from sync.model import RunStatus
from sync.sandbox.options import SPACE_ID
from sync.sandbox.serve import Sandbox
from sync.settings import Settings
from sync.space_file import parse_space_file
from sync.store import allowances
from sync.store.tables import runs, tokens
from tests.reliability.ends import End, ask, read_end, read_runs, writes_of
from tests.reliability.forking import fork, here, in_a_process, wait_for
from tests.reliability.places import Place
from tests.reliability.points import Points
from tests.reliability.troubles import Trouble
from tests.reliability.worlds import Story

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
MOST_RUNS = 4
BATCH = 4  # so that a dozen people make several batches
FAST = 100_000.0
SPACE_FILE = """{"spaces": [{"space_id": "demo_space", "time_zone": "UTC", "status": "running",
  "pipeliner": {"service_url": "%(url)s", "username": "sandbox_app", "password": "sandbox_key"},
  "acton": {"account_id": "12345", "username": "marketing@example.com",
            "password": "sandbox-password"},
  "settings": {"threshold": 40, "sync_time": "02:00", "owner": "anna@example.com"}}]}"""


@dataclass(frozen=True, kw_only=True)
class Told:
    """How a telling came out, and the run after it."""

    end: End
    one_more: Mapping[str, Any]
    written_once_more: Sequence[str]
    written_again: Sequence[str] = ()  # to Pipeliner, after our database was restored
    effects: Sequence[str] = ()


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""


class Teller:
    """One story, ready to be told. As a context manager it cleans up behind itself."""

    def __init__(self, story: Story, folder: Path, place: Place, points: Points) -> None:
        self._folder = folder
        self._place = place
        self._points = points
        self._line = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._port = self._line.getsockname()[1]
        self._application = Application(self._make_settings())
        self._sandbox = self._prepare(story)
        self.undisturbed = self._tell_undisturbed()

    def __enter__(self) -> Self:
        gc.freeze()  # what is there now stays shared with the processes that are forked
        return self

    def __exit__(self, *_: object) -> None:
        self._application.close()
        self._line.close()

    def tell(self, trouble: Trouble) -> Told:
        """One run with this trouble, continued, and one more."""
        self._place.restore()
        with self._serving(trouble):
            self._run_and_die(trouble.kill_at)
            self._time_passes()
            if trouble.restore:
                self._place.restore()
                self._forget_calls()
            in_a_process(self._continue)
            complete = trouble.restore and trouble.kill_at is None
            again = writes_of(self._port) if complete else ()
            return self._end(in_a_process, written_again=again)

    def _tell_undisturbed(self) -> Told:
        """Told in this very process: what is compiled on the way, those forked later have."""
        self._place.restore()
        with self._serving(Trouble()):
            self._points.begin()
            self._one_more()
            effects = list(self._points.effects)
            return self._end(here, effects=effects)

    def _end(self, do: Callable[[Callable[[], None]], None], **more: Sequence[str]) -> Told:
        """How it came out, and what one more run makes of that."""
        database = self._application.store.database
        end = read_end(self._port, database)
        self._forget_calls()
        self._application.close()
        do(self._one_more)
        last = read_runs(database)[-1]
        self._application.close()
        return Told(end=end, one_more=last, written_once_more=writes_of(self._port), **more)

    def _forget_calls(self) -> None:
        ask(self._port, "DELETE", "/__sandbox/calls")

    # --- before the first telling --------------------------------------------------------------

    def _prepare(self, story: Story) -> Sandbox:
        """The sandbox as the run finds it; our database beside it is kept as base."""
        options = replace(story.options(), state_path=self._folder / "world.json")
        self._sandbox = Sandbox(options)
        story.begin(self._sandbox.world)
        with self._serving(Trouble()):
            self._set_up()
            if story.change:
                self._one_more()
        self._runs_before = len(self._application.service.runs(SPACE_ID))
        self._application.close()
        self._place.keep_as_base()
        sandbox = Sandbox(options)  # it reads what the one that served has saved
        if story.change:
            story.change(sandbox.world)
        for name, value in story.switches.items():
            sandbox.world.switches.set(name, value)
        sandbox.world.options = replace(options, state_path=None)
        return sandbox

    def _make_settings(self) -> Settings:
        settings = Settings(  # type: ignore[call-arg]
            database_url=self._place.url,
            queue_url=f"sqlite:///{self._folder / 'queue.db'}",
            secret_keys=generate_key(),
            sync_token="tests-0123456789-abcdefghijklmnop-XYZ",
            acton_client_id="sandbox-client",
            acton_client_secret="sandbox-secret",
            acton_base_url=self._url,
            acton_logins_per_hour=1000,
            allowed_api_hosts=f"127.0.0.1:{self._port}",
            public_url="https://panel.example.com",
            pipeliner_calls_per_second=FAST,
            pipeliner_batch_size=BATCH,
            settle_seconds=0,
            acton_calls_at_once=1,  # each telling has the same points, in the same order
        )
        # Act-On's own limit is the most that may be set; the sandbox here has none.
        return settings.model_copy(update={"acton_calls_per_second": FAST})

    @property
    def _url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    # --- what a syncing process does -----------------------------------------------------------

    def _set_up(self) -> None:
        self._application.upgrade_database()
        spaces = parse_space_file(SPACE_FILE % {"url": self._url}, lambda name: None)
        self._application.service.import_spaces(spaces)
        self._application.service.provision(SPACE_ID)

    def _one_more(self) -> None:
        started = self._application.service.start(SPACE_ID, ring=False)
        done = self._application.runner.work(started.run.run_id)
        assert done is not None, "the run is somebody else's"

    def _continue(self) -> None:
        """Until the latest run has succeeded: the interrupted one, or another after a failure."""
        for _ in range(MOST_RUNS):
            known = self._application.service.runs(SPACE_ID)
            if len(known) > self._runs_before and known[0].status is RunStatus.SUCCEEDED:
                return
            self._one_more()

    def _serve(self, trouble: Trouble) -> None:
        if trouble.lost:
            fault = {"kind": "lost_answer", "api": trouble.of_api, "method": "POST"}
            self._sandbox.faults.add({**fault, "after": trouble.after, "times": trouble.lost})
        server = make_server(
            "127.0.0.1",
            self._port,
            self._sandbox.app,
            threaded=True,
            request_handler=_Handler,
            fd=self._line.fileno(),
        )
        parent = os.getppid()
        server.service_actions = lambda: _die_with(parent)  # type: ignore[method-assign]
        server.serve_forever()

    # --- processes -----------------------------------------------------------------------------

    @contextmanager
    def _serving(self, trouble: Trouble) -> Iterator[None]:
        process = fork(lambda: self._serve(trouble))
        try:
            yield
        finally:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)

    def _run_and_die(self, kill_at: int | None) -> None:
        """A run in a process of its own, which kills itself at that point if there is one."""

        def run() -> None:
            self._points.begin(kill_at)
            self._one_more()
            self._points.reach_the_end()

        # On a busy machine there would be more commits: for slots that were slept through.
        allowances.MOST_MISSED = 0
        ended = wait_for(fork(run))
        wanted = 0 if kill_at is None else -signal.SIGKILL
        assert ended == wanted, f"the process ended with {ended} instead of {wanted}"

    def _time_passes(self) -> None:
        """What a dead process held runs out: its lease, and its claim on Act-On's tokens."""
        with self._application.store.database.write() as connection:
            held = runs.c.lease_until.is_not(None)
            connection.execute(update(runs).where(held).values(lease_until=LONG_AGO))
            claimed = tokens.c.busy_until.is_not(None)
            connection.execute(update(tokens).where(claimed).values(busy_until=LONG_AGO))
        self._application.close()


def _die_with(parent: int) -> None:
    """Leave no server behind when the program was ended from outside."""
    if os.getppid() != parent:
        os._exit(1)
