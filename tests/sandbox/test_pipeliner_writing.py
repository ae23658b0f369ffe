"""The sandbox's Pipeliner: creating, changing, deleting and merging single records."""

from typing import Any

import pytest

from tests.sandbox.crm_app import ANNA, BEN, CARL, NOBODY, Pipeliner, refused_fields


@pytest.fixture
def crm() -> Pipeliner:
    return Pipeliner(crm_contacts=0)


def test_a_creation_answers_201_with_the_whole_record(crm: Pipeliner) -> None:
    contact = crm.contact(first_name="Ada", last_name="Keller", email1="ada@example.com")
    assert contact["formatted_name"] == "Ada Keller"
    assert contact["is_deleted"] is False
    assert crm.get("Contacts", contact["id"]) == contact


def test_a_change_keeps_what_was_not_sent(crm: Pipeliner) -> None:
    contact = crm.contact(city="Berlin", email1="ada@example.com")
    changed = crm.change("Contacts", contact["id"], city="Graz")
    assert changed["city"] == "Graz"
    assert changed["email1"] == "ada@example.com"


def test_the_unit_is_that_of_the_owner_unless_given(crm: Pipeliner) -> None:
    units = {one["name"]: one["id"] for one in crm.records("SalesUnits")}
    assert crm.contact(owner_id=ANNA)["unit_id"] == units["Europe"]
    assert crm.contact(owner_id=BEN)["unit_id"] == units["Company "]
    assert crm.contact(owner_id=ANNA, unit_id=units["Company "])["unit_id"] == units["Company "]
    assert crm.create("Leads", name="Some", owner_id=ANNA)["unit_id"] == units["Europe"]


def test_a_lead_gets_the_first_type_and_the_first_step_of_it(crm: Pipeliner) -> None:
    kinds = {one["name"]: one["id"] for one in crm.records("LeadTypes")}
    lead = crm.create("Leads", name="Some")
    assert lead["lead_type_id"] == kinds["Standard"]
    assert crm.get("Steps", lead["step_id"])["name"] == "New"
    partner = crm.create("Leads", name="Some", lead_type_id=kinds["Partner"])
    assert crm.get("Steps", partner["step_id"])["name"] == "Referred"


def test_a_process_shows_its_steps_and_lead_types(crm: Pipeliner) -> None:
    steps = {one["name"]: one["id"] for one in crm.records("Steps")}
    (partner,) = crm.records("LeadProcesses", filters={"filter[name]": "Partner process"})
    assert [one.rpartition("/")[2] for one in partner["steps"]] == [steps["Referred"]]
    assert len(partner["lead_types"]) == 1


def test_a_lead_is_open_and_may_have_no_owner(crm: Pipeliner) -> None:
    lead = crm.create("Leads", name="Some")
    assert (lead["status"], lead["is_archived"], lead["owner_id"]) == (1, False, None)
    assert lead["table_name"] == "lead"


def test_what_only_pipeliner_sets_is_passed_over(crm: Pipeliner) -> None:
    lead = crm.create("Leads", name="Some", status=2, is_deleted=True, revision=1, id=NOBODY)
    assert (lead["status"], lead["is_deleted"]) == (1, False)
    assert lead["id"] != NOBODY
    assert lead["revision"] > 1


@pytest.mark.parametrize(
    ("kind", "values", "field"),
    [
        ("Contacts", {"last_name": "Person"}, "owner_id"),
        ("Contacts", {"owner_id": ANNA}, "last_name"),
        ("Contacts", {"owner_id": ANNA, "middle_name": "M"}, "last_name"),
        ("Contacts", {"owner_id": NOBODY, "last_name": "Person"}, "owner_id"),
        ("Contacts", {"owner_id": CARL, "last_name": "Person"}, "owner_id"),
        ("Contacts", {"owner_id": "anna", "last_name": "Person"}, "owner_id"),
        ("Contacts", {"owner_id": ANNA, "last_name": "P" * 256}, "last_name"),
        ("Contacts", {"owner_id": ANNA, "last_name": 5}, "last_name"),
        ("Contacts", {"owner_id": ANNA, "last_name": "Person", "unit_id": NOBODY}, "unit_id"),
        ("Contacts", {"owner_id": ANNA, "last_name": "Person", "gender": "x"}, "gender"),
        ("Contacts", {"owner_id": ANNA, "last_name": "Person", "is_archived": 1}, "is_archived"),
        ("Contacts", {"owner_id": ANNA, "last_name": "Person", "tags": "x"}, "tags"),
        ("Contacts", {"owner_id": ANNA, "last_name": "Person", "cf_none": "x"}, "cf_none"),
        ("Contacts", {"owner_id": ANNA, "last_name": "Person", "website": "x"}, "website"),
        ("Leads", {}, "name"),
        ("Leads", {"name": ""}, "name"),
        ("Leads", {"name": "L" * 256}, "name"),
        ("Leads", {"name": "Some", "owner_id": CARL}, "owner_id"),
        ("Leads", {"name": "Some", "lead_type_id": NOBODY}, "lead_type_id"),
        ("Leads", {"name": "Some", "step_id": NOBODY}, "step_id"),
        ("Leads", {"name": "Some", "lost_date": "soon"}, "lost_date"),
        (
            "Leads",
            {"name": "Some", "contact_relations": [{"contact_id": NOBODY}]},
            "contact_relations",
        ),
        ("Leads", {"name": "Some", "contact_relations": [{}]}, "contact_relations"),
        ("Leads", {"name": "Some", "contact_relations": [NOBODY]}, "contact_relations"),
        ("LeadOpptyContactRelations", {"is_primary": True}, "contact_id"),
        ("SalesUnits", {}, "name"),
    ],
)
def test_a_record_that_is_not_valid_is_refused_and_not_written(
    crm: Pipeliner, kind: str, values: dict[str, Any], field: str
) -> None:
    before = crm.page(kind)["total"]
    assert field in refused_fields(crm.refusal(kind, **values))
    assert crm.page(kind)["total"] == before


