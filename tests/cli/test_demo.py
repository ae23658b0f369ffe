"""The demo's own parts: processes that are watched and stopped, ports, lasting secrets."""

import json
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.demo import stage
from sync.demo.children import Child, DemoError, Stopped, choose_port
from sync.space_file import parse_space_file

SLEEPS = "import time\nprint('ready', flush=True)\ntime.sleep(60)"


@pytest.fixture
def stop() -> threading.Event:
    return threading.Event()


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[Child]:
    child = Child("sleeper", [sys.executable, "-c", SLEEPS], {}, log=tmp_path / "sleeper.log")
    yield child
    child.ask_to_stop()
    child.end()


def test_a_child_is_ready_when_it_says_so_and_ends_when_asked(
    sleeper: Child, stop: threading.Event, tmp_path: Path
) -> None:
    log = tmp_path / "sleeper.log"
    sleeper.wait_until(lambda: "ready" in log.read_text(), seconds=20, stop=stop)
    assert sleeper.code is None
    sleeper.ask_to_stop()
    sleeper.end()
    assert sleeper.code is not None


def test_a_child_that_dies_is_named_with_the_end_of_its_log(
    stop: threading.Event, tmp_path: Path
) -> None:
    dies = "import sys\nprint('no such table', flush=True)\nsys.exit(3)"
    child = Child("web", [sys.executable, "-c", dies], {}, log=tmp_path / "web.log")
    with pytest.raises(DemoError, match=r"The web ended \(3\)") as caught:
        child.wait_until(lambda: False, seconds=20, stop=stop)
    assert "| no such table" in str(caught.value)


def test_a_child_that_is_never_ready_is_given_up(sleeper: Child, stop: threading.Event) -> None:
    with pytest.raises(DemoError, match="was not ready in"):
        sleeper.wait_until(lambda: False, seconds=0.2, stop=stop)


def test_waiting_ends_when_somebody_says_stop(sleeper: Child, stop: threading.Event) -> None:
    stop.set()
    with pytest.raises(Stopped):
        sleeper.wait(stop)
    with pytest.raises(Stopped):
        sleeper.wait_until(lambda: False, seconds=20, stop=stop)


def test_the_exit_code_of_a_command_is_told(stop: threading.Event) -> None:
    child = Child("run", [sys.executable, "-c", "import sys; sys.exit(2)"], {})
    assert child.wait(stop) == 2


def test_a_port_in_use_is_passed_over() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert choose_port(port) != port


def test_a_free_port_is_taken_as_preferred() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert choose_port(port) == port


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    stage.FOLDER.mkdir(parents=True)
    return tmp_path / stage.FOLDER


def test_secrets_are_made_once_and_only_the_owner_may_read_them(folder: Path) -> None:
    first = stage.demo_environment("http://127.0.0.1:8765")
    second = stage.demo_environment("http://127.0.0.1:9000")
    assert first["SECRET_KEYS"] == second["SECRET_KEYS"]
    assert (folder / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert second["ALLOWED_API_HOSTS"] == "127.0.0.1:9000"


def test_the_operators_password_lasts_and_is_no_setting(folder: Path) -> None:
    password = stage.operator_password()
    assert len(password) >= 12
    assert stage.operator_password() == password
    assert password not in stage.demo_environment("http://127.0.0.1:8765").values()


def test_the_folder_of_an_earlier_version_keeps_its_secrets(folder: Path) -> None:
    before = stage.demo_environment("http://127.0.0.1:8765")
    kept = {name: before[name] for name in ("SECRET_KEYS", "SYNC_TOKEN")}
    (folder / "secrets.json").write_text(json.dumps(kept))
    stage.operator_password()
    assert stage.demo_environment("http://127.0.0.1:8765")["SECRET_KEYS"] == kept["SECRET_KEYS"]


def test_no_setting_of_the_environment_reaches_the_demo(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://production")
    monkeypatch.setenv("LOG_FORMAT", "json")
    environment = stage.demo_environment("http://127.0.0.1:8765")
    assert environment["DATABASE_URL"] == "sqlite:///instance/demo/sync.db"
    assert "LOG_FORMAT" not in environment


def test_the_space_file_of_the_demo_can_be_imported(folder: Path) -> None:
    stage.write_space_file("http://127.0.0.1:8765")
    text = (folder / "space.json").read_text()
    (space,) = parse_space_file(text, lambda name: None)
    assert space.pipeliner.service_url == "http://127.0.0.1:8765"
    assert json.loads(text)["spaces"][0]["status"] == "running"
