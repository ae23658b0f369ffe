"""Many spaces due in the same minute: how long so many workers take, and whether each space has
exactly one run, whatever happens to a worker."""

import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bench import _naive
from bench.scaling.house import House, Servers, SpacePlan, house
from bench.scaling.processes import Process, SandboxProcess, machine_cpu, sandbox
from sync.clock import utcnow
from sync.sandbox.options import FIRST_OWN_ACCOUNT, further_space

LOOK_SECONDS = 0.2
PATIENCE_SECONDS = 180.0  # longer than any lease: a run that has not ended then is lost
BACK_SECONDS = 5.0  # after its end by SIGKILL a worker is started again
ALONE = 5
FEWEST_KILLED = 48  # so that there is a middle at which to kill
ROUNDS_OF_FEW = 12  # runs for each thread where there are fewer workers
WORKERS = (1, 2, 4)
QUEUES = ("postgresql", "redis")
LEAD_KEY = "lead_key"


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much is measured."""

    spaces: int = 1_000
    threads: int = 3
    boxes: int = 2
    naive: int = 5


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """One constellation: so many spaces, so many workers, and what is done to one of them."""

    queue: str
    spaces: int
    workers: int
    threads: int
    killed: str = ""  # "", "comes back", "stays away"


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What one constellation came to. Times in seconds, from the cron's call on."""

    fleet: Fleet
    seconds: float
    statuses: dict[str, int]
    runs: int
    one_run_each: bool
    leads: int
    leads_twice: int
    leads_missing: int
    acton_calls: int
    pipeliner_calls: int
    worker_cpu: float
    sandbox_cpu: float
    machine_cpu: float
    resumed: int

    @property
    def is_right(self) -> bool:
        """Each space exactly one run, all succeeded, no Lead missing and none twice."""
        return (
            self.one_run_each
            and self.statuses == {"succeeded": self.fleet.spaces}
            and self.leads_missing == self.leads_twice == 0
            and self.leads > 0
        )

    def as_json(self) -> dict[str, object]:
        """All of it."""
        return {**asdict(self), "is_right": self.is_right}


def measure_part(servers: Servers, size: Size, say: Callable[[str], None]) -> dict[str, Any]:
    """The whole part, as JSON: one run alone, the constellations, and the naive way."""
    alone = measure_alone(servers)
    say(f"one run alone: {alone:.2f} s")
    fleets = []
    for fleet in make_fleets(size):
        measured = measure(servers, fleet, boxes=size.boxes)
        right = "each space one run, no Lead twice" if measured.is_right else "NOT AS IT SHOULD BE"
        say(
            f"{fleet.spaces} spaces, workers: {fleet.workers}, {fleet.queue}"
            f"{', one killed, ' + fleet.killed if fleet.killed else ''}: "
            f"{measured.seconds:.1f} s; {right}"
        )
        fleets.append(measured.as_json())
    naive = measure_naive(size.naive)
    say(f"naive way, {naive['spaces']} spaces: {naive['seconds']:.1f} s")
    return {
        "alone": alone,
        "threads": size.threads,
        "cores": os.cpu_count(),
        "fleets": fleets,
        "naive": naive,
    }


