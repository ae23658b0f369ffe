"""Every state can be read by everybody: axe finds nothing and nothing sticks out, light and dark,
280 and 320 px wide."""

import pytest
from playwright.sync_api import Frame

from .conftest import Visits
from .scenes import CLARA, SCENES
from .stack import Stack
from .visitor import Visitor

TABS = ("all", "email", "web", "forms", "media", "events", "scoring")
WIDTHS = (280, 320)
SCHEMES = ("light", "dark")


def _expect_good_looks(visitor: Visitor) -> None:
    for width in WIDTHS:
        visitor.set_width(width)
        assert visitor.overflows() == [], width
        for scheme in SCHEMES:
            visitor.page.emulate_media(color_scheme=scheme)
            assert visitor.find_faults() == [], (width, scheme)


def _expect_good_page(visitor: Visitor, page: Frame) -> None:
    for width in WIDTHS:
        page.page.set_viewport_size({"width": width, "height": 800})
        assert visitor.overflows(page) == [], width
        for scheme in SCHEMES:
            page.page.emulate_media(color_scheme=scheme)
            assert visitor.find_faults(page) == [], (width, scheme)


@pytest.mark.parametrize("name", SCENES)
def test_a_state_is_fit_for_everybody(visitor: Visitor, name: str) -> None:
    SCENES[name].go(visitor)
    _expect_good_looks(visitor)
    visitor.expect_troubles(*SCENES[name].noise)


@pytest.mark.parametrize("who", [CLARA, "panel.hostile@example.com"])
def test_every_tab_is_fit_for_everybody(visitor: Visitor, who: str) -> None:
    visitor.look_at(who)
    visitor.more()
    for name in TABS:
        entries = visitor.tab(name)
        for fold in entries.locator("details").all():
            fold.evaluate("one => { one.open = true; }")
        _expect_good_looks(visitor)


def test_an_empty_search_is_fit_for_everybody(visitor: Visitor) -> None:
    visitor.look_at(CLARA)
    visitor.more()
    visitor.panel.locator("#q").fill("no such thing")
    visitor.has("No activity with")
    _expect_good_looks(visitor)


def test_a_result_of_refresh_is_fit_for_everybody(visitor: Visitor, stack: Stack) -> None:
    stack.write_history(CLARA, [(80, 12), (60, 31), (40, 38), (21, 55), (9, 71)])
    visitor.look_at(CLARA)
    visitor.refresh()
    _expect_good_looks(visitor)


def test_opt_outs_and_long_names_are_fit_for_everybody(visitor: Visitor) -> None:
    for who in ("optedout@example.com", "long@example.com", "twice@example.com"):
        visitor.look_at(who)
        visitor.refresh()
        _expect_good_looks(visitor)


def test_the_full_page_is_fit_for_everybody(visitor: Visitor) -> None:
    visitor.look_at(CLARA)
    with visitor.context.expect_page() as opened:
        visitor.press("open-page")
    opened.value.locator(".entry").first.wait_for()
    _expect_good_page(visitor, opened.value.main_frame)
    opened.value.locator("#tab-scoring").click()
    opened.value.locator("table").wait_for()
    _expect_good_page(visitor, opened.value.main_frame)


def test_the_page_without_data_is_fit_for_everybody(visitor: Visitor, stack: Stack) -> None:
    visitor.page.goto(f"{stack.web_url}/panel")
    _expect_good_page(visitor, visitor.page.main_frame)


def test_dark_is_dark(visitor: Visitor) -> None:
    visitor.look_at(CLARA)
    seen = []
    for scheme in SCHEMES:
        visitor.page.emulate_media(color_scheme=scheme)
        seen.append(
            visitor.frame.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        )
    assert seen == ["rgb(251, 250, 246)", "rgb(17, 25, 24)"]


def test_who_wants_no_motion_sees_none(visits: Visits, stack: Stack) -> None:
    stack.sandbox.plan_fault("slow", api="acton", seconds=0.7)
    for motion, moving in (("no-preference", True), ("reduce", False)):
        stack.settle()
        stack.sandbox.plan_fault("slow", api="acton", seconds=0.7)
        with visits(reduced_motion=motion) as visitor:
            visitor.look_at(CLARA)
            visitor.press("refresh")
            visitor.has("Refreshing…")
            found = visitor.frame.evaluate(
                "document.getAnimations().filter((one) => one.playState === 'running').length"
            )
            assert bool(found) is moving
            visitor.panel.locator(".result").wait_for()


@pytest.mark.parametrize("width", [280, 320, 360, 480])
def test_no_width_makes_the_panel_scroll_sideways(visitor: Visitor, width: int) -> None:
    visitor.look_at("long@example.com", width=width)
    visitor.more()
    assert visitor.overflows() == []
    visitor.tab("scoring")
    assert visitor.overflows() == []


def test_high_contrast_keeps_the_chosen_tab_apart(visits: Visits) -> None:
    with visits(forced_colors="active") as visitor:
        visitor.look_at(CLARA)
        visitor.more()
        style = visitor.panel.locator("#tab-all").evaluate(
            "one => getComputedStyle(one).outlineStyle"
        )
        assert style == "solid"
