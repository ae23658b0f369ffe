"""`/metrics` of a machine that has workers and no web process."""

import threading
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from sync.bearer import is_known
from sync.errors import SetupError
from sync.metrics import CONTENT_TYPE

PATIENCE_SECONDS: Final = 5.0  # a client that says nothing is not waited for


def serve_metrics(
    read: Callable[[], bytes], tokens: Iterable[str], *, host: str, port: int
) -> WSGIServer:
    """A server that answers in a thread of its own until it is shut down.

    Raises SetupError where the port cannot be had.
    """
    try:
        server = make_server(host, port, _answering(read, tuple(tokens)), handler_class=_Handler)
    except OSError as error:
        raise SetupError(
            f"The metrics cannot be served on {host}:{port}: {error.strerror}.",
            hint="Choose another --metrics-port.",
        ) from None
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return server


def _answering(read: Callable[[], bytes], tokens: tuple[str, ...]) -> WSGIApplication:
    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        status, body, headers = _look(environ, read, tokens)
        said = [*headers, ("Content-Length", str(len(body))), ("Cache-Control", "no-store")]
        start_response(f"{status.value} {status.phrase}", said)
        return [body]

    return answer


def _look(
    environ: WSGIEnvironment, read: Callable[[], bytes], tokens: tuple[str, ...]
) -> tuple[HTTPStatus, bytes, list[tuple[str, str]]]:
    if environ["PATH_INFO"] != "/metrics":
        return HTTPStatus.NOT_FOUND, b"", []
    if environ["REQUEST_METHOD"] != "GET":
        return HTTPStatus.METHOD_NOT_ALLOWED, b"", [("Allow", "GET")]
    if not is_known(environ.get("HTTP_AUTHORIZATION", ""), tokens):
        return HTTPStatus.UNAUTHORIZED, b"", [("WWW-Authenticate", "Bearer")]
    return HTTPStatus.OK, read(), [("Content-Type", CONTENT_TYPE)]


class _Handler(WSGIRequestHandler):
    timeout = PATIENCE_SECONDS

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: whoever watches asks every few seconds."""
