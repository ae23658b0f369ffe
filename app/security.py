"""Headers that every answer carries. Only one who may frame a page is ever an exception."""

from typing import Final
from wsgiref.headers import Headers

from flask import Flask, Response

POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

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
