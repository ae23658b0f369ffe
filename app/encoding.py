"""The body as the browser takes it: compressed, or not."""

from functools import lru_cache
from typing import Final

from flask import Response, request
from werkzeug.http import parse_accept_header

from app.gzipped import compress
from app.spoken import HEADER as LANGUAGE

SMALLEST: Final = 500  # bytes; below it compressing costs more than it saves


def compressed(response: Response) -> Response:
    """The body compressed where the browser takes it.

    Compression beside secrets is risky where an attacker can make a browser send requests that
    carry the victim's cookie and watch their size (BREACH). The panel has no cookie: a request made
    elsewhere carries no session.
    """
    headers = response.headers
    headers.add("Vary", f"Accept-Encoding, {LANGUAGE}")
    if "Content-Encoding" in headers or not takes_gzip():
        return response
    body = response.get_data()
    if len(body) >= SMALLEST:
        response.set_data(compress(body))
        headers["Content-Encoding"] = "gzip"
    return response


def takes_gzip() -> bool:
    """Whether the browser that asks takes a compressed body."""
    return _names_gzip(request.headers.get("Accept-Encoding", ""))


@lru_cache(maxsize=256)  # a header has at most a few thousand characters, and few forms
def _names_gzip(header: str) -> bool:
    return parse_accept_header(header)["gzip"] > 0
