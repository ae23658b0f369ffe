"""Grades an answer as MDN's HTTP Observatory does, from its headers and its page.

Source: the scoring chart of https://developer.mozilla.org/en-US/observatory/docs/tests_and_scoring
(as of 2026). It begins at 100; what is missing takes points away, and what is done beyond that adds
some where at least 90 are left. Whether http leads to https is the proxy's affair, and counts 0.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser

from werkzeug.test import TestResponse

BONUS_FROM = 90
SIX_MONTHS = 15_768_000
PRIVATE = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
UNSAFE = ("'unsafe-inline'", "'unsafe-eval'", "data:", "http:", "https:", "*")


@dataclass(frozen=True)
class Verdict:
    """What one test found, and how many points it gives or takes."""

    test: str
    found: str
    points: int


def score(answer: TestResponse) -> tuple[int, list[Verdict]]:
    """Points in all, and each test's verdict."""
    verdicts = list(_look(answer))
    taken = 100 + sum(one.points for one in verdicts if one.points < 0)
    given = sum(one.points for one in verdicts if one.points > 0)
    return (taken + given if taken >= BONUS_FROM else taken), verdicts


def _look(answer: TestResponse) -> Iterator[Verdict]:
    headers = answer.headers
    policy = read_policy(headers.get("Content-Security-Policy", ""))
    yield Verdict("content security policy", *_policy(policy))
    yield Verdict("cookies", *_cookies(headers.getlist("Set-Cookie")))
    shared = headers.get("Access-Control-Allow-Origin")
    yield Verdict("resource sharing", "none" if shared is None else shared, -50 if shared else 0)
    yield Verdict("referrer policy", *_referrer(headers.get("Referrer-Policy")))
    yield Verdict("strict transport security", *_https_only(headers))
    yield Verdict("subresource integrity", *_integrity(answer))
    sniffs = headers.get("X-Content-Type-Options") != "nosniff"
    yield Verdict("content type options", "none" if sniffs else "nosniff", -5 if sniffs else 0)
    yield Verdict("frame options", *_frames(headers, policy))
    yield Verdict("resource policy", *_resources(headers.get("Cross-Origin-Resource-Policy")))


def read_policy(header: str) -> dict[str, tuple[str, ...]]:
    """The directives of a policy."""
    parts = (part.split() for part in header.split(";") if part.strip())
    return {name.lower(): tuple(values) for name, *values in parts}


def _policy(policy: Mapping[str, tuple[str, ...]]) -> tuple[str, int]:
    if not policy:
        return "none", -25
    nothing = policy.get("default-src", ())
    for directive in ("script-src", "object-src"):
        sources = policy.get(directive, nothing)
        if not sources or any(one in UNSAFE for one in sources):
            return f"unsafe {directive}", -20
    others = {one for name in policy if name.endswith("-src") for one in policy[name]}
    if any(one.startswith("http:") for one in others):
        return "lets things be loaded over http", -20
    if any(one in UNSAFE for one in policy.get("style-src", nothing)):
        return "unsafe style-src", 0
    forms = policy.get("form-action", ())
    if nothing == ("'none'",) and forms in (("'none'",), ("'self'",)):
        return "nothing but what is named", 10
    return "nothing unsafe", 5


def _cookies(cookies: list[str]) -> tuple[str, int]:
    if not cookies:
        return "none", 0
    flags = [{part.strip().lower() for part in one.split(";")[1:]} for one in cookies]
    if not all("secure" in one for one in flags):
        return "not secure", -40
    if not all("httponly" in one for one in flags):
        return "readable by scripts", -30
    sites = [one & {"samesite=lax", "samesite=strict"} for one in flags]
    return ("secure, and of this site", 5) if all(sites) else ("sent with requests of others", 0)


def _referrer(policy: str | None) -> tuple[str, int]:
    if policy is None:
        return "none", 0
    return policy, 5 if policy in PRIVATE else -5


def _https_only(headers: Mapping[str, str]) -> tuple[str, int]:
    found = re.search(r"max-age=(\d+)", headers.get("Strict-Transport-Security", ""))
    if found is None:
        return "none", -20
    return found[0], 0 if int(found[1]) >= SIX_MONTHS else -10


def _frames(headers: Mapping[str, str], policy: Mapping[str, tuple[str, ...]]) -> tuple[str, int]:
    if "frame-ancestors" in policy:
        return "by policy", 5
    told = headers.get("X-Frame-Options", "").upper()
    return ("by header", 0) if told in ("DENY", "SAMEORIGIN") else ("anybody", -20)


def _resources(policy: str | None) -> tuple[str, int]:
    if policy in (None, "cross-origin"):
        return policy or "none", 0
    return (policy, 10) if policy in ("same-origin", "same-site") else (policy, -5)


class _Scripts(HTMLParser):
    """The scripts and style sheets that a page loads."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "script" and found.get("src"):
            self.loaded.append(found)


def _integrity(answer: TestResponse) -> tuple[str, int]:
    if answer.mimetype != "text/html":
        return "no page", 0
    scripts = _Scripts()
    scripts.feed(answer.get_data(as_text=True))
    own = [one for one in scripts.loaded if re.match(r"/(?!/)", str(one["src"]))]
    foreign = [one for one in scripts.loaded if one not in own]
    if any(not str(one["src"]).startswith("https:") for one in foreign):
        return "scripts that others may change on the way", -50
    if any(not one.get("integrity") for one in foreign):
        return "scripts from elsewhere", -5
    if own and all(one.get("integrity") for one in own):
        return "each script has its digest", 5
    return "own scripts only", 0
