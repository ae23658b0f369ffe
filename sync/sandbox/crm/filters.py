"""Which records a listing holds: filters with operators (contracts, section 2.2)."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from sync.sandbox.crm.kinds import FLAG, ID, INSTANT, KINDS, LIST, NUMBER, TEXT
from sync.sandbox.crm.space import Record, Space, read_instant, write_instant

Test: TypeAlias = Callable[[Record], bool]

WITHOUT_VALUE = ("null", "not-null", "empty", "not-empty")
EMPTY: tuple[Any, ...] = (None, "", [])
OWN_TEXT = "own text"  # of a custom field: null or ""; the documents show both
TYPE_OF_OWN = {"integer": NUMBER, "float": NUMBER, "checkbox": FLAG, "datetime": INSTANT}


class BadQuery(Exception):
    """The query cannot be answered; the text says why."""


def make_tests(
    space: Space, kind: str, arguments: Mapping[str, str], filter_key: object
) -> list[Test]:
    """The tests that a record must all pass. `filter_key`: which name a custom field is asked by,
    `api_name`, `column_name` or `none`. Raises BadQuery."""
    values = _inside("filter", arguments)
    operators = _inside("filter-op", arguments)
    return [
        _make_test(space, kind, name, values.get(name), operators.get(name, "eq"), filter_key)
        for name in {**values, **operators}
    ]


def _inside(word: str, arguments: Mapping[str, str]) -> dict[str, str]:
    """`filter[name]=value` as name → value."""
    return {
        name[len(word) + 1 : -1]: value
        for name, value in arguments.items()
        if name.startswith(f"{word}[") and name.endswith("]")
    }


def _make_test(
    space: Space, kind: str, name: str, value: str | None, operator: str, filter_key: object
) -> Test:
    key, value_type = _column(space, kind, name, filter_key)
    if operator in WITHOUT_VALUE:
        return _make_emptiness_test(key, value_type, operator)
    if value is None:
        raise BadQuery(f"filter-op[{name}]={operator} needs filter[{name}].")
    if operator in _TEXT_COMPARE:
        return _make_text_test(key, value, operator)
    if operator not in (*_COMPARE, "between"):
        raise BadQuery(f"Unknown filter operator {operator}.")
    try:
        return _make_typed_test(key, value_type, value, operator)
    except ValueError as error:
        raise BadQuery(f"filter[{name}]={value} is not a value for this field.") from error


def _make_emptiness_test(key: str, value_type: str, operator: str) -> Test:
    """Text is never null, but empty; everything else that was not filled in is null."""
    wanted = not operator.startswith("not-")
    if operator.endswith("null"):
        never = value_type in (TEXT, FLAG, LIST)
        return lambda record: (not never and record.get(key) is None) is wanted
    return lambda record: (record.get(key) in EMPTY) is wanted


def _make_typed_test(key: str, value_type: str, value: str, operator: str) -> Test:
    """Compare as numbers, instants, flags or texts. Raises ValueError for another kind of value."""
    read, blank = _READERS.get(value_type, str), _BLANKS.get(value_type)
    if operator == "between":  # its form is not documented; two values with a comma are taken
        low, high = (read(part) for part in value.split(","))
        passes: Callable[[Any], bool] = lambda have: bool(low <= have <= high)  # noqa: E731
    else:
        wanted, compare = read(value), _COMPARE[operator]
        passes = lambda have: compare(have, wanted)  # noqa: E731

    def test(record: Record) -> bool:
        have = record.get(key)
        have = blank if have is None else have
        return operator == "not-eq" if have is None else passes(have)

    return test


def _make_text_test(key: str, value: str, operator: str) -> Test:
    compare = _TEXT_COMPARE[operator]
    folded = operator in FOLDED
    wanted = value.lower() if folded else value

    def test(record: Record) -> bool:
        have = record.get(key)
        text = "" if have is None else str(have)
        return compare(text.lower() if folded else text, wanted)

    return test


def _column(space: Space, kind: str, name: str, filter_key: object) -> tuple[str, str]:
    """The key and the type of a filtered field. Raises BadQuery where there is none."""
    types = KINDS[kind].types
    if name in types:
        return name, types[name]
    for api_name, one in space.own_fields(kind).items():
        if one.get(str(filter_key)) == name:
            return api_name, TYPE_OF_OWN.get(one["type_id"], OWN_TEXT)
    raise BadQuery(f"Unknown field {name} in filter.")


def _read_flag(text: str) -> bool:
    if text.lower() not in ("true", "false", "1", "0"):
        raise ValueError(text)
    return text.lower() in ("true", "1")


_READERS: Mapping[str, Callable[[str], Any]] = {
    FLAG: _read_flag,
    NUMBER: float,
    INSTANT: lambda text: write_instant(read_instant(text)),
    ID: str.lower,
}
_BLANKS: Mapping[str, Any] = {TEXT: "", OWN_TEXT: "", FLAG: False}
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda have, want: bool(have == want),
    "not-eq": lambda have, want: bool(have != want),
    "gt": lambda have, want: bool(have > want),
    "gte": lambda have, want: bool(have >= want),
    "lt": lambda have, want: bool(have < want),
    "lte": lambda have, want: bool(have <= want),
}
FOLDED = ("ieq", "not-ieq", "icontains", "istarts", "iends")
_TEXT_COMPARE: Mapping[str, Callable[[str, str], bool]] = {
    "ieq": lambda have, want: have == want,
    "not-ieq": lambda have, want: have != want,
    "contains": lambda have, want: want in have,
    "icontains": lambda have, want: want in have,
    "starts": lambda have, want: have.startswith(want),
    "istarts": lambda have, want: have.startswith(want),
    "ends": lambda have, want: have.endswith(want),
    "iends": lambda have, want: have.endswith(want),
}
