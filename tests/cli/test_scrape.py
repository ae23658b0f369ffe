"""`/metrics` of a machine with workers alone: for whoever has the token, and nothing else there."""

import socket
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse

import pytest

from sync.errors import SetupError
from sync.scrape import serve_metrics

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
