"""What becomes of people and their records over the days (design §3.2-3.8, §3.10)."""

from datetime import timedelta
from pathlib import Path

import pytest

from sync.model import ContactWrite, ExistingLead, FieldPurpose, LinkState, RunStatus
from sync.rules.keys import link_key, person_digest
from tests.engine.conftest import World

DATED = (
    "_contact_id_",
    "First Name",
    "Last Name",
    "Company",
    "E-mail Address",
    "City",
    "Website",
    "Modified Date",
)
SCORED = ("_contact_id_", "E-mail Address", "Lead Score")


def linked(world: World, score: int = 50) -> tuple[str, str]:
    """Jane, who has a Lead and a Contact of ours: their ids."""
    world.acton.add_person("l-0001", "jane@example.com", first="Jane", last="Doe", score=score)
    world.sync()
    world.pipeliner.written.clear()
    [lead_id], [contact_id] = world.pipeliner.leads, world.pipeliner.contacts
    world.a_day_passes()
    return lead_id, contact_id


def joins_summer(world: World) -> None:
    world.acton.add_list("l-0002", "Summer")
    world.acton.add_person("l-0002", "jane@example.com", first="Jane", last="Doe")


# --- what is made -------------------------------------------------------------------------------


def test_the_intent_is_saved_before_the_contact_and_that_before_the_lead(world: World) -> None:
    seen: list[tuple[str, LinkState | None]] = []
    world.pipeliner.before_write = lambda kind: seen.append(
        (kind, world.link_state("l-0001", "jane@example.com"))
    )
    world.acton.add_person("l-0001", "jane@example.com", score=50)
    world.sync()
    assert seen == [("Contacts", LinkState.CREATING), ("Leads", LinkState.CREATING)]
    assert world.link_state("l-0001", "jane@example.com") is LinkState.LINKED


def test_a_lead_carries_its_key_its_list_and_the_person(world: World) -> None:
    world.acton.add_person("l-0001", "Jane@Example.com", score=50)
    world.sync()
    [lead] = world.pipeliner.live_leads()
    person = person_digest("acme_sales", "jane@example.com")
    assert f".{person}." in lead.ours[FieldPurpose.LEAD_PANEL_KEY]
    assert {one: value for one, value in lead.ours.items() if "panel" not in one} == {
        FieldPurpose.LEAD_KEY: link_key("acme_sales", "l-0001", "jane@example.com"),
        FieldPurpose.LEAD_LIST: "Spring",
        FieldPurpose.LEAD_PERSON: "l-0001:0",
        FieldPurpose.LEAD_SCORE: 50,
    }
    assert lead.contact_id in world.pipeliner.contacts


def test_data_that_differ_between_lists_give_the_contact_the_newest_and_each_lead_its_own(
    world: World,
) -> None:
    world.acton.add_list("l-0002", "Old", DATED)
    world.acton.add_list("l-0003", "New", DATED)
    world.acton.set_score("jane@example.com", 50)
    world.acton.add_row(
        "l-0003", "Jane", "Roe", "", "jane@example.com", "Graz", "", "2026-02-01 10:00:00"
    )
    world.acton.add_row(
        "l-0002", "Jane", "Doe", "Acme", "jane@example.com", "Lyon", "w.example", "2025-02-01 10:00"
    )
    world.sync()
    [made] = world.pipeliner.contact_writes.values()
    assert made.details is not None
    assert (made.details.last_name, made.details.city) == ("Roe", "Graz")
    assert (made.details.company, made.details.website) == ("Acme", "w.example")
    assert world.pipeliner.lead_names() == ["Jane Doe (Old)", "Jane Roe (New)"]


def test_a_name_too_long_is_shortened_to_the_limit(world: World) -> None:
    world.acton.add_list("l-0002", "L" * 400)
    world.acton.add_person("l-0002", "jane@example.com", first="F" * 200, last="N" * 200, score=50)
    world.sync()
    [name] = world.pipeliner.lead_names()
    assert len(name) == 255
    assert name.endswith("…)")


