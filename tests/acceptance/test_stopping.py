"""A worker that is told to stop: quickly, whatever the vendors do, and the next one goes on."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from sync.sandbox import RunningSandbox
from tests.acceptance.conftest import Shell

START = "from sync.factory import open_application as f; f().service.start('demo_space')"
HANGS_SECONDS = 30.0


@contextmanager
def worker(shell: Shell) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        [sys.executable, "-m", "sync", "worker", "--workers", "1"],
        cwd=shell.folder,
        env=shell.variables,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for_the_fault(sandbox: RunningSandbox) -> None:
    """Until a vendor has been asked what it will not answer for long."""
    end = time.monotonic() + 30
    while not any(one.hits for one in sandbox.sandbox.faults.faults):
        assert time.monotonic() < end
        time.sleep(0.05)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Tell it to stop; it ends well before the call that hangs."""
    process.send_signal(signal.SIGTERM)
    assert process.wait(HANGS_SECONDS / 2) == 0


@pytest.mark.parametrize(
    ("fault", "status", "resumed"),
    [
        ({"api": "acton", "path": "/api/1/list/l-0002"}, "queued", 1),
        # What may have been applied is not put back before its lease is over.
        ({"api": "pipeliner", "method": "POST", "path": "Leads/batch-modify"}, "running", 0),
    ],
    ids=["a page", "a write"],
)
def test_a_worker_stops_in_time_though_a_vendor_hangs(
    ready: Shell, sandbox: RunningSandbox, fault: dict[str, str], status: str, resumed: int
) -> None:
    sandbox.plan_fault("slow", seconds=HANGS_SECONDS, **fault)  # type: ignore[arg-type]
    subprocess.run([sys.executable, "-c", START], cwd=ready.folder, env=ready.variables, check=True)
    with worker(ready) as process:
        wait_for_the_fault(sandbox)
        stop(process)
    (run,) = ready.run("runs", "demo_space", "--json").json
    assert (run["status"], run["resumed"]) == (status, resumed)


def test_the_next_worker_goes_on_where_the_stopped_one_was(
    ready: Shell, sandbox: RunningSandbox
) -> None:
    sandbox.plan_fault("slow", seconds=HANGS_SECONDS, api="acton", path="/api/1/list/l-0002")
    subprocess.run([sys.executable, "-c", START], cwd=ready.folder, env=ready.variables, check=True)
    with worker(ready) as process:
        wait_for_the_fault(sandbox)
        stop(process)
    ready.run("worker", "--once")
    (run,) = ready.run("runs", "demo_space", "--json").json
    assert (run["status"], run["created"], run["resumed"]) == ("succeeded", 37, 1)
    assert len([lead for lead in sandbox.leads() if lead.get("cf_act_on_key")]) == 37
