"""Act-On does not hold still: lists change while they are read, and between two nights."""

from collections.abc import Callable

from sync.errors import NotFound
from sync.model import LinkState, RunStatus
from tests.engine.conftest import World

SPRING, OLD = "l-0001", "l-0002"


def people(world: World, number: int, *, list_id: str = SPRING) -> None:
    for one in range(number):
        world.acton.add_person(list_id, f"p{one}@example.com", score=50)


def between_pages(world: World, offset: int, change: Callable[[], None]) -> None:
    """The list changes once, just before the page at `offset` is read."""
    left = [change]

    def hook(list_id: str, at: int) -> None:
        if left and at == offset:
            left.pop()()

    world.acton.before_page = hook


def everybody_has_one_lead(world: World, number: int) -> None:
    assert sorted(world.pipeliner.lead_names()) == sorted(set(world.pipeliner.lead_names()))
    assert len(world.pipeliner.leads) == len(world.pipeliner.contacts) == number


# --- while it is read ---------------------------------------------------------------------------


def test_rows_added_between_two_pages_are_read_and_none_is_doubled(world: World) -> None:
    world.acton.page = 2
    people(world, 4)
    new = ["l-0001:new", "", "", "", "new@example.com"]
    world.acton.set_score("new@example.com", 50)
    between_pages(world, 2, lambda: world.acton.rows[SPRING].insert(0, new))
    run = world.sync()
    assert (run.status, run.counts.rows, run.counts.created) == (RunStatus.SUCCEEDED, 5, 5)
    everybody_has_one_lead(world, 5)


def test_a_person_who_moves_to_a_page_already_read_is_not_missed(world: World) -> None:
    world.acton.page = 2
    people(world, 6)
    rows = world.acton.rows[SPRING]
    between_pages(world, 2, lambda: rows.insert(0, rows.pop()))
    run = world.sync()
    assert (run.counts.rows, run.counts.created, run.counts.skipped) == (6, 6, {})
    everybody_has_one_lead(world, 6)


def test_two_people_who_change_places_are_both_read_once(world: World) -> None:
    world.acton.page = 2
    people(world, 6)
    rows = world.acton.rows[SPRING]

    def change_places() -> None:
        rows[0], rows[5] = rows[5], rows[0]

    between_pages(world, 4, change_places)
    run = world.sync()
    assert (run.counts.created, run.counts.skipped) == (6, {})


def test_a_list_that_is_reordered_on_and_on_is_still_read_to_its_end(world: World) -> None:
    world.acton.page = 2
    people(world, 4)
    world.acton.before_page = lambda list_id, offset: world.acton.rows[SPRING].reverse()
    run = world.sync()
    assert run.status is RunStatus.SUCCEEDED
    assert run.counts.adds_up
    world.acton.before_page = lambda list_id, offset: None
    world.sync()
    everybody_has_one_lead(world, 4)


def test_a_person_with_two_rows_is_no_sign_of_a_list_that_moves(world: World) -> None:
    world.acton.page = 2
    people(world, 3)
    world.acton.add_person(SPRING, "p0@example.com")
    run = world.sync()
    assert run.counts.skipped == {"duplicate_in_list": 1}
    assert [one for one in world.acton.asked if one.startswith("rows")] == [
        "rows l-0001 0",
        "rows l-0001 2",
    ]


def test_a_list_that_is_emptied_while_it_is_read_has_no_rows(world: World) -> None:
    world.acton.page = 2
    people(world, 4)
    between_pages(world, 2, world.acton.rows[SPRING].clear)
    run = world.sync()
    assert (run.status, run.counts.rows) == (RunStatus.SUCCEEDED, 0)


# --- from one night to the next -----------------------------------------------------------------


def nothing_is_written(world: World) -> None:
    world.sync()
    assert world.pipeliner.written == []
    assert len(world.pipeliner.leads) == 1


def test_a_list_that_was_emptied_leaves_its_leads_alone(linked: World) -> None:
    linked.acton.rows[SPRING].clear()
    nothing_is_written(linked)
    assert linked.link_state(SPRING, "jane@example.com") is LinkState.LINKED


