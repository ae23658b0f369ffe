"""The sandbox's Pipeliner: batches, their partial failures, and what the documents leave open."""

from typing import Any

import pytest

from tests.sandbox.crm_app import ANNA, NOBODY, Pipeliner, refused_fields


@pytest.fixture
def crm() -> Pipeliner:
    return Pipeliner(crm_contacts=0)


GOOD: dict[str, Any] = {"owner_id": ANNA, "last_name": "Good"}
BAD: dict[str, Any] = {"owner_id": ANNA, "last_name": "B" * 300}


def test_a_batch_creates_and_changes_and_answers_ids_in_order(crm: Pipeliner) -> None:
    old = crm.contact()["id"]
    response = crm.batch("Contacts", [GOOD, {"id": old, "city": "Graz"}, GOOD])
    body = response.get_json()
    assert response.status_code == 200
    assert body["success"] is True
    assert body["data"][1] == old
    assert crm.page("Contacts")["total"] == 3
    assert crm.get("Contacts", old)["city"] == "Graz"


def test_the_failed_items_of_a_batch_say_their_place(crm: Pipeliner) -> None:
    data = crm.batch("Contacts", [GOOD, BAD, GOOD, {"id": NOBODY}]).get_json()["data"]
    assert [isinstance(one, str) for one in data] == [True, False, True, False]
    assert [data[1]["entity_index"], data[3]["entity_index"]] == [1, 3]
    assert refused_fields(data[1]) == {"last_name"}
    assert (data[3]["http_status"], data[3]["entity_id"]) == (404, NOBODY)
    assert crm.page("Contacts")["total"] == 2


def test_entity_index_can_be_switched_off(crm: Pipeliner) -> None:
    crm.switch(entity_index=False)
    data = crm.batch("Contacts", [GOOD, BAD]).get_json()["data"]
    assert data[1]["entity_index"] is None


@pytest.mark.parametrize("value", [True, False])
def test_success_of_a_partial_failure_can_be_switched(crm: Pipeliner, value: bool) -> None:
    crm.switch(partial_success=value)
    assert crm.batch("Contacts", [GOOD, BAD]).get_json()["success"] is value
    assert crm.batch("Contacts", [GOOD]).get_json()["success"] is True


@pytest.mark.parametrize("rollback", [0, None])
def test_rollback_method_0_writes_all_or_nothing(crm: Pipeliner, rollback: int | None) -> None:
    old = crm.contact(city="Berlin")["id"]
    response = crm.batch(
        "Contacts", [GOOD, {"id": old, "city": "Graz"}, BAD, GOOD], rollback=rollback
    )
    assert response.status_code == 422
    assert response.get_json()["entity_index"] == 2
    assert response.get_json()["success"] is False
    assert crm.page("Contacts")["total"] == 1
    assert crm.get("Contacts", old)["city"] == "Berlin"


def test_links_of_leads_are_taken_back_too(crm: Pipeliner) -> None:
    contact = crm.contact()["id"]
    good = {"name": "Some", "contact_relations": [{"contact_id": contact}]}
    assert crm.batch("Leads", [good, {"name": ""}], rollback=0).status_code == 422
    assert crm.page("LeadOpptyContactRelations")["total"] == 0
    assert crm.batch("Leads", [good, {"name": ""}], rollback=1).status_code == 200
    assert crm.page("LeadOpptyContactRelations")["total"] == 1


def test_more_than_100_items_are_refused_whole(crm: Pipeliner) -> None:
    assert crm.batch("Contacts", [GOOD] * 100).status_code == 200
    assert crm.batch("Contacts", [GOOD] * 101).status_code == 400
    assert crm.page("Contacts")["total"] == 100


def test_the_size_of_a_batch_can_be_switched(crm: Pipeliner) -> None:
    crm.switch(batch_limit=10)
    assert crm.batch("Contacts", [GOOD] * 11).status_code == 400
    crm.switch(batch_limit=1000)
    assert crm.batch("Contacts", [GOOD] * 101).status_code == 200


def test_an_empty_batch_does_nothing(crm: Pipeliner) -> None:
    assert crm.batch("Contacts", []).get_json() == {"success": True, "data": []}


@pytest.mark.parametrize("items", [{}, None, ["text"], [GOOD, 5]])
def test_a_batch_that_is_no_list_of_objects_is_refused_whole(crm: Pipeliner, items: Any) -> None:
    assert crm.batch("Contacts", items).status_code == 400
    assert crm.page("Contacts")["total"] == 0


def test_another_rollback_method_is_refused(crm: Pipeliner) -> None:
    assert crm.batch("Contacts", [GOOD], rollback=2).status_code == 400


def test_a_batch_deletes_what_is_there_and_names_what_is_not(crm: Pipeliner) -> None:
    one, two = (crm.contact()["id"] for _ in range(2))
    response = crm.call(
        "POST", "entities/Contacts/batch-delete", json=[one, NOBODY, two], rollback_method=1
    )
    data = response.get_json()["data"]
    assert (data[0], data[2]) == (one, two)
    assert (data[1]["http_status"], data[1]["entity_index"]) == (404, 1)
    assert crm.page("Contacts")["total"] == 0


def test_a_batch_delete_is_taken_back_whole_with_method_0(crm: Pipeliner) -> None:
    one = crm.contact()["id"]
    response = crm.call(
        "POST", "entities/Contacts/batch-delete", json=[one, NOBODY], rollback_method=0
    )
    assert response.status_code == 404
    assert crm.get("Contacts", one)["is_deleted"] is False


# --- planned faults -------------------------------------------------------------------------------


def test_a_planned_fault_refuses_the_items_that_a_pattern_names(crm: Pipeliner) -> None:
    crm.plan("refuse_record", pattern="poison", path="batch-modify")
    items = [GOOD, {**GOOD, "city": "poison"}, GOOD]
    data = crm.batch("Contacts", items).get_json()["data"]
    assert data[1]["http_status"] == 422
    assert crm.page("Contacts")["total"] == 2


def test_a_planned_fault_refuses_a_whole_batch_once(crm: Pipeliner) -> None:
    crm.plan("refuse_batch", path="batch-modify")
    assert crm.batch("Contacts", [GOOD]).status_code == 400
    assert crm.page("Contacts")["total"] == 0
    assert crm.batch("Contacts", [GOOD]).status_code == 200
