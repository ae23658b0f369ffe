"""A copy of the database, made while the sync writes, is put back after more has happened.

The commands are those of docs/deploy.md, word for word, with other paths and names.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy import func, update

import sync.clock
from sync.factory import Application
from sync.model import Progress, Run, RunStatus
from sync.sandbox import RunningSandbox, SandboxOptions
from sync.store.tables import runs
from tests.databases import VARIABLE
from tests.documents import commands_of, replaced
from tests.reliability.sandboxed import SPACE, NobodyWaits, demo_space, open_product

WORLD = {"rows": 40, "lists": 2, "people": 30, "hits": 5, "hostile": False}
ACCOUNT = "12345"
MORE = 6  # people who reach the threshold after the first night


class Kept(Protocol):
    """A database in use, and how it is copied and put back."""

    url: str

    def back_up(self) -> None:
        """Copy it, whoever uses it meanwhile."""

    def put_back(self) -> str:
        """The address of the copy put back; nobody may use the database then."""


def do(commands: str, **variables: str) -> None:
    """What an operator types. Raises where any of it fails."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        env={"PATH": os.environ["PATH"], **variables},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


class InAFile:
    """SQLite."""

    def __init__(self, folder: Path) -> None:
        self._data, self._backups = folder / "data", folder / "backups"
        self._backups.mkdir()
        self.url = f"sqlite:///{self._data / 'sync.db'}"

    def back_up(self) -> None:
        self._do("backup-sqlite", {"/var/backups/acton": str(self._backups)})
        [copy] = self._backups.iterdir()
        with sqlite3.connect(copy) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        connection.close()

    def put_back(self) -> str:
        [copy] = self._backups.iterdir()
        self._do("restore-sqlite", {"/var/backups/acton/sync-2026-11-27.db": str(copy)})
        return self.url

    def _do(self, name: str, more: dict[str, str]) -> None:
        commands = commands_of("deploy.md", name).replace("--owner=acton --group=acton ", "")
        python = {"/opt/acton/current/.venv/bin/python": sys.executable}
        paths = {"/var/lib/acton": str(self._data), **more}
        do(replaced(commands, paths | (python if "python" in commands else {})))


class OnAServer:
    """PostgreSQL."""

    def __init__(self, server: str, folder: Path) -> None:
        self._backups = folder / "backups"
        self._backups.mkdir()
        self.names = [f"test_backup_{uuid4().hex}" for _ in range(2)]
        parts = urlsplit(server)
        self.url, self._new_url = (parts._replace(path=f"/{one}").geturl() for one in self.names)
        self._variables = {
            "PGHOST": parts.hostname or "",
            "PGPORT": str(parts.port or 5432),
            "PGUSER": parts.username or "",
            "PGPASSWORD": parts.password or "",
        }

    def back_up(self) -> None:
        there = {"/var/backups/acton": str(self._backups)}
        self._do("backup-postgresql", {"--dbname=acton ": f"--dbname={self.names[0]} ", **there})

    def put_back(self) -> str:
        [copy] = self._backups.iterdir()
        there = {"/var/backups/acton/acton-2026-11-27.dump": str(copy)}
        self._do("restore-postgresql", {"acton_restored": self.names[1], **there})
        return self._new_url

    def _do(self, name: str, instead: dict[str, str]) -> None:
        do(replaced(commands_of("deploy.md", name), instead), **self._variables)


@pytest.fixture
def on_a_server(tmp_path: Path) -> Iterator[OnAServer]:
    if VARIABLE not in os.environ:
        pytest.skip(f"{VARIABLE} is not set")
    for program in ("pg_dump", "pg_restore", "createdb"):
        if shutil.which(program) is None:
            pytest.skip(f"there is no {program}")
    kept = OnAServer(os.environ[VARIABLE], tmp_path)
    with psycopg.connect(os.environ[VARIABLE], autocommit=True) as admin:
        admin.execute(SQL("CREATE DATABASE {}").format(Identifier(kept.names[0])))
        yield kept
        for name in kept.names:
            drop = SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            admin.execute(drop.format(Identifier(name)))


@pytest.fixture(params=["sqlite", "postgresql"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Kept:
    if request.param == "sqlite":
        return InAFile(tmp_path)
    served: OnAServer = request.getfixturevalue("on_a_server")
    return served


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningSandbox]:
    monkeypatch.setattr(sync.clock, "time", NobodyWaits)
    with RunningSandbox(SandboxOptions(**WORLD, limits=False)) as running:
        yield running


def work(product: Application, report: Callable[[Progress], None] = lambda progress: None) -> Run:
    """The run that is open, or else a new one, to its end."""
    run = product.runner.work(product.service.start(SPACE).run.run_id, report=report)
    assert run is not None
    assert run.counts.adds_up
    assert run.status is RunStatus.SUCCEEDED
    return run


def let_more_people_reach_the_threshold(sandbox: RunningSandbox) -> None:
    people = sandbox.world.accounts[ACCOUNT].people.values()
    cold = [person.email for person in people if person.score < 40]
    for email in cold[:MORE]:
        sandbox.change("set_score", email=email, score=90)


def let_the_lease_run_out(product: Application) -> int:
    """The worker that the copy shows at work has not been heard of for too long."""
    with product.store.database.write() as connection:
        silent = update(runs).where(runs.c.status == "running").values(lease_until=func.now())
        return connection.execute(silent).rowcount


def keys(sandbox: RunningSandbox) -> list[str]:
    return sorted(lead["cf_act_on_key"] for lead in sandbox.leads() if lead.get("cf_act_on_key"))


def test_a_copy_made_during_a_run_is_put_back_and_nothing_comes_twice(
    kept: Kept, tmp_path: Path, sandbox: RunningSandbox
) -> None:
    copied_at: list[Progress] = []

    def copy_once(progress: Progress) -> None:
        if not copied_at:
            copied_at.append(progress)
            kept.back_up()

    with open_product(tmp_path, sandbox, kept.url) as product:
        product.upgrade_database()
        product.service.import_spaces([demo_space(sandbox)])
        product.service.provision(SPACE)
        first = work(product).counts.created
        let_more_people_reach_the_threshold(sandbox)
        second = work(product, report=copy_once).counts.created
        assert work(product).counts.created == 0
    assert first > 0
    assert second >= MORE
    assert copied_at
    before = keys(sandbox)
    assert len(set(before)) == len(before) == first + second

    with open_product(tmp_path, sandbox, kept.put_back()) as product:
        product.upgrade_database()
        assert let_the_lease_run_out(product) == 1
        again = work(product)
        assert again.resumed == 1
        assert again.counts.created == 0
        assert again.counts.unchanged == first + second  # links are found by `Act-On Key`
        assert work(product).counts.unchanged == first + second
    assert keys(sandbox) == before
