"""A week of a busy space in minutes, and whether every promise held: `./run bench soak`.

Daily runs, Refresh, people who edit, delete and merge records, and faults on a schedule by seed:
workers killed and frozen, Act-On away, answers lost, a log-in refused, the quota gone, and the
night that loses an hour. Time is moved, not waited for. It ends with the invariants of "never a
duplicate, never a lost lead" checked against a plain model, and with how old shown scores were;
the rival is the same week served by the daily run alone. 1 where a promise was broken, or where a
promise broken on purpose was not noticed.
"""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from bench.scaling.figures import as_table
from bench.soaking.charts import write_week
from bench.soaking.report import make_charts, make_figures

WAYS = ("daily", "refresh", "webhooks")
MOST_SHOWN = 20


@click.command(help=__doc__, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--people", default=400, show_default=True, help="In Act-On, at the beginning.")
@click.option("--lists", default=6, show_default=True, help="Lists they are in.")
@click.option("--days", default=7, show_default=True, help="How long it lasts.")
@click.option("--seed", default=1, show_default=True, help="The same seed plays the same week.")
@click.option("--way", "ways", multiple=True, type=click.Choice(WAYS), help="Only these ways.")
@click.option("--faults/--no-faults", default=True, show_default=True)
@click.option("--postgres", default="", help="A server for our database, which then goes away too.")
@click.option("--results", type=click.Path(path_type=Path), help="Write what was seen, as JSON.")
@click.option("--plots", type=click.Path(path_type=Path), help="Draw the plots into this folder.")
def main(ways: Sequence[str], results: Path | None, plots: Path | None, **told: Any) -> None:
    """Play, check, print."""
    plays = play_all(ways or WAYS, told)
    if results:
        results.write_text(json.dumps(plays), encoding="utf-8")
    if plots:
        for name, chart in make_charts(plays):
            path = plots / f"{name}.svg"
            path.write_text(write_week(chart), encoding="utf-8")
            print(f"Drew {path}.")
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"\nMachine: {machine}, load {os.getloadavg()[0]:.1f}\nSize: {told}")
    for one in plays:
        print(
            f"{one['way']}: {one['seconds']:.0f} s, {one['cpu_seconds']:.0f} s of CPU, "
            f"peak {one['peak_mb']:.0f} MB"
        )
    if any(one["way"] == "daily" for one in plays):
        print(f"\n{as_table(make_figures(plays))}\n")
    sys.exit(tell_violations(plays))


def play_all(ways: Sequence[str], told: dict[str, Any]) -> list[dict[str, Any]]:
    """Each way in a process of its own, all at once: each moves the clock of its whole process."""
    plays = [
        subprocess.Popen(
            [sys.executable, "-m", "bench.soaking.week", json.dumps({"way": way, **told})],
            stdout=subprocess.PIPE,
            text=True,
        )
        for way in ways
    ]
    said = [one.communicate()[0] for one in plays]
    if any(one.returncode for one in plays):
        raise click.ClickException("A play of the week broke off; what it said stands above.")
    return [json.loads(one) for one in said]


def tell_violations(plays: Sequence[dict[str, Any]]) -> int:
    """Print every promise that was broken, and what checks are blind to; the exit code."""
    lines = []
    for one in plays:
        broken = [f"BROKEN ({one['way']}): {line}" for line in one["violations"]]
        lines += broken[:MOST_SHOWN]
        if len(broken) > MOST_SHOWN:
            lines.append(f"BROKEN ({one['way']}): and {len(broken) - MOST_SHOWN} more")
        lines += [f"NOT NOTICED ({one['way']}): {name}" for name in one["blind_spots"]]
    print("\n".join(lines) or "Every promise held, and each one broken on purpose was noticed.")
    return 1 if lines else 0


if __name__ == "__main__":
    main()
