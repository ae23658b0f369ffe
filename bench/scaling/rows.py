"""A space of a million rows: how long it takes against the pace, how much memory the worker needs,
and how long small spaces that are due at the same moment wait for it."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bench import _naive
from bench.scaling.house import House, Servers, SpacePlan, house
from bench.scaling.processes import sandbox
from bench.scaling.spaces import make_plans
from sync.clock import utcnow
from sync.sandbox.options import ACCOUNT_ID, OTHER_SPACE_ID, SPACE_ID, USERNAME

LISTS = 20
ROWS_PER_PERSON = 1.25
HIT_SHARE = 0.02
SMALL_ROWS = 10_000  # what memory is compared with
THREADS = 2
LOOK_SECONDS = 0.5
PATIENCE_SECONDS = 3600.0


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much is measured."""

    rows: int = 1_000_000
    small: int = 20
    crowd_rows: int = 50_000  # of each space that is large where there is one for each thread
    naive: int = 500


def measure_part(servers: Servers, size: Size, say: Callable[[str], None]) -> dict[str, Any]:
    """The whole part, as JSON."""
    base = measure(servers, big=1, rows=min(SMALL_ROWS, size.rows), small=0)
    say(f"{base['rows']:,} rows: peak {base['peak_mb']:.0f} MB")
    alone = measure(servers, big=0, rows=0, small=size.small)
    say(f"{size.small} small spaces alone: all done after {alone['small_done'][-1]:.1f} s")
    crowd = measure(servers, big=THREADS, rows=min(size.crowd_rows, size.rows), small=size.small)
    say(
        f"{size.small} small beside {THREADS} of {crowd['rows']:,} rows: "
        f"first after {crowd['small_done'][0]:.1f} s, all after {crowd['small_done'][-1]:.1f} s"
    )
    large = measure(servers, big=1, rows=size.rows, small=size.small, naive=size.naive)
    say(
        f"{large['rows']:,} rows: {large['seconds']:.1f} s, peak {large['peak_mb']:.0f} MB; "
        f"{size.small} small beside it: all after {large['small_done'][-1]:.1f} s"
    )
    return {"threads": THREADS, "base": base, "alone": alone, "crowd": crowd, "large": large}


def measure(servers: Servers, *, big: int, rows: int, small: int, naive: int = 0) -> dict[str, Any]:
    """One worker of two threads, so many large spaces that fall due a moment before so many small
    ones. Times in seconds since the small ones are due, or the large ones where there are none."""
    with suburb(servers, big, rows, small) as (home, bigs, smalls):
        worker = home.worker(THREADS)
        began = let_fall_due(home, bigs)
        if smalls:
            # The workers take what rang first: let all large ones be under way, the worst case.
            began = let_fall_due(home, smalls)
        _wait(home, len(bigs) + len(smalls))
        ended = home.ended()
        measured: dict[str, Any] = {
            "rows": rows,
            "big": big,
            "small": small,
            "succeeded": sum(status == "succeeded" for status, _ in ended.values()),
            "small_done": sorted(_seconds(began, ended[one.space_id][1]) for one in smalls),
            "peak_mb": worker.peak_mb(),
            "worker_cpu": worker.cpu_seconds(),
            "sandbox_cpu": sum(one.sandbox.process.cpu_seconds() for one in bigs),
        }
        if bigs:
            measured |= _look_at(home, bigs[0])
        if naive:
            users = {OTHER_SPACE_ID: USERNAME}
            url = bigs[0].sandbox.url
            measured["naive"] = _naive.measure(url, users, paced=False, most_rows=naive)
    return measured


def _look_at(home: House, plan: SpacePlan) -> dict[str, Any]:
    """The run of one space, as the database tells it, and its Leads as the CRM shows them."""
    ((started, finished, acton, pipeliner, wanted),) = home.ask(
        "SELECT started_at, finished_at, acton_calls, pipeliner_calls,"
        " (counts->>'at_threshold')::int FROM runs WHERE space_id = %s",
        plan.space_id,
    )
    counts = plan.sandbox.get("")["pipeliner"][plan.space_id]
    return {
        "seconds": _seconds(started, finished),
        "acton_calls": acton,
        "pipeliner_calls": pipeliner,
        "leads_wanted": wanted,
        "leads": counts["Leads"]["live"],
    }


@contextmanager
def suburb(
    servers: Servers, big: int, rows: int, small: int
) -> Iterator[tuple[House, list[SpacePlan], list[SpacePlan]]]:
    """A house with large spaces, a sandbox for each of them, and small ones, all of them in the
    first. The sandboxes have no limits of their own: our pace is what is measured."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, ExitStack() as stack:
        boxes = [
            stack.enter_context(_sandbox(Path(folder), rows, small)) for _ in range(max(1, big))
        ]
        home = stack.enter_context(house(servers, "postgresql", [one.host for one in boxes]))
        # The first sandbox's space has another name than the second's: ours must differ.
        names = (SPACE_ID, OTHER_SPACE_ID)
        bigs = [
            SpacePlan(space_id=name, sandbox=box, account_id=ACCOUNT_ID, username=USERNAME)
            for name, box in zip(names, boxes, strict=False)
        ][:big]
        smalls = make_plans(boxes[:1], small)
        home.make_spaces([*bigs, *smalls])
        yield home, bigs, smalls


def _sandbox(folder: Path, rows: int, small: int) -> Any:
    people = int(rows / ROWS_PER_PERSON)
    sizes = {
        "--rows": rows,
        "--lists": LISTS if rows else 0,
        "--people": people,
        "--hits": int(people * HIT_SHARE),
        "--crm-contacts": 0,
        "--spaces": small,
    }
    words = [word for name, one in sizes.items() for word in (name, str(one))]
    return sandbox(folder, *words, "--own-accounts", "--no-limits")


def let_fall_due(home: House, plans: Sequence[SpacePlan]) -> datetime:
    """These spaces are due now, and the cron has called; when that was."""
    began = utcnow()
    home.tell(
        "UPDATE spaces SET next_due_at = %s WHERE space_id = ANY(%s)",
        began,
        [one.space_id for one in plans],
    )
    home.cron()
    return began


def _wait(home: House, ended: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while home.count_ended() < ended:
        assert time.monotonic() < deadline, "the runs do not end"
        time.sleep(LOOK_SECONDS)


def _seconds(began: datetime, ended: datetime) -> float:
    return (ended - began).total_seconds()
