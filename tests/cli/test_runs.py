"""Commands about runs: what they print where, and which exit code scripts get."""

import json
import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import Result

from sync.cli import runs as runs_module
from sync.model import Counts, Problem, Progress, RunStatus, ScoreSource, run_json
from sync.store.staging import OutcomeLine

from .conftest import FakeApplication, FakeService, make_run

Shell = Callable[..., Result]


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (RunStatus.SUCCEEDED, 0),
        (RunStatus.PARTIAL, 2),
        (RunStatus.PAUSED, 2),
        (RunStatus.FAILED, 1),
        (RunStatus.CANCELLED, 1),
    ],
)
def test_the_exit_code_tells_how_the_run_ended(
    shell: Shell,
    application: FakeApplication,
    service: FakeService,
    status: RunStatus,
    code: int,
) -> None:
    application.runner.ends = [make_run(status=status)]
    assert shell("run", "acme_sales").exit_code == code


def test_a_run_is_done_in_this_process_without_ringing_for_a_worker(
    shell: Shell, application: FakeApplication, service: FakeService
) -> None:
    application.runner.ends = [make_run(status=RunStatus.SUCCEEDED)]
    shell("run", "acme_sales")
    assert service.asked == [("start", "acme_sales", False)]
    assert application.runner.worked == [7]
    assert application.closed


def test_the_summary_says_every_count_and_reason_in_words(
    shell: Shell, application: FakeApplication, service: FakeService
) -> None:
    counts = Counts(
        lists=2,
        rows=1_234,
        people=900,
        at_threshold=34,
        created=30,
        leads_created=30,
        skipped={"no_address": 4, "below_threshold": 1_198},
        failed={"refused_by_pipeliner": 2},
    )
    run = make_run(
        status=RunStatus.PARTIAL,
        counts=counts,
        threshold=40,
        score_source=ScoreSource.ALL_CONTACTS,
        problem=Problem(kind="list", message="One list is gone.", hint="Exclude it."),
    )
    application.runner.ends = [run]
    said = shell("run", "acme_sales").stdout
    for part in (
        "Run 7 of acme_sales finished, but fell short in part.",
        "threshold 40, scores from All Contacts.",
        "1,234  in 2 lists, 900 people",
        "1,198  The score is below the threshold.",
        "4  The row has no usable e-mail address.",
        "2  Pipeliner refused the record.",
        "Problem: One list is gone.",
        "What to do: Exclude it.",
        "python -m sync outcomes 7 --result failed",
        "python -m sync retry 7",
    ):
        assert part in said
    assert said.index("below_threshold") < said.index("no_address")


def test_json_on_stdout_is_the_run_and_nothing_else(
    shell: Shell, application: FakeApplication, service: FakeService
) -> None:
    run = make_run(status=RunStatus.SUCCEEDED)
    application.runner.ends = [run]
    application.runner.steps = [Progress(step="Reading lists", done=0, total=2)]
    result = shell("run", "acme_sales", "--json")
    assert json.loads(result.stdout) == run_json(run)


def test_without_a_terminal_each_step_is_one_line_on_stderr(
    shell: Shell, application: FakeApplication, service: FakeService
) -> None:
    application.runner.ends = [make_run(status=RunStatus.SUCCEEDED)]
    application.runner.steps = [
        Progress(step="Reading lists", done=done, total=3) for done in range(3)
    ] + [Progress(step="Writing", done=0, total=None)]
    assert shell("run", "acme_sales").stderr == "Reading lists …\nWriting …\n"


def test_a_run_that_somebody_else_does_is_watched_to_its_end(
    shell: Shell,
    application: FakeApplication,
    service: FakeService,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runs_module, "LOOK_AGAIN_SECONDS", 0)
    service.open_run = make_run(status=RunStatus.RUNNING)
    states = [RunStatus.RUNNING, RunStatus.RUNNING, RunStatus.SUCCEEDED]
    application.runner.ends = [None, None, None]
    application.runner.on_work = lambda: service.known_runs.update(
        {7: make_run(status=states.pop(0))}
    )
    result = shell("run", "acme_sales")
    assert result.exit_code == 0
    assert "Run 7 of acme_sales is open already." in result.stderr
    assert "Another process does this run …" in result.stderr
    assert "succeeded" in result.stdout


def test_a_paused_run_says_when_it_continues(
    shell: Shell, application: FakeApplication, service: FakeService
) -> None:
    at = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
    application.runner.ends = [make_run(status=RunStatus.PAUSED, resume_at=at)]
    result = shell("run", "acme_sales")
    assert result.exit_code == 2
    assert "Continues at 2026-11-24 00:00 UTC." in result.stdout


def test_ctrl_c_stops_at_a_safe_point_and_leaves_the_run_to_be_continued(
    shell: Shell, application: FakeApplication, service: FakeService
) -> None:
    application.runner.on_work = lambda: os.kill(os.getpid(), signal.SIGINT)
    application.runner.ends = [make_run(status=RunStatus.QUEUED)]
    result = shell("run", "acme_sales")
    assert result.exit_code == 130
    assert "waits for a worker" in result.stdout


def test_retry_runs_the_space_of_that_run(
    shell: Shell, application: FakeApplication, service: FakeService
) -> None:
    service.known_runs[3] = make_run(3)
    application.runner.ends = [make_run(status=RunStatus.SUCCEEDED)]
    assert shell("retry", "3").exit_code == 0
    assert service.asked == [("start", "acme_sales", False)]


