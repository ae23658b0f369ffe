"""`/panel`: who is let in, what every answer carries, and how a session lives."""

import gzip
import re
from html.parser import HTMLParser

import pytest
import time_machine
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import panel_assets
from sync.errors import SetupError, TryLater

from .panel_fakes import (
    HOST,
    KEY,
    NOW,
    OTHER_HOST,
    SESSION,
    TOKEN,
    FakePanel,
    as_htmx,
    open_pages,
)

PARTS = ["/panel/score", "/panel/find", "/panel/activity", "/panel/session"]
FORGED = ["v1.forged", "s1.k1.session.m4c", TOKEN, "x" * 9000, "\0", "ключ", "v1....."]


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def panel() -> FakePanel:
    return FakePanel()


@pytest.fixture
def client(panel: FakePanel) -> FlaskClient:
    return open_pages(panel)


def policy(answer: TestResponse) -> dict[str, list[str]]:
    rules = (rule.split() for rule in answer.headers["Content-Security-Policy"].split(";"))
    return {name: values for name, *values in rules}


# --- Without a key -------------------------------------------------------------------------------


def test_the_address_alone_explains_how_the_panel_opens_and_holds_no_data(
    client: FlaskClient, panel: FakePanel
) -> None:
    answer = client.get("/panel")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "This panel opens inside Pipeliner" in page
    assert panel.shows.name not in page
    assert "Panel-Session" not in answer.headers


def test_the_launch_page_posts_the_key_and_has_no_field_for_it_in_its_address(
    client: FlaskClient,
) -> None:
    (form,) = forms(client.get("/panel").get_data(as_text=True))
    assert form.attributes["method"] == "post"
    assert form.attributes["action"] == "/panel"
    assert set(form.fields) == {"key", "lead", "zone"}


@pytest.mark.parametrize("path", PARTS)
def test_a_part_opened_by_its_address_leads_to_the_explanation(
    client: FlaskClient, path: str
) -> None:
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/panel"


# --- Being let in --------------------------------------------------------------------------------


def test_a_record_key_opens_the_panel(client: FlaskClient) -> None:
    answer = client.post("/panel", data={"key": KEY})
    assert answer.status_code == 200
    assert "over your threshold of 40" in answer.get_data(as_text=True)


def test_a_launch_token_opens_the_panel_once(client: FlaskClient) -> None:
    assert client.post("/panel", data={"token": TOKEN}).status_code == 200
    assert client.post("/panel", data={"token": TOKEN}).status_code == 403


def test_an_empty_key_says_that_the_contact_is_not_linked_and_shows_no_data(
    client: FlaskClient, panel: FakePanel
) -> None:
    answer = client.post("/panel", data={"key": ""})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "The Act-On Integration did not create this Contact" in page
    assert panel.shows.name not in page
    assert "Find in Act-On" not in page
    assert "Panel-Session" not in answer.headers


@pytest.mark.parametrize("key", FORGED)
def test_all_refusals_are_alike(client: FlaskClient, key: str) -> None:
    usual = client.post("/panel", data={"key": "v1.never.heard.of"})
    for data in ({"key": key}, {"token": key if key != TOKEN else "used"}, {}):
        answer = client.post("/panel", data=data)
        assert answer.status_code == 403
        assert answer.data == usual.data
        assert "Panel-Session" not in answer.headers


def test_a_refusal_shows_nothing_of_what_was_sent(client: FlaskClient) -> None:
    page = client.post("/panel", data={"key": "<b>mine</b>"}).get_data(as_text=True)
    assert "mine" not in page
    assert "This panel cannot be opened" in page


def test_a_genuine_key_that_is_over_says_what_to_do(client: FlaskClient, panel: FakePanel) -> None:
    panel.over.add(KEY)
    answer = client.post("/panel", data={"key": KEY})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 403
    assert "This link is out of date" in page
    assert "ask your admin to run the sync" in page


# --- The session ---------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PARTS)
def test_a_session_is_taken_from_the_form_or_the_header_and_renewed(
    client: FlaskClient, path: str
) -> None:
    for answer in (
        client.post(path, data={"session": SESSION}),
        client.post(path, headers=as_htmx()),
    ):
        assert answer.status_code in (200, 204)
        assert answer.headers["Panel-Session"] == SESSION


@pytest.mark.parametrize("path", PARTS)
@pytest.mark.parametrize("session", ["", "forged", KEY, TOKEN])
def test_without_a_session_nothing_is_shown_or_done(
    client: FlaskClient, panel: FakePanel, path: str, session: str
) -> None:
    panel.fails_with = AssertionError("nobody may ask")
    answer = client.post(path, data={"session": session})
    assert answer.status_code == 403
    assert "This panel cannot be opened" in answer.get_data(as_text=True)


