"""`/sync`: protected, answers at once, in the shapes that design §5 promises."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from sync.errors import SetupError, TryLater
from sync.model import Counts, Problem, Run, RunStatus
from sync.service import StartedRun

from .conftest import OLD_TOKEN, TOKEN, FakeService, make_run

CALLS = [("POST", "/sync"), ("POST", "/sync/acme_sales"), ("GET", "/sync/runs/7")]


@pytest.mark.parametrize(("method", "path"), CALLS)
@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        f"Basic {TOKEN}",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN},{OLD_TOKEN}",
        "Bearer ключ",
        TOKEN,
    ],
)
def test_without_a_token_nothing_is_told(
    client: FlaskClient, service: FakeService, method: str, path: str, header: str | None
) -> None:
    service.known_runs[7] = make_run()
    headers = {} if header is None else {"Authorization": header}
    answer = client.open(path, method=method, headers=headers)
    assert answer.status_code == 401
    assert answer.json == {}
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("token", [TOKEN, OLD_TOKEN])
def test_either_of_two_tokens_opens(client: FlaskClient, token: str) -> None:
    answer = client.post("/sync", headers={"Authorization": f"bearer {token}"})
    assert answer.status_code == 202


def test_a_token_in_the_address_opens_nothing(client: FlaskClient) -> None:
    assert client.post(f"/sync?token={TOKEN}&access_token={TOKEN}").status_code == 401


def test_starting_what_is_due_tells_which_runs_started_and_which_are_open(
    client: FlaskClient, service: FakeService, bearer: dict[str, str]
) -> None:
    service.due = [
        StartedRun(run=make_run(7), started=True),
        StartedRun(run=make_run(3, space_id="other", status=RunStatus.PAUSED), started=False),
    ]
    answer = client.post("/sync", headers=bearer)
    assert answer.status_code == 202
    assert answer.json == {
        "runs": [
            {
                "id": 7,
                "space": "acme_sales",
                "local_date": "2026-11-23",
                "status": "queued",
                "started": True,
                "url": "/sync/runs/7",
            },
            {
                "id": 3,
                "space": "other",
                "local_date": "2026-11-23",
                "status": "paused",
                "started": False,
                "url": "/sync/runs/3",
            },
        ]
    }


def test_nothing_due_is_an_empty_list(client: FlaskClient, bearer: dict[str, str]) -> None:
    answer = client.post("/sync", headers=bearer)
    assert (answer.status_code, answer.json) == (202, {"runs": []})


def test_one_space_is_started_or_its_open_run_told(
    client: FlaskClient, service: FakeService, bearer: dict[str, str]
) -> None:
    service.startable["acme_sales"] = lambda: StartedRun(run=make_run(9), started=False)
    answer = client.post("/sync/acme_sales", headers=bearer)
    assert answer.status_code == 202
    assert [(run["id"], run["started"]) for run in answer.json["runs"]] == [(9, False)]


def test_a_space_that_is_not_running_is_a_conflict_with_what_to_do(
    client: FlaskClient, service: FakeService, bearer: dict[str, str]
) -> None:
    def refuse() -> StartedRun:
        raise SetupError("The space waits for approval.", hint="Approve it.", kind="not_running")

    service.startable["acme_sales"] = refuse
    answer = client.post("/sync/acme_sales", headers=bearer)
    assert answer.status_code == 409
    assert answer.json == {
        "error": {
            "kind": "not_running",
            "message": "The space waits for approval.",
            "hint": "Approve it.",
        }
    }


def test_a_database_that_is_away_is_unavailable_not_a_traceback(
    client: FlaskClient, service: FakeService, bearer: dict[str, str]
) -> None:
    def fail() -> StartedRun:
        raise TryLater("The database cannot be reached.")

    service.startable["acme_sales"] = fail
    answer = client.post("/sync/acme_sales", headers=bearer)
    assert answer.status_code == 503
    assert answer.json["error"]["message"] == "The database cannot be reached."


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/sync/nobody"), ("GET", "/sync/runs/99"), ("GET", "/sync/runs/x")],
)
def test_what_is_unknown_is_a_json_404(
    client: FlaskClient, bearer: dict[str, str], method: str, path: str
) -> None:
    answer = client.open(path, method=method, headers=bearer)
    assert answer.status_code == 404
    assert answer.json["error"]["message"]


def test_a_run_is_told_in_the_promised_shape_and_order(
    client: FlaskClient, service: FakeService, bearer: dict[str, str]
) -> None:
    service.known_runs[7] = finished_run()
    answer = client.get("/sync/runs/7", headers=bearer)
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json
    assert list(told) == [
        *("id", "space", "local_date", "status", "trigger", "started_at", "finished_at"),
        *("threshold", "score_source", "lists", "rows", "people", "at_threshold", "created"),
        *("updated", "unchanged", "leads_created", "contacts_created", "contacts_linked"),
        *("scores_updated", "skipped", "failed", "calls", "resumed", "error"),
    ]
    assert told["skipped"] == {"below_threshold": 2}
    assert told["error"] == {"kind": "quota", "message": "The quota is gone.", "hint": "Wait."}


def finished_run() -> Run:
    return make_run(
        status=RunStatus.PARTIAL,
        counts=Counts(rows=3, created=1, skipped={"below_threshold": 2}),
        problem=Problem(kind="quota", message="The quota is gone.", hint="Wait."),
    )


def test_starting_takes_a_post(client: FlaskClient, bearer: dict[str, str]) -> None:
    answer = client.get("/sync", headers=bearer)
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]
