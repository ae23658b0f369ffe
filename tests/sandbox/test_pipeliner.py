"""The sandbox's Pipeliner behaves as contracts/pipeliner.md says."""

import json
from pathlib import Path

import pytest

from sync.sandbox import RunningSandbox, SandboxOptions
from sync.sandbox.serve import Sandbox
from tests.sandbox.conftest import Visitor

ANNA = "00000000-0000-0000-0000-000000000001"
CARL = "00000000-0000-0000-0000-000000000003"


def test_a_wrong_key_is_refused(visitor: Visitor) -> None:
    path = "/api/v100/rest/spaces/demo_space/entities/Contacts"
    answer = visitor.http.get(path, auth=("sandbox_app", "wrong"))
    assert answer.status_code == 401
    assert "Basic" in answer.headers["WWW-Authenticate"]


def test_an_unknown_space_and_collection_have_their_errors(visitor: Visitor) -> None:
    assert visitor.crm("Contacts", space="nowhere").json["message"] == "Space not found."
    assert visitor.crm("Contact").json["code"] == 2006


def test_pages_follow_their_cursors_and_show_everything_once(visitor: Visitor) -> None:
    seen, cursor = [], ""
    while True:
        page = visitor.crm(f"Contacts?first=3&order-by=-modified&after={cursor}").json
        seen += [record["id"] for record in page["data"]]
        if not page["page_info"]["has_next_page"]:
            break
        cursor = page["page_info"]["end_cursor"]
    assert len(seen) == len(set(seen)) == page["total"]


def test_a_page_has_thirty_records_unless_asked_and_never_more_than_a_hundred() -> None:
    visitor = Visitor(Sandbox(SandboxOptions(crm_contacts=150)))
    assert len(visitor.crm("Contacts").json["data"]) == 30
    assert len(visitor.crm("Contacts?first=100").json["data"]) == 100
    assert visitor.crm("Contacts?first=101").status_code == 400


@pytest.mark.parametrize(
    ("operator", "value", "number"),
    [
        ("ieq", "KNOWN.contact@example.com", 1),
        ("eq", "KNOWN.contact@example.com", 0),
        ("icontains", "CONTACT@", 2),
        ("starts", "known", 1),
        ("iends", "@EXAMPLE.COM", 5),
        ("null", "", 0),
        ("empty", "", 0),
    ],
)
def test_filters_compare_as_their_operators_say(
    visitor: Visitor, operator: str, value: str, number: int
) -> None:
    query = f"Contacts?filter[email1]={value}&filter-op[email1]={operator}"
    assert visitor.crm(query).json["total"] == number


def test_deleted_records_show_only_where_asked_for(visitor: Visitor) -> None:
    query = "Contacts?filter[email1]=deleted.contact@example.com"
    assert visitor.crm(query).json["total"] == 0
    assert visitor.crm(f"{query}&include-deleted=true").json["total"] == 1


def test_what_changed_since_is_found(visitor: Visitor) -> None:
    newest = visitor.crm("Contacts?order-by=-modified&first=1").json["data"][0]
    query = {"filter[modified]": newest["modified"], "filter-op[modified]": "gte"}
    found = visitor.crm("Contacts", query_string=query).json
    assert [record["id"] for record in found["data"]] == [newest["id"]]


def test_only_what_was_asked_for_is_loaded(visitor: Visitor) -> None:
    query = "Leads?load-only=id,name,contact_relations.contact_id&expand=contact_relations"
    for lead in visitor.crm(query).json["data"]:
        assert set(lead) == {"id", "name", "contact_relations"}
        assert all(set(one) == {"contact_id"} for one in lead["contact_relations"])


def test_an_unknown_filter_is_refused(visitor: Visitor) -> None:
    assert visitor.crm("Contacts?filter[nothing]=1").status_code == 400


def test_a_contact_needs_an_owner_and_a_name(visitor: Visitor) -> None:
    answer = visitor.crm("Contacts", "POST", json={"email1": "a@example.com"})
    assert answer.status_code == 422
    assert answer.json["name"] == "ERROR_ENTITY_VALIDATION"
    assert answer.json["message"].startswith("\n")
    named = {error["field_name"] for error in answer.json["field_errors"]}
    assert named == {"owner_id", "last_name"}


