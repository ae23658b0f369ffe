"""Marketing domains of Act-On accounts, as admins paste them. Pure."""

import re

from sync.checks import check_service_address

_ACCOUNT_HOST = re.compile(r"^(?:https?://)?a([0-9]+)\.actonsoftware\.com(?:[:/]|$)", re.I)
_SCHEME = re.compile(r"^https?://", re.I)


def account_in_domain(marketing_domain_url: str | None) -> str | None:
    """The account id that Act-On's default marketing domain (`a12345.actonsoftware.com`) holds."""
    found = _ACCOUNT_HOST.match((marketing_domain_url or "").strip())
    return found[1] if found else None


def tidy_domain(text: str) -> str:
    """The domain as an https address without a path. Raises ValueError where it is none."""
    bare = _SCHEME.sub("", text.strip()).partition("/")[0]
    address = check_service_address(f"https://{bare.lower()}")
    if "." not in bare:
        raise ValueError("is not an address such as https://go.example.com")
    return address
