"""What the claims of a launch may be. They come from a host, so each is looked at."""

from typing import Any, TypeGuard

from sync.languages import find_language


def language(claims: dict[str, Any]) -> str | None:
    """The language that the host says its user speaks, if it is one of ours."""
    told = claims.get("locale") or claims.get("lang")
    return find_language(told) if isinstance(told, str) else None


def is_text(value: object) -> bool:
    """Whether a claim is a short line of text."""
    return isinstance(value, str) and 0 < len(value) <= 200 and value.isprintable()


def is_number(value: object) -> TypeGuard[float]:
    """Whether a claim is an instant in seconds since 1970."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 10**11
