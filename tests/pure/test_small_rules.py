"""Matching, scoring, choosing lists, digests, panel keys."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model import IndexedContact, ListChoice, ListInfo, ScoreSource
from sync.rules.keys import link_key, person_digest
from sync.rules.lists import choose_lists
from sync.rules.matching import match
from sync.rules.panel_keys import make_panel_key, parse_panel_key
from sync.rules.scoring import choose_source, parse_score, reached

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)


def contact(contact_id: str, *, minutes: int = 0, deleted: bool = False) -> IndexedContact:
    return IndexedContact(
        contact_id=contact_id,
        modified=NOON + timedelta(minutes=minutes),
        deleted=deleted,
        ours=False,
        name="",
        score=None,
        acton_contact_id="",
        panel_key_expires_at=None,
    )


def info(list_id: str, name: str, *, is_source: bool = True) -> ListInfo:
    return ListInfo(list_id=list_id, name=name, size=1, is_source=is_source)


CONTACTS = st.lists(
    st.builds(
        contact,
        st.sampled_from("abcdef"),
        minutes=st.integers(0, 3),
        deleted=st.booleans(),
    ),
    unique_by=lambda one: one.contact_id,
)


@given(CONTACTS, st.randoms())
def test_a_match_does_not_depend_on_the_order_of_the_contacts(
    contacts: list[IndexedContact], random: object
) -> None:
    shuffled = list(contacts)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert match(shuffled) == match(contacts)


@given(CONTACTS)
def test_a_match_is_live_and_nobody_live_is_newer(contacts: list[IndexedContact]) -> None:
    found = match(contacts)
    live = [one for one in contacts if not one.deleted]
    if not live:
        assert found.contact_id is None
        return
    chosen = next(one for one in live if one.contact_id == found.contact_id)
    assert all(one.modified <= chosen.modified for one in live)
    assert set(found.ambiguous) == ({one.contact_id for one in live} if len(live) > 1 else set())


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("40", 40),
        (" 40 ", 40),
        ("40.0", 40),
        ("-7", -7),
        (12, 12),
        ("", None),
        (None, None),
        ("n/a", None),
        ("1,234", None),
        ("1_000", None),
        ("nan", None),
        ("inf", None),
        ("9" * 30, None),
        (True, None),
        ("٤٠", None),
    ],
)
def test_a_score_is_a_whole_number_or_nothing(raw: object, expected: int | None) -> None:
    assert parse_score(raw) == expected


def test_to_reach_is_to_be_at_least() -> None:
    assert reached(40, 40)
    assert not reached(39, 40)
    assert not reached(None, -100)


def test_the_cheapest_trustworthy_source_is_chosen() -> None:
    assert choose_source(None, column_named=True, has_all_contacts=True) is ScoreSource.LIST_COLUMN
    assert (
        choose_source(None, column_named=False, has_all_contacts=True) is ScoreSource.ALL_CONTACTS
    )
    assert choose_source(None, column_named=False, has_all_contacts=False) is ScoreSource.FACTS
    assert (
        choose_source(ScoreSource.FACTS, column_named=True, has_all_contacts=True)
        is ScoreSource.FACTS
    )


LISTING = (
    info("l-0001", "Spring"),
    info("g-000b", "Spring: engaged", is_source=False),
    info("l-0002", " summer "),
    info("l-unified-contacts", "All Contacts"),
    info("l-0001", "Spring"),
)


def test_all_lists_are_read_but_segments_and_all_contacts() -> None:
    chosen, vain = choose_lists(LISTING, ListChoice())
    assert [one.list_id for one in chosen] == ["l-0001", "l-0002"]
    assert vain == ()


def test_a_segment_takes_part_where_its_id_is_named() -> None:
    chosen, _ = choose_lists(LISTING, ListChoice(include=("g-000b", "SUMMER")))
    assert [one.list_id for one in chosen] == ["g-000b", "l-0002"]


def test_a_segment_does_not_take_part_by_its_name() -> None:
    chosen, _ = choose_lists(LISTING, ListChoice(include=("Spring: engaged",)))
    assert chosen == ()


def test_exclusion_wins() -> None:
    chosen, _ = choose_lists(LISTING, ListChoice(include=("l-0001",), exclude=("spring",)))
    assert chosen == ()


def test_what_is_named_in_vain_is_said() -> None:
    assert choose_lists(LISTING, ListChoice(include=("Winter",)))[1] == ("Winter",)


PARTS = st.text(max_size=12)


@given(st.tuples(PARTS, PARTS), st.tuples(PARTS, PARTS))
def test_two_people_never_share_a_digest(one: tuple[str, str], two: tuple[str, str]) -> None:
    assert (person_digest(*one) == person_digest(*two)) == (one == two)


def test_digests_are_the_same_for_ever() -> None:
    assert person_digest("acme_sales", "jane@example.com") == "8fd9989626cfc66369133a06bf85acff"
    assert (
        link_key("acme_sales", "l-0001", "jane@example.com") == "83ea5b19b6f856c7449880df5631026a"
    )


def test_a_panel_key_tells_its_expiry_and_covers_the_epoch() -> None:
    signed: list[bytes] = []

    def sign(message: bytes) -> str:
        signed.append(message)
        return "mac"

    key = make_panel_key(
        space_id="acme_sales", epoch=3, person="ab" * 16, expires_at=NOON, key_id="k1", sign=sign
    )
    assert key == f"v1.k1.acme_sales.{'ab' * 16}.{int(NOON.timestamp())}.mac"
    parsed = parse_panel_key(key)
    assert parsed is not None
    assert parsed.expires_at == NOON
    assert signed == [key.removesuffix(".mac").encode() + b"|epoch 3"]


@given(st.text(max_size=60))
def test_any_other_text_is_no_panel_key(text: str) -> None:
    assert parse_panel_key(text) is None or text.startswith("v1.")


def test_a_contact_is_not_matched_by_a_deleted_one() -> None:
    assert match([replace(contact("a"), deleted=True)]).contact_id is None
