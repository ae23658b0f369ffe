"""What the next run would do, seen from the daily life of a space."""

import pytest

from sync.errors import TryLater
from sync.model import SpaceStatus
from tests.web.space_web import Person, SpaceWeb, forms_of, words_of

PAGE = "/admin/acme/preview"
MAKE = "Make the preview"
FRAGMENT = {"HX-Request": "true", "HX-Target": "foreseen"}


@pytest.fixture
def web(web: SpaceWeb) -> SpaceWeb:
    """Acme takes scores of 40; its list has Ready with 50 and Slow with 30."""
    web.world.vendors.acton.add_person("l-0001", "ready@example.com", last="Ready", score=50)
    web.world.vendors.acton.add_person("l-0001", "slow@example.com", last="Slow", score=30)
    return web


def make_preview(person: Person) -> str:
    """The address of a preview that is made."""
    answer = person.press(PAGE, MAKE)
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def test_the_next_run_is_foreseen_and_nothing_is_written(web: SpaceWeb) -> None:
    words = web.anna.read(make_preview(web.anna))
    assert "1 new Lead at a score of 40 or more" in words
    assert "Continue with" not in words
    assert web.world.vendors.pipeliner.leads == {}
    assert "run_started" not in web.world.events()


def test_the_handle_asks_nobody(web: SpaceWeb) -> None:
    address = make_preview(web.anna)
    asked = len(web.world.vendors.asked_as)
    moved = web.anna.get(f"{address}&threshold=20", **FRAGMENT).text
    assert "<html" not in moved
    assert "2 new Leads at a score of 20 or more" in words_of(moved)
    assert len(web.world.vendors.asked_as) == asked


def test_the_score_of_the_handle_becomes_the_setting(web: SpaceWeb) -> None:
    answer = web.anna.press(f"{make_preview(web.anna)}&threshold=20", "Make 20 the score to reach")
    assert "From the next run on a score of 20 counts." in web.anna.follow(answer)
    assert web.world.space().settings.threshold == 20
    assert "Score to reach 40 → is now 20" in web.anna.read("/admin/acme/audit")


def test_where_the_handle_stands_at_the_setting_there_is_nothing_to_save(web: SpaceWeb) -> None:
    assert "the score to reach" not in web.anna.read(make_preview(web.anna))


def test_the_second_of_two_who_save_is_told(web: SpaceWeb) -> None:
    address = f"{make_preview(web.anna)}&threshold=20"
    button = "Make 20 the score to reach"
    form = next(one for one in forms_of(web.anna.page(address)) if button in one.text)
    web.anna.press("/admin/acme/settings", "Save settings", volume_guard="9")
    answer = web.anna.send(form)
    assert "anna@example.com saved" in web.anna.follow(answer)
    assert web.world.space().settings.threshold == 40


@pytest.mark.parametrize("threshold", ["", "x", "-5", "9" * 40])
def test_a_score_that_is_none_is_not_saved(web: SpaceWeb, threshold: str) -> None:
    address = f"{make_preview(web.anna)}&threshold=20"
    answer = web.anna.press(address, "Make 20 the score to reach", threshold=threshold)
    assert "Nothing was saved." in web.anna.follow(answer)
    assert web.world.space().settings.threshold == 40


def test_operators_may_look_but_not_choose(web: SpaceWeb) -> None:
    words = web.olga.read(f"{make_preview(web.olga)}&threshold=20")
    assert "2 new Leads at a score of 20 or more" in words
    assert "Make 20" not in words


def test_other_settings_than_those_of_the_preview_are_pointed_out(web: SpaceWeb) -> None:
    make_preview(web.anna)
    assert "Settings were changed" not in web.anna.read(PAGE)
    web.anna.press("/admin/acme/settings", "Save settings", volume_guard="1")
    assert "Settings were changed" in web.anna.read(PAGE)


def test_a_preview_that_cannot_be_made_says_why(
    web: SpaceWeb, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise TryLater("Act-On cannot be reached.")

    monkeypatch.setattr(web.world.vendors.acton, "fetch_lists", away)
    assert "Act-On cannot be reached." in web.anna.read(make_preview(web.anna))


def test_before_the_activation_is_finished_the_preview_is_its_step(web: SpaceWeb) -> None:
    web.world.add_space("acme", status=SpaceStatus.REQUESTED)
    answer = web.anna.get(PAGE)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/acme/activate/preview")