def test_a_refusal_has_the_recorded_form(crm: Pipeliner) -> None:
    body = crm.refusal("Contacts", owner_id=ANNA)
    assert set(body) == {
        *("code", "name", "message", "entity_id", "entity_name", "entity_errors"),
        *("field_errors", "step_checklist_errors", "entity_index", "http_status", "success"),
    }
    assert (body["code"], body["name"]) == (40000, "ERROR_ENTITY_VALIDATION")
    assert body["message"].startswith("\n")
    assert body["entity_id"]  # though nothing was created
    assert body["entity_name"] == "Contact"
    assert body["entity_index"] is None
    assert (body["http_status"], body["success"]) == (422, False)
    assert body["entity_errors"][0]["name"] == "ERROR_PARAMETER_MISSING"
    assert body["entity_errors"][0]["code"] == 119
    (field,) = body["field_errors"]
    assert (field["name"], field["code"]) == ("ERROR_FIELD_VALIDATION", 40002)
    assert set(field["errors"][0]) == {"code", "name", "message", "field_id", "field_name"}


def test_all_that_is_wrong_is_said_at_once(crm: Pipeliner) -> None:
    body = crm.refusal("Contacts", owner_id=CARL, email1="e" * 300, cf_none=1)
    assert refused_fields(body) == {"owner_id", "last_name", "email1", "cf_none"}


def test_unknown_fields_can_be_switched_to_be_ignored(crm: Pipeliner) -> None:
    crm.switch(unknown_fields="ignore")
    assert "cf_none" not in crm.contact(cf_none="x")


def test_the_longest_name_can_be_switched(crm: Pipeliner) -> None:
    crm.switch(name_limit=50)
    assert refused_fields(crm.refusal("Leads", name="L" * 51)) == {"name"}
    crm.switch(name_limit=100_000)
    assert len(crm.create("Leads", name="L" * 5_000)["name"]) == 5_000


def test_a_contact_may_not_lose_its_only_name(crm: Pipeliner) -> None:
    contact = crm.contact()
    assert "last_name" in refused_fields(crm.refusal("Contacts", contact["id"], last_name=""))


def test_a_step_of_another_lead_type_is_refused(crm: Pipeliner) -> None:
    kinds = {one["name"]: one["id"] for one in crm.records("LeadTypes")}
    steps = {one["name"]: one["id"] for one in crm.records("Steps")}
    body = crm.refusal(
        "Leads", name="Some", lead_type_id=kinds["Partner"], step_id=steps["Contacted"]
    )
    assert refused_fields(body) == {"step_id"}
    assert refused_fields(crm.refusal("Leads", name="Some", step_id=steps["Proposal"])) == {
        "step_id"
    }


def test_null_empties_a_text(crm: Pipeliner) -> None:
    contact = crm.contact(city="Berlin")
    assert crm.change("Contacts", contact["id"], city=None)["city"] == ""


@pytest.mark.parametrize("body", [None, [], "text", 5])
def test_a_body_that_is_no_object_is_refused_with_400(crm: Pipeliner, body: Any) -> None:
    response = crm.call("POST", "entities/Contacts", json=body)
    assert response.status_code == 400
    assert response.get_json() == {
        "code": 117,
        "name": "ERROR_PARAMETER_INVALID",
        "message": "Missing or invalid JSON data.",
        "http_status": 400,
        "success": False,
    }


@pytest.mark.parametrize("level", ["-1", "32", "all"])
def test_a_validation_level_that_is_no_bit_mask_is_refused(crm: Pipeliner, level: str) -> None:
    response = crm.call(
        "POST", "entities/Leads", json={"name": "Some"}, filters={"validation-level": level}
    )
    assert response.status_code == 400


# --- links ----------------------------------------------------------------------------------------


