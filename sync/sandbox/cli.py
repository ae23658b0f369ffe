"""The command `sandbox`."""

from pathlib import Path

import click

from sync.sandbox.options import SandboxOptions
from sync.sandbox.serve import serve

DEFAULTS = SandboxOptions()


@click.command("sandbox")
@click.option("--host", default=DEFAULTS.host, show_default=True, help="This machine only.")
@click.option("--port", default=DEFAULTS.port, show_default=True, help="0 chooses a free one.")
@click.option("--rows", default=DEFAULTS.rows, show_default=True, help="List rows in all.")
@click.option("--lists", default=DEFAULTS.lists, show_default=True, help="Marketing lists.")
@click.option("--people", default=DEFAULTS.people, show_default=True, help="Addresses.")
@click.option("--hits", default=DEFAULTS.hits, show_default=True, help="People scoring 40 or more.")
@click.option(
    "--seed", default=DEFAULTS.seed, show_default=True, help="Another seed, another world."
)
@click.option("--hostile/--friendly", default=True, show_default=True, help="With odd data.")
@click.option(
    "--panel/--no-panel",
    default=DEFAULTS.panel,
    show_default=True,
    help='With the list "Panel examples".',
)
@click.option("--crm-contacts", default=DEFAULTS.crm_contacts, show_default=True)
@click.option("--spaces", default=DEFAULTS.spaces, show_default=True, help="Further spaces.")
@click.option(
    "--own-accounts/--one-account",
    default=DEFAULTS.own_accounts,
    show_default=True,
    help="Each further space with an Act-On account of its own.",
)
@click.option("--limits/--no-limits", default=True, show_default=True, help="Act-On's limits.")
@click.option("--daily-quota", default=DEFAULTS.daily_quota, show_default=True)
@click.option(
    "--state",
    "state_path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keep the world in this file between starts.",
)
def sandbox_command(**values: object) -> None:
    """Serve both APIs on this machine, with a made-up world."""
    try:
        serve(SandboxOptions(**values), lambda line: click.echo(line))  # type: ignore[arg-type]
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    except OSError as error:
        message = f"The sandbox cannot listen there ({error.strerror}). Choose another --port."
        raise click.ClickException(message) from error
