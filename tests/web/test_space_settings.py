"""Settings on one page, who changed them, and the ways out of the service."""

from dataclasses import replace

import pytest

from app.admin import settings_form
from sync.errors import CredentialsRefused, NotFound, TryLater
from sync.model import SpaceStatus, TypedSettings
from sync.rules.settings_form import MAPPED_FIELDS
from tests.web.space_web import SpaceWeb, forms_of, words_of

PAGE = "/admin/acme/settings"
SAVE = "Save settings"


def test_settings_are_saved_and_written_down(web: SpaceWeb) -> None:
    anna = web.anna
    words = anna.follow(anna.press(PAGE, SAVE, threshold="55", volume_guard="9"))
    assert "Saved. It counts from the next run on." in words
    settings = web.world.space().settings
    assert (settings.threshold, settings.volume_guard) == (55, 9)
    trail = anna.read("/admin/acme/audit")
    assert "anna@example.com changed settings" in trail
    assert "Score to reach 40 → is now 55" in trail


def test_saving_what_is_there_changes_nothing(web: SpaceWeb) -> None:
    settings = replace(
        web.world.space().settings,
        column_map={"*": {"company": "Firm"}, "l-0001": {"city": "Town"}},
        score_columns={"l-0001": "Points"},
    )
    web.world.add_space("acme", settings=settings)
    before = web.world.space()
    web.anna.follow(web.anna.press(PAGE, SAVE))
    assert web.world.space().settings == before.settings
    assert "settings_changed" not in web.world.events()


def test_each_problem_stands_next_to_its_field_and_nothing_typed_is_lost(web: SpaceWeb) -> None:
    typed = {"threshold": "4O", "time_zone": "Mars/Base", "volume_guard": "-1", "owner": "<b>"}
    answer = web.anna.press(PAGE, SAVE, **typed)
    assert answer.status_code == 422
    for name in ("threshold", "time_zone", "volume_guard"):
        assert f'id="{name}-problem"' in answer.text
        assert f'aria-describedby="{name}-hint {name}-problem"' in answer.text
    assert 'value="4O"' in answer.text
    assert 'value="&lt;b&gt;"' in answer.text
    assert "Nothing was saved. 3 fields need another look." in words_of(answer.text)
    assert web.world.space().settings.threshold == 40


def test_an_owner_who_cannot_own_is_told(web: SpaceWeb) -> None:
    answer = web.anna.press(PAGE, SAVE, owner="nobody@example.com")
    assert answer.status_code == 422
    assert "Pipeliner has no such user." in answer.text
    assert "not among the active users" in answer.text


def test_who_saves_second_is_told_and_can_look_before_saving_again(web: SpaceWeb) -> None:
    anna = web.anna
    web.world.admin_of("carl@example.com", "acme")
    carl = web.person("carl@example.com")
    page = anna.page(PAGE)
    form = next(one for one in forms_of(page) if SAVE in one.text)
    carl.follow(carl.press(PAGE, SAVE, threshold="70"))
    answer = anna.send(form, threshold="60")
    assert answer.status_code == 409
    words = words_of(answer.text)
    assert "carl@example.com saved these settings" in words
    assert "Score to reach saved is 70 , you typed 60" in words
    assert 'name="threshold" type="text" value="60"' in answer.text
    assert web.world.space().settings.threshold == 70
    again = next(one for one in forms_of(answer.text) if SAVE in one.text)
    anna.follow(anna.send(again))
    assert web.world.space().settings.threshold == 60


def test_columns_of_a_list_are_looked_at_without_losing_what_was_typed(web: SpaceWeb) -> None:
    web.world.vendors.acton.add_person("l-0001", "ready@example.com", first="<i>Rea", score=50)
    form = next(one for one in forms_of(web.anna.page(PAGE)) if SAVE in one.text)
    form.action = "/admin/acme/settings/look"
    answer = web.anna.send(form, look="l-0001", threshold="77")
    assert answer.status_code == 200
    assert 'value="77"' in answer.text
    assert "&lt;i&gt;Rea" in answer.text
    assert 'name="column_map.l-0001.company"' in answer.text
    assert web.world.space().settings.threshold == 40
    form = next(one for one in forms_of(answer.text) if SAVE in one.text)
    web.anna.follow(web.anna.send(form, **{"column_map.l-0001.company": "Company"}))
    assert web.world.space().settings.column_map == {"l-0001": {"company": "Company"}}


def test_lists_are_chosen_by_ticking(web: SpaceWeb) -> None:
    web.anna.follow(web.anna.press(PAGE, SAVE, all_lists="no", include=["l-0001"]))
    assert web.world.space().settings.lists.include == ("l-0001",)
    answer = web.anna.press(PAGE, SAVE, all_lists="no", include=[])
    assert "Choose at least one list" in answer.text


def test_without_the_vendors_there_are_fields_to_type_into(web: SpaceWeb) -> None:
    web.world.vendors.pipeliner.refusal = TryLater("Pipeliner does not answer.")
    page = web.anna.page(PAGE)
    assert "Pipeliner does not answer." in page
    assert '<input id="owner" name="owner"' in page


