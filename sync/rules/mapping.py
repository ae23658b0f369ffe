"""What the cells of a list row mean (design §3.6): column names are the customer's own.

1. The address column is the one that Act-On names (`emailColumn`), else the first called so.
2. Every other column is found by the synonyms of `rules.columns`; the first of two equal headers
   counts. What the admin mapped by hand wins over all of it.
3. A full-name column is split only where the list has neither first nor last names.
4. Rows may be shorter or longer than the headers; a missing cell is empty.
5. A person's data that differ between lists: each field takes the most recently modified value that
   is not empty, else the first in list order (design §3.3).
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import lru_cache

from sync.model import Details
from sync.rules.columns import SYNONYMS, plain
from sync.rules.naming import clean_name
from sync.rules.scoring import is_score_header

_TEXT_FIELDS = tuple(one.name for one in fields(Details) if one.name != "phones")
_MOST_PHONES = 5  # Pipeliner's phone1…phone5
_ZONE_NAME = re.compile(r"\s+(?:[A-Z]{2,5}|[A-Z][A-Za-z]+/[A-Za-z_/]+)$")
_DATE_FORMS = (
    "%b %d %Y %I:%M %p",
    "%a %b %d %Y, %I:%M %p",
    "%b %d %Y %H:%M",
    "%Y-%m-%d %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y",
)
_SECONDS_BELOW = 100_000_000_000  # as milliseconds that would be 1973, as seconds the year 5138


@dataclass(frozen=True, kw_only=True)
class ColumnMap:
    """The place of each kind of cell in a row, 0-based; None where the list has no such column."""

    address: int | None
    record_id: int | None
    score: int | None
    modified: int | None
    full_name: int | None
    phones: tuple[int, ...]
    texts: tuple[tuple[str, int], ...]  # (field of Details, place)


def map_columns(
    headers: Sequence[str],
    email_column: int | None,
    *,
    overrides: Mapping[str, str] | None = None,
    score_column: str | None = None,
) -> ColumnMap:
    """The map of a list with these headers. `overrides`: field name → the customer's header."""
    return _map(
        tuple(headers), email_column, tuple(sorted((overrides or {}).items())), score_column
    )


def column_overrides(
    column_map: Mapping[str, Mapping[str, str]], list_id: str
) -> Mapping[str, str]:
    """What the admin mapped by hand for this list: for all lists ("*"), then for this one."""
    return {**column_map.get("*", {}), **column_map.get(list_id, {})}


def describe_columns(columns: ColumnMap, headers: Sequence[str]) -> dict[str, str]:
    """The map in words, for people: field → header; several phones as one."""
    places = {"address": columns.address, "full_name": columns.full_name, **dict(columns.texts)}
    found = {name: headers[place] for name, place in places.items() if place is not None}
    if columns.phones:
        found["phones"] = ", ".join(headers[place] for place in columns.phones)
    return found


@lru_cache(maxsize=512)  # every page of a list asks again
def _map(
    headers: tuple[str, ...],
    email_column: int | None,
    overrides: tuple[tuple[str, str], ...],
    score_column: str | None,
) -> ColumnMap:
    places: dict[str, int] = {}
    for index, header in enumerate(headers):
        places.setdefault(plain(header), index)
    by_hand = {name: places[plain(head)] for name, head in overrides if plain(head) in places}

    def place(kind: str) -> int | None:
        named = by_hand.get(kind)
        if named is not None:
            return named
        return next((places[name] for name in SYNONYMS[kind] if name in places), None)

    address = by_hand.get("address")
    if address is None and email_column is not None and 0 <= email_column < len(headers):
        address = email_column
    if address is None:
        address = place("address")
    texts = [(name, place(name)) for name in _TEXT_FIELDS]
    found = tuple((name, at) for name, at in texts if at is not None and at != address)
    has_names = {"first_name", "last_name"} & {name for name, _ in found}
    return ColumnMap(
        address=address,
        record_id=place("record_id"),
        score=_score_place(headers, places, score_column),
        modified=place("modified"),
        full_name=None if has_names and "full_name" not in by_hand else place("full_name"),
        phones=(by_hand["phones"],)
        if "phones" in by_hand
        else tuple(places[name] for name in SYNONYMS["phones"] if name in places),
        texts=found,
    )


