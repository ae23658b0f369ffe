"""What Act-On's answers mean. Tolerant of every form that its documents leave open.

Only the fields that we use are looked at; a form that none of the known ones covers raises
UnexpectedAnswer, which names the field.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sync.acton.activity import parse_facts_score
from sync.errors import UnexpectedAnswer
from sync.languages import lazy_gettext
from sync.model import ActOnAccount, ListInfo, RowPage, ScoreReading
from sync.ports import ScoreFields

_ENVELOPES = ("data", "contacts", "result", "results", "content", "items", "rows", "records")


def parse_lists(raw: Any) -> tuple[list[ListInfo], int | None]:
    """The entries of one page of the listing, and how many there are in all."""
    found = _mapping(raw, "the listing").get("result")
    if not isinstance(found, list):
        raise _unexpected("result", "the listing")
    return [_to_list(one) for one in found], _to_int(raw.get("totalCount"))


def _to_list(raw: Any) -> ListInfo:
    entry = _mapping(raw, "an entry of the listing")
    list_id = entry.get("id")
    if not isinstance(list_id, str) or not list_id:
        raise _unexpected("id", "an entry of the listing")
    base = entry.get("baseId")
    derived = entry.get("bIsList") is False or (bool(base) and base != list_id)
    return ListInfo(
        list_id=list_id,
        name=str(entry.get("name") or list_id),
        size=_to_int(entry.get("sourceSize")),
        is_source=not derived,
        modified_at=_to_instant(entry.get("tsLastModified")),
    )


def parse_rows(raw: Any, list_id: str, offset: int) -> RowPage:
    """One page of a list. Source: the documented JSON of GET /api/1/list/{listid}."""
    page = _mapping(raw, "a list page")
    headers, data = page.get("headers"), page.get("data")
    if not isinstance(headers, list):
        raise _unexpected("headers", "a list page")
    if not isinstance(data, list) or not all(isinstance(row, list) for row in data):
        raise _unexpected("data", "a list page")
    total, column = _to_int(page.get("totalCount")), _to_int(page.get("emailColumn"))
    return RowPage(
        list_id=list_id,
        offset=offset,
        total=offset + len(data) if total is None else total,
        headers=tuple(str(header) for header in headers),
        email_column=column if column is not None and column >= 0 else None,
        rows=data,
    )


def parse_score_fields(raw: Any) -> ScoreFields | None:
    """The names of score and address in All Contacts. Source: GET /ucl/v2/{accountId}/schema/."""
    columns = _mapping(raw, "the schema").get("columns")
    if not isinstance(columns, list):
        raise _unexpected("columns", "the schema")
    known = [
        one for one in columns if isinstance(one, Mapping) and isinstance(one.get("name"), str)
    ]
    score = _named(known, "ACTON_PRIMARY_SCORE", "SCORE")
    email = _named(known, "EMAIL", "EMAIL")
    return ScoreFields(score=score, email=email) if score and email else None


def _named(columns: Sequence[Mapping[str, Any]], mapping: str, kind: str) -> str | None:
    """The column that Act-On maps so, else the first of that type."""
    by_mapping = (one["name"] for one in columns if one.get("standardFieldMapping") == mapping)
    by_kind = (one["name"] for one in columns if one.get("type") == kind)
    return next(by_mapping, None) or next(by_kind, None)


def parse_scores(raw: Any, fields: ScoreFields) -> tuple[list[tuple[str, str]], int | None]:
    """(address, score) pairs of one page of All Contacts, and the total where the answer tells.

    The form of this answer is not documented (contracts, section 4.2): rows with headers, objects
    by column name and objects by camelCase name, bare or in an envelope, are all understood.
    """
    if isinstance(raw, list):
        return [_pair_of(one, fields) for one in raw], None
    page = _mapping(raw, "a page of All Contacts")
    total = _to_int(page.get("totalCount", page.get("total", page.get("totalElements"))))
    headers = page.get("headers")
    for name in _ENVELOPES:
        rows = page.get(name)
        if isinstance(rows, list):
            if isinstance(headers, list):
                return _pairs_of_rows(headers, rows, fields), total
            return [_pair_of(one, fields) for one in rows], total
        if isinstance(rows, Mapping):
            return parse_scores(rows, fields)
    raise _unexpected("data", "a page of All Contacts")


def _pairs_of_rows(
    headers: Sequence[Any], rows: Sequence[Any], fields: ScoreFields
) -> list[tuple[str, str]]:
    names = [_plain(str(header)) for header in headers]
    try:
        email, score = names.index(_plain(fields.email)), names.index(_plain(fields.score))
    except ValueError as error:
        raise _unexpected(f"headers ({fields.score!r})", "a page of All Contacts") from error
    last = max(email, score)
    if not all(isinstance(row, list) and len(row) > last for row in rows):
        raise _unexpected("data", "a page of All Contacts")
    return [(_to_text(row[email]), _to_text(row[score])) for row in rows]


def _pair_of(raw: Any, fields: ScoreFields) -> tuple[str, str]:
    contact = {_plain(str(name)): value for name, value in _mapping(raw, "a contact").items()}
    email = contact.get(_plain(fields.email), contact.get("email", contact.get("emailaddress")))
    score = contact.get(_plain(fields.score), contact.get("actonprimaryscore"))
    return _to_text(email), _to_text(score)


def parse_facts(raw: Any) -> ScoreReading:
    """A person's score. Source: "Get contact history and score" (facts)."""
    activity = _mapping(raw, "the activity of a contact").get("activity")
    return ScoreReading(score=parse_facts_score(_mapping(activity, "the activity of a contact")))


