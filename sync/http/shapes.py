"""Reading untrusted JSON: each function gives a value of the type it names, or says which field
was wrong. They do not know what the fields mean."""

import math
from typing import NoReturn

from sync.errors import UnexpectedAnswer


def wrong(api: str, field: str, what: str) -> NoReturn:
    """Raise UnexpectedAnswer that names the field."""
    raise UnexpectedAnswer(
        f"{api} answered in a form that its documents do not show: {field} {what}."
    )


def as_mapping(value: object, api: str, field: str) -> dict[str, object]:
    """A JSON object."""
    if not isinstance(value, dict):
        wrong(api, field, "is not an object")
    return value


def as_list(value: object, api: str, field: str) -> list[object]:
    """A JSON array."""
    if not isinstance(value, list):
        wrong(api, field, "is not an array")
    return value


def as_text(value: object) -> str:
    """Text as it is shown: nothing is "", numbers are their digits; arrays and objects are ""."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return ""


def as_identifier(value: object, api: str, field: str) -> str:
    """A name for something: text that is not empty."""
    text = as_text(value).strip()
    if not text:
        wrong(api, field, "is missing")
    return text


def find_int(value: object) -> int | None:
    """A whole number given as number or text; None where it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if math.isfinite(value) and value == int(value) else None
    if isinstance(value, str):
        text = value.strip()
        digits = text.removeprefix("-").removeprefix("+")
        if digits.isascii() and digits.isdecimal() and len(digits) <= 18:
            return int(text)
    return None


def as_count(value: object, api: str, field: str) -> int:
    """A whole number that is not negative."""
    number = find_int(value)
    if number is None or number < 0:
        wrong(api, field, "is not a count")
    return number
