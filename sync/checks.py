"""Checks of what operators type into settings and space files. Pure.

Each gives the value back, tidied, or raises ValueError with a phrase that goes on after the name
of what was typed: "must begin with https://". None of them repeats the value: it may be a secret.
"""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from functools import cache
from typing import Final
from urllib.parse import SplitResult, urlsplit
from zoneinfo import available_timezones

LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
SHORTEST_TOKEN: Final = 32
FEWEST_CHARACTERS: Final = 8  # different ones in a token; "aaaa…" is long and worth nothing
_IN_POLICY: Final = re.compile(r"[A-Za-z0-9.:/\[\]-]+")  # fit for a policy header as it stands
# Zone files that stand beside the IANA zones and name no place.
NOT_ZONES: Final = frozenset({"localtime", "Factory", "posixrules"})
NO_ADDRESS: Final = "is not an address such as https://service.example.com"


def split_list(text: str) -> tuple[str, ...]:
    """The parts of a comma-separated list, trimmed, empty ones left out."""
    return tuple(part for part in (part.strip() for part in text.split(",")) if part)


def check_service_address(value: str) -> str:
    """An address of a service: https, or http on this machine; no slash at its end."""
    parts = _split_url(value)
    if parts is None or parts.username or parts.query or parts.fragment:
        raise ValueError(NO_ADDRESS)
    on_this_machine = parts.scheme == "http" and parts.hostname in LOOPBACK
    if parts.scheme != "https" and not on_this_machine:
        raise ValueError("must begin with https://")
    return value.rstrip("/")


def check_hosts(values: Sequence[str]) -> tuple[str, ...]:
    """Hosts, each as `host` or `host:port`, in lower case."""
    for value in values:
        parts = _split_url(f"https://{value}")
        if parts is None or parts.netloc != value or parts.username or "*" in value:
            raise ValueError(f"holds {value!r}, which is neither host nor host:port")
    return tuple(value.lower() for value in values)


def check_origins(values: Sequence[str]) -> tuple[str, ...]:
    """Origins, each as `https://host` or `https://host:port`; http only on this machine."""
    for value in values:
        parts = _split_url(value)
        plain = parts is not None and f"{parts.scheme}://{parts.netloc.lower()}" == value.lower()
        if parts is None or not plain or parts.username or not _IN_POLICY.fullmatch(value):
            raise ValueError(f"holds {value!r}, which is not an origin such as https://crm.example")
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
            raise ValueError(f"holds {value!r}, which must begin with https://")
    return tuple(value.lower() for value in values)


def check_emails(values: Sequence[str]) -> tuple[str, ...]:
    """E-mail addresses, in lower case. Whether they are usable is not looked at."""
    for value in values:
        local, at, domain = value.rpartition("@")
        if not local or not at or "." not in domain or " " in value:
            raise ValueError("holds something that is not an e-mail address")
    return tuple(value.lower() for value in values)


def check_template(value: str, *, names: Sequence[str]) -> str:
    """An address with placeholders in braces, of those names only."""
    try:
        filled = value.format(**dict.fromkeys(names, "x"))
    except (LookupError, ValueError):
        known = ", ".join(f"{{{name}}}" for name in names)
        raise ValueError(f"holds a placeholder other than {known}") from None
    check_service_address(filled.split("?")[0].split("#")[0])
    return value


def check_tokens(value: str) -> str:
    """Bearer tokens, comma-separated, each long and varied enough not to be guessed."""
    advice = "Make one with: python -m sync secrets new"
    tokens = split_list(value)
    if not tokens or any(len(token) < SHORTEST_TOKEN for token in tokens):
        raise ValueError(f"needs at least {SHORTEST_TOKEN} characters in each token. {advice}")
    if any(len(set(token)) < FEWEST_CHARACTERS or not token.isascii() for token in tokens):
        raise ValueError(f"holds a token that is too easy to guess. {advice}")
    return value


def check_scheme(value: str, schemes: Sequence[str]) -> str:
    """An address that begins with one of the schemes and goes on after it."""
    scheme, mark, rest = value.partition("://")
    if scheme not in schemes or not mark or not rest.strip("/"):
        raise ValueError(f"must begin with {' or '.join(f'{known}://' for known in schemes)}")
    return value


def check_date_format(value: str) -> str:
    """A `strftime` format that keeps date and time to the second."""
    missing = [part for part in ("%Y", "%m", "%d", "%H", "%M", "%S") if part not in value]
    if missing:
        raise ValueError(f"lacks {' '.join(missing)}; e.g. %Y-%m-%d %H:%M:%S")
    return value


@cache  # it reads a whole folder
def known_zones() -> frozenset[str]:
    """The IANA zones that name a place."""
    return frozenset(available_timezones()) - NOT_ZONES


def check_zone(value: str) -> str:
    """The name of an IANA time zone."""
    known = known_zones()
    if value not in known:
        near = get_close_matches(value, known, n=1)
        advice = f"; did you mean {near[0]}?" if near else "; e.g. Europe/Berlin"
        raise ValueError(f"is not an IANA time zone{advice}")
    return value


def _split_url(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for a port that is none
    except ValueError:
        return None
    return parts if parts.hostname and parts.scheme else None