def test_two_spellings_of_one_address_are_one_person(world: World) -> None:
    world.acton.add_list("l-0002", "Summer")
    world.acton.add_person("l-0001", "jane@bücher.example.com", score=50)
    world.acton.add_person("l-0002", " JANE@xn--bcher-kva.example.com")
    world.acton.set_score("jane@xn--bcher-kva.example.com", 50)
    run = world.sync()
    assert run.counts.people == 1
    assert (run.counts.leads_created, run.counts.contacts_created) == (2, 1)


def test_somebody_whose_contact_is_there_gets_leads_from_two_lists_and_counts_once(
    world: World,
) -> None:
    world.pipeliner.add_contact("jane@example.com")
    world.acton.add_person("l-0001", "jane@example.com", score=50)
    joins_summer(world)
    run = world.sync()
    assert (run.counts.leads_created, run.counts.contacts_linked) == (2, 1)


def test_an_ambiguous_address_is_linked_to_the_same_contact_every_time(world: World) -> None:
    first = world.pipeliner.add_contact("jane@example.com")
    second = world.pipeliner.add_contact("jane@example.com")
    world.acton.add_person("l-0001", "jane@example.com", score=50)
    world.sync()
    world.pipeliner.change_addresses(first, "jane@example.com", "new@example.com")
    joins_summer(world)
    world.sync()
    assert {lead.contact_id for lead in world.pipeliner.live_leads()} == {second}
    assert len(world.pipeliner.contacts) == 2


# --- what is written again ----------------------------------------------------------------------


def test_only_what_changed_is_written(world: World) -> None:
    for number in range(5):
        world.acton.add_person("l-0001", f"p{number}@example.com", score=50)
    world.sync()
    world.pipeliner.changes.clear()
    world.acton.set_score("p3@example.com", 51)
    run = world.sync()
    assert (run.counts.updated, run.counts.unchanged, run.counts.scores_updated) == (1, 4, 2)
    contact_write, lead_write = world.pipeliner.changes
    assert contact_write.ours == {
        FieldPurpose.CONTACT_SCORE: 51,
        FieldPurpose.CONTACT_REFRESHED: world.time,
    }
    assert lead_write.ours.pop(FieldPurpose.LEAD_PANEL_KEY)  # which costs nothing with it
    assert lead_write.ours == {FieldPurpose.LEAD_SCORE: 51}


def test_a_score_that_falls_below_the_threshold_is_written_all_the_same(world: World) -> None:
    lead_id, _ = linked(world)
    world.acton.set_score("jane@example.com", 3)
    assert world.sync().counts.updated == 1
    assert world.pipeliner.leads[lead_id].score == 3


def test_somebody_who_left_acton_keeps_the_lead_and_its_last_score(world: World) -> None:
    lead_id, _ = linked(world)
    world.acton.scores.clear()
    run = world.sync()
    assert run.counts.unchanged == 1
    assert world.pipeliner.leads[lead_id].score == 50
    assert world.pipeliner.written == []


@pytest.mark.parametrize(("days", "written"), [(14, []), (16, ["contacts 1", "leads 1"])])
def test_panel_keys_are_renewed_alone_when_half_their_life_is_gone(
    world: World, days: int, written: list[str]
) -> None:
    lead_id, contact_id = linked(world)
    before = world.pipeliner.contacts[contact_id].panel_key
    before_lead = world.pipeliner.leads[lead_id].panel_key
    world.time += timedelta(days=days - 1)  # one has passed
    run = world.sync()
    assert world.pipeliner.written == written
    assert (run.counts.unchanged, run.counts.scores_updated) == (1, 0)
    assert (world.pipeliner.contacts[contact_id].panel_key != before) is bool(written)
    assert (world.pipeliner.leads[lead_id].panel_key != before_lead) is bool(written)
    for change in world.pipeliner.changes:
        assert [one.value.partition("_")[2] for one in change.ours] == ["panel_key"]
    world.pipeliner.written.clear()
    world.sync()
    assert world.pipeliner.written == []


