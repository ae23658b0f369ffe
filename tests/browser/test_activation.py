"""The whole way in a real browser: from an account of one's own over the activation to the first
finished run and the panel that shows the score. Every page is fit for everybody, light and dark."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, expect

from sync.model import RunStatus

from .stack import SPACE, Stack
from .visitor import Visitor

ANNA: Final = "anna@example.com"
OPERATOR: Final = "olga@example.com"
PASSWORD: Final = "a long enough pass phrase"
CLARA: Final = "clara.bright@example.com"
WIDTHS: Final = (390, 1200)
COOKIES: Final = {"__Host-acton", "__Host-acton-form"}


class FreshStack(Stack):
    """The product before anybody has activated a space; there is an operator."""

    def _sync_for_the_first_time(self) -> None:
        self.application.upgrade_database()
        self.application.accounts.create_operator(OPERATOR, PASSWORD)

    def work(self) -> None:
        """A worker does the run that waits."""
        with self.application.store.read() as desk:
            run = desk.runs.open_run(SPACE)
        assert run is not None
        done = self.application.runner.work(run.run_id)
        assert done is not None
        assert done.status is RunStatus.SUCCEEDED, done


@pytest.fixture
def fresh(browser: Browser, tmp_path: Path) -> Iterator[FreshStack]:
    with FreshStack(tmp_path) as stack:
        yield stack


@pytest.fixture
def admin(browser: Browser, fresh: FreshStack) -> Iterator[Visitor]:
    """Somebody with a window of their own, in which nothing goes wrong unseen."""
    # What moves inside a folded part never comes to rest, and axe waits for it.
    visitor = Visitor(browser, fresh, reduced_motion="reduce")
    visitor.expect_troubles("the server responded with a status of 422", "status of 400")
    # The sandbox's log-in has no icon, and the console says so.
    visitor.context.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    yield visitor
    cookies = visitor.context.cookies()
    assert {one["name"] for one in cookies} <= COOKIES
    assert all(one["secure"] and one["httpOnly"] for one in cookies)
    expected = visitor.expected
    assert [one for one in visitor.troubles if not any(part in one for part in expected)] == []
    assert visitor.dialogs == []
    visitor.close()


def is_fit(visitor: Visitor, page: Page | None = None) -> None:
    """axe finds nothing and nothing sticks out, at any width, light and dark."""
    page = page or visitor.page
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        wide = page.evaluate(
            "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"
        )
        assert wide <= 0, (page.url, width)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert visitor.find_faults(page.main_frame) == [], (page.url, width, scheme)
    page.emulate_media(color_scheme="light")


def go_on(page: Page, button: str) -> None:
    """Press a button of the main part, and wait for the page that comes."""
    with page.expect_navigation():
        page.locator("main").get_by_role("button", name=button, exact=True).click()


def says(page: Page, text: str) -> None:
    """Wait until the page says so."""
    expect(page.locator("main")).to_contain_text(text)


@pytest.mark.timeout(300)
def test_from_an_account_of_ones_own_to_the_score_in_the_panel(
    admin: Visitor, browser: Browser, fresh: FreshStack
) -> None:
    page = admin.page
    _make_account(admin)
    _request(admin)
    _choose_settings(admin)
    _choose_more(admin)
    _log_in_at_acton(admin)
    _make_fields(admin)
    _preview(admin)

    says(page, "45 or more")
    is_fit(admin)
    go_on(page, "Finish")
    says(page, "Add pending")
    is_fit(admin)

    _approve(browser, fresh)
    page.goto(f"{fresh.web_url}/admin/")
    expect(page.locator(".space .pill")).to_have_text("Running")
    page.goto(f"{fresh.web_url}/admin/{SPACE}/")
    go_on(page, "Run now")
    fresh.work()
    expect(page.locator("main")).to_contain_text("Succeeded", timeout=15_000)

    admin.look_at(CLARA)
    expect(admin.panel.locator(".value")).to_contain_text("94")


def _make_account(admin: Visitor) -> None:
    page = admin.page
    page.goto(admin.stack.web_url)
    is_fit(admin)
    page.get_by_role("link", name="Request the integration").click()
    page.get_by_label("E-mail address").fill(ANNA)
    page.get_by_label("Password").fill("short")
    go_on(page, "Make the account")
    says(page, "at least 12 characters")
    expect(page.get_by_label("E-mail address")).to_have_value(ANNA)
    is_fit(admin)
    page.get_by_label("Password").fill(PASSWORD)
    go_on(page, "Make the account")


def _request(admin: Visitor) -> None:
    page = admin.page
    says(page, "No space yet")
    page.get_by_label("Service URL").fill(admin.stack.sandbox.url)
    page.get_by_label("Space ID").fill(SPACE)
    page.get_by_label("API user name").fill("sandbox_app")
    page.get_by_label("API password").fill("wrong")
    go_on(page, "Connect Pipeliner")
    says(page, "Pipeliner does not accept")
    expect(page.get_by_label("Space ID")).to_have_value(SPACE)
    is_fit(admin)
    page.get_by_label("API password").fill("sandbox_key")
    go_on(page, "Connect Pipeliner")


def _choose_settings(admin: Visitor) -> None:
    page = admin.page
    says(page, "Configuration settings")
    expect(page.get_by_label("Time zone")).to_have_value("Europe/Berlin")
    expect(page.get_by_label("Anna Owner")).to_be_checked()
    page.get_by_label("Marketing domain URL").fill("https://a12345.actonsoftware.com")
    says(page, "Act-On account 12345")
    go_on(page, "Continue")
    says(page, "Enter the score to reach.")
    is_fit(admin)
    page.get_by_label("Set Score").fill("40")
    page.get_by_label("Search users").fill("ben")
    page.get_by_label("Ben Seller").check()
    page.get_by_label("Search users").fill("anna")
    expect(page.get_by_label("ben@example.com")).to_be_checked()  # what is chosen stays
    page.get_by_label("Anna Owner").check()


def _choose_more(admin: Visitor) -> None:
    page = admin.page
    go_on(page, "Change")
    says(page, "Connect Act-On in the step")
    page.get_by_label("Volume guard").fill("500")
    is_fit(admin)
    go_on(page, "Save")
    says(page, "at most 500 new Leads a run")
    expect(page.get_by_label("Set Score")).to_have_value("40")
    go_on(page, "Continue")


def _log_in_at_acton(admin: Visitor) -> None:
    page = admin.page
    says(page, "Create authentication")
    is_fit(admin)
    page.get_by_label("Act-On username").fill("marketing@example.com")
    page.get_by_label("Act-On password").fill("wrong")
    go_on(page, "Connect")
    says(page, "does not accept the user name and password")
    is_fit(admin)
    with admin.context.expect_page() as opened:
        page.get_by_role("button", name="Log in at Act-On").click()
    window = opened.value
    window.get_by_label("Password").fill("sandbox-password")
    window.get_by_role("button", name="Allow").click()
    says(page, "Connected by a log-in at Act-On, account 12345")
    go_on(page, "Test the connection")
    says(page, "Act-On lets us in")
    is_fit(admin)
    _look_at_columns(admin)
    go_on(page, "Continue")


def _look_at_columns(admin: Visitor) -> None:
    page = admin.page
    home = page.url
    page.goto(home.replace("/authentication", "/choices"))
    is_fit(admin)
    go_on(page, "Look at the columns of Newsletter")
    says(page, "Columns of Newsletter")
    is_fit(admin)
    page.goto(home)


def _make_fields(admin: Visitor) -> None:
    page = admin.page
    says(page, "Something is missing")
    is_fit(admin)
    go_on(page, "Make the fields")
    says(page, "All fields are in place.")
    is_fit(admin)
    page.get_by_role("link", name="Re-check").click()
    expect(page.locator("#announce")).to_have_text("Looked at again just now.")
    page.get_by_role("link", name="Continue").click()


def _preview(admin: Visitor) -> None:
    page = admin.page
    says(page, "Make the preview")
    is_fit(admin)
    go_on(page, "Make the preview")
    says(page, "at a score of 40 or more")
    is_fit(admin)
    calls = admin.stack.sandbox.calls()["counts"]
    leads = int(page.locator(".outcome .big").inner_text())
    page.get_by_label("Score to reach").focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    says(page, "at a score of 45 or more")
    assert int(page.locator(".outcome .big").inner_text()) < leads
    expect(page.get_by_label("Score to reach")).to_be_focused()
    assert admin.stack.sandbox.calls()["counts"] == calls
    go_on(page, "Continue with 45")


def _approve(browser: Browser, fresh: FreshStack) -> None:
    operator = Visitor(browser, fresh, reduced_motion="reduce")
    page = operator.page
    page.goto(f"{fresh.web_url}/login?next=/operator/spaces/{SPACE}")
    is_fit(operator)
    page.get_by_label("E-mail address").fill(OPERATOR)
    page.get_by_label("Password").fill(PASSWORD)
    go_on(page, "Sign in")
    go_on(page, "Approve")
    says(page, "Running")
    operator.close()


def test_a_browser_without_windows_logs_in_in_the_same_page(
    admin: Visitor, fresh: FreshStack
) -> None:
    page = admin.page
    page.add_init_script("window.open = () => null")
    _make_account(admin)
    _request(admin)
    page.goto(f"{fresh.web_url}/admin/{SPACE}/activate/authentication")
    page.get_by_role("button", name="Log in at Act-On").click()
    page.get_by_role("button", name="Deny").click()
    says(page, "Act-On was not allowed to share the account.")
    is_fit(admin)
    page.get_by_role("link", name="Back").click()
    page.goto(f"{fresh.web_url}/admin/{SPACE}/activate/authentication")
    page.get_by_role("button", name="Log in at Act-On").click()
    page.get_by_label("Password").fill("sandbox-password")
    page.get_by_role("button", name="Allow").click()
    says(page, "The authentication has been created successfully")
    is_fit(admin)
    page.get_by_role("link", name="Continue").click()
    says(page, "Connected by a log-in at Act-On")


def test_the_account_page_is_fit_for_everybody(admin: Visitor, fresh: FreshStack) -> None:
    _make_account(admin)
    admin.page.goto(f"{fresh.web_url}/account")
    is_fit(admin)
