"""A large CRM and few candidates: each is looked up instead of reading everything (design §3.5)."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sync.model import FieldPurpose, Run, RunStatus
from tests.engine.conftest import World
from tests.engine.fakes import all_fields


@pytest.fixture
def world(world: World) -> World:
    """A CRM of a thousand Contacts who are not in Act-On."""
    for number in range(1_000):
        world.pipeliner.add_contact(f"other{number}@example.com")
    return world


def looked_up(world: World) -> bool:
    """Whether the run asked for single people and did not read all Contacts."""
    found = any(one.startswith("contact ") for one in world.pipeliner.read)
    assert found != ("contacts" in world.pipeliner.read)
    world.pipeliner.read.clear()
    return found


def test_somebody_new_is_created(world: World) -> None:
    world.acton.add_person("l-0001", "jane@example.com", score=50)
    assert world.sync().counts.contacts_created == 1
    assert looked_up(world)


def test_where_reading_everything_takes_fewer_calls_that_is_done(world: World) -> None:
    for number in range(3):
        world.acton.add_person("l-0001", f"p{number}@example.com", score=50)
    assert world.sync().counts.contacts_created == 3
    assert not looked_up(world)


def test_where_leads_cannot_be_found_by_their_key_everything_is_read(world: World) -> None:
    fields = all_fields()
    key = fields[FieldPurpose.LEAD_KEY]
    with world.store.write() as desk:
        desk.spaces.save_fields(
            world.space.space_id,
            {**fields, FieldPurpose.LEAD_KEY: type(key)(**{**vars(key), "filter_key": None})},
        )
    world.acton.add_person("l-0001", "jane@example.com", score=50)
    assert world.sync().counts.created == 1
    assert not looked_up(world)


def test_a_contact_that_is_there_is_found_by_any_of_its_addresses(world: World) -> None:
    contact_id = world.pipeliner.add_contact("x@example.com", "Jane@Example.com")
    world.acton.add_person("l-0001", "jane@example.com", score=50)
    world.sync()
    assert looked_up(world)
    assert [lead.contact_id for lead in world.pipeliner.live_leads()] == [contact_id]


def test_a_lead_made_by_hand_is_found_by_its_address_and_through_its_contact(
    world: World,
) -> None:
    contact_id = world.pipeliner.add_contact("jane@example.com")
    world.pipeliner.add_lead(contact_id=contact_id)
    world.acton.add_person("l-0001", "jane@example.com", score=50)
    assert world.sync().counts.skipped == {"existing_lead": 1}
    assert looked_up(world)


def test_the_second_night_writes_nothing(world: World) -> None:
    world.acton.add_person("l-0001", "jane@example.com", score=50)
    world.sync()
    world.pipeliner.written.clear()
    assert world.sync().counts.unchanged == 1
    assert world.pipeliner.written == []


def test_our_own_lead_is_found_by_its_key_when_our_database_is_lost(
    world: World, tmp_path: Path
) -> None:
    world.acton.add_person("l-0001", "jane@example.com", score=50)
    world.sync()
    world.lose_our_database(tmp_path)
    world.pipeliner.written.clear()
    assert world.sync().counts.unchanged == 1
    assert looked_up(world)
    assert world.pipeliner.written == []


@pytest.mark.parametrize("loses_database", [False, True])
def test_what_was_deleted_stays_deleted(world: World, tmp_path: Path, loses_database: bool) -> None:
    world.acton.add_person("l-0001", "jane@example.com", score=50)
    world.sync()
    [lead_id] = world.pipeliner.leads
    world.pipeliner.delete_lead(lead_id)
    if loses_database:
        world.lose_our_database(tmp_path)
    assert world.sync().counts.skipped == {"deleted_in_crm": 1}
    assert looked_up(world)


def test_an_answer_that_was_lost_is_looked_up(world: World) -> None:
    world.acton.add_person("l-0001", "jane@example.com", score=50)
    for kind in ("Contacts", "Leads"):
        world.pipeliner.lose_the_next_answer(kind)
    run = world.sync()
    assert run.status is RunStatus.SUCCEEDED
    assert run.counts.created == len(world.pipeliner.leads) == 1
    assert looked_up(world)
    assert len(world.pipeliner.contacts) == 1_001


# --- what changed since somebody was looked up --------------------------------------------------


def crosses_twice(world: World, between: Callable[[str], None]) -> Run:
    """Jane, whose Contact of ours changes before she reaches the threshold in a second list."""
    world.acton.add_person("l-0001", "jane@example.com", score=50)
    world.sync()
    [contact_id] = world.pipeliner.contact_writes
    between(contact_id)
    world.acton.add_list("l-0002", "Summer")
    world.acton.add_person("l-0002", "jane@example.com")
    for number in range(1_000):  # two rows to look up: the CRM grows along
        world.pipeliner.add_contact(f"later{number}@example.com")
    world.pipeliner.read.clear()
    run = world.sync()
    assert looked_up(world)
    return run


def test_a_contact_that_was_moved_and_then_deleted_gets_no_lead(world: World) -> None:
    def moved_and_deleted(contact_id: str) -> None:
        world.pipeliner.change_addresses(contact_id, "j.doe@example.com")
        world.pipeliner.delete_contact(contact_id)

    run = crosses_twice(world, moved_and_deleted)
    assert run.counts.skipped == {"deleted_in_crm": 1}
    assert len(world.pipeliner.leads) == 1


def test_a_contact_that_was_moved_stays_the_persons_contact(world: World) -> None:
    run = crosses_twice(
        world, lambda known: world.pipeliner.change_addresses(known, "j.doe@example.com")
    )
    assert (run.counts.created, run.counts.contacts_created) == (1, 0)
    assert len({lead.contact_id for lead in world.pipeliner.live_leads()}) == 1


def test_a_contact_that_is_gone_for_good_gets_no_lead(world: World) -> None:
    run = crosses_twice(world, world.pipeliner.purge_contact)
    assert (run.counts.created, run.counts.contacts_created) == (1, 1)
    [*_, last] = world.pipeliner.live_leads()
    assert last.contact_id in world.pipeliner.contacts


def test_a_lead_made_by_hand_that_was_handed_to_somebody_else_is_in_nobodys_way(
    world: World,
) -> None:
    lead_id = world.pipeliner.add_lead(quick_email="jane@example.com")
    world.acton.add_person("l-0001", "jane@example.com", score=50)
    assert world.sync().counts.skipped == {"existing_lead": 1}
    world.pipeliner.change_quick_email(lead_id, "joe@example.com")
    assert world.sync().counts.created == 1


def test_a_contact_whose_address_became_anothers_is_not_taken_for_the_first_ones(
    world: World,
) -> None:
    contact_id = world.pipeliner.add_contact("jane@example.com")
    by_hand = world.pipeliner.add_lead(contact_id=contact_id)
    world.acton.add_person("l-0001", "jane@example.com", score=50)
    assert world.sync().counts.skipped == {"existing_lead": 1}
    world.pipeliner.change_addresses(contact_id, "joe@example.com")
    world.pipeliner.delete_lead(by_hand)
    run = world.sync()
    assert (run.counts.created, run.counts.contacts_created) == (1, 1)
