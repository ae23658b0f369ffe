"""An installation for a benchmark: a database of its own, a queue, settings, spaces to sync."""

import json
import secrets
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from click import ClickException

from bench.scaling.processes import Process, SandboxProcess, worker
from sync.clock import utcnow
from sync.factory import Application
from sync.keyring import generate_key
from sync.queue import open_queue
from sync.settings import Settings, environment_without_ours
from sync.space_file import parse_space_file

OWNER = "anna@example.com"
THRESHOLD = 40
TAKEN = "acton_bench_is_here"
TAKEN_SECONDS = 3600


@dataclass(frozen=True, kw_only=True)
class Servers:
    """Where PostgreSQL and Redis are; databases are made and dropped there."""

    postgres: str
    redis: str

    def versions(self) -> dict[str, str]:
        """What they are, as they say themselves."""
        with psycopg.connect(f"{self.postgres}/postgres") as connection:
            row = connection.execute("SHOW server_version").fetchone()
        with open_queue(self.redis)._storage() as storage:
            redis = storage.conn.info("server")["redis_version"]
        return {"PostgreSQL": row[0].split()[0] if row else "", "Redis": redis}


@dataclass(frozen=True, kw_only=True)
class SpacePlan:
    """A space to be made: where it lives in the sandbox, and whose Act-On account it has."""

    space_id: str
    sandbox: SandboxProcess
    account_id: str
    username: str

    def as_json(self) -> dict[str, Any]:
        """Its part of a space file."""
        return {
            "space_id": self.space_id,
            "time_zone": "UTC",
            "status": "running",
            "pipeliner": {
                "service_url": self.sandbox.url,
                "username": "sandbox_app",
                "password": "sandbox_key",
            },
            "acton": {
                "base_url": self.sandbox.url,
                "account_id": self.account_id,
                "username": self.username,
                "password": "sandbox-password",
            },
            "settings": {
                "threshold": THRESHOLD,
                "sync_time": "00:00",
                "owner": OWNER,
                "daily_call_budget": 1_000_000,
                "volume_guard": 10_000_000,
            },
        }


class House:
    """The installation: make spaces, start workers, ask the database what became of the runs."""

    def __init__(self, database: str, queue: str, folder: Path, hosts: Sequence[str]) -> None:
        self.folder = folder
        self.database = database
        self.settings = {
            "DATABASE_URL": database,
            "QUEUE_URL": queue,
            "SECRET_KEYS": generate_key(),
            "SYNC_TOKEN": "bench-" + generate_key(),
            "ACTON_CLIENT_ID": "sandbox-client",
            "ACTON_CLIENT_SECRET": "sandbox-secret",
            "ACTON_BASE_URL": f"http://{hosts[0]}" if hosts else "https://api.actonsoftware.com",
            "ALLOWED_API_HOSTS": ",".join(hosts),
            "LOG_LEVEL": "info",
        }
        self._connection = psycopg.connect(database, autocommit=True)
        self._stack = ExitStack()

    @property
    def environment(self) -> dict[str, str]:
        """For its processes."""
        return environment_without_ours() | self.settings

    def application(self, **changes: object) -> Application:
        """The product with these settings, in this process; it keeps this process's logs."""
        settings = Settings(**{name.lower(): one for name, one in self.settings.items()})
        return Application(settings.model_copy(update=changes))

    def ask(self, query: str, *values: object) -> list[tuple]:
        """The rows of a query."""
        return self._connection.execute(query, values).fetchall()

    def tell(self, statement: str, *values: object) -> None:
        """Carry out a statement."""
        self._connection.execute(statement, values)

    def make_spaces(self, plans: Sequence[SpacePlan]) -> None:
        """Import the spaces, with our fields in place. Only the first of each sandbox is
        provisioned by calls; the sandbox then gives the others the same fields."""
        text = json.dumps({"spaces": [one.as_json() for one in plans]})
        with self.application(pipeliner_calls_per_second=1000.0) as application:
            application.service.import_spaces(parse_space_file(text, lambda name: None))
            for box in {id(one.sandbox): one.sandbox for one in plans}.values():
                there = [one.space_id for one in plans if one.sandbox is box]
                application.service.provision(there[0])
                box.post("world/copy_fields", space=there[0])
                with application.store.write() as desk:
                    fields = desk.spaces.fields(there[0])
                    for space_id in there[1:]:
                        desk.spaces.save_fields(space_id, fields)
                box.forget_calls()

    def make_due(self) -> None:
        """Every space is due since this moment."""
        self.tell("UPDATE spaces SET next_due_at = %s", utcnow())

    def cron(self) -> None:
        """What the cron's call does."""
        with self.application() as application:
            application.service.start_due()

    def worker(self, threads: int) -> Process:
        """A worker process, ended with the house."""
        return self._stack.enter_context(worker(self.folder, self.environment, threads))

    def ended(self) -> dict[str, tuple[str, datetime]]:
        """Status and end of the runs that came to one, by space."""
        rows = self.ask(
            "SELECT space_id, status, finished_at FROM runs WHERE finished_at IS NOT NULL"
        )
        return {space_id: (status, at) for space_id, status, at in rows}

    def count_ended(self) -> int:
        """How many runs came to an end."""
        ((number,),) = self.ask("SELECT count(*) FROM runs WHERE finished_at IS NOT NULL")
        return int(number)

    def close(self) -> None:
        """End the workers."""
        self._stack.close()
        self._connection.close()


@contextmanager
def house(servers: Servers, queue: str, hosts: Sequence[str] = ()) -> Iterator[House]:
    """An installation on PostgreSQL whose queue is `postgresql` or `redis`; it leaves no trace."""
    name = f"bench_{secrets.token_hex(4)}"
    database = f"{servers.postgres}/{name}"
    queue_url = database if queue == "postgresql" else servers.redis
    alone = _alone_in(servers.redis) if queue == "redis" else nullcontext()
    with psycopg.connect(f"{servers.postgres}/postgres", autocommit=True) as admin, alone:
        admin.execute(f"CREATE DATABASE {name}")
        try:
            with tempfile.TemporaryDirectory(prefix="bench-") as folder:
                yield from _living(House(database, queue_url, Path(folder), hosts))
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _living(one: House) -> Iterator[House]:
    try:
        with one.application() as application:
            application.upgrade_database()
        yield one
    finally:
        one.close()


@contextmanager
def _alone_in(redis: str) -> Iterator[None]:
    """The queue in Redis, empty and ours: the workers of another installation would take the rings
    of our runs off it. Raises ClickException where somebody has it."""
    queue = open_queue(redis)
    with queue._storage() as storage:
        if storage.queue_size() or not storage.conn.set(TAKEN, "yes", nx=True, ex=TAKEN_SECONDS):
            raise ClickException(
                f"The queue in {redis} is in use. Name another database with --redis."
            )
        try:
            yield
        finally:
            storage.flush_queue()
            storage.conn.delete(TAKEN)
    queue.close()
