"""Who may open what of signing in and the activation: every address, tried by an operator, an admin
of the space, an admin of another one, and nobody. `tests/web/test_rights.py` has the daily life."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.model import SpaceStatus
from tests.service.world import AdminWorld

from .space_web import HTTPS, Person, SpaceWeb, open_web

HERE = "/admin/{space}/activate"

# method, path, and the status for (operator, admin of the space). Admins of another space get 404,
# whoever is not signed in is asked to. The space is one whose activation is not finished.
SPACE = [
    ("GET", HERE, 403, 303),
    ("GET", f"{HERE}/settings", 403, 200),
    ("POST", f"{HERE}/settings", 403, 409),
    ("GET", f"{HERE}/owners", 403, 303),
    ("GET", f"{HERE}/domain", 403, 200),
    ("GET", f"{HERE}/choices", 403, 200),
    ("POST", f"{HERE}/choices", 403, 409),
    ("GET", f"{HERE}/columns", 403, 200),
    ("POST", f"{HERE}/columns", 403, 409),
    ("GET", f"{HERE}/authentication", 403, 200),
    ("POST", f"{HERE}/authentication", 403, 409),
    ("POST", f"{HERE}/authentication/log-in", 403, 409),
    ("POST", f"{HERE}/authentication/test", 403, 409),
    ("GET", f"{HERE}/fields", 403, 200),
    ("POST", f"{HERE}/fields", 403, 303),
    ("GET", f"{HERE}/preview", 403, 200),
    ("POST", f"{HERE}/preview", 403, 303),
    ("POST", f"{HERE}/preview/threshold", 403, 303),
    ("GET", f"{HERE}/finish", 403, 200),
    ("POST", f"{HERE}/finish", 403, 409),
    ("GET", "/admin/{space}/connection", 200, 200),
    ("POST", "/admin/{space}/connection", 403, 422),
    ("POST", "/admin/{space}/connection/log-in", 403, 200),
    ("GET", "/admin/{space}/setup", 200, 200),
    ("POST", "/admin/{space}/setup", 303, 303),
    ("POST", "/admin/{space}/setup/signature", 303, 303),
]
# method, path, and the status for (nobody, somebody who is signed in).
OWN = [
    ("GET", "/admin/", 303, 200),
    ("POST", "/admin/", 303, 422),
    ("GET", "/account", 303, 200),
    ("POST", "/account/language", 303, 303),
    ("POST", "/account/password", 303, 422),
    ("POST", "/account/sessions", 303, 303),
    ("POST", "/logout", 303, 303),
    ("GET", "/login", 200, 303),
    ("POST", "/login", 422, 422),
    ("GET", "/register", 200, 303),
    ("POST", "/register", 422, 422),
    ("GET", "/login/oidc", 404, 404),
    ("GET", "/login/oidc/callback", 404, 404),
    ("GET", "/oauth/acton/callback", 400, 400),
]
ROUTES = [(method, path) for method, path, *_ in (*SPACE, *OWN)]


@pytest.fixture
def web(tmp_path: Path) -> Iterator[SpaceWeb]:
    """Anna activates acme; Bert has another space; Olga operates."""
    world = AdminWorld(tmp_path)
    world.add_space("acme", status=SpaceStatus.REQUESTED)
    world.add_space("other", name="Other")
    yield open_web(world, public_url=HTTPS)
    world.store.database.close()


def ask(person: Person, method: str, path: str, token: str = "", space: str = "acme"):
    """Status and text of the answer; a form is sent with its token where there is one."""
    url = path.format(space=space)
    url += "?list=l-0001" if path.endswith("/columns") else ""
    data = {"csrf_token": token} if token else {}
    answer = person.client.open(
        url, method=method, base_url=HTTPS, data=data if method == "POST" else None
    )
    return answer.status_code, answer.text


@pytest.mark.parametrize(("method", "path", "operator", "admin"), SPACE)
def test_a_space_is_activated_by_its_admins_alone(
    web: SpaceWeb, method: str, path: str, operator: int, admin: int
) -> None:
    for person, expected in ((web.bert, 404), (web.olga, operator), (web.anna, admin)):
        token = person.any_token() if method == "POST" else ""
        status, text = ask(person, method, path, token)
        assert status == expected, text


@pytest.mark.parametrize(("method", "path", "nobody", "somebody"), OWN)
def test_what_everybody_has_of_their_own(
    web: SpaceWeb, method: str, path: str, nobody: int, somebody: int
) -> None:
    for person, expected in ((web.nobody, nobody), (web.bert, somebody)):
        token = person.any_token() if method == "POST" else ""
        assert ask(person, method, path, token)[0] == expected


def test_nobody_is_asked_to_sign_in(web: SpaceWeb) -> None:
    nobody = web.nobody
    token = nobody.any_token()
    for method, path, *_ in SPACE:
        answer = nobody.client.open(
            path.format(space="acme"),
            method=method,
            base_url=HTTPS,
            data={"csrf_token": token} if method == "POST" else None,
        )
        assert answer.status_code == 303, path
        assert answer.headers["Location"].startswith("/login"), path


def test_what_is_not_there_answers_as_what_is_somebody_elses(web: SpaceWeb) -> None:
    """To the letter, but for the id that was asked for."""
    bert = web.bert
    token = bert.any_token()
    for method, path, *_ in SPACE:
        foreign = ask(bert, method, path, token)
        unknown = ask(bert, method, path, token, space="nowhere")
        assert foreign[0] == unknown[0], path
        assert _without_ids(foreign[1]) == _without_ids(unknown[1]), path


def test_a_form_without_its_token_is_refused(web: SpaceWeb) -> None:
    anna = web.anna
    for method, path in ROUTES:
        if method == "POST":
            status, text = ask(anna, method, path)
            assert status == 400, path
            assert "too old to be sent" in text


def test_no_page_shows_a_secret(web: SpaceWeb) -> None:
    for person in (web.anna, web.olga):
        for method, path in ROUTES:
            if method == "GET":
                text = ask(person, method, path)[1]
                for secret in ("act-on secret", "pipeliner secret", "a secret of the tests"):
                    assert secret not in text, path


def test_every_route_of_these_pages_is_in_the_table(web: SpaceWeb) -> None:
    ours = {
        (method, re.sub(r"<space_id>", "{space}", rule.rule))
        for rule in web.app.url_map.iter_rules()
        if rule.endpoint.partition(".")[0] in ("login", "oidc", "oauth", "admin", "activate")
        for method in (rule.methods or set()) & {"GET", "POST"}
    }
    assert ours == set(ROUTES)


def _without_ids(text: str) -> str:
    text = re.sub(r"acme|nowhere", "SPACE", text)
    return re.sub(r'name="csrf_token" value="[^"]+"', "", text)
