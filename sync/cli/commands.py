"""The tree of commands (design §5), and those that are about the installation itself."""

from collections.abc import Iterator

import click

from sync.cli.doctor import doctor
from sync.cli.operators import operator
from sync.cli.runs import approve_creates, outcomes, preview, retry, run, runs
from sync.cli.shell import FAILED, Commands, open_in, with_application
from sync.cli.spaces import fields, space
from sync.cli.text import check_line
from sync.errors import IntegrationError
from sync.factory import Application
from sync.keyring import generate_key
from sync.sandbox.cli import sandbox_command
from sync.scrape import serve_metrics
from sync.service import Checked
from sync.settings import load_settings
from sync.worker import run_worker


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done; 1 failed, or a problem that is named on stderr; 2 a run fell short "
    "(partial or paused); 64 wrong usage; 130 interrupted. Settings come from the environment; "
    "the README has the table.",
)
def main() -> None:
    """The Act-On Integration for Pipeliner CRM, from the shell."""


@main.command()
@click.pass_context
def check(context: click.Context) -> None:
    """Look at settings, database, queue and every space, live; say what to mend.

    Exits 1 when any finding is a problem.
    """
    errors = 0
    for number, finding in enumerate(_findings(context), start=1):
        click.echo(check_line(number, finding))
        errors += bool(finding.problem and finding.is_error)
    click.echo(f"{errors} to mend." if errors else "All is well.")
    context.exit(FAILED if errors else 0)


def _findings(context: click.Context) -> Iterator[Checked]:
    try:
        application = open_in(context)
    except IntegrationError as error:
        for problem in error.message.splitlines():
            yield Checked(subject="settings", problem=problem, hint=error.hint)
        return
    yield Checked(subject="settings")
    unwell = False
    for name, problem in application.service.health().items():
        unwell = unwell or bool(problem)
        yield Checked(subject=name, problem=problem)
    if unwell:
        return
    for one in application.service.spaces():
        yield from application.service.check(one.space_id)


@main.group(cls=Commands)
def db() -> None:
    """The database."""


@db.command()
@with_application
def upgrade(application: Application) -> None:
    """Create the tables, or bring them to the shape that this version needs.

    What a newer version made of them is left as it is, so that the version before may come back.
    """
    if application.upgrade_database():
        click.echo("The database is up to date.")
    else:
        click.echo("A newer version of this service has upgraded the database; it stays as it is.")


@main.group(cls=Commands)
def secrets() -> None:
    """Keys and tokens."""


@secrets.command()
def new() -> None:
    """Print a fresh random key, fit for SECRET_KEYS and for SYNC_TOKEN."""
    click.echo(generate_key())


@secrets.command()
@with_application
def rotate(application: Application) -> None:
    """Seal all stored credentials with the first key of SECRET_KEYS, so that another may go."""
    done = application.service.reseal()
    click.echo(f"{done} stored secrets are sealed with the first key.")


@main.command()
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64))
@click.option("--once", is_flag=True, help="End when no run is left to do.")
@click.option(
    "--metrics-port",
    type=click.IntRange(1, 65535),
    help="Serve /metrics here, on a machine that has no web process.",
)
@click.option("--metrics-host", default="127.0.0.1", show_default=True)
@click.pass_context
def worker(
    context: click.Context, workers: int, once: bool, metrics_port: int | None, metrics_host: str
) -> None:
    """Do the runs that wait, until told to stop (SIGTERM, Ctrl-C)."""
    application = open_in(context, quiet=False)
    if metrics_port is not None:
        tokens = load_settings().metrics_tokens
        if not tokens:
            raise click.UsageError("--metrics-port needs METRICS_TOKEN, which is not set.")
        read = application.service.metrics
        server = serve_metrics(read, tokens, host=metrics_host, port=metrics_port)
        context.call_on_close(server.shutdown)
    run_worker(application, threads=workers, once=once)


main.add_command(doctor)
main.add_command(operator)
main.add_command(space)
main.add_command(fields)
main.add_command(preview)
main.add_command(run)
main.add_command(runs)
main.add_command(retry)
main.add_command(approve_creates)
main.add_command(outcomes)
main.add_command(sandbox_command, "sandbox")
