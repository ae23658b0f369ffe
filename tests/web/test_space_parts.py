"""The small parts that pages of spaces are made of: bars, words, times."""

import re
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from app.admin import words
from app.bars import LEAST, WIDTH, bar
from app.filters import Viewer, for_pages
from sync.model import Event, Health, Result, RunStatus, SpaceSettings, SpaceStatus
from sync.rules.auditing import _PLAIN, _SECRET

NOW = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


def widths_of(drawing: str) -> list[int]:
    return [int(one) for one in re.findall(r'<rect [^>]* width="(\d+)"', drawing)]


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=5), st.integers(0, 10**7))
def test_a_bar_never_outgrows_its_frame_and_shows_all_that_is_there(
    numbers: list[int], of: int
) -> None:
    widths = widths_of(bar([(f"piece{at}", number) for at, number in enumerate(numbers)], of))
    assert len(widths) == sum(1 for number in numbers if number)
    assert sum(widths) <= WIDTH
    assert all(width >= LEAST for width in widths)


def test_a_bar_is_drawn_to_the_whole() -> None:
    assert widths_of(bar([("created", 1), ("failed", 1)], 4)) == [250, 250]
    assert widths_of(bar([], 4)) == widths_of(bar([("created", 0)])) == []


def test_a_bar_has_no_style_and_no_foreign_text() -> None:
    drawing = bar([('"><script>', 1)])
    assert "<script>" not in drawing
    assert "style" not in drawing


@pytest.mark.parametrize(
    ("table", "kinds"),
    [
        (words.EVENTS, Event),
        (words.HEALTH, Health),
        (words.RUNS, RunStatus),
        (words.SPACES, SpaceStatus),
        (words.RESULTS, Result),
    ],
)
def test_everything_has_its_words(table: dict, kinds: type) -> None:
    assert set(table) == set(kinds)


def test_every_field_of_the_trail_has_its_words() -> None:
    told = {*_PLAIN, *_SECRET, *(f"settings.{one.name}" for one in fields(SpaceSettings))}
    assert told <= set(words.FIELDS)
    assert words.field("something else") == "something else"
    assert words.state("needs_attention") == "Needs attention"
    assert words.state("–") == "–"


def test_hints_for_the_shell_are_not_for_pages() -> None:
    assert for_pages("See: python -m sync outcomes 3") == ""
    assert for_pages("Choose another.") == "Choose another."


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 secs"), (4, "4 secs"), (90, "90 secs"), (7300, "2 hrs"), (-5, "0 secs")],
)
def test_how_long_something_took(seconds: int, words: str) -> None:
    viewer = Viewer(zone=ZoneInfo("UTC"), locale=Locale.parse("en_GB"), now=NOW)
    assert viewer.lasted(NOW, NOW + timedelta(seconds=seconds)) == words