def test_an_inactive_owner_is_refused(visitor: Visitor) -> None:
    body = {"last_name": "Doe", "owner_id": CARL}
    assert visitor.crm("Contacts", "POST", json=body).status_code == 422


def test_a_created_record_comes_back_whole(visitor: Visitor) -> None:
    answer = visitor.crm("Contacts", "POST", json={"last_name": "Doe", "owner_id": ANNA})
    assert answer.status_code == 201
    assert answer.json["data"]["formatted_name"] == "Doe"
    assert answer.json["data"]["owner"].endswith(f"/entities/Clients/{ANNA}")


def make_batch(visitor: Visitor, rollback: int) -> object:
    items = [{"name": "One", "owner_id": ANNA}, {"owner_id": ANNA}, {"name": "Three"}]
    return visitor.crm(f"Leads/batch-modify?rollback-method={rollback}", "POST", json=items)


def test_a_batch_keeps_what_is_good(visitor: Visitor) -> None:
    before = visitor.crm("Leads").json["total"]
    answer = make_batch(visitor, 1)
    assert answer.status_code == 200  # type: ignore[attr-defined]
    first, second, third = answer.json["data"]  # type: ignore[attr-defined]
    assert isinstance(first, str)
    assert isinstance(third, str)
    assert second["entity_index"] == 1
    assert visitor.crm("Leads").json["total"] == before + 2


def test_a_batch_that_rolls_back_keeps_nothing(visitor: Visitor) -> None:
    before = visitor.crm("Leads").json["total"]
    assert make_batch(visitor, 0).status_code == 422  # type: ignore[attr-defined]
    assert visitor.crm("Leads").json["total"] == before


def test_a_field_gets_a_name_of_its_own(visitor: Visitor) -> None:
    body = {"entity_name": "Lead", "name": "Act-On Score", "type_id": "integer"}
    made = [visitor.crm("Fields", "POST", json=body).json["data"] for _ in range(2)]
    assert [one["api_name"] for one in made] == ["cf_act_on_score", "cf_act_on_score1"]
    assert visitor.crm("Leads?filter[cf_act_on_score]=5").status_code == 200
    visitor.turn(custom_filter="column_name")
    assert visitor.crm("Leads?filter[cf_act_on_score]=5").status_code == 400
    assert visitor.crm(f"Leads?filter[{made[0]['column_name']}]=5").status_code == 200


def test_an_unknown_custom_field_is_refused(visitor: Visitor) -> None:
    body = {"name": "Lead", "cf_unknown": 1}
    assert visitor.crm("Leads", "POST", json=body).status_code == 422
    visitor.turn(unknown_fields="ignore")
    assert visitor.crm("Leads", "POST", json=body).status_code == 201


def test_merging_moves_the_leads_and_deletes_the_others(visitor: Visitor) -> None:
    contacts = visitor.crm("Contacts?filter[first_name]=Linked").json["data"]
    other = visitor.crm("Contacts?filter[first_name]=Lost").json["data"][0]
    body = {"master": {"id": other["id"]}, "secondary_ids": [contacts[0]["id"]]}
    assert visitor.crm("Contacts/merge", "POST", json=body).status_code == 200
    lead = visitor.crm("Leads?filter[name]=Linked by hand&expand=contact_relations").json["data"][0]
    assert [one["contact_id"] for one in lead["contact_relations"]] == [other["id"]]
    assert visitor.crm("Contacts?filter[first_name]=Linked").json["total"] == 0


