"""Who gets in, what leaks, and what a hostile person may do: nothing."""

from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from .conftest import Visits
from .scenes import CLARA
from .stack import KEY_FIELD, Stack
from .visitor import Visitor

HOSTILE = "panel.hostile@example.com"
TABS = ("all", "email", "web", "forms", "media", "events", "scoring")


def test_the_key_is_in_no_address_no_request_and_no_referer(visitor: Visitor, stack: Stack) -> None:
    key = stack.contact(CLARA)[KEY_FIELD]
    visitor.look_at(CLARA)
    visitor.refresh()
    visitor.more()
    with visitor.context.expect_page() as opened:
        visitor.press("open-page")
    opened.value.locator(".entry").first.wait_for()
    assert visitor.frame.evaluate("location.hash + location.search") == ""
    assert key not in visitor.frame.evaluate("document.documentElement.outerHTML")
    session = visitor.panel.locator("#session").input_value()
    assert session
    carried = [one for one in visitor.requests if one.url.startswith(stack.web_url)]
    assert len(carried) >= 5
    for request in carried:
        # Chromium reports the fragment, which it does not send.
        sent = urlsplit(request.url)
        assert key not in sent.path + sent.query
        assert session not in request.url
        assert request.all_headers().get("referer", "") in ("", f"{stack.sandbox.url}/")
    assert not any(key in one.url for one in visitor.requests if one.method == "POST")


def test_the_browser_gives_the_frame_no_cookies_and_the_panel_sets_none(
    visitor: Visitor, stack: Stack
) -> None:
    answers = []
    visitor.context.on("response", lambda one: answers.append(one))
    visitor.look_at(CLARA)
    visitor.refresh()
    # That the browser would keep none here is what makes this test one.
    assert (
        visitor.frame.evaluate("(document.cookie = 'a=b; SameSite=None; Secure', document.cookie)")
        == ""
    )
    ours = [one for one in answers if one.url.startswith(stack.web_url)]
    assert ours
    assert not any("set-cookie" in one.all_headers() for one in ours)


def test_a_session_that_is_over_is_renewed_without_a_word(visitor: Visitor, stack: Stack) -> None:
    visitor.look_at(CLARA)
    stack.pass_time(minutes=16)
    assert visitor.refresh() == "Still 94."
    assert visitor.panel.locator("#notice").inner_text() == ""
    stack.pass_time(minutes=16)
    assert visitor.more().locator(".entry").count() == 50
    visitor.expect_troubles("403")


def test_an_open_panel_renews_its_session_by_itself(visitor: Visitor, stack: Stack) -> None:
    visitor.page.clock.install()
    visitor.open(stack.contact(CLARA)["id"], launch=True)  # no key to fall back on
    before = visitor.panel.locator("#session").input_value()
    for _ in range(2):
        stack.pass_time(minutes=10)
        with visitor.page.expect_response(lambda one: one.url.endswith("/panel/session")):
            visitor.page.clock.fast_forward("10:01")
    assert before
    assert visitor.refresh() == "Still 94."


def test_a_launch_opens_once(visitor: Visitor, stack: Stack) -> None:
    tokens = []
    visitor.context.on(
        "request", lambda one: tokens.append(one.post_data) if one.url.endswith("/panel") else None
    )
    visitor.open(stack.contact(CLARA)["id"], launch=True)
    visitor.has("over your threshold of 40")
    again = visitor.context.request.post(
        f"{stack.web_url}/panel",
        data=str(tokens[-1]),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert again.status == 403
    assert "94" not in again.text()


def test_a_foreign_page_may_not_frame_the_panel(visitor: Visitor, stack: Stack) -> None:
    address = stack.sandbox.url.replace("127.0.0.1", "localhost")
    visitor.page.goto(f"{address}/demo/foreign")
    visitor.page.wait_for_load_state("networkidle")
    frame = visitor.frame
    assert "Act-On" not in frame.locator("body").inner_text()
    assert frame.url.startswith("chrome-error:")
    visitor.expect_troubles("frame-ancestors")


def test_nothing_of_a_hostile_person_runs(visitor: Visitor) -> None:
    panel = visitor.look_at(HOSTILE)
    visitor.more()
    visitor.panel.locator("#range input[value=all]").check(force=True)
    visitor.settled()
    expect(panel.locator("#entries")).to_contain_text("<script>")  # as text
    for name in TABS:
        entries = visitor.tab(name)
        for fold in entries.locator("details").all():
            fold.evaluate("one => { one.open = true; }")
        _expect_harmless(visitor.frame)
    with visitor.context.expect_page() as opened:
        visitor.press("open-page")
    opened.value.locator(".entry").first.wait_for()
    _expect_harmless(opened.value)


def _expect_harmless(place: object) -> None:
    found = place.evaluate(  # type: ignore[attr-defined]
        """() => ({
          links: [...document.links].map((one) => one.protocol),
          scripts: [...document.scripts].length,
          handlers: [...document.querySelectorAll("*")].filter((one) =>
            one.getAttributeNames().some((name) => name.startsWith("on"))).length,
          foreign: document.querySelectorAll(
            "img, iframe, object, embed, base, link[rel=stylesheet], form[action^=http]").length,
        })"""
    )
    assert set(found["links"]) <= {"http:", "https:"}
    assert found["scripts"] == 2
    assert found["handlers"] == 0
    assert found["foreign"] == 0


def test_every_hostile_name_opens_a_panel_like_any_other(visits: Visits, stack: Stack) -> None:
    with visits() as visitor:
        for name in ("html", "rtl", "control", "template", "formula", "quotes", "rocket"):
            visitor.look_at(f"{name}@example.com")
            visitor.has("Open Lead")
            _expect_harmless(visitor.frame)


def test_the_panel_listens_to_no_other_window(visitor: Visitor) -> None:
    panel = visitor.look_at(CLARA)
    expect(panel.locator(".value")).to_be_visible()
    before = visitor.frame.content()
    _shout_at(visitor.page)
    visitor.page.wait_for_timeout(500)
    assert visitor.frame.content() == before


def _shout_at(page: Page) -> None:
    page.evaluate(
        """() => {
          const shouts = ["refresh", {type: "refresh"}, {action: "open", url: "https://x.example"},
            JSON.stringify({event: "htmx:trigger", html: "<b>forged</b>"}), null, [1], 7];
          for (const frame of document.querySelectorAll("iframe"))
            for (const shout of shouts) frame.contentWindow.postMessage(shout, "*");
        }"""
    )