def test_a_list_that_was_deleted_leaves_its_leads_alone(linked: World) -> None:
    del linked.acton.lists[SPRING]
    nothing_is_written(linked)
    assert linked.link_state(SPRING, "jane@example.com") is LinkState.LINKED


def test_a_list_that_is_deleted_before_it_is_read_fails_alone(linked: World) -> None:
    linked.acton.fail(SPRING, NotFound("Act-On has no such thing: list l-0001."))
    run = linked.sync()
    assert run.status is RunStatus.PARTIAL
    assert linked.pipeliner.written == []


def test_somebody_who_leaves_and_joins_again_keeps_the_lead(linked: World) -> None:
    linked.acton.rows[SPRING].clear()
    linked.sync()
    linked.acton.add_row(SPRING, "Jane", "Doe", "", "jane@example.com")
    linked.acton.rows[SPRING][0][0] = "l-0001:another"
    nothing_is_written(linked)


def test_somebody_with_another_address_is_somebody_new(linked: World) -> None:
    linked.acton.rows[SPRING][0][4] = "jane.doe@example.com"
    linked.acton.set_score("jane.doe@example.com", 60)
    run = linked.sync()
    assert (run.counts.created, run.counts.contacts_created) == (1, 1)
    assert len(linked.pipeliner.leads) == 2
    assert linked.link_state(SPRING, "jane@example.com") is LinkState.LINKED
    assert linked.sync().counts.unchanged == 1


def test_another_address_that_the_contact_carries_too_gets_no_second_contact(
    linked: World,
) -> None:
    (contact_id,) = linked.pipeliner.contacts
    linked.pipeliner.change_addresses(contact_id, "jane@example.com", "jane.doe@example.com")
    linked.acton.rows[SPRING][0][4] = "jane.doe@example.com"
    linked.acton.set_score("jane.doe@example.com", 60)
    run = linked.sync()
    assert (run.counts.created, run.counts.contacts_created) == (1, 0)
    assert len(linked.pipeliner.contacts) == 1


def test_a_score_that_falls_and_rises_across_the_threshold_makes_no_second_lead(
    linked: World,
) -> None:
    for score in (10, 39, 40, 50):
        linked.acton.set_score("jane@example.com", score)
        run = linked.sync()
        assert (run.counts.created, run.counts.updated) == (0, 1)
    assert len(linked.pipeliner.leads) == 1


def test_two_lists_of_one_name_give_two_leads_with_links_of_their_own(world: World) -> None:
    world.acton.add_list(OLD, "Spring")
    for list_id in (SPRING, OLD):
        world.acton.add_person(list_id, "jane@example.com", first="Jane", score=50)
    assert world.sync().counts.created == 2
    assert world.pipeliner.lead_names() == ["Jane (Spring)", "Jane (Spring)"]
    first, second = world.pipeliner.leads
    world.pipeliner.delete_lead(first)
    run = world.sync()
    assert (run.counts.skipped, run.counts.unchanged) == ({"deleted_in_crm": 1}, 1)
    assert {world.link_state(one, "jane@example.com") for one in (SPRING, OLD)} == {
        LinkState.TOMBSTONE,
        LinkState.LINKED,
    }
    assert second in world.pipeliner.leads


# --- a list that is renamed ---------------------------------------------------------------------


def test_leads_of_a_renamed_list_keep_their_name_and_new_ones_take_the_new(linked: World) -> None:
    linked.acton.lists[SPRING] = "Summer"
    linked.acton.add_person(SPRING, "john@example.com", first="John", score=50)
    linked.sync()
    assert linked.pipeliner.lead_names() == ["Jane Doe (Spring)", "John (Summer)"]
    assert [one for one in linked.pipeliner.read if one.startswith("name")] == []


