"""Writing to Pipeliner: one result for each item, no bad item in the way of others, no blind try.

The first batches are pure: what was sent, what was answered, what became of each item.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import requests

from sync.errors import AnswerLost, CredentialsRefused, Refused, SetupError, TryLater
from sync.model import (
    ContactWrite,
    Details,
    FieldMap,
    FieldPurpose,
    LeadWrite,
    NotWritten,
    ProvisionedField,
    WriteResult,
    Written,
)
from sync.pipeliner.batches import read_results, write_all
from sync.pipeliner.client import PipelinerClient
from sync.pipeliner.parse import to_refusal
from sync.pipeliner.payloads import contact_payload, lead_payload
from tests.clients.conftest import Line, Vendor, recorded

SERVICE = "https://eu-central.api.pipelinersales.com"
BATCH = f"{SERVICE}/api/v100/rest/spaces/acme_sales/entities/Leads/batch-modify"
SECONDS = "%Y-%m-%d %H:%M:%S"
FIELDS: FieldMap = {
    purpose: ProvisionedField(purpose=purpose, field_id="", api_name=f"cf_{purpose}_generated")
    for purpose in (
        FieldPurpose.LEAD_SCORE,
        FieldPurpose.LEAD_KEY,
        FieldPurpose.CONTACT_SCORE,
        FieldPurpose.CONTACT_REFRESHED,
    )
}


@pytest.fixture
def space(line: Line) -> PipelinerClient:
    """Takes three records at once."""
    return PipelinerClient(
        line.transport("Pipeliner"),
        service_url=SERVICE,
        space_id="acme_sales",
        username="u",
        password="p",
        batch_size=3,
    )


def new(*names: str) -> list[LeadWrite]:
    return [LeadWrite(lead_id=None, ours={}, name=name) for name in names]


def changed(*lead_ids: str) -> list[LeadWrite]:
    score = {FieldPurpose.LEAD_SCORE: 55}
    return [LeadWrite(lead_id=lead_id, ours=score) for lead_id in lead_ids]


def error(message: str = "not so", **facts: object) -> dict[str, object]:
    return {"message": message, "success": False, "http_status": 422, **facts}


def refused(message: str = "not so") -> NotWritten:
    return NotWritten(message=message)


# --- what a batch's answer means ----------------------------------------------------------------

THREE_NEW = [{"name": name} for name in "abc"]
THREE_KNOWN = [{"id": record_id} for record_id in ("1", "2", "3")]


@pytest.mark.parametrize(
    ("items", "data", "results"),
    [
        pytest.param(
            THREE_NEW,
            ["1", "2", "3"],
            [Written(record_id=one) for one in "123"],
            id="all-written",
        ),
        pytest.param(
            THREE_NEW,
            [{"id": "1", "name": "a"}, "2", "3"],
            [Written(record_id=one) for one in "123"],
            id="records-instead-of-ids",
        ),
        pytest.param(
            THREE_NEW,
            ["1", error(entity_index=None), "3"],
            [Written(record_id="1"), refused(), Written(record_id="3")],
            id="by-place",
        ),
        pytest.param(
            THREE_NEW,
            ["1", error(entity_index=1), "3"],
            [Written(record_id="1"), refused(), Written(record_id="3")],
            id="by-place-and-index",
        ),
        pytest.param(
            THREE_NEW,
            [error("b", entity_index=1), error("a", entity_index=0), "3"],
            [refused("a"), refused("b"), Written(record_id="3")],
            id="errors-first-by-index",
        ),
        pytest.param(
            THREE_KNOWN,
            ["1", "3", error(entity_index=1)],
            [Written(record_id="1"), refused(), Written(record_id="3")],
            id="errors-last-by-index",
        ),
    ],
)
def test_each_item_gets_its_own_result(
    items: Sequence[Mapping[str, Any]], data: list[object], results: list[WriteResult]
) -> None:
    assert read_results({"success": False, "data": data}, items) == results


@pytest.mark.parametrize(
    ("items", "raw"),
    [
        pytest.param(THREE_NEW, {"success": True}, id="no-data"),
        pytest.param(THREE_NEW, ["1", "2", "3"], id="no-object"),
        pytest.param(THREE_NEW, {"data": ["1", "2"]}, id="too-few"),
        pytest.param(THREE_NEW, {"data": ["1", "2", "3", "4"]}, id="too-many"),
        pytest.param(THREE_NEW, {"data": ["1", "2", None]}, id="one-is-nothing"),
        pytest.param(THREE_NEW, {"data": [error(), "1"]}, id="error-of-no-place"),
        pytest.param(THREE_NEW, {"data": [error(entity_index=9), "1"]}, id="place-beyond"),
        pytest.param(
            THREE_NEW,
            {"data": [error(entity_index=2), error(entity_index=2), "1"]},
            id="same-place-twice",
        ),
        pytest.param(THREE_KNOWN, {"data": ["2", "1", "3"]}, id="another-order"),
        pytest.param(THREE_KNOWN, {"data": [error(entity_index=0), "3", "2"]}, id="others-swapped"),
    ],
)
def test_an_answer_that_does_not_tell_what_was_written_counts_as_lost(
    items: Sequence[Mapping[str, Any]], raw: object
) -> None:
    with pytest.raises(AnswerLost, match="which records were written"):
        read_results(raw, items)


def test_a_batch_refused_whole_is_halved_until_the_bad_ones_stand_alone() -> None:
    sizes = []

    def send(items: Sequence[Mapping[str, Any]]) -> object:
        sizes.append(len(items))
        if any(item["name"] in "cf" for item in items):
            raise Refused("There is a bad one.")
        return {"data": [item["name"] for item in items]}

    results = write_all([{"name": name} for name in "abcdefghij"], send, size=8)
    assert [one.record_id if isinstance(one, Written) else None for one in results] == [
        *("a", "b", None, "d", "e", None, "g", "h", "i", "j")
    ]
    assert results[2] == NotWritten(message="There is a bad one.")
    assert sizes == [8, 4, 2, 2, 1, 1, 4, 2, 1, 1, 2, 2]


# --- what a refusal says ------------------------------------------------------------------------


def test_a_refusal_is_told_in_clean_words_that_name_the_fields() -> None:
    sample = recorded("pipeliner/validation_error.json")
    assert to_refusal(sample["answer"]) == NotWritten(message=sample["expected"])


@pytest.mark.parametrize(
    ("raw", "message", "missing"),
    [
        pytest.param({"message": "\nNot\tso."}, "Not so.", False, id="message-alone"),
        pytest.param({"name": "ERROR_ODD"}, "ERROR_ODD", False, id="name-alone"),
        pytest.param({}, "Pipeliner gave no reason.", False, id="nothing"),
        pytest.param({"message": "Gone.", "http_status": 404}, "Gone.", True, id="not-found"),
        pytest.param(
            {"entity_errors": [{"name": "ERROR_ENTITY_DELETED", "message": "Gone."}]},
            "Gone.",
            True,
            id="deleted",
        ),
        pytest.param(
            {
                "field_errors": [
                    {"field_name": "contact_id", "errors": [{"name": "ERROR_NOT_FOUND"}]}
                ]
            },
            "contact_id: not accepted",
            True,
            id="points-to-nothing",
        ),
        pytest.param({"field_errors": "odd", "message": "So."}, "So.", False, id="odd-form"),
    ],
)
def test_a_refusal_says_whether_something_is_missing(
    raw: dict[str, object], message: str, missing: bool
) -> None:
    assert to_refusal(raw) == NotWritten(message=message, missing=missing)


# --- over the line ------------------------------------------------------------------------------


def test_leads_go_out_in_full_batches_that_roll_back_only_what_failed(
    vendor: Vendor, space: PipelinerClient
) -> None:
    vendor.answers("POST", BATCH, {"success": True, "data": ["1", error("no"), "3"]})
    vendor.answers("POST", BATCH, {"success": True, "data": ["4"]}, status=207)
    assert space.write_leads(new("a", "b", "c", "d"), FIELDS) == [
        Written(record_id="1"),
        refused("no"),
        Written(record_id="3"),
        Written(record_id="4"),
    ]
    assert vendor.sent() == [[{"name": "a"}, {"name": "b"}, {"name": "c"}], [{"name": "d"}]]
    assert vendor.queries() == [{"rollback-method": "1"}] * 2


@pytest.mark.parametrize("status", [400, 409, 413, 422])
def test_one_bad_lead_does_not_block_the_others(
    vendor: Vendor, space: PipelinerClient, status: int
) -> None:
    def judge(bodies: list[dict[str, str]]) -> object:
        names = [body["name"] for body in bodies]
        if "bad" in names:
            return status, error("\nOne is bad.")
        return {"data": names}

    for _ in range(3):
        vendor.does("POST", BATCH, judge)
    assert space.write_leads(new("bad", "good"), FIELDS) == [
        refused("One is bad."),
        Written(record_id="good"),
    ]


def test_a_validation_error_of_a_single_lead_is_its_result(
    vendor: Vendor, space: PipelinerClient
) -> None:
    sample = recorded("pipeliner/validation_error.json")
    vendor.answers("POST", BATCH, sample["answer"], status=422)
    assert space.write_leads(new("a"), FIELDS) == [refused(sample["expected"])]


def test_a_lead_that_is_gone_is_said_to_be_missing(vendor: Vendor, space: PipelinerClient) -> None:
    vendor.answers("POST", BATCH, error("Invalid ID.", http_status=404), status=404)
    (result,) = space.write_leads(changed("l1"), FIELDS)
    assert result == NotWritten(message="Invalid ID.", missing=True)


def test_a_refusal_that_is_a_page_is_told_in_one_line(
    vendor: Vendor, space: PipelinerClient
) -> None:
    vendor.answers("POST", BATCH, body="Too\nlarge" + "." * 900, status=413)
    (result,) = space.write_leads(new("a"), FIELDS)
    assert isinstance(result, NotWritten)
    assert result.message.startswith("Too large..")
    assert len(result.message) <= 500


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({"body": requests.ReadTimeout()}, id="no-answer-in-time"),
        pytest.param({"status": 502}, id="gateway"),
        pytest.param({"body": "<html>"}, id="not-json"),
        pytest.param({"body": '{"data": ["1"'}, id="cut-short"),
        pytest.param({"json": {"success": True}}, id="says-nothing"),
    ],
)
def test_leads_whose_making_is_uncertain_are_not_sent_again(
    vendor: Vendor, space: PipelinerClient, answer: dict[str, Any]
) -> None:
    vendor.answers("POST", BATCH, **answer)
    with pytest.raises(AnswerLost):
        space.write_leads([*changed("l1"), *new("a")], FIELDS)


def test_changing_the_same_again_does_no_harm_so_it_is_tried_again(
    vendor: Vendor, space: PipelinerClient
) -> None:
    vendor.answers("POST", BATCH, status=502)
    vendor.answers("POST", BATCH, {"data": ["l1"]})
    assert space.write_leads(changed("l1"), FIELDS) == [Written(record_id="l1")]


@pytest.mark.parametrize(
    ("answer", "stops"),
    [
        pytest.param({"status": 401}, CredentialsRefused, id="wrong-password"),
        pytest.param({"status": 403}, CredentialsRefused, id="no-right"),
        pytest.param(
            {"status": 404, "json": {"message": "Space not found."}}, SetupError, id="no-space"
        ),
        pytest.param({"status": 429, "headers": {"Retry-After": "999"}}, TryLater, id="limited"),
    ],
)
def test_what_concerns_all_records_is_no_result_of_one(
    vendor: Vendor, space: PipelinerClient, answer: dict[str, Any], stops: type[Exception]
) -> None:
    vendor.answers("POST", BATCH, **answer)
    with pytest.raises(stops):
        space.write_leads(new("a"), FIELDS)


# --- payloads -----------------------------------------------------------------------------------


def test_a_new_contact_carries_what_the_list_says_about_the_person() -> None:
    write = ContactWrite(
        contact_id=None,
        ours={FieldPurpose.CONTACT_SCORE: 55},
        owner_id="u1",
        address="jane@example.com",
        details=Details(
            first_name="Jane",
            last_name="Doe",
            company="Example",
            position="CEO",
            phones=("1", "2"),
            street="Main Street 1",
            city="Berlin",
            zip_code="10115",
            state="BE",
            country="Germany",
        ),
    )
    assert contact_payload(write, FIELDS, date_format=SECONDS) == {
        "owner_id": "u1",
        "first_name": "Jane",
        "last_name": "Doe",
        "email1": "jane@example.com",
        "quick_account_name": "Example",
        "position": "CEO",
        "phone1": "1",
        "phone2": "2",
        "address": "Main Street 1",
        "city": "Berlin",
        "zip_code": "10115",
        "state_province": "BE",
        "country": "Germany",
        "cf_contact_score_generated": 55,
    }


def test_a_contact_that_is_there_gets_our_fields_and_nothing_else() -> None:
    write = ContactWrite(
        contact_id="c1",
        ours={
            FieldPurpose.CONTACT_SCORE: 0,
            FieldPurpose.CONTACT_REFRESHED: datetime(
                2026, 3, 3, 13, 0, tzinfo=timezone(timedelta(hours=1))
            ),
            FieldPurpose.CONTACT_PANEL_KEY: "not provisioned",
        },
        owner_id="u1",
        address="jane@example.com",
        details=Details(first_name="Jane"),
    )
    assert contact_payload(write, FIELDS, date_format=SECONDS) == {
        "id": "c1",
        "cf_contact_score_generated": 0,
        "cf_contact_last_refreshed_generated": "2026-03-03 12:00:00",
    }


def test_the_form_of_dates_that_are_written_is_a_setting() -> None:
    moment = {FieldPurpose.CONTACT_REFRESHED: datetime(2026, 3, 3, 12, 0, tzinfo=UTC)}
    write = ContactWrite(contact_id="c1", ours=moment)
    body = contact_payload(write, FIELDS, date_format="%Y-%m-%dT%H:%M:%SZ")
    assert body["cf_contact_last_refreshed_generated"] == "2026-03-03T12:00:00Z"


def test_a_new_lead_has_its_contact_inside() -> None:
    write = LeadWrite(
        lead_id=None,
        ours={FieldPurpose.LEAD_KEY: "key-1"},
        name="Jane Doe (Spring)",
        owner_id="u1",
        contact_id="c1",
        lead_type_id="t1",
    )
    assert lead_payload(write, FIELDS, date_format=SECONDS) == {
        "name": "Jane Doe (Spring)",
        "owner_id": "u1",
        "lead_type_id": "t1",
        "contact_relations": [{"contact_id": "c1", "is_primary": True}],
        "cf_lead_key_generated": "key-1",
    }


def test_a_lead_whose_list_was_renamed_gets_its_new_name() -> None:
    write = LeadWrite(lead_id="l1", ours={}, name="Jane Doe (Summer)")
    body = lead_payload(write, FIELDS, date_format=SECONDS)
    assert body == {"id": "l1", "name": "Jane Doe (Summer)"}


def test_a_lead_that_is_there_keeps_its_name_and_owner() -> None:
    write = LeadWrite(lead_id="l1", ours={FieldPurpose.LEAD_SCORE: 60}, owner_id="u1")
    body = lead_payload(write, FIELDS, date_format=SECONDS)
    assert body == {"id": "l1", "cf_lead_score_generated": 60}


def test_text_that_no_field_could_hold_is_cut() -> None:
    write = ContactWrite(contact_id=None, ours={}, details=Details(company="x" * 300))
    body = contact_payload(write, FIELDS, date_format=SECONDS)
    assert body == {"quick_account_name": "x" * 255}
