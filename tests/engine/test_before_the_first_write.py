"""What must be right before a run writes anything (design §3.7, §3.9, §3.15)."""

import pytest

from sync.errors import CredentialsRefused, TryLater
from sync.model import FieldPurpose, ListChoice, Run, RunStatus, ScoreSource
from sync.model.pipeliner import OPTIONAL_FIELDS
from sync.pipeliner.provisioning import SPECS
from tests.engine.conftest import World


def refused(world: World, kind: str) -> Run:
    """A run with somebody to create, which ends before any write for a reason of this kind."""
    world.acton.add_person("l-0001", "jane@example.com", score=50)
    run = world.sync()
    assert run.status is RunStatus.FAILED
    assert run.problem is not None
    assert run.problem.kind == kind
    assert world.pipeliner.written == []
    return run


@pytest.mark.parametrize("owner", ["nobody@example.com", "u9", "carl@example.com"])
def test_the_owner_is_checked_before_anything_is_asked_of_acton(world: World, owner: str) -> None:
    world.choose(owner=owner)
    kind = "owner_inactive" if owner.startswith("carl") else "owner_unknown"
    run = refused(world, kind)
    assert run.problem is not None
    assert owner in run.problem.message
    assert "active Pipeliner user" in run.problem.hint
    assert world.acton.asked == []


def test_the_owner_may_be_named_by_id(world: World) -> None:
    world.choose(owner="u1")
    world.acton.add_person("l-0001", "jane@example.com", score=50)
    assert world.sync().counts.created == 1


def test_an_owner_who_is_active_again_lets_the_next_run_go_on(world: World) -> None:
    world.choose(owner="nobody@example.com")
    refused(world, "owner_unknown")
    world.choose(owner="anna@example.com")
    assert world.sync().counts.created == 1


@pytest.mark.parametrize("purpose", [one for one in FieldPurpose if one not in OPTIONAL_FIELDS])
def test_a_field_that_was_deleted_is_named(world: World, purpose: FieldPurpose) -> None:
    world.pipeliner.change_field(purpose, deleted=True)
    problem = refused(world, "fields").problem
    assert problem is not None
    assert repr(SPECS[purpose].name) in problem.message
    assert purpose.entity.value in problem.message
    assert problem.hint


@pytest.mark.parametrize("change", [{"deleted": True}, {"published": False}, {"type_id": "input"}])
def test_a_run_goes_on_without_a_field_that_a_space_may_lack(
    world: World, change: dict[str, object]
) -> None:
    world.pipeliner.change_field(FieldPurpose.LEAD_PANEL_KEY, **change)
    world.acton.add_person("l-0001", "jane@example.com", score=50)
    assert world.sync().counts.created == 1
    [lead] = world.pipeliner.live_leads()
    assert FieldPurpose.LEAD_PANEL_KEY not in lead.ours


def test_a_field_that_is_not_published_is_named(world: World) -> None:
    world.pipeliner.change_field(FieldPurpose.LEAD_LIST, published=False)
    problem = refused(world, "fields").problem
    assert problem is not None
    assert "'Act-On List'" in problem.message
    assert "not published" in problem.message


def test_a_field_that_was_renamed_is_still_used(world: World) -> None:
    world.pipeliner.change_field(FieldPurpose.LEAD_SCORE, name="Points")
    world.acton.add_person("l-0001", "jane@example.com", score=50)
    assert world.sync().counts.created == 1


def test_fields_that_were_never_provisioned_are_all_named(world: World) -> None:
    with world.store.write() as desk:
        desk.spaces.save_fields(world.space.space_id, {})
    problem = refused(world, "fields").problem
    assert problem is not None
    assert all(spec.name in problem.message for spec in SPECS.values())
    assert f"fields provision {world.space.space_id}" in problem.hint


def test_a_list_named_in_vain_is_said_before_anything_is_written(world: World) -> None:
    world.choose(lists=ListChoice(include=("Spring", "Winter")))
    problem = refused(world, "lists").problem
    assert problem is not None
    assert "'Winter'" in problem.message
    assert "Spring" not in problem.message


def test_a_score_column_that_is_wanted_must_be_named(world: World) -> None:
    world.choose(score_source=ScoreSource.LIST_COLUMN)
    refused(world, "score_source")


def test_all_contacts_that_are_wanted_must_be_there(world: World) -> None:
    world.acton.has_all_contacts = False
    world.choose(score_source=ScoreSource.ALL_CONTACTS)
    refused(world, "score_source")


def test_refused_credentials_end_the_run_at_once_and_not_list_by_list(world: World) -> None:
    for number in (2, 3):
        world.acton.add_list(f"l-000{number}", f"List {number}")
    for list_id in world.acton.lists:
        world.acton.fail(list_id, CredentialsRefused("Act-On does not accept the credentials."))
    refused(world, "credentials")
    assert [asked for asked in world.acton.asked if asked.startswith("rows")] == ["rows l-0001 0"]


def test_a_vendor_that_fails_list_after_list_ends_the_run(world: World) -> None:
    for number in (2, 3, 4):
        world.acton.add_list(f"l-000{number}", f"List {number}")
    for list_id in world.acton.lists:
        world.acton.fail(list_id, TryLater("Act-On cannot be reached."))
    refused(world, "unavailable")
    assert "rows l-0004 0" not in world.acton.asked
