"""The sandbox's Pipeliner: every filter operator, and which names may be filtered by."""

import pytest

from tests.sandbox.crm_app import ANNA, BEN, CARL, NOBODY, Pipeliner


@pytest.fixture
def crm() -> Pipeliner:
    return Pipeliner(crm_contacts=0)


@pytest.fixture
def names(crm: Pipeliner) -> dict[str, str]:
    """Three Leads: id → name."""
    rows = (("Alpha One", 5, ""), ("alpha two", 10, "x"), ("Beta", 100, "y"))
    leads = [
        crm.create("Leads", name=name, ranking=ranking, description=text)
        for name, ranking, text in rows
    ]
    return {lead["id"]: lead["name"].split()[-1] for lead in leads}


@pytest.mark.parametrize(
    ("field", "operator", "value", "expected"),
    [
        ("name", None, "Beta", {"Beta"}),
        ("name", "eq", "beta", set()),
        ("name", "ieq", "bETA", {"Beta"}),
        ("name", "not-eq", "Beta", {"One", "two"}),
        ("name", "not-ieq", "BETA", {"One", "two"}),
        ("name", "contains", "pha", {"One", "two"}),
        ("name", "contains", "PHA", set()),
        ("name", "icontains", "PHA", {"One", "two"}),
        ("name", "starts", "alpha", {"two"}),
        ("name", "istarts", "alpha", {"One", "two"}),
        ("name", "ends", "One", {"One"}),
        ("name", "iends", "ONE", {"One"}),
        ("name", "gt", "Alpha", {"One", "two", "Beta"}),
        ("name", "null", None, set()),
        ("name", "not-null", None, {"One", "two", "Beta"}),
        ("description", "empty", None, {"One"}),
        ("description", "not-empty", None, {"two", "Beta"}),
        ("ranking", "eq", "10", {"two"}),
        ("ranking", "not-eq", "10", {"One", "Beta"}),
        ("ranking", "gt", "9", {"two", "Beta"}),
        ("ranking", "gte", "10", {"two", "Beta"}),
        ("ranking", "lt", "10", {"One"}),
        ("ranking", "lte", "10", {"One", "two"}),
        ("ranking", "between", "5,10", {"One", "two"}),
        ("share_mode", "null", None, {"One", "two", "Beta"}),
        ("share_mode", "gt", "0", set()),
        ("is_archived", "eq", "false", {"One", "two", "Beta"}),
        ("is_archived", "not-eq", "false", set()),
        ("is_archived", "eq", "true", set()),
        ("owner_id", "null", None, {"One", "two", "Beta"}),
    ],
)
def test_an_operator_lets_the_right_records_through(
    crm: Pipeliner,
    names: dict[str, str],
    field: str,
    operator: str | None,
    value: str | None,
    expected: set[str],
) -> None:
    assert {names[one] for one in crm.matching("Leads", field, operator, value)} == expected


def test_several_filters_must_all_be_met(crm: Pipeliner, names: dict[str, str]) -> None:
    filters = {
        "filter[name]": "alpha",
        "filter-op[name]": "istarts",
        "filter[ranking]": "6",
        "filter-op[ranking]": "gt",
    }
    assert [one["name"] for one in crm.records("Leads", filters=filters)] == ["alpha two"]


