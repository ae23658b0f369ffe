"""Links: one for each person in a list, for ever, whatever happens to the Lead."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sync.model import CrmLead, Link, LinkNames, LinkState, NewLink, Space
from sync.store import Store
from tests.store.helpers import NOON

CREATING, LINKED, TOMBSTONE = LinkState


def new_link(
    state: LinkState,
    *,
    person: str = "ann",
    list_id: str = "l-0001",
    lead_id: str | None = None,
    contact_id: str | None = None,
    run_id: int = 1,
) -> NewLink:
    return NewLink(
        list_id=list_id,
        person=person,
        key=f"{list_id} {person}",
        state=state,
        lead_id=lead_id,
        contact_id=contact_id,
        lead_name="Ann Example (Spring)",
        list_name="Spring",
        run_id=run_id,
    )


class Links:
    """The links of one space; each save is a day later than the one before."""

    def __init__(self, store: Store, space_id: str) -> None:
        self.store = store
        self.space_id = space_id
        self.now = NOON

    def save(self, *links: NewLink) -> None:
        with self.store.write() as desk:
            desk.links.save(self.space_id, links, now=self.now)
        self.now += timedelta(days=1)

    def ann(self) -> Link:
        with self.store.read() as desk:
            return desk.links.for_keys(self.space_id, ["l-0001 ann"])["l-0001 ann"]

    def know_lead(self, key: str) -> None:
        """Reading Pipeliner shows a Lead with our key, or with none."""
        lead = CrmLead(lead_id=f"L {key}", modified=NOON, deleted=False, open=True, key=key)
        with self.store.write() as desk:
            desk.crm.save_leads(self.space_id, [lead], lambda address: None)

    def has_forgotten(self) -> bool:
        with self.store.read() as desk:
            return desk.links.has_forgotten(self.space_id)


@pytest.fixture
def links(store: Store, space: Space) -> Links:
    return Links(store, space.space_id)


@pytest.fixture
def other_links(store: Store, other_space: Space) -> Links:
    return Links(store, other_space.space_id)


def test_an_intent_becomes_a_link_and_the_crossing_stays_where_it_was(links: Links) -> None:
    links.save(new_link(CREATING, contact_id="C1"))
    links.save(new_link(LINKED, lead_id="L1"))
    assert links.ann() == Link(
        list_id="l-0001",
        person="ann",
        key="l-0001 ann",
        state=LINKED,
        lead_id="L1",
        contact_id="C1",
        crossed_at=NOON,
        run_id=1,
        lead_name="Ann Example (Spring)",
        list_name="Spring",
    )


@pytest.mark.parametrize(
    ("before", "after", "state"),
    [
        (CREATING, CREATING, CREATING),
        (CREATING, TOMBSTONE, TOMBSTONE),
        (LINKED, CREATING, LINKED),
        (LINKED, TOMBSTONE, TOMBSTONE),
        (TOMBSTONE, CREATING, TOMBSTONE),
        (TOMBSTONE, LINKED, LINKED),
    ],
)
def test_an_intent_never_undoes_what_is_known(
    links: Links, before: LinkState, after: LinkState, state: LinkState
) -> None:
    links.save(new_link(before, lead_id="L1", contact_id="C1"))
    links.save(new_link(after))
    link = links.ann()
    assert (link.state, link.lead_id, link.contact_id) == (state, "L1", "C1")
    assert link.crossed_at == NOON


def test_an_intent_tried_again_belongs_to_the_run_that_tries(links: Links) -> None:
    links.save(new_link(CREATING, run_id=1))
    links.save(new_link(CREATING, run_id=2))
    links.save(new_link(LINKED, run_id=3))
    assert links.ann().run_id == 2


def test_a_lead_is_called_what_its_last_intent_said(links: Links) -> None:
    links.save(new_link(CREATING))
    links.save(replace(new_link(CREATING), lead_name="Ann (Summer)", list_name="Summer"))
    links.save(replace(new_link(LINKED, lead_id="L1"), lead_name="Ann (Autumn)"))
    assert (links.ann().lead_name, links.ann().list_name) == ("Ann (Summer)", "Summer")


def test_a_link_is_called_anew_when_its_list_was_renamed(links: Links, other_links: Links) -> None:
    for some in (links, other_links):
        some.save(new_link(LINKED, lead_id="L1"))
    names = LinkNames(key="l-0001 ann", lead_name="Ann (Summer)", list_name="Summer")
    with links.store.write() as desk:
        desk.links.rename(links.space_id, [names], now=NOON)
    assert (links.ann().lead_name, links.ann().list_name) == ("Ann (Summer)", "Summer")
    assert other_links.ann().list_name == "Spring"


def test_a_link_may_come_twice_in_one_go(links: Links) -> None:
    links.save(new_link(CREATING), new_link(LINKED, lead_id="L1"))
    assert links.ann().state is LINKED


def test_a_person_has_a_link_of_their_own_in_every_list(links: Links) -> None:
    links.save(new_link(LINKED, lead_id="L1"), new_link(LINKED, lead_id="L2", list_id="l-0002"))
    with links.store.read() as desk:
        found = desk.links.for_keys(links.space_id, ["l-0001 ann", "l-0002 ann", "l-0003 ann"])
    assert {key: link.lead_id for key, link in found.items()} == {
        "l-0001 ann": "L1",
        "l-0002 ann": "L2",
    }


def test_linked_people_are_those_of_this_list_and_space(links: Links, other_links: Links) -> None:
    many = [f"person {number}" for number in range(1_200)]
    links.save(*(new_link(LINKED, person=person) for person in many))
    links.save(new_link(LINKED, person="ann", list_id="l-0002"))
    other_links.save(new_link(LINKED, person="bob"))
    with links.store.read() as desk:
        found = desk.links.linked_persons(links.space_id, "l-0001", ["ann", "bob", *many])
    assert found == set(many)


def test_a_key_is_known_by_its_link_or_by_a_lead_that_we_forgot(
    links: Links, other_links: Links
) -> None:
    links.save(new_link(LINKED))
    links.know_lead("l-0001 bob")
    other_links.save(new_link(LINKED, person="cat"))
    with links.store.read() as desk:
        keys = [f"l-0001 {person}" for person in ("ann", "bob", "cat")]
        assert desk.links.known_keys(links.space_id, keys) == {"l-0001 ann", "l-0001 bob"}


def test_more_leads_of_ours_than_links_mean_that_we_forgot_some(
    links: Links, other_links: Links
) -> None:
    links.save(new_link(LINKED))
    links.know_lead("l-0001 ann")
    links.know_lead("")
    assert not links.has_forgotten()
    other_links.save(new_link(LINKED))
    links.know_lead("l-0001 bob")
    assert links.has_forgotten()
