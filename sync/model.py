"""The values that are handed from room to room: frozen, typed, free of I/O.

Instants are aware UTC. `address` is always a normalised e-mail address (see `rules.addresses`);
`person` and `key` are the digests of `rules.keys`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from typing import Generic, TypeAlias, TypeVar

T = TypeVar("T")


class SpaceStatus(StrEnum):
    """Where a space stands in its life."""

    REQUESTED = "requested"  # somebody began to activate it; settings are not complete
    PENDING = "pending"  # complete; waits for the operator's approval
    RUNNING = "running"  # synced once a day
    SUSPENDED = "suspended"  # the operator or the admin stopped it
    NEEDS_ATTENTION = "needs_attention"  # credentials or set-up broken; an admin must act


class RunStatus(StrEnum):
    """Where a run stands."""

    QUEUED = "queued"  # waits for a worker
    RUNNING = "running"  # a worker holds its lease
    PAUSED = "paused"  # quota gone; continues by itself at `resume_at`
    SUCCEEDED = "succeeded"  # every list read to the end, no row failed
    PARTIAL = "partial"  # finished, but a list or a row fell short
    FAILED = "failed"  # ended before its work was done
    CANCELLED = "cancelled"  # somebody stopped it


OPEN_STATUSES = frozenset({RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.PAUSED})


class Trigger(StrEnum):
    """What started a run."""

    DAILY = "daily"  # the one run of a space for a local date
    MANUAL = "manual"  # extra: a person, the CLI or `POST /sync/<space>`


class Result(StrEnum):
    """What happened to one list row in one run."""

    CREATED = "created"  # a Lead was made
    UPDATED = "updated"  # linked already, score written
    UNCHANGED = "unchanged"  # linked already, nothing to write
    SKIPPED = "skipped"
    FAILED = "failed"


class SkipReason(StrEnum):
    """Why a row got no Lead."""

    BELOW_THRESHOLD = "below_threshold"
    NO_SCORE = "no_score"
    NO_ADDRESS = "no_address"
    DUPLICATE_IN_LIST = "duplicate_in_list"
    EXISTING_LEAD = "existing_lead"
    DELETED_IN_CRM = "deleted_in_crm"
    WAITING_FOR_APPROVAL = "waiting_for_approval"
    OPTED_OUT = "opted_out"


class FailReason(StrEnum):
    """Why a row that should have got something did not."""

    REFUSED_BY_PIPELINER = "refused_by_pipeliner"
    CONTACT_FAILED = "contact_failed"  # its Contact could not be made, so neither could the Lead
    NOT_REACHED = "not_reached"  # the run ended before it was the row's turn
    SCORE_UNREADABLE = "score_unreadable"  # Act-On's answer about the person made no sense


class ScoreSource(StrEnum):
    """Where the scores of a run come from, cheapest trustworthy first."""

    LIST_COLUMN = "list_column"
    ALL_CONTACTS = "all_contacts"
    FACTS = "facts"


class ExistingLead(StrEnum):
    """What to do for an address that already has an open Lead made by hand."""

    SKIP = "skip"
    CREATE = "create"


# --- spaces -----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class ListChoice:
    """Which Act-On lists take part: all, or those named by id or name; exclusions win."""

    include: tuple[str, ...] | None = None
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SpaceSettings:
    """What the admin of a space chose."""

    threshold: int
    sync_time: time
    owner: str  # a Pipeliner user's e-mail address or id
    authentication_name: str = "Pipeliner › Act-On Integration"
    lists: ListChoice = ListChoice()
    score_source: ScoreSource | None = None  # None: automatic, cheapest trustworthy first
    score_column: str | None = None
    existing_lead: ExistingLead = ExistingLead.SKIP
    daily_call_budget: int = 30_000
    volume_guard: int | None = None  # the most Leads that one run may create without asking
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


# --- Act-On -----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class ListInfo:
    """One entry of Act-On's listing. `is_source` is False for segments and other derived lists."""

    list_id: str
    name: str
    size: int | None
    is_source: bool
    modified_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class RowPage:
    """One page of a list as Act-On sent it: cells are text in header order, still untrusted."""

    list_id: str
    offset: int
    total: int
    headers: tuple[str, ...]
    email_column: int | None
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class ScorePage:
    """One page of All Contacts: (raw address, raw score) pairs; `next_page` None at the end."""

    page: int
    next_page: int | None
    scores: Sequence[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class ScoreReading:
    """A person's score as read live. `score` None: Act-On has no score sheet for the person."""

    score: int | None


@dataclass(frozen=True, kw_only=True)
class ActOnAccount:
    """The account that the credentials select."""

    account_id: str
    name: str = ""
    domain: str = ""


@dataclass(frozen=True, kw_only=True)
class Details:
    """What a list row says about a person besides the address; empty text where it says nothing."""

    first_name: str = ""
    middle_name: str = ""
    last_name: str = ""
    company: str = ""
    position: str = ""
    phones: tuple[str, ...] = ()
    street: str = ""
    city: str = ""
    zip_code: str = ""
    state: str = ""
    country: str = ""
    website: str = ""


@dataclass(frozen=True, kw_only=True)
class StoredToken:
    """An OAuth token pair. `version` grows with each new pair; neither token shows in a repr."""

    access: str = field(repr=False)
    refresh: str | None = field(repr=False)
    expires_at: datetime
    version: int


# --- Pipeliner --------------------------------------------------------------------------------


class Entity(StrEnum):
    """The Pipeliner records that carry fields of ours."""

    LEAD = "Lead"
    CONTACT = "Contact"


class FieldPurpose(StrEnum):
    """Our custom fields, by what they are for."""

    LEAD_SCORE = "lead_score"
    LEAD_KEY = "lead_key"
    LEAD_LIST = "lead_list"
    LEAD_PERSON = "lead_acton_contact_id"
    CONTACT_SCORE = "contact_score"
    CONTACT_PERSON = "contact_acton_contact_id"
    CONTACT_REFRESHED = "contact_last_refreshed"
    CONTACT_PANEL_KEY = "contact_panel_key"

    @property
    def entity(self) -> Entity:
        """Whose field it is."""
        return Entity.LEAD if self.value.startswith("lead_") else Entity.CONTACT


@dataclass(frozen=True, kw_only=True)
class ProvisionedField:
    """A custom field of ours as it stands in the space.

    `filter_key` is the name that list filters accept for it, None if none was found to work.
    """

    purpose: FieldPurpose
    field_id: str
    api_name: str
    filter_key: str | None = None


FieldMap: TypeAlias = Mapping[FieldPurpose, ProvisionedField]


@dataclass(frozen=True, kw_only=True)
class CustomField:
    """A field as Pipeliner lists it."""

    field_id: str
    entity: str
    name: str
    api_name: str
    type_id: str
    column_name: str = ""
    published: bool = True
    deleted: bool = False
    for_webresource: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Webresource:
    """A page that Pipeliner embeds in a record; `url` may hold `{#<field id>}` placeholders."""

    webresource_id: str
    entity: str
    name: str
    url: str


@dataclass(frozen=True, kw_only=True)
class User:
    """A Pipeliner user. Inactive users can own nothing new."""

    user_id: str
    email: str
    name: str
    active: bool
    time_zone: str | None = None
    unit_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class CrmContact:
    """A Contact as far as matching needs it. `ours`: it carries a field that we wrote."""

    contact_id: str
    modified: datetime
    deleted: bool
    addresses: tuple[str, ...]  # as typed in email1…email5, not normalised, empty ones left out
    name: str = ""
    ours: bool = False
    score: int | None = None
    acton_contact_id: str = ""
    panel_key: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True)
