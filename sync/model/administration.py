"""Daily life: what admins and operators look at. Plain values; nothing secret is in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from sync.model.activation import Revision
from sync.model.crm_hooks import HookNews
from sync.model.links import Crossed, PersonRecord
from sync.model.runs import Problem, Run
from sync.model.spaces import SpaceSettings, SpaceStatus

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Listing(Generic[T]):
    """Some of many, and where the rest begins; `next_after` None: this is the end."""

    items: Sequence[T]
    next_after: str | None = None


@dataclass(frozen=True, kw_only=True)
class CallsUsed:
    """Act-On calls of the quota day, and when the next one begins."""

    used: int
    budget: int
    begins_anew_at: datetime


class Health(StrEnum):
    """How a space is, in one word."""

    WELL = "well"
    WORKING = "working"
    FELL_SHORT = "fell_short"  # the last run did not do all
    BROKEN = "broken"  # the last run failed, or the last look at a vendor did
    IDLE = "idle"  # not synced: not finished, waiting, paused, suspended
    NEW = "new"  # running, and has had no run yet


class Remedy(StrEnum):
    """What an admin does to get a space going again."""

    CONNECT_ACTON = "connect_acton"
    REPLACE_KEY = "replace_key"  # of Pipeliner
    CHOOSE_OWNER = "choose_owner"
    MEND_FIELDS = "mend_fields"
    CHANGE_SETTINGS = "change_settings"
    LOOK = "look"  # the problem's own words say more than a button could


@dataclass(frozen=True, kw_only=True)
class StatusNote:
    """Who put the space where it stands, when and why; a fresh space has none of it."""

    reason: str = ""
    at: datetime | None = None
    by: str | None = None
    before: SpaceStatus | None = None  # where it stood before that


@dataclass(frozen=True, kw_only=True)
class LastCheck:
    """The last look at both vendors; `at` None: there was none."""

    at: datetime | None = None
    problem: Problem | None = None


@dataclass(frozen=True, kw_only=True)
class Overview:
    """A space at a glance. `held_run`: the run that ended last, where it held new Leads back."""

    space_id: str
    name: str
    status: SpaceStatus
    status_note: StatusNote
    health: Health
    settings: SpaceSettings
    revision: Revision
    time_zone: str
    next_run_at: datetime | None
    last_run: Run | None
    open_run: Run | None
    calls: CallsUsed
    last_check: LastCheck
    fields_known: bool
    acton_connected: bool
    admins: Sequence[str]
    service_url: str
    pipeliner_username: str
    acton_username: str | None
    account_id: str | None
    marketing_domain_url: str | None
    remedy: Remedy | None = None  # what helps a space that needs attention
    held_run: Run | None = None
    hooks: HookNews = field(default_factory=HookNews)  # what Pipeliner told of late


@dataclass(frozen=True, kw_only=True)
class SpaceLine:
    """A space among all, for the operator."""

    space_id: str
    name: str
    status: SpaceStatus
    status_reason: str
    health: Health
    time_zone: str
    next_run_at: datetime | None
    last_run: Run | None
    calls: CallsUsed | None = None


@dataclass(frozen=True, kw_only=True)
class SpaceFilter:
    """Which spaces an operator looks for; None: whatever it is. `text` is part of id or name."""

    status: SpaceStatus | None = None
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class OutcomeFilter:
    """Which rows of a run somebody looks for; None: whatever it is.

    `text` is part of the address, or the whole of it.
    """

    list_no: int | None = None
    result: str | None = None
    reason: str | None = None
    detail: str | None = None
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class OutcomeRow:
    """What became of one list row. `person` is the digest, for the person's own page."""

    run_id: int
    list_no: int
    position: int
    list_id: str
    list_name: str
    address: str | None
    person: str | None
    score: int | None
    result: str | None
    reason: str | None
    detail: str | None
    lead_id: str | None
    contact_id: str | None


@dataclass(frozen=True, kw_only=True)
class RunList:
    """One list of a run: how far it was read, and what stopped it."""

    list_no: int
    list_id: str
    name: str
    state: str
    total: int | None
    read: int
    problem: Problem | None


@dataclass(frozen=True, kw_only=True)
class ErrorGroup:
    """Failed rows of one cause."""

    reason: str
    detail: str
    rows: int
    message: str
    hint: str


class TombstoneKind(StrEnum):
    """What somebody deleted on purpose."""

    LEAD = "lead"
    CONTACT = "contact"  # blocks the person in every list


@dataclass(frozen=True, kw_only=True)
class Tombstone:
    """Something deleted in Pipeliner that is not made again, until somebody lifts this.

    `list_id` empty: a Contact. `address` empty where we hold none.
    """

    kind: TombstoneKind
    person: str
    address: str
    list_id: str
    list_name: str
    lead_name: str
    since: datetime


@dataclass(frozen=True, kw_only=True)
class PersonPage:
    """All that we hold about a person of a space."""

    space_id: str
    person: str
    address: str
    record: PersonRecord | None
    links: Sequence[Crossed]
    history: Sequence[tuple[datetime, int | None]]
    outcomes: Sequence[OutcomeRow]
    reading_at: datetime | None = None
    erased_at: datetime | None = None


class ItemState(StrEnum):
    """How something that we set up in Pipeliner is."""

    DONE = "done"
    MISSING = "missing"
    DRIFTED = "drifted"  # renamed, deleted, unpublished, of another kind
    UNKNOWN = "unknown"  # Pipeliner gives no way to tell


class ItemKind(StrEnum):
    """What an item of the checklist is about."""

    FIELD = "field"
    PAGE = "page"  # the Webresource
    ON_FORM = "on_form"  # somebody has to place it
    PANEL = "panel"
    WEBHOOK = "webhook"


@dataclass(frozen=True, kw_only=True)
class ChecklistItem:
    """One thing to be in place. `by_hand`: only a person can do it, in Pipeliner."""

    kind: ItemKind
    name: str
    entity: str
    state: ItemState
    message: str = ""
    hint: str = ""
    by_hand: bool = False
    optional: bool = False  # nothing is wrong where it is missing


@dataclass(frozen=True, kw_only=True)
class Checklist:
    """What we set up in Pipeliner and how it is. `ready`: the sync can run."""

    items: Sequence[ChecklistItem]
    looked_at: datetime

    @property
    def ready(self) -> bool:
        """Whether all fields that must be in place are; a renamed one is."""
        fields = [one for one in self.items if one.kind is ItemKind.FIELD]
        return not any(one.hint for one in fields if not one.optional)


@dataclass(frozen=True, kw_only=True)
class FailureLine:
    """A cause that ended runs, over all spaces."""

    kind: str
    message: str
    runs: int
    spaces: int
    latest: datetime
    example: str  # a space


@dataclass(frozen=True, kw_only=True)
class Erased:
    """What an erasure took away, by table-like name."""

    counts: Mapping[str, int] = field(default_factory=dict)
