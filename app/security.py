"""Headers that every answer carries. Only who may frame a page, and the panel's own style sheet and
scripts, are ever an exception."""

import re
from collections.abc import Iterable
from typing import Final
from wsgiref.headers import Headers

from flask import Flask, Response

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


def init_app(app: Flask) -> None:
    """Put the headers on every answer of the app that does not carry its own."""
    app.after_request(_with_headers)


def add_to_file(headers: Headers, path: str, url: str) -> None:
    """Put the headers on a static file, which may be cached."""
    for name, value in HEADERS.items():
        if name not in headers:
            headers[name] = value


def _with_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
