"""Who asks: the address that reached us, or what so many trusted proxies say; nobody else."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, jsonify, request
from flask.testing import FlaskClient

from app import create_app
from sync.settings import Settings
from tests.service.world import AdminWorld
from tests.web.conftest import FakeApplication, FakeService
from tests.web.space_web import SETTINGS, open_web

CLIENT, SPOOFED, INNER = "203.0.113.7", "198.51.100.9", "192.0.2.1"


def seen(proxies: int, **headers: str) -> dict[str, str]:
    """What a view sees of somebody who comes with these headers from this machine."""
    app = create_app(Settings(**SETTINGS, trusted_proxies=proxies), FakeApplication(FakeService()))
    add_mirror(app)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = app.test_client().get("/mirror", headers=sent)
    found: dict[str, str] = answer.json
    return found


def add_mirror(app: Flask) -> None:
    @app.get("/mirror")
    def mirror() -> object:
        facts = {"address": request.remote_addr, "scheme": request.scheme}
        return jsonify(facts | {"host": request.host, "path": request.script_root})


def test_without_a_proxy_no_header_is_believed() -> None:
    claimed = {
        "X_Forwarded_For": SPOOFED,
        "X_Forwarded_Proto": "https",
        "X_Forwarded_Host": "evil.example",
        "X_Forwarded_Prefix": "/evil",
        "Forwarded": f"for={SPOOFED};proto=https",
        "X_Real_Ip": SPOOFED,
    }
    expected = {"address": "127.0.0.1", "scheme": "http", "host": "localhost", "path": ""}
    assert seen(0, **claimed) == expected


@pytest.mark.parametrize(
    ("proxies", "said", "address"),
    [
        (1, CLIENT, CLIENT),
        (1, f"{SPOOFED}, {CLIENT}", CLIENT),
        (2, f"{SPOOFED}, {CLIENT}, {INNER}", CLIENT),
        (2, INNER, "127.0.0.1"),  # one of the two did not come by: nobody knows who asks
        (1, "2001:db8::7", "2001:db8::7"),
    ],
)
def test_the_address_is_the_one_that_the_outermost_trusted_proxy_saw(
    proxies: int, said: str, address: str
) -> None:
    assert seen(proxies, X_Forwarded_For=said)["address"] == address


@pytest.mark.parametrize("proxies", [1, 2])
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_the_scheme_is_the_one_that_the_nearest_proxy_names(proxies: int, scheme: str) -> None:
    assert seen(proxies, X_Forwarded_Proto=f"wss, {scheme}")["scheme"] == scheme


def test_not_even_a_trusted_proxy_names_host_or_path() -> None:
    found = seen(1, X_Forwarded_Host="evil.example", X_Forwarded_Prefix="/evil")
    assert (found["host"], found["path"]) == ("localhost", "")


@pytest.fixture
def visitors(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[FlaskClient]:
    """The pages, behind as many proxies as the test says."""
    web = open_web(AdminWorld(tmp_path), trusted_proxies=request.param)
    yield web.app.test_client()
    web.world.store.database.close()


def knocks(client: FlaskClient, *addresses: str) -> list[int]:
    """How accounts that cannot be made are answered, asked for from one address after another."""
    client.application.config["WTF_CSRF_ENABLED"] = False
    typed = {"email": "new@example.com", "password": "short"}
    return [
        client.post("/register", data=typed, headers={"X-Forwarded-For": one}).status_code
        for one in addresses
    ]


@pytest.mark.parametrize("visitors", [1], indirect=True)
def test_limits_count_each_client_behind_a_trusted_proxy(visitors: FlaskClient) -> None:
    assert knocks(visitors, *[CLIENT] * 11) == [422] * 10 + [429]
    assert knocks(visitors, INNER, CLIENT) == [422, 429]


@pytest.mark.parametrize("visitors", [0], indirect=True)
def test_limits_are_not_escaped_by_claiming_another_address(visitors: FlaskClient) -> None:
    claimed = [f"203.0.113.{number}" for number in range(11)]
    assert knocks(visitors, *claimed) == [422] * 10 + [429]


@pytest.mark.parametrize("visitors", [1], indirect=True)
def test_limits_are_not_escaped_by_claiming_another_address_to_the_proxy(
    visitors: FlaskClient,
) -> None:
    claimed = [f"203.0.113.{number}, {CLIENT}" for number in range(11)]
    assert knocks(visitors, *claimed) == [422] * 10 + [429]