def make_fleets(size: Size) -> Iterator[Fleet]:
    """All spaces with the most workers, a few rounds of them with fewer; then a tenth of the
    spaces, with one of the most workers killed half-way."""
    for queue in QUEUES:
        for workers in WORKERS:
            few = min(size.spaces, ROUNDS_OF_FEW * size.threads * workers)
            yield Fleet(
                queue=queue,
                spaces=size.spaces if workers == max(WORKERS) else few,
                workers=workers,
                threads=size.threads,
            )
    for queue, killed in zip(QUEUES, ("comes back", "stays away"), strict=True):
        yield Fleet(
            queue=queue,
            spaces=max(size.spaces // 10, min(size.spaces, FEWEST_KILLED)),
            workers=max(WORKERS),
            threads=size.threads,
            killed=killed,
        )


def measure_naive(spaces: int) -> dict[str, Any]:
    """The naive way over a few spaces of the same kind."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        options = ["--spaces", str(spaces), "--own-accounts", "--crm-contacts", "0", "--rows", "0"]
        with sandbox(Path(folder), *options) as box:
            users = {one.space_id: one.username for one in make_plans([box], spaces)}
            return _naive.measure(box.url, users)


@contextmanager
def town(servers: Servers, queue: str, spaces: int, boxes: int) -> Iterator[tuple[House, list]]:
    """A house with so many small spaces, each with an Act-On account of its own, over so many
    sandboxes; and the plans of the spaces."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, ExitStack() as stack:
        options = ["--spaces", str(spaces), "--own-accounts", "--crm-contacts", "0", "--rows", "0"]
        running = [
            stack.enter_context(sandbox(Path(folder), *options)) for _ in range(min(boxes, spaces))
        ]
        home = stack.enter_context(house(servers, queue, [one.host for one in running]))
        plans = make_plans(running, spaces)
        home.make_spaces(plans)
        yield home, plans


def make_plans(boxes: Sequence[SandboxProcess], spaces: int) -> list[SpacePlan]:
    """So many further spaces, dealt to the sandboxes in turn."""
    return [
        SpacePlan(
            space_id=further_space(number),
            sandbox=boxes[number % len(boxes)],
            account_id=str(FIRST_OWN_ACCOUNT + number),
            username=f"{further_space(number)}@example.com",
        )
        for number in range(1, spaces + 1)
    ]


def measure_alone(servers: Servers) -> float:
    """Seconds that one run takes when nobody else is there: the middle one of a few."""
    took = []
    with town(servers, "postgresql", ALONE, 1) as (home, plans), home.application() as application:
        for plan in plans:
            asked = application.service.start(plan.space_id, ring=False)
            began = time.perf_counter()
            run = application.runner.work(asked.run.run_id)
            took.append(time.perf_counter() - began)
            assert run is not None
            assert run.status.value == "succeeded", run.problem
    return sorted(took)[len(took) // 2]


def measure(servers: Servers, fleet: Fleet, *, boxes: int) -> Measured:
    """Let everything fall due at once, and see what comes of it."""
    with town(servers, fleet.queue, fleet.spaces, boxes) as (home, plans):
        workers = [home.worker(fleet.threads) for _ in range(fleet.workers)]
        home.make_due()
        busy = machine_cpu()
        began = utcnow()
        home.cron()
        if fleet.killed:
            _wait(home, fleet.spaces // 2)
            workers[0].kill()
            if fleet.killed == "comes back":
                time.sleep(BACK_SECONDS)
                workers.append(home.worker(fleet.threads))
        _wait(home, fleet.spaces)
        busy = machine_cpu() - busy
        return _look(home, plans, fleet, workers, began, busy)


def _wait(home: House, ended: int) -> None:
    """Until so many spaces have had their run, or no run has ended for long."""
    so_far, since = 0, time.monotonic()
    while so_far < ended and time.monotonic() < since + PATIENCE_SECONDS:
        time.sleep(LOOK_SECONDS)
        now = home.count_ended()
        if now > so_far:
            so_far, since = now, time.monotonic()


def _look(
    home: House,
    plans: Sequence[SpacePlan],
    fleet: Fleet,
    workers: Sequence[Process],
    began: datetime,
    busy: float,
) -> Measured:
    boxes = list({id(one.sandbox): one.sandbox for one in plans}.values())
    sandbox_cpu = sum(box.process.cpu_seconds() for box in boxes)
    runs = home.ask(
        "SELECT space_id, status, finished_at, acton_calls, pipeliner_calls, resumed,"
        " (counts->>'at_threshold')::int FROM runs"
    )
    per_space = Counter(row[0] for row in runs)
    twice, missing, leads = _compare_leads(home, plans, {row[0]: row[6] or 0 for row in runs})
    return Measured(
        fleet=fleet,
        seconds=(max(row[2] or utcnow() for row in runs) - began).total_seconds(),
        statuses=dict(Counter(row[1] for row in runs)),
        runs=len(runs),
        one_run_each=per_space == {plan.space_id: 1 for plan in plans},
        leads=leads,
        leads_twice=twice,
        leads_missing=missing,
        acton_calls=sum(row[3] for row in runs),
        pipeliner_calls=sum(row[4] for row in runs),
        worker_cpu=sum(one.cpu_seconds() for one in workers),
        sandbox_cpu=sandbox_cpu,
        machine_cpu=busy,
        resumed=sum(row[5] for row in runs),
    )


def _compare_leads(
    home: House, plans: Sequence[SpacePlan], wanted: dict[str, int]
) -> tuple[int, int, int]:
    """(Leads that are there twice, Leads that are missing, Leads) over all spaces, as the CRM
    itself shows them: each carries a key that no other may have."""
    (key,) = {
        row[0] for row in home.ask("SELECT api_name FROM space_fields WHERE purpose = %s", LEAD_KEY)
    }
    twice = missing = leads = 0
    for plan in plans:
        keys = [lead[key] for lead in plan.sandbox.records("leads", plan.space_id)]
        twice += len(keys) - len(set(keys))
        missing += max(0, wanted.get(plan.space_id, 0) - len(set(keys)))
        leads += len(keys)
    return twice, missing, leads
