"""How every command meets the shell: what it is given, how it fails, which exit code it leaves."""

import functools
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Concatenate, Final, NoReturn, ParamSpec, TypeAlias

import click

from sync.cli.text import plain
from sync.errors import IntegrationError
from sync.factory import Application, open_application

FAILED: Final = 1
FELL_SHORT: Final = 2
USAGE: Final = 64  # EX_USAGE of sysexits.h; click's own 2 would read as "fell short"
INTERRUPTED: Final = 130

Open: TypeAlias = Callable[[], AbstractContextManager[Application]]
P = ParamSpec("P")


class Commands(click.Group):
    """A group of commands whose problems are sentences on stderr, never tracebacks."""

    def main(self, *args: Any, **extra: Any) -> NoReturn:
        extra["standalone_mode"] = False
        try:
            code = super().main(*args, **extra)
        except click.UsageError as error:
            error.show()
            sys.exit(USAGE)
        except click.ClickException as error:
            error.show()
            sys.exit(FAILED)
        except (click.Abort, KeyboardInterrupt):
            click.echo("Stopped.", err=True)
            sys.exit(INTERRUPTED)
        except IntegrationError as error:
            complain(error)
            sys.exit(FAILED)
        sys.exit(code if isinstance(code, int) else 0)


def complain(error: IntegrationError) -> None:
    """Say on stderr what is wrong and what to do about it."""
    for line in str(error.message).splitlines():
        click.echo(f"Problem: {plain(line)}", err=True)
    for line in error.hint.strip().splitlines():
        click.echo(f"What to do: {plain(line)}", err=True)


def open_in(context: click.Context, *, quiet: bool = True) -> Application:
    """The application, closed when the command ends.

    Tests put another way to open one into the context's `obj`.
    """
    open_it: Open = context.obj or functools.partial(open_application, quiet=quiet)
    return context.with_resource(open_it())


def with_application(
    command: Callable[Concatenate[Application, P], None],
) -> Callable[P, None]:
    """The command, given the application as its first argument."""

    @click.pass_context
    @functools.wraps(command)
    def opened(context: click.Context, /, *args: P.args, **kwargs: P.kwargs) -> None:
        command(open_in(context), *args, **kwargs)

    return opened
