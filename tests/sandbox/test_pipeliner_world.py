"""The sandbox's Pipeliner: what a space holds to begin with, and that it is remembered."""

import json
from pathlib import Path

import pytest

from tests.sandbox.crm_app import ANNA, BEN, CARL, Pipeliner


@pytest.fixture(scope="module")
def hostile() -> Pipeliner:
    return Pipeliner(hostile=True, crm_contacts=3)


def _emails(contact: dict[str, str]) -> set[str]:
    return {contact[f"email{number}"] for number in range(1, 6)} - {""}


def test_three_users_of_whom_one_has_left(hostile: Pipeliner) -> None:
    users = hostile.records("Clients", filters={"include-deleted": "true"})
    assert {
        one["id"]: (one["email"], one["timezone_name"], one["is_deleted"]) for one in users
    } == {
        ANNA: ("anna@example.com", "Europe/Berlin", False),
        BEN: ("ben@example.com", "America/New_York", False),
        CARL: ("carl@example.com", "Europe/Berlin", True),
    }


def test_the_same_options_make_the_same_world() -> None:
    one, two = (Pipeliner(hostile=True, crm_contacts=20).sandbox.world.crm for _ in range(2))
    assert one.dump() == two.dump()


def test_another_seed_makes_other_contacts() -> None:
    one, two = (Pipeliner(crm_contacts=20, seed=seed).records("Contacts") for seed in (1, 2))
    assert {c["email1"] for c in one} != {c["email1"] for c in two}


def test_records_were_changed_at_different_times_long_ago() -> None:
    contacts = Pipeliner(crm_contacts=50).records("Contacts", first=100)
    assert len({one["modified"] for one in contacts}) == 50
    assert max(one["modified"] for one in contacts) < "2026-01-02"


def test_the_plain_world_has_no_hostile_record() -> None:
    crm = Pipeliner(crm_contacts=5)
    assert crm.page("Contacts")["total"] == 5
    assert crm.page("Leads", filters={"include-deleted": "true"})["total"] == 0


# --- the hostile part -----------------------------------------------------------------------------


def test_a_lead_typed_by_hand_carries_an_address(hostile: Pipeliner) -> None:
    ids = hostile.matching("Leads", "quick_email", "ieq", "handmade.lead@example.com")
    (lead,) = (hostile.get("Leads", one) for one in ids)
    assert lead["quick_email"] == "Handmade.Lead@Example.com"
    assert (lead["status"], lead["is_archived"]) == (1, False)
    assert lead["primary_contact"] is None


def test_two_contacts_have_one_address(hostile: Pipeliner) -> None:
    first = hostile.matching("Contacts", "email1", "ieq", "known.contact@example.com")
    third = hostile.matching("Contacts", "email3", "ieq", "known.contact@example.com")
    assert len(first) == len(third) == 1
    assert first != third
    assert hostile.get("Contacts", third[0])["email3"] != "known.contact@example.com"


def test_an_open_lead_is_linked_to_a_contact(hostile: Pipeliner) -> None:
    (contact,) = hostile.matching("Contacts", "email1", "eq", "linked.lead@example.com")
    (link,) = hostile.records(
        "LeadOpptyContactRelations", filters={"filter[contact_id]": contact}, expand="lead"
    )
    assert link["lead"]["status"] == 1
    assert link["lead"]["quick_email"] == ""


def test_a_contact_has_only_lost_and_archived_leads(hostile: Pipeliner) -> None:
    (contact,) = hostile.matching("Contacts", "email1", "eq", "lost.lead@example.com")
    links = hostile.records(
        "LeadOpptyContactRelations", filters={"filter[contact_id]": contact}, expand="lead"
    )
    assert {(one["lead"]["status"], one["lead"]["is_archived"]) for one in links} == {
        (2, False),
        (2, True),
    }


def test_a_contact_was_deleted(hostile: Pipeliner) -> None:
    assert hostile.matching("Contacts", "email1", "eq", "deleted.contact@example.com") == []
    filters = {"filter[email1]": "deleted.contact@example.com", "include-deleted": "true"}
    assert len(hostile.records("Contacts", filters=filters)) == 1


