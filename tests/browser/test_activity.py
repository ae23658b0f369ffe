"""More: the stream in the panel and as a page, its tabs, range, search and pages."""

import re

from playwright.sync_api import expect

from .conftest import Visits
from .scenes import CLARA, QUINN
from .stack import Stack
from .visitor import Visitor

BEE = "busy.bee@example.com"
EVERY = "every.verb@example.com"
TABS = ("all", "email", "web", "forms", "media", "events", "scoring")


def test_more_opens_the_stream_and_folds_it(visitor: Visitor) -> None:
    visitor.look_at(CLARA)
    more = visitor.panel.locator("#more")
    expect(more).to_have_attribute("aria-expanded", "false")
    assert visitor.more().locator(".entry").count() == 50
    expect(more).to_have_attribute("aria-expanded", "true")
    expect(more).to_have_text(re.compile("Less"))
    asked = len(visitor.requests)
    more.click()
    expect(visitor.panel.locator("#activity")).to_be_hidden()
    expect(more).to_have_attribute("aria-expanded", "false")
    more.click()
    expect(visitor.panel.locator("#activity")).to_be_visible()
    assert len(visitor.requests) == asked


def test_the_score_above_agrees_with_what_more_has_read(visitor: Visitor, stack: Stack) -> None:
    stack.sandbox.change("set_score", email=CLARA, score=61)
    visitor.look_at(CLARA)
    visitor.more()
    expect(visitor.panel.locator(".value")).to_contain_text("61")
    expect(visitor.panel.locator("#tab-scoring .count")).to_have_text("61")
    visitor.has("Again in")  # what was read just now need not be read again
    visitor.look_at(CLARA)
    expect(visitor.panel.locator(".value")).to_contain_text("61")


def test_each_tab_shows_what_it_counts(visitor: Visitor) -> None:
    visitor.look_at(EVERY)
    visitor.more()
    visitor.panel.locator("#range input[value=all]").check(force=True)
    visitor.settled()
    counted = {}
    for name in TABS[:-1]:
        entries = visitor.tab(name)
        counted[name] = _count(visitor, name)
        assert entries.locator(".entry").count() == min(counted[name], 50)
        expect(visitor.panel.get_by_role("status")).to_have_text(
            re.compile(rf"^{name.title()}: .*{counted[name]} entr")
        )
    assert all(counted.values())
    assert counted["all"] >= sum(counted.values()) - counted["all"]


def test_scoring_adds_up_to_the_score(visitor: Visitor) -> None:
    visitor.look_at(CLARA)
    visitor.more()
    table = visitor.tab("scoring").get_by_role("table")
    points = [_number(one) for one in table.locator("tbody td").all_inner_texts()]
    assert sum(points) == 94
    assert table.locator("tfoot td").inner_text() == "94"


def test_arrow_keys_move_between_tabs_as_the_pattern_says(visitor: Visitor) -> None:
    visitor.look_at(CLARA)
    visitor.more()
    tabs = visitor.panel.get_by_role("tab")
    assert tabs.count() == len(TABS)
    tabs.first.focus()
    for key, name in (
        ("ArrowRight", "email"),
        ("ArrowRight", "web"),
        ("ArrowLeft", "email"),
        ("End", "scoring"),
        ("ArrowRight", "all"),
        ("ArrowLeft", "scoring"),
        ("Home", "all"),
    ):
        visitor.page.keyboard.press(key)
        assert visitor.frame.evaluate("document.activeElement.id") == f"tab-{name}"
        assert visitor.panel.locator("#tabs [tabindex='0']").count() == 1
    visitor.page.keyboard.press("End")
    visitor.page.keyboard.press("Enter")
    expect(visitor.panel.locator("#tab-scoring")).to_have_attribute("aria-selected", "true")
    visitor.settled()
    assert visitor.frame.evaluate("document.activeElement.id") == "tab-scoring"
    visitor.page.keyboard.press("Tab")
    assert visitor.frame.evaluate("document.activeElement.id") == "entries"
    labelled = visitor.panel.get_by_role("tabpanel", name="Scoring")
    expect(labelled).to_be_visible()


def test_a_range_narrows_what_is_shown(visitor: Visitor) -> None:
    visitor.look_at(CLARA)
    visitor.more()
    ninety = _count(visitor, "all")
    _choose_a_week(visitor)
    assert 0 < _count(visitor, "all") < ninety


def test_a_range_is_remembered_where_the_browser_lets_us(visitor: Visitor, stack: Stack) -> None:
    stack.move_panel("127.0.0.1")  # the CRM's own host: no third party, so storage is allowed
    visitor.look_at(CLARA)
    visitor.more()
    _choose_a_week(visitor)
    seven = _count(visitor, "all")
    visitor.look_at(CLARA)
    visitor.more()
    expect(visitor.panel.locator("#range input[value='7']")).to_be_checked()
    assert _count(visitor, "all") == seven


