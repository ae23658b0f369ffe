"""Every request has a name: in its answer, in the log, on the page that says what went wrong."""

import re

import pytest
import structlog
from flask.testing import FlaskClient
from structlog.testing import LogCapture

from sync.context import REQUEST
from sync.logs import name_request

from .conftest import FakeService, open_client

OURS = re.compile(r"[0-9a-f]{16}")


@pytest.fixture
def log() -> LogCapture:
    capture = LogCapture()
    before = structlog.get_config()["processors"]
    structlog.configure(processors=[name_request, capture])
    yield capture
    structlog.configure(processors=before)


@pytest.mark.parametrize("path", ["/", "/panel", "/sync", "/healthz", "/static/css/app.css"])
def test_every_answer_says_its_name_and_no_two_are_the_same(client: FlaskClient, path: str) -> None:
    names = set()
    for _ in range(2):
        with client.get(path) as answer:
            names.add(answer.headers["X-Request-ID"])
    assert len(names) == 2
    assert all(OURS.fullmatch(name) for name in names)


def test_a_page_about_a_mistake_names_the_request_as_the_log_does(
    service: FakeService, log: LogCapture
) -> None:
    client = open_client(service)

    @client.application.get("/bug")
    def bug() -> str:
        raise RuntimeError("a secret in an error")

    answer = client.get("/bug")
    name = answer.headers["X-Request-ID"]
    assert answer.status_code == 500
    assert f"<code>{name}</code>" in answer.text
    assert "a secret" not in answer.text
    assert [one["request"] for one in log.entries if one["event"] == "request_broke"] == [name]


def test_a_fragment_about_a_mistake_names_the_request_too(service: FakeService) -> None:
    client = open_client(service)

    @client.application.get("/bug")
    def bug() -> str:
        raise RuntimeError("a secret in an error")

    answer = client.get("/bug", headers={"HX-Request": "true"})
    assert f"<code>{answer.headers['X-Request-ID']}</code>" in answer.text
    assert "a secret" not in answer.text


def test_a_page_that_is_not_there_names_none(client: FlaskClient) -> None:
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert answer.headers["X-Request-ID"] not in answer.text


def test_what_a_stranger_calls_a_request_counts_for_nothing(client: FlaskClient) -> None:
    answer = client.get("/", headers={"X-Request-ID": "from-a-stranger"})
    assert OURS.fullmatch(answer.headers["X-Request-ID"])


@pytest.mark.parametrize(
    ("told", "taken"),
    [
        ("0af7651916cd43dd8448eb211c80319c", True),
        ("req_1-2.3-abc", True),
        ("short", False),
        ("x" * 65, False),
        ("two words", False),
        ("<script>alert(1)</script>", False),
        ("ключ-ключ-ключ", False),
    ],
)
def test_the_name_of_a_trusted_proxy_is_taken_over_where_it_is_a_plain_one(
    service: FakeService, told: str, taken: bool
) -> None:
    client = open_client(service, trusted_proxies=1)
    answer = client.get("/", environ_overrides={"HTTP_X_REQUEST_ID": told})
    assert (answer.headers["X-Request-ID"] == told) is taken


def test_outside_of_a_request_there_is_no_name() -> None:
    REQUEST.set("")
    assert name_request(None, "info", {"event": "run_ended"}) == {"event": "run_ended"}
