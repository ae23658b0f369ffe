"""How far a run is, on stderr: a bar on a terminal, else one quiet line for each step."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeAlias

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from sync.cli.text import cut, plain
from sync.model import Progress

WIDTH: Final = 60
Report: TypeAlias = Callable[[Progress], None]


@contextmanager
def progress_on_stderr() -> Iterator[Report]:
    """Where a run may report its progress while the block lasts."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _lines()
        return
    columns = (
        TextColumn("{task.description}", markup=False),  # a list's name is not ours to interpret
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=console, transient=True) as bar:
        yield _on(bar)


def _on(bar: Bar) -> Report:
    task = bar.add_task("Starting", total=None)

    def report(progress: Progress) -> None:
        bar.update(
            task,
            description=_shown(progress),
            completed=progress.done,
            total=progress.total,
        )

    return report


def _lines() -> Report:
    last = ""

    def report(progress: Progress) -> None:
        nonlocal last
        if progress.step != last:
            last = progress.step
            click.echo(f"{_shown(progress)} …", err=True)

    return report


def _shown(progress: Progress) -> str:
    return cut(plain(progress.step), WIDTH)
