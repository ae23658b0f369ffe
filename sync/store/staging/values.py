"""What the working papers of a run hold, as values."""

import json
from dataclasses import dataclass

from sync.model import Problem, Result


@dataclass(frozen=True, kw_only=True)
class ListPaper:
    """One list of a run and how far it has been read. `state`: pending, read or failed."""

    list_no: int
    list_id: str
    name: str
    state: str
    total: int | None
    next_offset: int
    restarts: int
    problem: Problem | None


@dataclass(frozen=True, kw_only=True, slots=True)
class NewRow:
    """A list row as it is first written down; `details` is JSON, None where it is not needed."""

    position: int
    record_id: str
    address: str | None
    person: str | None
    score: int | None
    modified_ms: int | None
    result: str | None
    reason: str | None
    details: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class RowPaper:
    """A row as it stands. `result` None: not settled."""

    list_no: int
    position: int
    record_id: str
    address: str
    person: str
    score: int | None
    modified_ms: int | None
    result: str | None
    reason: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Settled:
    """The outcome of one row."""

    list_no: int
    position: int
    result: Result
    reason: str | None = None
    detail: str | None = None
    lead_id: str | None = None
    contact_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Unscored:
    """A person whose score has still to be read, with a record to ask about ("": by address)."""

    person: str
    address: str
    list_no: int
    position: int
    record_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class OutcomeLine:
    """One outcome, for people to read."""

    list_name: str
    position: int
    address: str | None
    score: int | None
    result: str | None
    reason: str | None
    detail: str | None
    lead_id: str | None
    contact_id: str | None


def as_json(line: OutcomeLine) -> str:
    """The outcome as one line of JSON."""
    return json.dumps({name: getattr(line, name) for name in line.__slots__}, ensure_ascii=False)
