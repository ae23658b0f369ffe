"""The sandbox's Pipeliner: who may come in, pages, order, `load-only`, `expand`, dates."""

import base64
import json
import time

import pytest

from tests.sandbox.crm_app import ANNA, CARL, NOBODY, Pipeliner


@pytest.fixture
def crm() -> Pipeliner:
    return Pipeliner(crm_contacts=45)


# --- who may come in ------------------------------------------------------------------------------


def test_a_wrong_key_is_refused_with_401_and_a_challenge(crm: Pipeliner) -> None:
    crm.password = "wrong"
    response = crm.call("GET", "entities/Contacts")
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Basic realm="restapi"'
    assert response.get_json()["success"] is False


def test_a_call_without_a_key_is_refused(crm: Pipeliner) -> None:
    response = crm.client.get("/api/v100/rest/spaces/demo_space/entities/Contacts")
    assert response.status_code == 401


def test_a_wrong_key_can_be_switched_to_403(crm: Pipeliner) -> None:
    crm.switch(forbidden_status=403)
    crm.password = "wrong"
    response = crm.call("GET", "entities/Contacts")
    assert response.status_code == 403
    assert "WWW-Authenticate" not in response.headers


def test_an_unknown_space_answers_404_that_says_so(crm: Pipeliner) -> None:
    crm.space = "elsewhere"
    response = crm.call("GET", "entities/Contacts")
    assert response.status_code == 404
    assert response.get_json()["message"] == "Space not found."


def test_spaces_share_no_records() -> None:
    crm = Pipeliner(space="other_space", crm_contacts=5)
    assert crm.page("Contacts")["total"] == 0
    assert {one["email"] for one in crm.records("Clients")} == {
        "anna@example.com",
        "ben@example.com",
    }


def test_more_spaces_exist_on_demand() -> None:
    crm = Pipeliner(space="space_0003", spaces=3)
    assert crm.page("Clients")["total"] == 2


def test_an_unknown_collection_has_the_recorded_error(crm: Pipeliner) -> None:
    response = crm.call("GET", "entities/Contact")
    assert response.status_code == 404
    assert response.get_json() == {
        "code": 2006,
        "name": "ERROR_UNKNOWN_TYPE",
        "message": "cannot determine entity type from Contact",
        "http_status": 404,
        "success": False,
    }


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("GET", "nothing/here"),
        ("PUT", "entities/Contacts"),
        ("POST", "entities/Fields/batch-modify"),
        ("POST", "entities/Leads/merge"),
    ],
)
def test_an_address_that_does_not_exist_has_the_other_404(
    crm: Pipeliner, method: str, path: str
) -> None:
    response = crm.call(method, path, json={} if method == "POST" else None)
    assert response.status_code == 404
    assert set(response.get_json()) == {"status", "message", "errorcode", "traceback"}


def test_an_unknown_id_answers_404(crm: Pipeliner) -> None:
    response = crm.call("GET", f"entities/Contacts/{NOBODY}")
    assert response.status_code == 404
    assert response.get_json()["success"] is False


# --- pages ----------------------------------------------------------------------------------------


def test_a_page_holds_30_records_unless_asked_otherwise(crm: Pipeliner) -> None:
    page = crm.page("Contacts")
    assert len(page["data"]) == 30
    assert page["total"] == 45
    assert page["page_info"]["has_next_page"] is True
    assert page["page_info"]["has_previous_page"] is False


@pytest.mark.parametrize("first", ["0", "101", "-1", "many", ""])
def test_a_page_size_outside_1_to_100_is_refused(crm: Pipeliner, first: str) -> None:
    assert crm.call("GET", "entities/Contacts", first=first).status_code == 400


@pytest.mark.parametrize("order", ["", "modified", "-modified", "last_name,-email1", "-last_name"])
def test_pages_show_every_record_once_in_any_order(crm: Pipeliner, order: str) -> None:
    ids = crm.all_ids("Contacts", first=7, order_by=order)
    assert len(ids) == len(set(ids)) == 45


def test_order_by_goes_up_and_a_minus_goes_down(crm: Pipeliner) -> None:
    up = [one["modified"] for one in crm.records("Contacts", order_by="modified", first=100)]
    down = [one["modified"] for one in crm.records("Contacts", order_by="-modified", first=100)]
    assert up == sorted(up)
    assert down == sorted(up, reverse=True)


def test_several_columns_order_one_after_the_other(crm: Pipeliner) -> None:
    records = crm.records("Contacts", order_by="last_name,-first_name", first=100)
    names = [(one["last_name"], one["first_name"]) for one in records]
    by_first = sorted(names, key=lambda name: name[1], reverse=True)
    assert names == sorted(by_first, key=lambda name: name[0])


def test_numbers_are_ordered_as_numbers(crm: Pipeliner) -> None:
    for ranking in (9, 100, 20):
        crm.create("Leads", name="Some", ranking=ranking)
    found = [one["ranking"] for one in crm.records("Leads", order_by="ranking")]
    assert found == [9, 20, 100]


