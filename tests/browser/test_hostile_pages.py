"""What strangers wrote into Act-On, Pipeliner and settings is text on every page: nothing runs,
nothing is loaded from elsewhere."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Request

from .admin_scenes import ANNA, OLGA, Scene, prepare, signed_in
from .stack import Stack

# What a stranger's script would do first. The policy must not even let it be tried.
MARKER = "window.__ran = []; window.alert = (text) => window.__ran.push(String(text));"
LOOK = """() => ({
  ran: window.__ran,
  handlers: [...document.querySelectorAll("*")].filter((one) =>
    one.getAttributeNames().some((name) => /^on/.test(name))).map((one) => one.outerHTML),
  links: [...document.links].map((one) => one.protocol)
    .filter((one) => !["http:", "https:"].includes(one)),
  foreign: [...document.querySelectorAll("iframe, object, embed, base, meta[http-equiv]")]
    .map((one) => one.outerHTML),
  inline: [...document.scripts].filter((one) => !one.src).map((one) => one.outerHTML),
})"""
NOTHING: dict[str, list[str]] = {
    "ran": [],
    "handlers": [],
    "links": [],
    "foreign": [],
    "inline": [],
}


@pytest.fixture(scope="module")
def scene(lasting_stack: Stack) -> Iterator[Scene]:
    """A space with some history of the hostile world."""
    lasting_stack.settle()
    yield prepare(lasting_stack)
    lasting_stack.settle()


@pytest.mark.parametrize("email", [ANNA, OLGA])
def test_no_page_runs_loads_or_shows_what_a_stranger_wrote(
    browser: Browser, scene: Scene, email: str
) -> None:
    pages = scene.pages if email == ANNA else scene.operator_pages
    with signed_in(browser, scene.stack, email) as context:
        context.add_init_script(MARKER)
        page, troubles, asked = context.new_page(), list[str](), list[str]()
        context.on("console", lambda one: troubles.append(one.text))
        context.on("dialog", lambda one: (troubles.append(one.message), one.dismiss()))
        page.on("request", lambda one: asked.append(_origin(one)))
        seen = ""
        for path in pages.values():
            page.goto(f"{scene.stack.web_url}{path}")
            assert page.evaluate(LOOK) == NOTHING, path
            seen += page.content()
        assert troubles == []
        assert set(asked) == {scene.stack.web_url}
        if email == ANNA:
            assert "&lt;b&gt;names&lt;/b&gt;" in seen  # it was there, as text
        else:
            assert "&lt;img src=x onerror=alert(1)&gt;" in seen


def _origin(request: Request) -> str:
    return "/".join(request.url.split("/", 3)[:3])