class CrmLead:
    """A Lead as far as matching needs it. `key` empty: not one of ours."""

    lead_id: str
    modified: datetime
    deleted: bool
    open: bool  # neither lost nor archived
    key: str = ""
    score: int | None = None
    quick_email: str = ""  # as typed
    contact_ids: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class IndexedContact:
    """A Contact as our own index of the CRM knows it."""

    contact_id: str
    modified: datetime
    deleted: bool
    ours: bool
    name: str
    score: int | None
    acton_contact_id: str
    panel_key_expires_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class IndexedLead:
    """A Lead as our own index of the CRM knows it. `key` empty: not one of ours."""

    lead_id: str
    modified: datetime
    deleted: bool
    open: bool
    key: str
    score: int | None
    contact_ids: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ContactWrite:
    """A Contact to create (`contact_id` None) or our own fields to change on an existing one.

    `ours` maps our fields to values (int, text, or an aware datetime). `owner_id` and `details`
    are used on creation only.
    """

    contact_id: str | None
    ours: Mapping[FieldPurpose, int | str | datetime]
    owner_id: str | None = None
    unit_id: str | None = None
    address: str | None = None
    details: Details | None = None


@dataclass(frozen=True, kw_only=True)
class LeadWrite:
    """A Lead to create (`lead_id` None) or our own fields to change on an existing one."""

    lead_id: str | None
    ours: Mapping[FieldPurpose, int | str]
    name: str | None = None
    owner_id: str | None = None
    contact_id: str | None = None
    unit_id: str | None = None
    lead_type_id: str | None = None
    step_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Written:
    """Pipeliner took this item; `record_id` is the record's id."""

    record_id: str


