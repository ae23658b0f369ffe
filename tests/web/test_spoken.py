"""In which language a request is answered."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.spoken import language_of
from tests.service.world import AdminWorld
from tests.web.panel_fakes import (
    KEY,
    SESSION,
    TOKEN,
    FakePanel,
    as_htmx,
    make_pass,
    open_pages,
)
from tests.web.space_web import SpaceWeb, open_web

GERMAN = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}
FRENCH = {"Accept-Language": "fr-CA"}


@pytest.fixture
def web(tmp_path: Path) -> Iterator[SpaceWeb]:
    world = AdminWorld(tmp_path)
    world.add_space("acme")
    yield open_web(world)
    world.store.database.close()


def language_in(page: str) -> str:
    found = re.search(r'<html lang="(\w+)">', page)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("de-DE,de;q=0.9,en;q=0.8", "de"),
        ("en;q=0.5,fr;q=0.9", "fr"),
        ("nl,pt-BR;q=0.8,de;q=0.7", "pt"),
        ("de;q=0,es", "es"),
        ("en-US,de", "en"),
        ("nl", "en"),
        ("*", "en"),
        ("", "en"),
        (";;;q=x", "en"),
    ],
)
def test_the_browser_is_heard_in_its_own_order(header: str, language: str) -> None:
    assert language_of(header) == language


def test_a_page_is_in_the_browsers_language_and_says_that_it_may_be_another(web: SpaceWeb) -> None:
    answer = web.nobody.get("/login", **GERMAN)
    assert language_in(answer.text) == "de"
    assert "Passwort" in answer.text
    assert "Accept-Language" in answer.headers["Vary"]
    assert language_in(web.nobody.get("/login").text) == "en"


def test_an_error_is_told_in_the_browsers_language_and_to_programs_in_english(
    web: SpaceWeb,
) -> None:
    answer = web.nobody.get("/nowhere", **GERMAN)
    assert "Unter dieser Adresse ist nichts." in answer.text
    answer = web.nobody.get("/healthz/nowhere", **GERMAN)
    assert answer.json["error"]["message"] == "There is nothing at this address."


def test_the_accounts_own_choice_comes_first_until_it_is_given_up(web: SpaceWeb) -> None:
    anna = web.anna
    answer = anna.press("/account", "Use this language", language="es")
    page = anna.get(answer.headers["Location"], **GERMAN).text
    assert language_in(page) == "es"
    assert "El idioma está cambiado." in page
    assert re.search(r'<option value="es" selected>\s*Español', page)
    anna.post("/account/language", language="")
    assert language_in(anna.get("/account", **GERMAN).text) == "de"


def test_a_language_that_there_is_not_is_refused(web: SpaceWeb) -> None:
    answer = web.anna.post("/account/language", language="tlh")
    assert answer.status_code == 422
    assert "Choose one of the languages offered." in answer.text
    assert language_in(answer.text) == "en"


def test_dates_and_numbers_are_those_of_language_and_region(web: SpaceWeb) -> None:
    for tag, number in (("de-DE", "30.000"), ("pt-BR", "30.000"), ("en-US", "30,000")):
        assert number in web.anna.get("/admin/acme/", **{"Accept-Language": tag}).text


# --- the panel -----------------------------------------------------------------------------------


def test_a_panel_is_kept_apart_for_each_language() -> None:
    client = open_pages(FakePanel())
    for _ in range(2):
        for headers, language, words in (
            (GERMAN, "de", "über Ihrer Schwelle von 40"),
            (FRENCH, "fr", "au-dessus de votre seuil de 40"),
            ({}, "en", "over your threshold of 40"),
        ):
            answer = client.post("/panel", data={"key": KEY}, headers=headers)
            assert language_in(answer.text) == language
            assert words in answer.text
            assert "Accept-Language" in answer.headers["Vary"]


def test_a_launch_that_names_a_language_comes_before_the_browser() -> None:
    panel = FakePanel(tokens={TOKEN: make_pass(user="u1", language="pt")})
    client = open_pages(panel)
    answer = client.post("/panel", data={"token": TOKEN}, headers=GERMAN)
    assert language_in(answer.text) == "pt"
    assert "acima do seu limiar de 40" in answer.text


def test_what_htmx_fetches_later_is_in_the_launchs_language_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    panel = FakePanel()
    monkeypatch.setattr(panel, "check_session", lambda token: make_pass(user="u1", language="es"))
    answer = open_pages(panel).post("/panel/score", headers=as_htmx("record") | GERMAN)
    assert "por encima de su umbral de 40" in answer.text


def test_a_refusal_is_in_the_browsers_language() -> None:
    answer = open_pages(FakePanel()).post("/panel", data={"key": "x"}, headers=FRENCH)
    assert "Ce panneau ne peut pas être ouvert" in answer.text
    assert SESSION not in answer.text


def test_one_request_does_not_speak_for_the_next(web: SpaceWeb) -> None:
    web.anna.press("/account", "Use this language", language="fr")
    assert language_in(web.anna.page("/account")) == "fr"
    assert language_in(web.nobody.get("/login").text) == "en"
