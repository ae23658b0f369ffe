"""Commands about spaces and their custom fields."""

import json
import sys
from pathlib import Path

import click

from sync.cli.shell import FAILED, Commands, with_application
from sync.cli.text import plain, space_status
from sync.errors import InvalidInput
from sync.factory import Application
from sync.model import Space, SpaceStatus
from sync.model.webhooks import SignatureScheme
from sync.settings import read_secret_variable
from sync.space_file import parse_space_file


@click.group(cls=Commands)
def space() -> None:
    """Spaces: the Pipeliner tenants that are synced."""


@space.command(name="import")
@click.argument("file", type=click.Path(path_type=Path))
@with_application
def import_(application: Application, file: Path) -> None:
    """Create or update the spaces of FILE (JSON; see the README), all or none."""
    spaces = parse_space_file(_read(file), read_secret_variable)
    for one in application.service.import_spaces(spaces):
        done = "created" if one.created else "updated"
        click.echo(f"{one.space.space_id}  {done}  {space_status(one.space.status)}")
        if one.space.status is SpaceStatus.PENDING:
            click.echo(
                f"To let it run: python -m sync space approve {one.space.space_id}", err=True
            )


@space.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@with_application
def list_(application: Application, as_json: bool) -> None:
    """All spaces and when they are due next."""
    spaces = application.service.spaces()
    if as_json:
        click.echo(json.dumps([_space_json(one) for one in spaces], ensure_ascii=False))
        return
    for one in spaces:
        due = f"{one.next_due_at:%Y-%m-%d %H:%M} UTC" if one.next_due_at else "-"
        daily = f"{one.settings.sync_time:%H:%M} {one.time_zone}"
        click.echo(
            f"{one.space_id:<24}  {space_status(one.status):<40}  daily {daily:<26}"
            f"  next {due:<20}  {plain(one.name)}"
        )


@space.command()
@click.argument("space_id", metavar="SPACE")
@with_application
def approve(application: Application, space_id: str) -> None:
    """Let a space be synced daily."""
    approved = application.service.approve(space_id)
    click.echo(f"{space_id} is synced once a day at {approved.settings.sync_time:%H:%M}.")


@space.command()
@click.argument("space_id", metavar="SPACE")
@with_application
def suspend(application: Application, space_id: str) -> None:
    """Stop syncing a space; a run under way still ends."""
    application.service.suspend(space_id)
    click.echo(f"{space_id} is suspended.")


@space.command(name="rotate-panel-keys")
@click.argument("space_id", metavar="SPACE")
@with_application
def rotate_panel_keys(application: Application, space_id: str) -> None:
    """Make every panel key of a space void; the next sync writes new ones."""
    application.service.rotate_panel_keys(space_id)
    click.echo(f"All panel keys of {space_id} are void; the next sync writes new ones.")


@space.command(name="launch-key")
@click.argument("space_id", metavar="SPACE")
@click.option(
    "--public-key",
    "public_key",
    type=click.Path(path_type=Path),
    help="The host's RSA public key (PEM): it then signs with RS256.",
)
@with_application
def launch_key(application: Application, space_id: str, public_key: Path | None) -> None:
    """Let a host of SPACE open panels by signed launches; prints the secret it signs with.

    The key before is void.
    """
    if public_key is not None:
        application.service.set_launch_public_key(space_id, _read(public_key))
        click.echo(f"Launches of {space_id} are proved with that public key (RS256).")
        return
    click.echo(application.service.make_launch_key(space_id))
    click.echo("Keep it secret; it is not shown again. The host signs with HS256.", err=True)


@space.command(name="acton-webhook")
@click.argument("space_id", metavar="SPACE")
@click.option(
    "--scheme",
    type=click.Choice([one.value for one in SignatureScheme]),
    default=SignatureScheme.SVIX.value,
    show_default=True,
    help="How Act-On signs: svix (three headers) or plain (the HMAC of the body in one).",
)
@click.option("--header", default="", help="The header of a plain signature, e.g. X-Signature.")
@click.option("--secret-stdin", is_flag=True, help="Read the signing secret from standard input.")
@with_application
def acton_webhook(
    application: Application, space_id: str, scheme: str, header: str, secret_stdin: bool
) -> None:
    """Take Act-On's webhooks for SPACE, signed with a secret that Act-On shows; prints the address.

    The secret before is void.
    """
    if secret_stdin:
        secret = sys.stdin.readline().strip()
    else:
        secret = click.prompt("Signing secret", hide_input=True)
    address = application.webhooks.set_up(
        space_id, scheme=SignatureScheme(scheme), secret=secret, header=header
    )
    click.echo(address or f"/webhooks/acton/{space_id} (set PUBLIC_URL for the whole address)")


@click.group(cls=Commands)
def fields() -> None:
    """Our custom fields in Pipeliner."""


@fields.command()
@click.argument("space_id", metavar="SPACE")
@with_application
def provision(application: Application, space_id: str) -> None:
    """Create what is missing of our custom fields and the embedded page. Safe to repeat."""
    provisioned = application.service.provision(space_id)
    for purpose, field in sorted(provisioned.fields.items()):
        click.echo(f"{purpose.value:<26}  {plain(field.api_name)}")
    for finding in provisioned.findings:
        grade = "Problem" if finding.is_error else "Note"
        click.echo(f"{grade}: {plain(finding.message)} {plain(finding.hint)}".rstrip(), err=True)
    if any(finding.is_error for finding in provisioned.findings):
        click.get_current_context().exit(FAILED)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise InvalidInput(
            f"The file {str(file)!r} cannot be read as text.",
            hint="Check the path; it must be a readable text file in UTF-8.",
        ) from None


def _space_json(one: Space) -> dict[str, object]:
    return {
        "space_id": one.space_id,
        "name": one.name,
        "status": one.status.value,
        "time_zone": one.time_zone,
        "sync_time": f"{one.settings.sync_time:%H:%M}",
        "next_due_at": one.next_due_at.isoformat() if one.next_due_at else None,
    }