def test_planned_faults_hit_when_they_are_due(visitor: Visitor) -> None:
    visitor.plan(kind="server_error", api="pipeliner", path="Leads", after=1, times=2, status=503)
    statuses = [visitor.crm("Leads").status_code for _ in range(4)]
    assert statuses == [200, 503, 503, 200]
    assert visitor.http.get("/__sandbox/faults").json[0]["hits"] == 2


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("faults", {"kind": "unheard of"}),
        ("switches", {"ucl_shape": "round"}),
        ("switches", {"unheard_of": 1}),
        ("world/unheard_of", {}),
        ("world/set_score", {"email": "nobody@example.com", "score": 1}),
    ],
)
def test_what_makes_no_sense_is_said_in_words(visitor: Visitor, path: str, body: object) -> None:
    answer = visitor.http.post(f"/__sandbox/{path}", json=body)
    assert answer.status_code == 400
    assert answer.json["error"]


def test_a_saved_world_is_found_again(tmp_path: Path) -> None:
    options = SandboxOptions(state_path=tmp_path / "world.json")
    visitor = Visitor(Sandbox(options))
    visitor.crm("Leads", "POST", json={"name": "Kept"})
    visitor.http.post(
        "/__sandbox/world/set_score", json={"email": "exactly@example.com", "score": 99}
    )
    visitor.crm("Leads")
    again = Sandbox(options)
    assert "Kept" in {lead["name"] for lead in again.world.crm.live("Leads")}
    assert again.world.demo.people["exactly@example.com"].score == 99
    fresh = Sandbox(SandboxOptions(state_path=options.state_path, seed=2))
    assert "Kept" not in {lead["name"] for lead in fresh.world.crm.live("Leads")}


def test_it_listens_on_this_machine_only() -> None:
    with pytest.raises(ValueError, match="this machine"):
        RunningSandbox(SandboxOptions(host="0.0.0.0"))  # noqa: S104 - that is the point


CONTRACTS = Path(__file__).parents[3] / "shared" / "contracts" / "openapi"
needs_contracts = pytest.mark.skipif(
    not CONTRACTS.is_dir(), reason="the vendors' OpenAPI documents are not beside the project"
)


def schema_of(name: str) -> dict[str, object]:
    document = json.loads((CONTRACTS / "pipeliner-v100.json").read_text())
    schemas: dict[str, dict[str, object]] = document["components"]["schemas"]
    return schemas[name]


@needs_contracts
def test_every_address_of_the_sandbox_is_in_the_vendors_documents(sandbox: Sandbox) -> None:
    pipeliner = json.loads((CONTRACTS / "pipeliner-v100.json").read_text())["paths"]
    acton = json.loads((CONTRACTS / "acton-api-1.json").read_text())["paths"]
    known = {path.replace("{", "<").replace("}", ">").rstrip("/").lower() for path in acton}
    known = {path.replace("listid", "list_id").replace("recordid", "record_id") for path in known}
    known = {path.replace("<accountid>", "<account_id>") for path in known}
    known = {path.replace("<emailaddress>", "<email>") for path in known}
    # In the older documents only, or a pattern over several documented paths.
    elsewhere = {"/api/1/account", "/ucl/v2/<account_id>/contactreport/email/<email>/<report>"}
    for rule in sandbox.app.url_map.iter_rules():
        path = rule.rule.rstrip("/").lower()
        if path.startswith(("/api/1", "/ucl")):
            assert path in known | elsewhere, path
    for kind in ("Contacts", "Leads", "Fields", "Webresources", "Webhooks", "Clients"):
        assert f"/entities/{kind}" in pipeliner


@needs_contracts
@pytest.mark.parametrize(("kind", "name"), [("Contacts", "Contact"), ("Leads", "Lead")])
def test_what_the_crm_shows_is_in_its_document(visitor: Visitor, kind: str, name: str) -> None:
    properties = schema_of(name)["properties"]
    assert isinstance(properties, dict)
    for record in visitor.crm(f"{kind}?include-deleted=true").json["data"]:
        assert set(record) <= set(properties), set(record) - set(properties)


@needs_contracts
def test_lists_look_like_the_documents_example(visitor: Visitor) -> None:
    document = json.loads((CONTRACTS / "acton-api-1.json").read_text())
    text = json.dumps(document["paths"]["/api/1/list"]["get"])
    for key in visitor.acton("/api/1/list").json["result"][0]:
        assert key in text
