"""The endpoints of Act-On that we use, one method each."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import count
from typing import Any, TypeAlias

from sync.acton.activity import parse_activity
from sync.acton.answers import NO_SUCH_LIST, checked, error_code
from sync.acton.oauth import TokenSource
from sync.acton.parse import (
    parse_account,
    parse_facts,
    parse_found_row,
    parse_lists,
    parse_lookup,
    parse_rows,
    parse_score_fields,
    parse_scores,
)
from sync.ahead import in_order
from sync.errors import UnexpectedAnswer
from sync.http.answer import Answer
from sync.http.transport import Transport
from sync.http.urls import fill_path
from sync.languages import lazy_gettext as _
from sync.model import Activity, ActOnAccount, ListInfo, RowPage, ScorePage, ScoreReading
from sync.ports import ScoreFields, nobody_stops_us

Params: TypeAlias = Sequence[tuple[str, str]]
_Scores: TypeAlias = tuple[list[tuple[str, str]], int | None]  # with the total, if it is told

PAGE = 1000  # "JSON is limited to 1,000 list members per API call"
MONTHS_BACK = 120  # "defaults to the current month only"; no way to ask for everything is known
# Accounts without Audience Center answer so; not one code is documented.
_NO_ALL_CONTACTS = frozenset({400, 403, 404, 406})


class ActOnClient:
    """Reads one Act-On account."""

    def __init__(
        self,
        transport: Transport,
        tokens: TokenSource,
        *,
        base_url: str,
        account_id: str | None,
        at_once: int = 1,
        guard: Callable[[], None] = nobody_stops_us,
    ) -> None:
        """`at_once`: pages of one list that may be under way; `guard` is asked while they are."""
        self._transport = transport
        self._tokens = tokens
        self._base = base_url.rstrip("/")
        self._account_id = account_id
        self._at_once = at_once
        self._guard = guard

    # Reference: "Get account information", /api/1/account (in the older documents only)
    def fetch_account(self) -> ActOnAccount | None:
        """The account that the credentials select; None where Act-On does not tell."""
        answer = self._get("/api/1/account", what=_("the account"))
        if answer.status == 404:
            return None
        return parse_account(checked(answer).json())

    # Reference: https://developer.act-on.com/reference (Lists: "Get listing of lists")
    def fetch_lists(self) -> Iterator[ListInfo]:
        """Every entry of the listing, in its order."""
        offset = 0
        while True:
            params = [
                ("listingtype", "CONTACT_LIST"),
                ("count", str(PAGE)),
                ("offset", str(offset)),
            ]
            answer = checked(
                self._get("/api/1/list", what=_("the listing of lists"), params=params)
            )
            lists, total = parse_lists(answer.json())
            yield from lists
            offset += len(lists)
            if not lists or total is None or offset >= total:
                return

    # Reference: https://developer.act-on.com/reference (Lists: "Download a list")
    def fetch_rows(self, list_id: str, *, offset: int = 0) -> Iterator[RowPage]:
        """The pages of a list from `offset` on, at most 1,000 rows each.

        Raises NotFound for a list that is gone, UnexpectedAnswer for one that never ends.
        """
        while True:
            page = self._fetch_page(list_id, offset)
            yield page
            # The pages that must follow if each is as long as this one; where one is not, those
            # after it are asked for anew from where it ends.
            step = len(page.rows)
            rest = range(offset + step, page.total, step) if step else ()
            calls = (partial(self._fetch_page, list_id, start) for start in rest)
            for page in in_order(calls, self._at_once, guard=self._guard):
                yield page
                if len(page.rows) != step:
                    break
            offset = page.offset + len(page.rows)
            if offset >= page.total:
                return

    def _fetch_page(self, list_id: str, offset: int) -> RowPage:
        # `datequalifiers` adds the columns that say when a row was changed.
        params = [
            ("count", str(PAGE)),
            ("offset", str(offset)),
            ("datequalifiers", "true"),
            ("responseformat", "JSON"),
        ]
        path = fill_path("/api/1/list/{list_id}", list_id=list_id)
        answer = checked(
            self._get(path, what=_("list %(list_id)s", list_id=list_id), params=params)
        )
        page = parse_rows(answer.json(), list_id, offset)
        if not page.rows and offset < page.total:
            raise UnexpectedAnswer(
                _(
                    "Act-On says that list %(list_id)s has %(total)s rows, but shows none after "
                    "row %(offset)s.",
                    list_id=list_id,
                    total=page.total,
                    offset=offset,
                ),
                hint="Run again; if it stays so, download the list in Act-On to check it.",
            )
        return page

    # Reference: https://developer.act-on.com/reference (Act-On Contacts: "Get schema")
    def find_score_fields(self) -> ScoreFields | None:
        """How All Contacts names score and address; None where the account has no All Contacts."""
        account_id = self._find_account_id()
        if account_id is None:
            return None
        answer = self._get(
            fill_path("/ucl/v2/{account_id}/schema/", account_id=account_id),
            what=_("the schema"),
        )
        if answer.status in _NO_ALL_CONTACTS:
            return None
        return parse_score_fields(checked(answer).json())

    # Reference: https://developer.act-on.com/reference (Act-On Contacts: "Get contacts by fields")
    def fetch_all_scores(self, fields: ScoreFields, *, page: int = 0) -> Iterator[ScorePage]:
        """Every person's address and score from All Contacts, from the 0-based `page` on.

        How large a page may be is not documented: 1,000 is asked for, and a server that gives fewer
        is taken at its word for all pages, so pages neither overlap nor leave gaps.
        """
        given, before = None, None
        for number, (scores, total) in self._fetch_score_pages(fields, page):
            if scores and scores == before:
                raise UnexpectedAnswer(
                    "Act-On shows the same page of All Contacts again and again.",
                    hint="Try again later, or choose another score source.",
                )
            given = given or len(scores)
            last = not scores or (
                (number + 1) * given >= total if total is not None else len(scores) < given
            )
            yield ScorePage(page=number, next_page=None if last else number + 1, scores=scores)
            if last:
                return
            before = scores

    def _fetch_score_pages(self, fields: ScoreFields, page: int) -> Iterator[tuple[int, _Scores]]:
        """Page after page without end. Those that must follow, where Act-On says how many people
        there are, are under way at once."""
        first = self._fetch_scores(fields, page)
        yield page, first
        given, total = len(first[0]), first[1] or 0
        sure = range(page + 1, -(-total // given)) if given else range(0)
        calls = (partial(self._fetch_scores, fields, number) for number in sure)
        yield from zip(sure, in_order(calls, self._at_once, guard=self._guard), strict=True)
        for number in count(page + 1 + len(sure)):
            yield number, self._fetch_scores(fields, number)

    def _fetch_scores(self, fields: ScoreFields, page: int) -> _Scores:
        path = fill_path(
            "/ucl/v2/{account_id}/contact/byFields", account_id=self._find_account_id() or ""
        )
        answer = self._call(
            "POST",
            path,
            what=_("All Contacts"),
            params=[("page", str(page)), ("pageSize", str(PAGE))],
            json=[fields.email, fields.score],
        )
        return parse_scores(checked(answer).json(), fields)

    # Reference: "Get contact history and score", /api/1/list/{listid}/record/{recordid}/facts
    def fetch_score(self, list_id: str, record_id: str) -> ScoreReading:
        """The live score of one list row. Raises NotFound where the row is gone."""
        path = fill_path(
            "/api/1/list/{list_id}/record/{record_id}/facts", list_id=list_id, record_id=record_id
        )
        return parse_facts(checked(self._get(path, what=_("the activity of a contact"))).json())

    # Reference: "Get contact history and score", /api/1/list/{listid}/record/{recordid}/facts
    def fetch_activity(self, list_id: str, record_id: str) -> Activity:
        """Score, breakdown and stream of one list row. Raises NotFound where the row is gone."""
        path = fill_path(
            "/api/1/list/{list_id}/record/{record_id}/facts", list_id=list_id, record_id=record_id
        )
        return parse_activity(checked(self._get(path, what=_("the activity of a contact"))).json())

    # Reference: https://developer.act-on.com/reference (Contact reports: "Get contact activity")
    def find_activity(self, address: str) -> Activity | None:
        """The same by address; None where All Contacts does not know it, or is not there at all."""
        account_id = self._find_account_id()
        if account_id is None:
            return None
        path = fill_path(
            "/ucl/v2/{account_id}/contactReport/email/{email}/activity",
            account_id=account_id,
            email=address,
        )
        params = [("monthsOfPastData", str(MONTHS_BACK))]
        answer = self._get(path, what=_("the activity of a contact"), params=params)
        if answer.status in _NO_ALL_CONTACTS or not answer.body.strip():
            return None
        return parse_activity(checked(answer).json())

    # Reference: "Look up a contact", /api/1/list/lookup/{listid}
    def find_record(self, list_id: str, address: str) -> str | None:
        """The id of the row of this address in a list; None where the list does not have it."""
        path = fill_path("/api/1/list/lookup/{list_id}", list_id=list_id)
        answer = self._get(path, what=_("a contact by address"), params=[("email", address)])
        if answer.status in (400, 404) or not answer.body.strip():
            return None
        return parse_lookup(checked(answer).json())

    # Reference: "Look up a contact", /api/1/list/lookup/{listid}
    def find_row(self, list_id: str, address: str) -> RowPage | None:
        """The row of this address in a list, as a page of one; None where the list does not have
        it. Raises NotFound for a list that is gone."""
        path = fill_path("/api/1/list/lookup/{list_id}", list_id=list_id)
        what = _("list %(list_id)s", list_id=list_id)
        answer = self._get(path, what=what, params=[("email", address)])
        missing = answer.status in (400, 404) and error_code(answer) != NO_SUCH_LIST
        if missing or not answer.body.strip():
            return None
        return parse_found_row(checked(answer).json(), list_id)

    def _find_account_id(self) -> str | None:
        if self._account_id is None:
            account = self.fetch_account()
            self._account_id = account.account_id if account else None
        return self._account_id

    def _get(self, path: str, *, what: str, params: Params = ()) -> Answer:
        return self._call("GET", path, what=what, params=params)

    def _call(self, method: str, path: str, *, what: str, **rest: Any) -> Answer:
        """The answer, with a token that was renewed once if the first was refused."""
        token = self._tokens.token()
        answer = self._ask(token.access, method, path, what=what, **rest)
        if answer.status == 401:
            token = self._tokens.renew(token)
            answer = self._ask(token.access, method, path, what=what, **rest)
        return answer

    def _ask(self, access: str, method: str, path: str, *, what: str, **rest: Any) -> Answer:
        headers = {"Authorization": f"Bearer {access}", "Accept": "application/json"}
        return self._transport.request(
            method, f"{self._base}{path}", what=what, idempotent=True, headers=headers, **rest
        )
