"""What the benchmark of scale reckons: percentiles, ideals, budgets, the table, the charts."""

from xml.etree import ElementTree

import pytest

from bench.scaling.charts import Bar, Bars, Group, Line, Lines, round_ticks
from bench.scaling.figures import (
    Figure,
    as_table,
    divided_seconds,
    extrapolate,
    ideal_seconds,
    in_words,
    percentile,
)
from bench.scaling.plots import write_chart
from bench.scaling.report import make_figures, missed


@pytest.mark.parametrize(
    ("share", "expected"), [(0.5, 3), (0.95, 5), (0.2, 1), (0.21, 2), (0, 1), (1, 5)]
)
def test_a_percentile_is_one_of_the_values(share: float, expected: int) -> None:
    assert percentile([4, 1, 5, 3, 2], share) == expected


def test_nothing_has_no_percentile() -> None:
    with pytest.raises(ValueError, match="no value"):
        percentile([], 0.5)


def test_ideal_time_counts_whole_runs() -> None:
    assert ideal_seconds(24, 12, 2.0) == 4.0
    assert ideal_seconds(25, 12, 2.0) == 6.0


def test_perfect_division_scales_what_one_worker_did() -> None:
    assert divided_seconds(30.0, 1000, by_one=50, workers=4) == 150.0


def test_calls_are_extrapolated_by_what_was_counted() -> None:
    assert extrapolate({"acton": 16, "pipeliner": 3}, 5, 1000) == {"acton": 3200, "pipeliner": 600}


@pytest.mark.parametrize(
    ("ratio", "limits", "met"),
    [
        (1.3, {"most": 1.3}, True),
        (1.31, {"most": 1.3}, False),
        (0.9, {"least": 1.0}, False),
        (1.0, {"least": 1.0, "most": 1.0}, True),
        (1.1, {"least": 1.0, "most": 1.0}, False),
        (9.0, {}, None),
        (None, {"most": 1.0}, None),
    ],
)
def test_a_budget_is_kept_or_missed(
    ratio: float | None, limits: dict[str, float], met: bool | None
) -> None:
    assert Figure(what="it", measured="", ratio=ratio, **limits).is_met is met


def test_a_missed_budget_says_so_in_the_table() -> None:
    figures = [
        Figure(what="slow", measured="2 s", compare="1 s", ratio=2.0, most=1.3),
        Figure(what="told only", measured="5"),
    ]
    assert as_table(figures).splitlines()[2:] == [
        "| slow | 2 s | 1 s | 2.00 | at most 1.30 **missed** |",
        "| told only | 5 |  |  |  |",
    ]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(8.24, "8.2 s"), (600, "10 min"), (12_600, "3.5 h"), (224_640, "2.6 days")],
)
def test_times_are_told_as_people_say_them(seconds: float, words: str) -> None:
    assert in_words(seconds) == words


@pytest.mark.parametrize(
    ("most", "ticks"), [(35, [0, 10, 20, 30, 40]), (0.9, [0, 0.2, 0.4, 0.6, 0.8, 1.0])]
)
def test_scales_go_in_round_steps_beyond_the_largest_value(most: float, ticks: list[float]) -> None:
    assert round_ticks(most) == pytest.approx(ticks)


def some_bars() -> Bars:
    bars = [Bar(label="1 < 2", value=50, text="50"), Bar(label="4", value=80, text="80", mark=100)]
    return Bars(
        title="Speed", subtitle="A minute", mark="ideal", groups=[Group(label="", bars=bars)]
    )


def some_lines() -> Lines:
    lines = [
        Line(label=name, values=values, kind="main")
        for name, values in (("a", [1, 3]), ("b", [1, 3.1]))
    ]
    return Lines(title="Waiting", subtitle="Seconds", lines=lines)


def test_bars_share_a_scale_and_a_text_is_never_under_a_mark() -> None:
    first, second = some_bars().placed()
    assert first.length / second.length == pytest.approx(50 / 80)
    assert second.mark_x > some_bars().left + second.length
    assert second.text_x > second.mark_x or second.text_x + 20 < second.mark_x


def test_labels_of_lines_that_end_together_stand_apart() -> None:
    places = sorted(place for _, place in some_lines().labels())
    assert places[1] - places[0] >= 30


@pytest.mark.parametrize("chart", [some_bars(), some_lines()])
def test_a_chart_is_an_image_that_also_says_what_it_shows(chart: Bars | Lines) -> None:
    root = ElementTree.fromstring(write_chart(chart))  # noqa: S314 - our own
    named = {one.tag.rpartition("}")[2]: one.text for one in root}
    assert (named["title"], named["desc"]) == (chart.title, chart.description)
    assert int(root.attrib["width"]) <= 720


# --- from results to figures ----------------------------------------------------------------------


def fleet(workers: int, seconds: float, *, spaces: int = 100, lost: int = 0) -> dict[str, object]:
    """What a constellation of one queue came to."""
    return {
        "fleet": {
            "queue": "postgresql",
            "spaces": spaces,
            "workers": workers,
            "threads": 2,
            "killed": "",
        },
        "seconds": seconds,
        "statuses": {"succeeded": spaces - lost},
        "is_right": not lost,
        "leads": 3 * spaces,
        "leads_twice": 0,
        "leads_missing": lost,
        "resumed": 0,
        "worker_cpu": 9.0,
        "sandbox_cpu": 3.0,
        "machine_cpu": 20.0,
    }


def missed_by(*fleets: dict[str, object]) -> list[str]:
    """The budgets that these constellations miss."""
    naive = {"acton": 16, "spaces": 1, "seconds": 4.0}
    redis = [{**one, "fleet": {**one["fleet"], "queue": "redis"}} for one in fleets]  # type: ignore[dict-item]
    part = {"alone": 2.0, "cores": 2, "fleets": [*fleets, *redis], "naive": naive}
    return missed(list(make_figures({"spaces": part})))


def test_four_workers_are_measured_against_a_fourth_of_what_one_took() -> None:
    assert missed_by(fleet(1, 40.0, spaces=40), fleet(4, 32.4)) == []
    slow = missed_by(fleet(1, 40.0, spaces=40), fleet(4, 32.6))
    assert slow == [
        "100 spaces, 4 workers, PostgreSQL",
        "100 spaces, 4 workers, PostgreSQL, queue in Redis",
    ]


def test_one_space_that_did_not_succeed_misses_the_budget() -> None:
    (what,) = missed_by(fleet(1, 40.0, spaces=40), fleet(4, 30.0, lost=1))
    assert "exactly one run" in what
