"""The sandbox's Pipeliner: custom fields, embedded pages, webhooks."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from tests.sandbox.crm_app import ANNA, NOBODY, Pipeliner, refused_fields


@pytest.fixture
def crm() -> Pipeliner:
    return Pipeliner(crm_contacts=2)


# --- custom fields --------------------------------------------------------------------------------


def test_the_names_of_a_field_are_generated(crm: Pipeliner) -> None:
    field = crm.field("Act-On Score", "integer")
    assert field["api_name"] == "cf_act_on_score"
    assert field["column_name"] not in ("", field["api_name"])
    assert (field["name"], field["entity_name"]) == ("Act-On Score", "Lead")
    assert (field["is_published"], field["has_draft"]) == (True, False)
    assert field["is_available_for_webresource"] is True


def test_a_second_field_of_the_name_gets_a_suffix_even_after_the_first_is_deleted(
    crm: Pipeliner,
) -> None:
    first = crm.field("Type")
    crm.delete("Fields", first["id"])
    assert crm.field("Type")["api_name"] == "cf_type1"
    assert crm.field("Type")["api_name"] == "cf_type2"
    assert crm.field("Type", entity="Contact")["api_name"] == "cf_type"


def test_fields_of_an_entity_are_listed_by_filter(crm: Pipeliner) -> None:
    crm.field("Ours", entity="Lead")
    crm.field("Other", entity="Contact")
    names = [one["name"] for one in crm.records("Fields", filters={"filter[entity_name]": "Lead"})]
    assert names == ["Ours"]


def test_name_translations_may_be_sent_or_left_out(crm: Pipeliner) -> None:
    with_them = crm.create(
        "Fields",
        entity_name="Lead",
        name="Key",
        type_id="input",
        name_translations={"en": "Key"},
    )
    assert with_them["api_name"] == "cf_key"
    assert crm.field("Other")["api_name"] == "cf_other"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": "Key", "type_id": "input"}, "entity_name"),
        ({"name": "Key", "type_id": "input", "entity_name": "Leads"}, "entity_name"),
        ({"name": "Key", "entity_name": "Lead"}, "type_id"),
        ({"name": "Key", "entity_name": "Lead", "type_id": "text"}, "type_id"),
        ({"name": "", "entity_name": "Lead", "type_id": "input"}, "name"),
        ({"name": "Key", "entity_name": "Lead", "type_id": "dropdown"}, "data_set"),
        (
            {
                "name": "Key",
                "entity_name": "Lead",
                "type_id": "radio",
                "data_set": [{"option_name": "One"}],
            },
            "data_set",
        ),
    ],
)
def test_a_field_that_cannot_be_is_refused(
    crm: Pipeliner, values: dict[str, Any], field: str
) -> None:
    assert field in refused_fields(crm.refusal("Fields", **values))


def test_fields_with_options_end_in_id(crm: Pipeliner) -> None:
    options = [{"option_name": "One", "calc_value": 1}]
    field = crm.create(
        "Fields", entity_name="Lead", name="VAT type", type_id="dropdown", data_set=options
    )
    assert field["api_name"] == "cf_vat_type_id"


def test_a_field_may_be_renamed_but_keeps_what_was_generated(crm: Pipeliner) -> None:
    field = crm.field("Key")
    changed = crm.change(
        "Fields", field["id"], name="Clef", api_name="cf_mine", type_id="integer", entity_name="X"
    )
    assert changed["name"] == "Clef"
    for name in ("api_name", "type_id", "entity_name", "column_name"):
        assert changed[name] == field[name]


def test_values_travel_under_the_api_name(crm: Pipeliner) -> None:
    key = crm.field("Key")["api_name"]
    lead = crm.create("Leads", name="Some", **{key: "abc"})
    assert lead[key] == "abc"
    assert crm.records("Leads", load_only=key) == [{key: "abc"}]


def test_a_new_field_is_null_on_records_that_were_there(crm: Pipeliner) -> None:
    field = crm.field("Key", entity="Contact")
    assert {one[field["api_name"]] for one in crm.records("Contacts")} == {None}
    assert field["api_name"] not in crm.create("Leads", name="Some")


def test_a_deleted_field_is_gone_from_records_and_refused_in_writes(crm: Pipeliner) -> None:
    field = crm.field("Key")
    lead = crm.create("Leads", name="Some", **{field["api_name"]: "abc"})
    crm.delete("Fields", field["id"])
    assert field["api_name"] not in crm.get("Leads", lead["id"])
    body = crm.refusal("Leads", lead["id"], **{field["api_name"]: "abc"})
    assert refused_fields(body) == {field["api_name"]}


@pytest.mark.parametrize(
    ("type_id", "good", "kept", "bad"),
    [
        ("integer", 40, 40, "40"),
        ("integer", -5, -5, 4.5),
        ("integer", None, None, True),
        ("float", 4.5, 4.5, "4.5"),
        ("input", "x" * 255, "x" * 255, "x" * 256),
        ("text_area", "x" * 5_000, "x" * 5_000, 5),
        ("checkbox", True, True, "true"),
        ("date", "2026-02-28", "2026-02-28", "2026-02-30"),
        ("datetime", "2026-03-01 10:00:00", "2026-03-01 10:00:00.000000+00:00", "noon"),
        ("datetime", "2026-03-01T10:00:00+01:00", "2026-03-01 09:00:00.000000+00:00", 5),
        ("multiselect_checkbox", [], [], "x"),
    ],
)
def test_values_are_checked_by_the_type_of_their_field(
    crm: Pipeliner, type_id: str, good: Any, kept: Any, bad: Any
) -> None:
    options = [{"option_name": "One", "calc_value": 1}]
    extra = {"data_set": options} if type_id == "multiselect_checkbox" else {}
    name = crm.create("Fields", entity_name="Lead", name="Own", type_id=type_id, **extra)[
        "api_name"
    ]
    lead = crm.create("Leads", name="Some", **{name: good})
    assert lead[name] == kept
    body = crm.refusal("Leads", lead["id"], **{name: bad})
    assert refused_fields(body) == {name}
    assert body["field_errors"][0]["field_id"] in {one["id"] for one in crm.records("Fields")}


def test_fields_of_one_space_can_be_given_to_those_without() -> None:
    crm = Pipeliner(space="space_0001", spaces=3)
    field = crm.field("Act-On Score", "integer")
    crm.space = "space_0002"
    own = crm.field("Own")
    assert (
        crm.client.post("/__sandbox/world/copy_fields", json={"space": "space_0001"}).status_code
        == 200
    )
    assert [one["id"] for one in crm.records("Fields")] == [own["id"]]
    crm.space = "space_0003"
    assert [one["id"] for one in crm.records("Fields")] == [field["id"]]
    assert crm.create("Leads", name="Some", cf_act_on_score=7)["cf_act_on_score"] == 7
    nowhere = crm.client.post("/__sandbox/world/copy_fields", json={"space": "elsewhere"})
    assert nowhere.status_code == 400


def test_new_fields_can_be_switched_to_be_drafts(crm: Pipeliner) -> None:
    crm.switch(fields_published=False)
    field = crm.field()
    assert (field["is_published"], field["has_draft"]) == (False, True)


def test_fields_can_be_switched_to_be_barred_from_webresources(crm: Pipeliner) -> None:
    crm.switch(panel_fields=False)
    assert crm.field()["is_available_for_webresource"] is False


# --- embedded pages -------------------------------------------------------------------------------


def _page(url: str, **values: Any) -> dict[str, Any]:
    page = {"entity": "Contact", "name": "Panel", "url": url, "display_param": "2"}
    return {**page, "request_method": 1, **values}


def test_an_embedded_page_takes_a_placeholder_of_its_entity(crm: Pipeliner) -> None:
    field = crm.field("Panel key", "text_area", "Contact")
    url = f"https://example.com/panel#k={{#{field['id']}}}"
    page = crm.create("Webresources", **_page(url))
    assert page["url"] == url
    assert page["is_published"] is True
    other = crm.change("Webresources", page["id"], url="https://example.com/other")
    assert (other["url"], other["name"]) == ("https://example.com/other", "Panel")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"entity": "Nothing"}, "entity"),
        ({"display_param": "9"}, "display_param"),
        ({"request_method": 3}, "request_method"),
        ({"name": ""}, "name"),
        ({"url": f"https://example.com/{{#{NOBODY}}}"}, "url"),
    ],
)
def test_an_embedded_page_that_cannot_be_is_refused(
    crm: Pipeliner, values: dict[str, Any], field: str
) -> None:
    body = crm.refusal("Webresources", **{**_page("https://example.com/"), **values})
    assert refused_fields(body) == {field}


def test_a_placeholder_must_be_a_field_that_may_be_used(crm: Pipeliner) -> None:
    of_leads = crm.field("Key", entity="Lead")["id"]
    crm.switch(panel_fields=False)
    barred = crm.field("Key", entity="Contact")["id"]
    for field_id in (of_leads, barred):
        body = crm.refusal("Webresources", **_page(f"https://example.com/{{#{field_id}}}"))
        assert refused_fields(body) == {"url"}


# --- webhooks -------------------------------------------------------------------------------------


class _Listener(BaseHTTPRequestHandler):
    got: list[tuple[str, bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append((self.headers["WebHook-Signature"], body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def listener() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    got: list[tuple[str, bytes]] = []
    server = HTTPServer(("127.0.0.1", 0), type("Handler", (_Listener,), {"got": got}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook", got
    server.shutdown()
    thread.join()
    server.server_close()


def _hook(url: str, **values: Any) -> dict[str, Any]:
    hook = {"insecure_ssl": False, "url": url, "events": ["Contact.Update"], "signature": NOBODY}
    return {**hook, **values}


def test_a_fired_webhook_is_signed_and_goes_to_this_machine(
    crm: Pipeliner, listener: tuple[str, list[tuple[str, bytes]]]
) -> None:
    url, got = listener
    crm.create("Webhooks", **_hook(url))
    contact = crm.contact(owner_id=ANNA)
    fire = {"event": "Contact.Update", "entity": contact}
    assert crm.client.post("/__sandbox/webhooks", json=fire).get_json() == [
        {"url": url, "status": 204}
    ]
    ((signature, body),) = got
    assert signature == hmac.new(NOBODY.encode(), body, hashlib.sha256).hexdigest()
    (event,) = json.loads(body)
    assert (event["event"], event["entity"]["id"]) == ("Contact.Update", contact["id"])


def test_a_webhook_to_another_machine_is_never_sent(crm: Pipeliner) -> None:
    crm.create("Webhooks", **_hook("https://example.com/hook"))
    fire = {"event": "Contact.Update"}
    (result,) = crm.client.post("/__sandbox/webhooks", json=fire).get_json()
    assert "status" not in result


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"url": "nonsense"}, "url"),
        ({"events": []}, "events"),
        ({"events": ["Contact"]}, "events"),
        ({"events": [5]}, "events"),
        ({"events": "Contact.Update"}, "events"),
    ],
)
def test_a_webhook_that_cannot_be_is_refused(
    crm: Pipeliner, values: dict[str, Any], field: str
) -> None:
    body = crm.refusal("Webhooks", **{**_hook("https://example.com/hook"), **values})
    assert field in refused_fields(body)


def test_insecure_ssl_url_and_events_are_needed(crm: Pipeliner) -> None:
    assert refused_fields(crm.refusal("Webhooks")) == {"insecure_ssl", "url", "events"}
