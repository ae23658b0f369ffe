"""gunicorn with `gunicorn.conf.py`, as Procfile, `./run serve` and systemd start it."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
READY_SECONDS = 60
# Beside the product's pages one that takes its time and one that tells what it sees.
SLOW_APP = """
import time
from wsgi import app as pages

def app(environ, start_response):
    if environ["PATH_INFO"] == "/seen":
        start_response("200 OK", [])
        return [f"{environ['wsgi.url_scheme']} {environ['SCRIPT_NAME']}".encode()]
    if environ["PATH_INFO"] == "/slow":
        time.sleep(1.5)
        start_response("200 OK", [])
        return [b"answered to the end"]
    return pages(environ, start_response)
"""


class Gunicorn:
    """A master with its processes, on a socket that somebody else holds, as systemd does."""

    def __init__(self, folder: Path, listening: socket.socket, *options: str) -> None:
        (folder / "slow_app.py").write_text(SLOW_APP)
        self.port = listening.getsockname()[1]
        self.log = (folder / "log").open("ab")
        # What systemd does: descriptor 3 listens, and the variables say that it is for us.
        hand_over = 'export LISTEN_FDS=1 LISTEN_PID=$$; exec "$@" 3<&"$FD"'
        self.process = subprocess.Popen(
            [
                *("bash", "-c", hand_over, "bash", sys.executable, "-m", "gunicorn"),
                *("slow_app:app", "--config", str(TOP / "gunicorn.conf.py"), *options),
            ],
            cwd=folder,
            env={**environment(folder), "FD": str(listening.fileno())},
            pass_fds=[listening.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
        )

    def wait(self) -> "Gunicorn":
        """Return once it answers."""
        assert self.get("/healthz") == (200, '{"status":"ok"}')
        return self

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        """Status and text of a page."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=READY_SECONDS)) as line:
            line.request("GET", path, headers=headers)
            answer = line.getresponse()
            return answer.status, answer.read().decode().strip()

    def ask_to_stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def ended(self) -> int:
        """Its exit code."""
        code = self.process.wait(READY_SECONDS)
        self.log.close()
        return code


def environment(folder: Path) -> Mapping[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(TOP),
        "DATABASE_URL": f"sqlite:///{folder / 'store.db'}",
        "QUEUE_URL": f"sqlite:///{folder / 'queue.db'}",
        "SECRET_KEYS": "vCSN1YZcb0kRj0HhpjmXGvS4WiVJ8vCOdoRxwTVQ4p0=",
        "SYNC_TOKEN": "4f6c1c2b9de04a6f8f2f7f0f3e5b7a91",
        "ACTON_CLIENT_ID": "client",
        "ACTON_CLIENT_SECRET": "a-client-secret",
    }


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """A socket that stays open whoever comes and goes."""
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made


@pytest.fixture
def gunicorn(tmp_path: Path, listening: socket.socket) -> Iterator[Gunicorn]:
    served = Gunicorn(tmp_path, listening, "--access-logfile", "-").wait()
    yield served
    if served.process.poll() is None:
        served.ask_to_stop()
        served.ended()


def test_a_request_is_answered_to_its_end_and_the_next_one_by_whoever_comes_after(
    gunicorn: Gunicorn, tmp_path: Path, listening: socket.socket
) -> None:
    answers: list[tuple[int, str]] = []
    visitor = threading.Thread(target=lambda: answers.append(gunicorn.get("/slow")))
    visitor.start()
    time.sleep(0.5)  # the request is under way
    gunicorn.ask_to_stop()
    time.sleep(0.5)  # nobody takes a new one; it waits in the socket
    next_visitor = threading.Thread(target=lambda: answers.append(gunicorn.get("/healthz")))
    next_visitor.start()
    assert gunicorn.ended() == 0
    assert answers == [(200, "answered to the end")]
    after = Gunicorn(tmp_path, listening)
    next_visitor.join(READY_SECONDS)
    visitor.join()
    assert answers[1:] == [(200, '{"status":"ok"}')]
    after.ask_to_stop()
    assert after.ended() == 0


def test_what_somebody_on_this_machine_claims_changes_neither_scheme_nor_path(
    gunicorn: Gunicorn,
) -> None:
    claimed = {"X-Forwarded-Proto": "https", "X-Forwarded-Ssl": "on", "SCRIPT_NAME": "/evil"}
    assert gunicorn.get("/seen", **claimed) == (200, "http")


