"""Somebody with a browser: opens a Contact's page in the CRM, and looks at the panel framed there.

What goes wrong unseen is written down: console errors, broken scripts, dialogs, cookies.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Frame,
    FrameLocator,
    Locator,
    Page,
    Playwright,
    Request,
)

from .stack import Stack

AXE = Path(__file__).parents[1] / "data" / "axe" / "axe.min.js"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
NAMES = ("chromium", "google-chrome", "chromium-browser")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--test-third-party-cookie-phaseout",  # no cookies and no storage for frames of another site
    "--host-resolver-rules=MAP localhost 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
WAIT_MS = 15_000


def find_chromium() -> str | None:
    """The browser of this machine; None: it has none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def launch(playwright: Playwright, *more: str) -> Browser:
    """Chromium as cautious people have it."""
    path = find_chromium()
    assert path is not None
    # Scroll bars take room, as they do on many machines.
    return playwright.chromium.launch(
        executable_path=path,
        args=[*ARGUMENTS, *more],
        ignore_default_args=["--hide-scrollbars"],
    )


class Visitor:
    """One browser window on the CRM. `troubles` is what nobody may see happen."""

    def __init__(self, browser: Browser, stack: Stack, **context: Any) -> None:
        self.stack = stack
        options: dict[str, Any] = {
            "viewport": {"width": 1240, "height": 1000},
            "locale": "en-GB",
            "timezone_id": "Europe/Berlin",
        }
        self.context: BrowserContext = browser.new_context(**options | context)
        self.context.set_default_timeout(WAIT_MS)
        self.context.add_init_script(path=AXE)
        self.requests: list[Request] = []
        self.troubles: list[str] = []
        self.expected: tuple[str, ...] = ()
        self.dialogs: list[str] = []
        self.context.on("request", lambda one: self.requests.append(one))
        self.context.on("console", self._hear)
        self.context.on("weberror", lambda one: self.troubles.append(str(one.error)))
        self.context.on("dialog", self._refuse)
        self.page: Page = self.context.new_page()

    def close(self) -> None:
        """Close the window."""
        self.context.close()

    # --- going somewhere -------------------------------------------------------------------------

    def open(self, who: str, *, width: int = 360, launch: bool = False) -> FrameLocator:
        """The panel in the page of a Contact: an address, or the id of the Contact."""
        place = f"by-email/{quote(who)}" if "@" in who else who
        more = "&launch=1" if launch else ""
        self.page.goto(f"{self.stack.sandbox.url}/demo/contacts/{place}?width={width}{more}")
        self.opened()
        return self.panel

    def open_lead(self, lead_id: str, *, width: int = 360, launch: bool = False) -> FrameLocator:
        """The panel in the page of a Lead."""
        more = "&launch=1" if launch else ""
        self.page.goto(f"{self.stack.sandbox.url}/demo/leads/{lead_id}?width={width}{more}")
        self.opened()
        return self.panel

    def opened(self) -> None:
        """Wait until the panel has said what it has to say, and hears what is pressed."""
        self.panel.locator("#record, .card.shut >> visible=true").first.wait_for()
        # Until htmx is there, a press is a plain request for a new page.
        self.frame.wait_for_load_state("load")

    def look_at(self, email: str, **options: Any) -> FrameLocator:
        """The panel of somebody whom a sync has linked."""
        return self.open(self.stack.contact(email)["id"], **options)

    # --- what is on the page ---------------------------------------------------------------------

    @property
    def panel(self) -> FrameLocator:
        """The panel in its frame."""
        return self.page.frame_locator("iframe[name=panel]")

    @property
    def frame(self) -> Frame:
        """The frame itself, to run script in."""
        frame = self.page.frame(name="panel")
        assert frame is not None
        return frame

    def has(self, text: str) -> Locator:
        """The visible text, once it is there."""
        found = self.panel.get_by_text(text).locator("visible=true").first
        found.wait_for()
        return found

    def press(self, button: str) -> None:
        """Press a button by its id."""
        self.panel.locator(f"#{button}").click()

    def refresh(self) -> str:
        """Press Refresh and wait for what comes of it: the result, or the trouble."""
        self.press("refresh")
        came = self.panel.locator(
            "#record .result, #record .trouble, #record .title, #notice:not(:empty)"
        ).first
        came.wait_for()
        return came.inner_text()

    def more(self) -> Locator:
        """Press More and wait for the activity that Act-On has now."""
        self.press("more")
        return self.settled()

    def settled(self) -> Locator:
        """The entries, once nothing is under way any more."""
        self.frame.wait_for_function(
            "() => document.querySelector('#entries') && !document.querySelector("
            "'.htmx-request, .htmx-swapping, .htmx-settling, #stream [hx-trigger=load]')"
        )
        return self.panel.locator("#entries")

    def tab(self, name: str) -> Locator:
        """Choose a tab and wait for it."""
        self.press(f"tab-{name}")
        self.panel.locator(f"#tab-{name}[aria-selected=true]").wait_for()
        return self.settled()

    def set_width(self, width: int) -> None:
        """Give the section another width."""
        self.page.evaluate(
            "width => document.querySelector('.right').className = `right w${width}`", width
        )
        self.frame.wait_for_function(
            "width => innerWidth >= width - 2 && innerWidth <= width", arg=width
        )

    def show_whole_panel(self, most: int = 5_000) -> None:
        """Make the frame as high as what is in it."""
        high = min(
            self.frame.evaluate(
                "Math.ceil(document.querySelector('main').getBoundingClientRect().height)"
            ),
            most,
        )
        self.page.set_viewport_size({"width": 1200, "height": max(high + 340, 900)})
        self.page.evaluate(
            """height => Object.assign(document.querySelector("iframe[name=panel]").style,
                 {height: `${height}px`, maxHeight: "none"})""",
            high,
        )
        self.frame.wait_for_function("height => innerHeight === height", arg=high)
        self.frame.evaluate(
            "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )

    # --- judging it ------------------------------------------------------------------------------

    def find_faults(self, frame: Frame | None = None) -> list[str]:
        """What axe has against the page, a line for each element."""
        found = (frame or self.frame).evaluate(
            """async (tags) => {
              const moving = document.getAnimations().filter((one) => one instanceof CSSTransition);
              await Promise.allSettled(moving.map((one) => one.finished));
              const {violations} = await axe.run(document, {
                runOnly: tags, resultTypes: ["violations"], preload: false, elementRef: false});
              return violations.flatMap((one) => one.nodes.map((node) =>
                `${one.id}: ${node.target} ${node.any.map((any) => any.message).join(" ")}`));
            }""",
            list(RULES),
        )
        return list(found)

    def overflows(self, frame: Frame | None = None) -> list[str]:
        """What sticks out to the side; nothing should."""
        found = (frame or self.frame).evaluate(
            """() => {
              const page = document.scrollingElement;
              const wide = page.scrollWidth > page.clientWidth;
              const out = [...document.body.querySelectorAll("*")].filter((one) => {
                const box = one.getBoundingClientRect();
                const seen = box.width && !one.closest(".unseen, svg");
                return seen && box.right > page.clientWidth + 0.5;
              });
              if (!wide && !out.length) return [];
              const told = out.map((one) => one.outerHTML.slice(0, 120));
              return [`${page.scrollWidth} in ${page.clientWidth}`, ...told];
            }"""
        )
        return list(found)

    def expect_troubles(self, *parts: str) -> None:
        """What the console says is meant to be said where it holds one of these."""
        self.expected = parts

    # --- inside ----------------------------------------------------------------------------------

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.troubles.append(message.text)

    def _refuse(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()


def sticks_out(page: Page) -> list[str]:
    """What is wider than the page, or than the card that it stands in."""
    found = page.evaluate(
        """() => {
          const page = document.scrollingElement, wide = page.scrollWidth > page.clientWidth;
          const out = wide ? [`${page.scrollWidth} in ${page.clientWidth}`] : [];
          for (const one of document.body.querySelectorAll("*")) {
            const around = one.parentElement.closest(".card, main, header, footer");
            const box = one.getBoundingClientRect();
            if (!around || !box.width || one.closest(".unseen, svg, .scroll, select, .tabs, .skip"))
              continue;
            const right = Math.min(around.getBoundingClientRect().right, page.clientWidth);
            const edge = right - parseFloat(getComputedStyle(around).paddingRight);
            const told = `${one.outerHTML.slice(0, 120)} by ${box.right - edge}`;
            if (box.right > edge + 1) out.push(told);
          }
          return out;
        }"""
    )
    return list(found)


@contextmanager
def visit(browser: Browser, stack: Stack, **context: Any) -> Iterator[Visitor]:
    """A visitor who leaves nothing behind: no cookie, no error, no dialog."""
    visitor = Visitor(browser, stack, **context)
    try:
        yield visitor
        assert visitor.context.cookies() == []
        assert visitor.dialogs == []
        assert [one for one in visitor.troubles if not _holds(one, visitor.expected)] == []
    finally:
        visitor.close()


def _holds(text: str, parts: tuple[str, ...]) -> bool:
    return any(part in text for part in parts)


def in_ci() -> bool:
    """Whether this is the machine that has to have everything."""
    return bool(os.environ.get("CI"))
