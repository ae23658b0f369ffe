"""How fast the panel is when it is opened again and again: `./run bench panel`.

The real panel behind gunicorn, one worker of four threads, opened by its record key, against an
empty Flask view behind the same gunicorn on the same machine in the same run. The load comes over
kept-alive sockets from a process of its own, which reads whole answers and does nothing else.
"""

import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

from sync.factory import Application
from sync.keyring import Keyring, generate_key
from sync.logs import configure_logs
from sync.rules.keys import person_digest
from sync.rules.panel_keys import PANEL_KEY_PURPOSE, make_panel_key
from sync.sandbox import RunningSandbox, SandboxOptions
from sync.settings import Settings
from sync.space_file import parse_space_file

SERVED_BY = Path(__file__).parents[1] / "gunicorn.conf.py"
SECONDS = 3.0
ROUNDS = 5
CONNECTIONS = 4
SPACE = "demo_space"
WHO = "clara.bright@example.com"
BUDGETS = {"p95_ms": 10.0, "share": 0.5, "weight": 30 * 1024}
FILE = """{"spaces": [{"space_id": "demo_space", "time_zone": "UTC", "status": "running",
  "pipeliner": {"service_url": "%(url)s", "username": "sandbox_app", "password": "sandbox_key"},
  "acton": {"account_id": "12345", "username": "marketing@example.com",
            "password": "sandbox-password"},
  "settings": {"threshold": 40, "sync_time": "02:00", "owner": "anna@example.com"}}]}"""
EMPTY = """
from flask import Flask
app = Flask("empty")

@app.post("/panel")
def empty():
    return ""
"""


class Round(NamedTuple):
    """What one round found: requests a second, and milliseconds of one alone."""

    empty: dict[str, float]
    panel: dict[str, float]


