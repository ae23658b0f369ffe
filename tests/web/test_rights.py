"""Who may open what: every address of a space's daily life and of the operator, tried by an
operator, an admin of the space, an admin of another one, and nobody."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.rules.keys import person_digest
from tests.service.world import AdminWorld
from tests.web.space_web import HTTPS, Person, SpaceWeb, open_web

ADDRESS = "ready@example.com"
WHO = person_digest("acme", ADDRESS)
PLACE = {"space": "acme", "run": "1", "who": WHO, "account": "1", "kind": "failed"}

# method, path, and the status for (operator, admin of the space); others get 404 from a space, 403
# from the operator's pages. Whoever is not signed in is asked to.
SPACE = [
    ("GET", "/admin/{space}/", 200, 200),
    ("GET", "/admin/{space}/now", 303, 303),
    ("POST", "/admin/{space}/run", 303, 303),
    ("POST", "/admin/{space}/test", 303, 303),
    ("GET", "/admin/{space}/pause", 200, 200),
    ("POST", "/admin/{space}/pause", 403, 303),
    ("POST", "/admin/{space}/resume", 403, 409),
    ("GET", "/admin/{space}/runs", 200, 200),
    ("GET", "/admin/{space}/runs/{run}", 200, 200),
    ("GET", "/admin/{space}/runs/{run}/progress", 303, 303),
    ("GET", "/admin/{space}/runs/{run}/cancel", 200, 200),
    ("POST", "/admin/{space}/runs/{run}/cancel", 303, 303),
    ("POST", "/admin/{space}/runs/{run}/retry", 303, 303),
    ("POST", "/admin/{space}/runs/{run}/approve", 403, 303),
    ("GET", "/admin/{space}/runs/{run}/outcomes", 200, 200),
    ("GET", "/admin/{space}/runs/{run}/outcomes.csv", 200, 200),
    ("GET", "/admin/{space}/preview", 200, 200),
    ("POST", "/admin/{space}/preview", 303, 303),
    ("POST", "/admin/{space}/preview/threshold", 403, 303),
    ("GET", "/admin/{space}/people", 200, 200),
    ("POST", "/admin/{space}/people", 200, 200),
    ("GET", "/admin/{space}/people/{who}", 200, 200),
    ("GET", "/admin/{space}/hot-list", 200, 200),
    ("GET", "/admin/{space}/hot-list.csv", 200, 200),
    ("POST", "/admin/{space}/people/lift", 403, 404),
    ("POST", "/admin/{space}/people/{who}/export", 403, 200),
    ("GET", "/admin/{space}/people/erase", 200, 200),
    ("POST", "/admin/{space}/people/erase", 422, 422),
    ("GET", "/admin/{space}/hot-list", 200, 200),
    ("GET", "/admin/{space}/hot-list.csv", 200, 200),
    ("GET", "/admin/{space}/webhooks", 200, 200),
    ("POST", "/admin/{space}/webhooks", 403, 422),
    ("POST", "/admin/{space}/webhooks/test", 403, 409),
    ("GET", "/admin/{space}/webhooks/stop", 200, 200),
    ("POST", "/admin/{space}/webhooks/stop", 403, 303),
    ("GET", "/admin/{space}/settings", 200, 200),
    ("POST", "/admin/{space}/settings", 403, 409),
    ("POST", "/admin/{space}/settings/look", 200, 200),
    ("GET", "/admin/{space}/audit", 200, 200),
    ("GET", "/admin/{space}/messages", 200, 200),
    ("POST", "/admin/{space}/messages", 403, 409),
    ("GET", "/admin/{space}/messages/{kind}", 200, 200),
    ("POST", "/admin/{space}/messages/{kind}/test", 403, 409),
    ("GET", "/admin/{space}/pipeliner-key", 200, 200),
    ("POST", "/admin/{space}/pipeliner-key", 403, 422),
    ("GET", "/admin/{space}/disconnect", 200, 200),
    ("POST", "/admin/{space}/disconnect", 403, 303),
    ("GET", "/admin/{space}/rotate-keys", 200, 200),
    ("POST", "/admin/{space}/rotate-keys", 303, 303),
    ("GET", "/admin/{space}/deactivate", 200, 200),
    ("POST", "/admin/{space}/deactivate", 403, 303),
    ("GET", "/admin/{space}/leave", 200, 200),
    ("POST", "/admin/{space}/leave", 403, 409),
    ("GET", "/admin/{space}/erase", 200, 200),
    ("POST", "/admin/{space}/erase", 422, 422),
]
OPERATOR = [
    ("GET", "/operator/", 200),
    ("GET", "/operator/work", 200),
    ("GET", "/operator/failures", 200),
    ("GET", "/operator/audit", 200),
    ("GET", "/operator/accounts", 200),
    ("GET", "/operator/spaces/{space}", 200),
    ("POST", "/operator/spaces/{space}/approve", 409),
    ("POST", "/operator/spaces/{space}/resume", 409),
    ("GET", "/operator/spaces/{space}/suspend", 200),
    ("POST", "/operator/spaces/{space}/suspend", 422),
    ("GET", "/operator/spaces/{space}/rotate-keys", 200),
    ("POST", "/operator/spaces/{space}/rotate-keys", 303),
    ("GET", "/operator/spaces/{space}/revoke-sessions", 200),
    ("POST", "/operator/spaces/{space}/revoke-sessions", 303),
    ("GET", "/operator/accounts/{account}/disable", 200),
    ("POST", "/operator/accounts/{account}/disable", 303),
    ("POST", "/operator/accounts/{account}/enable", 303),
    ("GET", "/operator/accounts/{account}/sign-out", 200),
    ("POST", "/operator/accounts/{account}/sign-out", 303),
]
ROUTES = [(method, path) for method, path, *_ in (*SPACE, *OPERATOR)]


@pytest.fixture
def web(tmp_path: Path) -> Iterator[SpaceWeb]:
    """Anna's acme had a run; Bert has another space; Olga operates."""
    world = AdminWorld(tmp_path)
    world.add_space("acme")
    world.add_space("other", name="Other")
    world.vendors.acton.add_person("l-0001", ADDRESS, last="Ready", score=50)
    assert world.anna.account_id == 1
    assert world.sync().run_id == 1
    yield open_web(world)
    world.store.database.close()