@pytest.mark.parametrize("path", PARTS)
def test_a_session_in_the_address_opens_nothing(client: FlaskClient, path: str) -> None:
    assert client.post(f"{path}?session={SESSION}&key={KEY}").status_code == 403


def test_a_session_that_is_over_says_so_calmly(client: FlaskClient, panel: FakePanel) -> None:
    panel.forgets_sessions()
    answer = client.post("/panel/score", data={"session": SESSION})
    assert answer.status_code == 403
    assert "This panel has been open for a long time" in answer.get_data(as_text=True)


def test_to_htmx_a_refusal_is_the_message_alone(client: FlaskClient, panel: FakePanel) -> None:
    panel.forgets_sessions()
    text = client.post("/panel/score", headers=as_htmx("record")).get_data(as_text=True)
    assert text.strip().startswith("<section")
    assert "<html" not in text


def test_the_record_key_opens_a_new_session(client: FlaskClient, panel: FakePanel) -> None:
    panel.forgets_sessions()
    answer = client.post("/panel/session", data={"key": KEY})
    assert answer.status_code == 204
    assert answer.headers["Panel-Session"] == SESSION


def test_the_page_keeps_the_key_for_its_script_outside_of_every_form(client: FlaskClient) -> None:
    page = client.post("/panel", data={"key": KEY}).get_data(as_text=True)
    assert page.count(KEY) == 1
    assert all(KEY not in form.fields.values() for form in forms(page))
    assert KEY not in client.post("/panel/score", data={"session": SESSION}).get_data(as_text=True)


# --- What every answer carries -------------------------------------------------------------------


def answers(client: FlaskClient) -> list[TestResponse]:
    return [
        client.get("/panel"),
        client.post("/panel", data={"key": KEY}),
        client.post("/panel", data={"key": ""}),
        client.post("/panel", data={"key": "forged"}),
        *(client.post(path, data={"session": SESSION}) for path in PARTS),
        *(client.post(path, headers=as_htmx()) for path in PARTS),
    ]


def test_no_cookie_is_set_and_nothing_may_be_stored(client: FlaskClient) -> None:
    for answer in answers(client):
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_nothing_runs_but_our_own_files_and_what_is_named_by_its_hash(client: FlaskClient) -> None:
    for answer in answers(client):
        rules = policy(answer)
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert rules["default-src"] == ["'none'"]
        assert all(one == "'self'" or one.startswith("'sha256-") for one in rules["script-src"])
        assert all(one.startswith("'sha256-") for one in rules["style-src"])


