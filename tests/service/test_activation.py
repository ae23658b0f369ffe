"""From claiming a space to "Add pending": nothing typed is lost, nobody overwrites anybody."""

from dataclasses import replace

import pytest

from sync.errors import (
    Conflict,
    CredentialsRefused,
    InvalidFields,
    NotAllowed,
    SetupError,
    TryLater,
)
from sync.model import (
    SHELL,
    ClaimForm,
    Draft,
    FieldPurpose,
    SpaceStatus,
    Step,
    TypedSettings,
    User,
)
from tests.service.world import AdminWorld

KEY = ClaimForm(
    service_url="https://eu.api.pipelinersales.com/",
    space_id=" new_space ",
    username="us_1",
    password="key secret",
)
TYPED = TypedSettings(
    threshold="40",
    sync_time="02:30",
    time_zone="Europe/Berlin",
    owner="anna@example.com",
    marketing_domain_url="a777.actonsoftware.com",
)


def problems_of(caught: pytest.ExceptionInfo[InvalidFields]) -> dict[str, str]:
    return {one.field: one.message for one in caught.value.problems}


# --- claiming ---------------------------------------------------------------------------------


def test_a_working_key_makes_the_account_an_admin_of_a_requested_space(world: AdminWorld) -> None:
    actor = world.actor("nora@example.com")
    claimed = world.activation.claim(actor, KEY)
    assert (claimed.space_id, claimed.joined) == ("new_space", False)
    space = world.space("new_space")
    assert space.status is SpaceStatus.REQUESTED
    assert space.pipeliner.service_url == "https://eu.api.pipelinersales.com"
    assert "new_space" in world.actor("nora@example.com").spaces
    assert world.events() == ["space_claimed"]


def test_claiming_creates_nothing_in_pipeliner(world: AdminWorld) -> None:
    world.activation.claim(world.actor("nora@example.com"), KEY)
    assert world.vendors.pipeliner.written == []
    assert world.vendors.pipeliner.pages == []


def test_the_time_zone_is_that_of_the_user_with_the_same_address(world: AdminWorld) -> None:
    world.vendors.pipeliner.users = {
        "u1": User(user_id="u1", email="x@x.com", name="X", active=True, time_zone="Asia/Tokyo"),
        "u2": User(
            user_id="u2", email="Nora@Example.com", name="N", active=True, time_zone="Asia/Kolkata"
        ),
        "u3": User(user_id="u3", email="y@x.com", name="Y", active=True, time_zone="Nowhere"),
    }
    world.activation.claim(world.actor("nora@example.com"), KEY)
    assert world.space("new_space").time_zone == "Asia/Kolkata"


@pytest.mark.parametrize(
    ("form", "field"),
    [
        (replace(KEY, service_url=""), "service_url"),
        (replace(KEY, space_id="no good"), "space_id"),
        (replace(KEY, username=" "), "username"),
        (replace(KEY, password=""), "password"),
        (replace(KEY, service_url="https://evil.example"), "service_url"),
    ],
)
def test_what_cannot_be_right_is_said_at_its_field_without_a_call(
    world: AdminWorld, form: ClaimForm, field: str
) -> None:
    with pytest.raises(InvalidFields) as caught:
        world.activation.claim(world.anna, form)
    assert list(problems_of(caught)) == [field]
    assert world.vendors.asked_as == []


@pytest.mark.parametrize(
    ("refusal", "field"),
    [
        (CredentialsRefused("Pipeliner does not accept the key."), "password"),
        (SetupError("Pipeliner does not know this space.", kind="space_unknown"), "space_id"),
        (TryLater("Pipeliner cannot be reached."), "service_url"),
    ],
)
def test_a_key_that_does_not_work_is_said_at_the_field_to_blame(
    world: AdminWorld, refusal: Exception, field: str
) -> None:
    world.vendors.pipeliner.refusal = refusal
    with pytest.raises(InvalidFields) as caught:
        world.activation.claim(world.anna, KEY)
    assert list(problems_of(caught)) == [field]
    assert "key secret" not in str(caught.value) + repr(caught.value)


def test_a_key_without_the_right_to_make_fields_is_refused(world: AdminWorld) -> None:
    world.vendors.pipeliner.may_create = False
    with pytest.raises(InvalidFields) as caught:
        world.activation.claim(world.anna, KEY)
    assert "custom fields" in problems_of(caught)["username"]


def test_a_space_that_is_there_is_joined_by_its_key_and_keeps_what_it_has(
    world: AdminWorld,
) -> None:
    nora = world.actor("nora@example.com")
    claimed = world.activation.claim(nora, replace(KEY, space_id="acme"))
    assert (claimed.joined, claimed.status) == (True, SpaceStatus.RUNNING)
    assert world.space("acme").pipeliner.password == "pipeliner secret"
    assert "acme" in world.actor("nora@example.com").spaces