def ask(person: Person, method: str, path: str, token: str = "", **place: str) -> tuple[int, str]:
    """Status and text of the answer; a form is sent with its token where there is one."""
    url = path.format(**PLACE | place)
    if method == "GET":
        answer = person.get(url)
    else:
        answer = person.client.post(
            url, data={"csrf_token": token} if token else {}, base_url=HTTPS
        )
    return answer.status_code, answer.text


def test_pages_of_a_space_are_for_its_admins_and_operators(web: SpaceWeb) -> None:
    people = web.bert, web.olga, web.anna
    for method, path, operator, admin in SPACE:
        if method == "GET":
            found = [ask(person, method, path)[0] for person in people]
            assert found == [404, operator, admin], path


@pytest.mark.parametrize(
    ("path", "operator", "admin"), [row[1:] for row in SPACE if row[0] == "POST"]
)
def test_deeds_in_a_space_are_for_its_admins_and_some_for_operators(
    web: SpaceWeb, path: str, operator: int, admin: int
) -> None:
    for person, expected in ((web.bert, 404), (web.olga, operator), (web.anna, admin)):
        status, text = ask(person, "POST", path, person.any_token())
        assert status == expected, text


def test_the_operators_pages_are_for_operators(web: SpaceWeb) -> None:
    people = web.bert, web.anna, web.olga
    for method, path, operator in OPERATOR:
        if method == "GET":
            assert [ask(person, method, path)[0] for person in people] == [403, 403, operator], path


@pytest.mark.parametrize(("path", "operator"), [row[1:] for row in OPERATOR if row[0] == "POST"])
def test_the_operators_deeds_are_for_operators(web: SpaceWeb, path: str, operator: int) -> None:
    for person, expected in ((web.bert, 403), (web.anna, 403), (web.olga, operator)):
        assert ask(person, "POST", path, person.any_token())[0] == expected


def test_nobody_is_asked_to_sign_in(web: SpaceWeb) -> None:
    nobody = web.nobody
    token = nobody.any_token()
    for method, path in ROUTES:
        url = path.format(**PLACE)
        values = {"data": {"csrf_token": token}} if method == "POST" else {}
        answer = nobody.client.open(url, method=method, base_url=HTTPS, **values)
        assert answer.status_code == 303, path
        assert answer.headers["Location"].startswith("/login"), path


def test_what_is_not_there_answers_as_what_is_somebody_elses(web: SpaceWeb) -> None:
    """To the letter, but for the id that was asked for."""
    bert = web.bert
    token = bert.any_token()
    for method, path in ROUTES:
        foreign = ask(bert, method, path, token)
        unknown = ask(bert, method, path, token, space="nowhere", run="99", account="99")
        assert foreign[0] == unknown[0], path
        assert _without_ids(foreign[1]) == _without_ids(unknown[1]), path


def test_a_form_without_its_token_is_refused(web: SpaceWeb) -> None:
    for person in (web.olga, web.anna):
        for path in (path for method, path in ROUTES if method == "POST"):
            status, text = ask(person, "POST", path)
            assert status == 400, path
            assert "too old to be sent" in text
    assert web.world.events().count("run_started") == 1


def test_a_run_of_another_space_of_ones_own_is_not_on_this_ones_pages(web: SpaceWeb) -> None:
    web.world.admin_of("anna@example.com", "other")
    anna = web.anna
    for part in ("", "/outcomes", "/outcomes.csv", "/cancel"):
        assert anna.get(f"/admin/other/runs/1{part}").status_code == 404
    assert anna.get("/admin/acme/runs/1").status_code == 200


def test_every_route_of_these_pages_is_in_the_table(web: SpaceWeb) -> None:
    ours = {
        (method, _as_pattern(rule.rule))
        for rule in web.app.url_map.iter_rules()
        if rule.endpoint.partition(".")[0] in ("space", "operator")
        for method in (rule.methods or set()) & {"GET", "POST"}
    }
    tried = {(method, _as_pattern(path)) for method, path in ROUTES}
    missing = {
        (method, path)
        for method, path in ours - tried
        if "<deed>" not in path  # stands for those that are named in the table
    }
    assert missing == set()


def _as_pattern(path: str) -> str:
    path = re.sub(r"<any\(.*?\):deed>", "<deed>", path)
    path = re.sub(r"<(?:int:)?(\w+?)(?:_id)?>", r"{\1}", path)
    return path.replace("{deed}", "<deed>")


def _without_ids(text: str) -> str:
    text = re.sub(r"acme|nowhere", "SPACE", text)
    text = re.sub(r'name="csrf_token" value="[^"]+"', "", text)
    return re.sub(r"run (1|99)\b", "run N", text)
