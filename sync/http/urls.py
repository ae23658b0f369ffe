"""Addresses made of a template and of parts that we did not choose. Pure."""

from typing import Final
from urllib.parse import quote

from sync.errors import InvalidInput
from sync.languages import lazy_gettext

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
        raise InvalidInput(
            lazy_gettext(
                "The %(name)s %(part)r cannot be used in an address.", name=name, part=part[:40]
            )
        )
    try:
        return quote(part, safe="")
    except UnicodeEncodeError:  # half of a surrogate pair, from an escape in JSON
        raise InvalidInput(
            lazy_gettext("The %(name)s cannot be used in an address.", name=name)
        ) from None