def test_a_key_for_a_space_of_the_same_name_elsewhere_does_not_open_ours(
    world: AdminWorld,
) -> None:
    elsewhere = replace(KEY, space_id="acme", service_url="https://us.api.pipelinersales.com")
    with pytest.raises(InvalidFields) as caught:
        world.activation.claim(world.actor("mallory@example.com"), elsewhere)
    assert list(problems_of(caught)) == ["service_url"]
    assert "acme" not in world.actor("mallory@example.com").spaces


def test_the_shell_claims_nothing(world: AdminWorld) -> None:
    with pytest.raises(NotAllowed):
        world.activation.claim(SHELL, KEY)


# --- filling in -------------------------------------------------------------------------------


@pytest.fixture
def requested(world: AdminWorld) -> str:
    """The space new_space, claimed by Nora and connected to Act-On."""
    world.activation.claim(world.actor("nora@example.com"), KEY)
    world.vendors.held.add("new_space")
    return "new_space"


def nora(world: AdminWorld):
    return world.actor("nora@example.com")


def save(world: AdminWorld, step: Step, typed: TypedSettings, version: int) -> Draft:
    return world.activation.save_step(nora(world), "new_space", step, typed, version=version)


def test_a_fresh_form_asks_for_what_has_no_default(world: AdminWorld, requested: str) -> None:
    draft = world.activation.draft(nora(world), requested)
    assert draft.revision.version == 0
    assert (draft.typed.threshold, draft.typed.owner, draft.typed.sync_time) == ("", "", "")
    assert draft.typed.authentication_name == "Pipeliner › Act-On Integration"
    assert {field for field, _ in draft.problems} >= {"threshold", "owner", "sync_time"}


def test_what_was_typed_is_kept_as_it_is_right_or_wrong(world: AdminWorld, requested: str) -> None:
    typed = replace(TYPED, threshold="forty", include=("l-0001",), column_map={"*": {"city": "X"}})
    saved = save(world, Step.AUTOCREATE, typed, 0)
    assert dict(saved.problems).keys() == {"threshold"}
    again = world.activation.draft(nora(world), requested)
    assert again.typed == typed
    assert again.revision.version == 1
    assert again.revision.saved_by == "nora@example.com"


def test_a_step_shows_no_problems_of_others(world: AdminWorld, requested: str) -> None:
    assert save(world, Step.SCORING, TypedSettings(), 0).problems == ()


def test_an_owner_who_is_inactive_is_said_at_once(world: AdminWorld, requested: str) -> None:
    saved = save(world, Step.AUTOCREATE, replace(TYPED, owner="carl@example.com"), 0)
    assert "inactive" in dict(saved.problems)["owner"]


def test_of_two_who_save_at_once_the_second_is_told_who_and_when(
    world: AdminWorld, requested: str
) -> None:
    save(world, Step.SCORING, TYPED, 0)
    with pytest.raises(Conflict) as caught:
        save(world, Step.SCORING, replace(TYPED, threshold="1"), 0)
    assert caught.value.saved_by == "nora@example.com"
    assert caught.value.saved_at == world.time
    assert world.activation.draft(nora(world), requested).typed == TYPED


# --- finishing --------------------------------------------------------------------------------


def test_a_complete_draft_waits_for_approval_with_its_settings_and_fields(
    world: AdminWorld, requested: str
) -> None:
    save(world, Step.AUTOCREATE, TYPED, 0)
    finished = world.activation.finish(nora(world), requested, version=1)
    assert finished.status is SpaceStatus.PENDING
    assert (finished.settings.threshold, finished.settings.owner) == (40, "anna@example.com")
    assert finished.acton.account_id == "777"
    with world.store.read() as desk:
        assert set(desk.spaces.fields(requested)) == set(FieldPurpose)
        assert desk.drafts.find(requested) is None
    assert "settings_changed" in world.events()
    assert world.events()[-1] == "activation_finished"


def test_with_automatic_approval_it_runs_at_its_next_sync_time(
    world: AdminWorld, requested: str
) -> None:
    world.choose(auto_approve=True)
    save(world, Step.AUTOCREATE, TYPED, 0)
    finished = world.activation.finish(nora(world), requested, version=1)
    assert finished.status is SpaceStatus.RUNNING
    assert finished.next_due_at is not None
    assert finished.next_due_at > world.time


def test_an_incomplete_draft_is_not_finished(world: AdminWorld, requested: str) -> None:
    with pytest.raises(InvalidFields) as caught:
        world.activation.finish(nora(world), requested, version=0)
    assert problems_of(caught).keys() >= {"threshold", "owner"}
    assert world.space(requested).status is SpaceStatus.REQUESTED


def test_a_space_that_is_not_connected_to_act_on_is_not_finished(
    world: AdminWorld, requested: str
) -> None:
    save(world, Step.AUTOCREATE, TYPED, 0)
    world.vendors.held.discard(requested)
    with pytest.raises(InvalidFields, match="Connect Act-On first"):
        world.activation.finish(nora(world), requested, version=1)
    assert world.space(requested).status is SpaceStatus.REQUESTED


