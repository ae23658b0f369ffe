"""What forms ask the vendors: a password proved, a right tried out, lead types with their steps."""

import pytest
import requests

from sync.acton.log_in import LogIn as Door
from sync.errors import CredentialsRefused, QuotaGone, SetupError, TryLater
from sync.pipeliner.client import PipelinerClient
from tests.clients.conftest import NOON, Line, Vendor
from tests.clients.test_acton_log_in import (
    ANNA,
    BAD_CLIENT,
    BAD_LOG_IN,
    CONNECTED,
    HOST,
    TOKEN_URL,
    LogIn,
    held,
    issued,
)

SPACE_URL = "https://eu.api.pipelinersales.com/api/v100/rest/spaces/acme/entities"


@pytest.fixture
def log_in(line: Line) -> LogIn:
    return LogIn(line)


# --- proving a password -------------------------------------------------------------------------


def test_a_password_is_proved_by_a_log_in_of_its_own_whatever_is_held(
    vendor: Vendor, log_in: LogIn
) -> None:
    log_in.store.token = held(1)
    vendor.answers("POST", TOKEN_URL, issued(2))
    log_in.source().prove_password()
    (form,) = vendor.forms()
    assert (form["grant_type"], form["username"]) == ("password", "anna@example.com")
    assert log_in.store.token.access == "access-2"
    assert log_in.log_ins.interactive == [True]


@pytest.mark.parametrize(
    ("status", "answer", "kind"),
    [(403, BAD_LOG_IN, "acton_credentials"), (401, BAD_CLIENT, "acton_client")],
)
def test_a_wrong_user_and_a_wrong_client_are_told_apart(
    vendor: Vendor, log_in: LogIn, status: int, answer: dict[str, str], kind: str
) -> None:
    log_in.store.token = held(1)
    vendor.answers("POST", TOKEN_URL, answer, status=status)
    with pytest.raises(CredentialsRefused) as caught:
        log_in.source().prove_password()
    assert caught.value.kind == kind
    assert log_in.store.token == held(1)
    assert not log_in.store.busy


def test_an_account_without_the_api_says_so(vendor: Vendor, log_in: LogIn) -> None:
    vendor.answers("POST", TOKEN_URL, {"error": "API_ACCESS_NOT_ENABLED"}, status=403)
    with pytest.raises(SetupError) as caught:
        log_in.source().prove_password()
    assert caught.value.kind == "api_not_enabled"


def test_no_password_is_not_connected_and_costs_no_log_in(log_in: LogIn) -> None:
    with pytest.raises(CredentialsRefused) as caught:
        log_in.source(CONNECTED).prove_password()
    assert caught.value.kind == "not_connected"
    assert log_in.log_ins.events == []


def test_the_log_ins_of_an_hour_are_not_overdrawn(log_in: LogIn) -> None:
    log_in.log_ins.refusal = QuotaGone("Used up.", resume_at=NOON)
    with pytest.raises(QuotaGone):
        log_in.source().prove_password()


def test_while_somebody_else_logs_in_their_claim_is_left_alone(
    vendor: Vendor, log_in: LogIn
) -> None:
    log_in.store.busy = True
    vendor.answers("POST", TOKEN_URL, body=requests.ConnectionError())
    with pytest.raises(TryLater):
        log_in.source().prove_password()
    assert log_in.store.busy


def test_the_door_leads_to_act_on_and_brings_a_code_back(vendor: Vendor, log_in: LogIn) -> None:
    door = Door(log_in.source(ANNA), log_in.store, base_url=HOST, client_id="client")
    url = door.authorize_url(redirect_uri="https://x.example/back", state="st")
    assert url.startswith(f"{HOST}/authorize?")
    assert "client-secret" not in url
    assert not door.is_held()
    vendor.answers("POST", TOKEN_URL, issued(1))
    door.exchange_code("good", redirect_uri="https://x.example/back")
    assert door.is_held()


# --- Pipeliner --------------------------------------------------------------------------------


@pytest.fixture
def space(line: Line) -> PipelinerClient:
    return PipelinerClient(
        line.transport("Pipeliner"),
        service_url="https://eu.api.pipelinersales.com",
        space_id="acme",
        username="u",
        password="p",
        batch_size=100,
        date_format="%Y-%m-%d %H:%M:%S",
    )


@pytest.mark.parametrize(("status", "may"), [(422, True), (400, True), (403, False), (401, False)])
def test_the_right_to_make_fields_is_tried_with_one_that_cannot_be(
    vendor: Vendor, space: PipelinerClient, status: int, may: bool
) -> None:
    vendor.answers("POST", f"{SPACE_URL}/Fields", {"name": "ERROR"}, status=status)
    assert space.may_create_fields() is may
    assert vendor.sent() == [{}]


def test_lead_types_come_with_the_steps_of_their_process_in_order(
    vendor: Vendor, space: PipelinerClient
) -> None:
    def page(*data: dict[str, object]) -> dict[str, object]:
        return {"data": list(data), "page_info": {"has_next_page": False}, "total": len(data)}

    vendor.answers(
        "GET",
        f"{SPACE_URL}/LeadTypes",
        page(
            {"id": "t1", "name": "Web", "lead_process_id": "p1"},
            {"id": "t2", "name": "Fair", "lead_process": "/rest/LeadProcesses/p2"},
        ),
    )
    vendor.answers(
        "GET",
        f"{SPACE_URL}/Steps",
        page(
            {"id": "s2", "name": "Later", "lead_process_id": "p1", "sort_order": 2},
            {"id": "s1", "name": "New", "lead_process_id": "p1", "sort_order": 1},
            {"id": "s3", "name": "Deal", "lead_process_id": None, "pipeline_id": "x"},
            {"id": "s4", "name": "Met", "lead_process_id": "p2", "sort_order": 1},
        ),
    )
    found = [(one.name, [step.name for step in one.steps]) for one in space.fetch_lead_types()]
    assert found == [("Web", ["New", "Later"]), ("Fair", ["Met"])]
