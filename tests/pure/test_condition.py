"""What an operator is told to mend, from numbers alone."""

from dataclasses import replace
from typing import Any

import pytest

from sync.model.condition import Condition
from sync.rules.condition import findings_of

WELL = Condition(
    database="PostgreSQL",
    spaces={"running": 3},
    spaces_due=0,
    open_runs={},
    ended_last_day={"succeeded": 3},
    failures={},
    queue_depth=0,
    oldest_queued_minutes=0,
    minutes_since_cron=4,
    minutes_since_success=70,
    acton_accounts_today=1,
    acton_calls_today=420,
    acton_accounts_nearly_used_up=0,
    clock_skew_seconds=0.1,
    free_mib=None,
)


def test_where_all_is_well_there_is_nothing_to_mend() -> None:
    assert list(findings_of(WELL)) == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"free_mib": 499}, "499 MiB left"),
        ({"spaces_due": 1, "minutes_since_cron": None}, "nobody has ever called POST /sync"),
        ({"spaces_due": 1, "minutes_since_cron": 61}, "61 minutes ago"),
        ({"oldest_queued_minutes": 16}, "A run has waited for 16 minutes"),
        ({"spaces": {"needs_attention": 2}}, "2 spaces need their admins"),
        ({"clock_skew_seconds": -90.0}, "differ by 90 s"),
    ],
)
def test_what_is_not_well_is_said_with_what_to_do(changes: dict[str, Any], problem: str) -> None:
    (finding,) = findings_of(replace(WELL, **changes))
    assert problem in finding.problem
    assert finding.hint


@pytest.mark.parametrize(
    "changes",
    [
        {"free_mib": 500},
        {"spaces_due": 1, "minutes_since_cron": 60},
        {"minutes_since_cron": None},
        {"oldest_queued_minutes": 15},
        {"clock_skew_seconds": 2.0},
    ],
)
def test_what_is_usual_is_nothing_to_mend(changes: dict[str, Any]) -> None:
    assert list(findings_of(replace(WELL, **changes))) == []
