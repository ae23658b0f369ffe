"""Commands about runs: look ahead, do one, look back, try again."""

import json
import threading
from typing import Final

import click

from sync.cli.progress import Report, progress_on_stderr
from sync.cli.shell import FAILED, FELL_SHORT, INTERRUPTED, with_application
from sync.cli.text import outcome_line, plain, preview_summary, run_line, run_summary
from sync.factory import Application
from sync.model import Progress, Result, Run, RunStatus, run_json
from sync.preview import preview_json
from sync.service import StartedRun
from sync.signals import stop_on_signals
from sync.store.staging import as_json as outcome_json
from sync.words import REASONS

LOOK_AGAIN_SECONDS: Final = 1.0
EXIT_CODES: Final = {
    RunStatus.SUCCEEDED: 0,
    RunStatus.PARTIAL: FELL_SHORT,
    RunStatus.PAUSED: FELL_SHORT,
}


@click.command()
@click.argument("space_id", metavar="SPACE")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@with_application
def preview(application: Application, space_id: str, as_json: bool) -> None:
    """What a run would do now, with reasons, samples and calls. Writes nothing."""
    found = preview_json(application.service.preview(space_id))
    click.echo(_json(found) if as_json else "\n".join(preview_summary(found)))


@click.command()
@click.argument("space_id", metavar="SPACE")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@with_application
def run(application: Application, space_id: str, as_json: bool) -> None:
    """Sync a space now and wait for the end.

    Continues a run that is paused or interrupted. Exits 0 when the run succeeded, 2 when it is
    partial or paused, 1 when it failed.
    """
    _see_through(application, application.service.start(space_id, ring=False), as_json)


@click.command()
@click.argument("run_id", metavar="RUN", type=int)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@with_application
def retry(application: Application, run_id: int, as_json: bool) -> None:
    """Sync the space of a run again; takes up the rows that failed. Exits as `run`."""
    _see_through(application, application.service.retry(run_id, ring=False), as_json)


@click.command("approve-creates")
@click.argument("run_id", metavar="RUN", type=int)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@with_application
def approve_creates(application: Application, run_id: int, as_json: bool) -> None:
    """Create the Leads that the volume guard held back in a run: sync its space again, once with
    their number, and a tenth more, as the limit. Exits as `run`."""
    _see_through(application, application.service.approve_creates(run_id, ring=False), as_json)


@click.command()
@click.argument("space_id", metavar="SPACE")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1_000))
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@with_application
def runs(application: Application, space_id: str, limit: int, as_json: bool) -> None:
    """The latest runs of a space, newest first."""
    found = application.service.runs(space_id, limit)
    if as_json:
        click.echo(_json([run_json(one) for one in found]))
        return
    for one in found:
        click.echo(run_line(one))
    if not found:
        click.echo(f"{space_id} has had no run yet.", err=True)


@click.command()
@click.argument("run_id", metavar="RUN", type=int)
@click.option("--result", type=click.Choice([one.value for one in Result]), help="Only these.")
@click.option("--reason", type=click.Choice([str(one) for one in REASONS]), help="Only these.")
@click.option("--limit", default=1_000, show_default=True, type=click.IntRange(0), help="0: all.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@with_application
def outcomes(
    application: Application,
    run_id: int,
    result: str | None,
    reason: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """What became of each list row of a run, and why."""
    found = application.service.outcomes(run_id, result=result, reason=reason, limit=limit or None)
    for line in found:
        click.echo(outcome_json(line) if as_json else outcome_line(line))
    if limit and len(found) == limit:
        click.echo(f"Only the first {limit:,} rows; --limit 0 shows all.", err=True)


def _see_through(application: Application, begun: StartedRun, as_json: bool) -> None:
    """Do the run here, or watch who does it, to its end; print it; leave its exit code."""
    run_id = begun.run.run_id
    if not begun.started:
        click.echo(f"Run {run_id} of {plain(begun.run.space_id)} is open already.", err=True)
    with stop_on_signals() as stop, progress_on_stderr() as report:
        ended = _until_it_ends(application, run_id, report, stop)
    click.echo(_json(run_json(ended)) if as_json else "\n".join(run_summary(ended)))
    code = INTERRUPTED if stop.is_set() else EXIT_CODES.get(ended.status, FAILED)
    click.get_current_context().exit(code)


def _until_it_ends(
    application: Application, run_id: int, report: Report, stop: threading.Event
) -> Run:
    while True:
        done = application.runner.work(run_id, report=report, stop=stop)
        now = done or application.service.run(run_id)
        if stop.is_set() or now.status not in (RunStatus.QUEUED, RunStatus.RUNNING):
            return now
        # Somebody else holds the run. Should it die, its lease expires and the run becomes ours.
        report(Progress(step="Another process does this run", done=0, total=None))
        stop.wait(LOOK_AGAIN_SECONDS)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