def post(key: str) -> bytes:
    """The request of somebody who opens the panel, as it goes over the wire."""
    body = urlencode({"key": key, "zone": "Europe/Berlin"}).encode()
    head = (
        "POST /panel HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip\r\n"
        "Accept-Language: en-GB\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def read_answer(line: socket.socket) -> tuple[int, int]:
    """(status, bytes of the body) of one answer, read to its end."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += line.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(
        int(one.split(b":")[1])
        for one in head.lower().split(b"\r\n")
        if one.startswith(b"content-l")
    )
    missing = length - len(body)
    while missing > 0:
        missing -= len(line.recv(65536))
    return int(head.split()[1]), length


def ask_for(port: int, request: bytes, seconds: float, took: list[float]) -> None:
    """One visitor after the other on one line, for so long."""
    with socket.create_connection(("127.0.0.1", port)) as line:
        end = time.perf_counter() + seconds
        while (began := time.perf_counter()) < end:
            line.sendall(request)
            status, _ = read_answer(line)
            assert status == 200, status
            took.append(time.perf_counter() - began)


def load(port: int, request: bytes) -> dict[str, float]:
    """Requests a second over several lines, and how long one alone takes."""
    alone: list[float] = []
    ask_for(port, request, SECONDS / 2, alone)
    together: list[float] = []
    visitors = [
        threading.Thread(target=ask_for, args=(port, request, SECONDS, together))
        for _ in range(CONNECTIONS)
    ]
    for one in visitors:
        one.start()
    for one in visitors:
        one.join()
    return {
        "per_second": len(together) / SECONDS,
        "median_ms": statistics.median(alone) * 1000,
        "p95_ms": statistics.quantiles(alone, n=20)[-1] * 1000,
    }


@contextmanager
def serving(app: str, environment: dict[str, str], folder: str) -> Iterator[int]:
    """The port of gunicorn with this app."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "gunicorn", app, "--config", str(SERVED_BY)]
    options = ["--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", "4"]
    server = subprocess.Popen(
        command + options, env=os.environ | environment, cwd=folder, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(port)
        yield port
    finally:
        server.terminate()
        server.wait()


def wait_for(port: int) -> None:
    """Return once somebody listens."""
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the server did not start")


def environment_of(sandbox: RunningSandbox, folder: Path) -> dict[str, str]:
    """The settings of the service that is measured."""
    return {
        "PYTHONPATH": str(Path.cwd()),
        "DATABASE_URL": f"sqlite:///{folder / 'store.db'}",
        "QUEUE_URL": f"sqlite:///{folder / 'queue.db'}",
        "SECRET_KEYS": generate_key(),
        "SYNC_TOKEN": "bench-" + generate_key(),
        "ACTON_CLIENT_ID": "sandbox-client",
        "ACTON_CLIENT_SECRET": "sandbox-secret",
        "ACTON_BASE_URL": sandbox.url,
        "ALLOWED_API_HOSTS": sandbox.host,
        "ACTON_CALLS_PER_SECOND": "5",
    }


def prepare(sandbox: RunningSandbox, environment: dict[str, str]) -> bytes:
    """A synced space, and the request of somebody who opens a panel of it."""
    os.environ.update(environment)
    with Application(Settings()) as application:  # type: ignore[call-arg]
        application.upgrade_database()
        spaces = parse_space_file(FILE % {"url": sandbox.url}, lambda name: None)
        application.service.import_spaces(spaces)
        application.service.provision(SPACE)
        run = application.service.start(SPACE, ring=False)
        assert application.runner.work(run.run.run_id) is not None
    keyring = Keyring.parse(environment["SECRET_KEYS"])
    return post(record_key(keyring, SPACE, person_digest(SPACE, WHO)))


def record_key(keyring: Keyring, space_id: str, person: str) -> str:
    """The key of a person's record, as the sync writes it into Pipeliner."""
    return make_panel_key(
        space_id=space_id,
        epoch=1,
        person=person,
        expires_at=datetime.now(UTC) + timedelta(days=30),
        key_id=keyring.key_id,
        sign=lambda message: keyring.sign(message, purpose=PANEL_KEY_PURPOSE),
    )


def weigh(port: int, request: bytes) -> dict[str, int]:
    """Compressed bytes of each request of a first view."""
    get = "GET {} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip\r\n\r\n"
    script = "/static/vendor/htmx.org@2.0.11/htmx.min.js"
    asked = {
        "GET /panel": get.format("/panel").encode(),
        "POST /panel": request,
        "htmx": get.format(script).encode(),
    }
    sizes = {}
    for name, one in asked.items():
        with socket.create_connection(("127.0.0.1", port)) as line:
            line.sendall(one)
            sizes[name] = read_answer(line)[1]
    return sizes


def main() -> None:
    """Measure and print."""
    if len(sys.argv) == 3:
        request = Path(sys.argv[2]).read_bytes()
        print(json.dumps(load(int(sys.argv[1]), request)))
        return
    configure_logs("text", "error")
    print(
        f"Machine: {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, SQLite, gunicorn with one worker of 4 threads"
    )
    options = SandboxOptions(panel=True, limits=False)
    with RunningSandbox(options) as sandbox, tempfile.TemporaryDirectory() as folder:
        environment = environment_of(sandbox, Path(folder))
        request = prepare(sandbox, environment)
        (Path(folder) / "request").write_bytes(request)
        (Path(folder) / "empty.py").write_text(EMPTY)
        with (
            serving("wsgi:app", environment, str(Path.cwd())) as panel,
            serving("empty:app", {}, folder) as empty,
        ):
            weights = weigh(panel, request)
            # Turn by turn, so that a machine that slows down slows both.
            rounds = [
                Round(*(in_its_own_process(port, Path(folder) / "request") for port in ports))
                for ports in [(empty, panel)] * ROUNDS
            ]
    report(rounds, weights)


def in_its_own_process(port: int, request: Path) -> dict[str, float]:
    """The load from a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.panel", str(port), str(request)],
        check=True,
        capture_output=True,
        text=True,
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def report(rounds: list[Round], weights: dict[str, int]) -> None:
    """The figures against the budgets: the middle one of all rounds."""
    for name in ("empty", "panel"):
        loads = [getattr(one, name) for one in rounds]
        per_second, alone, p95 = (
            statistics.median(load[figure] for load in loads)
            for figure in ("per_second", "median_ms", "p95_ms")
        )
        print(
            f"{name}: {per_second:.0f} requests/s over {CONNECTIONS} lines; "
            f"alone median {alone:.2f} ms, p95 {p95:.2f} ms"
        )
    shares = sorted(one.panel["per_second"] / one.empty["per_second"] for one in rounds)
    print(
        f"panel against the empty view: {statistics.median(shares):.2f} "
        f"({ROUNDS} rounds from {shares[0]:.2f} to {shares[-1]:.2f}; "
        f"budget at least {BUDGETS['share']})"
    )
    p95 = statistics.median(one.panel["p95_ms"] for one in rounds)
    print(f"p95 of one alone: {p95 / BUDGETS['p95_ms']:.2f} x the budget of 10 ms")
    total = sum(weights.values())
    parts = ", ".join(f"{name} {size:,}" for name, size in weights.items())
    print(
        f"first view: {len(weights)} requests (budget 3), {total:,} bytes compressed ({parts}); "
        f"{total / BUDGETS['weight']:.2f} x the budget of 30 KB"
    )


if __name__ == "__main__":
    main()
