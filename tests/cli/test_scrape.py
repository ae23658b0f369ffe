"""`/metrics` of a machine with workers alone: for whoever has the token, and nothing else there."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

from sync.errors import SetupError
from sync.scrape import serve_metrics

from .test_serving import READY_SECONDS, TOP, environment

TOKEN = "a-token-of-thirty-two-characters-x"
TOKENS = ("the-first-token", "the-second-token")


@pytest.fixture
def port() -> Iterator[int]:
    server = serve_metrics(lambda: b"numbers 1\n", TOKENS, host="127.0.0.1", port=0)
    yield server.server_port
    server.shutdown()
    server.server_close()


def ask(
    port: int, path: str = "/metrics", *, method: str = "GET", header: str | None = None
) -> tuple[HTTPResponse, bytes]:
    line = HTTPConnection("127.0.0.1", port, timeout=10)
    line.request(method, path, headers={"Authorization": header} if header else {})
    answer = line.getresponse()
    body = answer.read()
    line.close()
    return answer, body


@pytest.mark.parametrize("token", TOKENS)
def test_either_of_two_tokens_opens(port: int, token: str) -> None:
    answer, body = ask(port, header=f"Bearer {token}")
    assert (answer.status, body) == (200, b"numbers 1\n")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "header", [None, "Bearer", "Bearer other", "Basic the-first-token", "\xff"]
)
def test_without_a_token_nothing_is_told(port: int, header: str | None) -> None:
    answer, body = ask(port, header=header)
    assert (answer.status, body) == (401, b"")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 404), ("GET", "/metrics/", 404), ("POST", "/metrics", 405)],
)
def test_there_is_nothing_else(port: int, method: str, path: str, status: int) -> None:
    answer, body = ask(port, path, method=method, header=f"Bearer {TOKENS[0]}")
    assert (answer.status, body) == (status, b"")


def test_a_port_that_is_taken_is_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SetupError, match=f"cannot be served on 127.0.0.1:{port}"):
            serve_metrics(lambda: b"", TOKENS, host="127.0.0.1", port=port)


def worker(folder: Path, *words: str, token: str) -> "subprocess.Popen[str]":
    variables = {**environment(folder), "METRICS_TOKEN": token}
    return subprocess.Popen(
        [sys.executable, "-m", "sync", "worker", *words],
        cwd=TOP,
        env=variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def ask_until_it_answers(port: int, header: str) -> bytes:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            return ask(port, header=header)[1]
        except ConnectionRefusedError:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_a_worker_serves_its_numbers_until_it_is_told_to_stop(tmp_path: Path) -> None:
    port = free_port()
    process = worker(tmp_path, "--metrics-port", str(port), token=TOKEN)
    try:
        told = ask_until_it_answers(port, f"Bearer {TOKEN}")
        assert b'acton_pipeliner_ready{check="database"}' in told
        assert ask(port)[0].status == 401
        process.send_signal(signal.SIGTERM)
        assert process.wait(READY_SECONDS) == 0
    finally:
        process.kill()
        process.communicate()


def test_without_a_token_set_a_worker_serves_nothing(tmp_path: Path) -> None:
    process = worker(tmp_path, "--metrics-port", str(free_port()), token="")
    _, said = process.communicate(timeout=READY_SECONDS)
    assert process.returncode != 0
    assert "--metrics-port needs METRICS_TOKEN, which is not set." in said
