"""The database: opened from its address, and transactions on it. Knows no table.

SQLite is the default (WAL, foreign keys on); PostgreSQL is the same to all who ask. A database that
is away is TryLater, here and nowhere else.
"""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, cast

import psycopg
from psycopg.errors import IdleInTransactionSessionTimeout, UndefinedColumn, UndefinedTable
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    InterfaceError,
    InternalError,
    OperationalError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry

from sync import postgres
from sync.errors import SetupError, StoreAway, TryLater

BUSY_SECONDS = 30
BUSY_AGAIN_SECONDS = 0.01
CACHE_KIB = 16_000
POOL_SIZE = 5
POOL_OVERFLOW = 15
POOL_SECONDS = 10  # how long to wait for a connection that others have
# What PostgreSQL says where it is not there to work: connection lost, starting or going down, full.
AWAY_STATES = ("08", "57P", "53300")


class Database:
    """Transactions on one database. Safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._own = threading.local()
        self._kept: list[DBAPIConnection] = []

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only looks. Raises TryLater where the database is away."""
        with _translated(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that is committed at the end, or not at all.

        Raises TryLater where the database is away.
        """
        with _translated(), self.engine.connect() as connection:
            if self.is_sqlite:
                # A writer takes the lock at once and waits its turn; a reader that becomes a writer
                # half-way would be refused instead.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
            connection.commit()

    def glance(self, statement: str, value: str) -> tuple[Any, ...] | None:
        """The first row of a statement with one `?`, asked through the bare driver.

        For what is asked with every panel: SQLAlchemy spends ten times what the database does on a
        row. Raises `driver_errors`, and TryLater where PostgreSQL is away.
        """
        if self.is_sqlite:
            return self._first_row(self._own_connection(), statement, value)
        with _translated(), closing(self.engine.raw_connection()) as connection:
            try:
                return self._first_row(connection, statement.replace("?", "%s"), value)
            except psycopg.OperationalError as error:
                connection.invalidate(error)  # else the pool would try to clean up what is broken
                raise _does_not_answer(StoreAway, error) from error

    def _first_row(
        self, connection: DBAPIConnection, statement: str, value: str
    ) -> tuple[Any, ...] | None:
        cursor = connection.cursor()
        cursor.execute(statement, (value,))
        row: tuple[Any, ...] | None = cursor.fetchone()
        cursor.close()
        return row

    def _own_connection(self) -> DBAPIConnection:
        """This thread's own connection to SQLite, where it costs nothing to keep one."""
        kept: DBAPIConnection | None = getattr(self._own, "connection", None)
        if kept is None:
            lent = self.engine.raw_connection()
            lent.detach()  # from the pool, which would count it
            assert lent.dbapi_connection is not None  # noqa: S101 - narrows the type only
            kept = self._own.connection = lent.dbapi_connection
            self._kept.append(kept)
        return kept

    @property
    def driver_errors(self) -> tuple[type[Exception], ...]:
        """What `glance` raises where it gets no answer."""
        return DBAPIError, self.engine.dialect.loaded_dbapi.Error

    def ensure_reachable(self) -> None:
        """Pass only if the database answers. Raises TryLater."""
        with self.read() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()
        while self._kept:
            self._kept.pop().close()
        self._own = threading.local()


def open_database(url: str) -> Database:
    """The database at this address. Nothing is connected yet.

    Raises SetupError where the address is not one of SQLite or PostgreSQL.
    """
    address = _read_address(url)
    if address.get_backend_name() == "sqlite":
        return _open_sqlite(address)
    return _open_postgres(address)


def _read_address(url: str) -> URL:
    for scheme in ("postgresql://", "postgres://"):
        if url.startswith(scheme):
            url = "postgresql+psycopg://" + url.removeprefix(scheme)
    try:
        address = make_url(url)
    except (ArgumentError, ValueError) as error:  # ValueError: a port that is no number
        raise _bad_address() from error
    if address.get_backend_name() not in {"sqlite", "postgresql"}:
        raise _bad_address()
    return address


def _bad_address() -> SetupError:
    return SetupError(
        "DATABASE_URL is not the address of a database that this service knows.",
        hint="Use sqlite:///path/to/file.db or postgresql://user@host/name.",
    )


def _open_postgres(address: URL) -> Database:
    engine = create_engine(
        address,
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
        pool_timeout=POOL_SECONDS,
        pool_pre_ping=True,
        connect_args=postgres.PATIENT | {"options": _limits()},
    )

    @event.listens_for(engine, "do_connect")
    def _connect(
        _: object, __: object, arguments: tuple[Any, ...], named: dict[str, Any]
    ) -> DBAPIConnection:
        return cast(DBAPIConnection, postgres.connect(*arguments, **named))

    return Database(engine)


def _limits() -> str:
    """How long PostgreSQL lets a statement run, and a transaction in which nothing happens."""
    return (
        f"-c statement_timeout={postgres.STATEMENT_MS}"
        f" -c idle_in_transaction_session_timeout={postgres.IDLE_MS}"
    )


def _open_sqlite(address: URL) -> Database:
    engine = create_engine(address, connect_args={"timeout": BUSY_SECONDS})

    @event.listens_for(engine, "do_connect", once=True)
    def _make_folder(*_: object) -> None:
        # When it is first needed: a folder that cannot be made is a failing check, not a failing
        # start. Not later: a database that is gone must not be taken for a new one.
        if address.database and address.database != ":memory:":
            Path(address.database).parent.mkdir(parents=True, exist_ok=True)

    @event.listens_for(engine, "connect")
    def _prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        # Python's sqlite3 must not begin transactions by itself, or it would begin the wrong kind.
        connection.isolation_level = None
        cursor = connection.cursor()
        _write_ahead(cursor)
        for pragma in (
            "synchronous = NORMAL",
            "foreign_keys = ON",
            f"busy_timeout = {BUSY_SECONDS * 1000}",
            f"cache_size = -{CACHE_KIB}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return Database(engine)


def _write_ahead(cursor: DBAPICursor) -> None:
    """Switch a new database to its log. Of several processes that meet at one, SQLite sends all but
    the first away at once, whatever its time-out says."""
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(BUSY_AGAIN_SECONDS)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except PoolTimeout as error:
        raise _away(error) from error
    except InternalError as error:
        if not isinstance(error.orig, IdleInTransactionSessionTimeout):
            raise
        raise _does_not_answer(StoreAway, error.orig) from error
    except (OperationalError, InterfaceError, ProgrammingError) as error:
        if _names_what_is_not_there(error):
            raise not_migrated() from error
        if isinstance(error, ProgrammingError):
            raise  # a statement of ours is wrong: a bug
        raise _away(error) from error
    except OSError as error:
        raise TryLater(
            f"The folder of the database cannot be made ({type(error).__name__}).",
            hint="Check DATABASE_URL and the rights on its folder.",
            kind="database",
        ) from error


def not_migrated() -> TryLater:
    """The tables are not as this version needs them."""
    return TryLater(
        "The database is not in its newest form.",
        hint="Run: python -m sync db upgrade",
        kind="migrations",
    )


def _names_what_is_not_there(error: DBAPIError) -> bool:
    if isinstance(error.orig, UndefinedTable | UndefinedColumn):
        return True
    said = str(error.orig)
    return isinstance(error.orig, sqlite3.OperationalError) and said.startswith(
        ("no such table", "no such column")
    )


def _away(error: DBAPIError | PoolTimeout) -> TryLater:
    if isinstance(error, PoolTimeout):
        return _does_not_answer(StoreAway, error)
    return _does_not_answer(StoreAway if _is_gone(error) else TryLater, error.orig)


def _does_not_answer(kind: type[TryLater], cause: BaseException | None) -> TryLater:
    return kind(
        f"The database does not answer ({type(cause).__name__}).",
        hint="Check DATABASE_URL, that the database runs, and `python -m sync db upgrade`.",
        kind="database",
    )


def _is_gone(error: DBAPIError) -> bool:
    """Whether the server is out of reach; else it is there, and could not do what was asked."""
    if error.connection_invalidated:
        return True
    if not isinstance(error.orig, psycopg.OperationalError):
        return False
    state = error.orig.sqlstate
    return state is None or state.startswith(AWAY_STATES)
