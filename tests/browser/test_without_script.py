"""Without JavaScript everything still works: plain forms, posted within the frame."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from .conftest import Visits
from .scenes import CLARA
from .stack import Stack
from .visitor import Visitor


@pytest.fixture
def plain(visits: Visits) -> Iterator[Visitor]:
    """Somebody whose browser runs no script."""
    with visits(java_script_enabled=False) as visitor:
        yield visitor


def _launch(plain: Visitor, contact_id: str) -> None:
    address = f"{plain.stack.sandbox.url}/demo/contacts/{contact_id}?launch=1"
    plain.page.goto(address)
    plain.page.get_by_role("button", name="Open the panel").click()
    plain.opened()


def test_the_whole_flow(plain: Visitor, stack: Stack) -> None:
    panel = plain.panel
    _launch(plain, stack.contact(CLARA)["id"])
    expect(panel.locator(".value")).to_contain_text("94")
    stack.sandbox.change("set_score", email=CLARA, score=61)
    plain.press("refresh")
    expect(panel.locator(".result")).to_have_text("Score is 61, down 33.")
    plain.press("more")
    expect(panel.locator(".entry").first).to_be_visible()
    plain.press("tab-email")
    expect(panel.locator("#tab-email")).to_have_attribute("aria-current", "true")
    panel.locator("#range input[value='7']").check(force=True)
    panel.locator("#q").fill("no such thing")
    panel.get_by_role("button", name="Show", exact=True).click()
    plain.has("No email activity with “no such thing”")
    plain.press("tab-scoring")
    expect(panel.locator("tfoot td")).to_have_text("61")
    plain.press("more")
    expect(panel.locator("#stream")).to_have_count(0)
    with plain.context.expect_page() as opened:
        plain.press("open-page")
    expect(opened.value.locator("h1")).to_have_text("Clara Bright")
    expect(opened.value.locator(".entry").first).to_be_visible()


def test_older_entries(plain: Visitor, stack: Stack) -> None:
    _launch(plain, stack.contact("busy.bee@example.com")["id"])
    plain.press("more")
    expect(plain.panel.locator(".entry")).to_have_count(50)
    plain.press("older")
    expect(plain.panel.locator(".entry")).to_have_count(100)


def test_form_answers_fold_without_script(plain: Visitor, stack: Stack) -> None:
    _launch(plain, stack.contact(CLARA)["id"])
    plain.press("more")
    plain.press("tab-forms")
    fold = plain.panel.locator("details.fold").first
    expect(fold.locator("dl")).to_be_hidden()
    fold.locator("summary").click()
    expect(fold.locator("dl")).to_be_visible()


def test_finding_somebody(plain: Visitor, stack: Stack) -> None:
    _launch(plain, stack.type_contact("justbelow@example.com"))
    plain.press("find")
    expect(plain.panel.locator(".value")).to_contain_text("39")
    assert stack.contact("justbelow@example.com")["cf_act_on_score"] == 39


def test_a_record_key_explains_what_it_needs(plain: Visitor) -> None:
    plain.page.goto(f"{plain.stack.sandbox.url}/demo/contacts/by-email/{CLARA}")
    plain.has("This panel opens inside Pipeliner")
    plain.has("It needs JavaScript to be switched on.")


def test_an_act_on_that_is_away(plain: Visitor, stack: Stack) -> None:
    stack.sandbox.plan_fault("server_error", api="acton", times=1_000)
    _launch(plain, stack.contact(CLARA)["id"])
    plain.press("refresh")
    plain.has("Act-On cannot be reached")
    plain.has("94")
