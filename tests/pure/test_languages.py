"""Which language is spoken, and that texts come in it."""

import pytest

from sync.languages import (
    LANGUAGES,
    current_language,
    find_language,
    gettext,
    lazy_gettext,
    ngettext,
    speaking,
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
