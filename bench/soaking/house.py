"""The service and its vendors in one process: web, workers and sandbox, all on the moved clock.

Each "process" is an `Application` of its own with actors of its own; they share database and queue
as machines do. A call takes a moment on its way, so others have their turns while it is under way.
"""

import json
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random
from threading import Event
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from flask.testing import FlaskClient

import sync.engine.lease
from app import create_app
from bench.soaking.journal import Journal
from bench.soaking.machines import Machine
from bench.soaking.moving import (
    Actor,
    MovedClock,
    MovedEvent,
    MovedThreads,
    Process,
    monotonic,
)
from bench.soaking.places import Place
from sync.errors import IntegrationError
from sync.factory import Application
from sync.keyring import generate_key
from sync.rules.priorities import Priority
from sync.sandbox import RunningSandbox, SandboxOptions
from sync.sandbox.options import SPACE_ID
from sync.settings import Settings
from sync.space_file import parse_space_file
from sync.store.allowances import RowAllowance
from sync.worker import Worker

LOOK_SECONDS: Final = 60.0  # a worker looks after what nobody rang for so often; really every 15 s
TIDY_SECONDS: Final = 1_800.0
BEFORE, AFTER = (0.0, 0.02), (0.05, 0.25)  # seconds of a call on its way, there and back
PASSWORD: Final = "sandbox-password"
THRESHOLD: Final = 40


@dataclass(frozen=True, kw_only=True)
class Size:
    """How large the world is. `zone` and `sync_time` are the space's."""

    people: int = 400
    lists: int = 6
    days: int = 7
    seed: int = 1
    budget: int = 80  # calls a day: so few that people who press Refresh use them up
    begin: datetime
    zone: str = "Europe/Berlin"
    sync_time: str = "02:30"


@dataclass
class House:
    """Everything that runs, and the truth about it."""

    size: Size
    folder: Path
    clock: MovedClock
    journal: Journal
    sandbox: RunningSandbox
    place: Place
    bell: MovedEvent = field(default_factory=MovedEvent)
    machines: dict[Process, Machine] = field(default_factory=dict)
    password: str = PASSWORD
    problems: dict[str, int] = field(default_factory=dict)  # what workers could not do, by kind
    before_call: Callable[[str, str, str], None] = lambda api, method, path: None
    _stack: ExitStack = field(default_factory=ExitStack)
    _keys: str = field(default_factory=generate_key)

    def random(self, name: str) -> Random:
        """A source of chance of one actor's own, the same for the same seed."""
        return Random(f"{self.size.seed} {name}")

    @property
    def crm(self) -> Any:
        """The records of the space in the sandbox."""
        return self.sandbox.world.crm.spaces[SPACE_ID]

    def change(self, verb: str, **values: Any) -> None:
        """Change Act-On's side."""
        self.sandbox.change(verb, **values)

    # --- our own processes -----------------------------------------------------------------------

    def settings(self) -> Settings:
        """Those of every process of ours."""
        return Settings(
            database_url=self.place.url,
            queue_url=f"sqlite:///{self.folder / 'queue.db'}",
            secret_keys=self._keys,
            sync_token="soak-" + self._keys,
            acton_client_id="sandbox-client",
            acton_client_secret="sandbox-secret",
            acton_base_url=self.sandbox.url,
            allowed_api_hosts=self.sandbox.host,
            acton_calls_at_once=1,  # pages fetched ahead have threads that the clock does not know
        )

    def application(self) -> Application:
        """The product as one process opens it, with a database whose clock is moved too."""
        application = self._stack.enter_context(Application(self.settings()))
        self.place.prepare(application.store.database.engine)
        ring = application.queue.ring

        def ring_and_wake(run_id: int, priority: Priority) -> None:
            ring(run_id, priority)
            self.bell.set()

        application.queue.ring = ring_and_wake  # type: ignore[method-assign]
        return application

    def start(self, name: str, live: Callable[[], object]) -> Machine:
        """A process of ours."""
        process = Process(name)
        machine = Machine(process=process, random=self.random(name))
        self.machines[process] = machine
        self.clock.start(live, name=name, process=process)
        return machine

    def start_worker(self, name: str) -> Machine:
        """A worker process with one thread."""
        return self.start(name, lambda: self._work(self.application()))

    def _work(self, application: Application) -> None:
        worker, stop = Worker(application, application.queue, Event()), Event()
        tidy_at = 0.0
        while True:
            self.bell.clear()
            try:
                worker.run_errands_once()
                if self.clock.at >= tidy_at:
                    application.tidying.tidy_once_a_day(stop.is_set)
                    tidy_at = self.clock.at + TIDY_SECONDS
                application.service.sweep()
                while worker.work_once():
                    pass
            except IntegrationError as error:
                self.note_problem(error)
            self.bell.wait(LOOK_SECONDS)

    def note_problem(self, error: IntegrationError) -> None:
        """Somebody could not do something just now."""
        self.problems[error.kind] = self.problems.get(error.kind, 0) + 1

    def web(self) -> tuple[Application, FlaskClient]:
        """A web process: the product, and a client that calls its addresses."""
        application = self.application()
        return application, create_app(self.settings(), application).test_client()

    def space_file(self, *, status: str = "running") -> str:
        """The space as an operator imports it."""
        space = {
            "space_id": SPACE_ID,
            "name": "Busy",
            "time_zone": self.size.zone,
            "status": status,
            "pipeliner": {
                "service_url": self.sandbox.url,
                "username": "sandbox_app",
                "password": "sandbox_key",
            },
            "acton": {
                "account_id": "12345",
                "username": "marketing@example.com",
                "password": self.password,
            },
            "settings": {
                "threshold": THRESHOLD,
                "sync_time": self.size.sync_time,
                "owner": "anna@example.com",
                "daily_call_budget": self.size.budget,
                "volume_guard": 1_000_000,
            },
        }
        return json.dumps({"spaces": [space]})

    def set_up(self) -> None:
        """The database, the space and our fields, before the week begins."""
        application = self.application()
        application.upgrade_database()
        self.import_space(application)
        application.service.provision(SPACE_ID)

    def import_space(self, application: Application) -> None:
        """What the operator's file says holds from now on."""
        application.service.import_spaces(parse_space_file(self.space_file(), lambda name: None))

    def close(self) -> None:
        """Give everything back."""
        self._stack.close()


