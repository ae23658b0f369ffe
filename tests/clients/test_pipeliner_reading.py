"""What is read from a Pipeliner space, page by page, and how its answers are understood."""

from base64 import b64decode
from dataclasses import asdict
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from sync.errors import (
    AnswerLost,
    CredentialsRefused,
    IntegrationError,
    InvalidInput,
    NotFound,
    Refused,
    SetupError,
    UnexpectedAnswer,
)
from sync.model import Entity, FieldMap, FieldPurpose, ProvisionedField, User
from sync.pipeliner.client import PipelinerClient
from sync.pipeliner.parse import to_instant
from tests.clients.conftest import Line, Vendor, recorded

SERVICE = "https://eu-central.api.pipelinersales.com"
BASE = f"{SERVICE}/api/v100/rest/spaces/acme_sales/entities"
CONTACTS, LEADS, USERS = f"{BASE}/Contacts", f"{BASE}/Leads", f"{BASE}/Clients"
RELATIONS = f"{BASE}/LeadOpptyContactRelations"
ANNA_ID = "00000000-0000-0000-0000-000000008e97"
FIELDS: FieldMap = {
    purpose: ProvisionedField(
        purpose=purpose,
        field_id=f"f-{purpose}",
        api_name=f"cf_{purpose}",
        filter_key=f"k_{purpose}",
    )
    for purpose in (
        FieldPurpose.CONTACT_SCORE,
        FieldPurpose.CONTACT_PERSON,
        FieldPurpose.CONTACT_PANEL_KEY,
        FieldPurpose.LEAD_SCORE,
        FieldPurpose.LEAD_KEY,
    )
}

KEY = "0123456789abcdef0123456789abcdef"


def client_of(line: Line, **options: Any) -> PipelinerClient:
    access = {"service_url": SERVICE, "space_id": "acme_sales", "username": "u", "password": "p"}
    return PipelinerClient(line.transport("Pipeliner"), **{**access, **options})


@pytest.fixture
def space(line: Line) -> PipelinerClient:
    return client_of(line)


def page(*records: object, after: str | None = None, **more: object) -> dict[str, Any]:
    """A page of a listing; `after` is the cursor of the next."""
    info = {"end_cursor": after or "the-last", "has_next_page": after is not None}
    return {"success": True, "data": list(records), "page_info": info, **more}


def record(record_id: str, **values: object) -> dict[str, object]:
    return {"id": record_id, "modified": "2026-03-02 07:00:00+00:00", **values}


# --- the call -----------------------------------------------------------------------------------


def test_every_call_carries_user_name_and_password_and_says_what_it_reads(
    vendor: Vendor, line: Line
) -> None:
    vendor.answers("GET", CONTACTS, page(total=0))
    client_of(line, username="us_1", password="pä:ss").count(Entity.CONTACT)
    (request,) = vendor.asked
    scheme, _, pair = request.headers["Authorization"].partition(" ")
    assert (scheme, b64decode(pair).decode()) == ("Basic", "us_1:pä:ss")
    assert request.headers["Accept"] == "application/json"


def test_a_final_slash_of_the_service_address_does_not_matter(vendor: Vendor, line: Line) -> None:
    vendor.answers("GET", CONTACTS, page(total=0))
    client_of(line, service_url=f"{SERVICE}/").count(Entity.CONTACT)


@pytest.mark.parametrize("space_id", ["..", "", "a\nb"])
def test_a_space_id_that_leads_elsewhere_is_refused(line: Line, space_id: str) -> None:
    with pytest.raises(InvalidInput, match="space_id"):
        client_of(line, space_id=space_id)


# --- paging -------------------------------------------------------------------------------------


def test_pages_follow_the_cursor_to_the_last(vendor: Vendor, space: PipelinerClient) -> None:
    vendor.answers("GET", CONTACTS, page(record("c1"), after="WyIwMSJd", total=2))
    vendor.answers("GET", CONTACTS, page(record("c2"), total=2))
    first, second = space.fetch_contacts(FIELDS)
    assert [first.items[0].contact_id, second.items[0].contact_id] == ["c1", "c2"]
    assert first.total == 2
    assert [query.get("after") for query in vendor.queries()] == [None, "WyIwMSJd"]
    assert {query["first"] for query in vendor.queries()} == {"100"}


