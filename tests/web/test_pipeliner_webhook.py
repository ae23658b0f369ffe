"""`POST /webhooks/pipeliner/<space>`: signed or refused, noted, answered at once."""

import hmac
import json

import pytest
from werkzeug.test import TestResponse

from app import limits
from sync.errors import StoreAway, TryLater
from sync.model import ItemState
from tests.web.space_web import HTTPS, SpaceWeb, open_web

PATH = "/webhooks/pipeliner/acme"
EVENTS = [{"event": "Lead.Delete", "entity": {"id": "l1"}}]


def sign(web: SpaceWeb, body: bytes, space_id: str = "acme") -> str:
    with web.world.store.write() as desk:
        key = desk.crm_hooks.ensure(space_id).signature
    return hmac.digest(key.encode(), body, "sha256").hex()


def send(web: SpaceWeb, events: object = EVENTS, **options: object) -> TestResponse:
    body = events if isinstance(events, bytes) else json.dumps(events).encode()
    told = str(options.get("signature", sign(web, body)))
    return web.app.test_client().post(
        str(options.get("path", PATH)),
        data=body,
        headers={"WebHook-Signature": told, "Content-Type": "application/json"},
        base_url=HTTPS,
    )


def waiting(web: SpaceWeb) -> list[str]:
    with web.world.store.read() as desk:
        return [one.record_id for one in desk.crm_changes.waiting("acme", 100)]


def test_a_genuine_webhook_is_noted_and_accepted(web: SpaceWeb) -> None:
    answer = send(web)
    assert (answer.status_code, answer.get_json()) == (202, {"noted": 1})
    assert answer.headers["Cache-Control"] == "no-store"
    assert waiting(web) == ["l1"]


def test_it_asks_no_vendor_for_anything(web: SpaceWeb) -> None:
    web.world.vendors.asked_as.clear()
    send(web)
    assert web.world.vendors.asked_as == []


@pytest.mark.parametrize("body", [b"", b"{nonsense", b"null", b"[" * 90_000, b"\xff\x00", b"[5]"])
def test_a_signed_body_that_makes_no_sense_is_accepted_and_kept_out(
    web: SpaceWeb, body: bytes
) -> None:
    answer = send(web, body)
    assert (answer.status_code, answer.get_json()) == (202, {"noted": 0})
    assert waiting(web) == []


def test_unknown_spaces_and_bad_signatures_are_refused_alike(web: SpaceWeb) -> None:
    good = sign(web, json.dumps(EVENTS).encode())
    refused = [
        send(web, signature="0" * 64),
        send(web, signature=""),
        send(web, signature="\u00e9\u00ff"),
        send(web, path="/webhooks/pipeliner/nobody", signature=good),
        send(web, path="/webhooks/pipeliner/other", signature=good),
        send(web, path="/webhooks/pipeliner/acme%00", signature=good),
        send(web, path=f"/webhooks/pipeliner/{'a' * 500}", signature=good),
        send(web, path="/webhooks/pipeliner/%C3%A4", signature=good),
        send(web, path="/webhooks/pipeliner/acme%27", signature=good),
    ]
    assert {(one.status_code, one.get_data()) for one in refused} == {(401, b"{}\n")}
    assert len({tuple(sorted(one.headers.keys())) for one in refused}) == 1
    assert waiting(web) == []


def test_the_signature_of_another_space_opens_nothing(web: SpaceWeb) -> None:
    other = sign(web, json.dumps(EVENTS).encode(), "other")
    assert send(web, signature=other).status_code == 401


def test_it_can_only_be_posted_to(web: SpaceWeb) -> None:
    answer = web.app.test_client().get(PATH, base_url=HTTPS)
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"OPTIONS", "POST"}
    assert answer.is_json


def test_a_body_without_end_is_refused_and_nothing_noted(web: SpaceWeb) -> None:
    answer = send(web, b" " * (1024 * 1024 + 1))
    assert answer.status_code == 413
    assert answer.is_json


