"""docs/sandbox.md tells all that there is."""

from pathlib import Path

import pytest

from sync.sandbox.cli import sandbox_command
from sync.sandbox.faults import KINDS
from sync.sandbox.hostile import PANEL_PEOPLE
from sync.sandbox.stories import STORIES
from sync.sandbox.switches import SWITCHES
from sync.sandbox.world import VERBS

TEXT = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [*SWITCHES, *KINDS, *VERBS])
def test_every_switch_fault_and_verb_is_documented(name: str) -> None:
    assert f"`{name}`" in TEXT


@pytest.mark.parametrize("option", [option.opts[0] for option in sandbox_command.params])
def test_every_option_is_documented(option: str) -> None:
    assert option in TEXT


@pytest.mark.parametrize("name", [*filter(None, STORIES), *(one.email for one in PANEL_PEOPLE)])
def test_every_story_and_person_of_the_panel_is_documented(name: str) -> None:
    assert f"`{name}`" in TEXT
