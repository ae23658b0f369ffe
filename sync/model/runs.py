"""One sync of one space: where it stands, what it counted, what became of each row."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from sync.model.spaces import ScoreSource
from sync.model.volume import Limit


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
COMPLETED_STATUSES = frozenset({RunStatus.SUCCEEDED, RunStatus.PARTIAL})  # it came to its end


class Trigger(StrEnum):
    """What started a run."""

    DAILY = "daily"  # the one run of a space for a local date
    MANUAL = "manual"  # extra: a person, the CLI or `POST /sync/<space>`
    WEBHOOK = "webhook"  # a hand-off: only the people whom Act-On reported by webhook

    @property
    def is_whole(self) -> bool:
        """Whether such a run goes through whole lists."""
        return self is not Trigger.WEBHOOK


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
    ERASED = "erased"  # on the person's request; of such a row nothing is kept


class FailReason(StrEnum):
    """Why a row that should have got something did not."""

    REFUSED_BY_PIPELINER = "refused_by_pipeliner"
    CONTACT_FAILED = "contact_failed"  # its Contact could not be made, so neither could the Lead
    NOT_REACHED = "not_reached"  # the run ended before it was the row's turn
    SCORE_UNREADABLE = (
        "score_unreadable"  # Act-On gave no answer about the person, or none with sense
    )


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
class Progress:
    """How far a run is, for a progress bar: what is being done, how much, of how much (or None)."""

    step: str
    done: int
    total: int | None


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
    progress: Progress | None = None  # as last written down
    cancel_asked_by: str | None = None
    limit: Limit | None = None  # of the volume guard
    approved_at: datetime | None = None  # what it held back
    approved_by: str | None = None

    @property
    def waiting(self) -> int:
        """How many new Leads the volume guard held back."""
        return self.counts.skipped.get(SkipReason.WAITING_FOR_APPROVAL, 0)


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
