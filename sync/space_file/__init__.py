"""Reads a space file (`space import`) into spaces. Checks all of it and writes nothing.

The file is the whole truth of each space in it: what it leaves out, or gives as null, gets the
default. Which hosts may be called is not decided here but by the host policy (`sync.http.hosts`).
"""

from collections.abc import Callable
from typing import TypeAlias

from pydantic import ValidationError

from sync.errors import InvalidInput
from sync.model import Space
from sync.space_file.loading import duplicates, load
from sync.space_file.parts import SpaceFile
from sync.space_file.problems import sentence

__all__ = ["ReadSecret", "parse_space_file"]

ReadSecret: TypeAlias = Callable[[str], str | None]


def parse_space_file(text: str, read_secret: ReadSecret) -> tuple[Space, ...]:
    """The spaces of the file, in its order. `read_secret` gives the value of `{"env": "NAME"}`.

    Raises InvalidInput with every problem of the file on its own line, led by its path.
    """
    raw = load(text)
    problems = list(duplicates(raw))
    try:
        parsed = SpaceFile.model_validate(raw, context={"read_secret": read_secret})
    except ValidationError as error:
        problems += [sentence(detail) for detail in error.errors()]
    else:
        if not problems:
            return tuple(space.as_space() for space in parsed.spaces)
    raise InvalidInput("\n".join(problems), hint="\nNothing was imported.")
