"""Our index of the CRM: what matching needs to know, and nobody's address."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import inspect, text

from sync.model import (
    ContactWrite,
    CrmContact,
    CrmLead,
    Details,
    Entity,
    FieldPurpose,
    IndexedContact,
    IndexedLead,
    LeadWrite,
    Space,
    WrittenContact,
)
from sync.rules.panel_keys import make_panel_key
from sync.store import Store
from tests.store.helpers import NOON, at_once

LATER = NOON + timedelta(days=1)
ANN = CrmContact(
    contact_id="C1", modified=NOON, deleted=False, addresses=("Ann@example.com",), name="Ann"
)
LEAD = CrmLead(lead_id="L1", modified=NOON, deleted=False, open=True)


def person_of(address: str) -> str | None:
    """A digest as far as these tests care; an address without @ is not usable."""
    return address.lower().replace("@", " at ") if "@" in address else None


class Index:
    """The index of one space."""

    def __init__(self, store: Store, space_id: str) -> None:
        self.store = store
        self.space_id = space_id

    def read(self, *records: CrmContact | CrmLead) -> None:
        """Reading Pipeliner shows these."""
        contacts = [one for one in records if isinstance(one, CrmContact)]
        leads = [one for one in records if isinstance(one, CrmLead)]
        with self.store.write() as desk:
            desk.crm.save_contacts(self.space_id, contacts, person_of)
            desk.crm.save_leads(self.space_id, leads, person_of)

    def contacts_of(self, person: str) -> list[str]:
        with self.store.read() as desk:
            found = desk.crm.contacts_by_person(self.space_id, [person])
        return sorted(one.contact_id for one in found.get(person, ()))

    def contact(self, contact_id: str = "C1") -> IndexedContact:
        with self.store.read() as desk:
            return desk.crm.contacts_by_id(self.space_id, [contact_id, "unknown"])[contact_id]

    def leads_of(self, person: str) -> list[str]:
        with self.store.read() as desk:
            found = desk.crm.leads_by_person(self.space_id, [person])
        return sorted(one.lead_id for one in found.get(person, ()))

    def leads_with(self, key: str) -> list[IndexedLead]:
        with self.store.read() as desk:
            return desk.crm.leads_by_key(self.space_id, [key]).get(key, [])

    def size(self, entity: Entity) -> int:
        with self.store.read() as desk:
            return desk.crm.size(self.space_id, entity)


@pytest.fixture
def index(store: Store, space: Space) -> Index:
    return Index(store, space.space_id)


@pytest.fixture
def other_index(store: Store, other_space: Space) -> Index:
    return Index(store, other_space.space_id)


# --- Contacts ----------------------------------------------------------------------------------


def test_a_contact_is_found_by_any_of_its_usable_addresses(index: Index) -> None:
    index.read(replace(ANN, addresses=("ann@example.com", "none", "ANN@example.com", "a@b.c")))
    assert index.contacts_of("ann at example.com") == index.contacts_of("a at b.c") == ["C1"]
    assert index.contacts_of("none") == []


def test_no_table_holds_an_address(index: Index) -> None:
    index.read(ANN, replace(LEAD, quick_email="Ann@example.com"))
    with index.store.database.read() as connection:
        tables = [name for name in inspect(connection).get_table_names() if "crm_" in name]
        rows = [connection.execute(text(f"SELECT * FROM {name}")).all() for name in tables]  # noqa: S608 - our own names
    assert "C1" in str(rows)
    assert "ann@example.com" not in str(rows).lower()


def test_a_contact_read_again_is_known_as_it_is_now(index: Index) -> None:
    index.read(ANN)
    index.read(
        replace(
            ANN,
            modified=LATER,
            deleted=True,
            addresses=("new@example.com",),
            name="Ann Example",
            ours=True,
            score=7,
            acton_contact_id="l-0001:1",
            panel_key=make_panel_key(
                space_id="s", epoch=1, person="p", expires_at=NOON, key_id="k", sign=lambda m: "mac"
            ),
        )
    )
    assert index.contacts_of("ann at example.com") == []
    assert index.contacts_of("new at example.com") == ["C1"]
    assert index.contact() == IndexedContact(
        contact_id="C1",
        modified=LATER,
        deleted=True,
        ours=True,
        name="Ann Example",
        score=7,
        acton_contact_id="l-0001:1",
        panel_key_expires_at=NOON,
        panel_key_person="p",
    )


def test_all_contacts_with_the_address_are_found_deleted_ones_too(index: Index) -> None:
    index.read(ANN, replace(ANN, contact_id="C2", deleted=True))
    assert index.contacts_of("ann at example.com") == ["C1", "C2"]


def test_a_record_that_comes_twice_on_a_page_counts_as_it_came_last(index: Index) -> None:
    index.read(ANN, replace(ANN, addresses=("new@example.com",)))
    assert index.contacts_of("ann at example.com") == []
    assert index.contacts_of("new at example.com") == ["C1"]


def test_a_contact_just_created_is_found_before_it_is_read(index: Index) -> None:
    write = ContactWrite(
        contact_id=None,
        ours={FieldPurpose.CONTACT_SCORE: 50, FieldPurpose.CONTACT_PERSON: "l-0001:1"},
        details=Details(first_name="Ann", last_name="Example"),
    )
    noted = WrittenContact(contact_id="C1", person="ann", write=write, panel_key_expires_at=LATER)
    with index.store.write() as desk:
        desk.crm.note_contacts(index.space_id, [noted], now=NOON)
    assert index.contacts_of("ann") == ["C1"]
    assert index.contact() == IndexedContact(
        contact_id="C1",
        modified=NOON,
        deleted=False,
        ours=True,
        name="Ann Example",
        score=50,
        acton_contact_id="l-0001:1",
        panel_key_expires_at=LATER,
        panel_key_person="ann",
    )


def test_what_we_wrote_on_a_contact_is_noted_and_the_rest_stays(
    index: Index, other_index: Index
) -> None:
    index.read(replace(ANN, score=1, acton_contact_id="l-0001:1"))
    other_index.read(ANN)
    write = ContactWrite(contact_id="C1", ours={FieldPurpose.CONTACT_SCORE: 50})
    noted = WrittenContact(contact_id="C1", person="ann", write=write, panel_key_expires_at=None)
    with index.store.write() as desk:
        desk.crm.note_contacts(index.space_id, [noted], now=LATER)
    contact = index.contact()
    assert (contact.ours, contact.score) == (True, 50)
    assert (contact.name, contact.acton_contact_id) == ("Ann", "l-0001:1")
    assert (contact.modified, contact.panel_key_expires_at) == (NOON, None)
    assert not other_index.contact().ours


# --- Leads -------------------------------------------------------------------------------------


def test_leads_of_ours_are_found_by_their_key_deleted_ones_too(
    index: Index, other_index: Index
) -> None:
    index.read(
        replace(LEAD, key="k1", score=3),
        replace(LEAD, lead_id="L2", key="k1", deleted=True),
        replace(LEAD, lead_id="L3", open=False),
    )
    other_index.read(replace(LEAD, lead_id="L4", key="k1"))
    found = sorted(index.leads_with("k1"), key=lambda lead: lead.lead_id)
    assert [(one.lead_id, one.deleted, one.score) for one in found] == [
        ("L1", False, 3),
        ("L2", True, None),
    ]
    assert index.leads_with("") == []


def test_a_lead_is_a_persons_by_its_own_address_or_by_a_contact_of_theirs(index: Index) -> None:
    index.read(
        ANN,
        replace(LEAD, lead_id="own", quick_email="Ann@example.com"),
        replace(LEAD, lead_id="linked", contact_ids=("C9", "C1")),
        replace(LEAD, lead_id="both", quick_email="ann@example.com", contact_ids=("C1",)),
        replace(LEAD, lead_id="other", quick_email="bob@example.com", contact_ids=("C2",)),
        replace(LEAD, lead_id="unusable", quick_email="ann"),
    )
    assert index.leads_of("ann at example.com") == ["both", "linked", "own"]


def test_a_lead_read_again_leaves_the_contacts_it_had(index: Index) -> None:
    index.read(ANN, replace(LEAD, contact_ids=("C1",), quick_email="ann@example.com"))
    index.read(replace(LEAD, contact_ids=("C2",)))
    assert index.leads_of("ann at example.com") == []


def test_a_lead_just_created_is_found_before_it_is_read(index: Index) -> None:
    index.read(ANN)
    write = LeadWrite(
        lead_id=None,
        ours={FieldPurpose.LEAD_KEY: "k1", FieldPurpose.LEAD_SCORE: 50},
        contact_id="C1",
    )
    with index.store.write() as desk:
        desk.crm.note_leads(index.space_id, [("L1", write)], now=NOON)
    assert index.leads_of("ann at example.com") == ["L1"]
    assert index.leads_with("k1") == [
        IndexedLead(lead_id="L1", modified=NOON, deleted=False, open=True, key="k1", score=50)
    ]


def test_the_score_we_wrote_on_a_lead_is_noted(index: Index, other_index: Index) -> None:
    for one in (index, other_index):
        one.read(replace(LEAD, key="k1", score=1))
    write = LeadWrite(lead_id="L1", ours={FieldPurpose.LEAD_SCORE: 50})
    with index.store.write() as desk:
        desk.crm.note_leads(index.space_id, [("L1", write)], now=LATER)
    assert index.leads_with("k1")[0].score == 50
    assert other_index.leads_with("k1")[0].score == 1


# --- how far it goes ---------------------------------------------------------------------------


def test_the_cursor_and_whether_the_index_is_complete_are_kept_apart(
    index: Index, other_index: Index
) -> None:
    def state(of: Index, entity: Entity) -> tuple[object, ...]:
        with of.store.read() as desk:
            crm = desk.crm
            return (
                crm.cursor(of.space_id, entity),
                crm.is_complete(of.space_id, entity),
                crm.gap(of.space_id, entity),
            )

    assert state(index, Entity.LEAD) == (None, False, 0)
    with index.store.write() as desk:
        desk.crm.save_cursor(index.space_id, Entity.LEAD, modified_through=NOON)
    assert state(index, Entity.LEAD) == (NOON, False, 0)
    with index.store.write() as desk:
        desk.crm.save_complete(index.space_id, Entity.LEAD, gap=2)
    assert state(index, Entity.LEAD) == (NOON, True, 2)
    with index.store.write() as desk:
        desk.crm.save_cursor(index.space_id, Entity.LEAD, modified_through=LATER)
    assert state(index, Entity.LEAD) == (LATER, True, 2)
    assert state(index, Entity.CONTACT) == state(other_index, Entity.LEAD) == (None, False, 0)


@pytest.mark.parametrize("forgotten", Entity)
def test_forgetting_one_kind_of_record_leaves_everything_else(
    index: Index, other_index: Index, forgotten: Entity
) -> None:
    for one in (index, other_index):
        one.read(ANN, replace(LEAD, key="k1", contact_ids=("C1",)))
        with one.store.write() as desk:
            for entity in Entity:
                desk.crm.save_complete(one.space_id, entity, gap=0)
    with index.store.write() as desk:
        desk.crm.forget(index.space_id, forgotten)
    with index.store.read() as desk:
        for entity in Entity:
            assert desk.crm.is_complete(index.space_id, entity) is (entity is not forgotten)
            assert desk.crm.is_complete(other_index.space_id, entity)
    assert [index.size(entity) for entity in Entity] == [
        int(entity is not forgotten) for entity in Entity
    ]
    assert index.leads_of("ann at example.com") == []
    assert other_index.leads_of("ann at example.com") == ["L1"]


def test_more_records_than_fit_one_question_are_found(index: Index) -> None:
    ids = [f"C{number}" for number in range(1_200)]
    index.read(*(replace(ANN, contact_id=one, addresses=(f"{one}@example.com",)) for one in ids))
    persons = [f"{one.lower()} at example.com" for one in ids]
    with index.store.read() as desk:
        assert len(desk.crm.contacts_by_id(index.space_id, ids)) == 1_200
        assert len(desk.crm.contacts_by_person(index.space_id, persons)) == 1_200
    assert index.size(Entity.CONTACT) == 1_200


# --- several who read at once -----------------------------------------------------------------


def test_an_older_reading_that_comes_later_changes_nothing(index: Index) -> None:
    newer = replace(ANN, modified=LATER, deleted=True, addresses=("new@example.com",))
    index.read(newer, replace(LEAD, modified=LATER, open=False, contact_ids=("C9",)))
    index.read(ANN, replace(LEAD, contact_ids=("C1",), quick_email="ann@example.com"))
    assert index.contact().deleted
    assert index.contacts_of("new at example.com") == ["C1"]
    assert index.contacts_of("ann at example.com") == []
    assert index.leads_of("ann at example.com") == []
    assert index.leads_of("new at example.com") == []


def test_the_same_change_read_again_is_taken_as_it_reads_now(index: Index) -> None:
    """What a Lead hangs on may change without the Lead counting as changed."""
    index.read(ANN, replace(LEAD, contact_ids=("C9",)))
    index.read(replace(LEAD, contact_ids=("C1",)))
    assert index.leads_of("ann at example.com") == ["L1"]


def test_what_we_wrote_says_nothing_against_a_reading_though_our_clock_is_ahead(
    index: Index,
) -> None:
    note_as_made(index)
    index.read(replace(ANN, deleted=True), replace(LEAD, deleted=True, key="k1"))
    assert index.contact().deleted
    assert [one.deleted for one in index.leads_with("k1")] == [True]
    index.read(replace(ANN, modified=NOON - timedelta(days=1)))
    assert index.contact().deleted  # from now on it is no guess any more


def test_what_was_read_meanwhile_stands_against_the_note_of_its_making(index: Index) -> None:
    index.read(replace(ANN, deleted=True), replace(LEAD, deleted=True, key="k1"))
    note_as_made(index)
    assert index.contact().deleted
    assert [one.deleted for one in index.leads_with("k1")] == [True]


def note_as_made(index: Index) -> None:
    """The Contact and the Lead were made by us just now, by a clock that is a day ahead."""
    write = ContactWrite(contact_id=None, ours={}, details=Details(first_name="Ann"))
    made = WrittenContact(contact_id="C1", person="ann", write=write, panel_key_expires_at=None)
    lead = LeadWrite(lead_id=None, ours={FieldPurpose.LEAD_KEY: "k1"}, contact_id="C1")
    with index.store.write() as desk:
        desk.crm.note_contacts(index.space_id, [made], now=LATER)
        desk.crm.note_leads(index.space_id, [("L1", lead)], now=LATER)


def test_of_readings_at_the_same_moment_the_latest_change_stands(index: Index) -> None:
    versions = [
        replace(ANN, modified=NOON + timedelta(hours=hour), addresses=(f"{hour}@example.com",))
        for hour in range(4)
    ]
    at_once(*(partial(index.read, one) for one in versions))
    assert index.contact().modified == versions[-1].modified
    found = [index.contacts_of(f"{hour} at example.com") for hour in range(4)]
    assert found == [[], [], [], ["C1"]]


def test_who_reads_beside_a_run_only_brings_a_complete_index_further(index: Index) -> None:
    acme, contacts = index.space_id, Entity.CONTACT
    with index.store.write() as desk:
        further = partial(desk.crm.advance_cursor, acme, contacts)
        assert not further(seen=NOON, modified_through=LATER)  # there is none
        desk.crm.save_cursor(acme, contacts, modified_through=NOON)
        assert not further(seen=NOON, modified_through=LATER)  # not complete
        desk.crm.save_complete(acme, contacts, gap=0)
        assert not further(seen=NOON - timedelta(days=1), modified_through=LATER)
        assert further(seen=NOON, modified_through=LATER)
        assert desk.crm.cursor(acme, contacts) == LATER
        desk.crm.forget(acme, contacts)
        assert not further(seen=LATER, modified_through=LATER)
