"""The processes of a benchmark: sandboxes, workers, a web server. All are ended with it."""

import os
import shlex
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import requests

from sync.demo.children import Child, answers, choose_port
from sync.settings import environment_without_ours

TICKS = os.sysconf("SC_CLK_TCK")
START_SECONDS = 120.0
NEVER = threading.Event()


class Process(Child):
    """A process whose memory and CPU are looked at, and that may be killed."""

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    def kill(self) -> None:
        """End it as a power cut would, and wait until it is gone."""
        self._process.kill()
        self._process.wait()

    def peak_mb(self) -> float:
        """The most memory it has held so far, in MiB."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
        return 0.0

    def cpu_seconds(self) -> float:
        """The CPU it has used so far; 0 once it has ended."""
        try:
            words = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(words[11]) + int(words[12])) / TICKS


def machine_cpu() -> float:
    """CPU seconds that the whole machine has used so far, whoever used them."""
    words = Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    busy = [int(one) for at, one in enumerate(words) if at not in (3, 4)]  # idle, iowait
    return sum(busy[:6]) / TICKS


@contextmanager
def running(
    name: str,
    command: list[str],
    environment: Mapping[str, str],
    folder: Path,
    *,
    is_ready: Callable[[Path], bool],
) -> Iterator[Process]:
    """The process, once it is ready, which may be asked of its log; it is ended at the end."""
    log = folder / f"{name}-{time.monotonic_ns()}.log"
    process = Process(name, command, environment, log=log)
    try:
        process.wait_until(lambda: is_ready(log), seconds=START_SECONDS, stop=NEVER)
        yield process
    finally:
        process.ask_to_stop()
        process.end()


class SandboxProcess:
    """A sandbox on a port of its own, as its control addresses show it."""

    def __init__(self, url: str, process: Process) -> None:
        self.url = url
        self.host = url.removeprefix("http://")
        self.process = process
        self._http = requests.Session()

    def get(self, path: str, **query: object) -> dict:
        """What a control address says."""
        answer = self._http.get(f"{self.url}/__sandbox/{path}", params=query, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def post(self, path: str, **values: object) -> None:
        """Tell a control address something."""
        answer = self._http.post(f"{self.url}/__sandbox/{path}", json=values, timeout=60)
        answer.raise_for_status()

    def forget_calls(self) -> None:
        """Begin to count anew."""
        self._http.delete(f"{self.url}/__sandbox/calls", timeout=60).raise_for_status()

    def records(self, kind: str, space: str) -> list[dict]:
        """The live records of a space."""
        found: list[dict] = []
        while True:
            page = self.get("world", kind=kind, space=space, offset=len(found))
            found += page["records"]
            if len(found) >= page["total"]:
                return found


@contextmanager
def sandbox(folder: Path, *options: str) -> Iterator[SandboxProcess]:
    """A sandbox with these options of the command line, without the odd data."""
    port = choose_port(0)
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "sync", "sandbox", "--port", str(port), "--friendly"]
    with running(
        "sandbox",
        [*command, *options],
        environment_without_ours(),
        folder,
        is_ready=lambda _: answers(f"{url}/__sandbox/calls"),
    ) as process:
        yield SandboxProcess(url, process)


@contextmanager
def worker(folder: Path, environment: Mapping[str, str], threads: int) -> Iterator[Process]:
    """A worker process of so many threads."""
    command = [sys.executable, "-m", "sync", "worker", "--workers", str(threads)]
    with running(
        "worker",
        command,
        environment,
        folder,
        is_ready=lambda log: b"worker_started" in log.read_bytes(),
    ) as process:
        yield process


@contextmanager
def web(folder: Path, environment: Mapping[str, str]) -> Iterator[int]:
    """The port of the web processes, started as the Procfile says."""
    lines = Path("Procfile").read_text(encoding="utf-8").splitlines()
    words = next(shlex.split(line.partition(":")[2]) for line in lines if line.startswith("web:"))
    port = choose_port(0)
    command = [sys.executable, "-m", *words, "--bind", f"127.0.0.1:{port}"]
    with running(
        "web",
        command,
        environment,
        folder,
        is_ready=lambda _: answers(f"http://127.0.0.1:{port}/healthz"),
    ):
        yield port