def test_a_cursor_that_comes_back_ends_the_reading(vendor: Vendor, space: PipelinerClient) -> None:
    for cursor in ("A", "B", "A"):
        vendor.answers("GET", CONTACTS, page(record("c1"), after=cursor))
    with pytest.raises(UnexpectedAnswer, match="same page of Contacts again and again"):
        list(space.fetch_contacts(FIELDS))


@pytest.mark.parametrize("total", [None, "42", True], ids=repr)
def test_a_total_that_is_not_told_is_not_guessed(
    vendor: Vendor, space: PipelinerClient, total: object
) -> None:
    vendor.answers("GET", LEADS, page(record("l1"), total=total))
    assert space.count(Entity.LEAD) is None


def test_counting_takes_one_small_call_and_counts_the_deleted(
    vendor: Vendor, space: PipelinerClient
) -> None:
    vendor.answers("GET", LEADS, page(record("l1"), after="more", total=42))
    assert space.count(Entity.LEAD) == 42
    assert vendor.queries() == [{"first": "1", "include-deleted": "true", "load-only": "id"}]


# --- what is asked for --------------------------------------------------------------------------


def test_what_changed_is_asked_for_with_the_deleted_and_only_the_columns_we_use(
    vendor: Vendor, space: PipelinerClient
) -> None:
    since = datetime(2026, 3, 2, 8, 30, tzinfo=timezone(timedelta(hours=1)))
    vendor.answers("GET", CONTACTS, page())
    list(space.fetch_contacts(FIELDS, since=since))
    assert vendor.queries() == [
        {
            "first": "100",
            "include-deleted": "true",
            "order-by": "modified",
            "filter[modified]": "2026-03-02 07:30:00",
            "filter-op[modified]": "gte",
            "load-only": "id,modified,is_deleted,owner_id,formatted_name,"
            "email1,email2,email3,email4,email5,"
            "cf_contact_score,cf_contact_acton_contact_id,cf_contact_panel_key",
        }
    ]


def test_the_form_of_dates_in_filters_is_a_setting(vendor: Vendor, line: Line) -> None:
    vendor.answers("GET", LEADS, page())
    space = client_of(line, date_format="%Y-%m-%dT%H:%M:%SZ")
    list(space.fetch_leads(FIELDS, since=datetime(2026, 3, 2, 7, 30, tzinfo=UTC)))
    assert vendor.queries()[0]["filter[modified]"] == "2026-03-02T07:30:00Z"


def test_leads_come_with_their_contacts(vendor: Vendor, space: PipelinerClient) -> None:
    vendor.answers("GET", LEADS, page())
    list(space.fetch_leads(FIELDS))
    (query,) = vendor.queries()
    assert query["expand"] == "contact_relations"
    assert query["load-only"].endswith("contact_relations.contact_id,cf_lead_score,cf_lead_key")
    assert "filter[modified]" not in query


def test_a_contact_is_looked_for_in_all_five_addresses_and_found_once(
    vendor: Vendor, space: PipelinerClient
) -> None:
    for found in ([record("c1")], [], [record("c1"), record("c2")], [], []):
        vendor.answers("GET", CONTACTS, page(*found))
    contacts = space.find_contacts("a+b&c@example.com", FIELDS)
    assert [one.contact_id for one in contacts] == ["c1", "c2"]
    for number, query in enumerate(vendor.queries(), start=1):
        assert query[f"filter[email{number}]"] == "a+b&c@example.com"
        assert query[f"filter-op[email{number}]"] == "ieq"
        assert query["include-deleted"] == "true"
    assert "filter%5Bemail1%5D=a%2Bb%26c%40example.com" in vendor.asked[0].url


