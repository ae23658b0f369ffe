"""How long the cron waits for `POST /sync`, with few spaces and with very many; and that several
who call at once start nothing twice."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import requests
from sqlalchemy import insert

from bench.scaling.figures import percentile
from bench.scaling.house import House, Servers, house
from bench.scaling.processes import web
from sync.clock import utcnow
from sync.model import (
    ActOnAccess,
    PipelinerAccess,
    Space,
    SpaceSettings,
    SpaceStatus,
)
from sync.store.tables import spaces

BATCH = 5_000
WARM_UP = 5
CRONS = 8
MIDNIGHT = datetime.min.time()


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much is measured."""

    few: int = 10
    some: int = 1_000
    many: int = 100_000
    calls: int = 100
    starting_calls: int = 40


def measure_part(servers: Servers, size: Size, say: Callable[[str], None]) -> dict[str, Any]:
    """The whole part, as JSON: answer times in milliseconds by number of spaces."""
    answers = []
    for number in (size.few, size.some, size.many):
        measured = measure(servers, number, size)
        say(
            f"{number:,} spaces: nothing due p95 {measured['quiet']['p95_ms']:.1f} ms, "
            f"all due p95 {measured['due']['p95_ms']:.1f} ms"
        )
        answers.append(measured)
    at_once = measure_at_once(servers, size.some)
    say(f"{CRONS} crons at once: {at_once['started']} started of {size.some}, no two the same")
    return {"answers": answers, "at_once": at_once}


def measure(servers: Servers, number: int, size: Size) -> dict[str, Any]:
    """Answer times with so many spaces, none of them due and then all of them."""
    with house(servers, "postgresql") as home, web(home.folder, home.environment) as port:
        due = utcnow() - timedelta(minutes=1)
        fill(home, number, due + timedelta(days=1))
        quiet = [_call(home, port)[0] for _ in range(WARM_UP + size.calls)]
        make_all_due(home, due)
        busy, started = [], []
        for _ in range(WARM_UP + size.starting_calls):
            took, runs = _call(home, port)
            busy.append(took)
            started.append(sum(one["started"] for one in runs))
            _take_back(home, due)
    return {
        "spaces": number,
        "quiet": _summary(quiet),
        "due": _summary(busy) | {"started": max(started)},
    }


def measure_at_once(servers: Servers, number: int) -> dict[str, Any]:
    """Several crons call again and again until nothing is left to be started."""
    with house(servers, "postgresql") as home, web(home.folder, home.environment) as port:
        fill(home, number, utcnow() - timedelta(minutes=1))
        rounds = number // 100 + 2  # of one caller alone
        with ThreadPoolExecutor(CRONS) as pool:
            asked = [pool.submit(_call, home, port) for _ in range(CRONS * rounds)]
            answers = [one.result()[1] for one in asked]
        started = Counter(run["space"] for runs in answers for run in runs if run["started"])
        ((runs, of_spaces),) = home.ask("SELECT count(*), count(DISTINCT space_id) FROM runs")
    return {
        "crons": CRONS,
        "calls": len(asked),
        "spaces": number,
        "runs": runs,
        "of_spaces": of_spaces,
        "started": len(started),
        "told_twice": sum(times > 1 for times in started.values()),
    }


def fill(home: House, number: int, due: datetime) -> None:
    """So many spaces that run, all due at that moment, sealed as the product seals them."""
    now = utcnow()
    one = Space(
        space_id="",
        name="Bench",
        time_zone="UTC",
        status=SpaceStatus.RUNNING,
        pipeliner=PipelinerAccess(
            service_url="https://eu-central.api.pipelinersales.com", username="u", password="p"
        ),
        acton=ActOnAccess(account_id="1", username="u@example.com", password="p"),
        settings=SpaceSettings(threshold=40, sync_time=MIDNIGHT, owner="anna@example.com"),
        next_due_at=due,
    )
    stamps = {"created_at": now, "updated_at": now, "saved_at": now}
    with home.application() as application:
        for first in range(0, number, BATCH):
            with application.store.write() as desk:
                rows = [
                    {**desk.spaces._to_row(replace(one, space_id=f"space_{index:06d}")), **stamps}
                    for index in range(first, min(first + BATCH, number))
                ]
                desk.connection.execute(insert(spaces), rows)
    home.tell("VACUUM ANALYZE spaces")  # as the server does by itself within a minute


def make_all_due(home: House, due: datetime) -> None:
    """Every space is due since the same moment."""
    home.tell("UPDATE spaces SET next_due_at = %s", due)
    home.tell("VACUUM ANALYZE spaces")


def _take_back(home: House, due: datetime) -> None:
    """What the last call started is due again, so that all calls find the same."""
    home.tell(
        "WITH gone AS (DELETE FROM runs RETURNING space_id)"
        " UPDATE spaces SET next_due_at = %s WHERE space_id IN (SELECT space_id FROM gone)",
        due,
    )


def _call(home: House, port: int) -> tuple[float, list[dict[str, Any]]]:
    """(seconds until the answer was there, its runs) of one call of a cron."""
    token = home.settings["SYNC_TOKEN"]
    began = time.perf_counter()
    answer = requests.post(
        f"http://127.0.0.1:{port}/sync", headers={"Authorization": f"Bearer {token}"}, timeout=60
    )
    took = time.perf_counter() - began
    assert answer.status_code == 202, answer.text
    runs: list[dict[str, Any]] = answer.json()["runs"]
    return took, runs


def _summary(seconds: Sequence[float]) -> dict[str, float]:
    counted = [one * 1000 for one in seconds[WARM_UP:]]
    return {"p50_ms": percentile(counted, 0.5), "p95_ms": percentile(counted, 0.95)}
