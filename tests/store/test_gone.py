"""What is linked and was deleted in Pipeliner: found, and settled without undoing others' work."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from sync.model import (
    CrmContact,
    CrmLead,
    LinkState,
    NewLink,
    PersonRecord,
    Space,
)
from sync.store import Desk, Store
from sync.store.gone import GoneContact, GoneLead
from tests.store.helpers import NOON

ACME, OTHER = "acme_sales", "other_sales"
LATER = NOON + timedelta(hours=1)
ANN = PersonRecord(person="ann", address="ann@example.com", contact_id="C1")
GONE_LEAD = GoneLead(key="l-0001 ann", lead_id="L1")
GONE_ANN = GoneContact(
    person="ann", address="ann@example.com", contact_id="C1", lead_ids=("L1", "L2")
)


def link(list_id: str, lead_id: str | None, state: LinkState = LinkState.LINKED) -> NewLink:
    return NewLink(
        list_id=list_id,
        person="ann",
        key=f"{list_id} ann",
        state=state,
        lead_id=lead_id,
        contact_id="C1",
        lead_name="Ann",
        list_name="Spring",
        run_id=1,
    )


def contact(contact_id: str, *, deleted: bool = False) -> CrmContact:
    return CrmContact(contact_id=contact_id, modified=NOON, deleted=deleted, addresses=())


def lead(lead_id: str, *contact_ids: str, deleted: bool = False) -> CrmLead:
    return CrmLead(
        lead_id=lead_id, modified=NOON, deleted=deleted, open=True, contact_ids=contact_ids
    )


def know(desk: Desk, *records: CrmContact | CrmLead, space_id: str = ACME) -> None:
    contacts = [one for one in records if isinstance(one, CrmContact)]
    leads = [one for one in records if isinstance(one, CrmLead)]
    desk.crm.save_contacts(space_id, contacts, lambda address: address)
    desk.crm.save_leads(space_id, leads, lambda address: address)


@pytest.fixture
def linked(store: Store, space: Space, other_space: Space) -> Store:
    """Ann, with two Leads on one Contact, in two spaces; in one of them all of it was deleted."""
    for space_id in (ACME, OTHER):
        gone = space_id == ACME
        with store.write() as desk:
            desk.people.save(space_id, [ANN], now=NOON)
            desk.links.save(space_id, [link("l-0001", "L1"), link("l-0002", "L2")], now=NOON)
            leads = lead("L1", "C1", deleted=gone), lead("L2", "C1")
            know(desk, contact("C1", deleted=gone), *leads, space_id=space_id)
    return store


def test_only_links_to_deleted_leads_are_found(linked: Store) -> None:
    with linked.read() as desk:
        assert desk.gone.leads(ACME) == desk.gone.leads(ACME, ["L1", "L2"]) == [GONE_LEAD]
        assert desk.gone.leads(ACME, ["L2"]) == desk.gone.leads(ACME, []) == []
        assert desk.gone.leads(OTHER) == []


def test_a_link_is_buried_once(linked: Store) -> None:
    with linked.write() as desk:
        assert desk.gone.bury(ACME, GONE_LEAD, now=LATER)
        assert not desk.gone.bury(ACME, GONE_LEAD, now=LATER)
        assert desk.gone.leads(ACME) == []
        states = [one.state for one in desk.links.for_keys(ACME, [GONE_LEAD.key]).values()]
        assert states == [LinkState.TOMBSTONE]
        (stone,) = desk.tombstones.leads(ACME, after=("", ""), limit=10)
        assert (stone.list_id, stone.since) == ("l-0001", LATER)


def test_a_link_follows_the_lead_that_stands_in(linked: Store) -> None:
    with linked.write() as desk:
        assert desk.gone.relink(ACME, GONE_LEAD, "L9", now=LATER)
        assert desk.links.for_keys(ACME, [GONE_LEAD.key])[GONE_LEAD.key].lead_id == "L9"
        assert not desk.gone.bury(ACME, GONE_LEAD, now=LATER)  # it is another Lead now


def test_what_an_admin_lifted_in_the_meantime_is_not_buried_again(linked: Store) -> None:
    with linked.write() as desk:
        desk.gone.bury(ACME, GONE_LEAD, now=NOON)
        desk.tombstones.lift_lead(ACME, "ann", "l-0001", now=LATER)
        assert desk.gone.leads(ACME) == []
        assert not desk.gone.bury(ACME, GONE_LEAD, now=LATER)


def test_people_whose_contact_is_deleted_are_found_with_their_leads(linked: Store) -> None:
    with linked.read() as desk:
        assert desk.gone.contacts(ACME) == desk.gone.contacts(ACME, ["C1"]) == [GONE_ANN]
        assert desk.gone.contacts(ACME, ["C2"]) == desk.gone.contacts(ACME, []) == []
        assert desk.gone.contacts(OTHER) == []


@pytest.mark.parametrize(
    "settle",
    [
        lambda desk: desk.gone.block(ACME, GONE_ANN, now=LATER),
        lambda desk: (
            desk.tombstones.lift_contact(ACME, "ann", now=LATER)
            or desk.people.save(ACME, [replace(ANN, contact_id=None)], now=LATER)
        ),
        lambda desk: know(desk, replace(contact("C1"), modified=LATER)),
    ],
)
def test_whoever_is_settled_is_found_no_more(
    linked: Store, settle: Callable[[Desk], object]
) -> None:
    with linked.write() as desk:
        settle(desk)
        assert desk.gone.contacts(ACME) == []


def test_a_deletion_that_an_admin_lifted_is_not_found_again(linked: Store) -> None:
    with linked.write() as desk:
        desk.gone.block(ACME, GONE_ANN, now=NOON)
        desk.tombstones.lift_contact(ACME, "ann", now=LATER)
        assert desk.gone.contacts(ACME) == []


def test_a_person_and_their_links_go_on_with_another_contact(linked: Store) -> None:
    with linked.write() as desk:
        know(desk, contact("C2"))
        other = desk.crm.contacts_by_id(ACME, ["C2"])["C2"]
        assert desk.gone.follow(ACME, GONE_ANN, other, now=LATER)
        assert not desk.gone.follow(ACME, GONE_ANN, other, now=LATER)
        assert desk.people.for_persons(ACME, ["ann"])["ann"].contact_id == "C2"
        links = desk.links.for_keys(ACME, ["l-0001 ann", "l-0002 ann"]).values()
        assert {one.contact_id for one in links} == {"C2"}
        assert desk.people.for_persons(OTHER, ["ann"])["ann"].contact_id == "C1"


def test_who_was_settled_otherwise_meanwhile_is_left_alone(linked: Store) -> None:
    with linked.write() as desk:
        desk.people.save(ACME, [replace(ANN, contact_id="C7")], now=NOON)
        assert not desk.gone.block(ACME, GONE_ANN, now=LATER)
        assert not desk.people.for_persons(ACME, ["ann"])["ann"].blocked


def test_heirs_are_whom_live_leads_hang_on_instead(linked: Store) -> None:
    gone = replace(GONE_ANN, lead_ids=("L3", "L4", "L5", "L6"))
    with linked.write() as desk:
        know(desk, lead("L3", "C3", "C2"), lead("L4", "C4", deleted=True), lead("L5", "C1", "C5"))
        assert desk.gone.heirs(ACME, gone) == ["C2", "C3"]
        assert desk.gone.heirs(ACME, replace(gone, lead_ids=())) == []
