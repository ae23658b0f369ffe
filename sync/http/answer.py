"""A vendor's answer, read to its end. Still untrusted; it does not judge its own content."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from sync.errors import UnexpectedAnswer
from sync.http.redact import clean_text

_SHOWN = 80


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
                f"{self.api} answered {self.what} with something that is not JSON "
                f"(status {self.status}).",
                hint="If it happens again, check that the address is that of the API.",
            ) from None
        return value

    def json_or_none(self) -> object:
        """The body as JSON values; None where it is none: for reading the body of a refusal."""
        try:
            return self.json()
        except UnexpectedAnswer:
            return None

    def text(self, limit: int = 2_000) -> str:
        """The beginning of the body, for looking for words in it."""
        return self.body[:limit].decode("utf-8", "replace")
