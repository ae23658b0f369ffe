"""What one run does, told as stories: who is in Act-On, who is in Pipeliner, what comes of it."""

from pathlib import Path

from sync.errors import NotFound
from sync.model import ExistingLead, FieldPurpose, RunStatus, ScoreSource
from tests.engine.conftest import World


def test_a_person_over_the_threshold_gets_a_contact_and_a_lead(world: World) -> None:
    world.acton.add_person(
        "l-0001", "Jane@Example.com", first="Jane", last="Doe", company="Acme", score=55
    )
    run = world.sync()
    assert run.status is RunStatus.SUCCEEDED
    assert (run.counts.created, run.counts.contacts_created) == (1, 1)
    [lead] = world.pipeliner.live_leads()
    assert lead.name == "Jane Doe (Spring)"
    assert lead.ours[FieldPurpose.LEAD_SCORE] == 55
    [contact] = world.pipeliner.contact_writes.values()
    assert contact.address == "jane@example.com"
    assert contact.details is not None
    assert (contact.details.first_name, contact.details.company) == ("Jane", "Acme")
    assert contact.ours[FieldPurpose.CONTACT_SCORE] == 55
    assert str(contact.ours[FieldPurpose.CONTACT_PANEL_KEY]).startswith("v1.")


def test_reaching_the_threshold_exactly_is_enough(world: World) -> None:
    world.acton.add_person("l-0001", "exact@example.com", score=40)
    world.acton.add_person("l-0001", "short@example.com", score=39)
    run = world.sync()
    assert run.counts.created == 1
    assert run.counts.skipped == {"below_threshold": 1}
    assert run.counts.at_threshold == 1


def test_a_second_run_with_nothing_changed_writes_nothing(world: World) -> None:
    for number in range(5):
        world.acton.add_person("l-0001", f"p{number}@example.com", score=50)
    world.sync()
    world.pipeliner.written.clear()
    world.a_day_passes()
    run = world.sync()
    assert run.counts.unchanged == 5
    assert world.pipeliner.written == []


def test_a_person_in_two_lists_gets_two_leads_and_one_contact(world: World) -> None:
    world.acton.add_list("l-0002", "Summer")
    world.acton.add_person("l-0001", "jane@example.com", first="Jane", last="Doe", score=50)
    world.acton.add_person("l-0002", "JANE@example.com ", first="Jane", last="Doe")
    run = world.sync()
    assert world.pipeliner.lead_names() == ["Jane Doe (Spring)", "Jane Doe (Summer)"]
    assert (run.counts.leads_created, run.counts.contacts_created) == (2, 1)
    assert len({lead.contact_id for lead in world.pipeliner.live_leads()}) == 1


def test_the_same_person_twice_in_one_list_counts_once(world: World) -> None:
    world.acton.add_person("l-0001", "jane@example.com", first="First", score=50)
    world.acton.add_person("l-0001", "Jane@Example.com", first="Second")
    run = world.sync()
    assert run.counts.skipped == {"duplicate_in_list": 1}
    assert world.pipeliner.lead_names() == ["First (Spring)"]


def test_a_contact_that_is_there_is_used_and_keeps_its_data(world: World) -> None:
    contact_id = world.pipeliner.add_contact("other@example.com", " JANE@example.com", name="J. D.")
    world.acton.add_person("l-0001", "jane@example.com", score=50)
    run = world.sync()
    assert (run.counts.contacts_created, run.counts.contacts_linked) == (0, 1)
    [lead] = world.pipeliner.live_leads()
    assert lead.contact_id == contact_id
    assert lead.name == "J. D. (Spring)"
    assert world.pipeliner.contacts[contact_id].name == "J. D."
    assert world.pipeliner.contacts[contact_id].score == 50


