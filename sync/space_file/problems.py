"""Problems of a space file as sentences that a person can act on."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from sync.space_file.parts import SpaceFile

_PATTERNS: Final = {
    "space_id": "must be 1 to 100 letters, digits, hyphens or underscores.",
    "sync_time": "must be a time of day such as 02:00.",
}


def sentence(detail: ErrorDetails) -> str:
    """One problem, led by its path. Never the value: it may be a secret."""
    place = _path(detail["loc"]) or "file"
    match detail["type"]:
        case "extra_forbidden":
            return f"{place}: unknown{_suggestion(detail['loc'])}"
        case "missing":
            return f"{place}: missing."
        case "model_type":
            return f"{place}: must be an object."
        case "string_too_short":
            return f"{place}: must not be empty."
        case "too_short":
            return f"{place}: must hold at least one."
        case "string_pattern_mismatch":
            return f"{place}: {_PATTERNS[str(detail['loc'][-1])]}"
    text = detail["msg"].removeprefix("Value error, ")
    text = text.replace("Input should", "must").replace("String should", "must")
    return f"{place}: {text.rstrip('.?')}{'?' if text.endswith('?') else '.'}"


def _path(location: Sequence[int | str]) -> str:
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return "".join(parts).removeprefix(".")


def _suggestion(location: Sequence[int | str]) -> str:
    near = get_close_matches(str(location[-1]), _known_keys(location[:-1]), n=1)
    return f"; did you mean {near[0]}?" if near else "."


def _known_keys(location: Sequence[int | str]) -> list[str]:
    model: type[BaseModel] = SpaceFile
    for part in location:
        if isinstance(part, str):
            annotation = model.model_fields[part].annotation
            inner = [kind for kind in get_args(annotation) or (annotation,) if kind is not None]
            model = inner[0]
    return list(model.model_fields)