def open_house(
    size: Size, folder: Path, clock: MovedClock, place: Place, stack: ExitStack
) -> House:
    """The house with its sandbox, where nothing has happened yet."""
    kept = RowAllowance.__init__.__kwdefaults__["monotonic"]
    assert kept is monotonic, "the product was imported before its clock could be moved"
    sandbox = stack.enter_context(
        RunningSandbox(
            SandboxOptions(
                rows=round(size.people * 1.6),
                lists=size.lists,
                people=size.people,
                hits=size.people // 20,
                seed=size.seed,
                hostile=False,
                crm_contacts=40,
            )
        )
    )
    journal = Journal(threshold=THRESHOLD, clock=lambda: clock.at)
    house = House(
        size=size, folder=folder, clock=clock, journal=journal, sandbox=sandbox, place=place
    )
    stack.callback(house.close)
    clock.on_move = place.move
    place.move(clock.at)
    house.crm.put = journal.watch(house.crm.put)
    came_in = sandbox.sandbox.log.came_in

    def note_call(api: str, at: float) -> None:
        came_in(api, at)
        if api == "acton":
            journal.calls.append(clock.at)

    sandbox.sandbox.log.came_in = note_call  # type: ignore[method-assign]
    _stand_in_the_line(house, stack)
    _let_leases_beat(stack)
    return house


def _stand_in_the_line(house: House, stack: ExitStack) -> None:
    """Calls take their time, and meet what befalls their process."""
    original = requests.Session.send
    apart = Machine(process=Process("others"), random=house.random("others"))

    def send(
        this: requests.Session, request: requests.PreparedRequest, **more: Any
    ) -> requests.Response:
        actor: Actor | None = house.clock.here
        machine = house.machines.get(actor.process, apart) if actor else apart
        house.clock.sleep(machine.random.uniform(*BEFORE))
        machine.meet(before=True)
        path = urlsplit(str(request.url)).path
        api = "pipeliner" if path.startswith("/api/v100") else "acton"
        house.before_call(api, str(request.method), path)
        try:
            return original(this, request, **more)
        finally:
            machine.calls += 1
            machine.meet(before=False)
            house.clock.sleep(machine.random.uniform(*AFTER))

    requests.Session.send = send  # type: ignore[method-assign]
    stack.callback(setattr, requests.Session, "send", original)


def _let_leases_beat(stack: ExitStack) -> None:
    original = sync.engine.lease.threading
    sync.engine.lease.threading = MovedThreads  # type: ignore[assignment]
    stack.callback(setattr, sync.engine.lease, "threading", original)
