"""Headers that every answer carries. Only who may frame a page, and the panel's own style sheet and
scripts, are ever an exception."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

# A name, an IPv4 or a bracketed IPv6 address, with or without a port; old clients send none.
HOST: Final = re.compile(r"(|[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:\d{1,5})?")
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
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
# Where a page sets a policy of its own, that one says who may frame it.
UNFRAMED: Final = {"Content-Security-Policy": POLICY, "X-Frame-Options": "DENY"}
# A year. Not for subdomains: they are somebody else's affair.
HTTPS_ONLY: Final = {"Strict-Transport-Security": "max-age=31536000"}


def guard(app: WSGIApplication, *, https: bool = False) -> WSGIApplication:
    """The app, whose every answer carries the headers that it does not set itself.

    `https`: people reach it by that, so browsers are told to use nothing else.
    """
    always = _by_lower(HEADERS | (HTTPS_ONLY if https else {}))
    unframed = _by_lower(UNFRAMED)

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: Headers, *more: Any) -> Write:
            own = {name.lower() for name, _ in headers}
            wanted = always if "content-security-policy" in own else always + unframed
            missing = [(name, value) for lower, name, value in wanted if lower not in own]
            return start_response(status, headers + missing, *more)

        return app(environ, start)

    return answer


def refuse_odd_hosts(app: WSGIApplication) -> WSGIApplication:
    """The app, for requests whose Host is one. Pages that name addresses cannot be made for others,
    not even one that says what is wrong."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if HOST.fullmatch(environ.get("HTTP_HOST", "")):
            return app(environ, start_response)
        said = b"The host in this request is none. Check the address."
        start_response(
            "400 Bad Request",
            [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(said)))],
        )
        return [said]

    return answer


def _by_lower(headers: Mapping[str, str]) -> list[tuple[str, str, str]]:
    return [(name.lower(), name, value) for name, value in headers.items()]