def test_of_several_contacts_the_one_changed_last_is_linked_and_all_are_named(
    world: World,
) -> None:
    first = world.pipeliner.add_contact("jane@example.com")
    second = world.pipeliner.add_contact("x@example.com", "jane@example.com")
    world.acton.add_person("l-0001", "jane@example.com", score=50)
    run = world.sync()
    [lead] = world.pipeliner.live_leads()
    assert lead.contact_id == second
    [line] = world.outcomes(run)
    assert line.detail is not None
    assert first in line.detail
    assert second in line.detail


def test_a_row_without_a_usable_address_is_skipped_with_that_reason(world: World) -> None:
    for address in ("", "not an address", "user@localhost"):
        world.acton.add_person("l-0001", address, score=90)
    run = world.sync()
    assert run.counts.skipped == {"no_address": 3}


def test_no_score_is_not_zero(world: World) -> None:
    world.choose(threshold=0)
    world.acton.add_person("l-0001", "unknown@example.com")
    run = world.sync()
    assert run.counts.skipped == {"no_score": 1}


def test_a_changed_score_is_written_to_the_lead_and_its_contact(world: World) -> None:
    world.acton.add_person("l-0001", "jane@example.com", score=50)
    world.sync()
    world.acton.set_score("jane@example.com", 65)
    world.a_day_passes()
    run = world.sync()
    assert (run.counts.updated, run.counts.scores_updated) == (1, 2)
    assert [lead.score for lead in world.pipeliner.leads.values()] == [65]
    assert [contact.score for contact in world.pipeliner.contacts.values()] == [65]


def test_falling_and_rising_again_creates_nothing_new(world: World) -> None:
    world.acton.add_person("l-0001", "jane@example.com", score=50)
    world.sync()
    for score in (10, 60):
        world.acton.set_score("jane@example.com", score)
        world.a_day_passes()
        assert world.sync().counts.updated == 1
    assert len(world.pipeliner.leads) == 1


def test_a_lead_made_by_hand_is_left_alone_but_gets_the_score(world: World) -> None:
    lead_id = world.pipeliner.add_lead(quick_email="Jane@Example.com")
    world.acton.add_person("l-0001", "jane@example.com", score=50)
    run = world.sync()
    assert run.counts.skipped == {"existing_lead": 1}
    assert world.pipeliner.leads[lead_id].score == 50
    assert world.pipeliner.contacts == {}
    world.pipeliner.written.clear()
    assert world.sync().counts.skipped == {"existing_lead": 1}
    assert world.pipeliner.written == []


def test_a_lead_made_by_hand_counts_through_its_contact_too(world: World) -> None:
    contact_id = world.pipeliner.add_contact("jane@example.com")
    world.pipeliner.add_lead(contact_id=contact_id)
    world.acton.add_person("l-0001", "jane@example.com", score=50)
    assert world.sync().counts.skipped == {"existing_lead": 1}


def test_a_lost_lead_made_by_hand_does_not_stop_a_new_one(world: World) -> None:
    world.pipeliner.add_lead(quick_email="jane@example.com", open=False)
    world.acton.add_person("l-0001", "jane@example.com", score=50)
    assert world.sync().counts.created == 1


def test_an_admin_may_have_leads_created_anyway(world: World) -> None:
    world.choose(existing_lead=ExistingLead.CREATE)
    world.pipeliner.add_lead(quick_email="jane@example.com")
    world.acton.add_person("l-0001", "jane@example.com", score=50)
    assert world.sync().counts.created == 1


def test_a_deleted_lead_never_comes_back(world: World) -> None:
    world.acton.add_person("l-0001", "jane@example.com", score=50)
    world.sync()
    [lead_id] = world.pipeliner.leads
    world.pipeliner.delete_lead(lead_id)
    for _ in range(2):
        world.a_day_passes()
        assert world.sync().counts.skipped == {"deleted_in_crm": 1}
    assert list(world.pipeliner.leads) == [lead_id]


def test_a_deleted_lead_does_not_come_back_even_when_our_database_is_lost(
    world: World, tmp_path: Path
) -> None:
    world.acton.add_person("l-0001", "jane@example.com", score=50)
    world.sync()
    [lead_id] = world.pipeliner.leads
    world.pipeliner.delete_lead(lead_id)
    world.lose_our_database(tmp_path)
    assert world.sync().counts.skipped == {"deleted_in_crm": 1}


