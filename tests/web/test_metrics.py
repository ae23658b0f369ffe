"""`/metrics`: not there without a token of its own, and nothing told without it."""

import pytest
from flask.testing import FlaskClient

from sync.metrics import CONTENT_TYPE

from .conftest import TOKEN, FakeService, open_client

WATCHER = "0d1f4a6f0c7e4b2d9a8c5e3f1b7d9e2a"
OLDER = "7c2b9d1e5f3a4c8d9e0f6a7b2c1d3e4f"


@pytest.fixture
def watched(service: FakeService) -> FlaskClient:
    return open_client(service, metrics_token=f"{WATCHER},{OLDER}")


@pytest.mark.parametrize("token", [WATCHER, OLDER])
def test_either_of_two_tokens_opens(watched: FlaskClient, token: str) -> None:
    answer = watched.get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == CONTENT_TYPE
    assert answer.get_data(as_text=True) == "acton_pipeliner_ready 1.0\n"


@pytest.mark.parametrize("header", [None, "Bearer", f"Bearer {TOKEN}", f"Basic {WATCHER}"])
def test_without_it_nothing_is_told(watched: FlaskClient, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = watched.get("/metrics", headers=headers)
    assert (answer.status_code, answer.get_data()) == (401, b"")


@pytest.mark.parametrize("header", [None, "Bearer ", f"Bearer {TOKEN}"])
def test_where_no_token_is_set_the_address_is_not_there(
    client: FlaskClient, header: str | None
) -> None:
    headers = {} if header is None else {"Authorization": header}
    assert client.get("/metrics", headers=headers).status_code == 404
