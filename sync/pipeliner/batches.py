"""Writing many records at once: full batches, each item's own result, one bad item blocks none.

What the documents leave open (contracts, section 3.2) is met as it comes: results are told apart
by `entity_index` where the errors carry it, else by their place.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from sync.errors import AnswerLost, Refused
from sync.model import NotWritten, WriteResult, Written
from sync.pipeliner.parse import to_refusal

Send: TypeAlias = Callable[[Sequence[Mapping[str, Any]]], Any]  # items → the JSON answer


def write_all(items: Sequence[Mapping[str, Any]], send: Send, *, size: int) -> list[WriteResult]:
    """One result for each item, in order.

    A batch refused whole is halved, down to single items. Raises AnswerLost where the answer does
    not tell what was done.
    """
    results: list[WriteResult] = []
    for start in range(0, len(items), size):
        results += _write(items[start : start + size], send)
    return results


def _write(items: Sequence[Mapping[str, Any]], send: Send) -> list[WriteResult]:
    try:
        raw = send(items)
    except Refused as error:
        if len(items) == 1:
            return [NotWritten(message=error.message, missing=error.kind == "missing")]
        middle = len(items) // 2
        return _write(items[:middle], send) + _write(items[middle:], send)
    return read_results(raw, items)


def read_results(raw: Any, items: Sequence[Mapping[str, Any]]) -> list[WriteResult]:
    """The results of one batch, in the order of its items. Raises AnswerLost."""
    data = raw.get("data") if isinstance(raw, Mapping) else None
    if not isinstance(data, list):
        raise _unclear()
    errors = [one for one in data if _is_error(one)]
    ids = [_id_of(one) for one in data if not _is_error(one)]
    places = [one.get("entity_index") for one in errors]
    if len(data) == len(items) and _in_place(data, items):
        return [
            to_refusal(one) if _is_error(one) else Written(record_id=_id_of(one)) for one in data
        ]
    if all(isinstance(place, int) and 0 <= place < len(items) for place in places):
        return _by_index(items, errors, ids)
    raise _unclear()


def _in_place(data: Sequence[Any], items: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the place of each result fits what it says about itself."""
    for place, (one, item) in enumerate(zip(data, items, strict=True)):
        if _is_error(one):
            index = one.get("entity_index")
            if isinstance(index, int) and index != place:
                return False
        elif "id" in item and item["id"] != _id_of(one):
            return False
    return True


def _by_index(
    items: Sequence[Mapping[str, Any]], errors: Sequence[Mapping[str, Any]], ids: Sequence[str]
) -> list[WriteResult]:
    refused = {one["entity_index"]: to_refusal(one) for one in errors}
    written = [place for place in range(len(items)) if place not in refused]
    if len(written) != len(ids):
        raise _unclear()
    known = dict(zip(written, ids, strict=True))
    if any("id" in items[place] and items[place]["id"] != known[place] for place in written):
        raise _unclear()
    return [
        refused[place] if place in refused else Written(record_id=known[place])
        for place in range(len(items))
    ]


def _is_error(one: Any) -> bool:
    return isinstance(one, Mapping) and "id" not in one


def _id_of(one: Any) -> str:
    found = one.get("id") if isinstance(one, Mapping) else one
    if not isinstance(found, str) or not found:
        raise _unclear()
    return found


def _unclear() -> AnswerLost:
    return AnswerLost(
        "Pipeliner's answer to a batch does not say which records were written.",
        hint="They are looked up before anything is sent again.",
    )