def test_links_are_found_again_when_our_database_is_lost(world: World, tmp_path: Path) -> None:
    world.acton.add_list("l-0002", "Summer")
    for list_id in ("l-0001", "l-0002"):
        world.acton.add_person(list_id, "jane@example.com", score=50)
    world.sync()
    world.lose_our_database(tmp_path)
    world.pipeliner.written.clear()
    assert world.sync().counts.unchanged == 2
    assert world.pipeliner.written == []


def test_a_deleted_contact_of_ours_blocks_the_person_everywhere(world: World) -> None:
    world.acton.add_person("l-0001", "jane@example.com", score=50)
    world.sync()
    [lead_id], [contact_id] = world.pipeliner.leads, world.pipeliner.contacts
    world.pipeliner.delete_contact(contact_id)
    world.pipeliner.delete_lead(lead_id)
    world.acton.add_list("l-0002", "Summer")
    world.acton.add_person("l-0002", "jane@example.com")
    assert world.sync().counts.skipped == {"deleted_in_crm": 2}
    assert world.sync().counts.skipped == {"deleted_in_crm": 2}


def test_a_contact_deleted_before_we_touched_it_blocks_nothing(world: World) -> None:
    world.pipeliner.add_contact("jane@example.com", deleted=True)
    world.acton.add_person("l-0001", "jane@example.com", score=50)
    assert world.sync().counts.contacts_created == 1


def test_an_unknown_owner_ends_the_run_before_any_write(world: World) -> None:
    world.choose(owner="nobody@example.com")
    world.acton.add_person("l-0001", "jane@example.com", score=50)
    run = world.sync()
    assert run.status is RunStatus.FAILED
    assert run.problem is not None
    assert "nobody@example.com" in run.problem.message
    assert world.pipeliner.written == []


def test_an_inactive_owner_ends_the_run_before_any_write(world: World) -> None:
    world.choose(owner="carl@example.com")
    run = world.sync()
    assert run.problem is not None
    assert "inactive" in run.problem.message
    assert world.pipeliner.written == []


def test_one_refused_record_costs_one_outcome(world: World) -> None:
    world.pipeliner.refuse_names = {"Bad"}
    world.acton.add_person("l-0001", "bad@example.com", last="Bad", score=50)
    world.acton.add_person("l-0001", "good@example.com", last="Good", score=50)
    run = world.sync()
    assert run.status is RunStatus.PARTIAL
    assert (run.counts.created, run.counts.failed) == (1, {"contact_failed": 1})


def test_what_was_refused_is_taken_up_again_by_the_next_run(world: World) -> None:
    world.pipeliner.refuse_names = {"Bad"}
    world.acton.add_person("l-0001", "bad@example.com", last="Bad", score=50)
    world.sync()
    world.pipeliner.refuse_names = set()
    assert world.sync().counts.created == 1


def test_a_list_that_cannot_be_read_leaves_the_others_done(world: World) -> None:
    world.acton.add_list("l-0002", "Broken")
    world.acton.add_person("l-0001", "jane@example.com", score=50)
    world.acton.fail("l-0002", NotFound("Act-On has no such thing: list l-0002."))
    run = world.sync()
    assert run.status is RunStatus.PARTIAL
    assert run.counts.created == 1
    assert run.problem is not None
    assert "Broken" in run.problem.message


def test_an_answer_lost_after_the_leads_were_made_makes_no_second_lead(world: World) -> None:
    for number in range(3):
        world.acton.add_person("l-0001", f"p{number}@example.com", score=50)
    world.pipeliner.lose_the_next_answer("Leads")
    run = world.sync()
    assert run.status is RunStatus.SUCCEEDED
    assert run.counts.created == 3
    assert len(world.pipeliner.leads) == 3
    assert world.slept == [world.options.settle_seconds]