def test_ordering_by_an_unknown_field_is_refused(crm: Pipeliner) -> None:
    assert crm.call("GET", "entities/Contacts", order_by="size").status_code == 400


def test_a_cursor_is_base64_of_the_sort_values_and_the_id(crm: Pipeliner) -> None:
    page = crm.page("Contacts", first=3, order_by="last_name")
    last = page["data"][-1]
    cursor = json.loads(base64.b64decode(page["page_info"]["end_cursor"]))
    assert cursor == [last["last_name"], last["id"]]


@pytest.mark.parametrize("cursor", ["nonsense", "W10=", "bnVsbA=="])
def test_a_cursor_that_is_none_is_refused(crm: Pipeliner, cursor: str) -> None:
    assert crm.call("GET", "entities/Contacts", after=cursor).status_code == 400


def test_a_full_last_page_still_has_a_cursor_but_no_next_page(crm: Pipeliner) -> None:
    info = crm.page("Contacts", first=45)["page_info"]
    assert info["end_cursor"] is not None
    assert info["has_next_page"] is False


def test_a_page_behind_the_end_is_empty_with_null_cursors(crm: Pipeliner) -> None:
    end = crm.page("Contacts", first=45)["page_info"]["end_cursor"]
    page = crm.page("Contacts", after=end)
    assert page["data"] == []
    assert page["page_info"] == {
        "start_cursor": None,
        "end_cursor": None,
        "has_previous_page": True,
        "has_next_page": False,
    }


def test_before_shows_the_page_before(crm: Pipeliner) -> None:
    one, two, three, *_ = crm.pages("Contacts", first=10)
    back = crm.page("Contacts", first=10, before=three["page_info"]["start_cursor"])
    assert back == two
    back = crm.page("Contacts", first=10, before=two["page_info"]["start_cursor"])
    assert back == one


def test_last_takes_the_end_of_the_first(crm: Pipeliner) -> None:
    ids = [one["id"] for one in crm.records("Contacts", first=10)]
    assert [one["id"] for one in crm.records("Contacts", first=10, last=3)] == ids[-3:]
    everything = crm.all_ids("Contacts", first=100)
    assert [one["id"] for one in crm.records("Contacts", last=3)] == everything[-3:]


def test_a_record_that_moves_between_pages_takes_no_other_with_it(crm: Pipeliner) -> None:
    page = crm.page("Contacts", first=10, order_by="modified")
    crm.change("Contacts", page["data"][-1]["id"], city="Graz")  # it is now the newest
    cursor = page["page_info"]["end_cursor"]
    rest = crm.all_ids("Contacts", first=10, order_by="modified", after=cursor)
    seen = {one["id"] for one in page["data"]} | set(rest)
    assert len(seen) == 45


def test_a_record_deleted_between_pages_leaves_the_cursor_valid(crm: Pipeliner) -> None:
    page = crm.page("Contacts", first=10)
    crm.delete("Contacts", page["data"][-1]["id"])
    rest = crm.all_ids("Contacts", first=10, after=page["page_info"]["end_cursor"])
    assert len(rest) == 35


def test_a_planned_fault_repeats_a_cursor(crm: Pipeliner) -> None:
    crm.plan("repeated_cursor", times=2)
    first = crm.page("Contacts", first=10)["page_info"]
    second = crm.page("Contacts", first=10, after=first["end_cursor"])["page_info"]
    assert second["end_cursor"] == first["end_cursor"]
    assert second["has_next_page"] is True


def test_the_old_limit_and_offset_leave_page_info_out(crm: Pipeliner) -> None:
    page = crm.page("Contacts", limit=5, offset=40)
    assert "page_info" not in page
    assert [one["id"] for one in page["data"]] == crm.all_ids("Contacts", first=100)[40:]


def test_the_total_can_be_switched_off(crm: Pipeliner) -> None:
    crm.switch(totals=False)
    assert "total" not in crm.page("Contacts")


def test_a_name_given_twice_is_refused(crm: Pipeliner) -> None:
    response = crm.call("GET", "entities/Contacts", filters={"filter[email1]": ["a", "b"]})
    assert response.status_code == 400


def test_fifty_thousand_contacts_are_paged_quickly() -> None:
    crm = Pipeliner(crm_contacts=50_000)
    crm.page("Contacts", first=100, order_by="modified")  # sorts once
    pages = crm.pages("Contacts", first=100, order_by="modified", load_only="id,email1")
    took = []
    for _ in range(40):
        before = time.perf_counter()
        next(pages)
        took.append(time.perf_counter() - before)
    assert sorted(took)[20] < 0.010


# --- deleted records ------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["include-deleted", "include_deleted"])
def test_deleted_users_are_hidden_unless_asked_for(crm: Pipeliner, word: str) -> None:
    assert CARL not in crm.all_ids("Clients")
    users = crm.records("Clients", filters={word: "true"})
    assert {one["id"]: one["is_deleted"] for one in users}[CARL] is True
    assert crm.page("Clients", filters={word: "true"})["total"] == 3


