"""The operator's settings. The only package that reads the environment.

Every setting is an environment variable with the field's name in capitals; a secret may instead be
read from a file named by `NAME_FILE`. There is no default secret and no `.env` file is read: what
starts the process decides. What the admin of one space chooses is `model.SpaceSettings`.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from pydantic import SecretStr, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from sync.checks import split_list
from sync.errors import InvalidInput
from sync.settings.service import ServiceSettings
from sync.settings.sources import SecretFiles, Unusable, is_secret, read_secret_variable
from sync.settings.work import WorkSettings

__all__ = [
    "Settings",
    "SettingsError",
    "Shown",
    "documented_settings",
    "environment_without_ours",
    "load_settings",
    "read_secret_variable",
    "shown_settings",
]


class SettingsError(InvalidInput):
    """The process cannot start; `problems` holds one sentence for each setting that is wrong."""

    kind = "settings"

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


# Fields of the last base come first in the documents.
class Settings(WorkSettings, ServiceSettings):
    """All settings of one process, checked. Secrets do not show in a repr."""

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True, validate_default=False)

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
        return init_settings, SecretFiles(settings_cls), env_settings

    @property
    def sync_tokens(self) -> tuple[str, ...]:
        """The bearer tokens that open `POST /sync`."""
        return split_list(self.sync_token.get_secret_value())

    @property
    def metrics_tokens(self) -> tuple[str, ...]:
        """The bearer tokens that open `GET /metrics`; none: it is not there."""
        return split_list(self.metrics_token.get_secret_value()) if self.metrics_token else ()

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
    def _check_mail(self) -> Self:
        if bool(self.smtp_url) != bool(self.mail_from):
            raise ValueError("SMTP_URL and MAIL_FROM belong together; set both or none.")
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


def documented_settings() -> Iterator[tuple[str, str, str]]:
    """(variable, default as text, meaning) of every setting, for the README and `.env.example`."""
    for name, field in Settings.model_fields.items():
        default = "required" if field.is_required() else _as_text(field.default)
        yield name.upper(), default, field.description or ""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A setting as the environment has it; `value` None: it is not set."""

    name: str
    value: str | None
    is_secret: bool
    is_required: bool


def shown_settings() -> Iterator[Shown]:
    """What the environment says of every setting, right or wrong, for a report. Secrets are among
    the values: whoever shows them leaves those out."""
    for name, field in Settings.model_fields.items():
        try:
            value = read_secret_variable(name.upper())
        except InvalidInput:
            value = "a file that cannot be read"
        yield Shown(
            name=name.upper(),
            value=value or None,
            is_secret=is_secret(field),
            is_required=field.is_required(),
        )


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
    if isinstance(detail["input"], Unusable):
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
