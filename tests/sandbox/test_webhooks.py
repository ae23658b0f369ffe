"""The sandbox tells of changes by webhooks, over a real socket, as Pipeliner documents it."""

import base64
import hmac
import json
import threading
from base64 import b64encode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from sync.sandbox import RunningSandbox, SandboxOptions
from tests.sandbox.crm_app import ANNA, BEN, NOBODY, Pipeliner

SMALL = {"rows": 6, "lists": 1, "people": 5, "hits": 1, "hostile": False}


class Listener:
    """Somebody who listens: the bodies that came, with their signatures."""

    def __init__(self) -> None:
        self.got: list[tuple[str, bytes]] = []
        self.status = 202
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append((self.headers.get("WebHook-Signature", ""), body))
                self.send_response(outer.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"

    def chunks(self) -> list[list[dict[str, Any]]]:
        """The events of each body."""
        return [json.loads(body) for _, body in self.got]

    def events(self) -> list[tuple[str, str]]:
        """(event, id of the record) of all bodies."""
        return [(one["event"], one["entity"]["id"]) for some in self.chunks() for one in some]


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@pytest.fixture
def crm() -> Pipeliner:
    return Pipeliner()


def listen(crm: Pipeliner, listener: Listener, **values: Any) -> dict[str, Any]:
    """A registration for all that happens to Contacts and Leads."""
    hook = {
        "insecure_ssl": False,
        "url": listener.url,
        "events": ["Contact.*", "Lead.*"],
        "signature": NOBODY,
    }
    return crm.create("Webhooks", **{**hook, **values})


def done(crm: Pipeliner) -> None:
    assert crm.sandbox.world.crm.postman.wait_until_done()


def test_what_happens_by_the_api_is_told(crm: Pipeliner, listener: Listener) -> None:
    listen(crm, listener)
    contact = crm.contact(owner_id=ANNA)
    crm.call("PATCH", f"entities/Contacts/{contact['id']}", json={"owner_id": BEN})
    crm.call("DELETE", f"entities/Contacts/{contact['id']}")
    done(crm)
    assert listener.events() == [
        (f"Contact.{verb}", contact["id"])
        for verb in ("Create", "Update", "OwnerChanged", "Delete")
    ]
    (event, *_) = listener.chunks()[0]
    assert event["team_space_id"] == "demo_space"
    assert event["webhook"]["url"] == listener.url
    assert "signature" not in event["webhook"]
    assert event["entity"]["email1"] == contact["email1"]


def test_every_body_is_signed(crm: Pipeliner, listener: Listener) -> None:
    listen(crm, listener)
    crm.contact(owner_id=ANNA)
    done(crm)
    ((signature, body),) = listener.got
    assert signature == hmac.digest(NOBODY.encode(), body, "sha256").hex()


def test_a_signature_as_base64(crm: Pipeliner, listener: Listener) -> None:
    crm.sandbox.world.switches.set("webhook_signature", "base64")
    listen(crm, listener)
    crm.contact(owner_id=ANNA)
    done(crm)
    ((signature, body),) = listener.got
    assert base64.b64decode(signature) == hmac.digest(NOBODY.encode(), body, "sha256")


def test_a_single_event_as_an_object(crm: Pipeliner, listener: Listener) -> None:
    crm.sandbox.world.switches.set("webhook_body", "object")
    listen(crm, listener)
    contact = crm.contact(owner_id=ANNA)
    done(crm)
    assert json.loads(listener.got[0][1])["entity"]["id"] == contact["id"]


@pytest.mark.parametrize(("how", "times"), [("lost", 0), ("twice", 2), ("once", 1)])
def test_what_becomes_of_webhooks_on_their_way(
    crm: Pipeliner, listener: Listener, how: str, times: int
) -> None:
    crm.sandbox.world.switches.set("webhook_delivery", how)
    listen(crm, listener)
    crm.contact(owner_id=ANNA)
    done(crm)
    assert len(listener.got) == times
    assert len(crm.client.get("/__sandbox/webhooks").get_json()) == max(times, 1)


def test_only_what_is_asked_for_is_told_and_only_the_fields_that_are(
    crm: Pipeliner, listener: Listener
) -> None:
    listen(
        crm,
        listener,
        events=["Contact.Delete", "Lead.*"],
        options={"entity": {"Contact": {"load-only": ["id"]}}},
    )
    contact = crm.contact(owner_id=ANNA)
    crm.call("DELETE", f"entities/Contacts/{contact['id']}")
    done(crm)
    ((event,),) = listener.chunks()
    assert (event["event"], event["entity"]) == ("Contact.Delete", {"id": contact["id"]})


def test_on_field_change_keeps_other_updates_quiet(crm: Pipeliner, listener: Listener) -> None:
    options = {"entity": {"Contact": {"on-field-change": ["email1"]}}}
    contact = crm.contact(owner_id=ANNA)
    listen(crm, listener, events=["Contact.Update"], options=options)
    crm.call("PATCH", f"entities/Contacts/{contact['id']}", json={"city": "Graz"})
    crm.call("PATCH", f"entities/Contacts/{contact['id']}", json={"email1": "new@example.com"})
    done(crm)
    assert listener.events() == [("Contact.Update", contact["id"])]


def test_who_writes_with_a_skip_key_is_not_told_of_it(crm: Pipeliner, listener: Listener) -> None:
    listen(crm, listener, options={"skip_keys": ["ours"]})
    pair = b64encode(b"sandbox_app:sandbox_key").decode()
    for key in ("ours", "another"):
        crm.client.post(
            "/api/v100/rest/spaces/demo_space/entities/Leads",
            json={"name": key},
            headers={"Authorization": f"Basic {pair}", "Webhook-Skip-Key": key},
        )
    done(crm)
    assert len(listener.events()) == 1


def test_chunks_hold_no_more_than_agreed(crm: Pipeliner, listener: Listener) -> None:
    listen(crm, listener, events=["Lead.*"], options={"chunk_size": 2})
    items = [{"name": f"Lead {number}"} for number in range(5)]
    crm.call("POST", "entities/Leads/batch-modify", json=items, **{"rollback-method": "1"})
    done(crm)
    assert [len(one) for one in listener.chunks()] == [2, 2, 1]


def test_what_a_batch_takes_back_is_not_told(crm: Pipeliner, listener: Listener) -> None:
    listen(crm, listener, events=["Lead.*"])
    items = [{"name": "good"}, {"name": ""}]
    crm.call("POST", "entities/Leads/batch-modify", json=items, **{"rollback-method": "0"})
    crm.call("POST", "entities/Leads/batch-modify", json=items, **{"rollback-method": "1"})
    done(crm)
    assert len(listener.events()) == 1


def test_what_tests_and_people_do_is_told_too(listener: Listener) -> None:
    with RunningSandbox(SandboxOptions(**SMALL)) as sandbox:
        space = sandbox.world.crm.spaces["demo_space"]
        first, second = (one["id"] for one in sandbox.contacts()[:2])
        with sandbox.world.lock:
            hook = {"url": listener.url, "events": ["*"], "signature": NOBODY}
            space.put("Webhooks", hook)
        sandbox.patch("Contacts", first, email1="new@example.com")
        sandbox.merge("Contacts", first, second)
        sandbox.delete("Contacts", first)
        assert sandbox.world.crm.postman.wait_until_done()
    told = [one for one in listener.events() if one[0].startswith("Contact.")]
    assert told == [
        ("Contact.Update", first),
        ("Contact.Update", first),
        ("Contact.Delete", second),
        ("Contact.Delete", first),
    ]


def test_the_control_deeds_change_delete_and_merge(crm: Pipeliner, listener: Listener) -> None:
    listen(crm, listener)
    first, second = (crm.contact(owner_id=ANNA)["id"] for _ in range(2))
    done(crm)
    listener.got.clear()
    merge = {"kind": "Contacts", "master": first, "others": [second]}
    assert crm.client.post("/__sandbox/world/merge_records", json=merge).status_code == 200
    delete = {"kind": "Contacts", "id": first, "values": {"is_deleted": True}}
    assert crm.client.post("/__sandbox/world/crm", json=delete).status_code == 200
    done(crm)
    assert listener.events() == [
        ("Contact.Update", first),
        ("Contact.Delete", second),
        ("Contact.Delete", first),
    ]
    assert crm.client.post("/__sandbox/world/merge_records", json=merge).status_code == 400


def test_a_record_that_goes_without_a_trace_is_told_as_deleted(
    crm: Pipeliner, listener: Listener
) -> None:
    crm.sandbox.world.switches.set("qualified_lead", "gone")
    listen(crm, listener)
    lead = crm.create("Leads", name="Ann")
    crm.client.post("/__sandbox/world/qualify_lead", json={"id": lead["id"]})
    done(crm)
    assert listener.events() == [("Lead.Create", lead["id"]), ("Lead.Delete", lead["id"])]


def test_whom_nobody_hears_is_not_tried_again(crm: Pipeliner, listener: Listener) -> None:
    listener.status = 500
    listen(crm, listener)
    crm.contact(owner_id=ANNA)
    done(crm)
    assert len(listener.got) == 1
    (sent,) = crm.client.get("/__sandbox/webhooks").get_json()
    assert "500" in sent["error"]


def test_a_registration_that_was_changed_or_taken_away_counts_as_it_is_now(
    crm: Pipeliner, listener: Listener
) -> None:
    hook = listen(crm, listener)
    crm.call("PATCH", f"entities/Webhooks/{hook['id']}", json={"events": ["Lead.*"]})
    crm.contact(owner_id=ANNA)
    crm.call("DELETE", f"entities/Webhooks/{hook['id']}")
    crm.create("Leads", name="Ann")
    assert crm.records("Webhooks") == []
    done(crm)
    assert listener.got == []


def test_the_listing_may_hide_signatures(crm: Pipeliner, listener: Listener) -> None:
    listen(crm, listener)
    assert [one["signature"] for one in crm.records("Webhooks")] == [NOBODY]
    crm.sandbox.world.switches.set("webhook_signature_shown", False)
    assert [one["signature"] for one in crm.records("Webhooks")] == [None]


def test_where_nobody_listens_no_postman_is_needed(crm: Pipeliner) -> None:
    crm.contact(owner_id=ANNA)
    assert crm.sandbox.world.crm.postman._thread is None
