"""The operator's settings. The only module that reads the environment.

Every setting is an environment variable with the field's name in capitals; a secret may instead be
read from a file named by `NAME_FILE`. There is no default secret and no `.env` file is read: what
starts the process decides. What the admin of one space chooses is `model.SpaceSettings`.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from sync.checks import (
    check_date_format,
    check_emails,
    check_hosts,
    check_origins,
    check_scheme,
    check_service_address,
    check_template,
    check_tokens,
    split_list,
)
from sync.errors import InvalidInput
from sync.keyring import Keyring

DATABASES: Final = ("sqlite", "postgresql", "postgres")
CACHES: Final = ("redis", "rediss")
PIPELINER_PAGES: Final = ("https://crm.pipelinersales.com", "https://crm.coevera.com")
QUEUES: Final = ("sqlite", "postgresql", "postgres", "redis", "rediss")


class SettingsError(InvalidInput):
    """The process cannot start; `problems` holds one sentence for each setting that is wrong."""

    kind = "settings"

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, kw_only=True)
class _Unusable:
    """Stands in for a secret whose file cannot serve; no validator takes it."""

    sentence: str


class _SecretFiles(PydanticBaseSettingsSource):
    """Reads the variables `NAME_FILE`, for secrets only."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        name = field_name.upper()
        path = os.environ.get(f"{name}_FILE")
        if not path or field.annotation not in (SecretStr, SecretStr | None):
            return None, field_name, False
        if os.environ.get(name):
            both = _Unusable(sentence=f"{name} and {name}_FILE are both set. Keep one of them.")
            return both, field_name, False
        try:
            return _read_file(name, path), field_name, False
        except InvalidInput as error:
            return _Unusable(sentence=str(error)), field_name, False

    def __call__(self) -> dict[str, Any]:
        fields = self.settings_cls.model_fields.items()
        found = {name: self.get_field_value(field, name)[0] for name, field in fields}
        return {name: value for name, value in found.items() if value is not None}


