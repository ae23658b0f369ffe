"""Which Contact an address belongs to, as examples; the laws are in test_small_rules.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model import IndexedContact
from sync.rules.matching import Match, match
from tests.pure.builders import contact

CONTACTS = st.lists(
    st.builds(
        contact,
        st.sampled_from("abcdef"),
        minutes=st.integers(0, 3),
        deleted=st.booleans(),
        ours=st.booleans(),
        score=st.none() | st.integers(0, 99),
    ),
    unique_by=lambda one: one.contact_id,
)


@pytest.mark.parametrize(
    ("contacts", "expected"),
    [
        ([], Match(contact_id=None)),
        ([contact("a")], Match(contact_id="a")),
        ([contact("a", deleted=True)], Match(contact_id=None)),
        ([contact("a", deleted=True, minutes=9), contact("b")], Match(contact_id="b")),
        (
            [contact("a"), contact("b", minutes=1)],
            Match(contact_id="b", ambiguous=("a", "b")),
        ),
        (
            [contact("b"), contact("a")],
            Match(contact_id="a", ambiguous=("a", "b")),
        ),
        (
            [contact("c"), contact("b", deleted=True), contact("a", minutes=-1)],
            Match(contact_id="c", ambiguous=("a", "c")),
        ),
    ],
    ids=["none", "one", "one deleted", "a newer one deleted", "the newest", "a tie", "all at once"],
)
def test_the_contact_of_an_address(contacts: list[IndexedContact], expected: Match) -> None:
    assert match(contacts) == expected


@given(CONTACTS)
def test_deleted_contacts_change_nothing(contacts: list[IndexedContact]) -> None:
    assert match(contacts) == match([one for one in contacts if not one.deleted])


@given(CONTACTS)
def test_what_we_wrote_on_a_contact_does_not_count(contacts: list[IndexedContact]) -> None:
    bare = [
        contact(
            one.contact_id,
            minutes=(one.modified - contact().modified).seconds // 60,
            deleted=one.deleted,
        )
        for one in contacts
    ]
    assert match(bare) == match(contacts)


@given(CONTACTS)
def test_several_are_named_in_one_order_and_the_chosen_one_among_them(
    contacts: list[IndexedContact],
) -> None:
    found = match(contacts)
    assert list(found.ambiguous) == sorted(found.ambiguous)
    assert not found.ambiguous or found.contact_id in found.ambiguous
