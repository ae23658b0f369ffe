"""Processes of the product that live while a test goes on."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import requests

from tests.acceptance.conftest import TOP, Shell

WAIT_SECONDS = 60


def free_port() -> int:
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def living(shell: Shell, name: str, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process of the product, whose words go into a file."""
    with (shell.folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=shell.folder,
            env=shell.variables,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(WAIT_SECONDS)


def ask(url: str, data: bytes | None = None, **headers: str) -> bytes:
    """Head and body of an answer, whatever its status."""
    method = "GET" if data is None else "POST"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = requests.request(method, url, data=data, headers=form | headers, timeout=WAIT_SECONDS)
    return str(answer.headers).encode() + b"\n" + answer.content


def wait_until_it_answers(url: str) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end:
        try:
            ask(url)
            return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise AssertionError(f"{url} does not answer")


def web_words(port: int) -> tuple[str, ...]:
    """How the web process is started on this port."""
    return ("gunicorn", "wsgi:app", "-c", str(TOP / "gunicorn.conf.py"), "-b", f"127.0.0.1:{port}")


def until(what: str, holds: Callable[[], bool], seconds: float = WAIT_SECONDS) -> float:
    """After how many seconds it holds."""
    begun = time.monotonic()
    while not holds():
        assert time.monotonic() - begun < seconds, what
        time.sleep(0.05)
    return time.monotonic() - begun