def test_panel_keys_that_were_revoked_are_written_anew_by_the_next_run(world: World) -> None:
    lead_id, contact_id = linked(world)
    before = world.pipeliner.contacts[contact_id].panel_key
    before_lead = world.pipeliner.leads[lead_id].panel_key
    with world.store.write() as desk:
        desk.spaces.raise_panel_epoch(world.space.space_id, now=world.time)
    world.sync()
    assert world.pipeliner.contacts[contact_id].panel_key != before
    assert world.pipeliner.leads[lead_id].panel_key != before_lead
    world.pipeliner.written.clear()
    world.sync()
    assert world.pipeliner.written == []


def test_a_contact_copied_from_another_does_not_open_the_others_panel(world: World) -> None:
    _, contact_id = linked(world)
    copied = world.pipeliner.copy_contact(contact_id, "joe@example.com")
    world.acton.add_person("l-0001", "joe@example.com", score=50)
    world.sync()
    assert {lead.contact_id for lead in world.pipeliner.live_leads()} == {contact_id, copied}
    joe = person_digest(world.space.space_id, "joe@example.com")
    assert joe in world.pipeliner.contacts[copied].panel_key


def test_a_person_whose_contact_was_there_before_shows_score_id_and_key_on_it(
    world: World,
) -> None:
    contact_id = world.pipeliner.add_contact("jane@example.com", name="J. D.")
    world.acton.add_person("l-0001", "jane@example.com", score=50)
    world.sync()
    [change] = world.pipeliner.changes
    assert isinstance(change, ContactWrite)
    assert set(change.ours) == {one for one in FieldPurpose if one.value.startswith("contact_")}
    assert (change.contact_id, change.details, change.owner_id) == (contact_id, None, None)


def test_two_people_who_share_a_contact_leave_it_alone_on_the_second_night(world: World) -> None:
    world.pipeliner.add_contact("jane@example.com", "j.doe@example.com")
    world.acton.add_person("l-0001", "jane@example.com", score=50)
    world.acton.add_person("l-0001", "j.doe@example.com", score=70)
    world.sync()
    world.pipeliner.written.clear()
    world.a_day_passes()
    run = world.sync()
    assert world.pipeliner.written == []
    assert run.counts.unchanged == 2


def test_a_contact_that_two_people_share_is_told_once_who_it_is(world: World) -> None:
    contact_id = world.pipeliner.add_contact("jane@example.com", "j.doe@example.com")
    world.acton.add_person("l-0001", "jane@example.com", score=50)
    world.acton.add_person("l-0001", "j.doe@example.com", score=70)
    world.sync()
    told = [one for one in world.pipeliner.changes if isinstance(one, ContactWrite)]
    assert [one.contact_id for one in told if one.ours] == [contact_id]
    assert all(world.record(one) for one in ("jane@example.com", "j.doe@example.com"))


def test_two_people_who_share_a_contact_have_it_show_the_highest_score(world: World) -> None:
    contact_id = world.pipeliner.add_contact("jane@example.com", "j.doe@example.com")
    world.acton.add_person("l-0001", "jane@example.com", score=50)
    world.acton.add_person("l-0001", "j.doe@example.com", score=70)
    for _ in range(2):
        world.sync()
        assert world.pipeliner.contacts[contact_id].score == 70


def test_a_lead_whose_key_somebody_cleared_is_not_written_every_night(world: World) -> None:
    lead_id, _ = linked(world)
    world.pipeliner.clear_key(lead_id)
    world.sync()
    world.pipeliner.written.clear()
    world.a_day_passes()
    run = world.sync()
    assert run.counts.unchanged == 1
    assert world.pipeliner.written == []


def test_a_lead_made_by_hand_is_not_written_every_night_because_of_two_lists(
    world: World,
) -> None:
    world.choose(score_column="Lead Score")
    for number, score in ((2, "45"), (3, "70")):
        world.acton.add_list(f"l-000{number}", f"List {number}", SCORED)
        world.acton.add_row(f"l-000{number}", "jane@example.com", score)
    world.pipeliner.add_lead(quick_email="jane@example.com")
    world.sync()
    world.pipeliner.written.clear()
    assert world.sync().counts.skipped == {"existing_lead": 2}
    assert world.pipeliner.written == []


