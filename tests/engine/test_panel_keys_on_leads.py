"""The panel key on Leads: written with what is written anyway, renewed by itself, and missed by
nobody in a space that lacks the field. And the names of those who own records."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sync.errors import Refused, StoreAway, TryLater, UnexpectedAnswer
from sync.model import CrmLead, FieldPurpose, LeadWrite
from sync.rules.keys import person_digest
from tests.engine.conftest import World
from tests.engine.fakes import all_fields

KEY = FieldPurpose.LEAD_PANEL_KEY


def lead_of(world: World) -> CrmLead:
    """The only Lead."""
    (lead,) = world.pipeliner.leads.values()
    return lead


def lead_changes(world: World) -> list[set[FieldPurpose]]:
    return [set(one.ours) for one in world.pipeliner.changes if isinstance(one, LeadWrite)]


def provision(world: World, *, with_key: bool) -> None:
    known = {one: field for one, field in all_fields().items() if with_key or one is not KEY}
    with world.store.write() as desk:
        desk.spaces.save_fields(world.space.space_id, known)


@pytest.fixture
def from_before(world: World) -> World:
    """A space whose Leads were made before there was such a field."""
    provision(world, with_key=False)
    for name in ("jane", "joe"):
        world.acton.add_person("l-0001", f"{name}@example.com", score=50)
    assert world.sync().counts.created == 2
    world.pipeliner.written.clear()
    return world


def test_a_space_without_the_field_is_synced_as_before(from_before: World) -> None:
    assert all(KEY not in lead.ours for lead in from_before.pipeliner.live_leads())
    assert from_before.sync().counts.unchanged == 2
    assert from_before.pipeliner.written == []


def test_once_the_field_is_there_all_leads_get_a_key_in_one_batch_and_then_nothing(
    from_before: World,
) -> None:
    provision(from_before, with_key=True)
    counts = from_before.sync().counts
    assert from_before.pipeliner.written == ["leads 2"]
    assert (counts.unchanged, counts.updated, counts.scores_updated) == (2, 0, 0)
    assert lead_changes(from_before) == [{KEY}, {KEY}]
    from_before.sync()
    assert from_before.pipeliner.written == ["leads 2"]


def test_the_preview_foresees_no_update_for_it(from_before: World) -> None:
    provision(from_before, with_key=True)
    counts = from_before.preview().counts
    assert (counts.updated, counts.unchanged, counts.scores_updated) == (0, 2, 0)


def test_a_score_takes_a_new_key_along(linked: World) -> None:
    before = lead_of(linked).panel_key
    linked.acton.set_score("jane@example.com", 60)
    linked.sync()
    assert linked.pipeliner.written == ["contacts 1", "leads 1"]
    assert lead_changes(linked) == [{FieldPurpose.LEAD_SCORE, KEY}]
    assert lead_of(linked).panel_key != before
    linked.time += timedelta(days=14)  # not long enough since
    linked.pipeliner.written.clear()
    linked.sync()
    assert "leads 1" not in linked.pipeliner.written


def test_a_closed_lead_gets_no_key_of_its_own(linked: World) -> None:
    linked.pipeliner.close_lead(lead_of(linked).lead_id, locked=True)
    linked.time += timedelta(days=20)
    linked.sync()
    assert linked.pipeliner.written == ["contacts 1"]


def test_a_key_that_is_refused_fails_no_row(linked: World) -> None:
    linked.pipeliner.refuse_changes.add(lead_of(linked).lead_id)
    linked.time += timedelta(days=20)
    run = linked.sync()
    assert (run.counts.unchanged, run.counts.failed) == (1, {})
    (outcome,) = linked.outcomes(run)
    assert "panel could not be renewed: The Lead is locked." in (outcome.detail or "")


def test_a_lead_deleted_before_its_key_was_renewed_is_buried(linked: World) -> None:
    linked.time += timedelta(days=20)
    lead_id = lead_of(linked).lead_id
    linked.pipeliner.before_write = lambda kind: (
        linked.pipeliner.delete_lead(lead_id) if kind == "Leads" else None
    )
    assert linked.sync().counts.skipped == {"deleted_in_crm": 1}


def test_a_lead_that_carries_the_key_of_somebody_else_gets_its_own(linked: World) -> None:
    """Somebody has copied a Lead, hidden fields and all, and typed over what they saw."""
    world, jane = linked, lead_of(linked)
    world.acton.add_person("l-0001", "joe@example.com", score=50)
    world.sync()
    (joe,) = [one for one in world.pipeliner.leads.values() if one.lead_id != jane.lead_id]
    world.pipeliner.copy_panel_key(jane.lead_id, joe.lead_id)
    world.sync()
    person = person_digest(world.space.space_id, "joe@example.com")
    assert f".{person}." in world.pipeliner.leads[joe.lead_id].panel_key


def test_keys_are_known_again_after_our_database_was_lost(linked: World, tmp_path) -> None:
    linked.lose_our_database(tmp_path)
    linked.sync()
    assert not lead_changes(linked)


def test_a_field_that_was_deleted_and_made_anew_is_filled_again(linked: World) -> None:
    linked.pipeliner.change_field(KEY, deleted=True)
    linked.time += timedelta(days=5)
    linked.pipeliner.clock = linked.time
    linked.pipeliner.add_contact("x@example.com")  # so that Jane's Lead is not read again
    linked.sync()
    linked.pipeliner.change_field(KEY, deleted=False)
    with linked.store.write() as desk:
        fields = all_fields()
        fields[KEY] = replace(fields[KEY], field_id="another", api_name="cf_another")
        linked.pipeliner.change_field(KEY, field_id="another", api_name="cf_another")
        linked.pipeliner.empty_panel_keys()
        desk.spaces.save_fields(linked.space.space_id, fields)
    linked.sync()
    assert lead_changes(linked) == [{KEY}]


# --- the names of owners --------------------------------------------------------------------------


def owners(world: World) -> dict[str, str]:
    with world.store.read() as desk:
        return {one.owner_id: one.name for one in desk.hot.owners(world.space.space_id)}


def test_our_own_owner_is_named_without_a_call(linked: World) -> None:
    assert owners(linked) == {"u1": "Anna"}
    assert "users" not in linked.pipeliner.read


def test_users_are_asked_for_once_when_somebody_new_owns_something(linked: World) -> None:
    linked.pipeliner.add_contact("x@example.com", owner_id="u2")
    linked.pipeliner.add_contact("y@example.com", owner_id="who-was-removed")
    linked.sync()
    assert owners(linked) == {"u1": "Anna", "u2": "Carl", "who-was-removed": ""}
    linked.sync()
    assert linked.pipeliner.read.count("users") == 1


def test_whose_lead_it_is_now_is_known_to_the_list(linked: World) -> None:
    linked.pipeliner.give_lead(lead_of(linked).lead_id, "u2")
    linked.sync()
    person = person_digest(linked.space.space_id, "jane@example.com")
    with linked.store.read() as desk:
        (lead,) = desk.hot.leads(linked.space.space_id, [person])[person]
    assert (lead.owner and lead.owner.name) == "Carl"


@pytest.mark.parametrize(
    "error", [Refused("No."), TryLater("Away."), UnexpectedAnswer("What?")], ids=lambda e: e.message
)
def test_a_run_that_cannot_have_the_names_is_none_the_worse_and_asks_again(
    linked: World, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    linked.pipeliner.add_contact("x@example.com", owner_id="u2")

    def refuse() -> None:
        raise error

    with monkeypatch.context() as broken:
        broken.setattr(linked.pipeliner, "fetch_users", refuse)
        assert linked.sync().status.value == "succeeded"
    assert owners(linked) == {"u1": "Anna", "u2": ""}
    linked.sync()
    assert owners(linked) == {"u1": "Anna", "u2": "Carl"}


def test_a_database_that_goes_meanwhile_is_no_trouble_of_pipeliners(
    linked: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    linked.pipeliner.add_contact("x@example.com", owner_id="u2")

    def away() -> None:
        raise StoreAway("Away.")

    monkeypatch.setattr(linked.pipeliner, "fetch_users", away)
    with pytest.raises(StoreAway):
        linked.finish(linked.ask())
