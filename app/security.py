"""Headers that every answer carries. Only who may frame a page, and the panel's own style sheet and
scripts, are ever an exception."""

import re
from collections.abc import Callable, Iterable
from typing import Any, Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

Headers = list[tuple[str, str]]
Write = Callable[[bytes], object]

# An origin as the policy takes it; whatever else a setting might hold must not end up in a header.
ORIGIN: Final = re.compile(
    r"'self'|https?://((\*\.)?[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(:(\d{1,5}|\*))?"
)


def make_policy(
    *,
    scripts: Iterable[str] = ("'self'",),
    styles: Iterable[str] = ("'self'",),
    framed_by: Iterable[str] = (),
) -> str:
    """The Content-Security-Policy: what the page may load, and which origins may frame it."""
    frames = [origin for origin in framed_by if ORIGIN.fullmatch(origin)] or ["'none'"]
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {' '.join(scripts)}",
            f"style-src {' '.join(styles)}",
            "img-src 'self' data:",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            f"frame-ancestors {' '.join(frames)}",
        )
    )


POLICY: Final = make_policy()

HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
_BY_LOWER: Final = [(name.lower(), name, value) for name, value in HEADERS.items()]


def guard(app: WSGIApplication) -> WSGIApplication:
    """The app, whose every answer carries the headers that it does not set itself."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: Headers, *more: Any) -> Write:
            own = {name.lower() for name, _ in headers}
            missing = [(name, value) for lower, name, value in _BY_LOWER if lower not in own]
            return start_response(status, headers + missing, *more)

        return app(environ, start)

    return answer