def test_a_lead_made_by_hand_goes_on_in_the_way_the_admin_then_chooses(world: World) -> None:
    world.pipeliner.add_lead(quick_email="jane@example.com")
    world.acton.add_person("l-0001", "jane@example.com", score=50)
    assert world.sync().counts.skipped == {"existing_lead": 1}
    world.choose(existing_lead=ExistingLead.CREATE)
    assert world.sync().counts.created == 1
    world.choose(existing_lead=ExistingLead.SKIP)
    assert world.sync().counts.unchanged == 1


# --- deleted, merged, changed by hand -----------------------------------------------------------


def test_a_deleted_lead_blocks_its_list_and_no_other(world: World) -> None:
    lead_id, _ = linked(world)
    world.pipeliner.delete_lead(lead_id)
    joins_summer(world)
    run = world.sync()
    assert run.counts.created == 1
    assert run.counts.skipped == {"deleted_in_crm": 1}
    assert world.pipeliner.lead_names() == ["Jane Doe (Summer)"]
    assert world.link_state("l-0001", "jane@example.com") is LinkState.TOMBSTONE


def test_a_lead_deleted_for_good_does_not_come_back_either(world: World) -> None:
    lead_id, _ = linked(world)
    world.pipeliner.purge_lead(lead_id)
    for _ in range(2):
        run = world.sync()
        assert run.counts.skipped == {"deleted_in_crm": 1}
        assert run.status is RunStatus.SUCCEEDED
    assert world.pipeliner.leads == {}


def test_a_lead_deleted_while_the_run_writes_is_buried(world: World) -> None:
    lead_id, _ = linked(world)
    world.acton.set_score("jane@example.com", 60)

    def delete_it_now(kind: str) -> None:
        if kind == "Leads":
            world.pipeliner.delete_lead(lead_id)

    world.pipeliner.before_write = delete_it_now
    run = world.sync()
    assert run.counts.skipped == {"deleted_in_crm": 1}
    assert world.link_state("l-0001", "jane@example.com") is LinkState.TOMBSTONE


def test_a_deleted_contact_leaves_the_lead_that_is_there(world: World) -> None:
    lead_id, contact_id = linked(world)
    world.pipeliner.delete_contact(contact_id)
    world.acton.set_score("jane@example.com", 60)
    joins_summer(world)
    run = world.sync()
    assert (run.counts.updated, run.counts.skipped) == (1, {"deleted_in_crm": 1})
    assert world.pipeliner.leads[lead_id].score == 60
    assert len(world.pipeliner.contacts) == 1


def test_a_deleted_contact_blocks_the_person_even_when_our_database_is_lost(
    world: World, tmp_path: Path
) -> None:
    lead_id, contact_id = linked(world)
    world.pipeliner.delete_contact(contact_id)
    world.pipeliner.purge_lead(lead_id)
    world.lose_our_database(tmp_path)
    assert world.sync().counts.skipped == {"deleted_in_crm": 1}
    assert world.pipeliner.written == []


def test_a_contact_made_anew_by_hand_lifts_the_block(world: World) -> None:
    _, contact_id = linked(world)
    world.pipeliner.delete_contact(contact_id)
    joins_summer(world)
    assert world.sync().counts.skipped == {"deleted_in_crm": 1}
    again = world.pipeliner.add_contact("jane@example.com")
    assert world.sync().counts.created == 1
    assert [lead.contact_id for lead in world.pipeliner.live_leads()][-1] == again


def test_a_merged_contact_is_followed(world: World) -> None:
    lead_id, contact_id = linked(world)
    kept = world.pipeliner.add_contact("jane@example.com", "j.doe@example.com")
    world.pipeliner.merge_contacts(contact_id, kept)
    joins_summer(world)
    run = world.sync()
    assert run.counts.created == 1
    assert run.counts.skipped == {}
    assert world.pipeliner.contacts[kept].score == 50
    assert {lead.contact_ids for lead in world.pipeliner.leads.values()} == {(kept,)}
    assert lead_id in world.pipeliner.leads
    world.pipeliner.written.clear()
    world.sync()
    assert world.pipeliner.written == []


def test_a_contact_whose_address_was_changed_stays_the_persons_contact(world: World) -> None:
    _, contact_id = linked(world)
    world.pipeliner.change_addresses(contact_id, "jane@new.example.com")
    joins_summer(world)
    run = world.sync()
    assert (run.counts.created, run.counts.contacts_created) == (1, 0)
    assert {lead.contact_id for lead in world.pipeliner.live_leads()} == {contact_id}


