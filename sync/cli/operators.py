"""Commands about the accounts of operators."""

import sys

import click

from sync.cli.shell import Commands, with_application
from sync.cli.text import plain
from sync.factory import Application


@click.group(cls=Commands)
def operator() -> None:
    """Operators: the accounts that run the service for all spaces."""


@operator.command()
@click.argument("email", metavar="EMAIL")
@click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input, first line."
)
@with_application
def create(application: Application, email: str, password_stdin: bool) -> None:
    """Let EMAIL sign in as an operator, with the password asked for.

    An account that is there becomes an operator, with the new password.
    """
    made = application.accounts.create_operator(email, _read_password(password_stdin))
    click.echo(f"{plain(made.email)} can sign in as an operator.")


@operator.command(name="list")
@with_application
def list_(application: Application) -> None:
    """All operators and when each signed in last."""
    for one in application.accounts.operators():
        last = f"{one.signed_in_at:%Y-%m-%d %H:%M} UTC" if one.signed_in_at else "never"
        click.echo(f"{plain(one.email):<40}  {one.status.value:<10}  signed in {last}")


@operator.command()
@click.argument("email", metavar="EMAIL")
@with_application
def disable(application: Application, email: str) -> None:
    """Do not let EMAIL sign in any more; all sessions of the account are over."""
    application.accounts.disable(email)
    click.echo(f"{plain(email)} can no longer sign in.")


@operator.command()
@click.argument("email", metavar="EMAIL")
@with_application
def enable(application: Application, email: str) -> None:
    """Let EMAIL sign in again."""
    application.accounts.enable(email)
    click.echo(f"{plain(email)} can sign in again.")


def _read_password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return password
