"""Takes the pictures of the guides for admins and operators, on the same stack as the tests:

    python -m tests.browser.admin_screenshots

Look at them before you commit them.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from .admin_scenes import ANNA, OLGA, Scene, prepare, signed_in
from .png import shrink
from .screenshots import FOLDER, MOST_BYTES, SCALE
from .stack import SPACE, Stack, open_stack
from .test_activation import PASSWORD, FreshStack, go_on
from .visitor import launch

WIDTH = 1_000
TALLEST = 1_400
SHORTER = {"run": 1_010, "hot list": 960}  # its lists go on and on
MOST_BYTES_OF_PAGES = MOST_BYTES + 50_000  # whole pages, with tables


def main() -> int:
    """Take all of them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        browser = launch(playwright, f"--force-device-scale-factor={SCALE}")
        with FreshStack(Path(name) / "fresh") as fresh:
            _activate(browser, fresh)
        with open_stack(Path(name) / "daily") as stack:
            _live(browser, stack, prepare(stack))
        browser.close()
    return 0


def _activate(browser: Browser, fresh: Stack) -> None:
    """The way of an admin, from the first page to "Add pending"."""
    context = browser.new_context(**_options())
    page = context.new_page()
    page.goto(f"{fresh.web_url}/register")
    page.get_by_label("E-mail address").fill(ANNA)
    page.get_by_label("Password").fill(PASSWORD)
    go_on(page, "Make the account")
    page.get_by_label("Service URL").fill(fresh.sandbox.url)
    page.get_by_label("Space ID").fill(SPACE)
    page.get_by_label("API user name").fill("sandbox_app")
    page.get_by_label("API password").fill("sandbox_key")
    _shoot(page, "activate-request")
    go_on(page, "Connect Pipeliner")
    page.get_by_label("Marketing domain URL").fill("https://go.example.com")
    page.get_by_label("Set Score").fill("40")
    page.get_by_label("Anna Owner").check()
    _shoot(page, "activate-settings")
    go_on(page, "Continue")
    page.get_by_label("Act-On username").fill("marketing@example.com")
    page.get_by_label("Act-On password").fill("sandbox-password")
    _shoot(page, "activate-authentication")
    go_on(page, "Connect")
    go_on(page, "Continue")
    go_on(page, "Make the fields")
    _shoot(page, "activate-fields")
    page.get_by_role("link", name="Continue").click()
    go_on(page, "Make the preview")
    page.locator(".outcome .big").wait_for()
    go_on(page, "Continue with 40")
    go_on(page, "Finish")
    _shoot(page, "activate-pending")
    context.close()


def _live(browser: Browser, stack: Stack, scene: Scene) -> None:
    """Daily life: the pages of an admin, then those of an operator."""
    with signed_in(browser, stack, ANNA, **_options()) as context:
        of_admins = ("overview", "run", "preview", "people", "hot list", "webhooks", "messages")
        _shoot_pages(context, stack, scene.pages, of_admins)
    with signed_in(browser, stack, OLGA, **_options()) as context:
        pages = {f"operator-{name}": path for name, path in scene.operator_pages.items()}
        _shoot_pages(context, stack, pages, ("operator-spaces", "operator-work"))


def _options() -> dict[str, Any]:
    return {
        "viewport": {"width": WIDTH, "height": 700},
        "device_scale_factor": SCALE,
        "reduced_motion": "reduce",
    }


def _shoot_pages(
    context: BrowserContext, stack: Stack, paths: dict[str, str], names: tuple[str, ...]
) -> None:
    page = context.new_page()
    for name in names:
        page.goto(stack.web_url + paths[name])
        _shoot(page, name)


def _shoot(page: Page, name: str) -> None:
    """The whole page, down to where a picture becomes too long."""
    page.evaluate("document.activeElement.blur()")
    height = min(page.evaluate("document.documentElement.scrollHeight"), SHORTER.get(name, TALLEST))
    path = FOLDER / f"{name.replace(' ', '-')}.png"
    clip = {"x": 0, "y": 0, "width": WIDTH, "height": height}
    page.screenshot(path=path, full_page=True, clip=clip, animations="disabled")  # type: ignore[arg-type]
    shrink(path)
    size = path.stat().st_size
    sys.stdout.write(f"{path.name}: {size / 1000:.0f} kB\n")
    assert size <= MOST_BYTES_OF_PAGES


if __name__ == "__main__":
    sys.exit(main())