def test_somebody_deleted_before_the_threshold_was_reached_comes_anew(world: World) -> None:
    world.pipeliner.add_contact("jane@example.com", deleted=True)
    world.acton.add_person("l-0001", "jane@example.com", score=10)
    assert world.sync().counts.skipped == {"below_threshold": 1}
    world.acton.set_score("jane@example.com", 50)
    assert world.sync().counts.contacts_created == 1


# --- refused ------------------------------------------------------------------------------------


def test_a_contact_that_refuses_a_change_does_not_stop_its_lead(world: World) -> None:
    lead_id, contact_id = linked(world)
    world.pipeliner.refuse_changes = {contact_id}
    world.acton.set_score("jane@example.com", 60)
    run = world.sync()
    assert run.counts.updated == 1
    assert world.pipeliner.leads[lead_id].score == 60
    [line] = world.outcomes(run)
    assert line.detail is not None
    assert "The Contact is locked." in line.detail


def test_a_lead_that_refuses_its_score_fails_alone_and_is_tried_again(world: World) -> None:
    lead_id, _ = linked(world)
    world.acton.add_person("l-0001", "joe@example.com", score=50)
    world.pipeliner.refuse_changes = {lead_id}
    world.acton.set_score("jane@example.com", 60)
    run = world.sync()
    assert run.status is RunStatus.PARTIAL
    assert (run.counts.created, run.counts.failed) == (1, {"refused_by_pipeliner": 1})
    world.pipeliner.refuse_changes = set()
    run = world.sync()
    assert run.status is RunStatus.SUCCEEDED
    assert (run.counts.updated, run.counts.unchanged) == (1, 1)


def test_a_lead_made_by_hand_that_refuses_the_score_is_still_only_skipped(world: World) -> None:
    lead_id = world.pipeliner.add_lead(quick_email="jane@example.com")
    world.pipeliner.refuse_changes = {lead_id}
    world.acton.add_person("l-0001", "jane@example.com", score=50)
    run = world.sync()
    assert run.status is RunStatus.SUCCEEDED
    [line] = world.outcomes(run)
    assert line.reason == "existing_lead"
    assert line.detail is not None
    assert "The Lead is locked." in line.detail


def test_a_refused_row_is_made_by_the_next_run_although_the_score_has_fallen(
    world: World,
) -> None:
    world.pipeliner.refuse_names = {"Bad"}
    world.acton.add_person("l-0001", "bad@example.com", last="Bad", score=50)
    world.sync()
    world.pipeliner.refuse_names = set()
    world.acton.set_score("bad@example.com", 10)
    assert world.sync().counts.created == 1


# --- the volume guard ---------------------------------------------------------------------------


@pytest.mark.parametrize(("guard", "created"), [(None, 3), (3, 3), (2, 0), (0, 0)])
def test_the_volume_guard_holds_all_or_nothing(
    world: World, guard: int | None, created: int
) -> None:
    world.choose(volume_guard=guard)
    for number in range(3):
        world.acton.add_person("l-0001", f"p{number}@example.com", score=50)
    run = world.sync()
    assert run.counts.created == created
    assert run.counts.skipped.get("waiting_for_approval", 0) == 3 - created
    assert len(world.pipeliner.contacts) == created
    if not created:
        assert run.status is RunStatus.PARTIAL
        assert run.problem is not None
        assert run.problem.kind == "volume_guard"
        assert "3 new Leads" in run.problem.message


def test_the_volume_guard_makes_no_contact_for_a_lead_that_has_none(
    world: World, tmp_path: Path
) -> None:
    _, contact_id = linked(world)
    world.pipeliner.change_addresses(contact_id, "other@example.com")
    world.lose_our_database(tmp_path)
    joins_summer(world)
    world.choose(volume_guard=0)
    run = world.sync()
    assert run.counts.skipped == {"waiting_for_approval": 1}
    assert list(world.pipeliner.contacts) == [contact_id]
    assert run.counts.contacts_created == 0
