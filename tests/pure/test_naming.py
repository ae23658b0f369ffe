"""What Leads and Contacts are called (design §3.3)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model import Details
from sync.rules.naming import (
    ELLIPSIS,
    clean_name,
    contact_names,
    lead_name,
    person_name,
    shorten,
)

NAMES = st.text(min_size=1, max_size=400).map(clean_name).filter(bool)


def test_a_lead_is_called_after_the_person_and_the_list() -> None:
    name = person_name(Details(first_name="Jane", middle_name="Q", last_name="Doe"))
    assert lead_name(name=name, list_name="Spring") == "Jane Q Doe (Spring)"


def test_a_missing_part_leaves_no_double_blank() -> None:
    assert person_name(Details(first_name="Jane", last_name="Doe")) == "Jane Doe"
    assert person_name(Details(first_name="  ", last_name="Doe")) == "Doe"


def test_a_long_list_name_is_shortened_first() -> None:
    made = lead_name(name="Jane Doe", list_name="L" * 300, limit=60)
    assert made.startswith("Jane Doe (LLL")
    assert made.endswith("…)")
    assert len(made) == 60


def test_the_list_part_keeps_twenty_characters_before_the_name_gives_way() -> None:
    made = lead_name(name="N" * 300, list_name="L" * 300, limit=60)
    name, _, rest = made.partition(" (")
    assert rest == "L" * 19 + "…)"
    assert name.endswith("…")
    assert len(made) == 60


def test_a_short_list_name_is_never_shortened() -> None:
    made = lead_name(name="N" * 300, list_name="Spring", limit=60)
    assert made.endswith("… (Spring)")
    assert len(made) == 60


def test_an_emoji_made_of_several_is_not_cut_in_two() -> None:
    family = "👩‍👩‍👧"
    made = lead_name(name="ab" + family * 3, list_name="L", limit=14)
    assert len(made) <= 14
    assert "\u200d…" not in made


@given(NAMES, NAMES, st.integers(30, 255))
def test_a_lead_name_never_exceeds_the_limit(name: str, list_name: str, limit: int) -> None:
    made = lead_name(name=name, list_name=list_name, limit=limit)
    assert 0 < len(made) <= limit
    assert made.endswith(")")


@given(st.text(max_size=80))
def test_a_clean_name_is_one_line_without_direction_marks(text: str) -> None:
    made = clean_name(text)
    assert not any(unicodedata.category(char) in ("Cc", "Zl", "Zp", "Cs") for char in made)
    assert not {"\u202e", "\u2066", "\u200f"} & set(made)
    assert made == made.strip()


@given(st.text(max_size=80))
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean_name(clean_name(text)) == clean_name(text)


@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=300))
def test_a_contact_always_has_a_name_that_fits(first: str, middle: str, last: str) -> None:
    details = Details(first_name=first, middle_name=middle, last_name=last)
    made = contact_names(details, "jane@example.com")
    assert made.first_name or made.last_name
    assert max(map(len, (made.first_name, made.middle_name, made.last_name))) <= 255


def test_a_contact_without_any_name_is_called_by_its_address() -> None:
    assert contact_names(Details(), "jane@example.com").last_name == "jane@example.com"


@given(st.text(min_size=1, max_size=60), st.integers(0, 60))
def test_a_shortened_text_is_the_text_or_its_beginning(text: str, limit: int) -> None:
    made = shorten(text, limit)
    assert len(made) <= limit or made == text
    assert made == text or text.startswith(made.removesuffix(ELLIPSIS))
    assert (made == text) == (len(text) <= limit) or limit == 0


@pytest.mark.parametrize(
    "seen_as_one",
    [
        "q\u0308",  # an accent that has no composed form
        "q\u0308\u0323",
        "\U0001f469\u200d\U0001f469\u200d\U0001f467",  # a family
        "\U0001f44b\U0001f3fd",  # a hand with a skin tone
        "\u2764\ufe0f",  # a red heart
        "\U0001f1e9\U0001f1ea",  # a flag
        "\u0915\u093f",  # a Devanagari letter with its vowel
        "1\ufe0f\u20e3",  # a keycap
    ],
)
def test_what_is_seen_as_one_character_is_never_cut(seen_as_one: str) -> None:
    text = "ab" + seen_as_one * 4
    for limit in range(1, len(text)):
        kept = shorten(text, limit).removesuffix(ELLIPSIS)
        assert kept in ("", "a", *("ab" + seen_as_one * number for number in range(4)))


@given(
    st.text("N ", min_size=1, max_size=400).map(clean_name).filter(bool),
    st.text("L ", min_size=1, max_size=400).map(clean_name).filter(bool),
    st.integers(30, 255),
)
def test_the_list_part_keeps_what_it_needs_to_be_known(
    name: str, list_name: str, limit: int
) -> None:
    made = lead_name(name=name, list_name=list_name, limit=limit)
    _, _, rest = made.rpartition(" (")
    part = rest.removesuffix(")")
    if part != list_name:
        a_blank_less = list_name[len(part) - 1] == " "
        assert part.endswith(ELLIPSIS)
        assert len(part) + a_blank_less >= 20


@given(NAMES, st.text("L", min_size=1, max_size=300), st.integers(30, 255))
def test_the_name_is_only_shortened_when_the_list_part_gave_all_it_can(
    name: str, list_name: str, limit: int
) -> None:
    made = lead_name(name=name, list_name=list_name, limit=limit)
    if not made.startswith(f"{name} ("):
        assert len(made.rpartition(" (")[2].removesuffix(")")) <= 20


def test_without_a_list_name_a_lead_is_called_after_the_person_alone() -> None:
    assert lead_name(name="Jane Doe", list_name="") == "Jane Doe"
    assert lead_name(name="N" * 300, list_name="", limit=60) == "N" * 59 + ELLIPSIS


def test_a_name_of_exactly_the_limit_is_left_as_it_is() -> None:
    assert lead_name(name="N" * 48, list_name="L" * 9, limit=60) == f"{'N' * 48} ({'L' * 9})"
    assert len(lead_name(name="N" * 49, list_name="L" * 9, limit=60)) == 60


def test_joined_letters_and_joined_emoji_keep_their_joiners() -> None:
    for text in ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\U0001f469\u200d\U0001f467"):
        assert clean_name(text) == text
