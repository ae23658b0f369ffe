"""Where the scores of a run come from (design §3.15)."""

import pytest

from sync.errors import TryLater, UnexpectedAnswer
from sync.model import FailReason, ListChoice, RunStatus, ScoreSource
from sync.rules.lists import ALL_CONTACTS
from tests.engine.conftest import World

SCORED = ("_contact_id_", "E-mail Address", "Lead Score")
DATED = ("_contact_id_", "E-mail Address", "Modified Date")


def asked_for(world: World) -> list[str]:
    """The records whose scores were asked for one by one, in order."""
    return [one.removeprefix("score ") for one in world.acton.asked if one.startswith("score ")]


def test_all_contacts_is_read_once_however_many_lists_there_are(world: World) -> None:
    world.acton.page = 2
    for number in range(2, 5):
        world.acton.add_list(f"l-000{number}", f"List {number}")
        world.acton.add_person(f"l-000{number}", f"p{number}@example.com", score=50)
    run = world.sync()
    assert run.score_source is ScoreSource.ALL_CONTACTS
    assert run.counts.created == 3
    assert [one for one in world.acton.asked if one.startswith("scores")] == [
        "scores 0",
        "scores 1",
    ]
    assert asked_for(world) == []


def test_a_list_without_the_column_goes_by_all_contacts(world: World) -> None:
    world.choose(score_column="Lead Score")
    world.acton.add_list("l-0002", "Scored", SCORED)
    world.acton.add_row("l-0002", "jane@example.com", "41")
    world.acton.add_person("l-0001", "joe@example.com", score=90)
    run = world.sync()
    assert run.counts.created == 2
    assert sorted(lead.score or 0 for lead in world.pipeliner.leads.values()) == [41, 90]


def test_the_column_of_a_list_comes_before_all_contacts(world: World) -> None:
    world.choose(score_column="Lead Score")
    world.acton.add_list("l-0002", "Scored", SCORED)
    world.acton.add_row("l-0002", "jane@example.com", "12")
    world.acton.set_score("jane@example.com", 90)
    assert world.sync().counts.skipped == {"below_threshold": 1}


def test_where_only_the_column_counts_a_list_without_it_has_no_scores(world: World) -> None:
    world.choose(score_column="Lead Score", score_source=ScoreSource.LIST_COLUMN)
    world.acton.add_person("l-0001", "joe@example.com", score=90)
    run = world.sync()
    assert run.counts.skipped == {"no_score": 1}
    assert asked_for(world) == []


@pytest.mark.parametrize("cell", ["41", "12", "n/a"])
def test_a_row_with_a_column_of_its_own_is_never_asked_for(world: World, cell: str) -> None:
    world.acton.has_all_contacts = False
    world.choose(score_column="Lead Score")
    world.acton.add_list("l-0002", "Scored", SCORED)
    world.acton.add_row("l-0002", "jane@example.com", cell)
    run = world.sync()
    outcome = {"41": (1, {}), "12": (0, {"below_threshold": 1}), "n/a": (0, {"no_score": 1})}
    assert (run.counts.created, run.counts.skipped) == outcome[cell]
    assert asked_for(world) == []


def test_a_column_beside_scores_asked_for_keeps_its_own_value(world: World) -> None:
    world.acton.has_all_contacts = False
    world.choose(score_column="Lead Score")
    world.acton.add_list("l-0002", "Scored", SCORED)
    world.acton.add_row("l-0002", "jane@example.com", "45")
    world.acton.add_person("l-0001", "jane@example.com", score=70)
    world.sync()
    scores = {lead.name: lead.ours for lead in world.pipeliner.live_leads()}
    assert sorted(map(str, scores)) == ["jane@example.com (Scored)", "jane@example.com (Spring)"]
    assert sorted(lead.score or 0 for lead in world.pipeliner.leads.values()) == [45, 70]
    assert [contact.score for contact in world.pipeliner.contacts.values()] == [70]


def test_scores_are_asked_for_where_the_admin_wants_it_so(world: World) -> None:
    world.choose(score_source=ScoreSource.FACTS)
    world.acton.add_person("l-0001", "jane@example.com", score=50)
    run = world.sync()
    assert run.score_source is ScoreSource.FACTS
    assert asked_for(world) == ["l-0001:0"]
    assert run.counts.created == 1


def test_those_changed_last_are_asked_for_first(world: World) -> None:
    world.acton.has_all_contacts = False
    world.acton.add_list("l-0002", "Dated", DATED)
    for email, changed in (
        ("old@example.com", "2024-01-01 00:00:00"),
        ("never@example.com", ""),
        ("new@example.com", "2026-01-01 00:00:00"),
    ):
        world.acton.add_row("l-0002", email, changed)
    world.sync()
    assert asked_for(world) == ["l-0002:2", "l-0002:0", "l-0002:1"]


