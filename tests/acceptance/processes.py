"""Processes of the product as they run for its users, each in the folder of a test."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import requests

from tests.acceptance.conftest import TOP, Shell

WAIT_SECONDS = 60


def web_on(port: int) -> tuple[str, ...]:
    """The words that start the web process there."""
    config = str(TOP / "gunicorn.conf.py")
    return ("gunicorn", "wsgi:app", "-c", config, "-b", f"127.0.0.1:{port}")


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
