"""Where the databases of a story are kept: SQLite in files, PostgreSQL beside the one named.

A base is made once and then only copied, so that every telling begins with the same.
"""

from pathlib import Path
from shutil import copy
from typing import Protocol
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
from psycopg.sql import SQL, Identifier


class Place(Protocol):
    """One database that is worked on, and its base. Nobody may be connected when it is changed."""

    url: str

    def keep_as_base(self) -> None:
        """What is there now is what `restore` brings back."""

    def restore(self) -> None:
        """The database as it was when it was kept."""

    def close(self) -> None:
        """Leave nothing behind."""


class SqlitePlace:
    """Files in a folder."""

    def __init__(self, folder: Path) -> None:
        self._file, self._base = folder / "store.db", folder / "base.db"
        self.url = f"sqlite:///{self._file}"

    def keep_as_base(self) -> None:
        assert not self._beside("-wal").exists(), "somebody is still connected"
        copy(self._file, self._base)

    def restore(self) -> None:
        for ending in ("-wal", "-shm"):
            self._beside(ending).unlink(missing_ok=True)
        copy(self._base, self._file)

    def close(self) -> None:
        """The folder is somebody else's."""

    def _beside(self, ending: str) -> Path:
        return self._file.with_name(self._file.name + ending)


class PostgresPlace:
    """Two databases with names that nobody else uses."""

    def __init__(self, url: str) -> None:
        self._server = url
        self._name = f"test_reliability_{uuid4().hex[:20]}"
        self._base = f"{self._name}_base"
        self._make(self._name, "template0")
        self.url = urlsplit(url)._replace(path=f"/{self._name}").geturl()

    def keep_as_base(self) -> None:
        self._drop(self._base)
        self._make(self._base, self._name)

    def restore(self) -> None:
        self._drop(self._name)
        self._make(self._name, self._base)

    def close(self) -> None:
        self._drop(self._name)
        self._drop(self._base)

    def _make(self, name: str, template: str) -> None:
        self._do("CREATE DATABASE {} TEMPLATE {}", name, template)
        self._do("ALTER DATABASE {} SET synchronous_commit = off", name)

    def _drop(self, name: str) -> None:
        self._do("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def _do(self, statement: str, *names: str) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(SQL(statement).format(*map(Identifier, names)))


def make_place(url: str | None, folder: Path) -> Place:
    """A database at this server, or where none is named in a file."""
    return PostgresPlace(url) if url else SqlitePlace(folder)