@pytest.mark.parametrize(
    ("found", "name"),
    [
        ([record("l1", name="Jane Doe (Spring)")], "Jane Doe (Spring)"),
        ([record("l1", name=None)], ""),
        ([], None),
        ([record("l2", name="John")], None),  # a server that ignored the filter
    ],
)
def test_a_lead_is_asked_what_it_is_called_now(
    vendor: Vendor, space: PipelinerClient, found: list[object], name: str | None
) -> None:
    vendor.answers("GET", LEADS, page(*found))
    assert space.find_lead_name("l1") == name
    (query,) = vendor.queries()
    assert (query["filter[id]"], query["filter-op[id]"]) == ("l1", "eq")
    assert query["load-only"] == "id,name"


@pytest.mark.parametrize(
    ("filter_key", "asked"), [("column_7", "filter[column_7]"), (None, "filter[cf_key]")]
)
def test_leads_are_looked_for_by_the_key_that_filters_accept(
    vendor: Vendor, space: PipelinerClient, filter_key: str | None, asked: str
) -> None:
    purpose = FieldPurpose.LEAD_KEY
    field = ProvisionedField(
        purpose=purpose, field_id="f", api_name="cf_key", filter_key=filter_key
    )
    vendor.answers("GET", LEADS, page(record("l1", cf_key=KEY)))
    (lead,) = space.find_leads_by_key(KEY, {purpose: field})
    assert lead.key == KEY
    assert vendor.queries()[0][asked] == KEY


def test_the_leads_of_a_contact_are_found_through_its_relations(
    vendor: Vendor, space: PipelinerClient
) -> None:
    relations = [{"lead_oppty_id": one} for one in ("l2", "o1", "l2", None)]
    vendor.answers("GET", RELATIONS, page(*relations))
    vendor.answers("GET", LEADS, page(record("l2")))
    vendor.answers("GET", LEADS, page())  # an opportunity is no Lead
    assert [lead.lead_id for lead in space.find_leads_of_contact("c1", FIELDS)] == ["l2"]
    assert [query.get("filter[id]") for query in vendor.queries()] == [None, "l2", "o1"]


# --- users --------------------------------------------------------------------------------------


def user(user_id: str, **values: object) -> dict[str, object]:
    return {"id": user_id, "email": "anna@example.com", **values}


def test_an_active_user_is_preferred_to_a_deleted_one_of_the_same_address(
    vendor: Vendor, space: PipelinerClient
) -> None:
    new = user("2", formatted_name="Anna", timezone_name="Europe/Berlin", default_unit_id="unit")
    vendor.answers("GET", USERS, page(user("1", is_deleted=True), new))
    assert space.find_user("Anna@Example.com") == User(
        user_id="2",
        email="anna@example.com",
        name="Anna",
        active=True,
        time_zone="Europe/Berlin",
        unit_id="unit",
    )
    assert vendor.queries()[0]["filter-op[email]"] == "ieq"
    assert vendor.queries()[0]["include-deleted"] == "true"


def test_a_user_who_was_deleted_is_inactive(vendor: Vendor, space: PipelinerClient) -> None:
    vendor.answers("GET", USERS, page(user("1", is_deleted=True)))
    found = space.find_user("anna@example.com")
    assert found is not None
    assert not found.active


def test_a_user_may_be_named_by_id(vendor: Vendor, space: PipelinerClient) -> None:
    vendor.answers("GET", f"{USERS}/{ANNA_ID}", {"success": True, "data": user(ANNA_ID)})
    found = space.find_user(ANNA_ID)
    assert found is not None
    assert found.user_id == ANNA_ID


@pytest.mark.parametrize("owner", ["nobody@example.com", ANNA_ID], ids=["address", "id"])
def test_a_user_whom_nobody_knows_is_not_found(
    vendor: Vendor, space: PipelinerClient, owner: str
) -> None:
    if owner == ANNA_ID:
        vendor.answers("GET", f"{USERS}/{ANNA_ID}", {"message": "invalid ID"}, status=404)
    else:
        vendor.answers("GET", USERS, page())
    assert space.find_user(owner) is None


# --- how answers are understood -------------------------------------------------------------------


def test_contacts_are_read_as_pipeliner_records_them(
    vendor: Vendor, space: PipelinerClient
) -> None:
    sample = recorded("pipeliner/contacts.json")
    vendor.answers("GET", CONTACTS, sample["answer"])
    (read,) = space.fetch_contacts(FIELDS)
    assert [
        {
            **asdict(one),
            "modified": one.modified.isoformat(),
            "addresses": list(one.addresses),
        }
        for one in read.items
    ] == sample["expected"]


