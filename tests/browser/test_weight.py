"""How much a first view costs (design 8): requests, bytes, and nothing that jumps."""

import pytest

from .scenes import CLARA, SCENES
from .stack import Stack
from .visitor import Visitor

MOST_BYTES = 30 * 1024
MOST_REQUESTS = 3

SHIFTS = """() => {
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) if (!one.hadRecentInput) shifts.push(one.value);
  }).observe({type: "layout-shift", buffered: true});
}"""


@pytest.mark.parametrize("name", ["linked", "not created", "key expired"])
def test_a_first_view_is_light(visitor: Visitor, stack: Stack, name: str) -> None:
    SCENES[name].go(visitor)
    visitor.page.wait_for_load_state("networkidle")
    ours = [one for one in visitor.requests if one.url.startswith(stack.web_url)]
    assert len(ours) <= MOST_REQUESTS
    assert sum(one.sizes()["responseBodySize"] for one in ours) <= MOST_BYTES
    visitor.expect_troubles(*SCENES[name].noise)


def test_a_longest_panel_is_light(visitor: Visitor, stack: Stack) -> None:
    stack.write_history(CLARA, [(90 - number / 2, 20 + number % 60) for number in range(178)])
    visitor.look_at(CLARA)
    ours = [one for one in visitor.requests if one.url.startswith(stack.web_url)]
    assert sum(one.sizes()["responseBodySize"] for one in ours) <= MOST_BYTES


def test_a_second_view_asks_for_the_page_only(visitor: Visitor, stack: Stack) -> None:
    visitor.look_at(CLARA)
    visitor.requests.clear()
    visitor.look_at("quiet@example.com")
    fetched = [
        one
        for one in visitor.requests
        if one.url.startswith(stack.web_url) and one.sizes()["responseBodySize"] > 0
    ]
    assert [one.method for one in fetched] == ["GET", "POST"]


def test_nothing_jumps_while_the_panel_opens(visitor: Visitor) -> None:
    visitor.context.add_init_script(f"({SHIFTS})()")
    visitor.look_at(CLARA)
    visitor.page.wait_for_load_state("networkidle")
    assert visitor.frame.evaluate("shifts") == []
    visitor.frame.evaluate("document.querySelector('main').style.paddingTop = '9rem'")
    visitor.frame.wait_for_function("shifts.length > 0")  # it would have been seen


def test_nothing_jumps_while_refresh_works(visitor: Visitor, stack: Stack) -> None:
    stack.sandbox.plan_fault("slow", api="acton", seconds=0.8)
    visitor.context.add_init_script(f"({SHIFTS})()")
    visitor.look_at(CLARA)
    visitor.refresh()
    assert visitor.frame.evaluate("shifts.reduce((sum, one) => sum + one, 0)") < 0.01
