"""Every kind of page has full marks from MDN's HTTP Observatory, as somebody sees it over https."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, Response
from werkzeug.test import TestResponse

from tests.service.world import AdminWorld

from .observatory import score
from .panel_fakes import KEY, FakePanel, open_pages
from .space_web import HTTPS, SpaceWeb, open_web

ANNA, OLGA = "anna@example.com", "olga@example.com"
PUBLIC = ["/", "/login", "/register", "/nowhere", "/panel", "/sync", "/healthz", "/openapi.json"]
ADMIN = [
    "/admin/",
    *(f"/admin/acme/{one}" for one in ("", "runs", "people", "settings", "preview", "audit")),
    *(f"/admin/acme/{one}" for one in ("messages", "messages/digest")),
    *(f"/admin/acme/{one}" for one in ("connection", "setup", "erase", "deactivate", "nowhere")),
]

OPERATOR = ["/operator/", "/operator/work", "/operator/accounts", "/operator/audit"]


@pytest.fixture
def web(tmp_path: Path) -> Iterator[SpaceWeb]:
    world = AdminWorld(tmp_path)
    world.add_space("acme")
    yield open_web(world, public_url=HTTPS)
    world.store.database.close()


def full_marks(answer: TestResponse) -> None:
    points, verdicts = score(answer)
    assert points >= 100, [one for one in verdicts if one.points < 0] or verdicts


@pytest.mark.parametrize("path", PUBLIC)
def test_pages_for_everybody(web: SpaceWeb, path: str) -> None:
    full_marks(web.nobody.get(path))


@pytest.mark.parametrize("path", ADMIN)
def test_pages_of_admins(web: SpaceWeb, path: str) -> None:
    full_marks(web.anna.get(path))


@pytest.mark.parametrize("path", OPERATOR)
def test_pages_of_operators(web: SpaceWeb, path: str) -> None:
    full_marks(web.olga.get(path))


@pytest.mark.parametrize("key", [KEY, "forged"])
def test_the_panel_open_and_refused(key: str) -> None:
    client = open_pages(FakePanel(), public_url=HTTPS)
    full_marks(client.post("/panel", data={"key": key}, base_url=HTTPS))


def test_a_form_that_is_too_old(web: SpaceWeb) -> None:
    full_marks(web.nobody.client.post("/login", data={"email": ANNA}, base_url=HTTPS))


@pytest.mark.parametrize(
    ("script", "points"),
    [
        ("//elsewhere.example/x.js", -50),
        ("http://elsewhere.example/x.js", -50),
        ("https://elsewhere.example/x.js", -5),
        ("/static/x.js", 0),
    ],
)
def test_scripts_from_elsewhere_take_points(script: str, points: int) -> None:
    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: f'<script src="{script}"></script>')
    verdicts = score(app.test_client().get("/"))[1]
    assert [one.points for one in verdicts if one.test == "subresource integrity"] == [points]


def test_a_page_about_a_mistake_of_ours(web: SpaceWeb) -> None:
    @web.app.get("/bug")
    def bug() -> str:
        raise RuntimeError

    answer = web.nobody.get("/bug")
    assert answer.status_code == 500
    full_marks(answer)


def test_browsers_keep_to_https_only_where_that_is_how_people_come(tmp_path: Path) -> None:
    world = AdminWorld(tmp_path)
    answer = open_web(world).nobody.get("/")
    assert "Strict-Transport-Security" not in answer.headers
    world.store.database.close()


@pytest.mark.parametrize(
    ("headers", "points"),
    [
        ({}, 100 - 25 - 20 - 5 - 20),
        ({"X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff"}, 100 - 25 - 20),
        ({"Content-Security-Policy": "script-src 'unsafe-inline'"}, 100 - 20 - 20 - 5 - 20),
        ({"Access-Control-Allow-Origin": "*"}, 100 - 25 - 20 - 5 - 20 - 50),
        ({"X-Frame-Options": "ALLOWALL"}, 100 - 25 - 20 - 5 - 20),
        ({"Cross-Origin-Resource-Policy": "nonsense"}, 100 - 25 - 20 - 5 - 20 - 5),
        (
            {"Content-Security-Policy": "default-src 'none'; img-src http://x.example"},
            100 - 20 - 20 - 5 - 20,
        ),
        ({"Set-Cookie": "a=b"}, 100 - 25 - 20 - 5 - 20 - 40),
        ({"Set-Cookie": "a=b; Secure"}, 100 - 25 - 20 - 5 - 20 - 30),
    ],
)
def test_what_is_missing_takes_points(headers: dict[str, str], points: int) -> None:
    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: Response("<p>", headers=headers))
    assert score(app.test_client().get("/"))[0] == points
