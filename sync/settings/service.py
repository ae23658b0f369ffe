"""Settings of the service as a whole: secrets, where things are, who may come in, logs."""

from typing import Final, Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from sync.settings.kinds import (
    Bell,
    Cache,
    Database,
    Email,
    Emails,
    Hosts,
    Keys,
    MailAddress,
    Origins,
    Service,
    Tokens,
)

PIPELINER_PAGES: Final = ("https://crm.pipelinersales.com", "https://crm.coevera.com")


class ServiceSettings(BaseSettings):
    """What every installation decides."""

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
        "for the panel: without it `fields provision` leaves the embedded page out. With https "
        "Pipeliner tells of changes at once.",
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
    metrics_token: Tokens | None = Field(
        default=None,
        description="Bearer token of `GET /metrics`, at least 32 characters; comma-separated, so "
        "that two may live during rotation. Without it that address is not there.",
    )
    metrics_dir: str | None = Field(
        default=None,
        description="Folder in which all processes of this machine keep their numbers for "
        "`/metrics`; best in memory, e.g. `/dev/shm/acton-metrics`. Without it each process tells "
        "its own.",
    )
    sentry_dsn: SecretStr | None = Field(
        default=None,
        description="Where mistakes of ours are reported (Sentry); nothing about people goes "
        "along. Needs the package `sentry-sdk`.",
    )
    otlp_endpoint: Service | None = Field(
        default=None,
        description="Where spans are sent (OpenTelemetry, OTLP over HTTP), e.g. "
        "`https://otel.example.com:4318`. Needs the packages that docs/monitoring.md names.",
    )
    smtp_url: MailAddress | None = Field(
        default=None,
        description="Mail server that messages to admins are handed to: "
        "`smtps://user:password@mail.example.com:465`, or `smtp://…:587?starttls`; user name and "
        "password percent-encoded. Needs `MAIL_FROM`. Without it no e-mail is sent.",
    )
    mail_from: Email | None = Field(
        default=None,
        description="E-mail address that messages come from, e.g. `acton@example.com`.",
    )
    allowed_webhook_hosts: Hosts = Field(
        default=(),
        description="Hosts inside your network that messages may be posted to (webhooks): `host` "
        "or `host:port`, comma-separated. Every host outside may be, over https. Plain http only "
        "for loopback hosts named here.",
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
