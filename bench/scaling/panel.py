"""The panel while a sync writes to the same database, against the same panel without: server time
of one visitor alone, and requests a second of several."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.panel import in_its_own_process, post, record_key
from bench.scaling.house import House, Servers, SpacePlan
from bench.scaling.processes import web
from bench.scaling.rows import let_fall_due, suburb
from sync.keyring import Keyring

THREADS = 2
WHAT = ("per_second", "median_ms", "p95_ms")


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much is measured: the rows of the space that is synced, the rounds of each load."""

    rows: int = 150_000
    rounds: int = 3


def measure_part(servers: Servers, size: Size, say: Callable[[str], None]) -> dict[str, Any]:
    """The whole part, as JSON: the middle one of the rounds without and with a sync."""
    with suburb(servers, 1, size.rows, 1) as (home, (big,), (small,)):
        request = home.folder / "request"
        request.write_bytes(_prepare(home, small))
        with web(home.folder, home.environment) as port:
            quiet = [in_its_own_process(port, request) for _ in range(size.rounds)]
            busy = _load_beside_a_sync(home, big, port, request, size.rounds)
    assert busy, f"the sync of {size.rows:,} rows was over before one round was; take more rows"
    measured = {
        "rows": size.rows,
        "quiet": _middle(quiet),
        "busy": _middle(busy),
        "rounds": [len(quiet), len(busy)],
    }
    for name in ("quiet", "busy"):
        one = measured[name]
        say(f"{name}: p95 {one['p95_ms']:.2f} ms, {one['per_second']:.0f} requests/s")
    return measured


def _prepare(home: House, plan: SpacePlan) -> bytes:
    """The request of somebody who opens a panel of the small space, which is synced first."""
    with home.application() as application:
        asked = application.service.start(plan.space_id, ring=False)
        run = application.runner.work(asked.run.run_id)
        assert run is not None
        assert run.status.value == "succeeded", run.problem
    ((person,),) = home.ask("SELECT person FROM people WHERE space_id = %s LIMIT 1", plan.space_id)
    keyring = Keyring.parse(home.settings["SECRET_KEYS"])
    return post(record_key(keyring, plan.space_id, person))


def _load_beside_a_sync(
    home: House, big: SpacePlan, port: int, request: Path, rounds: int
) -> list[dict[str, float]]:
    """The rounds that a sync ran all through."""
    worker = home.worker(THREADS)
    let_fall_due(home, [big])
    while not home.ask("SELECT 1 FROM outcomes LIMIT 1"):
        worker.ensure_alive()
    found = []
    for _ in range(rounds):
        loaded = in_its_own_process(port, request)
        if big.space_id in home.ended():
            break
        found.append(loaded)
    return found


def _middle(rounds: Sequence[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(one[name] for one in rounds) for name in WHAT}
