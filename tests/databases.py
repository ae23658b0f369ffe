"""An empty database for each test: SQLite always, PostgreSQL where the tests may use one.

Migrating takes longer than most tests, so each process that tests does it once: on SQLite a test
gets a copy, on PostgreSQL the database with all rows taken out.
"""

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from sync.keyring import Keyring, generate_key
from sync.store import Store, open_database
from sync.store.tables import metadata

VARIABLE = "TEST_POSTGRES_URL"


class Server(Protocol):
    """Where databases are."""

    def lend(self) -> str:
        """The address of a database with our tables, all empty; they must stay as they are."""

    def make(self) -> str:
        """The address of a new database with nothing in it."""

    def drop(self, url: str) -> None:
        """Take away what `make` made."""


class SqliteServer:
    """Files in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def lend(self) -> str:
        url = self.make()
        put_tables(Path(url.removeprefix("sqlite:///")))
        return url

    def make(self) -> str:
        return f"sqlite:///{self._folder / uuid4().hex}.db"

    def drop(self, url: str) -> None:
        """The whole folder goes with the session."""


class PostgresServer:
    """Databases beside the one that is named, under names that nobody else uses."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._admin = psycopg.connect(url, autocommit=True)
        self._lent = self.make()
        _migrate(self._lent)
        self._cleaner = psycopg.connect(self._lent, autocommit=True)
        tables = [Identifier(table.name) for table in reversed(metadata.sorted_tables)]
        self._clean = SQL("; ").join(SQL("DELETE FROM {}").format(table) for table in tables)

    def lend(self) -> str:
        self._cleaner.execute(self._clean)
        return self._lent

    def make(self) -> str:
        name = f"test_store_{uuid4().hex}"
        for statement in (
            "CREATE DATABASE {} TEMPLATE template0",
            "ALTER DATABASE {} SET synchronous_commit = off",
        ):
            self._admin.execute(SQL(statement).format(Identifier(name)))
        return urlsplit(self._url)._replace(path=f"/{name}").geturl()

    def drop(self, url: str) -> None:
        name = Identifier(urlsplit(url).path.removeprefix("/"))
        self._admin.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(name))

    def close(self) -> None:
        self._cleaner.close()
        self.drop(self._lent)
        self._admin.close()


def put_tables(file: Path) -> None:
    """Make the file an SQLite database with our tables, all empty."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(_migrated())


@cache
def _migrated() -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "template.db"
        _migrate(f"sqlite:///{file}")
        return file.read_bytes()


def _migrate(url: str) -> None:
    database = open_database(url)
    Store(database, Keyring.parse(generate_key())).upgrade()
    database.close()


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> SqliteServer:
    return SqliteServer(tmp_path_factory.mktemp("databases"))


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresServer]:
    if VARIABLE not in os.environ:
        pytest.skip(f"{VARIABLE} is not set")
    server = PostgresServer(os.environ[VARIABLE])
    yield server
    server.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest) -> Server:
    made: Server = request.getfixturevalue(request.param)
    return made
