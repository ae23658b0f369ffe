"""The checks of the soak, on worlds of one or two people written down by hand."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from bench.soaking.checks import KEY, PANEL_KEY, SCORE, Found, RunSeen, check_all, most_within
from bench.soaking.journal import LINKS, Journal

ADA, SPRING = "ada@example.com", "l-1"
DAY = date(2026, 3, 25)


@dataclass
class Story:
    """A world in which things happen one after the other, at instants that are small numbers."""

    at: float = 0.0
    records: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {"Leads": {}, "Contacts": {}, LINKS: {}}
    )
    runs: list[RunSeen] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.journal = Journal(threshold=40, clock=lambda: self.at)
        self._put = self.journal.watch(self._keep)

    def _keep(self, kind: str, values: Any) -> dict[str, Any]:
        record = dict(values)
        self.records[kind][record["id"]] = record
        return record

    def scores(self, score: int | None, *, at: float, person: str = ADA) -> None:
        self.at = at
        self.journal.note_score(person, score)
        if (SPRING, person) not in self.journal.members:
            self.journal.note_joined(SPRING, person)

    def ours(self, kind: str, *, at: float, **values: Any) -> None:
        self.at = at
        self._put(kind, values)

    def people(self, kind: str, *, at: float, **values: Any) -> None:
        with self.journal.people():
            self.ours(kind, at=at, **values)

    def lead(self, *, at: float, name: str = "lead", key: str = "k-ada", score: int = 50) -> None:
        self.ours("Leads", at=at, id=name, name="Ada (Spring)", **{KEY: key, SCORE: score})

    def run(self, begin: float, end: float, status: str = "succeeded", **changes: Any) -> None:
        values: dict[str, Any] = {"daily": not self.runs, "rows": 1, "adds_up": True}
        values |= {"results": Counter({"created": 1})} | changes
        number, self.at = len(self.runs) + 1, end
        self.runs.append(
            RunSeen(run_id=number, local_date=DAY, status=status, begin=begin, end=end, **values)
        )

    def found(self, at: float = 1000.0) -> list[str]:
        keys = {pair: f"k-{pair[1].partition('@')[0]}" for pair in self.journal.members}
        return check_all(
            Found(
                journal=self.journal,
                runs=self.runs,
                records=self.records,
                keys=keys,
                dates=[DAY],
                budget=10,
                at=at,
            )
        )


@pytest.fixture
def story() -> Story:
    """Ada stands at the threshold when a run looks, and gets her Lead."""
    one = Story()
    one.scores(50, at=1)
    one.lead(at=12)
    one.run(10, 20)
    return one


def test_a_world_in_order_has_nothing_wrong(story: Story) -> None:
    assert story.found() == []


def test_a_lead_that_is_gone_is_missed(story: Story) -> None:
    del story.records["Leads"]["lead"]
    assert "has no Lead" in " ".join(story.found())


def test_a_lead_that_came_only_after_the_run_is_late() -> None:
    one = Story()
    one.scores(50, at=1)
    one.run(10, 20)
    one.lead(at=25)
    assert "has no Lead" in " ".join(one.found())


def test_whoever_was_at_the_threshold_for_a_part_of_the_run_may_have_none() -> None:
    one = Story()
    one.scores(50, at=1)
    one.scores(10, at=15)
    one.run(10, 20)
    assert one.found() == []


def test_whoever_is_known_by_a_lead_made_by_hand_needs_none() -> None:
    one = Story()
    one.people("Leads", at=1, id="by hand", quick_email=ADA)
    one.scores(50, at=2)
    one.run(10, 20)
    assert one.found() == []


def test_whoever_was_deleted_on_purpose_needs_none() -> None:
    one = Story()
    one.ours("Contacts", at=1, id="c", email1=ADA, **{PANEL_KEY: "key"})
    one.people("Contacts", at=2, id="c", email1=ADA, is_deleted=True, **{PANEL_KEY: "key"})
    one.scores(50, at=3)
    one.run(10, 20)
    assert one.found() == []


def test_two_leads_for_one_person_and_list_are_seen_by_key_and_by_name(story: Story) -> None:
    story.lead(at=13, name="twice")
    assert [line for line in story.found() if "2 Leads carry" in line]
    assert [line for line in story.found() if "2 Leads are called" in line]


def test_a_lead_for_somebody_who_never_reached_the_threshold_is_seen(story: Story) -> None:
    story.scores(3, at=14, person="ben@example.com")
    story.lead(at=15, name="too much", key="k-ben")
    assert "never reached it" in " ".join(story.found())


def test_a_second_contact_for_an_address_is_seen(story: Story) -> None:
    story.people("Contacts", at=2, id="by hand", email3="ADA@example.com")
    story.ours("Contacts", at=12, id="c", email1=ADA)
    assert "second Contact" in " ".join(story.found())


def test_a_contact_made_again_after_a_later_run_began_is_seen(story: Story) -> None:
    key = {PANEL_KEY: "key"}
    story.ours("Contacts", at=2, id="c", email1=ADA, **key)
    story.people("Contacts", at=5, id="c", email1=ADA, is_deleted=True, **key)
    story.ours("Contacts", at=12, id="again", email1=ADA, **key)
    assert "made again" in " ".join(story.found())


def test_a_contact_deleted_while_a_run_was_under_way_may_be_made_by_it(story: Story) -> None:
    key = {PANEL_KEY: "key"}
    story.ours("Contacts", at=2, id="c", email1=ADA, **key)
    story.people("Contacts", at=11, id="c", email1=ADA, is_deleted=True, **key)
    story.ours("Contacts", at=12, id="again", email1=ADA, **key)
    assert not [line for line in story.found() if "made again" in line]


def test_a_merged_contact_was_not_deleted_on_purpose(story: Story) -> None:
    key = {PANEL_KEY: "key"}
    story.ours("Contacts", at=2, id="c", email1=ADA, **key)
    story.people("Contacts", at=4, id="kept", email1="x@example.com", email2=ADA)
    story.people("Contacts", at=5, id="c", email1=ADA, is_deleted=True, **key)
    story.people("Contacts", at=6, id="kept", email1="x@example.com")
    story.ours("Contacts", at=12, id="again", email1=ADA, **key)
    assert story.found() == []


@pytest.mark.parametrize(
    ("score", "at", "wrong"),
    [(50, 1000.0, False), (49, 1000.0, True)],
    ids=["as Act-On has it", "another"],
)
def test_a_linked_score_is_that_of_act_on(story: Story, score: int, at: float, wrong: bool) -> None:
    story.lead(at=12, score=score)
    assert bool(story.found(at)) is wrong


def test_a_score_that_changed_since_the_last_run_began_may_be_either(story: Story) -> None:
    story.scores(60, at=30)
    assert story.found() == []


def test_rows_days_and_the_last_run_are_counted(story: Story) -> None:
    story.run(30, 40, status="partial", rows=2, results=Counter({None: 1}), daily=True)
    said = " ".join(story.found())
    assert "do not add up" in said
    assert "1 rows of run 2 have no outcome" in said
    assert "2 daily runs" in said
    assert "did not succeed" in said


def test_calls_are_counted_by_second_and_by_day(story: Story) -> None:
    story.journal.calls = [0.0, 0.2, 0.4, 0.6, 0.8, 0.99]
    assert "6 calls within a second" in " ".join(story.found())
    story.journal.calls = [float(number) for number in range(11)]
    assert "11 calls on 1970-01-01" in " ".join(story.found())


def test_a_second_is_open_at_its_end() -> None:
    assert most_within([0.0, 0.5, 1.0], 1.0) == 2
    assert most_within([], 1.0) == 0


def test_spans_at_the_threshold_join_and_end_with_the_membership() -> None:
    one = Story()
    for at, score in ((1, 50), (2, 60), (3, 10), (4, 40)):
        one.scores(score, at=at)
    one.at = 6
    one.journal.note_left(SPRING, ADA)
    assert one.journal.reached((SPRING, ADA)) == [(1, 3), (4, 6)]


def test_for_how_long_a_score_was_not_true_is_counted_from_its_last_true_moment() -> None:
    one = Story()
    for at, score in ((1, 10), (5, 20), (9, 10), (12, 30)):
        one.scores(score, at=at)
    assert one.journal.untrue_for(ADA, 30, 20) == 0.0
    assert one.journal.untrue_for(ADA, 20, 20) == 11
    assert one.journal.untrue_for(ADA, 10, 20) == 8
    assert one.journal.untrue_for(ADA, 99, 20) is None
