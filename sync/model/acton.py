"""What Act-On hands us: lists, rows, scores, tokens. Its texts are still untrusted."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sync.model.runs import Problem


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


@dataclass(frozen=True, kw_only=True)
class LogInRefusal:
    """What Act-On refused, and until when it is not asked for the same again.

    `tried` is a digest of everything that the log-in was tried with.
    """

    tried: str = field(repr=False)
    problem: Problem
    until: datetime
