"""The product as its users run it: the command line in a process of its own, the sandbox behind a
real socket."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sync.keyring import generate_key
from sync.sandbox import RunningSandbox, SandboxOptions

TOP = Path(__file__).parents[2]
TOKEN = "accept-0123456789-abcdefghijklmnop-XYZ"
# Commands in turn, in one process, which loads everything once; each ends in `SystemExit`.
IN_TURN = """
import sys
from sync.cli import main
for line in sys.argv[1:]:
    try:
        main(line.split(), prog_name="python -m sync")
    except SystemExit as ended:
        if ended.code:
            raise
"""
PLANTED = ("sandbox-secret", "sandbox-password", "sandbox_key", TOKEN)


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def json_lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


class Shell:
    """Runs `python -m sync …` in a folder of its own, against one sandbox."""

    def __init__(self, folder: Path, sandbox: RunningSandbox) -> None:
        self.folder = folder
        self.sandbox = sandbox
        self.variables = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(TOP),
            "DATABASE_URL": f"sqlite:///{folder / 'store.db'}",
            "QUEUE_URL": f"sqlite:///{folder / 'queue.db'}",
            "SECRET_KEYS": generate_key(),
            "SYNC_TOKEN": TOKEN,
            "ACTON_CLIENT_ID": "sandbox-client",
            "ACTON_CLIENT_SECRET": "sandbox-secret",
            "ACTON_BASE_URL": sandbox.url,
            "ALLOWED_API_HOSTS": sandbox.host,
            "PUBLIC_URL": "https://panel.example.com",
            "SETTLE_SECONDS": "0",
            "ACTON_CALLS_PER_SECOND": "5",
        }

    def run(
        self, *arguments: str, expect: int | None = 0, stdin: str = "", **more: str | None
    ) -> Ended:
        """One command, in a process of its own."""
        return self._start("-m", "sync", *arguments, expect=expect, stdin=stdin, **more)

    def _start(
        self, *arguments: str, expect: int | None, stdin: str = "", **more: str | None
    ) -> Ended:
        """A process; no traceback and no secret may ever be in what it prints."""
        variables = {**self.variables, **more}
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env={name: value for name, value in variables.items() if value is not None},
            capture_output=True,
            text=True,
            input=stdin,
            timeout=110,
        )
        printed = done.stdout + done.stderr
        assert "Traceback" not in printed, printed
        for secret in (*PLANTED, self.variables["SECRET_KEYS"]):
            assert secret not in printed
        if expect is not None:
            assert done.returncode == expect, printed
        return Ended(done.returncode, done.stdout, done.stderr)

    def write_space_file(self, name: str = "space.json", **changes: Any) -> str:
        """A space file for the sandbox's demo space, with changes by dotted path."""
        space: dict[str, Any] = {
            "space_id": "demo_space",
            "name": "Demo",
            "time_zone": "Europe/Berlin",
            "status": "running",
            "pipeliner": {
                "service_url": self.sandbox.url,
                "username": "sandbox_app",
                "password": "sandbox_key",
            },
            "acton": {
                "account_id": "12345",
                "marketing_domain_url": "https://a12345.actonsoftware.com",
                "username": "marketing@example.com",
                "password": "sandbox-password",
            },
            "settings": {"threshold": 40, "sync_time": "02:00", "owner": "anna@example.com"},
        }
        for path, value in changes.items():
            *outer, last = path.split("__")
            inner: Any = space
            for step in outer:
                inner = inner[step]
            inner[last] = value
        (self.folder / name).write_text(json.dumps({"spaces": [space]}))
        return name

    def set_up(self, **changes: Any) -> None:
        """Database, space and fields in place."""
        file = self.write_space_file(**changes)
        commands = ("db upgrade", f"space import {file}", "fields provision demo_space")
        self._start("-c", IN_TURN, *commands, expect=0)

    def sync(self, expect: int | None = 0) -> Mapping[str, Any]:
        """One run, as JSON, whose counts are proved to add up."""
        run: Mapping[str, Any] = self.run("run", "demo_space", "--json", expect=expect).json
        settled = run["created"] + run["updated"] + run["unchanged"]
        assert run["rows"] == settled + sum(run["skipped"].values()) + sum(run["failed"].values())
        return run

    def sync_paused(self) -> Mapping[str, Any]:
        """One run that has to wait; some of its rows have no outcome yet."""
        run: Mapping[str, Any] = self.run("run", "demo_space", "--json", expect=2).json
        return run


@pytest.fixture
def options() -> SandboxOptions:
    """The world of the sandbox; tests override it to have another."""
    return SandboxOptions(limits=False)


@pytest.fixture
def sandbox(options: SandboxOptions) -> Iterator[RunningSandbox]:
    """A sandbox behind a socket."""
    with RunningSandbox(options) as running:
        yield running


@pytest.fixture
def shell(tmp_path: Path, sandbox: RunningSandbox) -> Shell:
    """A shell with nothing set up."""
    return Shell(tmp_path, sandbox)


@pytest.fixture
def ready(shell: Shell) -> Shell:
    """A shell with database, space and fields in place."""
    shell.set_up()
    return shell