@dataclass(frozen=True, kw_only=True)
class WrittenContact:
    """A Contact write that Pipeliner took, for our index. `person` is the digest it was for."""

    contact_id: str
    person: str
    write: ContactWrite
    panel_key_expires_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class NotWritten:
    """Pipeliner refused this one item. `message` is cleaned text, fit to be shown.

    `missing` says that the record (or a record it points to) no longer exists.
    """

    message: str
    missing: bool = False


WriteResult: TypeAlias = Written | NotWritten


@dataclass(frozen=True, kw_only=True)
class RecordPage(Generic[T]):
    """One page of a Pipeliner listing; `total` None where the answer does not tell."""

    items: Sequence[T]
    total: int | None


# --- links and people ---------------------------------------------------------------------------


class LinkState(StrEnum):
    """How far the Lead of a (space, list, person) has come."""

    CREATING = "creating"  # intent written; the Lead may or may not exist yet
    LINKED = "linked"
    TOMBSTONE = "tombstone"  # somebody deleted the Lead in Pipeliner on purpose


@dataclass(frozen=True, kw_only=True)
class Link:
    """Our record that a (space, list, person) belongs to a Pipeliner Lead and Contact."""

    list_id: str
    person: str
    key: str
    state: LinkState
    lead_id: str | None
    contact_id: str | None
    crossed_at: datetime
    run_id: int | None


@dataclass(frozen=True, kw_only=True)
class NewLink:
    """A link to be saved: an intent, a Lead that is there now, or a tombstone."""

    list_id: str
    person: str
    key: str
    state: LinkState
    lead_id: str | None
    contact_id: str | None
    lead_name: str
    list_name: str
    run_id: int | None


@dataclass(frozen=True, kw_only=True)
class PersonRecord:
    """What we hold about a person of a space who is linked to a Contact.

    `blocked`: a Contact of ours with this address was deleted in Pipeliner on purpose.
    """

    person: str
    address: str
    contact_id: str | None
    acton_contact_id: str = ""
    score: int | None = None
    score_read_at: datetime | None = None
    score_source: ScoreSource | None = None
    panel_key_expires_at: datetime | None = None
    blocked: bool = False


# --- runs ---------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Why a run or list ended short, for a person: machine word, sentence, what to do."""

    kind: str
    message: str
    hint: str = ""


@dataclass(frozen=True, kw_only=True)
class Counts:
    """The counts of one run, as design §5 names them. `adds_up` proves rule 12."""

    lists: int = 0
    rows: int = 0
    people: int = 0
    at_threshold: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    leads_created: int = 0
    contacts_created: int = 0
    contacts_linked: int = 0
    scores_updated: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    failed: Mapping[str, int] = field(default_factory=dict)

    @property
    def adds_up(self) -> bool:
        """Whether every row has exactly one outcome."""
        settled = self.created + self.updated + self.unchanged
        return self.rows == settled + sum(self.skipped.values()) + sum(self.failed.values())


@dataclass(frozen=True, kw_only=True)
class Run:
    """One sync of one space for one local date."""

    run_id: int
    space_id: str
    local_date: date
    trigger: Trigger
    status: RunStatus
    queued_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    resume_at: datetime | None = None
    threshold: int | None = None
    score_source: ScoreSource | None = None
    counts: Counts = Counts()
    acton_calls: int = 0
    pipeliner_calls: int = 0
    resumed: int = 0
    problem: Problem | None = None


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a run is, for a progress bar: what is being done, how much, of how much (or None)."""

    step: str
    done: int
    total: int | None


def run_json(run: Run) -> dict[str, object]:
    """The run in the shape that design §5 promises to the outside."""
    counts = run.counts
    return {
        "id": run.run_id,
        "space": run.space_id,
        "local_date": run.local_date.isoformat(),
        "status": run.status.value,
        "trigger": run.trigger.value,
        "started_at": _iso(run.started_at),
        "finished_at": _iso(run.finished_at),
        "threshold": run.threshold,
        "score_source": run.score_source.value if run.score_source else None,
        "lists": counts.lists,
        "rows": counts.rows,
        "people": counts.people,
        "at_threshold": counts.at_threshold,
        "created": counts.created,
        "updated": counts.updated,
        "unchanged": counts.unchanged,
        "leads_created": counts.leads_created,
        "contacts_created": counts.contacts_created,
        "contacts_linked": counts.contacts_linked,
        "scores_updated": counts.scores_updated,
        "skipped": dict(counts.skipped),
        "failed": dict(counts.failed),
        "calls": {"acton": run.acton_calls, "pipeliner": run.pipeliner_calls},
        "resumed": run.resumed,
        "error": None
        if run.problem is None
        else {
            "kind": run.problem.kind,
            "message": run.problem.message,
            "hint": run.problem.hint,
        },
    }


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
