"""Whether it stays quick when there is much of everything: `./run bench scale`.

`spaces`: 1,000 spaces due in the same minute, for 1, 2 and 4 workers, the queue in PostgreSQL and
in Redis, one worker killed. `rows`: a space of 1,000,000 rows, and small ones beside it. `cron`:
the answer of `POST /sync` with 10 to 100,000 spaces. `panel`: the panel beside a sync. Real
processes over real sockets; what ends early, also by Ctrl-C, ends its processes and drops its
databases. The naive way (`bench/_naive.py`) is measured at a fraction and extrapolated by calls.
"""

import json
import os
import platform
import signal
import sys
import time
from pathlib import Path
from typing import Any

import click

from bench.scaling import cron, panel, rows, spaces
from bench.scaling.figures import as_table
from bench.scaling.house import Servers
from bench.scaling.plots import draw_all
from bench.scaling.report import make_figures, missed
from sync.logs import configure_logs

PARTS = ("spaces", "rows", "cron", "panel")


@click.command(help=__doc__, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("parts", nargs=-1, type=click.Choice(PARTS))
@click.option("--spaces", "spaces_", default=1_000, show_default=True, help="Due in one minute.")
@click.option("--threads", default=3, show_default=True, help="Of each worker with many spaces.")
@click.option("--sandboxes", default=2, show_default=True, help="Processes that share the spaces.")
@click.option("--rows", "rows_", default=1_000_000, show_default=True, help="Of the large space.")
@click.option("--small", default=20, show_default=True, help="Small spaces beside it.")
@click.option("--many", default=100_000, show_default=True, help="Spaces that the cron meets.")
@click.option("--rounds", default=3, show_default=True, help="Of load on the panel.")
@click.option("--postgres", default="postgresql://postgres@127.0.0.1:5432", show_default=True)
@click.option("--redis", default="redis://127.0.0.1:6379/5", show_default=True)
@click.option(
    "--results", type=click.Path(path_type=Path), help="Write what was measured, as JSON."
)
@click.option("--plots", type=click.Path(path_type=Path), help="Draw the plots into this folder.")
@click.option(
    "--read",
    type=click.Path(path_type=Path, exists=True),
    help="Measure nothing: print and draw earlier results.",
)
def main(parts: tuple[str, ...], read: Path | None, results: Path | None, **told: Any) -> None:
    """Measure, print, write."""
    if read:
        found = json.loads(read.read_text(encoding="utf-8"))
    else:
        # A benchmark that is told to stop goes the way of Ctrl-C, so that nothing is left behind.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
        configure_logs("text", "error")
        found = measure(parts or PARTS, told)
    figures = list(make_figures(found))
    found["figures"] = [one.as_json() for one in figures]
    if results:
        results.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    machine = ", ".join(f"{name} {one}" for name, one in found["machine"].items())
    print(f"\nMachine: {machine}\nSizes: {found['sizes']}\n\n{as_table(figures)}\n")
    print(f"Budgets missed: {'; '.join(missed(figures)) or 'none'}.")
    if told["plots"]:
        for path in draw_all(found, told["plots"]):
            print(f"Drew {path}.")


def measure(parts: tuple[str, ...], told: dict[str, Any]) -> dict[str, Any]:
    """What the parts came to, as JSON."""
    servers = Servers(postgres=told["postgres"], redis=told["redis"])
    sizes = {
        "spaces": spaces.Size(
            spaces=told["spaces_"], threads=told["threads"], boxes=told["sandboxes"]
        ),
        "rows": rows.Size(rows=told["rows_"], small=told["small"]),
        "cron": cron.Size(many=told["many"], some=min(1_000, told["many"])),
        "panel": panel.Size(rows=min(told["rows_"], panel.Size.rows), rounds=told["rounds"]),
    }
    found: dict[str, Any] = {
        "machine": machine_of(servers),
        "sizes": {name: vars(sizes[name]) for name in PARTS if name in parts},
    }
    modules = {"spaces": spaces, "rows": rows, "cron": cron, "panel": panel}
    for name in PARTS:
        if name in parts:
            say(f"— {name} —")
            began = time.monotonic()
            found[name] = modules[name].measure_part(servers, sizes[name], say)
            say(f"{name}: {time.monotonic() - began:.0f} s in all")
    return found


def machine_of(servers: Servers) -> dict[str, str]:
    """What was measured on."""
    return {
        "": platform.machine(),
        "cores": str(os.cpu_count()),
        "Python": platform.python_version(),
        **servers.versions(),
    }


def say(line: str) -> None:
    """Tell how far it is, beside the result."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
