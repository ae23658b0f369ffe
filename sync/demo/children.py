"""Processes that the demo starts, watches and stops; and the ports they listen on."""

import json
import os
import signal
import socket
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

LOOK_SECONDS: Final = 0.1
STOP_SECONDS: Final = 15.0
TAIL_LINES: Final = 15


class DemoError(Exception):
    """The demo cannot go on; the text says why and what to do."""


class Stopped(Exception):
    """Somebody pressed Ctrl-C or closed the terminal."""


class Child:
    """A process in a session of its own: Ctrl-C reaches the demo alone, which stops all in order.

    Without `log` it writes where the demo writes.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        log: Path | None = None,
    ) -> None:
        self.name = name
        self.log = log
        output = log.open("wb") if log else None
        try:
            self._process = subprocess.Popen(  # noqa: S603  # our own commands
                command,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        finally:
            if output:
                output.close()

    @property
    def code(self) -> int | None:
        """Its exit code; None while it runs."""
        return self._process.poll()

    def ensure_alive(self) -> None:
        """Pass only while it runs. Raises DemoError with the end of its log."""
        if self.code is not None:
            raise DemoError(f"The {self.name} ended ({self.code}).{self._last_words()}")

    def wait(self, stop: threading.Event) -> int:
        """Its exit code, once it ended. Raises Stopped when `stop` is set before."""
        while self.code is None:
            if stop.wait(LOOK_SECONDS):
                raise Stopped
        return self._process.returncode

    def wait_until(
        self, is_ready: Callable[[], bool], *, seconds: float, stop: threading.Event
    ) -> None:
        """Return once it is ready. Raises DemoError when it ends or takes too long, or Stopped."""
        for _ in range(int(seconds / LOOK_SECONDS)):
            self.ensure_alive()
            if is_ready():
                return
            if stop.wait(LOOK_SECONDS):
                raise Stopped
        raise DemoError(f"The {self.name} was not ready in {seconds:g} s.{self._last_words()}")

    def ask_to_stop(self) -> None:
        """Send SIGTERM to it and its own children."""
        self._signal(signal.SIGTERM)

    def end(self) -> None:
        """Wait for its end, and force it where it does not come."""
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
            self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        if self.code is None:
            os.killpg(self._process.pid, number)

    def _last_words(self) -> str:
        if self.log is None or not self.log.is_file():
            return ""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL_LINES:]
        return "\n".join([f" The end of {self.log}:", *(f"  | {line}" for line in lines)])


def output_of(command: Sequence[str], environment: Mapping[str, str], *, said: str = "") -> str:
    """What a short command prints that is told `said`. Raises DemoError where it fails."""
    done = subprocess.run(  # noqa: S603  # our own commands
        command,
        env=dict(environment),
        input=f"{said}\n",
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise DemoError(f"{' '.join(command[-3:])} failed: {done.stderr.strip()}")
    return done.stdout.strip()


def choose_port(preferred: int) -> int:
    """The preferred port of this machine where it is free, else one that is."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise DemoError("This machine has no free port.")


def tell(address: str, **values: str | int) -> None:
    """Post the values as JSON. Raises DemoError where that is not taken."""
    request = urllib.request.Request(  # noqa: S310  # our own, http
        address, data=json.dumps(values).encode(), headers={"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=10):  # noqa: S310  # as above
            pass
    except (OSError, urllib.error.URLError) as error:
        raise DemoError(f"{address} does not take what it is told.") from error


def answers(url: str) -> bool:
    """Whether the address answers with success."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310  # our own, http
            return 200 <= int(answer.status) < 300
    except (OSError, urllib.error.URLError):
        return False
