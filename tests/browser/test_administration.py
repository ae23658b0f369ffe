"""The daily life of a space and the operator's pages, in a real browser: for everybody to use, live
while a run is under way, and none the worse without script."""

import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from .admin_scenes import (
    ANNA,
    OLGA,
    SPACE,
    Scene,
    faults_of,
    prepare,
    signed_in,
)
from .stack import Stack
from .visitor import WAIT_MS

LOOKS = [(scheme, width) for scheme in ("light", "dark") for width in (390, 1200)]


@pytest.fixture(scope="module")
def scene(lasting_stack: Stack) -> Iterator[Scene]:
    """A space with some history, for all tests of this module."""
    lasting_stack.settle()
    yield prepare(lasting_stack)
    lasting_stack.settle()


def troubles_of(context: BrowserContext) -> list[str]:
    """What goes wrong unseen from now on: dialogs, broken scripts, what the policy forbade."""
    found: list[str] = []
    context.on("dialog", lambda one: (found.append(one.message), one.dismiss()))
    context.on("weberror", lambda one: found.append(str(one.error)))
    context.on(
        "console",
        lambda one: found.append(one.text) if one.type in ("error", "warning") else None,
    )
    return found


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
@pytest.mark.parametrize("email", [ANNA, OLGA])
def test_every_page_is_for_everybody_and_runs_nothing_foreign(
    browser: Browser, scene: Scene, scheme: str, width: int, email: str
) -> None:
    """The names in this space are made to break pages."""
    pages = scene.pages if email == ANNA else scene.operator_pages
    size = {"width": width, "height": 900}
    with signed_in(browser, scene.stack, email, color_scheme=scheme, viewport=size) as context:
        troubles, page = troubles_of(context), context.new_page()
        faults = {}
        for name, path in pages.items():
            answer = page.goto(f"{scene.stack.web_url}{path}")
            assert answer is not None
            assert answer.status == 200, (name, page.inner_text("main"))
            faults[name] = faults_of(page)
        assert {name: found for name, found in faults.items() if found} == {}
        assert troubles == []


def test_a_run_is_followed_live_to_its_end(browser: Browser, scene: Scene) -> None:
    with signed_in(browser, scene.stack, ANNA) as context:
        troubles, page = troubles_of(context), context.new_page()
        run_id = press_run_now(page, scene.stack)
        expect(page.locator("#progress")).to_contain_text("Waiting for a worker")
        page.evaluate("window.sameDocument = true")
        steps = work_beside(page, scene.stack, run_id)
        assert "Running" in steps
        assert page.evaluate("window.sameDocument") is True
        assert page.locator("[hx-trigger]").count() == 0
        assert page.get_by_text("Cancel").count() == 0
        expect(page.locator("#details")).to_contain_text("Hostile <b>names</b>")
        expect(page.locator("#progress .equation")).to_contain_text("107 rows")
        assert troubles == []


def test_without_script_the_page_loads_itself_again(browser: Browser, scene: Scene) -> None:
    with signed_in(browser, scene.stack, ANNA, java_script_enabled=False) as context:
        page = context.new_page()
        run_id = press_run_now(page, scene.stack)
        expect(page.locator("#progress")).to_contain_text("Waiting for a worker")
        assert page.get_by_role("link", name="Refresh").count() == 1
        work(scene.stack, run_id)
        expect(page.locator("#progress .pill")).not_to_have_text("Waiting", timeout=WAIT_MS)
        expect(page.locator("#details")).to_contain_text("Hostile <b>names</b>")
        assert page.locator("noscript").count() == 0


def test_the_card_of_the_overview_follows_the_run(browser: Browser, scene: Scene) -> None:
    with signed_in(browser, scene.stack, ANNA) as context:
        page = context.new_page()
        run_id = press_run_now(page, scene.stack)
        page.goto(f"{scene.stack.web_url}/admin/{SPACE}/")
        expect(page.locator("#now")).to_contain_text("This run")
        work(scene.stack, run_id)
        expect(page.locator("#now")).to_contain_text("Last run", timeout=WAIT_MS)
        assert page.locator("#now[hx-trigger]").count() == 0


def press_run_now(page: Page, stack: Stack) -> int:
    """The run that was started from the overview."""
    page.goto(f"{stack.web_url}/admin/{SPACE}/")
    page.get_by_role("button", name="Run now").click()
    page.wait_for_url("**/runs/*")
    return int(page.url.rpartition("/")[2])


def work_beside(page: Page, stack: Stack, run_id: int) -> list[str]:
    """What the page called the run while a worker did it, in order."""
    seen: list[str] = []
    worker = threading.Thread(target=work, args=(stack, run_id))
    worker.start()
    pill = page.locator("#progress .pill").first
    for _ in range(WAIT_MS // 100):
        words = pill.inner_text()
        if words not in seen[-1:]:
            seen.append(words)
        if words not in ("Waiting", "Running"):
            break
        page.wait_for_timeout(100)
    worker.join()
    assert seen[-1] in ("Succeeded", "Fell short"), seen
    return seen


def work(stack: Stack, run_id: int) -> None:
    """A worker does the run."""
    assert stack.application.runner.work(run_id) is not None


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_messages_are_chosen_and_tried_on_the_smallest_screen(
    browser: Browser, scene: Scene, scheme: str
) -> None:
    looks = {"color_scheme": scheme, "viewport": {"width": 280, "height": 800}}
    with signed_in(browser, scene.stack, ANNA, **looks) as context:
        troubles, page = troubles_of(context), context.new_page()
        page.goto(f"{scene.stack.web_url}/admin/{SPACE}/messages")
        page.get_by_label("Address of a webhook").fill("https://hooks.example.com/hunter2")
        page.get_by_label("New Leads, to their owner").check()
        page.get_by_role("button", name="Save").click()
        expect(page.locator("#flash")).to_contain_text("Saved.")
        assert faults_of(page) == []
        page.get_by_role("link").filter(has_text="A run failed").click()
        expect(page.locator("pre").first).to_contain_text("ended before its work was done")
        assert faults_of(page) == []
        page.get_by_role("button", name="Send a test").click()
        expect(page.locator("#latest ~ .deliveries")).to_contain_text("On its way")
        assert faults_of(page) == []
        assert "hunter2" not in page.content()
        assert troubles == []
