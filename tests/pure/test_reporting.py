"""What a webhook of Act-On reports, in whatever form."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model.webhooks import Report, WebhookKind
from sync.rules.reporting import KINDS, read_reports

CROSSED = "contact-lead-score.upper-threshold-surpassed"
JANE = "jane@example.com"


def read(raw: object, hint: str = "") -> Report:
    [report] = read_reports(json.dumps(raw).encode(), hint)
    return report


@pytest.mark.parametrize(
    "raw",
    [
        {"type": CROSSED, "data": {"email": JANE, "leadScore": 55}},
        {"event": CROSSED, "contact": {"emailAddress": "Jane@Example.com ", "score": "55"}},
        {"eventType": CROSSED, "payload": {"contact": {"E-mail Address": JANE}, "score": 55}},
        {"event_type": CROSSED, "contacts": [{"email": JANE, "Act-On Primary Score": "55.0"}]},
        {"webhookEvent": CROSSED.upper(), "email": JANE, "currentScore": 55},
    ],
)
def test_a_crossing_is_understood_in_each_likely_form(raw: object) -> None:
    report = read(raw)
    assert (report.kind, report.address, report.score) == (WebhookKind.CROSSING, JANE, 55)


@pytest.mark.parametrize(("name", "kind"), KINDS.items())
def test_the_name_may_come_beside_the_body(name: str, kind: WebhookKind) -> None:
    assert read({"email": JANE}, hint=name).kind is kind


def test_the_name_beside_the_body_wins() -> None:
    report = read({"type": CROSSED, "email": JANE}, hint="contact-opt.global-opt-out")
    assert report.kind is WebhookKind.OPTED_OUT


def test_a_person_with_a_score_is_a_crossing_where_nobody_names_the_event() -> None:
    assert read({"email": JANE, "leadScore": 44, "threshold": 40}).kind is WebhookKind.CROSSING


@pytest.mark.parametrize(
    "raw",
    [
        {},
        [],
        None,
        7,
        "text",
        {"email": JANE},
        {"email": "not an address", "score": 50},
        {"type": CROSSED},
        {"type": "contact.updated", "email": ["a@example.com"]},
        {"type": "something.new", "email": JANE},
    ],
)
def test_what_makes_no_sense_is_unknown(raw: object) -> None:
    assert read(raw).kind is WebhookKind.UNKNOWN


@pytest.mark.parametrize(
    "name", ["automated-program.started", "subscription-category.opt-in", "form.submitted"]
)
def test_other_events_of_the_catalogue_are_known_as_such(name: str) -> None:
    assert read({"type": name, "email": JANE}).kind is WebhookKind.OTHER


def test_a_product_called_like_an_event_does_not_hide_the_event() -> None:
    report = read({"name": "contact.updated", "type": CROSSED, "email": JANE, "score": 50})
    assert report.kind is WebhookKind.CROSSING


def test_several_reports_come_in_one_delivery() -> None:
    body = json.dumps([{"type": CROSSED, "email": f"p{n}@example.com"} for n in range(3)])
    assert [one.address for one in read_reports(body.encode())] == [
        "p0@example.com",
        "p1@example.com",
        "p2@example.com",
    ]


def test_the_outer_field_counts_of_two_of_a_name() -> None:
    report = read({"type": CROSSED, "email": JANE, "owner": {"email": "boss@example.com"}})
    assert report.address == JANE


@pytest.mark.parametrize("body", [b"", b"\xff", b"{", b"email=jane%40example.com", b"[" * 50_000])
def test_what_is_no_json_is_unknown_with_the_name_it_came_under(body: bytes) -> None:
    [report] = read_reports(body, "contact.updated")
    assert (report.kind, report.name) == (WebhookKind.UNKNOWN, "contact.updated")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(raw=JSON, hint=st.text())
def test_no_body_breaks_the_reading(raw: object, hint: str) -> None:
    reports = read_reports(json.dumps(raw).encode(), hint)
    assert 1 <= len(reports) <= 100
    assert all(len(one.name) <= 100 and one.name.isprintable() for one in reports)


@given(body=st.binary())
def test_no_bytes_break_the_reading(body: bytes) -> None:
    assert read_reports(body)