def _contact_ids(crm: Pipeliner, lead_id: str) -> dict[str, bool]:
    (lead,) = crm.records("Leads", filters={"filter[id]": lead_id}, expand="contact_relations")
    return {one["contact_id"]: one["is_primary"] for one in lead["contact_relations"]}


def test_a_lead_is_created_with_its_contact(crm: Pipeliner) -> None:
    contact = crm.contact()
    relations = [{"contact_id": contact["id"], "is_primary": True}]
    lead = crm.create("Leads", name="Some", contact_relations=relations)
    assert _contact_ids(crm, lead["id"]) == {contact["id"]: True}


def test_only_one_contact_of_a_lead_is_primary(crm: Pipeliner) -> None:
    one, two, three = (crm.contact()["id"] for _ in range(3))
    relations = [{"contact_id": one}, {"contact_id": two, "is_primary": True}]
    lead = crm.create("Leads", name="Some", contact_relations=relations)["id"]
    assert _contact_ids(crm, lead) == {one: False, two: True}
    crm.create("LeadOpptyContactRelations", lead_oppty_id=lead, contact_id=three, is_primary=True)
    assert _contact_ids(crm, lead) == {one: False, two: False, three: True}


def test_the_contacts_of_a_lead_are_replaced_by_those_sent(crm: Pipeliner) -> None:
    one, two = (crm.contact()["id"] for _ in range(2))
    lead = crm.create("Leads", name="Some", contact_relations=[{"contact_id": one}])["id"]
    crm.change("Leads", lead, contact_relations=[{"contact_id": two}])
    assert _contact_ids(crm, lead) == {two: True}
    crm.change("Leads", lead, name="Other")
    assert _contact_ids(crm, lead) == {two: True}


def test_a_deleted_contact_is_linked_only_at_level_16(crm: Pipeliner) -> None:
    contact = crm.contact()["id"]
    crm.delete("Contacts", contact)
    values = {"name": "Some", "contact_relations": [{"contact_id": contact}]}
    assert refused_fields(crm.refusal("Leads", **values)) == {"contact_relations"}
    response = crm.call("POST", "entities/Leads", json=values, validation_level=16)
    assert response.status_code == 201


# --- deleting and merging -------------------------------------------------------------------------


def test_deleting_is_soft_and_cannot_be_done_twice(crm: Pipeliner) -> None:
    contact = crm.contact()
    assert crm.delete("Contacts", contact["id"]).status_code == 200
    assert crm.page("Contacts")["total"] == 0
    deleted = crm.records("Contacts", filters={"include-deleted": "true"})
    assert [one["is_deleted"] for one in deleted] == [True]
    assert deleted[0]["modified"] >= contact["modified"]
    assert crm.delete("Contacts", contact["id"]).status_code == 404


def test_a_deleted_record_cannot_be_changed(crm: Pipeliner) -> None:
    contact = crm.contact()["id"]
    crm.delete("Contacts", contact)
    response = crm.call("PATCH", f"entities/Contacts/{contact}", json={"city": "Graz"})
    assert response.status_code == 404
    assert response.get_json()["name"] == "ERROR_ENTITY_NOT_FOUND"


def test_merging_moves_the_links_and_deletes_the_others(crm: Pipeliner) -> None:
    master, other = (crm.contact()["id"] for _ in range(2))
    only = crm.create("Leads", name="Only", contact_relations=[{"contact_id": other}])["id"]
    both = crm.create(
        "Leads", name="Both", contact_relations=[{"contact_id": master}, {"contact_id": other}]
    )["id"]
    body = {"master": {"id": master, "city": "Lyon"}, "secondary_ids": [other]}
    response = crm.call("POST", "entities/Contacts/merge", json=body)
    assert response.status_code == 200
    assert response.get_json()["data"]["city"] == "Lyon"
    assert crm.get("Contacts", other)["is_deleted"] is True
    assert set(_contact_ids(crm, only)) == {master}
    assert set(_contact_ids(crm, both)) == {master}
    assert crm.page("LeadOpptyContactRelations")["total"] == 2


@pytest.mark.parametrize("secondary", [[NOBODY], ["master"]])
def test_a_merge_that_cannot_be_leaves_everything_as_it_was(
    crm: Pipeliner, secondary: list[str]
) -> None:
    master, other = (crm.contact()["id"] for _ in range(2))
    ids = [other, *(master if one == "master" else one for one in secondary)]
    body = {"master": {"id": master, "city": "Lyon"}, "secondary_ids": ids}
    assert crm.call("POST", "entities/Contacts/merge", json=body).status_code in (404, 422)
    assert crm.get("Contacts", master)["city"] == ""
    assert crm.get("Contacts", other)["is_deleted"] is False


def test_a_merge_without_a_master_is_refused(crm: Pipeliner) -> None:
    response = crm.call("POST", "entities/Contacts/merge", json={"secondary_ids": []})
    assert response.status_code == 400
