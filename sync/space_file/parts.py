"""What a space file may hold, field by field."""

from datetime import time
from typing import Annotated, Literal, Self
from unicodedata import category

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    model_validator,
)

from sync.checks import check_service_address, check_zone
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
    skip_opted_out: bool = False
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


class SpacePart(_Part):
    """One space of the file."""

    space_id: SpaceId
    name: Text | None = None
    time_zone: Zone
    status: Literal["pending", "running", "suspended"] = "pending"
    pipeliner: _Pipeliner
    acton: _ActOn = _ActOn()
    settings: _Settings

    def as_space(self) -> Space:
        """The space; what the file leaves out has its default."""
        return Space(
            space_id=self.space_id,
            name=self.name or self.space_id,
            time_zone=self.time_zone,
            status=SpaceStatus(self.status),
            pipeliner=self.pipeliner.as_access(),
            acton=self.acton.as_access(),
            settings=self.settings.as_settings(),
        )


class SpaceFile(_Part):
    """The whole file."""

    spaces: list[SpacePart] = Field(min_length=1)