def _choose_a_week(visitor: Visitor) -> None:
    before = visitor.panel.locator("#tab-all .count").inner_text()
    visitor.panel.locator("#range input[value='7']").check(force=True)
    expect(visitor.panel.locator("#tab-all .count")).not_to_have_text(before)
    visitor.settled()


def test_an_empty_range_offers_all_time(visitor: Visitor) -> None:
    visitor.look_at("dormant@example.com")
    visitor.more()
    visitor.has("No activity in the last 90 days")
    visitor.panel.get_by_role("button", name="Show all time").click()
    expect(visitor.panel.locator(".entry").first).to_be_visible()
    expect(visitor.panel.locator("#range input[value=all]")).to_be_checked()


def test_somebody_without_activity_has_none_of_any_time(visitor: Visitor) -> None:
    visitor.look_at(QUINN)
    visitor.more()
    visitor.panel.get_by_role("button", name="Show all time").click()
    visitor.has("Act-On has recorded nothing of this kind")


def test_the_search_looks_at_what_is_shown_and_keeps_the_focus(visitor: Visitor) -> None:
    visitor.look_at(EVERY)
    visitor.more()
    word = visitor.panel.locator(".entry strong").first.inner_text().split()[0]
    before = _count(visitor, "all")
    visitor.panel.locator("#q").press_sequentially(word, delay=10)
    expect(visitor.panel.locator("#tab-all .count")).not_to_have_text(str(before))
    for text in visitor.settled().locator(".entry").all_inner_texts():
        assert word.lower() in text.lower()
    assert visitor.frame.evaluate("document.activeElement.id") == "q"
    visitor.panel.locator("#q").fill("no such thing")
    visitor.has("No activity with “no such thing”")
    visitor.panel.locator("#q").fill("")
    expect(visitor.panel.locator("#tab-all .count")).to_have_text(str(before))


def test_twenty_thousand_entries_open_soon_and_page_by_page(visitor: Visitor) -> None:
    visitor.look_at(BEE)
    visitor.press("more")
    first = visitor.panel.locator(".entry").first
    first.wait_for(timeout=8_000)
    entries = visitor.settled().locator(".entry")
    assert entries.count() == 50
    older = visitor.panel.locator("#older")
    older.click()
    expect(entries).to_have_count(100)
    assert (
        visitor.frame.evaluate(
            "[...document.querySelectorAll('.entry')].indexOf(document.activeElement)"
        )
        == 50
    )
    expect(visitor.panel.get_by_role("status")).to_have_text(re.compile("^All: 100 of "))
    older.click()
    expect(entries).to_have_count(150)


def test_answers_of_a_form_are_folded_under_their_entry(visitor: Visitor) -> None:
    visitor.look_at(CLARA)
    visitor.more()
    fold = visitor.tab("forms").locator("details.fold").first
    answers = fold.locator("dl")
    expect(answers).to_be_hidden()
    fold.locator("summary").press("Enter")
    expect(answers).to_be_visible()
    assert answers.locator("dt").count() == answers.locator("dd").count() > 0


def test_times_are_the_viewers_own(visits: Visits) -> None:
    shown = []
    for zone in ("Europe/Berlin", "America/New_York"):
        with visits(timezone_id=zone) as visitor:
            visitor.look_at(CLARA)
            entry = visitor.more().locator(".entry time").first
            shown.append((entry.get_attribute("title"), entry.get_attribute("datetime")))
    (berlin, at), (york, same) = shown
    assert at == same
    assert berlin != york


def test_the_stream_opens_as_a_page_of_its_own(visitor: Visitor) -> None:
    visitor.look_at(CLARA)
    with visitor.context.expect_page() as opened:
        visitor.press("open-page")
    page = opened.value
    page.locator("h1", has_text="Clara Bright").wait_for()
    assert page.url.endswith("/panel/activity")
    assert page.evaluate("window.opener") is None
    expect(page.locator(".entry")).to_have_count(50)
    expect(page.locator(".age")).to_contain_text("Live")
    page.locator("#tab-email").click()
    expect(page.locator("#tab-email")).to_have_attribute("aria-selected", "true")
    page.locator("#q").fill("no such thing")
    expect(page.locator("#entries")).to_contain_text("No email activity with")
    page.goto(page.url)  # by its address alone it says nothing
    page.get_by_text("This panel opens inside Pipeliner").wait_for()


def _count(visitor: Visitor, tab: str) -> int:
    return _number(visitor.panel.locator(f"#tab-{tab} .count").inner_text())


def _number(text: str) -> int:
    return int(text.replace(",", "").replace("−", "-").replace("+", "").replace("±", ""))
