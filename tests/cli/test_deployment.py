"""docs/deploy.md: its units are sound, its commands do what it says, its names exist."""

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest

from sync.keyring import Keyring
from sync.settings import documented_settings
from tests.documents import TOP, commands_of, translated

TEXT = (TOP / "docs" / "deploy.md").read_text("utf-8")
UNITS = dict(re.findall(r"<!-- unit: (\S+) -->\n+```ini\n(.*?)```", TEXT, re.DOTALL))
# What platforms, gunicorn and this page itself call so.
OF_OTHERS = {"PORT", "WEB_CONCURRENCY", "GUNICORN_CMD_ARGS", "VERSION", "PGHOST", "PGUSER"}
OF_OTHERS |= {"REPOSITORY", "LISTEN"}


class Ended(NamedTuple):
    out: str
    err: str


class Machine:
    """A folder in place of the root of a machine, on which an operator types."""

    def __init__(self, folder: Path) -> None:
        self.etc, self.data = folder / "etc", folder / "var"
        for one in (self.etc, self.data):
            one.mkdir()
        self.instead = {
            "/etc/acton": str(self.etc),
            "/var/lib/acton": str(self.data),
            "/opt/acton/current/.venv/bin/python": sys.executable,
            ".venv/bin/python": sys.executable,
            "/opt/acton/current": str(TOP),
            "runuser -u acton -- ": "",
        }

    def translated(self, text: str) -> str:
        """The text for this machine."""
        return translated(text, self.instead)

    def type(self, name: str, *words: str) -> Ended:
        """The commands of the page under that name, as a script with these arguments."""
        script = self.translated(commands_of("deploy.md", name))
        done = subprocess.run(
            ["bash", "-eu", "-c", script, "acton", *words],
            env={"PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return Ended(done.stdout, done.stderr)

    def read(self, name: str) -> str:
        return (self.etc / name).read_text().strip()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine that is set up."""
    made = Machine(tmp_path)
    made.type("secrets")
    (made.etc / "client-secret").write_text("a-client-secret")
    (made.etc / "env").write_text(made.translated(commands_of("deploy.md", "environment")))
    return made


def test_the_shell_has_the_settings_of_the_service(machine: Machine) -> None:
    assert machine.type("shell", "db", "upgrade").out == "The database is up to date.\n"
    assert (machine.data / "sync.db").is_file()
    assert "All is well." in machine.type("shell", "check").out


def test_secrets_are_for_the_service_alone(machine: Machine) -> None:
    for name in ("secret-keys", "sync-token", "sync-header"):
        assert (machine.etc / name).stat().st_mode & 0o777 == 0o640, name


@pytest.fixture
def asked() -> Iterator[tuple[HTTPServer, list[tuple[str, str | None]]]]:
    """A server that remembers who asked for what."""
    heard: list[tuple[str, str | None]] = []

    class Ear(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append((self.path, self.headers["Authorization"]))
            self.send_response(202)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Ear)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server, heard
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_the_cron_sends_the_token_and_shows_it_to_nobody(
    machine: Machine, asked: tuple[HTTPServer, list[tuple[str, str | None]]]
) -> None:
    server, heard = asked
    [command] = re.findall(r"^ExecStart=/usr/bin/(curl .*)$", UNITS["acton-cron.service"], re.M)
    here = machine.translated(command.replace("127.0.0.1:8000", f"127.0.0.1:{server.server_port}"))
    token = machine.read("sync-token")
    assert token not in here
    done = subprocess.run(here.split(), capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert heard == [("/sync", f"Bearer {token}")]


def test_a_token_is_rotated_while_the_old_one_still_counts(machine: Machine) -> None:
    old = machine.read("sync-token")
    machine.type("rotate-token")
    new, second = machine.read("sync-token").split(",")
    assert (second, machine.read("sync-header")) == (old, f"Authorization: Bearer {old}")
    machine.type("shell", "db", "upgrade")
    machine.type("rotate-token-end")
    assert machine.read("sync-token") == new
    assert machine.read("sync-header") == f"Authorization: Bearer {new}"
    machine.type("shell", "db", "upgrade")


def test_keys_are_rotated_and_the_old_one_still_opens(machine: Machine) -> None:
    machine.type("shell", "db", "upgrade")
    old = machine.read("secret-keys")
    machine.type("rotate-keys")
    new, second = machine.read("secret-keys").split(",")
    assert second == old
    assert Keyring.parse(f"{new},{old}").key_id == Keyring.parse(new).key_id
    assert "sealed with the first key" in machine.type("shell", "secrets", "rotate").out
    machine.type("rotate-keys-end")
    assert machine.read("secret-keys") == new


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd")
def test_the_units_are_sound(tmp_path: Path) -> None:
    assert len(UNITS) == 5
    # It looks for the programs, which are not installed here.
    for name, unit in UNITS.items():
        here = re.sub(r"/(opt|usr)/\S*/(gunicorn|python|curl)\b", "/bin/true", unit)
        (tmp_path / name).write_text(here)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *sorted(UNITS)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    ours = [line for line in done.stderr.splitlines() if "acton" in line]
    assert ours == []
    assert done.returncode == 0, done.stderr


def test_every_setting_that_the_page_names_exists() -> None:
    named = set(re.findall(r"`([A-Z][A-Z_]+[A-Z])`|(?<![A-Za-z_])([A-Z][A-Z_]+[A-Z])=", TEXT))
    names = {one for pair in named for one in pair if one}
    known = {name for name, _, _ in documented_settings()}
    known |= {f"{name}_FILE" for name in known} | OF_OTHERS
    assert len(names) > 20
    assert sorted(names - known) == []


def test_every_test_that_the_page_names_exists() -> None:
    named = re.findall(r"`(tests/\w+/\w+\.py)`", TEXT)
    assert named
    assert [one for one in named if not (TOP / one).is_file()] == []
