"""The page of messages, as people see it."""

from dataclasses import replace

import pytest

from sync.errors import SetupError
from sync.service.messaging.samples import KINDS
from tests.web.space_web import SpaceWeb, forms_of

HOOK = "https://hooks.example.com/services/hunter2"
PAGE = "/admin/acme/messages"


def save(web: SpaceWeb, **typed: object) -> str:
    return web.anna.follow(web.anna.press(PAGE, "Save", **typed))


def test_at_first_ones_own_address_is_suggested_and_nothing_is_saved(web: SpaceWeb) -> None:
    page = web.anna.page(PAGE)
    assert ">anna@example.com</textarea>" in page
    assert "None yet" in page
    fields = dict(forms_of(page)[-1].fields)
    assert fields["version"] == "0"
    assert "hot_leads" not in fields  # off by default
    assert "digest" in fields
    assert web.world.events().count("messages_changed") == 0


def test_what_is_chosen_is_saved_and_shown_again(web: SpaceWeb) -> None:
    said = save(
        web,
        emails="ben@example.com",
        webhook_url=HOOK,
        hook_format="card",
        tellings=["failed"],
        language="de",
        hot_leads="yes",
    )
    assert "Saved." in said
    page = web.anna.page(PAGE)
    fields = forms_of(page)[-1].fields
    assert ("hook_format", "card") in fields
    assert ("language", "de") in fields
    assert ("hot_leads", "yes") in fields
    assert [value for name, value in fields if name == "tellings"] == ["failed"]
    assert ("emails", "ben@example.com") in fields


def test_the_webhook_is_never_shown(web: SpaceWeb) -> None:
    save(web, emails="", webhook_url=HOOK)
    for path in (PAGE, f"{PAGE}/failed", "/admin/acme/audit", "/admin/acme/settings"):
        assert "hunter2" not in web.anna.page(path), path
    assert "One at hooks.example.com is set" in web.anna.read(PAGE)
    web.anna.press(PAGE, "Save")  # an empty field keeps it
    assert "One at hooks.example.com is set" in web.anna.read(PAGE)
    web.anna.press(PAGE, "Save", forget_webhook="yes")
    assert "hooks.example.com" not in web.anna.read(PAGE)


def test_what_is_not_right_stands_next_to_its_field_and_nothing_is_lost(web: SpaceWeb) -> None:
    answer = web.anna.press(
        PAGE, "Save", emails="anna@example.com nonsense", webhook_url="http://x", language="de"
    )
    assert answer.status_code == 422
    page = answer.text
    assert "Not an e-mail address: nonsense" in page
    assert "2 fields need another look" not in page  # the address of the webhook is looked at last
    assert ">anna@example.com nonsense</textarea>" in page
    assert ("language", "de") in forms_of(page)[-1].fields
    assert 'id="emails-problem"' in page


def test_a_webhook_inside_is_refused_with_what_to_do(web: SpaceWeb) -> None:
    answer = web.anna.press(PAGE, "Save", webhook_url="https://inside.example.com/hunter2")
    assert answer.status_code == 422
    assert "may not be called" in answer.text
    assert "hunter2" not in answer.text


def test_of_two_who_save_the_second_sees_both(web: SpaceWeb) -> None:
    form = next(one for one in forms_of(web.anna.page(PAGE)) if "Save" in one.text)
    save(web, emails="first@example.com")
    answer = web.anna.send(form, emails="second@example.com")
    assert answer.status_code == 409
    assert "Somebody saved before you" in answer.text
    assert ">second@example.com</textarea>" in answer.text
    assert (
        web.anna.send(next(one for one in forms_of(answer.text) if "Save" in one.text)).status_code
        == 303
    )


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_shown_as_it_would_be_sent(web: SpaceWeb, kind: str) -> None:
    page = web.anna.page(f"{PAGE}/{kind}")
    assert '<pre lang="en">' in page
    assert "Send a test" in page
    assert f'href="{PAGE}/{kind}"' in web.anna.page(PAGE)


def test_other_kinds_are_not_there(web: SpaceWeb) -> None:
    assert web.anna.get(f"{PAGE}/nonsense").status_code == 404


def test_a_test_is_sent_and_told_below(web: SpaceWeb) -> None:
    save(web, emails="ben@example.com", webhook_url=HOOK)
    said = web.anna.follow(web.anna.press(f"{PAGE}/failed", "Send a test"))
    assert "2 tests are on their way" in said
    assert "On its way" in said
    web.world.hook.refusals.append(SetupError("The webhook refused the message (404)."))
    web.world.run_errands()
    page = web.anna.read(PAGE)
    assert "Sent" in page
    assert "Not sent The webhook refused the message (404)." in page
    assert "Test: Acme: the sync failed" in page


def test_a_test_to_nobody_says_what_to_do(web: SpaceWeb) -> None:
    answer = web.anna.press(f"{PAGE}/failed", "Send a test")
    assert answer.status_code == 409
    assert "Save an address or a webhook first." in answer.text


def test_without_a_mail_server_the_page_says_so(web: SpaceWeb) -> None:
    assert "no mail server" not in web.anna.read(PAGE)
    web.world.mailer = None
    web.world.choose()
    web.app.extensions["sync"].messages = web.world.messages
    assert "the operator has set no mail server" in web.anna.read(PAGE)


def test_operators_look_and_cannot_touch(web: SpaceWeb) -> None:
    save(web, emails="ben@example.com")
    page = web.olga.page(PAGE)
    assert "Only the admins of the space can change this." in page
    assert '<fieldset class="whole" disabled>' in page
    assert "Send a test" not in web.olga.page(f"{PAGE}/failed")


def test_names_are_escaped(web: SpaceWeb) -> None:
    world = web.world
    with world.store.write() as desk:
        named = replace(desk.spaces.get("acme"), name="<b>Ac&me</b> http://evil.example")
        desk.spaces.save(named, now=world.time)
    page = web.anna.page(f"{PAGE}/failed")
    assert "<b>Ac" not in page
    assert "http://evil.example:" not in page.split("<main")[1].split("<pre lang")[1]
