"""No page says anything that was not given to be translated."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sync import languages
from sync.languages import lazy_gettext
from sync.model import SpaceStatus
from tests.service.world import AdminWorld
from tests.web import test_rights, test_rights_activation
from tests.web.panel_fakes import KEY, NOW, SESSION, open_pages, scenes
from tests.web.pseudo import Pseudo, untranslated
from tests.web.space_web import HTTPS, Person, SpaceWeb, open_web

ROUTES = [*test_rights.SPACE, *test_rights.OPERATOR]
STEPS = [
    *test_rights_activation.SPACE,
    *(row for row in test_rights_activation.OWN if "oauth" not in row[1]),
]
GERMAN = {"Accept-Language": "de"}
# Names that this test's people and things have, outside of what is marked as somebody's own.
DATA = re.compile(
    r"Acme|acme|Fresh|Europe/Berlin|Sek|Spring|Webinar|^Web:?$|^New$|webinar|"
    r"Anna|Jana|Nov|Okt|Otto|Ostermann|"
    r"English|Deutsch|Français|Español|Português"
)


@pytest.fixture(autouse=True)
def pseudo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(languages, "_catalogue_of", lambda language: Pseudo())


@pytest.fixture
def web(tmp_path: Path) -> Iterator[SpaceWeb]:
    world = AdminWorld(tmp_path)
    world.add_space("acme")
    world.add_space("fresh", name="Fresh", status=SpaceStatus.REQUESTED)
    world.vendors.acton.add_person("l-0001", "ready@example.com", last="Ready", score=50)
    assert world.anna.account_id == 1
    world.admin_of("anna@example.com", "fresh")
    assert world.sync().run_id == 1
    yield open_web(world, public_url=HTTPS)
    world.store.database.close()


def left(page: str) -> list[str]:
    return [one for one in untranslated(page) if not DATA.search(one)]


PLACES = {**test_rights.PLACE, "space": "acme"}
DEEDS = [path.format(**PLACES) for method, path, *_ in ROUTES if method == "POST"]


def test_the_pages_of_a_space_and_of_operators(web: SpaceWeb) -> None:
    for path in (path.format(**PLACES) for method, path, *_ in ROUTES if method == "GET"):
        person = web.olga if path.startswith("/operator") else web.anna
        answer = person.get(path, **GERMAN)
        if answer.status_code == 200 and answer.mimetype == "text/html":
            assert left(answer.text) == [], path


def test_the_activation_and_accounts(web: SpaceWeb) -> None:
    for path in (path.format(space="fresh") for method, path, *_ in STEPS if method == "GET"):
        for person in (web.anna, web.nobody):
            answer = person.get(path, **GERMAN)
            if answer.status_code != 303:
                assert left(answer.text) == [], path


@pytest.mark.parametrize("path", DEEDS)
def test_what_is_said_after_a_deed(web: SpaceWeb, path: str) -> None:
    person = web.olga if path.startswith("/operator") else web.anna
    said_after(person, path)


@pytest.mark.parametrize(
    "path", [path.format(space="fresh") for method, path, *_ in STEPS if method == "POST"]
)
def test_what_is_said_after_a_step(web: SpaceWeb, path: str) -> None:
    said_after(web.anna, path)


def said_after(person: Person, path: str) -> None:
    """A form without anything in it; then the page that it leads to."""
    data = {"csrf_token": person.any_token(), "version": "0"}
    answer = person.client.post(path, base_url=HTTPS, data=data, headers=GERMAN)
    if answer.status_code == 303:
        answer = person.get(answer.headers["Location"], **GERMAN)
    if answer.mimetype == "text/html":
        assert left(answer.text) == []


@pytest.mark.parametrize("name", [one for one in scenes(NOW) if one != "hostile"])
def test_the_panel_in_every_state(name: str) -> None:
    panel = scenes(NOW)[name]
    panel.entries = [
        replace(one, lead_in=lazy_gettext(one.lead_in) if one.lead_in else "")
        for one in panel.entries
    ]
    client = open_pages(panel)
    for data in (
        {"key": KEY},
        {"session": SESSION},
        {"session": SESSION, "page": "full"},
        {"session": SESSION, "tab": "scoring"},
        {"session": SESSION, "q": "nothing like that"},
    ):
        address = "/panel" if "key" in data else "/panel/activity"
        answer = client.post(address, data=data, headers=GERMAN)
        assert left(answer.text) == []


def test_a_panel_that_does_not_open() -> None:
    client = open_pages(scenes(NOW)["linked"])
    assert left(client.get("/panel", headers=GERMAN).text) == []
    assert left(client.post("/panel", data={"key": "x"}, headers=GERMAN).text) == []


def test_a_page_that_is_not_there(web: SpaceWeb) -> None:
    assert left(web.nobody.get("/nowhere", **GERMAN).text) == []


def test_a_word_that_was_not_given_to_be_translated_is_found() -> None:
    page = '<p title="Hello there">⟦well ⟦said⟧⟧ then <bdi>Anna</bdi></p>'
    assert untranslated(page) == ["Hello", "there", "then"]