def test_scores_asked_for_are_written_again_only_when_they_changed(world: World) -> None:
    world.acton.has_all_contacts = False
    world.acton.add_person("l-0001", "jane@example.com", score=50)
    world.sync()
    world.pipeliner.written.clear()
    assert world.sync().counts.unchanged == 1
    assert world.pipeliner.written == []
    world.acton.set_score("jane@example.com", 5)
    assert world.sync().counts.updated == 1


def test_a_row_that_left_the_list_before_it_was_asked_for_has_no_score(world: World) -> None:
    world.acton.has_all_contacts = False
    world.acton.add_person("l-0001", "jane@example.com", score=50)
    world.acton.before_score = lambda record_id: world.acton.rows["l-0001"].clear()
    assert world.sync().counts.skipped == {"no_score": 1}


def test_an_answer_without_sense_costs_one_row(world: World) -> None:
    world.acton.has_all_contacts = False
    for number in range(3):
        world.acton.add_person("l-0001", f"p{number}@example.com", score=50)

    def nonsense(record_id: str) -> None:
        if record_id.endswith(":1"):
            raise UnexpectedAnswer("The score is not a number.")

    world.acton.before_score = nonsense
    run = world.sync()
    assert run.status is RunStatus.PARTIAL
    assert run.counts.created == 2
    assert run.counts.failed == {FailReason.SCORE_UNREADABLE.value: 1}
    world.acton.before_score = lambda record_id: None
    run = world.sync()
    assert (run.counts.created, run.counts.unchanged) == (1, 2)


def test_answers_without_sense_one_after_the_other_end_the_run(world: World) -> None:
    world.acton.has_all_contacts = False
    for number in range(30):
        world.acton.add_person("l-0001", f"p{number}@example.com", score=50)

    def nonsense(record_id: str) -> None:
        raise UnexpectedAnswer("The score is not a number.")

    world.acton.before_score = nonsense
    run = world.sync()
    assert run.status is RunStatus.FAILED
    assert len(asked_for(world)) == world.options.unreadable_scores
    assert sum(run.counts.failed.values()) == 30


def test_a_call_that_fails_costs_one_row_and_not_the_run(world: World) -> None:
    world.acton.has_all_contacts = False
    for number in range(5):
        world.acton.add_person("l-0001", f"p{number}@example.com", score=50)

    def away(record_id: str) -> None:
        if record_id.endswith((":1", ":2", ":4")):  # never three in a row
            raise TryLater("Act-On did not answer.")

    world.acton.before_score = away
    run = world.sync()
    assert (run.status, run.counts.created) == (RunStatus.PARTIAL, 2)
    assert run.counts.failed == {FailReason.SCORE_UNREADABLE.value: 3}
    details = {line.detail for line in world.outcomes(run) if line.reason == "score_unreadable"}
    assert details == {"Act-On did not answer."}
    world.acton.before_score = lambda record_id: None
    assert world.sync().counts.created == 3


def test_calls_that_fail_one_after_the_other_end_the_run_and_what_is_known_is_done(
    world: World,
) -> None:
    world.acton.has_all_contacts = False
    for number in range(6):
        world.acton.add_person("l-0001", f"p{number}@example.com", score=50)

    def away(record_id: str) -> None:
        if record_id > "l-0001:1":
            raise TryLater("Act-On did not answer.")

    world.acton.before_score = away
    run = world.sync()
    assert run.status is RunStatus.FAILED
    assert run.problem is not None
    assert run.problem.message == "Act-On did not answer."
    assert len(asked_for(world)) == 2 + world.options.unanswered_scores
    assert run.counts.created == len(world.pipeliner.leads) == 2
    assert sum(run.counts.failed.values()) == 4


def test_segments_and_all_contacts_are_no_lists_unless_named_by_id(world: World) -> None:
    world.acton.add_list("g-000b", "Engaged", is_source=False)
    world.acton.add_list(ALL_CONTACTS, "All Contacts")
    for list_id in world.acton.lists:
        world.acton.add_person(list_id, "jane@example.com", score=50)
    run = world.sync()
    assert (run.counts.lists, run.counts.created) == (1, 1)
    world.choose(lists=ListChoice(include=("l-0001", "g-000b")))
    run = world.sync()
    assert (run.counts.lists, run.counts.created, run.counts.unchanged) == (2, 1, 1)


def test_an_excluded_list_is_not_read(world: World) -> None:
    world.acton.add_list("l-0002", "Private")
    world.acton.add_person("l-0002", "jane@example.com", score=50)
    world.choose(lists=ListChoice(exclude=("private",)))
    run = world.sync()
    assert (run.counts.lists, run.counts.rows) == (1, 0)
    assert not any("l-0002" in one for one in world.acton.asked)


def test_who_is_in_all_contacts_twice_counts_with_the_higher_score(world: World) -> None:
    world.acton.add_person("l-0001", "jane@example.com")
    world.acton.scores = {"jane@example.com": 10, "jane@example.com ": 60, "JANE@example.com": 20}
    world.acton.page = 1
    assert world.sync().counts.created == 1
    assert [lead.score for lead in world.pipeliner.leads.values()] == [60]
