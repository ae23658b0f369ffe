"""Digests: what must tell apart and what must not leak; their values are in test_small_rules.py."""

from hypothesis import given
from hypothesis import strategies as st

from sync.rules.keys import link_key, person_digest

PARTS = st.text(alphabet="ab|:1", max_size=6)
TRIPLES = st.tuples(PARTS, PARTS, PARTS)


@given(TRIPLES, TRIPLES)
def test_two_places_never_share_a_key(one: tuple[str, str, str], two: tuple[str, str, str]) -> None:
    assert (link_key(*one) == link_key(*two)) == (one == two)


@given(PARTS, PARTS, PARTS)
def test_a_person_is_never_taken_for_a_place(space_id: str, list_id: str, address: str) -> None:
    assert person_digest(space_id, address) != link_key(space_id, list_id, address)


@given(st.text(), st.text(), st.text())
def test_a_digest_is_short_plain_text_whatever_it_names(one: str, two: str, three: str) -> None:
    for digest in (person_digest(one, two), link_key(one, two, three)):
        assert len(digest) == 32
        assert set(digest) <= set("0123456789abcdef")


def test_a_person_has_another_digest_in_another_space() -> None:
    assert person_digest("acme", "jane@example.com") != person_digest("other", "jane@example.com")


def test_half_a_character_in_a_list_name_does_not_break_a_key() -> None:
    assert link_key("acme", "l-\ud83d", "jane@example.com") != link_key(
        "acme", "l-\ud83e", "jane@example.com"
    )
