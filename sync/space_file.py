"""Reads a space file (`space import`) into spaces. Checks all of it and writes nothing.

The file is the whole truth of each space in it: what it leaves out, or gives as null, gets the
default. Which hosts may be called is not decided here but by the host policy (`sync.http.hosts`).
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import time
from difflib import get_close_matches
from typing import Annotated, Any, Final, Literal, Self, TypeAlias, get_args
from unicodedata import category

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import ErrorDetails

from sync.checks import check_service_address, check_zone
from sync.errors import InvalidInput
from sync.model import (
    ActOnAccess,
    ExistingLead,
    ListChoice,
    PipelinerAccess,
    ScoreSource,
    Space,
    SpaceSettings,
    SpaceStatus,
)

ReadSecret: TypeAlias = Callable[[str], str | None]


def parse_space_file(text: str, read_secret: ReadSecret) -> tuple[Space, ...]:
    """The spaces of the file, in its order. `read_secret` gives the value of `{"env": "NAME"}`.

    Raises InvalidInput with every problem of the file on its own line, led by its path.
    """
    raw = _load(text)
    problems = list(_duplicates(raw))
    try:
        parsed = _File.model_validate(raw, context={"read_secret": read_secret})
    except ValidationError as error:
        problems += [_sentence(detail) for detail in error.errors()]
    else:
        if not problems:
            return tuple(space.as_space() for space in parsed.spaces)
    raise InvalidInput("\n".join(problems), hint="\nNothing was imported.")


# --- what the file may hold ----------------------------------------------------------------------


def _resolve_secret(value: object, info: ValidationInfo) -> object:
    if isinstance(value, str):
        return value
    if not isinstance(value, dict) or set(value) != {"env"} or not isinstance(value["env"], str):
        raise ValueError('must be text or {"env": "NAME"}')
    secret = info.context["read_secret"](value["env"]) if info.context else None
    if not secret:
        raise ValueError(f"the environment variable {value['env']} is not set")
    return secret


def _check_characters(value: str) -> str:
    if any(category(char) == "Cc" for char in value):
        raise ValueError("must not hold control characters")
    return value


def _check_included(value: list[str]) -> list[str]:
    if not value:
        raise ValueError("must name at least one list, or be null for all lists")
    return value


Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
    AfterValidator(_check_characters),
]
SpaceId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,100}$")]
Clock = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Address = Annotated[Text, AfterValidator(check_service_address)]
Zone = Annotated[str, AfterValidator(check_zone)]
Secret = Annotated[
    str, StringConstraints(min_length=1, max_length=4_000), BeforeValidator(_resolve_secret)
]


ColumnField = Literal[
    "address", "first_name", "middle_name", "last_name", "full_name", "company", "position",
    "phones", "street", "city", "zip_code", "state", "country", "website",
]  # fmt: skip


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        return {name: part for name, part in value.items() if part is not None}


class _Pipeliner(_Part):
    service_url: Address
    username: Text
    password: Secret = Field(repr=False)

    def as_access(self) -> PipelinerAccess:
        return PipelinerAccess(
            service_url=self.service_url, username=self.username, password=self.password
        )


class _ActOn(_Part):
    base_url: Address | None = None
    account_id: Text | None = None
    marketing_domain_url: Address | None = None
    username: Text | None = None
    password: Secret | None = Field(default=None, repr=False)

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password belong together; one of them is missing")
        return self

    def as_access(self) -> ActOnAccess:
        return ActOnAccess(**self.model_dump())


class _Lists(_Part):
    include: Annotated[list[Text], AfterValidator(_check_included)] | None = None
    exclude: list[Text] = []

    def as_choice(self) -> ListChoice:
        return ListChoice(
            include=tuple(self.include) if self.include else None, exclude=tuple(self.exclude)
        )


class _Settings(_Part):
    threshold: int = Field(ge=0, le=1_000_000)
    sync_time: Clock
    owner: Text
    authentication_name: Text = SpaceSettings.authentication_name
    lists: _Lists = _Lists()
    score_source: Literal["auto", "list_column", "all_contacts", "facts"] = "auto"
    score_column: Text | None = None
    score_columns: dict[Text, Text] = {}
    column_map: dict[Text, dict[ColumnField, Text]] = {}
    existing_lead: Literal["skip", "create"] = "skip"
    rename_leads: bool = False
    daily_call_budget: int = Field(default=SpaceSettings.daily_call_budget, ge=1, le=10_000_000)
    volume_guard: int | None = Field(default=None, ge=0)
    lead_type_id: Text | None = None
    step_id: Text | None = None
    unit_id: Text | None = None

    @model_validator(mode="after")
    def _column_is_named(self) -> Self:
        named = self.score_column is not None or self.score_columns
        if self.score_source == "list_column" and not named:
            raise ValueError("score_source list_column needs score_column, the column's name")
        return self

    def as_settings(self) -> SpaceSettings:
        auto = self.score_source == "auto"
        told = self.model_dump(
            exclude={"sync_time", "lists", "score_source", "existing_lead"}, warnings="error"
        )
        return SpaceSettings(
            sync_time=time.fromisoformat(self.sync_time),
            lists=self.lists.as_choice(),
            score_source=None if auto else ScoreSource(self.score_source),
            existing_lead=ExistingLead(self.existing_lead),
            **told,
        )


class _Space(_Part):
    space_id: SpaceId
    name: Text | None = None
    time_zone: Zone
    status: Literal["pending", "running", "suspended"] = "pending"
    pipeliner: _Pipeliner
    acton: _ActOn = _ActOn()
    settings: _Settings

    def as_space(self) -> Space:
        return Space(
            space_id=self.space_id,
            name=self.name or self.space_id,
            time_zone=self.time_zone,
            status=SpaceStatus(self.status),
            pipeliner=self.pipeliner.as_access(),
            acton=self.acton.as_access(),
            settings=self.settings.as_settings(),
        )


class _File(_Part):
    spaces: list[_Space] = Field(min_length=1)


# --- from JSON to problems a person can act on ---------------------------------------------------


def _load(text: str) -> object:
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


def _duplicates(raw: object) -> Iterator[str]:
    spaces = raw.get("spaces") if isinstance(raw, dict) else None
    seen: set[str] = set()
    for number, space in enumerate(spaces if isinstance(spaces, list) else ()):
        space_id = space.get("space_id") if isinstance(space, dict) else None
        if isinstance(space_id, str):
            if space_id in seen:
                yield f"spaces[{number}].space_id: {space_id!r} stands in this file already."
            seen.add(space_id)


def _sentence(detail: ErrorDetails) -> str:
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


_PATTERNS: Final = {
    "space_id": "must be 1 to 100 letters, digits, hyphens or underscores.",
    "sync_time": "must be a time of day such as 02:00.",
}


def _path(location: Sequence[int | str]) -> str:
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return "".join(parts).removeprefix(".")


def _suggestion(location: Sequence[int | str]) -> str:
    near = get_close_matches(str(location[-1]), _known_keys(location[:-1]), n=1)
    return f"; did you mean {near[0]}?" if near else "."


def _known_keys(location: Sequence[int | str]) -> list[str]:
    model: type[BaseModel] = _File
    for part in location:
        if isinstance(part, str):
            annotation = model.model_fields[part].annotation
            inner = [kind for kind in get_args(annotation) or (annotation,) if kind is not None]
            model = inner[0]
    return list(model.model_fields)