def test_leads_are_read_as_pipeliner_records_them(vendor: Vendor, space: PipelinerClient) -> None:
    sample = recorded("pipeliner/leads.json")
    vendor.answers("GET", LEADS, sample["answer"])
    (read,) = space.fetch_leads(FIELDS)
    for lead, expected in zip(read.items, sample["expected"], strict=True):
        shown = {**asdict(lead), "contact_ids": list(lead.contact_ids)}
        assert {name: shown[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("values", "owner"),
    [
        pytest.param({"owner_id": ANNA_ID}, ANNA_ID, id="id"),
        pytest.param({"owner": f"{USERS}/{ANNA_ID}"}, ANNA_ID, id="address"),
        pytest.param({"owner": {"id": ANNA_ID}}, ANNA_ID, id="expanded"),
        pytest.param({"owner_id": None}, "", id="unassigned"),
        pytest.param({}, "", id="not-told"),
        pytest.param({"owner_id": "x" * 65}, "", id="no-id-of-theirs"),
    ],
)
def test_the_owner_of_a_record_is_read_in_every_form(
    vendor: Vendor, space: PipelinerClient, values: dict[str, object], owner: str
) -> None:
    vendor.answers("GET", CONTACTS, page(record("c1", **values)))
    vendor.answers("GET", LEADS, page(record("l1", **values)))
    (contacts,), (leads,) = space.fetch_contacts(FIELDS), space.fetch_leads(FIELDS)
    assert [one.owner_id for one in (*contacts.items, *leads.items)] == [owner, owner]


@pytest.mark.parametrize(
    "text",
    [
        "2019-02-01 07:41:49.529970+00:00",
        "2019-02-01T07:41:49.529970Z",
        "2019-02-01T09:41:49.529970+02:00",
        "2019-02-01 07:41:49.529970",
    ],
)
def test_instants_are_understood_in_every_form(text: str) -> None:
    moment = datetime(2019, 2, 1, 7, 41, 49, 529970, tzinfo=UTC)
    read = to_instant(text, "a Lead")
    assert (read, read.utcoffset()) == (moment, timedelta(0))


@pytest.mark.parametrize("value", [None, "", "yesterday", 1549006909, "0001-01-01T00:00:00+14:00"])
def test_what_is_no_instant_is_an_unexpected_answer(value: object) -> None:
    with pytest.raises(UnexpectedAnswer, match="modified in a Lead"):
        to_instant(value, "a Lead")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param("[]", "its outermost object", id="an-array"),
        pytest.param('{"data": {}}', "data", id="no-array"),
        pytest.param('{"data": ["c1"]}', "data", id="no-records"),
        pytest.param('{"data": [{"modified": "2026-03-02"}]}', "id in a Lead", id="no-id"),
        pytest.param('{"data": [{"id": "l1"}]}', "modified in a Lead", id="no-date"),
        pytest.param(
            '{"data": [], "page_info": {"has_next_page": true, "end_cursor": null}}',
            "end_cursor",
            id="no-cursor",
        ),
        pytest.param('{"data": [{"id": "l1"', "not JSON", id="cut-short"),
    ],
)
def test_an_answer_of_another_form_names_the_field(
    vendor: Vendor, space: PipelinerClient, body: str, field: str
) -> None:
    vendor.answers("GET", LEADS, body=body)
    with pytest.raises(UnexpectedAnswer, match=field):
        list(space.fetch_leads(FIELDS))


UNKNOWN_TYPE = {"name": "ERROR_UNKNOWN_TYPE", "message": "\nINTERNALS", "http_status": 404}


