"""What the soak says of its plays: figures against the rival, and charts over the week."""

from typing import Any
from xml.etree import ElementTree

from bench.soaking.charts import write_week
from bench.soaking.report import in_spread, make_charts, make_figures

HOUR, DAY = 3_600.0, 86_400.0


def play(way: str, *, ages: list[float], violations: list[str] | None = None) -> dict[str, Any]:
    counts = {"leads_made": 2, "contacts_made": 1, "rows": 9, "score_changes": 7}
    counts |= {"workers_killed": 1, "small_faults": 3, "acton_calls": 40}
    return {
        "way": way,
        "violations": violations or [],
        "begin": 0.0,
        "end": 2 * DAY,
        "runs": [{"daily": True, "status": "succeeded"}, {"daily": False, "status": "failed"}],
        "looks": [{"age": age, "untrue_for": max(0.0, age - HOUR)} for age in ages],
        "hours": [
            {"at": number * HOUR, "leads_untrue": [0.0, HOUR], "panel_ages": ages}
            for number in range(1, 48)
        ],
        "crossings": [
            {"at": 0.0, "until": DAY, "lead_at": HOUR},
            {"at": HOUR, "until": 2 * HOUR, "lead_at": None},
            {"at": HOUR, "until": 2 * DAY, "lead_at": None},
        ],
        "spans": [{"name": "Act-On away", "begin": HOUR, "end": 2 * HOUR}],
        "counts": counts | {"most_calls_in_a_second": 5, "most_calls_in_a_day": 40, "budget": 80},
    }


def test_each_way_is_compared_with_the_daily_run_alone() -> None:
    plays = [play("daily", ages=[4 * HOUR] * 4), play("refresh", ages=[HOUR, HOUR, 2 * HOUR, HOUR])]
    figures = {one.what: one for one in make_figures(plays)}
    assert figures["with Refresh: age of the score in an opened panel"].ratio == 1.25 / 4
    untrue = figures["with Refresh: opened panels whose score was no longer true"]
    assert untrue.measured.startswith("25.0%")
    assert untrue.ratio == 0.25
    assert figures["daily run alone: age of the score in an opened panel"].ratio is None


def test_a_broken_promise_misses_its_budget() -> None:
    figures = list(
        make_figures([play("daily", ages=[HOUR], violations=["A Lead is there twice."])])
    )
    assert figures[0].is_met is False
    assert next(make_figures([play("daily", ages=[HOUR])])).is_met is True


def test_whoever_fell_before_the_lead_came_is_counted_and_whoever_still_waits_is_not() -> None:
    figures = {one.what: one for one in make_figures([play("daily", ages=[HOUR])])}
    assert figures["daily run alone: fell below it again before they had one"].measured == (
        "1 of 3 times"
    )
    waited = figures["daily run alone: from reaching the threshold to the Lead"].measured
    assert waited == in_spread([HOUR])


def test_nothing_seen_is_said_as_such() -> None:
    assert in_spread([]) == "none"


def test_charts_are_drawn_with_every_line_and_every_fault() -> None:
    plays = [play("daily", ages=[4 * HOUR]), play("refresh", ages=[HOUR])]
    charts = dict(make_charts(plays))
    assert list(charts) == ["freshness", "truth"]
    for chart in charts.values():
        drawn = write_week(chart)
        ElementTree.fromstring(drawn)  # noqa: S314 - our own
        assert drawn.count("<polyline") == 2
        assert "Act-On away" in drawn
