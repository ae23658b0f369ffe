"""One request to a Pipeliner space: where it goes, who asks, and what the answer's status means."""

import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias, TypeVar

from sync.errors import CredentialsRefused, NotFound, Refused, SetupError, UnexpectedAnswer
from sync.http.answer import Answer
from sync.http.redact import clean_text
from sync.http.transport import Transport
from sync.http.urls import fill_path
from sync.languages import lazy_gettext as _
from sync.model import RecordPage
from sync.pipeliner.parse import parse_page, parse_record, to_refusal

T = TypeVar("T")
Params: TypeAlias = Mapping[str, str | int]

PAGE = 100  # the largest `first` that is documented
# With our own writes, so that Pipeliner does not tell us of them (contracts, section 3.1).
SKIP_KEY = "acton-integration"
# The address asked for is quoted in some answers and holds "spaces/", so the words are looked for.
_NO_SPACE = re.compile(r"\bspace\b[^/\"]{0,40}(?:not found|unknown|not exist)|unknown space", re.I)


class SpaceCalls:
    """Requests to the entities of one space, with the key of its application."""

    def __init__(
        self,
        transport: Transport,
        *,
        service_url: str,
        space_id: str,
        username: str,
        password: str,
    ) -> None:
        self._transport = transport
        path = fill_path("/api/v100/rest/spaces/{space_id}", space_id=space_id)
        self._base = service_url.rstrip("/") + path
        pair = f"{username}:{password}".encode()
        self._headers = {
            "Authorization": f"Basic {b64encode(pair).decode()}",
            "Accept": "application/json",
        }
        self._writing = {**self._headers, "Webhook-Skip-Key": SKIP_KEY}

    def pages(
        self,
        collection: str,
        params: Params,
        read: Callable[[Mapping[str, Any]], T],
        what: str,
    ) -> Iterator[RecordPage[T]]:
        """The pages of a listing. Raises UnexpectedAnswer where a cursor comes back."""
        seen: set[str] = set()
        asked: dict[str, str | int] = {"first": PAGE, **params}
        while True:
            answer = checked(self.call("GET", collection, what=what, params=asked))
            records, cursor, total = parse_page(answer.json(), what)
            yield RecordPage(items=[read(raw) for raw in records], total=total)
            if cursor is None:
                return
            if cursor in seen:
                raise UnexpectedAnswer(
                    _("Pipeliner shows the same page of %(what)s again and again.", what=what),
                    hint="Try again later; if it stays so, please report it.",
                )
            seen.add(cursor)
            asked["after"] = cursor

    def create(self, collection: str, body: Mapping[str, Any], what: str) -> Mapping[str, Any]:
        """The record just made, as Pipeliner answered it."""
        answer = self.call("POST", collection, what=what, json=body, idempotent=False)
        return parse_record(checked(answer).json(), what)

    def call(
        self,
        method: str,
        path: str,
        *,
        what: str,
        params: Params | None = None,
        json: object = None,
        idempotent: bool = True,
    ) -> Answer:
        """The answer, whatever its status: `checked` judges it. `path` stands below `entities/`."""
        return self._transport.request(
            method,
            f"{self._base}/entities/{path}",
            what=what,
            idempotent=idempotent,
            params=[(name, str(value)) for name, value in (params or {}).items()],
            json=json,
            headers=self._headers if method == "GET" else self._writing,
        )


def checked(answer: Answer) -> Answer:
    """The answer, if it is a good one. Raises the error that says what else it is."""
    if answer.status in (200, 201):
        return answer
    if answer.status == 401:
        raise CredentialsRefused(
            "Pipeliner does not accept the user name and password of the API key.",
            hint="Make a new API key in Pipeliner (Administration, Applications) and enter it.",
            kind="pipeliner_credentials",
        )
    if answer.status == 403:
        raise CredentialsRefused(
            _("The Pipeliner application has no right to use %(what)s.", what=answer.what),
            hint="Give the application the right in Pipeliner (Administration, Applications).",
            kind="pipeliner_forbidden",
        )
    ensure_space(answer)
    if answer.status == 404:
        raise NotFound(
            _("Pipeliner has no such thing: %(what)s.", what=answer.what),
            hint="It may have been deleted; check it in Pipeliner.",
        )
    if answer.status in (400, 409, 422):
        refusal = to_refusal(error_in(answer))
        raise Refused(
            _("Pipeliner refused %(what)s: %(message)s", what=answer.what, message=refusal.message)
        )
    raise UnexpectedAnswer(
        _(
            "Pipeliner answered %(what)s with status %(status)s.",
            what=answer.what,
            status=answer.status,
        ),
        hint="Try again later; if it stays so, please report it.",
    )


def ensure_space(answer: Answer) -> None:
    """Raises SetupError where the answer says that there is no such space."""
    if answer.status == 404 and _NO_SPACE.search(answer.text()):
        raise SetupError(
            "Pipeliner does not know this space.",
            hint="Check the Space ID and the Service URL that Pipeliner shows with the API key.",
            kind="space_unknown",
        )


def error_in(answer: Answer) -> Mapping[str, Any]:
    """The body of a refusal, for `to_refusal`; text that is no JSON becomes its message."""
    try:
        raw = answer.json()
    except UnexpectedAnswer:
        return {"message": clean_text(answer.text()), "http_status": answer.status}
    return raw if isinstance(raw, Mapping) else {}


def filter_by(name: str, value: str, operator: str) -> dict[str, str]:
    """The parameters that ask for records by one field."""
    return {f"filter[{name}]": value, f"filter-op[{name}]": operator}
