"""What a run would do, for every threshold at once: one reading serves them all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sync.model.runs import Counts, Problem, Progress
from sync.model.spaces import ScoreSource, SpaceSettings


@dataclass(frozen=True, kw_only=True)
class Example:
    """A row shown as an example of a result. `depends`: it falls away where the score does not
    reach the threshold."""

    list_name: str
    name: str
    address: str
    score: int | None
    result: str
    reason: str | None
    depends: bool


@dataclass(frozen=True, kw_only=True)
class Curve:
    """One reading of all lists, decided as if every score from `floor` on had reached.

    `fixed` are rows by (result, reason) that no threshold changes; `by_score` those that get
    their outcome only if their score reaches it. `contacts_*` count people by the highest score
    among their new Leads.
    """

    floor: int
    score_source: ScoreSource
    lists: int
    people: int
    fixed: Mapping[tuple[str, str], int]
    by_score: Mapping[tuple[str, str], Mapping[int, int]]
    scores: Mapping[int, int]  # rows by score, duplicates within a list left out
    every_score: Mapping[int, int]  # the same with them, as a run counts `at_threshold`
    contacts_created: Mapping[int, int] = field(default_factory=dict)
    contacts_linked: Mapping[int, int] = field(default_factory=dict)
    contact_writes: Mapping[int, int] = field(default_factory=dict)
    contact_scores: Mapping[int, int] = field(default_factory=dict)  # of those: with a score
    touched: Mapping[int, int] = field(default_factory=dict)  # hand-made Leads told a score
    scores_updated: int = 0
    fixed_contact_writes: int = 0
    fixed_lead_writes: int = 0
    examples: Sequence[Example] = ()
    acton_calls: int = 0
    pipeliner_calls: int = 0
    complete: bool = True  # False: the day's calls ran out on the way


@dataclass(frozen=True, kw_only=True)
class Foreseen:
    """What a run with this threshold would do. `held_back`: it would create more than `limit`, so
    the volume guard would stop it."""

    threshold: int
    counts: Counts
    just_below: int
    histogram: Sequence[tuple[int, int, int]]  # (from, to before, rows)
    examples: Sequence[Example]
    acton_estimate: int
    pipeliner_estimate: int
    held_back: bool
    limit: int | None
    complete: bool


class JobStatus(StrEnum):
    """Where a preview stands."""

    WORKING = "working"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class PreviewJob:
    """A preview being made, or made. `curve` is there when it is done, `problem` when it failed."""

    job_id: str
    space_id: str
    status: JobStatus
    settings: SpaceSettings
    time_zone: str
    asked_at: datetime
    progress: Progress | None = None
    curve: Curve | None = None
    problem: Problem | None = None
