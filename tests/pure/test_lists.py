"""Which lists take part: the laws, and what test_small_rules.py leaves open (design §3.15)."""

from hypothesis import example, given
from hypothesis import strategies as st

from sync.model import ListChoice, ListInfo
from sync.rules.lists import ALL_CONTACTS, choose_lists

IDS = ("l-0001", "l-0002", "g-000b", ALL_CONTACTS)
NAMES = ("Spring", "spring ", "Summer", "All Contacts")


def info(list_id: str, name: str, *, is_source: bool = True) -> ListInfo:
    return ListInfo(list_id=list_id, name=name, size=1, is_source=is_source)


LISTINGS = st.lists(
    st.builds(info, st.sampled_from(IDS), st.sampled_from(NAMES), is_source=st.booleans()),
    max_size=6,
)
WORDS = st.lists(st.sampled_from((*IDS, *NAMES, "no such list")), max_size=3).map(tuple)
CHOICES = st.builds(ListChoice, include=st.none() | WORDS, exclude=WORDS)


@given(LISTINGS, CHOICES)
def test_lists_come_once_each_in_the_order_of_the_listing(
    listing: list[ListInfo], choice: ListChoice
) -> None:
    chosen, _ = choose_lists(listing, choice)
    ids = [one.list_id for one in chosen]
    order = list(dict.fromkeys(one.list_id for one in listing))
    assert ids == [one for one in order if one in ids]
    assert all(one in listing for one in chosen)


@given(LISTINGS, CHOICES)
def test_what_is_excluded_never_takes_part(listing: list[ListInfo], choice: ListChoice) -> None:
    chosen, _ = choose_lists(listing, choice)
    excluded = {one.strip().casefold() for one in choice.exclude}
    for one in chosen:
        assert one.list_id not in choice.exclude
        assert one.name.strip().casefold() not in excluded


@given(LISTINGS, CHOICES)
def test_a_derived_list_takes_part_by_its_id_only(
    listing: list[ListInfo], choice: ListChoice
) -> None:
    for one in choose_lists(listing, choice)[0]:
        if not one.is_source or one.list_id == ALL_CONTACTS:
            assert one.list_id in (choice.include or ())


@given(LISTINGS, st.sampled_from((*IDS, *NAMES, "no such list")))
@example([info("g-000b", "Spring", is_source=False)], "Spring")
def test_what_is_named_takes_part_or_is_said_to_be_named_in_vain(
    listing: list[ListInfo], name: str
) -> None:
    chosen, vain = choose_lists(listing, ListChoice(include=(name,)))
    assert vain == (() if chosen else (name,))


def test_all_contacts_takes_part_where_its_id_is_named() -> None:
    listing = [info("l-0001", "Spring"), info(ALL_CONTACTS, "All Contacts")]
    chosen, vain = choose_lists(listing, ListChoice(include=(ALL_CONTACTS,)))
    assert [one.list_id for one in chosen] == [ALL_CONTACTS]
    assert vain == ()


def test_two_lists_of_one_name_both_take_part_by_it() -> None:
    listing = [info("l-0001", "Spring"), info("l-0002", "SPRING")]
    chosen, _ = choose_lists(listing, ListChoice(include=("spring",)))
    assert [one.list_id for one in chosen] == ["l-0001", "l-0002"]


def test_an_empty_choice_includes_nothing() -> None:
    assert choose_lists([info("l-0001", "Spring")], ListChoice(include=())) == ((), ())


def test_ids_are_compared_exactly() -> None:
    assert choose_lists([info("l-000A", "Spring")], ListChoice(include=("l-000a",))) == (
        (),
        ("l-000a",),
    )
