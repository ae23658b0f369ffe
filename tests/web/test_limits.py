"""How often one address may knock at the doors of programs and of the panel."""

import pytest
from flask.testing import FlaskClient
from limits.errors import StorageError

from app import limits
from sync.errors import TryLater

from .conftest import FakeService, open_client
from .panel_fakes import KEY, SESSION, FakePanel, open_pages

WATCHER = "0d1f4a6f0c7e4b2d9a8c5e3f1b7d9e2a"


def wrong(client: FlaskClient, path: str, times: int, **options: str) -> list[int]:
    headers = {"Authorization": "Bearer not-one-of-ours"}
    return [
        client.open(path, method=options.get("method", "POST"), headers=headers).status_code
        for _ in range(times)
    ]


def test_wrong_tokens_are_stopped_after_a_while(client: FlaskClient) -> None:
    answers = wrong(client, "/sync", 31)
    assert answers == [401] * 30 + [429]
    last = client.post("/sync")
    assert last.json["error"]["hint"] == "Wait a minute, then try again."
    assert int(last.headers["Retry-After"]) > 0


def test_only_a_refusal_says_when_to_come_again(
    client: FlaskClient, bearer: dict[str, str]
) -> None:
    answer = client.post("/sync", headers=bearer)
    assert answer.headers["X-RateLimit-Remaining"] == "239"
    assert "Retry-After" not in answer.headers


def test_wrong_tokens_do_not_shut_out_the_cron_of_the_same_address(
    client: FlaskClient, bearer: dict[str, str]
) -> None:
    wrong(client, "/sync", 40)
    assert client.post("/sync", headers=bearer).status_code == 202


def test_a_cron_may_call_every_second_and_a_loop_gone_wild_may_not(
    client: FlaskClient, bearer: dict[str, str]
) -> None:
    answers = [client.post("/sync", headers=bearer).status_code for _ in range(241)]
    assert answers == [202] * 240 + [429]


def test_the_watchers_door_is_guarded_the_same_way(service: FakeService) -> None:
    client = open_client(service, metrics_token=WATCHER)
    assert wrong(client, "/metrics", 31, method="GET")[-1] == 429
    right = {"Authorization": f"Bearer {WATCHER}"}
    assert client.get("/metrics", headers=right).status_code == 200


def test_forged_keys_are_stopped_and_real_ones_still_open() -> None:
    client = open_pages(FakePanel())
    answers = [client.post("/panel", data={"key": "forged"}).status_code for _ in range(61)]
    assert answers == [403] * 60 + [429]
    assert client.post("/panel", data={"key": KEY}).status_code == 200


def test_looking_at_vendors_is_limited_and_says_so_in_the_panel(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "LIVE_LOOKS", limits.parse("2 per minute"))
    client = open_pages(FakePanel())
    answers = [client.post("/panel/score", data={"session": SESSION}) for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert "Wait a minute" in answers[-1].text


def test_counting_that_is_away_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> bool:
        raise StorageError(TryLater("Redis is away"))

    client = open_pages(FakePanel())
    monkeypatch.setattr(limits.limiter.limiter, "hit", away)
    assert client.post("/panel/score", data={"session": SESSION}).status_code == 200


def test_another_address_is_counted_apart(client: FlaskClient) -> None:
    wrong(client, "/sync", 31)
    elsewhere = client.post("/sync", environ_base={"REMOTE_ADDR": "192.0.2.9"})
    assert elsewhere.status_code == 401