def test_what_waits_for_approval_is_named_with_how_to_see_and_approve_it(
    shell: Shell, application: FakeApplication, service: FakeService
) -> None:
    counts = Counts(rows=60, skipped={"waiting_for_approval": 60})
    application.runner.ends = [make_run(status=RunStatus.PARTIAL, counts=counts)]
    said = shell("run", "acme_sales").stdout
    assert "python -m sync outcomes 7 --reason waiting_for_approval" in said
    assert "python -m sync approve-creates 7" in said


def test_approving_runs_the_space_of_that_run(
    shell: Shell, application: FakeApplication, service: FakeService
) -> None:
    service.known_runs[3] = make_run(3)
    application.runner.ends = [make_run(status=RunStatus.SUCCEEDED)]
    assert shell("approve-creates", "3").exit_code == 0
    assert service.asked == [("approve", 3, False), ("start", "acme_sales", False)]


def test_a_space_nobody_knows_is_a_sentence_and_what_to_do(shell: Shell) -> None:
    result = shell("run", "nobody")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        "Problem: There is no space nobody.",
        "What to do: See: python -m sync space list",
    ]


def test_history_is_one_line_a_run(shell: Shell, service: FakeService) -> None:
    service.known_runs = {
        8: make_run(8, status=RunStatus.FAILED, problem=Problem(kind="x", message="No owner.")),
        7: make_run(7, status=RunStatus.SUCCEEDED, counts=Counts(rows=1_000, created=12)),
    }
    lines = shell("runs", "acme_sales").stdout.splitlines()
    assert len(lines) == 2
    assert "failed" in lines[0]
    assert "No owner." in lines[0]
    assert "1,000 rows" in lines[1]


def test_history_as_json_is_a_list_of_runs(shell: Shell, service: FakeService) -> None:
    service.known_runs = {7: make_run(7)}
    assert json.loads(shell("runs", "acme_sales", "--json").stdout) == [run_json(make_run(7))]


def make_line(**changes: Any) -> OutcomeLine:
    facts: dict[str, Any] = {
        "list_name": "Newsletter",
        "position": 0,
        "address": "anna@example.com",
        "score": 12,
        "result": "skipped",
        "reason": "below_threshold",
        "detail": None,
        "lead_id": None,
        "contact_id": None,
    }
    return OutcomeLine(**(facts | changes))


def test_outcomes_tell_each_row_in_words(shell: Shell, service: FakeService) -> None:
    service.known_runs[7] = make_run()
    service.lines = [
        make_line(),
        make_line(position=1, address=None, score=None, reason="no_address"),
        make_line(position=2, result="failed", reason="refused_by_pipeliner", detail="Too long."),
    ]
    lines = shell("outcomes", "7").stdout.splitlines()
    assert "Newsletter #1" in lines[0]
    assert "The score is below the threshold." in lines[0]
    assert "(no address)" in lines[1]
    assert lines[2].endswith("Pipeliner refused the record. Too long.")


def test_outcomes_as_json_are_one_object_a_line(shell: Shell, service: FakeService) -> None:
    service.known_runs[7] = make_run()
    service.lines = [make_line(), make_line(position=1)]
    told = [json.loads(line) for line in shell("outcomes", "7", "--json").stdout.splitlines()]
    assert [one["position"] for one in told] == [0, 1]
    assert told[0]["reason"] == "below_threshold"


def test_outcomes_may_be_narrowed_and_say_when_they_are_cut(
    shell: Shell, service: FakeService
) -> None:
    service.known_runs[7] = make_run()
    service.lines = [make_line(), make_line(position=1)]
    result = shell("outcomes", "7", "--reason", "below_threshold", "--limit", "1")
    assert service.asked == [("outcomes", None, "below_threshold", 1)]
    assert "Only the first 1 rows" in result.stderr


def test_untrusted_text_cannot_steer_the_terminal(shell: Shell, service: FakeService) -> None:
    service.known_runs[7] = make_run()
    service.lines = [make_line(list_name="\x1b[31mred\u202e", address="a\nb@example.com")]
    said = shell("outcomes", "7").stdout
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert len(said.splitlines()) == 1


PREVIEW = {
    "space": "acme_sales",
    "threshold": 40,
    "score_source": "all_contacts",
    "lists": 2,
    "rows": 100,
    "people": 90,
    "at_threshold": 12,
    "would": {
        "created": 10,
        "updated": 1,
        "unchanged": 1,
        "leads_created": 10,
        "contacts_created": 8,
        "contacts_linked": 2,
        "scores_updated": 1,
        "skipped": {"below_threshold": 88},
    },
    "just_below": 5,
    "histogram": [[0, 9, 60]],
    "samples": [
        {
            "list": "Newsletter",
            "name": "Anna Berg",
            "email": "anna@example.com",
            "score": 44,
            "result": "created",
            "reason": None,
        }
    ],
    "calls": {"acton": 4, "pipeliner": 3},
    "estimate": {"acton": 4, "pipeliner": 6},
}


def test_a_preview_says_what_would_happen(shell: Shell, service: FakeService, told: None) -> None:
    service.previewed = PREVIEW
    said = shell("preview", "acme_sales").stdout
    assert "nothing was written" in said
    assert "88  The score is below the threshold." in said
    assert "Anna Berg" in said
    assert "A Lead was created." not in said


def test_a_preview_as_json_is_the_promised_shape(
    shell: Shell, service: FakeService, told: None
) -> None:
    service.previewed = PREVIEW
    assert json.loads(shell("preview", "acme_sales", "--json").stdout) == PREVIEW


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fake service previews in JSON already."""
    monkeypatch.setattr(runs_module, "preview_json", lambda preview: preview)
