"""A Pipeliner tenant: its access to both vendors and what its admin chose."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum


class SpaceStatus(StrEnum):
    """Where a space stands in its life."""

    REQUESTED = "requested"  # somebody began to activate it; settings are not complete
    PENDING = "pending"  # complete; waits for the operator's approval
    RUNNING = "running"  # synced once a day
    SUSPENDED = "suspended"  # the operator stopped it
    PAUSED = "paused"  # its admin stopped it for a while
    INACTIVE = "inactive"  # its admin ended the integration; what is known is kept
    NEEDS_ATTENTION = "needs_attention"  # credentials or set-up broken; an admin must act


class ScoreSource(StrEnum):
    """Where the scores of a run come from, cheapest trustworthy first."""

    LIST_COLUMN = "list_column"
    ALL_CONTACTS = "all_contacts"
    FACTS = "facts"


class ExistingLead(StrEnum):
    """What to do for an address that already has an open Lead made by hand."""

    SKIP = "skip"
    CREATE = "create"


@dataclass(frozen=True, kw_only=True)
class ListChoice:
    """Which Act-On lists take part: all, or those named by id or name; exclusions win."""

    include: tuple[str, ...] | None = None
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SpaceSettings:
    """What the admin of a space chose. `owner` empty: not chosen yet.

    `score_columns`: the score column of single lists, by list id; it goes before the source.
    `column_map`: list id, or "*" for all lists → field (`rules.columns`) → the customer's header.
    """

    threshold: int
    sync_time: time
    owner: str  # a Pipeliner user's e-mail address or id
    authentication_name: str = "Pipeliner › Act-On Integration"
    lists: ListChoice = ListChoice()
    score_source: ScoreSource | None = None  # None: automatic, cheapest trustworthy first
    score_column: str | None = None
    score_columns: Mapping[str, str] = field(default_factory=dict)
    column_map: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    existing_lead: ExistingLead = ExistingLead.SKIP
    rename_leads: bool = False  # whether Leads follow when their list is renamed in Act-On
    skip_opted_out: bool = False  # whether who opted out, as webhooks say, gets no new Lead
    daily_call_budget: int = 30_000
    volume_guard: int | None = None  # the most Leads a run may create unasked; None: rules.volume
    lead_type_id: str | None = None
    step_id: str | None = None
    unit_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class PipelinerAccess:
    """How to reach one Pipeliner space. The password never shows in a repr."""

    service_url: str
    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class ActOnAccess:
    """How to reach one Act-On account. `base_url` None: the operator's default."""

    base_url: str | None = None
    account_id: str | None = None
    marketing_domain_url: str | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class Space:
    """A Pipeliner tenant with its Act-On account and settings."""

    space_id: str
    name: str
    time_zone: str  # IANA name
    status: SpaceStatus
    pipeliner: PipelinerAccess
    acton: ActOnAccess
    settings: SpaceSettings
    next_due_at: datetime | None = None
    panel_epoch: int = 1
    panel_epoch_at: datetime | None = None  # when all panel keys before were made void


class LaunchAlgorithm(StrEnum):
    """How a host signs the launches of a space's panels."""

    HS256 = "HS256"  # a secret that both know
    RS256 = "RS256"  # the host's private key; we hold the public one


@dataclass(frozen=True, kw_only=True)
class LaunchKey:
    """What proves a launch: the shared secret (HS256) or the host's public key as PEM (RS256)."""

    algorithm: LaunchAlgorithm
    key: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class PanelGate:
    """The little that is asked of a space before anybody sees a panel of it."""

    space_id: str
    status: SpaceStatus
    epoch: int
