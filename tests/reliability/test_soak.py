"""A day of `./run bench soak`: no promise is broken in it, and its checks can fail."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

TOP = Path(__file__).parents[2]


def play(**told: object) -> dict[str, Any]:
    """One play in a process of its own, whose clock it moves."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.soaking.week", json.dumps(told)],
        cwd=TOP,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(TOP)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def day() -> dict[str, Any]:
    return play(way="refresh", days=1, people=60, lists=3)


def test_a_played_day_breaks_no_promise(day: dict[str, Any]) -> None:
    assert day["violations"] == []
    assert [run["status"] for run in day["runs"] if run["daily"]] == ["succeeded"] * 2
    assert day["counts"]["leads_made"] > 5


def test_each_promise_broken_on_purpose_is_noticed(day: dict[str, Any]) -> None:
    assert day["blind_spots"] == []


def test_people_see_scores_and_how_old_they_were_is_known(day: dict[str, Any]) -> None:
    assert any(look["pressed"] for look in day["looks"])
    assert all(look["age"] >= 0 for look in day["looks"])
    assert all(hour["panel_ages"] for hour in day["hours"][3:])


def test_a_day_played_again_with_its_seed_is_the_same_day(day: dict[str, Any]) -> None:
    again = play(way="refresh", days=1, people=60, lists=3)
    assert again["looks"] == day["looks"]
    assert again["crossings"] == day["crossings"]
    assert again["counts"] == day["counts"]