@pytest.mark.parametrize(
    ("status", "answer", "error", "kind"),
    [
        pytest.param(401, None, CredentialsRefused, "pipeliner_credentials", id="wrong-password"),
        pytest.param(403, None, CredentialsRefused, "pipeliner_forbidden", id="no-right"),
        pytest.param(404, UNKNOWN_TYPE, NotFound, "not_found", id="no-such-thing"),
        pytest.param(
            404, {"message": "Space not found."}, SetupError, "space_unknown", id="no-such-space"
        ),
        pytest.param(422, {"message": "\nNot so."}, Refused, "refused", id="refused"),
        pytest.param(405, None, UnexpectedAnswer, "unexpected_answer", id="surprise"),
    ],
)
def test_an_error_is_named_by_what_to_do_next(
    vendor: Vendor,
    space: PipelinerClient,
    status: int,
    answer: object,
    error: type[IntegrationError],
    kind: str,
) -> None:
    vendor.answers("GET", LEADS, answer, status=status)
    with pytest.raises(error) as failed:
        list(space.fetch_leads(FIELDS))
    assert (type(failed.value), failed.value.kind) == (error, kind)
    assert "INTERNALS" not in str(failed.value)
    assert "\n" not in str(failed.value)


# --- our fields and the embedded page -------------------------------------------------------------


def test_the_fields_of_one_kind_of_record_are_read(vendor: Vendor, space: PipelinerClient) -> None:
    score = {"id": "f1", "entity_name": "Lead", "name": "Act-On Score", "api_name": "cf_s"}
    vendor.answers("GET", f"{BASE}/Fields", page(score, {**score, "entity_name": "Account"}))
    (field,) = space.fetch_fields(Entity.LEAD)
    assert (field.field_id, field.api_name, field.published) == ("f1", "cf_s", True)
    assert vendor.queries()[0]["filter[entity_name]"] == "Lead"


def test_the_name_of_a_new_field_is_the_one_that_pipeliner_gave_it(
    vendor: Vendor, space: PipelinerClient
) -> None:
    made = {"id": "f1", "entity_name": "Lead", "name": "Act-On Score", "api_name": "cf_act_on1n"}
    vendor.answers("POST", f"{BASE}/Fields", {"success": True, "data": made}, status=201)
    field = space.create_field(entity=Entity.LEAD, name="Act-On Score", type_id="integer")
    assert field.api_name == "cf_act_on1n"
    assert vendor.sent() == [
        {
            "entity_name": "Lead",
            "name": "Act-On Score",
            "type_id": "integer",
            "name_translations": {"en": "Act-On Score"},
        }
    ]


@pytest.mark.parametrize(
    ("answer", "status", "accepted"),
    [
        pytest.param(page(), 200, True, id="none-found"),
        pytest.param(page(record("l1")), 200, False, id="ignored-so-all-found"),
        pytest.param({"name": "ERROR_PARAMETER_INVALID"}, 400, False, id="refused"),
        pytest.param({"name": "ERROR_PARAMETER_INVALID"}, 422, False, id="not-valid"),
    ],
)
def test_a_filter_is_tried_before_it_is_relied_upon(
    vendor: Vendor, space: PipelinerClient, answer: object, status: int, accepted: bool
) -> None:
    vendor.answers("GET", LEADS, answer, status=status)
    assert space.can_filter(Entity.LEAD, "cf_key") is accepted


def test_the_embedded_page_is_made_and_moved(vendor: Vendor, space: PipelinerClient) -> None:
    body = {"entity": "Contact", "name": "Act-On", "url": "https://example.com/#k={#f1}"}
    new_url = "https://example.com/new"
    vendor.answers("POST", f"{BASE}/Webresources", {"data": {"id": "w1", **body}}, status=201)
    vendor.answers(
        "PATCH", f"{BASE}/Webresources/w1", {"data": {"id": "w1", **body, "url": new_url}}
    )
    made = space.create_webresource(entity=Entity.CONTACT, name="Act-On", url=body["url"])
    assert space.update_webresource(made.webresource_id, url=new_url).url == new_url
    assert vendor.sent() == [
        {**body, "request_method": 1, "display_param": "2"},
        {"url": new_url},
    ]


def test_a_field_whose_making_may_have_succeeded_is_not_made_twice(
    vendor: Vendor, space: PipelinerClient
) -> None:
    vendor.answers("POST", f"{BASE}/Fields", status=502)
    with pytest.raises(AnswerLost):
        space.create_field(entity=Entity.LEAD, name="Act-On Score", type_id="integer")