def test_a_deleted_record_can_still_be_read_by_its_id(crm: Pipeliner) -> None:
    contact = crm.contact()
    assert crm.delete("Contacts", contact["id"]).get_json() == {
        "success": True,
        "data": contact["id"],
    }
    assert crm.get("Contacts", contact["id"])["is_deleted"] is True


# --- what is shown --------------------------------------------------------------------------------


def test_load_only_shows_exactly_what_was_asked_for(crm: Pipeliner) -> None:
    (one, *_) = crm.records("Contacts", load_only="id,email1,formatted_name,owner", first=1)
    assert set(one) == {"id", "email1", "formatted_name", "owner"}
    assert one["owner"].endswith(f"/entities/Clients/{ANNA}")


def test_relations_are_absolute_addresses_unless_expanded(crm: Pipeliner) -> None:
    (one,) = crm.records("Contacts", first=1)
    base = "http://localhost/api/v100/rest/spaces/demo_space/entities"
    assert one["owner"] == f"{base}/Clients/{ANNA}"
    assert one["unit"] == f"{base}/SalesUnits/{one['unit_id']}"
    assert one["primary_account"] is None


def test_expand_shows_the_related_record_itself(crm: Pipeliner) -> None:
    (one,) = crm.records("Contacts", first=1, expand="owner,unit")
    assert one["owner"]["email"] == "anna@example.com"
    assert one["owner"]["timezone_name"] == "Europe/Berlin"
    assert one["unit"]["name"] == "Europe"


def test_empty_text_is_a_text_and_empty_relations_are_a_list(crm: Pipeliner) -> None:
    one = crm.contact()
    assert one["email5"] == ""
    assert one["account_relations"] == []


def test_a_lead_shows_its_contacts_as_far_as_asked(crm: Pipeliner) -> None:
    contact = crm.contact(first_name="Ada", last_name="Keller")
    relations = [{"contact_id": contact["id"], "is_primary": True}]
    lead = crm.create("Leads", name="Ada Keller", owner_id=ANNA, contact_relations=relations)
    (uri,) = lead["contact_relations"]
    assert "/entities/LeadOpptyContactRelations/" in uri
    assert lead["primary_contact"].endswith(contact["id"])

    (link,) = crm.records("Leads", expand="contact_relations")[0]["contact_relations"]
    assert link["contact_id"] == contact["id"]
    assert link["contact"].startswith("http")

    deep = crm.records("Leads", expand="contact_relations.contact,primary_contact")[0]
    assert deep["contact_relations"][0]["contact"]["formatted_name"] == "Ada Keller"
    assert deep["primary_contact"]["formatted_name"] == "Ada Keller"

    (some,) = crm.records(
        "Leads",
        expand="contact_relations",
        load_only="id,contact_relations.contact_id,contact_relations.is_primary",
    )
    assert some["contact_relations"] == [{"contact_id": contact["id"], "is_primary": True}]


def test_load_only_with_dots_does_not_expand(crm: Pipeliner) -> None:
    contact = crm.contact()
    crm.create("Leads", name="Some", contact_relations=[{"contact_id": contact["id"]}])
    (some,) = crm.records("Leads", load_only="contact_relations.contact_id")
    assert isinstance(some["contact_relations"][0], str)


def test_expand_works_on_a_single_record_too(crm: Pipeliner) -> None:
    lead = crm.create("Leads", name="Some", owner_id=ANNA)
    assert crm.get("Leads", lead["id"], expand="owner")["owner"]["id"] == ANNA


# --- dates ----------------------------------------------------------------------------------------


def test_dates_are_utc_with_a_blank(crm: Pipeliner) -> None:
    modified = crm.contact()["modified"]
    assert modified[10] == " "
    assert modified.endswith("+00:00")


def test_dates_can_be_switched_to_t(crm: Pipeliner) -> None:
    crm.switch(date_form="T")
    (one,) = crm.records("Contacts", first=1, load_only="modified")
    assert one["modified"][10] == "T"


def test_the_header_timezone_converts_dates(crm: Pipeliner) -> None:
    crm.create("Leads", name="Old", created="2026-01-15T12:00:00Z")
    (one,) = crm.records("Leads", zone="America/Chicago", load_only="created")
    assert one["created"] == "2026-01-15 06:00:00.000000-06:00"


def test_an_unknown_time_zone_is_refused(crm: Pipeliner) -> None:
    assert crm.call("GET", "entities/Leads", zone="Nowhere/City").status_code == 400


def test_each_change_takes_a_higher_revision_of_the_space(crm: Pipeliner) -> None:
    first, second = crm.contact(), crm.create("Leads", name="Some")
    assert second["revision"] > first["revision"]
    changed = crm.change("Contacts", first["id"], city="Lyon")
    assert changed["revision"] > second["revision"]
    assert changed["modified"] >= first["modified"]
    assert changed["created"] == first["created"]