def test_an_address_was_typed_with_blanks_and_capitals(hostile: Pipeliner) -> None:
    contacts = hostile.records("Contacts", first=100)
    assert any(" Typed.Contact@EXAMPLE.com " in _emails(one) for one in contacts)


def test_leads_were_deleted(hostile: Pipeliner) -> None:
    leads = hostile.records("Leads", filters={"include-deleted": "true"}, first=100)
    assert sum(one["is_deleted"] for one in leads) == 3


@pytest.mark.parametrize("part", ["🦄", "\u202e", "אברהם", "<script>", "{{7*7}}", "=1+1", "DROP"])
def test_names_hold_what_breaks_those_who_trust_them(hostile: Pipeliner, part: str) -> None:
    names = [one["formatted_name"] for one in hostile.records("Contacts", first=100)]
    assert any(part in name for name in names)


def test_a_contact_belongs_to_a_user_who_has_left(hostile: Pipeliner) -> None:
    assert len(hostile.matching("Contacts", "owner_id", "eq", CARL)) == 1


# --- memory ---------------------------------------------------------------------------------------


def test_records_outlive_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    before = Pipeliner(state_path=state, crm_contacts=3)
    key = before.field()["api_name"]
    contact = before.contact(city="Lyon")["id"]
    lead = before.create(
        "Leads", name="Ours", contact_relations=[{"contact_id": contact}], **{key: "abc"}
    )
    after = Pipeliner(state_path=state, crm_contacts=3)
    assert after.get("Leads", lead["id"], expand="contact_relations")[key] == "abc"
    assert after.get("Contacts", contact)["city"] == "Lyon"
    saved = json.loads(state.read_text())["crm"]["demo_space"]["records"]
    known = {record_id for records in saved.values() for record_id in records}
    assert known.isdisjoint(after.contact()["id"] for _ in range(3))


def test_another_world_starts_afresh(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    Pipeliner(state_path=state, crm_contacts=3).contact()
    assert Pipeliner(state_path=state, crm_contacts=4).page("Contacts")["total"] == 4


def test_reading_writes_no_state(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    Pipeliner(state_path=state, crm_contacts=3).page("Contacts")
    assert not state.exists()


# --- changes from outside -------------------------------------------------------------------------


def test_a_test_can_change_a_record_as_a_user_would(hostile: Pipeliner) -> None:
    crm = Pipeliner(crm_contacts=1)
    (contact,) = crm.records("Contacts")
    body = {"kind": "Contacts", "id": contact["id"], "values": {"is_deleted": True}}
    assert crm.client.post("/__sandbox/world/crm", json=body).status_code == 200
    assert crm.page("Contacts")["total"] == 0
    assert crm.get("Contacts", contact["id"])["revision"] > contact["revision"]


def test_the_world_shows_live_records_with_all_their_fields() -> None:
    crm = Pipeliner(crm_contacts=2)
    crm.delete("Contacts", crm.contact()["id"])
    shown = crm.client.get("/__sandbox/world?kind=contacts").get_json()
    assert shown["total"] == 2
    assert {"email5", "quick_account_name", "is_archived"} <= set(shown["records"][0])
    numbers = crm.client.get("/__sandbox/world").get_json()["pipeliner"]["demo_space"]
    assert numbers["Contacts"] == {"all": 3, "live": 2}


@pytest.mark.parametrize(
    ("becomes", "shown"),
    [("deleted", [(True, False)]), ("gone", []), ("closed", [(False, True)])],
)
def test_a_qualified_lead_is_shown_as_the_switch_says(
    becomes: str, shown: list[tuple[bool, bool]]
) -> None:
    crm = Pipeliner(crm_contacts=0)
    lead = crm.create("Leads", name="Jane")
    crm.client.post("/__sandbox/switches", json={"qualified_lead": becomes})
    answer = crm.client.post("/__sandbox/world/qualify_lead", json={"id": lead["id"]})
    assert answer.status_code == 200
    leads = crm.records("Leads", filters={"include-deleted": "true"})
    assert [(one["is_deleted"], one["is_archived"]) for one in leads] == shown
