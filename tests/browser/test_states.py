"""Every state of the panel has its own words and a next step, and shows no more than it may."""

import pytest

from .scenes import CLARA, SCENES, refuse_log_in
from .stack import SPACE, Stack
from .visitor import Visitor


@pytest.mark.parametrize("name", SCENES)
def test_a_state_says_what_is_so_and_what_to_do(visitor: Visitor, name: str) -> None:
    scene = SCENES[name]
    scene.go(visitor)
    for text in scene.says:
        visitor.has(text)
    shown = visitor.panel.locator("body").inner_text()
    for text in scene.never:
        assert text not in shown
    visitor.expect_troubles(*scene.noise)


def test_who_was_found_is_linked_from_then_on(visitor: Visitor, stack: Stack) -> None:
    SCENES["found"].go(visitor)
    visitor.has("This person is linked to Act-On now.")
    contact = stack.contact("justbelow@example.com")
    assert contact["cf_act_on_score"] == 39
    visitor.open(contact["id"])  # by the key that was written into the Contact
    visitor.has("below your threshold of 40")


def test_credentials_that_were_mended_work_half_an_hour_later(
    visitor: Visitor, stack: Stack
) -> None:
    refuse_log_in(stack)
    visitor.look_at(CLARA)
    assert "does not accept our log-in" in visitor.refresh()
    stack.sandbox.change("change_password", password="sandbox-password")
    stack.let_refusals_be_forgotten()
    stack.pass_time(seconds=10)
    visitor.open(stack.contact(CLARA)["id"])
    assert visitor.refresh() == "Still 94."


def test_a_paused_integration_that_goes_on_is_as_before(visitor: Visitor, stack: Stack) -> None:
    SCENES["paused"].go(visitor)
    stack.application.service.approve(SPACE)
    stack.forget_pages()
    visitor.look_at(CLARA)
    assert visitor.refresh() == "Still 94."


def test_a_sync_writes_new_keys_for_those_that_were_revoked(visitor: Visitor, stack: Stack) -> None:
    stack.application.service.rotate_panel_keys(SPACE)
    stack.sync()
    visitor.look_at(CLARA)
    visitor.has("over your threshold of 40")