def parse_lookup(raw: Any) -> str | None:
    """The record id of a row looked up by address; None where the answer names none.

    Source: GET /api/1/list/lookup/{listid}; older answers hold no id.
    """
    found = _mapping(raw, "a contact looked up").get("contactID")
    return found if isinstance(found, str) and found else None


def parse_found_row(raw: Any, list_id: str) -> RowPage:
    """A row looked up by address, as a page of one. Source: GET /api/1/list/lookup/{listid}, whose
    answer names each cell by its column, and the row by `contactID`."""
    found = _mapping(raw, "a contact looked up")
    headers = ["_contact_id_" if str(one) == "contactID" else str(one) for one in found]
    return RowPage(
        list_id=list_id,
        offset=0,
        total=1,
        headers=tuple(headers),
        email_column=None,
        rows=[[_to_text(value) for value in found.values()]],
    )


def parse_account(raw: Any) -> ActOnAccount:
    """The account. Source: GET /api/1/account."""
    account = _mapping(raw, "the account")
    account_id = account.get("account_id")
    if not isinstance(account_id, int | str) or not str(account_id):
        raise _unexpected("account_id", "the account")
    return ActOnAccount(
        account_id=str(account_id),
        name=_to_text(account.get("account_name")),
        domain=_to_text(account.get("cname")),
    )


def _mapping(raw: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(raw, Mapping):
        raise _unexpected("its outermost object", where)
    return raw


def _plain(name: str) -> str:
    return "".join(char for char in name.lower() if char.isalnum())


def _to_text(value: Any) -> str:
    return "" if value is None else str(value)


def _to_int(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    text = str(value).strip() if isinstance(value, str) else ""
    return int(text) if text.lstrip("-").isdecimal() and text.isascii() and len(text) < 19 else None


def _to_instant(value: Any) -> datetime | None:
    ms = _to_int(value)
    if ms is None or not 0 <= ms < 253_402_300_800_000:
        return None
    return datetime.fromtimestamp(ms / 1000, UTC)


def _unexpected(name: str, where: str) -> UnexpectedAnswer:
    return UnexpectedAnswer(
        lazy_gettext(
            "Act-On's answer does not have the form that its documents give: %(name)s in "
            "%(where)s.",
            name=name,
            where=where,
        ),
        hint="Try again later; if it stays so, please report it.",
    )
