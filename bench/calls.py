"""How many calls a run takes, against the budgets of the design: `./run bench calls`.

100,000 rows in 20 lists, 80,000 people, 2 % over the threshold, on the sandbox with Act-On's limits
and the real clients over a socket. Then the same once more, when nothing has changed. Beside it,
in the same run, the naive way (`bench/_naive.py`) on a world of the same proportions, a hundredth
of the size.
"""

import math
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import _naive
from sync.factory import Application
from sync.keyring import generate_key
from sync.logs import configure_logs
from sync.model import Run
from sync.sandbox import RunningSandbox, SandboxOptions
from sync.sandbox.options import SPACE_ID, USERNAME
from sync.settings import Settings
from sync.space_file import parse_space_file

ROWS, LISTS, PEOPLE, HITS, CONTACTS = 100_000, 20, 80_000, 1_600, 3_000
SCALE = 100
SPACE = """{"spaces": [{"space_id": "demo_space", "time_zone": "UTC", "status": "running",
  "pipeliner": {"service_url": "%(url)s", "username": "sandbox_app", "password": "sandbox_key"},
  "acton": {"account_id": "12345", "username": "marketing@example.com",
            "password": "sandbox-password"},
  "settings": {"threshold": 40, "sync_time": "02:00", "owner": "anna@example.com"}}]}"""


def up(number: float) -> int:
    """The next whole number."""
    return math.ceil(number)


def measure(page_size: int) -> None:
    """Both runs, and the naive way."""
    options = SandboxOptions(
        rows=ROWS, lists=LISTS, people=PEOPLE, hits=HITS, hostile=False, crm_contacts=CONTACTS
    )
    with RunningSandbox(options) as sandbox, tempfile.TemporaryDirectory() as folder:
        sandbox.switch(ucl_page_limit=page_size)
        os.environ.update(
            DATABASE_URL=f"sqlite:///{Path(folder) / 'store.db'}",
            QUEUE_URL=f"sqlite:///{Path(folder) / 'queue.db'}",
            SECRET_KEYS=generate_key(),
            SYNC_TOKEN="bench-" + generate_key(),
            ACTON_CLIENT_ID="sandbox-client",
            ACTON_CLIENT_SECRET="sandbox-secret",
            ACTON_BASE_URL=sandbox.url,
            ALLOWED_API_HOSTS=sandbox.host,
        )
        with Application(Settings()) as application:  # type: ignore[call-arg]
            application.upgrade_database()
            text = SPACE % {"url": sandbox.url}
            application.service.import_spaces(parse_space_file(text, lambda name: None))
            application.service.provision("demo_space")
            before = len(sandbox.contacts()), len(sandbox.leads())
            first = one_run(application, sandbox, "first run")
            report(first, sandbox, page_size, before)
            second = one_run(application, sandbox, "second run, nothing changed")
            report_second(first, second, sandbox)


def one_run(application: Application, sandbox: RunningSandbox, name: str) -> Run:
    """A run here and now, with its calls counted from zero."""
    sandbox.forget_calls()
    began = time.perf_counter()
    asked = application.service.start("demo_space", ring=False)
    run = application.runner.work(asked.run.run_id)
    assert run is not None
    assert run.counts.adds_up
    print(
        f"\n{name}: {run.status.value} in {time.perf_counter() - began:.0f} s, "
        f"{run.counts.leads_created} Leads and {run.counts.contacts_created} Contacts created"
    )
    return run


def by_endpoint(sandbox: RunningSandbox, api: str) -> dict[str, int]:
    """Calls by endpoint."""
    found: dict[str, int] = sandbox.calls()["counts"].get(api, {})
    return found


def report(run: Run, sandbox: RunningSandbox, page_size: int, before: tuple[int, int]) -> None:
    """The first run against the budgets."""
    calls = sandbox.calls()
    least = 1 + LISTS * up(ROWS / LISTS / 1000) + up(PEOPLE / page_size)
    acton = calls["totals"]["acton"]
    print(
        f"Act-On calls: {acton}; the least there can be: {least}; "
        f"ratio {acton / least:.3f} (budget 1.05)"
    )
    print(f"  busiest second: {calls['peak_in_a_second']['acton']} calls (limit 5)")
    pipeliner = by_endpoint(sandbox, "pipeliner")
    writes = sum(number for name, number in pipeliner.items() if "batch-modify" in name)
    reads = sum(pipeliner.values()) - writes
    most_reads = up(before[0] / 100) + up(before[1] / 100) + 15
    most_writes = up(run.counts.contacts_created / 100) + up(run.counts.leads_created / 100)
    print(f"Pipeliner reads: {reads}; budget {most_reads}; ratio {reads / most_reads:.2f}")
    print(
        f"Pipeliner writes: {writes}; the least there can be: {most_writes}; "
        f"ratio {writes / most_writes:.2f} (budget 1.1)"
    )


def report_second(first: Run, second: Run, sandbox: RunningSandbox) -> None:
    """The second run: no write, the same Act-On reads."""
    pipeliner = by_endpoint(sandbox, "pipeliner")
    writes = sum(number for name, number in pipeliner.items() if not name.startswith("GET"))
    print(
        f"unchanged rows: {second.counts.unchanged}; Pipeliner writes: {writes} (budget 0); "
        f"Pipeliner reads: {sum(pipeliner.values()) - writes}"
    )
    print(f"Act-On calls: {second.acton_calls} (first run: {first.acton_calls})")


def measure_naive() -> None:
    """The way a first version would be written, counted on a hundredth of the world."""
    options = SandboxOptions(
        rows=ROWS // SCALE,
        lists=LISTS,
        people=PEOPLE // SCALE,
        hits=HITS // SCALE,
        hostile=False,
        limits=False,
    )
    with RunningSandbox(options) as sandbox:
        totals = _naive.measure(sandbox.url, {SPACE_ID: USERNAME}, paced=False)
    acton_calls = totals["acton"] * SCALE
    print(
        f"\nnaive way, counted on 1/{SCALE} of the world: about {acton_calls:,} Act-On calls, "
        f"{totals['pipeliner'] * SCALE:,} Pipeliner calls; at 4.5 a second "
        f"{acton_calls / 4.5 / 3600:.1f} hours and {acton_calls / 30_000:.1f} days of quota"
    )


def main() -> None:
    """Measure and print."""
    if sys.argv[1:] == ["naive"]:
        measure_naive()
        return
    configure_logs("text", "error")
    page_size = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    print(
        f"Machine: {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, SQLite; All Contacts pages of {page_size}"
    )
    measure(page_size)
    sys.stdout.flush()
    subprocess.run([sys.executable, "-m", "bench.calls", "naive"], check=True)


if __name__ == "__main__":
    main()