def test_each_inlined_text_is_the_one_whose_hash_the_policy_names(client: FlaskClient) -> None:
    for answer in (client.get("/panel"), client.post("/panel", data={"key": KEY})):
        rules, page = policy(answer), answer.get_data(as_text=True)
        (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
        (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
        assert panel_assets._inlined(style).source in rules["style-src"]
        assert panel_assets._inlined(script).source in rules["script-src"]
        assert " style=" not in page
        assert not re.search(r"\son[a-z]+=", page)


def test_every_page_of_the_panel_may_be_framed_by_the_hosts_named_and_no_other(
    client: FlaskClient,
) -> None:
    for answer in (
        client.get("/panel"),
        client.post("/panel", data={"key": KEY}),
        client.post("/panel", data={"key": "forged"}),
    ):
        assert policy(answer)["frame-ancestors"] == [HOST, OTHER_HOST]


@pytest.mark.parametrize("path", ["/", "/healthz", "/sync", "/nowhere", "/panel/nowhere"])
def test_nobody_may_frame_anything_else(client: FlaskClient, path: str) -> None:
    assert policy(client.get(path))["frame-ancestors"] == ["'none'"]


def test_the_body_is_compressed_for_who_takes_it(client: FlaskClient) -> None:
    plain = client.post("/panel", data={"key": KEY})
    packed = client.post("/panel", data={"key": KEY}, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert "Accept-Encoding" in plain.headers["Vary"]
    refused = {"Accept-Encoding": "gzip;q=0"}
    assert "Content-Encoding" not in client.get("/panel", headers=refused).headers


def test_a_first_view_weighs_less_than_30_kb(client: FlaskClient) -> None:
    packed = {"Accept-Encoding": "gzip"}
    with client.get(f"/static/{panel_assets.HTMX}", headers=packed) as script:
        weight = len(script.data)
        assert script.headers["Content-Encoding"] == "gzip"
    weight += len(client.get("/panel", headers=packed).data)
    weight += len(client.post("/panel", data={"key": KEY}, headers=packed).data)
    assert weight < 30_000


def test_a_first_view_needs_three_requests(client: FlaskClient) -> None:
    loaded = r"""(?:<script[^>]* src|<link[^>]* href|<img[^>]* src)=["']?(?!data:)([^"' >]+)"""
    assert re.findall(loaded, client.get("/panel").get_data(as_text=True)) == []
    page = client.post("/panel", data={"key": KEY}).get_data(as_text=True)
    assert re.findall(loaded, page) == [f"/static/{panel_assets.HTMX}"]


def test_htmx_is_told_to_evaluate_nothing_and_to_stay_here(client: FlaskClient) -> None:
    page = client.post("/panel", data={"key": KEY}).get_data(as_text=True)
    for setting in (
        '"allowEval":false',
        '"allowScriptTags":false',
        '"includeIndicatorStyles":false',
        '"selfRequestsOnly":true',
        '"historyEnabled":false',
    ):
        assert setting in page


# --- When something breaks -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (ZeroDivisionError("an inner detail"), 500, "Something went wrong on our side"),
        (SetupError("an inner detail"), 503, "Something went wrong on our side"),
        (TryLater("an inner detail"), 503, "Our records cannot be reached just now"),
    ],
)
def test_a_failure_is_a_calm_page_that_the_crm_may_frame(
    client: FlaskClient, panel: FakePanel, error: Exception, status: int, words: str
) -> None:
    panel.fails_with = error
    answer = client.post("/panel", data={"key": KEY})
    assert answer.status_code == status
    assert words in answer.get_data(as_text=True)
    assert "an inner detail" not in answer.get_data(as_text=True)
    assert policy(answer)["frame-ancestors"] == [HOST, OTHER_HOST]


def test_a_form_that_is_too_large_is_refused_calmly(client: FlaskClient) -> None:
    answer = client.post("/panel", data={"key": "x" * 2_000_000})
    assert answer.status_code == 413
    assert "Something went wrong" in answer.get_data(as_text=True)


# --- Without JavaScript --------------------------------------------------------------------------


class Form:
    """A form as a browser without script would send it."""

    def __init__(self, attributes: dict[str, str | None]) -> None:
        self.attributes = attributes
        self.fields: dict[str, str] = {}
        self.buttons = 0


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "form":
            self.found.append(Form(attributes))
            self.inside = True
        elif self.inside and tag == "input" and attributes.get("name"):
            self.found[-1].fields[str(attributes["name"])] = attributes.get("value") or ""
        elif self.inside and tag == "button" and attributes.get("type", "submit") == "submit":
            self.found[-1].buttons += 1

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False


def forms(page: str) -> list[Form]:
    parser = _Forms()
    parser.feed(page)
    return parser.found


def test_every_form_of_the_panel_works_by_itself(client: FlaskClient) -> None:
    entered = client.post("/panel", data={"key": KEY, "zone": "Asia/Tokyo"})
    opened = client.post("/panel/activity", data={"session": SESSION, "zone": "Asia/Tokyo"})
    for page in (entered, opened):
        for form in forms(page.get_data(as_text=True)):
            assert form.attributes["method"] == "post"
            assert form.buttons
            assert form.fields["session"] == SESSION
            assert form.fields["zone"] == "Asia/Tokyo"
            again = client.post(str(form.attributes["action"]), data=form.fields)
            assert again.status_code == 200
            assert "<!doctype html>" in again.get_data(as_text=True)


def test_every_request_of_htmx_goes_where_its_form_goes(client: FlaskClient) -> None:
    page = client.post("/panel/activity", data={"session": SESSION}).get_data(as_text=True)
    for form in forms(page):
        assert (
            form.attributes.get("hx-post", form.attributes["action"]) == form.attributes["action"]
        )


# --- Fragments -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/panel/score", "record"),
        ("/panel/find", "panel"),
        ("/panel/activity", "activity"),
        ("/panel/activity", "stream"),
    ],
)
def test_a_fragment_is_a_part_of_its_page(client: FlaskClient, path: str, target: str) -> None:
    form = {"session": SESSION, "zone": "Europe/Berlin"}
    fragment = client.post(path, data=form, headers=as_htmx(target)).get_data(as_text=True)
    page = client.post(path, data=form).get_data(as_text=True)
    alone = fragment.partition("<div hx-swap-oob")[0].strip()
    assert "<html" not in fragment
    assert f'id="{target}"' in alone or target == "activity"
    assert alone in page
    assert "hx-swap-oob" not in page


@pytest.mark.parametrize("path", ["/panel", *PARTS])
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PROPFIND"])
def test_another_kind_of_request_is_told_how_the_panel_opens(
    client: FlaskClient, method: str, path: str
) -> None:
    answer = client.open(path, method=method)
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]
    assert "This panel opens inside Pipeliner" in answer.text