def test_an_operator_sees_settings_and_cannot_save_them(web: SpaceWeb) -> None:
    page = web.olga.page(PAGE)
    assert "Only the admins of the space can change" in page
    assert SAVE not in page
    assert 'fieldset class="whole" disabled' in page


def test_the_form_names_every_field_that_can_be_mapped() -> None:
    assert tuple(settings_form.MAPPED) == MAPPED_FIELDS


def test_differences_name_fields_in_words() -> None:
    theirs = TypedSettings(threshold="1", include=("a",), all_lists=True)
    ours = replace(theirs, threshold="2", include=(), all_lists=False, column_map={"*": {"x": "y"}})
    assert settings_form.differences(theirs, ours) == [
        ("threshold", "1", "2"),
        ("all_lists", "yes", "no"),
        ("include", "a", "–"),
        ("column_map", "–", "*: x: y"),
    ]


# --- credentials ---------------------------------------------------------------------------------


def test_another_key_is_tried_before_it_is_kept(web: SpaceWeb) -> None:
    anna, page = web.anna, "/admin/acme/pipeliner-key"
    web.world.vendors.pipeliner.refusal = CredentialsRefused("Pipeliner does not accept the key.")
    answer = anna.press(page, "Try and keep it", username="us_2", password="a wrong secret")
    assert answer.status_code == 422
    assert "Pipeliner does not accept the key." in answer.text
    assert 'value="us_2"' in answer.text
    assert "a wrong secret" not in answer.text
    assert web.world.space().pipeliner.username == "us_1"
    web.world.vendors.pipeliner.refusal = None
    answer = anna.press(page, "Try and keep it", username="us_2", password="another secret")
    assert "The key works." in anna.follow(answer)
    trail = anna.page("/admin/acme/audit")
    assert "changed credentials" in trail
    assert "another secret" not in trail
    assert "Pipeliner password" in trail


def test_act_on_is_disconnected_after_asking(web: SpaceWeb) -> None:
    words = web.anna.follow(web.anna.press("/admin/acme/disconnect", "Disconnect"))
    assert "Connect Act-On" in words
    assert web.world.space().acton.password is None


# --- audit ---------------------------------------------------------------------------------------


def test_the_trail_is_paged_and_holds_no_secret(web: SpaceWeb) -> None:
    anna = web.anna
    for number in range(60):
        anna.press(PAGE, SAVE, threshold=str(number))
    page = anna.page("/admin/acme/audit")
    assert page.count("changed settings") == 50
    assert "Older" in page
    assert "secret" not in page


def test_an_empty_trail_says_why(web: SpaceWeb) -> None:
    assert "written down here from now on" in web.anna.read("/admin/acme/audit")


# --- ways out ------------------------------------------------------------------------------------


def test_keys_are_rotated_after_asking(web: SpaceWeb) -> None:
    words = web.anna.follow(web.anna.press("/admin/acme/rotate-keys", "Rotate keys"))
    assert "All panel keys are void." in words
    assert web.world.space().panel_epoch == 2


def test_a_space_is_deactivated_and_everything_kept(web: SpaceWeb) -> None:
    words = web.anna.follow(web.anna.press("/admin/acme/deactivate", "Deactivate", reason="Moved"))
    assert "This space is deactivated" in words
    assert web.world.space().status is SpaceStatus.INACTIVE


def test_the_only_admin_cannot_leave_and_one_of_two_can(web: SpaceWeb) -> None:
    assert "You are its only admin" in web.anna.read(PAGE)
    answer = web.anna.press("/admin/acme/leave", "Leave")
    assert answer.status_code == 409
    assert "You are the only admin of this space." in answer.text
    web.world.admin_of("carl@example.com", "acme")
    carl = web.person("carl@example.com")
    words = carl.follow(carl.press("/admin/acme/leave", "Leave"))
    assert "You are no longer an admin of acme." in words
    assert carl.get("/admin/acme/").status_code == 404


@pytest.mark.parametrize("typed", ["", "acm", "ACME", "Other"])
def test_erasing_asks_for_the_name(web: SpaceWeb, typed: str) -> None:
    answer = web.anna.press("/admin/acme/erase", "Erase for good", name=typed)
    assert answer.status_code == 422
    assert "Type Acme to erase this space." in answer.text
    assert web.world.space().space_id == "acme"


def test_an_erased_space_is_gone(web: SpaceWeb) -> None:
    anna = web.anna
    words = anna.follow(anna.press("/admin/acme/erase", "Erase for good", name="Acme"))
    assert "nothing is held of it any more" in words
    with pytest.raises(NotFound):
        web.world.space()
    assert anna.get("/admin/acme/").status_code == 404


def test_no_page_holds_a_secret(web: SpaceWeb) -> None:
    for path in ("/", "/settings", "/audit", "/runs", "/people", "/erase"):
        page = web.anna.page(f"/admin/acme{path}")
        assert "pipeliner secret" not in page
        assert "act-on secret" not in page
