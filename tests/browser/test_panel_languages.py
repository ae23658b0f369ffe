"""Longer words find room: what everybody sees, and the panel, in every language 280 px wide."""

import pytest
from playwright.sync_api import Browser, expect

from sync.languages import ENGLISH, LANGUAGES

from .conftest import Visits
from .scenes import CLARA, SCENES
from .stack import Stack
from .visitor import sticks_out

GERMAN = "de-DE"
NARROW = 280
HEIGHT = 900
OPEN = ("/", "/login", "/register", "/panel", "/nowhere")
# These wait for English words on their way.
IN_ENGLISH = ("looked for in vain",)


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {ENGLISH}))
def test_what_everybody_sees_has_room_in_every_language(
    browser: Browser, stack: Stack, language: str
) -> None:
    context = browser.new_context(locale=language, viewport={"width": NARROW, "height": HEIGHT})
    page = context.new_page()
    for path in OPEN:
        page.goto(f"{stack.web_url}{path}")
        assert page.locator("html").get_attribute("lang") == language, path
        assert sticks_out(page) == [], path
    context.close()


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {ENGLISH}))
def test_the_panel_and_its_activity_have_room_in_every_language(
    visits: Visits, language: str
) -> None:
    with visits(locale=language) as visitor:
        visitor.look_at(CLARA)
        visitor.set_width(NARROW)
        assert visitor.overflows() == []
        visitor.refresh()
        expect(visitor.panel.locator("#refresh-words")).not_to_contain_text("Again")
        assert visitor.overflows() == []
        visitor.more()
        for tab in ("all", "email", "scoring"):
            visitor.tab(tab)
            assert visitor.overflows() == [], tab
        assert visitor.find_faults() == []


@pytest.mark.parametrize("name", [one for one in SCENES if one not in IN_ENGLISH])
def test_every_state_of_the_panel_has_room_in_german(visits: Visits, name: str) -> None:
    with visits(locale=GERMAN) as visitor:
        SCENES[name].go(visitor)
        visitor.set_width(NARROW)
        assert visitor.frame.locator("html").get_attribute("lang") == "de"
        assert visitor.overflows() == []
        visitor.expect_troubles(*SCENES[name].noise)


def test_refresh_counts_down_in_the_panels_language(visits: Visits) -> None:
    with visits(locale=GERMAN) as visitor:
        visitor.look_at(CLARA)
        visitor.refresh()
        expect(visitor.panel.locator("#refresh-words")).to_contain_text("Wieder in")
