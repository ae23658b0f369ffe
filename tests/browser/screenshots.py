"""Takes the pictures of the README into docs/screenshots, on the same stack as the tests:

    python -m tests.browser.screenshots

Look at them before you commit them.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import update

from sync.rules.keys import person_digest
from sync.store.tables import links, runs

from .png import shrink
from .scenes import CLARA, SCENES, lead_of
from .stack import SPACE, Stack, open_stack
from .visitor import Visitor, launch, visit

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
MOST_BYTES = 150_000
SCALE = 2  # as sharp as a good screen
TALLEST = 1_500
STORY = (
    (84, 8), (77, 12), (70, 17), (63, 15), (57, 24), (51, 22), (44, 31), (38, 29), (34, 36),
    (29, 47), (24, 52), (20, 49), (15, 63), (11, 70), (8, 68), (5, 81), (2, 88),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One file: how wide the panel is, how it is dressed, and what is done before."""

    name: str
    go: Callable[[Visitor], Page | None]
    width: int = 360
    scheme: str = "light"
    most: int = TALLEST  # of its height


def _linked(visitor: Visitor) -> None:
    visitor.look_at(CLARA)
    visitor.refresh()


def _lead(visitor: Visitor) -> None:
    visitor.open_lead(lead_of(visitor.stack, "rosa.haddad4@kestrel.example.com"))


def _more(visitor: Visitor) -> None:
    visitor.look_at(CLARA)
    visitor.more()


def _crm(visitor: Visitor) -> Page:
    visitor.look_at(CLARA)
    visitor.show_whole_panel()
    return visitor.page


def _full_page(visitor: Visitor) -> Page:
    visitor.look_at(CLARA)
    with visitor.context.expect_page() as opened:
        visitor.press("open-page")
    page = opened.value
    page.locator(".entry").nth(10).wait_for()
    page.set_viewport_size({"width": 760, "height": 900})
    return page


def _scene(name: str) -> Callable[[Visitor], None]:
    def go(visitor: Visitor) -> None:
        SCENES[name].go(visitor)

    return go


PICTURES = (
    Picture(name="panel", go=_linked),
    Picture(name="panel-more-dark", go=_more, scheme="dark", most=1_040),
    Picture(name="panel-find", go=_scene("not created, with a user"), width=320),
    Picture(name="panel-trouble", go=_scene("unreachable"), width=280),
    Picture(name="panel-lead", go=_lead),
    Picture(name="crm", go=_crm),
    Picture(name="activity-page", go=_full_page),
)


def main() -> int:
    """Take all of them."""
    wanted = set(sys.argv[1:])
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        open_stack(Path(folder)) as stack,
        sync_playwright() as playwright,
    ):
        browser = launch(playwright, f"--force-device-scale-factor={SCALE}")
        for picture in PICTURES:
            if not wanted or picture.name in wanted:
                _take(picture, browser, stack)
        browser.close()
    return 0


def _take(picture: Picture, browser: Browser, stack: Stack) -> None:
    stack.settle()
    _tell_the_story(stack)
    path = FOLDER / f"{picture.name}.png"
    with _window(browser, stack, picture) as visitor:
        page = picture.go(visitor)
        visitor.expect_troubles("403")
        if page is None:
            _shoot_panel(visitor, picture, path)
        else:
            page.screenshot(path=path, animations="disabled")
    shrink(path)
    size = path.stat().st_size
    sys.stdout.write(f"{path.name}: {size / 1000:.0f} kB\n")
    assert size <= MOST_BYTES


@contextmanager
def _window(browser: Browser, stack: Stack, picture: Picture) -> Iterator[Visitor]:
    options: dict[str, Any] = {"color_scheme": picture.scheme, "device_scale_factor": SCALE}
    with visit(browser, stack, viewport={"width": 1200, "height": 900}, **options) as visitor:
        yield visitor


def _shoot_panel(visitor: Visitor, picture: Picture, path: Path) -> None:
    """The frame alone, as high as what is in it."""
    visitor.set_width(picture.width)
    visitor.show_whole_panel(picture.most)
    visitor.page.mouse.move(1, 1)
    visitor.frame.evaluate("document.activeElement.blur()")
    visitor.page.locator("iframe[name=panel]").screenshot(path=path, animations="disabled")


def _tell_the_story(stack: Stack) -> None:
    """Clara has been warming up for three months, and became a Lead four weeks ago."""
    stack.write_history(CLARA, STORY)
    crossed = datetime.now(UTC) - timedelta(days=29)
    with stack.application.store.database.write() as connection:
        connection.execute(
            update(links)
            .where(links.c.person == person_digest(SPACE, CLARA))
            .values(crossed_at=crossed)
        )
        connection.execute(update(runs).values(local_date=crossed.date()))
    stack.sandbox.change("set_score", email=CLARA, score=97)


if __name__ == "__main__":
    sys.exit(main())