def test_where_the_admin_wants_it_leads_follow_their_list_to_its_new_name(linked: World) -> None:
    linked.choose(rename_leads=True)
    linked.acton.lists[SPRING] = "Summer"
    run = linked.sync()
    assert (run.counts.updated, run.counts.scores_updated) == (1, 0)
    assert linked.pipeliner.lead_names() == ["Jane Doe (Summer)"]
    (line,) = linked.outcomes(run)
    assert line.detail == "Renamed to 'Jane Doe (Summer)', since its list was renamed."
    linked.pipeliner.written.clear()
    nothing_is_written(linked)


def test_new_names_go_in_one_batch_with_the_scores(world: World) -> None:
    people(world, 5)
    world.sync()
    world.choose(rename_leads=True)
    world.acton.lists[SPRING] = "Summer"
    world.acton.set_score("p1@example.com", 60)
    world.acton.set_score("p2@example.com", 60)
    world.pipeliner.written.clear()
    run = world.sync()
    assert world.pipeliner.written == ["contacts 2", "leads 5"]
    assert (run.counts.updated, run.counts.scores_updated) == (5, 4)


def test_a_lead_that_somebody_renamed_keeps_that_name_for_ever(linked: World) -> None:
    (lead_id,) = linked.pipeliner.leads
    linked.pipeliner.rename_lead(lead_id, "Jane, call back in May")
    linked.choose(rename_leads=True)
    for name in ("Summer", "Autumn"):
        linked.acton.lists[SPRING] = name
        nothing_is_written(linked)
    asked = [one for one in linked.pipeliner.read if one.startswith("name")]
    assert len(asked) == 2  # once for each new name of the list, not every night
    nothing_is_written(linked)
    assert linked.pipeliner.lead_names() == ["Jane, call back in May"]


def test_a_list_renamed_before_the_admin_wanted_it_is_followed_then(linked: World) -> None:
    linked.acton.lists[SPRING] = "Summer"
    nothing_is_written(linked)
    linked.choose(rename_leads=True)
    linked.sync()
    assert linked.pipeliner.lead_names() == ["Jane Doe (Summer)"]


def test_a_lead_that_refuses_its_new_name_is_tried_again(linked: World) -> None:
    (lead_id,) = linked.pipeliner.leads
    linked.choose(rename_leads=True)
    linked.acton.lists[SPRING] = "Summer"
    linked.pipeliner.refuse_changes = {lead_id}
    assert linked.sync().counts.failed == {"refused_by_pipeliner": 1}
    linked.pipeliner.refuse_changes = set()
    linked.sync()
    assert linked.pipeliner.lead_names() == ["Jane Doe (Summer)"]


def test_a_new_name_whose_answer_was_lost_is_known_again(linked: World) -> None:
    linked.choose(rename_leads=True)
    linked.acton.lists[SPRING] = "Summer"
    linked.pipeliner.lose_the_next_answer("Leads")
    linked.sync()
    assert linked.pipeliner.lead_names() == ["Jane Doe (Summer)"]
    assert linked.pipeliner.written == ["leads 1"]
    linked.acton.lists[SPRING] = "Autumn"
    linked.sync()
    assert linked.pipeliner.lead_names() == ["Jane Doe (Autumn)"]


def test_a_preview_foresees_the_new_names(linked: World) -> None:
    linked.choose(rename_leads=True)
    linked.acton.lists[SPRING] = "Summer"
    counts = linked.preview().counts
    assert (counts.updated, counts.unchanged, counts.scores_updated) == (1, 0, 0)
    assert linked.pipeliner.lead_names() == ["Jane Doe (Spring)"]


def test_a_lead_made_at_the_second_try_is_known_by_the_name_it_then_got(world: World) -> None:
    world.pipeliner.refuse_names = {"Jane"}
    world.acton.add_person(SPRING, "jane@example.com", first="Jane", score=50)
    world.sync()
    world.pipeliner.refuse_names = set()
    world.acton.lists[SPRING] = "Summer"
    assert world.sync().counts.created == 1
    world.choose(rename_leads=True)
    world.acton.lists[SPRING] = "Autumn"
    world.sync()
    assert world.pipeliner.lead_names() == ["Jane (Autumn)"]
