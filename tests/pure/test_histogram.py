"""The drawing of scores: the handle stands where the score is, and every bar can be seen."""

import re

import pytest

from app.admin.histogram import HEIGHT, LEAST, NARROWEST, WIDTH, Scale, histogram

BARS = [(0, 10, 9000), (30, 40, 4), (40, 50, 100), (90, 100, 1)]


def pieces(drawing: str) -> list[tuple[str, float, float, float]]:
    """(tone, left, width, height) of each rectangle."""
    found = re.findall(
        r'class="(\w+)" x="([\d.]+)" y="[\d.]+" width="([\d.]+)" height="(\d+)"', drawing
    )
    return [(name, float(left), float(wide), float(high)) for name, left, wide, high in found]


def test_the_scale_reaches_from_the_floor_to_the_highest_score_and_the_threshold() -> None:
    assert Scale.of(BARS, 1, 40) == Scale(low=1, high=100)
    assert Scale.of(BARS, 1, 250) == Scale(low=1, high=250)
    assert Scale.of([], 1, 5) == Scale(low=1, high=1 + NARROWEST)


@pytest.mark.parametrize(("score", "place"), [(0, 0), (1, 0), (51, 500), (101, 1000), (999, 1000)])
def test_a_score_has_its_place_and_none_is_outside(score: int, place: float) -> None:
    assert Scale(low=1, high=101).place(score) == place


def test_what_reaches_the_threshold_has_another_tone() -> None:
    scale = Scale(low=0, high=100)
    tones = [one[0] for one in pieces(histogram(BARS, 40, scale))]
    assert tones == ["below", "below", "reached", "reached"]
    assert 'x1="400.0"' in histogram(BARS, 40, scale)


def test_a_bar_that_the_threshold_goes_through_has_both() -> None:
    drawn = pieces(histogram([(40, 50, 7)], 45, Scale(low=0, high=100)))
    assert [one[0] for one in drawn] == ["below", "reached"]
    assert drawn[0][1] + drawn[0][2] == drawn[1][1] == 450


def test_the_fewest_can_be_seen_and_the_most_fit() -> None:
    heights = [one[3] for one in pieces(histogram(BARS, 40, Scale(low=0, high=100)))]
    assert min(heights) >= LEAST
    assert max(heights) <= HEIGHT
    assert heights[1] < heights[2] < heights[0]


def test_nothing_is_drawn_outside() -> None:
    for _, left, wide, _ in pieces(
        histogram([(-20, 10, 3), (90, 120, 4)], 5, Scale(low=0, high=100))
    ):
        assert left >= 0
        assert left + wide <= WIDTH


def test_no_rows_no_bars() -> None:
    assert pieces(histogram([], 40, Scale(low=0, high=100))) == []
