"""The database of a played week, whose own clock is moved with ours: the statements, and all that
rests on them (leases, paces, budgets), stay those of the product."""

import secrets
import sqlite3
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import urlsplit

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import Engine, event

from bench.soaking.moving import MovedClock


class Place(Protocol):
    """Where the data are. `is_away`: nobody can reach it now."""

    url: str
    is_away: bool
    can_go_away: bool

    def prepare(self, engine: Engine) -> None:
        """Before an engine of ours connects for the first time."""

    def move(self, at: float) -> None:
        """The clock stands there now."""

    def go_away(self) -> None:
        """Break every connection, and take no new one until `come_back`."""

    def come_back(self) -> None:
        """Take connections again."""

    def close(self) -> None:
        """Leave nothing behind."""


class SqlitePlace:
    """A file in a folder. Its clock is a function that each connection brings along."""

    is_away, can_go_away = False, False

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder / 'sync.db'}"

    def prepare(self, engine: Engine) -> None:
        event.listen(engine, "connect", _bring_clock)

    def move(self, at: float) -> None:
        """Each connection asks our clock by itself."""

    def go_away(self) -> None:
        raise NotImplementedError("A file does not go away.")

    come_back = go_away

    def close(self) -> None:
        """The folder is somebody else's."""


def _bring_clock(connection: sqlite3.Connection, _: object) -> None:
    def strftime(form: str, moment: str) -> str:
        assert (form, moment) == ("%Y-%m-%d %H:%M:%f000", "now"), "only the present is asked for"
        clock = MovedClock.running
        assert clock is not None
        return clock.now.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] + "000"

    connection.create_function("strftime", 2, strftime)


# `clock_timestamp()` of our statements is looked for along the search path, and pg_catalog, which
# is else looked at first, comes last there.
MOVED_CLOCK: Final = (
    "CREATE SCHEMA moved",
    "CREATE TABLE moved.clock (at timestamptz NOT NULL)",
    "INSERT INTO moved.clock VALUES (now())",
    "CREATE FUNCTION moved.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE"
    " AS 'SELECT at FROM moved.clock'",
)


class PostgresPlace:
    """A database of its own at a server, which can be away for a while."""

    can_go_away = True

    def __init__(self, server: str) -> None:
        self._name, self.is_away = f"soak_{secrets.token_hex(4)}", False
        self._admin = psycopg.connect(server, autocommit=True)
        self._do("CREATE DATABASE {}")
        self._do("ALTER DATABASE {} SET search_path = public, moved, pg_catalog")
        self._do("ALTER DATABASE {} SET synchronous_commit = off")
        self.url = urlsplit(server)._replace(path=f"/{self._name}").geturl()
        self._own = psycopg.connect(self.url, autocommit=True)
        for statement in MOVED_CLOCK:
            self._own.execute(statement)

    def prepare(self, engine: Engine) -> None:
        """The database has its clock."""

    def move(self, at: float) -> None:
        self._own.execute("UPDATE moved.clock SET at = to_timestamp(%s)", (at,))

    def go_away(self) -> None:
        self.is_away = True
        self._do("ALTER DATABASE {} ALLOW_CONNECTIONS false")
        self._admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = %s AND pid <> %s",
            (self._name, self._own.info.backend_pid),
        )

    def come_back(self) -> None:
        self._do("ALTER DATABASE {} ALLOW_CONNECTIONS true")
        self.is_away = False

    def close(self) -> None:
        self._own.close()
        self._do("DROP DATABASE {} WITH (FORCE)")
        self._admin.close()

    def _do(self, statement: str) -> None:
        self._admin.execute(SQL(statement).format(Identifier(self._name)))


def make_place(server: str, folder: Path) -> Place:
    """A database at this server; where none is named, a file in the folder."""
    return PostgresPlace(server) if server else SqlitePlace(folder)
