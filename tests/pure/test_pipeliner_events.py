"""Webhooks of Pipeliner: recognising genuine ones, and reading which records changed."""

import base64
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model import Entity
from sync.model.crm_hooks import ChangeKind, CrmChange
from sync.pipeliner.events import MOST_EVENTS, is_genuine, read_changes

KEY = "6f9f2f0e-7f1c-4b57-9f83-1f6f3a3f0a11"
OTHER = "1a6e6f0e-7f1c-4b57-9f83-1f6f3a3f0a22"
BODY = b'[{"event": "Contact.Update", "entity": {"id": "c1"}}]'

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def mac(body: bytes, key: str = KEY) -> bytes:
    return hmac.digest(key.encode(), body, "sha256")


def event(name: str = "Lead.Delete", record_id: object = "l1", **more: object) -> dict[str, object]:
    return {"event": name, "entity": {"id": record_id}, **more}


def read(*events: object) -> list[CrmChange] | None:
    return read_changes(json.dumps(list(events)).encode())


# --- the signature --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "told",
    [
        mac(BODY).hex(),
        mac(BODY).hex().upper(),
        "sha256=" + mac(BODY).hex(),
        f"  {mac(BODY).hex()} ",
        base64.b64encode(mac(BODY)).decode(),
        base64.b64encode(mac(BODY)).decode().rstrip("="),
        base64.urlsafe_b64encode(mac(BODY)).decode(),
    ],
)
def test_a_signature_is_known_however_it_is_written(told: str) -> None:
    assert is_genuine(BODY, told, [KEY])


def test_a_signature_of_any_of_the_present_secrets_is_good() -> None:
    assert is_genuine(BODY, mac(BODY, OTHER).hex(), [KEY, OTHER])


@pytest.mark.parametrize(
    ("body", "told", "keys"),
    [
        (BODY, mac(BODY).hex(), []),
        (BODY, mac(BODY).hex(), [OTHER]),
        (BODY + b" ", mac(BODY).hex(), [KEY]),
        (BODY, mac(BODY).hex()[:-1], [KEY]),
        (BODY, "", [KEY]),
        (BODY, "sha256=", [KEY]),
        (BODY, "ÄÖÜ\ud800", [KEY]),
        (BODY, mac(BODY, "00000000-0000-0000-0000-000000000000").hex(), []),
    ],
)
def test_everything_else_is_refused(body: bytes, told: str, keys: list[str]) -> None:
    assert not is_genuine(body, told, keys)


@given(body=st.binary(), told=st.text())
def test_no_text_is_taken_for_a_signature_by_chance(body: bytes, told: str) -> None:
    assert not is_genuine(body, told, [KEY])


@given(body=st.binary(), key=st.uuids().map(str), encoded=st.booleans())
def test_what_was_signed_is_always_known_again(body: bytes, key: str, encoded: bool) -> None:
    made = mac(body, key)
    told = base64.b64encode(made).decode() if encoded else made.hex()
    assert is_genuine(body, told, [key])


# --- the events -----------------------------------------------------------------------------------


def test_an_array_of_events_names_each_record_once() -> None:
    assert read(event("Lead.Update"), event("Lead.Delete"), event("Contact.Create", "c1")) == [
        CrmChange(entity=Entity.LEAD, record_id="l1", kind=ChangeKind.DELETED),
        CrmChange(entity=Entity.CONTACT, record_id="c1", kind=ChangeKind.CREATED),
    ]


@pytest.mark.parametrize(
    "body",
    [
        event(),
        {"data": [event()]},
        {"events": [event()]},
        {"data": event()},
        [event(entity="https://eu.example.com/spaces/x/entities/Leads/l1")],
        [event(entity="https://eu.example.com/spaces/x/entities/Leads/l1/")],
        [event(entity=None, entity_id="l1")],
        [event("lead.delete")],
    ],
)
def test_other_likely_forms_are_understood_too(body: object) -> None:
    assert read_changes(json.dumps(body).encode()) == [
        CrmChange(entity=Entity.LEAD, record_id="l1", kind=ChangeKind.DELETED)
    ]


@pytest.mark.parametrize(
    "name",
    [
        "Lead.Lost",
        "Lead.BackToLead",
        "Lead.OwnerChanged",
        "Lead.Update",
        "Lead.SomethingNew",
        "Lead",
    ],
)
def test_every_other_event_of_a_record_is_a_change(name: str) -> None:
    assert read(event(name)) == [
        CrmChange(entity=Entity.LEAD, record_id="l1", kind=ChangeKind.CHANGED)
    ]


@pytest.mark.parametrize(
    "odd",
    [
        event("Account.Update"),
        event("LeadOpptyContactRelation.Create"),
        event(record_id=None),
        event(record_id=5),
        event(record_id="l1' OR 1=1"),
        event(record_id="l" * 65),
        event(record_id=""),
        event(entity=[]),
        {"event": 7, "entity": {"id": "l1"}},
        {"entity": {"id": "l1"}},
        "Lead.Delete",
        None,
        [],
    ],
)
def test_events_of_other_things_and_without_an_id_are_passed_over(odd: object) -> None:
    assert read(odd, event()) == [
        CrmChange(entity=Entity.LEAD, record_id="l1", kind=ChangeKind.DELETED)
    ]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"null", b"5", b'"text"', b"{}", b"\xff", b"[" * 90_000]
)
def test_a_body_that_makes_no_sense_says_nothing(body: bytes) -> None:
    assert read_changes(body) is None


def test_no_body_names_more_records_than_a_chunk_could() -> None:
    found = read(*(event(record_id=f"l{number}") for number in range(MOST_EVENTS + 50)))
    assert found is not None
    assert len(found) == MOST_EVENTS


@given(ANY_JSON)
def test_no_json_breaks_the_reading(body: object) -> None:
    found = read_changes(json.dumps(body).encode())
    assert found is None or all(len(one.record_id) <= 64 for one in found)


@given(st.binary())
def test_no_bytes_break_the_reading(body: bytes) -> None:
    read_changes(body)
