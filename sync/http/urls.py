"""Addresses made of a template and of parts that we did not choose. Pure."""

from typing import Final
from urllib.parse import quote

from sync.errors import InvalidInput

_LONGEST: Final = 400


def fill_path(template: str, **parts: str) -> str:
    """The path with each `{name}` replaced by its part, percent-encoded as one segment.

    Raises InvalidInput for a part that cannot be one segment: a dot segment would be resolved
    away on the wire and lead to another place.
    """
    return template.format(**{name: _segment(name, part) for name, part in parts.items()})


def _segment(name: str, part: str) -> str:
    usable = part.strip(".") and len(part) <= _LONGEST and part.isprintable()
    if not usable:
        raise InvalidInput(f"The {name} {part[:40]!r} cannot be used in an address.")
    try:
        return quote(part, safe="")
    except UnicodeEncodeError:  # half of a surrogate pair, from an escape in JSON
        raise InvalidInput(f"The {name} cannot be used in an address.") from None
