"""Activation: what is typed, what it is understood as, what the vendors offer to choose from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from sync.model.acton import ListInfo
from sync.model.pipeliner import User
from sync.model.spaces import SpaceSettings, SpaceStatus

# What the drop-down offers; any other time of day is accepted too.
SYNC_TIMES: Final = tuple(f"{hour:02}:{minute:02}" for hour in range(24) for minute in (0, 30))


class Step(StrEnum):
    """The steps of the wizard that fill in settings, in their order."""

    SCORING = "scoring"  # marketing domain, account
    AUTOCREATE = "autocreate"  # score, time, owner
    LISTS = "lists"  # which lists, score columns, column mapping
    LIMITS = "limits"  # lead type and step, hand-made Leads, budget, volume guard
    AUTHENTICATION = "authentication"  # name of the connection


@dataclass(frozen=True, kw_only=True)
class TypedSettings:
    """The settings as they stand in the fields of a form: text, right or wrong.

    `all_lists` False: those in `include`. `score_columns`: list id → header, `column_map`: list id
    or "*" → field → header.
    """

    marketing_domain_url: str = ""
    account_id: str = ""
    threshold: str = ""
    sync_time: str = ""
    time_zone: str = ""
    owner: str = ""
    all_lists: bool = True
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    score_source: str = "auto"
    score_column: str = ""
    score_columns: Mapping[str, str] = field(default_factory=dict)
    column_map: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    existing_lead: str = "skip"
    rename_leads: str = "keep"
    opted_out: str = "create"
    daily_call_budget: str = ""
    volume_guard: str = ""
    lead_type_id: str = ""
    step_id: str = ""
    unit_id: str = ""
    authentication_name: str = ""


@dataclass(frozen=True, kw_only=True)
class SettingsChange:
    """Settings that were understood, with what belongs to the space beside them."""

    settings: SpaceSettings
    time_zone: str
    marketing_domain_url: str | None
    account_id: str | None


@dataclass(frozen=True, kw_only=True)
class Revision:
    """Which state of something was looked at; saving with an older one is refused."""

    version: int
    saved_at: datetime | None
    saved_by: str | None


@dataclass(frozen=True, kw_only=True)
class Draft:
    """The settings being filled in. `problems`: (field, sentence) of what is not right yet."""

    space_id: str
    typed: TypedSettings
    revision: Revision
    problems: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class ClaimForm:
    """What proves that somebody may speak for a space: its API key."""

    service_url: str
    space_id: str
    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """A space that the account is an admin of now. `joined`: it was there before."""

    space_id: str
    joined: bool
    status: SpaceStatus


@dataclass(frozen=True, kw_only=True)
class UserChoice:
    """Active users to choose an owner from. `suggested`: the one with the admin's own address."""

    users: tuple[User, ...]
    suggested: User | None
    time_zone: str | None


@dataclass(frozen=True, kw_only=True)
class ListOffer:
    """A list of the account. `taken`: the settings as typed include it."""

    info: ListInfo
    taken: bool


@dataclass(frozen=True, kw_only=True)
class ListSample:
    """The first rows of a list and what its columns were taken for: field → header."""

    list_id: str
    total: int
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    mapping: Mapping[str, str]
    score_headers: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class LeadStep:
    """A step that a new Lead may stand in."""

    step_id: str
    name: str
    process_id: str
    order: int


@dataclass(frozen=True, kw_only=True)
class LeadType:
    """A kind of Lead, with the steps of its process in order."""

    lead_type_id: str
    name: str
    process_id: str
    steps: tuple[LeadStep, ...] = ()


class Cause(StrEnum):
    """Why a connection does not work, as far as it can be told apart."""

    CLIENT = "client"  # the service's own client id and secret
    USER = "user"  # user name and password, or a log-in that is no longer accepted
    NOT_CONNECTED = "not_connected"
    API_NOT_ENABLED = "api_not_enabled"
    HOST = "host"  # the address may not be called
    FORBIDDEN = "forbidden"
    UNREACHABLE = "unreachable"
    QUOTA = "quota"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class ConnectionTest:
    """What came of a try to log in. `cause` None: it works, as `account`."""

    cause: Cause | None = None
    message: str = ""
    hint: str = ""
    account_id: str | None = None
    account_name: str = ""
    lists: int | None = None

    @property
    def works(self) -> bool:
        """Whether the vendor let us in."""
        return self.cause is None


class ConnectedBy(StrEnum):
    """How a space logs in to Act-On."""

    PASSWORD = "password"  # noqa: S105 - a name
    CODE = "code"  # the redirect flow


@dataclass(frozen=True, kw_only=True)
class ConnectionFacts:
    """How the space is connected to Act-On. `by` None: not at all."""

    by: ConnectedBy | None
    authentication_name: str
    username: str | None
    account_id: str | None
    account_name: str = ""
    code_flow_offered: bool = True
