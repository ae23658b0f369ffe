"""Longer words find room: the pages of spaces and of operators in every language, 280 px wide."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, expect

from sync.languages import LANGUAGES

from .admin_scenes import ANNA, OLGA, Scene, prepare, signed_in
from .stack import SPACE, Stack
from .visitor import sticks_out

NARROW = 280
HEIGHT = 900
FRESH = "space_4"  # its activation is not finished
STEPS = ("settings", "choices", "authentication", "fields", "preview", "finish")


@pytest.fixture(scope="module")
def scene(lasting_stack: Stack) -> Iterator[Scene]:
    """A space with some history, for all tests of this module."""
    lasting_stack.settle()
    made = prepare(lasting_stack)
    with lasting_stack.application.store.write() as desk:
        anna = desk.accounts.find(ANNA)
        assert anna is not None
        desk.accounts.join(anna.account_id, FRESH, now=datetime.now(UTC))
    yield made
    lasting_stack.settle()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("email", [ANNA, OLGA])
def test_no_text_of_a_page_is_wider_than_its_place_in_a_narrow_window(
    browser: Browser, scene: Scene, email: str, language: str
) -> None:
    paths = scene.pages if email == ANNA else scene.operator_pages
    if email == ANNA:
        paths |= {step: f"/admin/{FRESH}/activate/{step}" for step in STEPS}
        paths |= {"hub": "/admin/", "account": "/account"}
    size = {"width": NARROW, "height": HEIGHT}
    with signed_in(browser, scene.stack, email, locale=language, viewport=size) as context:
        page, found = context.new_page(), {}
        for name, path in paths.items():
            page.goto(f"{scene.stack.web_url}{path}")
            assert page.locator("html").get_attribute("lang") == language, name
            found[name] = sticks_out(page)
    assert {name: one for name, one in found.items() if one} == {}


def test_somebody_chooses_a_language_for_their_pages(browser: Browser, scene: Scene) -> None:
    with signed_in(browser, scene.stack, ANNA) as context:
        page = context.new_page()
        page.goto(f"{scene.stack.web_url}/account")
        page.get_by_label("Language of your pages").select_option("fr")
        page.get_by_role("button", name="Use this language").click()
        expect(page.locator("#flash")).to_contain_text("La langue est changée.")
        page.goto(f"{scene.stack.web_url}/admin/{SPACE}/")
        expect(page.get_by_role("heading", level=1)).to_have_text("Aperçu général")
        page.goto(f"{scene.stack.web_url}/account")
        page.get_by_label("Langue de vos pages").select_option("")
        page.get_by_role("button", name="Utiliser cette langue").click()
        expect(page.locator("#flash")).to_contain_text("The language is changed.")
