"""The part of a listing that was asked for: order, cursors, page sizes (contracts, section 2.3).

A cursor holds the sort values of a record and its id, so a page begins where the record was, even
if it has moved or gone since.
"""

import base64
import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sync.sandbox.crm.filters import BadQuery, make_tests
from sync.sandbox.crm.kinds import BLANKS, KINDS
from sync.sandbox.crm.space import Record, Space

MOST = 100
DEFAULT = 30
KEPT_ANSWERS = 8
PAGING = ("first", "last", "after", "before", "limit", "offset", "load-only", "expand")

Key: TypeAlias = tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class Part:
    """Some records of a listing. `page_info` None: the old limit and offset were used."""

    records: Sequence[Record]
    total: int
    page_info: Mapping[str, Any] | None


class _Backwards:
    """A sort value of a column that is ordered from high to low."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __lt__(self, other: "_Backwards") -> bool:
        return bool(other.value < self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Backwards) and bool(self.value == other.value)


class Order:
    """The order of a listing: by some columns, then by id."""

    def __init__(self, space: Space, kind: str, text: str) -> None:
        self._blanks = {name: BLANKS.get(one) for name, one in KINDS[kind].types.items()}
        self._columns: list[tuple[str, bool]] = []
        for one in filter(None, text.split(",")):
            name = one.removeprefix("-")
            if name not in self._blanks and name not in space.own_fields(kind):
                raise BadQuery(f"Unknown field {name} in order-by.")
            self._columns.append((name, one.startswith("-")))

    def key(self, record: Record) -> Key:
        """What the record is sorted by."""
        return self._make_key(self._values(record))

    def cursor(self, record: Record) -> str:
        """The cursor of a record."""
        return base64.b64encode(json.dumps(self._values(record)).encode()).decode()

    def read_cursor(self, cursor: str) -> Key:
        """The place that a cursor names. Raises BadQuery."""
        try:
            values = json.loads(base64.b64decode(cursor, validate=True))
        except ValueError as error:
            raise BadQuery("Invalid cursor.") from error
        if not isinstance(values, list) or len(values) != len(self._columns) + 1:
            raise BadQuery("Invalid cursor.")
        return self._make_key(values)

    def _values(self, record: Record) -> list[Any]:
        values: list[Any] = []
        for name, _ in self._columns:
            value = record.get(name)
            values.append(self._blanks.get(name) if value is None else value)
        return [*values, record["id"]]

    def _make_key(self, values: Sequence[Any]) -> Key:
        keys = [
            _Backwards(_comparable(value)) if backwards else _comparable(value)
            for value, (_, backwards) in zip(values, self._columns, strict=False)
        ]
        return (*keys, str(values[-1]))


def _comparable(value: Any) -> tuple[int, Any]:
    if value is None:
        return 0, ""
    if isinstance(value, int | float):
        return 1, value
    return (2, value) if isinstance(value, str) else (3, str(value))


def find_part(space: Space, kind: str, arguments: Mapping[str, str], filter_key: object) -> Part:
    """The records that were asked for. Raises BadQuery."""
    order = Order(space, kind, arguments.get("order-by", ""))
    found = _find_all(space, kind, arguments, order, filter_key)
    if "limit" in arguments or "offset" in arguments:
        start = _number(arguments, "offset", 0, least=0, most=None)
        size = _number(arguments, "limit", DEFAULT, least=1, most=MOST)
        return Part(records=found[start : start + size], total=len(found), page_info=None)
    start, end = _bounds(found, order.key, order.read_cursor, arguments)
    some = found[start:end]
    info = {
        "start_cursor": order.cursor(some[0]) if some else None,
        "end_cursor": order.cursor(some[-1]) if some else None,
        "has_previous_page": start > 0,
        "has_next_page": end < len(found),
    }
    return Part(records=some, total=len(found), page_info=info)


def _bounds(
    found: Sequence[Record],
    key: Callable[[Record], Key],
    read_cursor: Callable[[str], Key],
    arguments: Mapping[str, str],
) -> tuple[int, int]:
    """Where the page begins and ends. `before` alone means the page before that place."""
    start, end = 0, len(found)
    after, before = arguments.get("after"), arguments.get("before")
    if after:
        start = bisect_right(found, read_cursor(after), key=key)
    if before:
        end = max(start, bisect_left(found, read_cursor(before), key=key))
    first = _number(arguments, "first", DEFAULT, least=1, most=MOST)
    if "last" not in arguments:
        return (max(start, end - first), end) if before else (start, min(end, start + first))
    if "first" in arguments:
        end = min(end, start + first)
    last = _number(arguments, "last", DEFAULT, least=1, most=MOST)
    return max(start, end - last), end


def _find_all(
    space: Space, kind: str, arguments: Mapping[str, str], order: Order, filter_key: object
) -> Sequence[Record]:
    """All records that pass, in order. Kept while nothing changes: pages follow each other."""
    asked = tuple(sorted((name, one) for name, one in arguments.items() if name not in PAGING))
    question = (kind, asked, filter_key)
    versions = (space.versions[kind], space.versions["Fields"])
    known = space.answers.get(question)
    if known is None or known[0] != versions:
        deleted = "true" in (arguments.get("include-deleted"), arguments.get("include_deleted"))
        tests = make_tests(space, kind, arguments, filter_key)
        found = [
            record
            for record in space.records[kind].values()
            if (deleted or not record.get("is_deleted")) and all(test(record) for test in tests)
        ]
        found.sort(key=order.key)
        if len(space.answers) >= KEPT_ANSWERS:
            del space.answers[next(iter(space.answers))]
        space.answers.pop(question, None)
        space.answers[question] = known = (versions, found)
    return known[1]


def _number(
    arguments: Mapping[str, str], name: str, default: int, *, least: int, most: int | None
) -> int:
    text = arguments.get(name)
    if text is None:
        return default
    if not text.isdecimal() or int(text) < least or (most is not None and int(text) > most):
        raise BadQuery(f"{name} must be a number from {least}{f' to {most}' if most else ''}.")
    return int(text)