def test_an_answer_lost_after_the_contacts_were_made_makes_no_second_contact(
    world: World,
) -> None:
    world.acton.add_person("l-0001", "jane@example.com", score=50)
    world.pipeliner.lose_the_next_answer("Contacts")
    run = world.sync()
    assert run.counts.created == 1
    assert len(world.pipeliner.contacts) == 1


def test_a_list_that_shrinks_while_it_is_read_is_read_again(world: World) -> None:
    world.acton.page = 2
    for number in range(5):
        world.acton.add_person("l-0001", f"p{number}@example.com", score=50)

    def remove_the_first_row(list_id: str, offset: int) -> None:
        if offset == 2 and len(world.acton.rows[list_id]) == 5:
            del world.acton.rows[list_id][0]

    world.acton.before_page = remove_the_first_row
    run = world.sync()
    assert run.counts.rows == 4
    assert run.counts.created == 4


def test_a_score_column_is_used_where_the_admin_named_one(world: World) -> None:
    headers = ("_contact_id_", "E-mail Address", "Lead Score")
    world.choose(score_column="Lead Score")
    world.acton.add_list("l-0002", "Scored", headers)
    world.acton.add_row("l-0002", "hot@example.com", "41")
    world.acton.add_row("l-0002", "cold@example.com", "12")
    world.acton.add_row("l-0002", "none@example.com", "n/a")
    run = world.sync()
    assert run.score_source is ScoreSource.LIST_COLUMN
    assert run.counts.created == 1
    assert run.counts.skipped == {"below_threshold": 1, "no_score": 1}


def test_with_a_score_column_the_contact_shows_the_highest_of_its_scores(world: World) -> None:
    headers = ("_contact_id_", "E-mail Address", "Lead Score")
    world.choose(score_column="Lead Score")
    world.acton.add_list("l-0002", "A", headers)
    world.acton.add_list("l-0003", "B", headers)
    world.acton.add_row("l-0002", "jane@example.com", "45")
    world.acton.add_row("l-0003", "jane@example.com", "70")
    world.sync()
    assert sorted(lead.score or 0 for lead in world.pipeliner.leads.values()) == [45, 70]
    assert [contact.score for contact in world.pipeliner.contacts.values()] == [70]


def test_without_all_contacts_scores_are_asked_for_once_a_person(world: World) -> None:
    world.acton.has_all_contacts = False
    world.acton.add_list("l-0002", "Summer")
    for list_id in ("l-0001", "l-0002"):
        world.acton.add_person(list_id, "jane@example.com", score=50)
        world.acton.add_person(list_id, "cold@example.com", score=5)
    run = world.sync()
    assert run.score_source is ScoreSource.FACTS
    assert (run.counts.created, run.counts.skipped) == (2, {"below_threshold": 2})
    assert sum(asked.startswith("score ") for asked in world.acton.asked) == 2


def test_the_volume_guard_stops_new_leads_and_lets_the_rest_go_on(world: World) -> None:
    world.acton.add_person("l-0001", "old@example.com", score=50)
    world.sync()
    world.choose(volume_guard=2)
    world.acton.set_score("old@example.com", 60)
    for number in range(3):
        world.acton.add_person("l-0001", f"new{number}@example.com", score=50)
    run = world.sync()
    assert run.status is RunStatus.PARTIAL
    assert run.counts.skipped == {"waiting_for_approval": 3}
    assert run.counts.updated == 1
    assert len(world.pipeliner.leads) == 1
    world.choose(volume_guard=3)
    assert world.sync().counts.created == 3


def test_an_unnamed_person_gets_the_address_as_a_name(world: World) -> None:
    world.acton.add_person("l-0001", "jane@example.com", score=50)
    world.sync()
    assert world.pipeliner.lead_names() == ["jane@example.com (Spring)"]
    [contact] = world.pipeliner.contact_writes.values()
    assert contact.details is not None
    assert contact.details.last_name == "jane@example.com"
