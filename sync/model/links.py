"""What lasts about a person: which Lead and Contact belong to them, and their score."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sync.model.spaces import ScoreSource


class ReadBy(StrEnum):
    """Who read a score."""

    SYNC = "sync"
    REFRESH = "refresh"  # a person pressed Refresh, or looked at the activity


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
    lifted_at: datetime | None = None  # Leads deleted before then do not count
    lead_name: str = ""  # as we gave it
    list_name: str = ""  # as it was when the Lead was named, or looked at last


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
class LinkNames:
    """What a link whose list was renamed is called from now on."""

    key: str
    lead_name: str
    list_name: str


@dataclass(frozen=True, kw_only=True)
class Crossed:
    """A list in which a person reached the threshold: the link with what people know it by.

    `run_date` and `threshold`: the local date of the run that made it, and what it went by.
    `lead_deleted`: as our index last saw it.
    """

    list_id: str
    list_name: str
    key: str
    state: LinkState
    lead_id: str | None
    lead_name: str
    lead_score: int | None
    lead_deleted: bool
    crossed_at: datetime
    run_id: int | None
    run_date: date | None
    threshold: int | None = None


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
    read_by: ReadBy = ReadBy.SYNC
    panel_key_expires_at: datetime | None = None
    blocked: bool = False
    lifted_at: datetime | None = None  # Contacts deleted before then do not count
