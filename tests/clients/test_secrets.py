"""Secrets, and what vendors say about people, stay out of messages, reprs, tracebacks and logs."""

import traceback
from typing import Any

import pytest
import requests
from structlog.testing import capture_logs

from sync.acton.oauth import Credentials
from sync.errors import IntegrationError
from sync.http.answer import Answer
from sync.http.redact import clean_text, hide_secrets
from tests.clients.conftest import Line, Vendor

SECRET = "hunter2"
URL = "https://api.actonsoftware.com/token"
QUOTING = f"Max retries exceeded with url: /token?password={SECRET} for jane@example.com"


@pytest.mark.parametrize("idempotent", [True, False], ids=["read", "create"])
@pytest.mark.parametrize(
    ("failure", "tries"),
    [
        pytest.param({"body": requests.ConnectionError(QUOTING)}, 5, id="library-quotes-address"),
        pytest.param({"body": requests.exceptions.InvalidURL(QUOTING)}, 1, id="unusable-address"),
        pytest.param({"body": QUOTING, "status": 500}, 5, id="server-quotes-request"),
        pytest.param({"body": QUOTING, "status": 302}, 1, id="redirect-quotes-request"),
        pytest.param({"body": QUOTING * 9}, 1, id="endless-answer"),
        pytest.param(
            {"body": QUOTING, "status": 429, "headers": {"Retry-After": "999"}}, 1, id="limited"
        ),
    ],
)
def test_a_failed_call_tells_nothing(
    vendor: Vendor, line: Line, failure: dict[str, Any], tries: int, idempotent: bool
) -> None:
    for _ in range(tries if idempotent else 1):
        vendor.answers("POST", URL, **failure)
    with capture_logs() as logged, pytest.raises(IntegrationError) as failed:
        line.transport(answer_limit=200).request(
            "POST",
            f"{URL}?key={SECRET}",
            what="the log-in",
            idempotent=idempotent,
            params=[("password", SECRET)],
            data=f"password={SECRET}",
            headers={"Authorization": f"Bearer {SECRET}"},
        )
    told = "".join(traceback.format_exception(failed.value)) + repr(failed.value) + str(logged)
    assert SECRET not in told
    assert "jane@example.com" not in told


def test_a_good_call_is_logged_by_its_name_alone(vendor: Vendor, line: Line) -> None:
    vendor.answers("GET", URL, body=SECRET)
    with capture_logs() as logged:
        line.transport().request(
            "GET", URL, what="the log-in", idempotent=True, params=[("code", SECRET)]
        )
    (event,) = logged
    assert (event["event"], event["what"], event["status"]) == ("call", "the log-in", 200)
    assert SECRET not in str(logged)


@pytest.mark.parametrize(
    "shown",
    [
        Answer(api="Act-On", status=200, headers={}, body=SECRET.encode(), what="x"),
        Credentials(client_id="c", client_secret=SECRET, username="u", password=SECRET),
    ],
    ids=["answer", "credentials"],
)
def test_a_repr_holds_no_secret(shown: object) -> None:
    assert SECRET not in repr(shown)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("password=hunter2&count=5", "password=***&count=5", id="form"),
        pytest.param("client_secret: hunter2", "client_secret: ***", id="line"),
        pytest.param('{"token":"hunter2","n":1}', '{"token":"***","n":1}', id="json"),
        pytest.param('{"password": "hunter2, and on"}', '{"password": "***"}', id="json-phrase"),
        pytest.param("Authorization: Basic aHVudGVyMg==", "Authorization: ***", id="header"),
        pytest.param("sent Bearer hunter2.hunter2", "sent Bearer ***", id="scheme"),
        pytest.param("https://anna:hunter2@example.com/", "https://***@example.com/", id="address"),
        pytest.param("/cb?code=hunter2#k=hunter2", "/cb?code=***#k=***", id="query"),
        pytest.param("The password is too short", "The password is too short", id="nothing-secret"),
    ],
)
def test_secrets_are_masked_in_whatever_is_shown(text: str, shown: str) -> None:
    assert hide_secrets(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("\nnot\tvalid\r\n", "not valid", id="one-line"),
        pytest.param("a\u202eb\u200bc\x1b[0m", "a b c [0m", id="nothing-invisible"),
        pytest.param("x" * 30, "x" * 19 + "…", id="not-too-long"),
        pytest.param("I say: Bearer hunter2", "I say: Bearer ***", id="masked-before-cut"),
    ],
)
def test_a_vendors_words_become_one_tidy_line(text: str, shown: str) -> None:
    assert clean_text(text, 20) == shown
