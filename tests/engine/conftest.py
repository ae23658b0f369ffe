"""A space on an embedded database, between two fake vendors."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from sync.engine import EngineOptions, Runner
from sync.keyring import Keyring, generate_key
from sync.model import (
    ActOnAccess,
    LinkState,
    PersonRecord,
    PipelinerAccess,
    Run,
    Space,
    SpaceSettings,
    SpaceStatus,
    Trigger,
)
from sync.ports import CallCount, Connections
from sync.preview import Preview, make_preview
from sync.rules.keys import link_key, person_digest
from sync.store import Store, open_database
from sync.store.staging import OutcomeLine
from sync.store.tables import runs
from tests.databases import Server, put_tables
from tests.engine.fakes import FakeActOn, FakePipeliner, all_fields

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
LONG = timedelta(days=365 * 5)  # leases go by the database's clock, not by that of the story


class World:
    """One space, both vendors, and the verbs of a story: `sync`, `a_day_passes`…"""

    def __init__(self, folder: Path, *, database_url: str | None = None) -> None:
        """`database_url`: a database that has our tables already; None: a new one in the folder."""
        self.keyring = Keyring.parse(generate_key())
        if database_url is None:
            put_tables(folder / "store.db")
        url = database_url or f"sqlite:///{folder / 'store.db'}"
        self.store = Store(open_database(url), self.keyring)
        self.acton = FakeActOn()
        self.pipeliner = FakePipeliner()
        self.time = NOON
        self.slept: list[float] = []
        self.space = Space(
            space_id="acme_sales",
            name="Acme",
            time_zone="Europe/Berlin",
            status=SpaceStatus.RUNNING,
            pipeliner=PipelinerAccess(
                service_url="https://eu.api.pipelinersales.com", username="u", password="p"
            ),
            acton=ActOnAccess(account_id="12345", username="m@example.com", password="p"),
            settings=SpaceSettings(threshold=40, sync_time=time(2, 0), owner="anna@example.com"),
        )
        self.options = EngineOptions(batch_size=100)
        self.guard: Callable[[], None] = lambda: None
        self.choose()
        with self.store.write() as desk:
            desk.spaces.save_fields(self.space.space_id, all_fields())

    def choose(self, **settings: object) -> None:
        """The admin changes settings."""
        self.space = replace(self.space, settings=replace(self.space.settings, **settings))
        with self.store.write() as desk:
            desk.spaces.save(self.space, now=self.time)

    def a_day_passes(self) -> None:
        self.time += timedelta(days=1)

    def sync(self) -> Run:
        """One manual run, done here and now; its counts are proved to add up."""
        run = self.finish(self.ask())
        assert run.counts.adds_up, run.counts
        return run

    def ask(self) -> int:
        with self.store.write() as desk:
            run, _ = desk.runs.ask(
                self.space.space_id, date(2026, 3, 3), Trigger.MANUAL, now=self.time
            )
        return run.run_id

    def finish(self, run_id: int) -> Run:
        run = self.runner().work(run_id)
        assert run is not None
        return run

    def runner(self) -> Runner:
        return Runner(
            self.store,
            lambda space, guard: self.connections(),
            self.keyring,
            owner="test",
            options=self.options,
            now=lambda: self.time,
            sleep=self.slept.append,
        )

    def the_lease_runs_out(self, run_id: int) -> None:
        """The worker that held the run has not been heard of for too long."""
        with self.store.database.write() as connection:
            connection.execute(
                update(runs).where(runs.c.run_id == run_id).values(lease_until=NOON - LONG)
            )

    def run(self, run_id: int) -> Run:
        with self.store.read() as desk:
            return desk.runs.get(run_id)

    def link_state(self, list_id: str, address: str) -> LinkState | None:
        """How far the Lead of this address in this list has come."""
        key = link_key(self.space.space_id, list_id, address)
        with self.store.read() as desk:
            found = desk.links.for_keys(self.space.space_id, [key]).get(key)
        return found.state if found else None

    def record(self, address: str) -> PersonRecord | None:
        """What is kept of the person with this address."""
        person = person_digest(self.space.space_id, address)
        with self.store.read() as desk:
            return desk.people.for_persons(self.space.space_id, [person]).get(person)

    def connections(self) -> Connections:
        return Connections(acton=self.acton, pipeliner=self.pipeliner, calls=CallCount())

    def preview(self) -> Preview:
        return make_preview(
            self.space,
            self.store,
            self.connections(),
            now=lambda: self.time,
            options=self.options,
            sleep=self.slept.append,
        )

    def outcomes(self, run: Run) -> list[OutcomeLine]:
        with self.store.read() as desk:
            return desk.staging.lines(run.run_id)

    def lose_our_database(self, folder: Path) -> None:
        """All that we knew is gone; the space is imported and provisioned anew."""
        self.store.database.close()
        put_tables(folder / "second.db")
        self.store = Store(open_database(f"sqlite:///{folder / 'second.db'}"), self.keyring)
        self.choose()
        with self.store.write() as desk:
            desk.spaces.save_fields(self.space.space_id, all_fields())


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world with one list called Spring."""
    made = World(tmp_path)
    made.acton.add_list("l-0001", "Spring")
    yield made
    made.store.database.close()


@pytest.fixture
def world_on_both(tmp_path: Path, server: Server) -> Iterator[World]:
    """The same on SQLite and on PostgreSQL."""
    made = World(tmp_path, database_url=server.lend())
    made.acton.add_list("l-0001", "Spring")
    yield made
    made.store.database.close()


@pytest.fixture
def linked(world: World) -> World:
    """Jane has her Lead and her Contact; a day has passed."""
    world.acton.add_person("l-0001", "jane@example.com", first="Jane", last="Doe", score=50)
    assert world.sync().counts.created == 1
    world.pipeliner.written.clear()
    world.a_day_passes()
    return world