@pytest.mark.parametrize(
    "since", ["2026-01-01 00:00:00", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00"]
)
def test_changes_since_an_instant_are_found_inclusively(crm: Pipeliner, since: str) -> None:
    for created in ("2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z"):
        crm.create("Leads", name=created, created=created)
    assert len(crm.matching("Leads", "created", "gte", since)) == 2
    assert len(crm.matching("Leads", "created", "gt", since)) == 1


def test_a_change_moves_a_record_into_the_window_of_modified(crm: Pipeliner) -> None:
    old = crm.sandbox.world.crm.spaces["demo_space"]
    contact = crm.contact()
    then = contact["modified"]
    crm.sandbox.world.clock.shift(3600)
    assert contact["id"] in crm.matching("Contacts", "modified", "lte", then)
    crm.change("Contacts", contact["id"], city="Porto")
    assert crm.matching("Contacts", "modified", "gt", then) == [contact["id"]]
    assert old.records["Contacts"][contact["id"]]["city"] == "Porto"


@pytest.mark.parametrize(
    ("name", "operator", "value"),
    [
        ("size", None, "1"),
        ("size", "null", None),
        ("cf_nothing", "eq", "1"),
        ("name", "like", "a"),
        ("name", "eq", None),
        ("modified", "gte", "yesterday"),
        ("ranking", "gt", "high"),
        ("ranking", "between", "1"),
        ("is_archived", "eq", "perhaps"),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused(
    crm: Pipeliner, name: str, operator: str | None, value: str | None
) -> None:
    filters = {}
    if value is not None:
        filters[f"filter[{name}]"] = value
    if operator is not None:
        filters[f"filter-op[{name}]"] = operator
    response = crm.call("GET", "entities/Leads", filters=filters)
    assert response.status_code == 400
    assert response.get_json()["name"] == "ERROR_PARAMETER_INVALID"


def test_an_unknown_field_is_refused_even_where_there_is_no_record(crm: Pipeliner) -> None:
    response = crm.call("GET", "entities/Webhooks", filters={"filter[size]": "1"})
    assert response.status_code == 400


def test_the_leads_of_a_contact_are_found_by_their_links(crm: Pipeliner) -> None:
    contact = crm.contact()
    lead = crm.create("Leads", name="Some", contact_relations=[{"contact_id": contact["id"]}])
    crm.create("Leads", name="Other")
    filters = {"filter[contact_id]": contact["id"]}
    (link,) = crm.records("LeadOpptyContactRelations", filters=filters)
    assert link["lead_oppty_id"] == lead["id"]
    assert link["is_primary"] is True


def test_an_owner_is_found_by_address_in_any_case_even_a_deleted_one(crm: Pipeliner) -> None:
    assert crm.matching("Clients", "email", "ieq", "ANNA@example.com") == [ANNA]
    assert crm.matching("Clients", "email", "ieq", "carl@example.com") == []
    filters = {"filter[email]": "carl@example.com", "include-deleted": "true"}
    assert [one["id"] for one in crm.records("Clients", filters=filters)] == [CARL]


def test_steps_of_leads_are_found_as_the_connector_of_microsoft_does(crm: Pipeliner) -> None:
    filters = {
        "filter[is_deleted]": "false",
        "filter-op[pipeline_id]": "null",
        "filter-op[lead_process_id]": "not-null",
    }
    steps = crm.records("Steps", filters=filters)
    assert {one["name"] for one in steps} == {"New", "Contacted", "Referred"}
    assert crm.page("Steps")["total"] == 4


# --- custom fields --------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["api_name", "column_name"])
def test_a_custom_field_is_filtered_by_the_name_that_the_switch_says(
    crm: Pipeliner, way: str
) -> None:
    crm.switch(custom_filter=way)
    field = crm.field()
    lead = crm.create("Leads", name="Ours", **{field["api_name"]: "abc"})
    crm.create("Leads", name="Theirs")
    other = "column_name" if way == "api_name" else "api_name"
    assert crm.matching("Leads", field[way], "eq", "abc") == [lead["id"]]
    refused = crm.call("GET", "entities/Leads", filters={f"filter[{field[other]}]": "abc"})
    assert refused.status_code == 400


def test_custom_fields_can_be_switched_to_be_no_filter_at_all(crm: Pipeliner) -> None:
    crm.switch(custom_filter="none")
    field = crm.field()
    for name in (field["api_name"], field["column_name"]):
        response = crm.call("GET", "entities/Leads", filters={f"filter[{name}]": "abc"})
        assert response.status_code == 400


def test_turning_the_switch_is_felt_at_once(crm: Pipeliner) -> None:
    field = crm.field()
    assert crm.matching("Leads", field["api_name"], "eq", "abc") == []
    crm.switch(custom_filter="none")
    response = crm.call("GET", "entities/Leads", filters={f"filter[{field['api_name']}]": "abc"})
    assert response.status_code == 400


def test_custom_numbers_and_dates_compare_as_what_they_are(crm: Pipeliner) -> None:
    score = crm.field("Act-On Score", "integer")["api_name"]
    seen = crm.field("Seen", "datetime")["api_name"]
    low = crm.create("Leads", name="Low", **{score: 9, seen: "2026-01-01 00:00:00"})
    high = crm.create("Leads", name="High", **{score: 100, seen: "2026-02-01T00:00:00Z"})
    crm.create("Leads", name="None")
    assert crm.matching("Leads", score, "gte", "9.5") == [high["id"]]
    assert crm.matching("Leads", score, "lt", "50") == [low["id"]]
    assert crm.matching("Leads", seen, "lt", "2026-01-15T00:00:00Z") == [low["id"]]


def test_a_field_of_another_entity_is_no_filter(crm: Pipeliner) -> None:
    field = crm.field(entity="Contact")
    response = crm.call("GET", "entities/Leads", filters={f"filter[{field['api_name']}]": "x"})
    assert response.status_code == 400


def test_an_id_that_nobody_has_finds_nothing(crm: Pipeliner) -> None:
    crm.contact(owner_id=BEN)
    assert crm.matching("Contacts", "owner_id", "eq", NOBODY) == []
    assert len(crm.matching("Contacts", "owner_id", "eq", BEN)) == 1
