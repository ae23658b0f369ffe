"""People work in Pipeliner while we do: what they do there stays as they did it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from sync.errors import TryLater
from sync.model import Entity, FieldPurpose, LinkState, RunStatus
from sync.pipeliner.provisioning import SPECS
from tests.engine.conftest import World
from tests.engine.fakes import FakePipeliner

SPRING = "l-0001"


def people(world: World, number: int) -> None:
    for one in range(number):
        world.acton.add_person(SPRING, f"p{one}@example.com", score=50)


def only(records: dict[str, object]) -> str:
    (record_id,) = records
    return record_id


# --- Leads --------------------------------------------------------------------------------------


def is_deleted(pipeliner: FakePipeliner, lead_id: str) -> None:
    pipeliner.delete_lead(lead_id)


def is_gone(pipeliner: FakePipeliner, lead_id: str) -> None:
    pipeliner.purge_lead(lead_id)


def is_closed(pipeliner: FakePipeliner, lead_id: str) -> None:
    pipeliner.close_lead(lead_id)


def is_closed_and_locked(pipeliner: FakePipeliner, lead_id: str) -> None:
    pipeliner.close_lead(lead_id, locked=True)


@pytest.mark.parametrize("becomes", [is_deleted, is_gone, is_closed, is_closed_and_locked])
def test_a_lead_qualified_into_an_opportunity_is_not_made_again(
    linked: World, becomes: Callable[[FakePipeliner, str], None]
) -> None:
    # What Pipeliner then shows of the Lead is not documented: each of these is likely.
    becomes(linked.pipeliner, only(linked.pipeliner.leads))
    for score in (60, 60, 70):
        linked.acton.set_score("jane@example.com", score)
        run = linked.sync()
        assert run.status is RunStatus.SUCCEEDED
        assert run.counts.created == 0
        linked.a_day_passes()
    assert len(linked.pipeliner.contacts) == 1
    assert len(linked.pipeliner.leads) <= 1


def test_a_closed_lead_that_takes_no_score_says_so_and_fails_no_run(linked: World) -> None:
    linked.pipeliner.close_lead(only(linked.pipeliner.leads), locked=True)
    linked.acton.set_score("jane@example.com", 60)
    run = linked.sync()
    assert (run.status, run.counts.unchanged) == (RunStatus.SUCCEEDED, 1)
    (line,) = linked.outcomes(run)
    assert line.detail == "The Lead is closed in Pipeliner and takes no score: The Lead is locked."


def test_an_open_lead_that_is_locked_fails_and_is_tried_again(linked: World) -> None:
    linked.pipeliner.refuse_changes = {only(linked.pipeliner.leads)}
    linked.acton.set_score("jane@example.com", 60)
    assert linked.sync().counts.failed == {"refused_by_pipeliner": 1}
    linked.pipeliner.refuse_changes = set()
    assert linked.sync().counts.updated == 1


def test_an_owner_changed_by_hand_stays(linked: World) -> None:
    lead_id = only(linked.pipeliner.leads)
    linked.pipeliner.give_lead(lead_id, "u2")
    linked.acton.set_score("jane@example.com", 60)
    assert linked.sync().counts.updated == 1
    assert linked.pipeliner.owners == {lead_id: "u2"}


def test_a_name_changed_by_hand_stays(linked: World) -> None:
    linked.pipeliner.rename_lead(only(linked.pipeliner.leads), "Jane, hot")
    linked.acton.set_score("jane@example.com", 60)
    linked.sync()
    assert linked.pipeliner.lead_names() == ["Jane, hot"]


# --- Contacts -----------------------------------------------------------------------------------


def test_a_contact_merged_into_another_with_its_address_is_followed(linked: World) -> None:
    lost = only(linked.pipeliner.contacts)
    kept = linked.pipeliner.add_contact("jane@example.com", "j.doe@example.com")
    linked.pipeliner.merge_contacts(lost, kept)
    linked.acton.add_list("l-0002", "Autumn")
    linked.acton.add_person("l-0002", "jane@example.com", score=60)
    run = linked.sync()
    assert (run.counts.created, run.counts.contacts_created) == (1, 0)
    assert {lead.contact_ids for lead in linked.pipeliner.leads.values()} == {(kept,)}
    assert linked.pipeliner.contacts[kept].score == 60


def test_a_merge_that_drops_the_address_is_followed_by_the_leads(linked: World) -> None:
    lost = only(linked.pipeliner.contacts)
    kept = linked.pipeliner.add_contact("j.doe@example.com")
    linked.pipeliner.merge_contacts(lost, kept)
    linked.acton.add_list("l-0002", "Autumn")
    linked.acton.add_person("l-0002", "jane@example.com", score=60)
    run = linked.sync()
    assert run.counts.skipped == {}
    assert (run.counts.created, run.counts.contacts_created) == (1, 0)
    assert {lead.contact_ids for lead in linked.pipeliner.leads.values()} == {(kept,)}
    assert linked.pipeliner.contacts[kept].score == 60


def test_a_contact_deleted_beside_a_colleague_on_the_lead_is_no_merge(linked: World) -> None:
    # Whoever else is on the Lead is somebody else: a missed match is better than a wrong one.
    lost, lead_id = only(linked.pipeliner.contacts), only(linked.pipeliner.leads)
    other = linked.pipeliner.add_contact("somebody.else@example.com")
    lead = linked.pipeliner.leads[lead_id]
    linked.pipeliner.leads[lead_id] = replace(lead, contact_ids=(lost, other))
    linked.pipeliner.delete_contact(lost)
    linked.acton.add_list("l-0002", "Autumn")
    linked.acton.add_person("l-0002", "jane@example.com", score=60)
    run = linked.sync()
    assert run.counts.skipped == {"deleted_in_crm": 1}
    assert run.counts.contacts_created == 0
    assert linked.pipeliner.contacts[other].score is None


def test_a_contact_whose_address_was_taken_by_another_is_left_for_that_one(
    linked: World,
) -> None:
    first = only(linked.pipeliner.contacts)
    linked.pipeliner.change_addresses(first, "jane.private@example.com")
    second = linked.pipeliner.add_contact("jane@example.com")
    linked.acton.set_score("jane@example.com", 60)
    assert linked.sync().counts.contacts_created == 0
    assert linked.pipeliner.contacts[second].score == 60
    assert linked.pipeliner.contacts[first].score == 50


def test_a_second_contact_with_the_address_later_changes_nothing_for_who_is_linked(
    linked: World,
) -> None:
    first = only(linked.pipeliner.contacts)
    second = linked.pipeliner.add_contact("jane@example.com")
    linked.acton.add_list("l-0002", "Autumn")
    linked.acton.add_person("l-0002", "jane@example.com", score=60)
    run = linked.sync()
    (line,) = (one for one in linked.outcomes(run) if one.result == "created")
    assert line.contact_id == first
    assert line.detail is not None
    assert first in line.detail
    assert second in line.detail


# --- our fields ---------------------------------------------------------------------------------


def drop_in_the_middle(world: World, purpose: FieldPurpose) -> None:
    """An admin deletes the field after the second batch of its kind of record."""
    kind = "Leads" if purpose.entity is Entity.LEAD else "Contacts"
    world.options = replace(world.options, batch_size=2)
    written: list[str] = []

    def hook(said: str) -> None:
        written.append(said)
        if written.count(kind) == 2:
            world.pipeliner.change_field(purpose, deleted=True)

    world.pipeliner.after_write = hook


@pytest.mark.parametrize(
    "purpose",
    [
        FieldPurpose.LEAD_SCORE,
        FieldPurpose.LEAD_KEY,
        FieldPurpose.LEAD_LIST,
        FieldPurpose.CONTACT_SCORE,
        FieldPurpose.CONTACT_PANEL_KEY,
    ],
)
def test_a_field_dropped_in_the_middle_of_a_run_is_named_and_the_next_run_completes(
    world: World, purpose: FieldPurpose
) -> None:
    people(world, 9)
    drop_in_the_middle(world, purpose)
    run = world.sync()
    assert run.status is RunStatus.FAILED
    assert run.problem is not None
    assert run.problem.kind == "fields"
    assert SPECS[purpose].name in run.problem.message
    assert run.counts.created == len(world.pipeliner.leads) == 4
    assert run.counts.failed == {"not_reached": 5}
    world.pipeliner.after_write = lambda kind: None
    world.pipeliner.change_field(purpose, deleted=False)
    again = world.sync()
    assert again.status is RunStatus.SUCCEEDED
    assert (again.counts.created, again.counts.unchanged) == (5, 4)
    assert len(world.pipeliner.leads) == len(world.pipeliner.contacts) == 9


def test_a_record_that_is_refused_while_our_fields_are_in_place_fails_alone(world: World) -> None:
    world.options = replace(world.options, batch_size=2)
    people(world, 3)
    world.acton.add_person(SPRING, "bad@example.com", last="Bad", score=50)
    world.pipeliner.refuse_names = {"Bad"}
    run = world.sync()
    assert (run.status, run.counts.created) == (RunStatus.PARTIAL, 3)
    assert run.counts.failed == {"contact_failed": 1}


def test_where_our_fields_cannot_be_looked_at_refusals_stand_as_they_are(world: World) -> None:
    world.acton.add_person(SPRING, "bad@example.com", last="Bad", score=50)
    world.pipeliner.refuse_names = {"Bad"}

    def fields_are_away(kind: str) -> None:
        def away(entity: Entity) -> None:
            raise TryLater("Pipeliner is away.")

        world.pipeliner.fetch_fields = away

    world.pipeliner.after_write = fields_are_away
    run = world.sync()
    assert run.counts.failed == {"contact_failed": 1}
    assert world.link_state(SPRING, "bad@example.com") is LinkState.CREATING
