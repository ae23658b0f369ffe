"""Around every request: a name to find it by in the log, how long it took, how it ended."""

import re
import secrets
import time
from collections.abc import Iterable
from typing import Any, Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import structlog

from app.security import Headers, Write
from sync import tracing
from sync.context import REQUEST
from sync.metrics import WEB_SECONDS

log = structlog.get_logger(__name__)

SLOW_SECONDS: Final = 15.0  # longer than anybody is made to wait for a vendor
AREAS: Final = frozenset(
    {
        *("panel", "admin", "operator", "sync", "static", "login", "oauth", "healthz", "readyz"),
        "webhooks",
    }
)
NAME: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")


def observe(app: WSGIApplication, *, trusts_names: bool) -> WSGIApplication:
    """The app, each of whose answers says the request's name in `X-Request-ID`.

    `trusts_names`: a proxy stands in front, whose name for the request is taken over.
    """

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        name = _told(environ) if trusts_names else ""
        name = name or secrets.token_hex(8)
        REQUEST.set(name)
        begun = time.perf_counter()

        def start(status: str, headers: Headers, *more: Any) -> Write:
            seconds, area = time.perf_counter() - begun, _area(environ["PATH_INFO"])
            WEB_SECONDS.time(seconds, area, f"{status[0]}xx")
            if seconds > SLOW_SECONDS:
                log.warning("request_slow", area=area, seconds=round(seconds, 1))
            return start_response(status, [*headers, ("X-Request-ID", name)], *more)

        if not tracing.is_on():
            return app(environ, start)
        with tracing.span("request", area=_area(environ["PATH_INFO"]), request=name):
            return app(environ, start)

    return answer


def _told(environ: WSGIEnvironment) -> str:
    told = environ.get("HTTP_X_REQUEST_ID", "")
    return told if NAME.fullmatch(told) else ""


def _area(path: str) -> str:
    """The first part of the path, where it is one of ours."""
    first = path.split("/", 2)[1] if path.startswith("/") else ""
    return first if first in AREAS else "other"
