"""Act-On's door, and the page on which it is set up."""

import json
from collections.abc import Mapping

import pytest
from werkzeug.test import TestResponse

from sync.errors import TryLater
from sync.model.webhooks import SignatureScheme, WebhookKey
from sync.rules.signatures import sign
from tests.web.space_web import SpaceWeb, words_of

PAGE = "/admin/acme/webhooks"
DOOR = "/webhooks/acton/acme"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KEY = WebhookKey(scheme=SignatureScheme.SVIX, secret=SECRET)
CROSSED = {"type": "contact-lead-score.upper-threshold-surpassed", "email": "jane@example.com"}


def set_up(web: SpaceWeb) -> None:
    web.anna.follow(web.anna.press(PAGE, "Save", secret=SECRET))


def deliver(
    web: SpaceWeb,
    raw: object = CROSSED,
    *,
    path: str = DOOR,
    message: str = "msg_1",
    key: WebhookKey = KEY,
    **headers: str,
) -> TestResponse:
    """Act-On sends something, signed."""
    body = json.dumps(raw).encode()
    return web.nobody.client.post(
        path, data=body, headers=sign(key, message, web.world.time, body) | headers
    )


def test_a_secret_is_saved_and_never_shown_again(web: SpaceWeb) -> None:
    page = web.anna.read(PAGE)
    assert "Not set up: whatever arrives is refused." in page
    answer = web.anna.press(PAGE, "Save", secret=SECRET)
    assert "Saved. Webhooks that are signed so are taken" in web.anna.follow(answer)
    assert SECRET not in web.anna.page(PAGE)
    assert "changed the webhooks of Act-On" in web.anna.read("/admin/acme/audit")


def test_the_page_names_the_address_for_act_on(web: SpaceWeb) -> None:
    assert 'value="https://acton.example.com/webhooks/acton/acme"' in web.anna.page(PAGE)


@pytest.mark.parametrize("secret", ["", "whsec_", "not a secret"])
def test_what_is_no_secret_is_told_and_nothing_is_saved(web: SpaceWeb, secret: str) -> None:
    answer = web.anna.press(PAGE, "Save", secret=secret)
    assert answer.status_code == 422
    assert "That is not a signing secret." in words_of(answer.text)
    assert deliver(web).status_code == 401


def test_an_empty_secret_keeps_the_one_that_is_there(web: SpaceWeb) -> None:
    set_up(web)
    assert web.anna.press(PAGE, "Save", secret="").status_code == 303
    assert deliver(web).status_code == 204


def test_a_signed_webhook_is_taken_and_stands_on_the_page(web: SpaceWeb) -> None:
    set_up(web)
    answer = deliver(web)
    assert (answer.status_code, answer.data) == (204, b"")
    page = web.anna.read(PAGE)
    assert "Reached a score jane@example.com" in page
    assert "1 waits" in page


def test_a_repeated_delivery_is_taken_and_counts_once(web: SpaceWeb) -> None:
    set_up(web)
    assert [deliver(web).status_code for _ in range(3)] == [204, 204, 204]
    assert "1 waits" in web.anna.read(PAGE)


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/webhooks/acton/nothing", {}),
        (DOOR, {"svix-id": "msg_2"}),
        (DOOR, {"svix-timestamp": "1"}),
        (DOOR, {"svix-signature": "v1,AAAA"}),
        (DOOR, {"svix-signature": ""}),
    ],
)
def test_whatever_is_not_proven_gets_one_and_the_same_answer(
    web: SpaceWeb, path: str, headers: Mapping[str, str]
) -> None:
    set_up(web)
    answer = deliver(web, path=path, **headers)
    assert (answer.status_code, answer.data) == (401, b"")
    assert "Nothing has arrived yet" in web.anna.read(PAGE)


def test_the_secret_of_another_space_proves_nothing(web: SpaceWeb) -> None:
    set_up(web)
    other = WebhookKey(scheme=SignatureScheme.SVIX, secret="whsec_" + "QUJD" * 8)
    assert deliver(web, key=other).status_code == 401


def test_a_body_that_is_too_large_is_refused(web: SpaceWeb) -> None:
    set_up(web)
    assert deliver(web, {"more": "x" * 300_000}).status_code == 401


def test_the_event_may_be_named_in_a_header_or_in_the_address(web: SpaceWeb) -> None:
    set_up(web)
    bare = {"email": "jane@example.com"}
    deliver(web, bare, message="a", path=f"{DOOR}?event=contact-opt.global-opt-out")
    deliver(web, bare, message="b", **{"X-Act-On-Event": "contact-bounce.hard"})
    page = web.anna.read(PAGE)
    assert "Opted out jane@example.com" in page
    assert "Hard bounce jane@example.com" in page


def test_what_is_not_understood_is_shown_as_text(web: SpaceWeb) -> None:
    set_up(web)
    deliver(web, {"type": "<b>new</b>", "note": "</pre><script>alert(1)</script>"})
    page = web.anna.page(PAGE)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "Not understood" in page


def test_a_plain_signature_may_be_chosen(web: SpaceWeb) -> None:
    web.anna.press(PAGE, "Save", secret="a long plain secret", scheme="plain", header="X-Sig")
    key = WebhookKey(scheme=SignatureScheme.PLAIN, secret="a long plain secret", header="X-Sig")
    assert deliver(web, key=key).status_code == 204
    assert deliver(web).status_code == 401


def test_a_plain_signature_needs_the_name_of_its_header(web: SpaceWeb) -> None:
    answer = web.anna.press(PAGE, "Save", secret="a long plain secret", scheme="plain")
    assert answer.status_code == 422
    assert "name of a header" in words_of(answer.text)


def test_a_test_appears_below(web: SpaceWeb) -> None:
    set_up(web)
    said = web.anna.follow(web.anna.press(PAGE, "Test"))
    assert "A test was signed" in said
    assert "webhook.test" in said


def test_the_list_of_what_arrived_comes_by_itself(web: SpaceWeb) -> None:
    set_up(web)
    deliver(web)
    fragment = web.anna.fragment(PAGE)
    assert fragment.strip().startswith('<div id="arrived"')
    assert "jane@example.com" in fragment


def test_stopping_asks_first_and_then_refuses(web: SpaceWeb) -> None:
    set_up(web)
    assert "Stop taking webhooks?" in web.anna.read(f"{PAGE}/stop")
    web.anna.follow(web.anna.press(f"{PAGE}/stop", "Stop"))
    assert deliver(web).status_code == 401


def test_operators_see_without_the_means_to_change(web: SpaceWeb) -> None:
    set_up(web)
    page = web.olga.page(PAGE)
    assert "Signing secret" not in page
    assert "Set up" in words_of(page)


@pytest.mark.parametrize("step", ["prove", "receive"])
def test_a_database_that_is_away_is_no_refusal(
    web: SpaceWeb, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Act-On comes again after a 5xx, and would not after a 401 for ever."""
    set_up(web)

    def away(*_: object) -> None:
        raise TryLater("The database is away.")

    monkeypatch.setattr(web.world.webhooks, step, away)
    assert deliver(web).status_code == 503


def test_strangers_are_limited_and_act_on_is_not(web: SpaceWeb) -> None:
    set_up(web)
    refused = [deliver(web, **{"svix-id": "x"}).status_code for _ in range(40)]
    assert 429 in refused
    assert deliver(web).status_code == 204
