"""Who is hot, and in which order."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.rules.heat import RANGES, begins, heat, is_hot, rise, rising_from

NOW = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
SCORES = st.integers(-500, 500)


def test_ranges_end_now() -> None:
    assert begins(NOW) == {days: NOW - timedelta(days=days) for days in (7, 30, 90)}
    assert tuple(begins(NOW)) == RANGES


@pytest.mark.parametrize(
    ("score", "before", "points"), [(60, 30, 30), (30, 60, -30), (40, 40, 0), (40, None, 0)]
)
def test_the_rise_is_what_was_gained_since(score: int, before: int | None, points: int) -> None:
    assert rise(score, before) == points


def test_who_gained_comes_before_who_has_more_and_stood_still() -> None:
    assert heat(60, 30) > heat(85, 0)


def test_points_lost_take_nothing_away() -> None:
    assert heat(60, -30) == heat(60, 0) == 60


@pytest.mark.parametrize(
    ("threshold", "points"), [(40, 10), (41, 11), (100, 25), (20, 5), (4, 5), (0, 5), (-40, 5)]
)
def test_rising_is_a_quarter_of_the_threshold_and_five_points_at_least(
    threshold: int, points: int
) -> None:
    assert rising_from(threshold) == points


@pytest.mark.parametrize(
    ("score", "risen", "hot"),
    [
        pytest.param(40, 0, True, id="reached"),
        pytest.param(40, -50, True, id="reached-and-fallen"),
        pytest.param(39, 9, False, id="nearly"),
        pytest.param(15, 10, True, id="rising"),
    ],
)
def test_hot_is_who_reached_the_threshold_or_is_rising(score: int, risen: int, hot: bool) -> None:
    assert is_hot(score, risen, 40) is hot


@given(score=SCORES, before=st.none() | SCORES)
def test_heat_is_never_less_than_the_score(score: int, before: int | None) -> None:
    assert heat(score, rise(score, before)) >= score


@given(score=SCORES, more=st.integers(0, 100), risen=SCORES, threshold=SCORES)
def test_nobody_cools_down_by_gaining(score: int, more: int, risen: int, threshold: int) -> None:
    assert heat(score + more, risen + more) >= heat(score, risen)
    if is_hot(score, risen, threshold):
        assert is_hot(score + more, risen + more, threshold)
