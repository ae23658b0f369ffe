"""From the text of a space file to JSON, and what makes it no such file."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from sync.errors import InvalidInput


def load(text: str) -> object:
    """The JSON of the file. Raises InvalidInput where it is none, or not plain."""
    try:
        return json.loads(
            text.removeprefix("\ufeff"),
            object_pairs_hook=_refuse_repeated_keys,
            parse_constant=_refuse_constant,
        )
    except json.JSONDecodeError as error:
        problem = f"This is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
    except RecursionError:
        problem = "This is not a space file: it is nested too deeply."
    except ValueError:  # Python reads no number of more than 4,300 digits
        problem = "This is not a space file: a number in it is too long."
    raise InvalidInput(problem, hint="Nothing was imported.")


def _refuse_repeated_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    twice = [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]
    if twice:
        raise InvalidInput(
            f"The key {twice[0]!r} stands twice in one object.", hint="Nothing was imported."
        )
    return dict(pairs)


def _refuse_constant(name: str) -> object:
    raise InvalidInput(f"{name} is not a JSON value.", hint="Nothing was imported.")


def duplicates(raw: object) -> Iterator[str]:
    """A sentence for each space that stands in the file twice."""
    spaces = raw.get("spaces") if isinstance(raw, dict) else None
    seen: set[str] = set()
    for number, space in enumerate(spaces if isinstance(spaces, list) else ()):
        space_id = space.get("space_id") if isinstance(space, dict) else None
        if isinstance(space_id, str):
            if space_id in seen:
                yield f"spaces[{number}].space_id: {space_id!r} stands in this file already."
            seen.add(space_id)
