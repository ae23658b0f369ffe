"""Pages, health and errors: what everybody may see, and the headers that guard it."""

from pathlib import Path

import pytest
from flask import request
from flask.testing import FlaskClient

from app import forms
from sync.service import StartedRun

from .conftest import FakeService

EVERYWHERE = ["/", "/healthz", "/readyz", "/nowhere", "/sync", "/static/css/app.css"]


@pytest.mark.parametrize("path", EVERYWHERE)
def test_every_answer_carries_the_guarding_headers(client: FlaskClient, path: str) -> None:
    with client.get(path) as answer:
        headers = answer.headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/nowhere", "/sync"])
def test_nothing_but_static_files_may_be_stored(client: FlaskClient, path: str) -> None:
    assert client.get(path).headers["Cache-Control"] == "no-store"


def test_static_files_may_be_cached(client: FlaskClient) -> None:
    with client.get("/static/css/app.css") as answer:
        assert answer.status_code == 200
        assert "max-age=3600" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/static/../wsgi.py", "/static/%2e%2e/wsgi.py", "/static/"])
def test_static_files_end_at_their_folder(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_first_page_says_what_this_is_and_needs_no_script(client: FlaskClient) -> None:
    page = client.get("/").get_data(as_text=True)
    assert "Act-On Integration for Pipeliner CRM" in page
    assert "<script" not in page
    assert "style=" not in page


def test_pages_load_nothing_from_elsewhere(client: FlaskClient) -> None:
    css = (Path(__file__).parents[2] / "static/css/app.css").read_text()
    for text in (client.get("/").get_data(as_text=True), css):
        assert "http://" not in text
        assert "https://" not in text
        assert "@import" not in text


def test_the_process_is_alive_even_when_nothing_else_is(
    client: FlaskClient, service: FakeService
) -> None:
    service.problems = {"database": "The database cannot be reached."}
    assert client.get("/healthz").status_code == 200


def test_ready_names_what_was_checked(client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json == {
        "status": "ok",
        "checks": {"database": "ok", "migrations": "ok", "queue": "ok"},
    }


def test_not_ready_names_what_fails_and_no_detail(
    client: FlaskClient, service: FakeService
) -> None:
    service.problems = {"queue": "The queue at redis://secret@host cannot be reached."}
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json["checks"]["queue"] == "failing"
    assert "secret" not in answer.get_data(as_text=True)


def test_without_its_cache_the_process_is_degraded_and_still_ready(
    client: FlaskClient, service: FakeService
) -> None:
    service.problems = {"cache": "The cache at redis://secret@host cannot be reached."}
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert (answer.json["status"], answer.json["checks"]["cache"]) == ("degraded", "failing")
    service.problems["queue"] = "The queue cannot be reached."
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["status"]) == (503, "failing")


def test_an_unknown_page_is_a_page(client: FlaskClient) -> None:
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert "There is nothing at this address." in answer.get_data(as_text=True)


def test_a_mistake_of_ours_is_a_sentence_and_no_traceback(
    client: FlaskClient,
    service: FakeService,
    bearer: dict[str, str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    def break_down() -> StartedRun:
        raise ZeroDivisionError("an inner detail")

    service.startable["acme_sales"] = break_down
    answer = client.post("/sync/acme_sales", headers=bearer)
    assert answer.status_code == 500
    assert "Something went wrong on our side." in answer.get_data(as_text=True)
    assert "an inner detail" not in answer.get_data(as_text=True)
    assert "ZeroDivisionError" not in answer.get_data(as_text=True)
    assert "ZeroDivisionError" in "".join(capsys.readouterr())


def test_a_body_that_is_too_large_is_refused(client: FlaskClient) -> None:
    @client.application.post("/echo")
    @forms.protection.exempt
    def echo() -> str:
        return request.get_data(as_text=True)

    assert client.post("/echo", data=b"x" * 1024).status_code == 200
    answer = client.post("/echo", data=b"x" * 2_000_000)
    assert answer.status_code == 413
    assert "more than this service takes" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "host", ["no host", "a/b", "\x80", "<script>", "x:port", "[::1", "a" * 300]
)
@pytest.mark.parametrize("path", ["/", "/panel", "/sync", "/admin", "/static/css/app.css"])
def test_a_host_that_is_none_is_refused_before_anything_is_made_of_it(
    client: FlaskClient, path: str, host: str
) -> None:
    answer = client.get(path, headers={"Host": host})
    assert answer.status_code == 400
    assert answer.text == "The host in this request is none. Check the address."
    assert answer.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("host", ["acton.example.com", "127.0.0.1:8000", "[::1]:8000", "my_host"])
def test_a_host_of_any_kind_is_answered(client: FlaskClient, host: str) -> None:
    assert client.get("/", headers={"Host": host}).status_code == 200