def _read_file(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise InvalidInput(
            f"{name}_FILE names {path!r}, which cannot be read.",
            hint="Check the path and its rights.",
        ) from None


def _hidden(check: Callable[[str], str]) -> AfterValidator:
    """The check for a value that must not show in a repr."""

    def checked(value: SecretStr) -> SecretStr:
        check(value.get_secret_value())
        return value

    return AfterValidator(checked)


def _check_keys(value: str) -> str:
    try:
        Keyring.parse(value)
    except InvalidInput as error:
        raise ValueError(str(error)) from None
    return value


Keys = Annotated[SecretStr, _hidden(_check_keys)]
Tokens = Annotated[SecretStr, _hidden(check_tokens)]
Database = Annotated[SecretStr, _hidden(partial(check_scheme, schemes=DATABASES))]
Bell = Annotated[SecretStr, _hidden(partial(check_scheme, schemes=QUEUES))]
Service = Annotated[str, AfterValidator(check_service_address)]
DateFormat = Annotated[str, AfterValidator(check_date_format)]
Cache = Annotated[SecretStr, _hidden(partial(check_scheme, schemes=CACHES))]
RecordUrl = Annotated[
    str, AfterValidator(partial(check_template, names=("space", "collection", "id")))
]
PersonUrl = Annotated[
    str, AfterValidator(partial(check_template, names=("domain", "email", "record")))
]
Origins = Annotated[
    tuple[str, ...], NoDecode, BeforeValidator(split_list), AfterValidator(check_origins)
]
Emails = Annotated[
    tuple[str, ...], NoDecode, BeforeValidator(split_list), AfterValidator(check_emails)
]
Hosts = Annotated[
    tuple[str, ...], NoDecode, BeforeValidator(split_list), AfterValidator(check_hosts)
]


class Settings(BaseSettings):
    """All settings of one process, checked. Secrets do not show in a repr."""

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True, validate_default=False)

    secret_keys: Keys = Field(
        description="Keys that encrypt stored credentials and sign tokens: 32 random bytes each, "
        "URL-safe base64, comma-separated. The first one encrypts and signs, all decrypt and "
        "verify. Make one with `python -m sync secrets new`.",
    )
    sync_token: Tokens = Field(
        description="Bearer token of `POST /sync`, at least 32 characters; comma-separated, so "
        "that two may live during rotation. `python -m sync secrets new` makes a good one.",
    )
    acton_client_id: str = Field(
        description="Client ID of your Act-On API application.",
    )
    acton_client_secret: SecretStr = Field(
        description="Client secret of your Act-On API application.",
    )
    database_url: Database = Field(
        default=SecretStr("sqlite:///instance/sync.db"),
        description="Where everything is kept: `sqlite:///path` or `postgresql://…`.",
    )
    queue_url: Bell = Field(
        default=SecretStr("sqlite:///instance/queue.db"),
        description="What wakes the workers: `sqlite:///path`, `postgresql://…` or `redis://…`.",
    )
    cache_url: Cache | None = Field(
        default=None,
        description="Redis for what may be lost: panels kept for a moment, limits, and flags that "
        "say who reads a person live: `redis://…`; without it each process has its own, and the "
        "flags are the database's alone.",
    )
    acton_base_url: Service = Field(
        default="https://api.actonsoftware.com",
        description="Where Act-On answers; accounts in Europe use "
        "`https://api-eu.actonsoftware.com`. A space may name its own.",
    )
    allowed_api_hosts: Hosts = Field(
        default=(),
        description="Hosts that may be called besides Act-On's and Pipeliner's own: `host` or "
        "`host:port`, comma-separated. Plain http only for loopback hosts named here.",
    )
    public_url: Service | None = Field(
        default=None,
        description="Where people reach this service, e.g. `https://acton.example.com`. Needed "
        "for the panel: without it `fields provision` leaves the embedded page out.",
    )
    trusted_proxies: int = Field(
        default=0,
        ge=0,
        le=10,
        description="How many proxies or load balancers stand in front, each of which appends the "
        "address it sees to `X-Forwarded-For`. With `0` that header counts for nothing, and limits "
        "by network address count everybody behind a proxy as one.",
    )
    frame_ancestors: Origins = Field(
        default=PIPELINER_PAGES,
        description="Who may show the panel in a frame: origins such as "
        "`https://crm.example.com`, comma-separated.",
    )
    sign_up: Literal["open", "closed"] = Field(
        default="open",
        description="Whether people may make an account by themselves: `open` or `closed`. An "
        "account alone opens nothing: a space is claimed with its API key.",
    )
    auto_approve: bool = Field(
        default=False,
        description="Whether a space whose admin finished the activation runs at once, without "
        "an operator's approval: `true` or `false`.",
    )
    session_idle_minutes: int = Field(
        default=30,
        ge=1,
        le=1440,
        description="How long somebody who signed in may do nothing before they sign in again.",
    )
    session_hours: int = Field(
        default=12,
        ge=1,
        le=168,
        description="How long somebody stays signed in at most.",
    )
    oidc_issuer: Service | None = Field(
        default=None,
        description="Identity provider (OpenID Connect) that people may sign in with, e.g. "
        "`https://login.example.com`. Needs `OIDC_CLIENT_ID` and `OIDC_CLIENT_SECRET`.",
    )
    oidc_client_id: str | None = Field(
        default=None,
        description="Client ID of this service at the identity provider.",
    )
    oidc_client_secret: SecretStr | None = Field(
        default=None,
        description="Client secret of this service at the identity provider.",
    )
    oidc_operators: Emails = Field(
        default=(),
        description="E-mail addresses, comma-separated, that become operators when the identity "
        "provider says that they are verified.",
    )
    log_format: Literal["auto", "text", "json"] = Field(
        default="auto",
        description="`text`, `json` (one object a line) or `auto`: text on a terminal, else JSON.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info",
        description="The least important events that are logged: `debug`, `info`, `warning` or "
        "`error`.",
    )
    acton_calls_per_second: float = Field(
        default=4.5,
        gt=0,
        le=5,
        description="Pace towards one Act-On account over all processes. Act-On allows 5; the "
        "margin absorbs jitter.",
    )
    acton_calls_at_once: int = Field(
        default=4,
        ge=1,
        le=16,
        description="Calls to Act-On that one run may have under way, so that a slow answer does "
        "not lower the pace.",
    )
    acton_logins_per_hour: int = Field(
        default=5,
        ge=1,
        description="Log-ins with a password over all processes. Act-On allows 5 an hour.",
    )
    pipeliner_calls_per_second: float = Field(
        default=10,
        gt=0,
        description="Pace towards one Pipeliner space. Pipeliner documents no limit.",
    )
    pipeliner_batch_size: int = Field(
        default=100,
        ge=1,
        le=100,
        description="Records in one batch write. Pipeliner documents no limit; pages end at 100.",
    )
    pipeliner_date_format: DateFormat = Field(
        default="%Y-%m-%d %H:%M:%S",
        description="How instants (UTC) are written in Pipeliner filters, as `strftime` reads it.",
    )
    lead_name_limit: int = Field(
        default=255,
        ge=60,
        le=255,
        description="The longest Lead name. Pipeliner documents no limit.",
    )
    panel_key_days: int = Field(
        default=30,
        ge=2,
        le=365,
        description="How long a panel key lives; the sync renews it when half is gone.",
    )
    panel_fresh_seconds: int = Field(
        default=300,
        ge=1,
        description="Activity read so lately is shown without asking Act-On again.",
    )
    panel_cooldown_seconds: int = Field(
        default=30,
        ge=0,
        description="How long after a live reading Refresh rests.",
    )
    panel_deadline_seconds: float = Field(
        default=10,
        gt=0,
        le=50,
        description="The longest that somebody who looks at a panel waits for a vendor.",
    )
    pipeliner_record_url: RecordUrl = Field(
        default="https://crm.pipelinersales.com/space/{space}/{collection}/{id}/detail",
        description="Where people open a record of Pipeliner, with `{space}`, `{collection}` "
        "(`leads`, `contacts`) and `{id}`. Pipeliner documents no such address.",
    )
    acton_person_url: PersonUrl | None = Field(
        default=None,
        description="Where people open a person in Act-On, with `{domain}` (the marketing domain), "
        "`{email}` and `{record}`; without it the panel links to the domain. Act-On documents no "
        "such address.",
    )
    outcome_days: int = Field(
        default=90,
        ge=7,
        le=3650,
        description="How many days it is kept what became of each row of a run. Its counts stay.",
    )
    lease_seconds: float = Field(
        default=60,
        ge=5,
        description="A run whose worker has been silent for so long is taken over by another.",
    )
    heartbeat_seconds: float = Field(
        default=15,
        ge=1,
        description="How often a worker renews its lease; at most a third of `LEASE_SECONDS`.",
    )
    turn_seconds: float = Field(
        default=20,
        ge=1,
        description="How long a run keeps a worker while others wait; then it goes on after them.",
    )
    settle_seconds: float = Field(
        default=5,
        ge=0,
        le=300,
        description="Seconds to wait after the answer to a write was lost, before looking whether "
        "the write took effect.",
    )
    connect_timeout_seconds: float = Field(
        default=3.05,
        gt=0,
        description="How long a connection to a vendor may take.",
    )
    read_timeout_seconds: float = Field(
        default=60,
        gt=0,
        description="How long a vendor may be silent before the call counts as lost.",
    )
    answer_limit_mib: int = Field(
        default=64,
        ge=1,
        description="The largest answer of a vendor that is read, in MiB.",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments (tests), then `NAME_FILE`, then the environment."""
        return init_settings, _SecretFiles(settings_cls), env_settings

    @property
    def sync_tokens(self) -> tuple[str, ...]:
        """The bearer tokens that open `POST /sync`."""
        return split_list(self.sync_token.get_secret_value())

    @model_validator(mode="after")
    def _check_identity_provider(self) -> Self:
        told = (self.oidc_issuer, self.oidc_client_id, self.oidc_client_secret)
        if any(told) and not all(told):
            raise ValueError(
                "OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET belong together; "
                "set all of them or none."
            )
        if self.oidc_issuer and not self.public_url:
            raise ValueError("OIDC_ISSUER needs PUBLIC_URL, where people come back to.")
        return self

    @model_validator(mode="after")
    def _check_heartbeat(self) -> Self:
        if self.heartbeat_seconds * 3 > self.lease_seconds:
            raise ValueError(
                "HEARTBEAT_SECONDS must be at most a third of LEASE_SECONDS, so that a lease "
                "survives a renewal that fails."
            )
        return self


def load_settings() -> Settings:
    """The settings of this process.

    Raises SettingsError with all problems at once, one sentence each; none shows a value.
    """
    try:
        return Settings()
    except ValidationError as error:
        problems = tuple(_sentence(detail) for detail in error.errors())
    raise SettingsError(problems)


def read_secret_variable(name: str) -> str | None:
    """The secret in the variable `name`, or in the file that `NAME_FILE` names; None: neither.

    Raises InvalidInput where the file cannot be read. Space files use it for `{"env": "NAME"}`.
    """
    value = os.environ.get(name)
    if value:
        return value
    path = os.environ.get(f"{name}_FILE")
    return _read_file(name, path) if path else None


def documented_settings() -> Iterator[tuple[str, str, str]]:
    """(variable, default as text, meaning) of every setting, for the README and `.env.example`."""
    for name, field in Settings.model_fields.items():
        default = "required" if field.is_required() else _as_text(field.default)
        yield name.upper(), default, field.description or ""


def environment_without_ours() -> dict[str, str]:
    """This process's environment with none of our own settings, to start a child afresh."""
    ours = {name.upper() for name in Settings.model_fields}
    ours |= {f"{name}_FILE" for name in ours}
    return {name: value for name, value in os.environ.items() if name not in ours}


def _as_text(default: object) -> str:
    if isinstance(default, SecretStr):
        return default.get_secret_value()
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, float):
        return f"{default:g}"
    if isinstance(default, tuple):
        return ",".join(default)
    return "" if default in (None, ()) else str(default)


def _sentence(detail: ErrorDetails) -> str:
    """One problem as a sentence. Never the value: it may be a secret."""
    if isinstance(detail["input"], _Unusable):
        return detail["input"].sentence
    text = detail["msg"].removeprefix("Value error, ").replace("Input should", "must")
    if not detail["loc"]:
        return text
    name = str(detail["loc"][0]).upper()
    if detail["type"] == "missing":
        return f"{name} is not set. {_how_to_get(name)}"
    return text if name in text else f"{name} {text.rstrip('.')}."


def _how_to_get(name: str) -> str:
    if name in ("SECRET_KEYS", "SYNC_TOKEN"):
        return "Make one with: python -m sync secrets new"
    return "Act-On shows it under Settings > Custom Account Settings > API Access Keys."
