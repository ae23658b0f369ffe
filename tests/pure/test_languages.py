"""Which language is spoken, and that texts come in it."""

import copy
import json

import pytest
from markupsafe import escape

from sync.errors import FieldProblem, NotFound
from sync.languages import (
    LANGUAGES,
    Number,
    Text,
    current_language,
    find_language,
    gettext,
    lazy_gettext,
    ngettext,
    pgettext,
    speak,
    speaking,
    translated,
)


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("de", "de"),
        ("de-AT", "de"),
        ("pt_BR", "pt"),
        ("EN-us", "en"),
        ("nl", None),
        ("deu", None),
        ("", None),
        (None, None),
        ("../de", None),
    ],
)
def test_a_tag_asks_for_one_of_our_languages_or_for_none(
    tag: str | None, language: str | None
) -> None:
    assert find_language(tag) == language


def test_a_language_is_spoken_until_its_end_and_english_otherwise() -> None:
    assert current_language() == "en"
    with speaking("fr-CA"):
        assert current_language() == "fr"
        with speaking("nl"):
            assert current_language() == "en"
        assert current_language() == "fr"
    assert current_language() == "en"


def test_values_are_filled_in_and_numbers_have_their_form() -> None:
    assert gettext("Score %(score)s", score=7) == "Score 7"
    assert ngettext("%(num)s Lead", "%(num)s Leads", 1) == "1 Lead"
    assert ngettext("%(num)s Lead", "%(num)s Leads", 2) == "2 Leads"
    assert str(lazy_gettext("100 %")) == "100 %"


def test_there_are_five_languages() -> None:
    assert set(LANGUAGES) == {"en", "de", "fr", "es", "pt"}


def test_a_language_may_change_until_the_end_of_what_is_around_it() -> None:
    with speaking("fr"):
        speak("es")
        assert current_language() == "es"
    assert current_language() == "en"


def test_nothing_is_said_by_an_empty_message() -> None:
    """The empty message is a catalogue's heading."""
    with speaking("de"):
        assert gettext("") == ""
        assert str(lazy_gettext("")) == ""


def test_numbers_have_the_form_that_the_language_has_for_them() -> None:
    with speaking("de"):
        assert ngettext("%(num)s row", "%(num)s rows", 1) == "1 Zeile"
        assert ngettext("%(num)s row", "%(num)s rows", 1200, num="1.200") == "1.200 Zeilen"
    with speaking("fr"):
        assert ngettext("%(num)s row", "%(num)s rows", 0) == "0 ligne"


def test_a_word_that_means_two_things_has_two_translations() -> None:
    with speaking("de"):
        assert pgettext("row", "Open") == "Offen"
        assert gettext("Open") == "Öffnen"


def test_a_constant_is_english_in_itself_and_in_the_language_where_it_is_shown() -> None:
    text = lazy_gettext("%(email)s cancelled this run.", email="<i>")
    assert text == "<i> cancelled this run."
    with speaking("de"):
        assert json.dumps(text) == '"<i> cancelled this run."'  # as it is logged and kept
        assert str(text) == f"{text}" == "<i> hat diesen Lauf abgebrochen."
        assert escape(text) == "&lt;i&gt; hat diesen Lauf abgebrochen."
        assert str(copy.deepcopy(text)) == str(text)


def test_a_text_within_a_text_is_translated_with_it() -> None:
    text = lazy_gettext("Enter %(what)s.", what=lazy_gettext("the score to reach"))
    assert text == "Enter the score to reach."
    with speaking("es"):
        assert str(text) == "Introduzca la puntuación que hay que alcanzar."


def test_an_error_is_told_in_the_language_of_whoever_reads_it() -> None:
    error, problem = NotFound("There is no such account."), FieldProblem(field="x", message="None")
    assert str(error) == "There is no such account."
    with speaking("pt"):
        assert str(error) == "Não existe essa conta."
        assert str(problem.message) == "Nenhum"
    assert isinstance(error.message, Text)


def test_a_number_in_a_text_is_written_as_the_language_does() -> None:
    text = lazy_gettext("Use at most %(most)s characters, on one line.", most=Number(10_000))
    assert text == "Use at most 10,000 characters, on one line."
    with speaking("de"):
        assert "10.000 Zeichen" in str(text)


@pytest.mark.parametrize(
    ("kept", "german"),
    [
        ("Act-On is not connected yet.", "Act-On ist noch nicht verbunden."),
        (
            "Pipeliner has no user 'anna' to own the new Leads and Contacts.",
            "Pipeliner hat keinen Benutzer 'anna', "
            "dem die neuen Leads und Kontakte gehören könnten.",
        ),
        (
            "Act-On answered the account with status 500.",
            "Act-On hat auf eine Anfrage (das Konto) mit dem Status 500 geantwortet.",
        ),
        (
            "1 of 2 lists could not be read: 'A'. Act-On has no such thing: list l-1.",
            "1 von 2 Listen konnten nicht gelesen werden: 'A'. "
            "Das gibt es in Act-On nicht: Liste l-1.",
        ),
        ("Somebody wrote this by hand", "Somebody wrote this by hand"),
        ("", ""),
        ("x" * 5000, "x" * 5000),
    ],
)
def test_what_was_kept_in_english_is_known_again(kept: str, german: str) -> None:
    assert str(translated(kept)) == kept
    with speaking("de"):
        assert str(translated(kept)) == german


def test_what_was_kept_is_escaped_like_all_else() -> None:
    with speaking("de"):
        assert "<b>" not in escape(translated("<b>x</b> cancelled this run."))
