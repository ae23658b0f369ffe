"""What is known about one person, and what is to be done: the words in which deciding speaks."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sync.model import (
    ExistingLead,
    IndexedContact,
    IndexedLead,
    Link,
    PersonRecord,
    Result,
    SkipReason,
)


@dataclass(frozen=True, kw_only=True)
class CaseRow:
    """A row that needs deciding: `key` is its link key, `list_no` and `position` its place."""

    list_no: int
    position: int
    list_id: str
    record_id: str
    key: str
    score: int | None
    list_name: str = ""


@dataclass(frozen=True, kw_only=True)
class Case:
    """All that is known about one person. `best_score` is the highest over all lists.

    `contacts` carry the address (deleted ones too), `recorded` is the one we linked before,
    whatever its address now; `own_leads` are found by our key, `near_leads` by the address or
    through such a Contact, `linked_leads` are those that the person's links name, by id.
    `carriers` are the persons whose addresses each Contact carries; `shared_scores` the highest
    score over all persons of a Contact that several share. `read_live`: the scores are those that a
    person read live after the run had begun to read.
    """

    person: str
    rows: Sequence[CaseRow]
    best_score: int | None
    acton_contact_id: str
    record: PersonRecord | None
    contacts: Sequence[IndexedContact]
    recorded: IndexedContact | None
    links: Mapping[str, Link]
    own_leads: Mapping[str, Sequence[IndexedLead]]
    near_leads: Sequence[IndexedLead]
    linked_leads: Mapping[str, IndexedLead] = field(default_factory=dict)
    carriers: Mapping[str, Collection[str]] = field(default_factory=dict)
    shared_scores: Mapping[str, int] = field(default_factory=dict)
    read_live: bool = False
    opted_out: bool = False  # as Act-On reported last


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What the admin chose, as far as deciding needs it. `renew_keys_before`: half-life instant."""

    threshold: int
    existing_lead: ExistingLead
    run_id: int | None
    renew_keys_before: datetime | None
    rename_leads: bool = False
    skip_opted_out: bool = False
    lead_panel_keys: bool = False  # the space has the field for them


@dataclass(frozen=True, kw_only=True)
class Skip:
    """The row gets nothing. `touch_lead_id`: a hand-made Lead whose score field is out of date."""

    reason: SkipReason
    detail: str = ""
    touch_lead_id: str | None = None
    bury: bool = False  # remember the deleted Lead as a tombstone


@dataclass(frozen=True, kw_only=True)
class Create:
    """The row gets a new Lead. `detail` says what is worth knowing (several Contacts match)."""

    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Keep:
    """The row has its Lead. `write_score`: the Lead's score is out of date.

    `confirm`: the link is not complete yet (an answer or our database was lost); `made_now`: this
    very run made the Lead and lost the answer. `write_panel_key`: half the life of the Lead's panel
    key is gone (any other write renews it too). `list_renamed`: the list is called otherwise than
    when the Lead was named; whether the Lead may follow depends on its name in Pipeliner.
    """

    lead_id: str
    write_score: bool
    confirm: bool = False
    made_now: bool = False
    write_key: bool = False  # somebody has cleared our key on the Lead
    write_panel_key: bool = False
    list_renamed: bool = False
    new_name: str | None = None
    closed: bool = False  # lost, archived or qualified: Pipeliner may let nobody change it


RowPlan = Skip | Create | Keep


@dataclass(frozen=True, kw_only=True)
class ContactPlan:
    """What the person's Contact needs. `contact_id` None with `create`: a new one."""

    contact_id: str | None
    create: bool = False
    write_score: bool = False
    write_person: bool = False
    write_panel_key: bool = False

    @property
    def writes(self) -> bool:
        """Whether Pipeliner has to be told anything."""
        return self.create or self.write_score or self.write_person or self.write_panel_key


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The decision about one person: the Contact, and one plan for each row of the case."""

    contact: ContactPlan
    rows: Sequence[tuple[CaseRow, RowPlan]] = field(default_factory=tuple)
    block: bool = False  # remember that a Contact of ours was deleted on purpose


def writes_lead(plan: RowPlan) -> bool:
    """Whether the row's Lead has to be told something."""
    match plan:
        case Create():
            return True
        case Keep():
            return plan.write_panel_key or lead_change_shows(plan)
        case Skip(touch_lead_id=lead_id):
            return lead_id is not None


def lead_change_shows(plan: Keep) -> bool:
    """Whether writing the Lead that is there is an update of its row: a panel key is none."""
    return plan.write_score or plan.write_key or plan.new_name is not None


def tells_score(plan: RowPlan) -> bool:
    """Whether a Lead that is there is written for its score's or its key's sake, not its name's."""
    match plan:
        case Keep(write_score=write_score, write_key=write_key):
            return write_score or write_key
    return isinstance(plan, Skip) and writes_lead(plan)


def contact_score(case: Case, contact_id: str | None) -> int | None:
    """The score that the Contact shows: the highest over all lists, and all persons it carries."""
    return case.shared_scores.get(contact_id or "", case.best_score)


def expected(
    row: CaseRow, plan: RowPlan, contact: ContactPlan, shown: int | None
) -> tuple[Result, SkipReason | None]:
    """The outcome of the row if Pipeliner takes every write. `shown`: the Contact's score."""
    match plan:
        case Create():
            return Result.CREATED, None
        case Skip(reason=reason):
            return Result.SKIPPED, reason
        case Keep(made_now=True):
            return Result.CREATED, None
    changes = lead_change_shows(plan) or contact_change_shows(row, contact, shown)
    return (Result.UPDATED if changes else Result.UNCHANGED), None


def contact_change_shows(row: CaseRow, contact: ContactPlan, shown: int | None) -> bool:
    """Whether writing the Contact's score counts as an update of this row (its score is shown)."""
    return contact.write_score and row.score is not None and row.score == shown