def test_an_owner_who_became_inactive_between_the_steps_stops_the_finish(
    world: AdminWorld, requested: str
) -> None:
    save(world, Step.AUTOCREATE, TYPED, 0)
    users = world.vendors.pipeliner.users
    users["u1"] = replace(users["u1"], active=False)
    with pytest.raises(InvalidFields) as caught:
        world.activation.finish(nora(world), requested, version=1)
    assert "inactive" in problems_of(caught)["owner"]


def test_finishing_what_somebody_changed_meanwhile_is_refused(
    world: AdminWorld, requested: str
) -> None:
    save(world, Step.AUTOCREATE, TYPED, 0)
    save(world, Step.LIMITS, replace(TYPED, volume_guard="5"), 1)
    with pytest.raises(Conflict):
        world.activation.finish(nora(world), requested, version=1)


def test_finishing_twice_finishes_once(world: AdminWorld, requested: str) -> None:
    save(world, Step.AUTOCREATE, TYPED, 0)
    world.activation.finish(nora(world), requested, version=1)
    with pytest.raises(Conflict) as caught:
        world.activation.finish(nora(world), requested, version=1)
    assert caught.value.kind == "finished"


# --- changing settings of a space that runs -----------------------------------------------------


def test_settings_are_changed_under_the_version_that_was_shown(world: AdminWorld) -> None:
    shown = world.activation.typed_settings(world.anna, "acme")
    typed = replace(shown.typed, threshold="55")
    changed = world.activation.change_settings(
        world.anna, "acme", typed, version=shown.revision.version
    )
    assert changed.settings.threshold == 55
    with world.store.read() as desk:
        (entry,) = desk.audit.page(space_id="acme", limit=1)
    assert entry.actor == "anna@example.com"
    assert [(one.field, one.old, one.new) for one in entry.changes] == [
        ("settings.threshold", "40", "55")
    ]


def test_the_second_of_two_admins_is_told_and_overwrites_nothing(world: AdminWorld) -> None:
    shown = world.activation.typed_settings(world.anna, "acme")
    other = world.admin_of("nora@example.com", "acme")
    world.activation.change_settings(
        other, "acme", replace(shown.typed, threshold="55"), version=shown.revision.version
    )
    with pytest.raises(Conflict) as caught:
        world.activation.change_settings(
            world.anna, "acme", replace(shown.typed, threshold="66"), version=shown.revision.version
        )
    assert caught.value.saved_by == "nora@example.com"
    assert world.space().settings.threshold == 55


def test_an_import_of_the_space_file_counts_as_a_change(world: AdminWorld) -> None:
    shown = world.activation.typed_settings(world.anna, "acme")
    world.add_space("acme")
    with pytest.raises(Conflict):
        world.activation.change_settings(
            world.anna, "acme", shown.typed, version=shown.revision.version
        )


def test_settings_that_are_wrong_change_nothing(world: AdminWorld) -> None:
    shown = world.activation.typed_settings(world.anna, "acme")
    wrong = replace(shown.typed, threshold="x", lead_type_id="t9")
    with pytest.raises(InvalidFields):
        world.activation.change_settings(world.anna, "acme", wrong, version=shown.revision.version)
    assert world.space().settings.threshold == 40


# --- offers -----------------------------------------------------------------------------------


def test_active_users_are_found_by_part_of_name_or_address(world: AdminWorld) -> None:
    assert [one.name for one in world.offers.users(world.anna, "acme").users] == ["Anna"]
    found = world.offers.users(world.anna, "acme", "ANNA@ex")
    assert [one.user_id for one in found.users] == ["u1"]
    assert found.suggested is not None
    assert world.offers.users(world.anna, "acme", "carl").users == ()


def test_lists_are_offered_with_their_sizes_and_whether_they_are_taken(world: AdminWorld) -> None:
    world.vendors.acton.add_list("l-0002", "Segment", is_source=False)
    world.vendors.acton.add_person("l-0001", "a@example.com")
    offers = world.offers.lists(world.anna, "acme")
    assert [(one.info.name, one.info.size, one.taken) for one in offers] == [
        ("Spring", 1, True),
        ("Segment", 0, False),
    ]


def test_a_sample_shows_first_rows_and_what_columns_were_taken_for(world: AdminWorld) -> None:
    headers = ("_contact_id_", "Vorname", "Firma", "E-mail Address", "Act-On Score")
    world.vendors.acton.add_list("l-0003", "Herbst", headers)
    for number in range(9):
        world.vendors.acton.add_row("l-0003", f"V{number}", "ACME", f"{number}@example.com", "7")
    sample = world.offers.sample(world.anna, "acme", "l-0003")
    assert sample.total == 9
    assert len(sample.rows) == 5
    assert sample.mapping == {
        "address": "E-mail Address",
        "first_name": "Vorname",
        "company": "Firma",
    }
    assert sample.score_headers == ("Act-On Score",)
    typed = {"l-0003": {"city": "Firma"}}
    assert world.offers.sample(world.anna, "acme", "l-0003", typed).mapping["city"] == "Firma"


def test_lead_types_come_with_their_steps(world: AdminWorld) -> None:
    (kind,) = world.offers.lead_types(world.anna, "acme")
    assert [step.name for step in kind.steps] == ["New"]