def test_an_access_log_that_is_asked_for_holds_no_secret(
    gunicorn: Gunicorn, tmp_path: Path
) -> None:
    code = "c0de-of-a-log-in"
    gunicorn.get(
        f"/oauth/acton/callback?code={code}&state={code}",
        Referer=f"https://example.com/{code}",
        Authorization=f"Bearer {code}",
        Cookie=f"session={code}",
    )
    gunicorn.ask_to_stop()
    gunicorn.ended()
    log = (tmp_path / "log").read_text()
    assert '"GET /oauth/acton/callback" 400' in log
    assert code not in log


def test_a_start_that_fails_says_why_and_ends(tmp_path: Path) -> None:
    variables = {name: value for name, value in environment(tmp_path).items() if "KEYS" not in name}
    done = subprocess.run(
        [sys.executable, "-m", "gunicorn", "wsgi:app", "--bind", "127.0.0.1:0"],
        cwd=TOP,
        env=variables,
        capture_output=True,
        text=True,
        timeout=READY_SECONDS,
    )
    assert done.returncode == 3
    assert "SECRET_KEYS is not set." in done.stderr
    assert "Traceback" not in done.stderr


WATCHED = {
    "METRICS_TOKEN": "a-token-of-thirty-two-characters-x",
    "SENTRY_DSN": "http://key@127.0.0.1:1/1",
    "OTLP_ENDPOINT": "http://127.0.0.1:1",
}


@pytest.mark.parametrize("watched", [{}, WATCHED], ids=["plain", "watched"])
def test_loading_the_application_opens_nothing_that_processes_would_share(
    tmp_path: Path, watched: dict[str, str]
) -> None:
    """gunicorn loads it once and forks: a connection or a thread from before would break."""
    look = """
import os, threading
import wsgi
places = (os.readlink(f"/proc/self/fd/{one}") for one in os.listdir("/proc/self/fd")
          if os.path.lexists(f"/proc/self/fd/{one}"))
print(threading.active_count(), *(one for one in places if "socket:" in one or ".db" in one))
"""
    redis = {"CACHE_URL": "redis://127.0.0.1:1/0", "QUEUE_URL": "redis://127.0.0.1:1/0"}
    done = subprocess.run(
        [sys.executable, "-c", look],
        cwd=TOP,
        env={**environment(tmp_path), **redis, **watched, "METRICS_DIR": str(tmp_path / "numbers")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=READY_SECONDS,
    )
    assert done.stdout.split() == ["1"], done.stdout + done.stderr


def test_all_who_start_gunicorn_use_the_one_file() -> None:
    for name in ("Procfile", "run", "sync/demo/__main__.py", "bench/panel.py"):
        text = (TOP / name).read_text()
        assert "gunicorn" in text
        assert re.search(r"--config.{1,4}(gunicorn\.conf\.py|str\(SERVED_BY\))", text), name
        assert "--worker-class" not in text


def test_clients_that_fall_silent_are_hung_up_on(gunicorn: Gunicorn) -> None:
    """Twice as many as there are threads stop in the middle of a body: others wait a little."""
    head = b"POST /panel HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n"
    form = b"Content-Type: application/x-www-form-urlencoded\r\n\r\nkey="
    silent = []
    for _ in range(32):
        line = socket.create_connection(("127.0.0.1", gunicorn.port), timeout=READY_SECONDS)
        line.sendall(head + form)
        silent.append(line)
    try:
        assert gunicorn.get("/healthz")[0] == 200
    finally:
        for line in silent:
            line.close()


@pytest.mark.parametrize(
    ("request_head", "status"),
    [
        (b"GET /" + b"a" * 5_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", b"414"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 9_000 + b"\r\n\r\n", b"431"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-N: 1\r\n" * 101 + b"\r\n", b"431"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked, x\r\nContent-Length: 1\r\n\r\n", b"501"),
    ],
)
def test_a_head_beyond_all_measure_is_refused(
    gunicorn: Gunicorn, request_head: bytes, status: bytes
) -> None:
    with socket.create_connection(("127.0.0.1", gunicorn.port), timeout=READY_SECONDS) as line:
        line.sendall(request_head)
        first = line.recv(100)
    assert first.startswith(b"HTTP/1.1 " + status), first
