"""A vendor's answer, read to its end. Still untrusted; it does not judge its own content."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sync.errors import UnexpectedAnswer
from sync.http.redact import clean_text
from sync.languages import lazy_gettext

_SHOWN = 80
# Escapes of what no database keeps as text: the zero character, and half of a surrogate pair.
_STORABLE_NOT = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Status, headers (case-insensitive mapping) and body. The body never shows in a repr."""

    api: str
    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    what: str

    @property
    def is_success(self) -> bool:
        """Whether the status says that the call did what it was for."""
        return 200 <= self.status < 300

    @property
    def request_id(self) -> str:
        """The vendor's own name for this call, for their support; "" where it gives none."""
        for name in ("x-request-id", "x-global-transaction-id"):
            if value := self.headers.get(name):
                return clean_text(value, _SHOWN)
        return ""

    def json(self) -> object:
        """The body as JSON values. Raises UnexpectedAnswer where it is none."""
        try:
            value: object = json.loads(self.body)
        except (ValueError, RecursionError):  # RecursionError: brackets nested without end
            raise UnexpectedAnswer(
                lazy_gettext(
                    "%(api)s answered %(what)s with something that is not JSON (status "
                    "%(status)s).",
                    api=self.api,
                    what=self.what,
                    status=self.status,
                ),
                hint="If it happens again, check that the address is that of the API.",
            ) from None
        if _STORABLE_NOT.search(self.body):
            value = _storable(value)
        return value

    def text(self, limit: int = 2_000) -> str:
        """The beginning of the body, for looking for words in it."""
        return self.body[:limit].decode("utf-8", "replace")


def _storable(value: object) -> object:
    """The JSON values with every character that cannot be stored replaced."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, list):
        return [_storable(one) for one in value]
    if isinstance(value, dict):
        return {_storable(name): _storable(one) for name, one in value.items()}
    return value
