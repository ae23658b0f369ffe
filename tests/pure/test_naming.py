"""What Leads and Contacts are called (design §3.3)."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from sync.model import Details
from sync.rules.naming import clean_name, contact_names, lead_name, person_name

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
