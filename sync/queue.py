"""The bell that wakes workers: Huey's storages over SQLite, PostgreSQL and Redis, nothing more.

Only run ids travel, as digits: Huey's own messages are pickles, and who can write to a shared queue
must not be able to run code. A ring may be lost or come twice; the `runs` table is the truth, and
the sweep rings again for every run that nobody works on.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import psycopg
from huey.storage import PostgresStorage, PriorityRedisStorage, SqliteStorage
from redis import ConnectionPool
from redis.exceptions import RedisError

from sync.clock import Rest
from sync.errors import SetupError, TryLater
from sync.postgres import CONNECT_SECONDS, PATIENT, connect
from sync.rules.priorities import Priority

NAME: Final = "acton_waiting_runs"
WAIT_SECONDS: Final = 1  # how long one look at the queue may take where the server can wait for us
REST_SECONDS: Final = 3.0  # a bell that is away is not rung at again at once; the sweep rings later
CREATE_LOCK: Final = 4_711_001  # any number; processes that start together create tables in turn


class Queue:
    """Rings for runs, shared by all processes: the highest priority first, and among equals the
    oldest ring. Opened when first used."""

    def __init__(self, open_storage: Callable[[], Any], *, waits: bool) -> None:
        self._open_storage = open_storage
        self._opening = threading.Lock()
        self._opened: Any = None
        self._rest = Rest(REST_SECONDS)
        self.waits = waits  # whether `next` itself waits for a ring, up to WAIT_SECONDS

    def ring(self, run_id: int, priority: Priority) -> None:
        """Tell some worker that the run waits. Raises TryLater where the queue is unreachable."""
        if self._rest.is_on():
            raise _out_of_reach("no answer a moment ago")
        try:
            with self._storage() as storage:
                storage.enqueue(str(run_id).encode(), priority=int(priority))
        except TryLater:
            self._rest.begin()  # who rings for a hundred runs must not wait a hundred times
            raise

    def next(self) -> int | None:
        """The run that goes first, taken off the queue; None where nobody rang.

        Raises TryLater where the queue is unreachable.
        """
        with self._storage() as storage:
            ring = storage.dequeue()
        text = bytes(ring) if ring is not None else b""
        return int(text) if text.isdigit() and len(text) < 19 else None

    def size(self) -> int:
        """How many rings wait. Raises TryLater where the queue is unreachable."""
        with self._storage() as storage:
            return int(storage.queue_size())

    def close(self) -> None:
        """Close the connections of this thread; used again, they open again."""
        if self._opened is not None:
            # Huey looks and closes in two steps; two threads at once would trip over each other.
            with self._storage() as storage, self._opening:
                storage.close()

    @contextmanager
    def _storage(self) -> Iterator[Any]:
        try:
            with self._opening:
                if self._opened is None:
                    self._opened = self._open_storage()
            yield self._opened
        except (sqlite3.Error, psycopg.Error, RedisError, OSError) as error:
            raise _out_of_reach(type(error).__name__) from error


def _out_of_reach(why: str) -> TryLater:
    return TryLater(
        f"The queue cannot be reached ({why}).",
        hint="Check QUEUE_URL and that its server runs.",
        kind="queue",
    )


def open_queue(url: str, name: str = NAME) -> Queue:
    """The queue at `sqlite:///path`, `postgresql://…` or `redis://…`; one server may hold several.

    Raises SetupError for an address of another kind.
    """
    match url.partition("://")[0]:
        case "sqlite":
            return Queue(lambda: _sqlite(url, name), waits=False)
        case "postgresql" | "postgres":
            return Queue(lambda: _postgres(url, name), waits=True)
        case "redis" | "rediss":
            return Queue(lambda: _redis(url, name), waits=True)
    raise SetupError(
        "QUEUE_URL is of a kind that this service does not know.",
        hint="Use sqlite:///path, postgresql://… or redis://….",
    )


def _sqlite(url: str, name: str) -> SqliteStorage:
    path = Path(url.removeprefix("sqlite:///"))
    path.parent.mkdir(parents=True, exist_ok=True)
    return SqliteStorage(name, filename=str(path), timeout=30, fsync=False)


def _postgres(url: str, name: str) -> PostgresStorage:
    storage = PostgresStorage(
        name,
        connection=lambda: connect(url, **PATIENT),
        read_timeout=WAIT_SECONDS,
        create_tables=False,
    )
    # Huey's own "create table if not exists" fails where several processes start at once.
    with connect(url, **PATIENT) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (CREATE_LOCK,))
        for statement in storage.ddl:
            connection.execute(statement)
    return storage


def _redis(url: str, name: str) -> PriorityRedisStorage:
    pool = ConnectionPool.from_url(
        url, socket_connect_timeout=CONNECT_SECONDS, socket_timeout=WAIT_SECONDS + CONNECT_SECONDS
    )
    return PriorityRedisStorage(name, connection_pool=pool, read_timeout=WAIT_SECONDS)