def _score_place(
    headers: Sequence[str], places: Mapping[str, int], score_column: str | None
) -> int | None:
    if score_column is None:
        return None
    if score_column in headers:
        return headers.index(score_column)
    return places.get(plain(score_column))


def score_candidates(headers: Sequence[str]) -> tuple[str, ...]:
    """The headers that probably hold a score, for the admin to confirm."""
    return tuple(header for header in headers if is_score_header(header))


def read_address(columns: ColumnMap, row: Sequence[str]) -> str:
    """The address as typed; "" where the row has none."""
    return _cell(row, columns.address)


def read_record_id(columns: ColumnMap, row: Sequence[str]) -> str:
    """Act-On's id of the row (`l-0001:2f`); "" where the answer has none."""
    return _cell(row, columns.record_id).strip()


def read_score_cell(columns: ColumnMap, row: Sequence[str]) -> str:
    """The score cell as text."""
    return _cell(row, columns.score)


def read_modified(columns: ColumnMap, row: Sequence[str]) -> int | None:
    """When the row was changed, in milliseconds since 1970; None where that cannot be read.

    Act-On's documents show several forms (contracts, section 3.2): epoch seconds or milliseconds,
    ISO 8601, "Aug 27 2024 4:14 PM PDT". A zone name is ignored: the value only orders rows.
    """
    text = _cell(row, columns.modified).strip()
    if not text:
        return None
    if text.isascii() and text.isdigit() and len(text) <= 15:
        number = int(text)
        return number * 1000 if number < _SECONDS_BELOW else number
    return _read_date(text)


def _read_date(text: str) -> int | None:
    try:
        return _to_ms(datetime.fromisoformat(text))
    except ValueError:
        pass
    bare = _ZONE_NAME.sub("", text) if not text.endswith(("AM", "PM")) else text
    for form in _DATE_FORMS:
        try:
            return _to_ms(datetime.strptime(bare, form).replace(tzinfo=UTC))
        except ValueError:
            continue
    return None


def _to_ms(moment: datetime) -> int | None:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        return int(aware.timestamp() * 1000)
    except (OverflowError, ValueError):
        return None


def read_details(columns: ColumnMap, row: Sequence[str]) -> Details:
    """What the row says about the person besides the address, cleaned."""
    values = {name: _clean(_cell(row, place)) for name, place in columns.texts}
    if columns.full_name is not None:
        values.update(_split_name(_clean(_cell(row, columns.full_name))))
    phones = tuple(filter(None, [_clean(_cell(row, place)) for place in columns.phones]))
    return Details(**values, phones=tuple(dict.fromkeys(phones))[:_MOST_PHONES])


def _split_name(full: str) -> dict[str, str]:
    first, _, rest = full.partition(" ")
    middle, _, last = rest.rpartition(" ")
    return {"first_name": first, "middle_name": middle, "last_name": last} if full else {}


def _cell(row: Sequence[str], place: int | None) -> str:
    if place is None or place >= len(row):
        return ""
    cell: object = row[place]
    return cell if isinstance(cell, str) else "" if cell is None else str(cell)


def _clean(text: str) -> str:
    return clean_name(text) if text else ""


def merge(ordered: Sequence[tuple[int | None, Details]]) -> Details:
    """One person's details over several rows, given in list order as (changed at, details)."""
    # A stable sort: rows without a date, and rows of one date, stay in list order.
    newest_first = sorted(ordered, key=lambda one: -1 if one[0] is None else one[0], reverse=True)
    chosen: dict[str, str] = {}
    phones: tuple[str, ...] = ()
    for _, details in newest_first:
        for name in _TEXT_FIELDS:
            if not chosen.get(name):
                chosen[name] = getattr(details, name)
        phones = phones or details.phones
    return Details(**chosen, phones=phones)


def details_to_json(details: Details) -> str:
    """The details as compact JSON, empty fields left out."""
    values: dict[str, object] = {
        name: value for name in _TEXT_FIELDS if (value := getattr(details, name))
    }
    if details.phones:
        values["phones"] = details.phones
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def details_from_json(text: str) -> Details:
    """The details that `details_to_json` wrote."""
    values = json.loads(text)
    return Details(**{**values, "phones": tuple(values.get("phones", ()))})