def test_a_database_that_is_away_asks_to_come_again(
    web: SpaceWeb, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = sign(web, json.dumps(EVENTS).encode())

    def away(*_: object) -> None:
        raise StoreAway("The database did not answer.")

    monkeypatch.setattr(web.world.crm_hooks, "is_genuine", away)
    answer = send(web, signature=told)
    assert answer.status_code == 503
    assert answer.is_json


def test_forgers_are_stopped_after_a_while_and_pipeliner_is_not(web: SpaceWeb) -> None:
    answers = [send(web, signature="forged").status_code for _ in range(31)]
    assert answers == [401] * 30 + [429]
    assert send(web).status_code == 202


def test_pipeliner_may_send_for_many_spaces_and_not_without_end(
    web: SpaceWeb, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert int(limits.OF_VENDORS.split()[0]) >= 1_000
    assert {send(web).status_code for _ in range(300)} == {202}


# --- what people see ------------------------------------------------------------------------------


def test_the_set_up_page_shows_the_webhook_and_what_came(web: SpaceWeb) -> None:
    anna = web.anna
    assert "It has not been registered yet." in anna.read("/admin/acme/setup")
    anna.press("/admin/acme/setup", "Mend")
    words = anna.read("/admin/acme/setup")
    assert "followed within seconds" in words
    assert "Nothing was told yet." in words
    send(web)
    words = anna.read("/admin/acme/setup")
    assert "Last told" in words
    assert "1 record waits to be looked at." in words


def test_the_overview_shows_what_came(web: SpaceWeb) -> None:
    anna = web.anna
    assert "Last told" not in anna.read("/admin/acme/")
    send(web, [*EVENTS, {"event": "Contact.Update", "entity": {"id": "c1"}}])
    words = anna.read("/admin/acme/")
    assert "Last told" in words
    assert "2 records wait to be looked at." in words


def test_a_refused_key_is_told(web: SpaceWeb) -> None:
    send(web)
    with web.world.store.write() as desk:
        desk.crm_hooks.stop("acme", desk.spaces.revision("acme").version)
    assert "refused our key" in web.anna.read("/admin/acme/")


def test_the_signing_secret_is_changed_with_a_button(web: SpaceWeb) -> None:
    anna = web.anna
    anna.press("/admin/acme/setup", "Mend")
    with web.world.store.read() as desk:
        (old,) = desk.crm_hooks.signatures("acme")
    said = anna.follow(anna.press("/admin/acme/setup", "Change the signing secret"))
    assert "Pipeliner signs with a new secret from now on." in said
    with web.world.store.read() as desk:
        new = desk.crm_hooks.signatures("acme")[0]
    assert new != old
    page = anna.page("/admin/acme/setup")
    assert new not in page
    assert old not in page
    assert "rotated the signature of webhooks" in anna.read("/admin/acme/audit")


def test_a_change_that_pipeliner_did_not_hear_of_is_told(web: SpaceWeb) -> None:
    anna = web.anna
    anna.press("/admin/acme/setup", "Mend")
    page = anna.page("/admin/acme/setup")
    web.world.vendors.pipeliner.hooks_fail_with = TryLater("Pipeliner did not answer.")
    assert "Change the signing secret" in page
    said = anna.follow(anna.post("/admin/acme/setup/signature"))
    assert "could not be registered" in said


def test_without_https_the_page_says_that_it_is_off(web: SpaceWeb) -> None:
    web.world.choose(public_url=None)
    words = open_web(web.world).anna.read("/admin/acme/setup")
    assert "Off: PUBLIC_URL is not set" in words
    assert "Press Mend" not in words.partition("Told at once")[2].partition("By your own hand")[0]


def test_the_step_of_the_activation_shows_it_too(web: SpaceWeb) -> None:
    web.world.administration.deactivate(web.world.anna, "acme")
    assert "Told at once" in web.anna.read("/admin/acme/activate/fields")
    items = web.world.setting_up.checklist(web.world.anna, "acme").items
    assert items[-1].state is ItemState.MISSING
