"""Audit of changes, health in one word, failures by cause."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from sync.model import (
    ActOnAccess,
    Health,
    LastCheck,
    ListChoice,
    PipelinerAccess,
    Problem,
    Run,
    RunStatus,
    ScoreSource,
    Space,
    SpaceSettings,
    SpaceStatus,
    Trigger,
)
from sync.rules.auditing import changes_of_space
from sync.rules.health import by_cause, health_of

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
SPACE = Space(
    space_id="acme",
    name="Acme",
    time_zone="Europe/Berlin",
    status=SpaceStatus.RUNNING,
    pipeliner=PipelinerAccess(service_url="https://x.example", username="u", password="hunter2"),
    acton=ActOnAccess(username="a", password="s3cret"),
    settings=SpaceSettings(threshold=40, sync_time=time(2, 0), owner="anna@example.com"),
)


def run(status: RunStatus, **changes: Any) -> Run:
    facts: dict[str, Any] = {
        "run_id": 1,
        "space_id": "acme",
        "local_date": date(2026, 3, 3),
        "trigger": Trigger.DAILY,
        "status": status,
        "queued_at": NOON,
        "finished_at": NOON,
    }
    return Run(**(facts | changes))


# --- audit ------------------------------------------------------------------------------------


def test_every_setting_that_changed_is_told_with_old_and_new() -> None:
    after = replace(
        SPACE,
        settings=replace(
            SPACE.settings,
            threshold=50,
            sync_time=time(3, 30),
            lists=ListChoice(exclude=("Spring",)),
            score_source=ScoreSource.FACTS,
            column_map={"*": {"company": "Firma"}},
        ),
    )
    told = {one.field: (one.old, one.new) for one in changes_of_space(SPACE, after)}
    assert told == {
        "settings.threshold": ("40", "50"),
        "settings.sync_time": ("02:00", "03:30"),
        "settings.lists": ("all", "all, without Spring"),
        "settings.score_source": ("–", "facts"),
        "settings.column_map": ("–", "*: company: Firma"),
    }


def test_of_a_secret_only_that_it_changed_is_told() -> None:
    after = replace(
        SPACE,
        pipeliner=replace(SPACE.pipeliner, password="correct horse"),
        acton=replace(SPACE.acton, password=None),
    )
    changes = changes_of_space(SPACE, after)
    assert [(one.field, one.old, one.new) for one in changes] == [
        ("pipeliner.password", "set", "changed"),
        ("acton.password", "set", "–"),
    ]


def test_a_new_space_is_told_without_its_secrets() -> None:
    told = str(changes_of_space(None, SPACE))
    assert "https://x.example" in told
    assert "hunter2" not in told
    assert "s3cret" not in told


def test_nothing_changed_is_nothing_told() -> None:
    assert changes_of_space(SPACE, SPACE) == ()


# --- health -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "last", "health"),
    [
        (SpaceStatus.RUNNING, None, Health.NEW),
        (SpaceStatus.RUNNING, run(RunStatus.SUCCEEDED), Health.WELL),
        (SpaceStatus.RUNNING, run(RunStatus.RUNNING), Health.WORKING),
        (SpaceStatus.RUNNING, run(RunStatus.PARTIAL), Health.FELL_SHORT),
        (SpaceStatus.RUNNING, run(RunStatus.FAILED), Health.BROKEN),
        (SpaceStatus.PAUSED, run(RunStatus.FAILED), Health.IDLE),
        (SpaceStatus.NEEDS_ATTENTION, run(RunStatus.SUCCEEDED), Health.BROKEN),
    ],
)
def test_a_space_is_as_it_stands_and_as_its_last_run_ended(
    status: SpaceStatus, last: Run | None, health: Health
) -> None:
    assert health_of(status, last, LastCheck()) is health


def test_a_look_that_failed_after_the_last_run_counts_and_one_before_does_not() -> None:
    problem = Problem(kind="credentials", message="No.")
    after = LastCheck(at=NOON + timedelta(hours=1), problem=problem)
    before = LastCheck(at=NOON - timedelta(hours=1), problem=problem)
    last = run(RunStatus.SUCCEEDED)
    assert health_of(SpaceStatus.RUNNING, last, after) is Health.BROKEN
    assert health_of(SpaceStatus.RUNNING, last, before) is Health.WELL
    assert health_of(SpaceStatus.RUNNING, None, after) is Health.BROKEN


def test_failures_are_grouped_by_their_cause_most_runs_first() -> None:
    owner, quota = Problem(kind="owner", message="No owner."), Problem(kind="quota", message="Used")
    failed = [
        run(RunStatus.FAILED, problem=quota, space_id="a"),
        run(RunStatus.FAILED, problem=owner, space_id="b"),
        run(RunStatus.PARTIAL, problem=owner, space_id="b", finished_at=NOON + timedelta(days=1)),
        run(RunStatus.FAILED, problem=None, space_id="c"),
    ]
    lines = by_cause(failed)
    assert [(line.kind, line.runs, line.spaces) for line in lines] == [
        ("owner", 2, 1),
        ("quota", 1, 1),
        ("unknown", 1, 1),
    ]
    assert lines[0].latest == NOON + timedelta(days=1)
