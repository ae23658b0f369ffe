"""`python -m sync.demo [--once] [--fresh]`."""

import argparse
import fcntl
import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sync.demo.children import (
    Child,
    DemoError,
    Stopped,
    answers,
    choose_port,
    output_of,
    tell,
)
from sync.demo.show import show_addresses, show_created
from sync.demo.stage import (
    FOLDER,
    OPERATOR,
    SANDBOX_STATE,
    SPACE,
    SPACE_FILE,
    THRESHOLD,
    demo_environment,
    operator_password,
    webhook_secret,
    write_space_file,
)
from sync.demo.visitor import Visitor
from sync.settings import environment_without_ours
from sync.signals import stop_on_signals

TOP: Final = Path(__file__).resolve().parent.parent.parent
WEB_PORT: Final = 8000
SANDBOX_PORT: Final = 8765
READY_SECONDS: Final = 40.0
START_TRIES: Final = 3
INTERRUPTED: Final = 130
SYNC: Final = (sys.executable, "-m", "sync")


def main() -> int:
    """The exit code: 0 the sync succeeded, 2 it fell short, 1 the demo could not be set up."""
    options = _parse()
    os.chdir(TOP)
    try:
        with _folder(fresh=options.fresh), stop_on_signals() as stop:
            demo = Demo(stop)
            try:
                return demo.play(once=options.once)
            finally:
                demo.close()
    except DemoError as error:
        _say(f"{error}")
        return 1
    except Stopped:
        return 0 if not options.once else INTERRUPTED


class Demo:
    """One demo under way: its processes, its settings, and whether it was told to stop."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._children: list[Child] = []
        self._environment = environment_without_ours()

    def play(self, *, once: bool) -> int:
        """Set up all, sync once, show what came of it; without `once` serve until told to stop."""
        sandbox = self._serve("sandbox", SANDBOX_PORT, _sandbox, "/__sandbox/calls")
        self._environment = demo_environment(sandbox)
        self._type("db", "upgrade")
        web = self._serve("web", WEB_PORT, _web, "/readyz")
        self._environment["PUBLIC_URL"] = web
        self._start("worker", (*SYNC, "worker", "--workers", "1"))
        write_space_file(sandbox)
        self._type("space", "import", str(SPACE_FILE))
        self._type("fields", "provision", SPACE)
        self._make_operator()
        self._let_the_stand_in_launch(web, sandbox)
        self._let_act_on_report(sandbox)
        code = self._type("run", SPACE, fine=(0, 2))
        show_created(sandbox)
        if not once:
            show_addresses(web, sandbox)
            self._let_somebody_visit(sandbox)
            self._keep_serving()
        return code

    def close(self) -> None:
        """Stop what was started; nothing stays behind."""
        for child in reversed(self._children):
            child.ask_to_stop()
        for child in reversed(self._children):
            child.end()

    def _serve(
        self, name: str, preferred: int, command: Callable[[int], Sequence[str]], ready: str
    ) -> str:
        """The address of a server that is ready, on the preferred port where that is free."""
        for attempt in range(1, START_TRIES + 1):
            port = choose_port(preferred if attempt == 1 else 0)
            url = f"http://127.0.0.1:{port}"
            _say(f"Starting the {name} at {url}")
            child = self._start(name, command(port), PUBLIC_URL=url)
            try:
                child.wait_until(
                    lambda: answers(url + ready),  # noqa: B023  # used before the next round
                    seconds=READY_SECONDS,
                    stop=self._stop,
                )
            except DemoError:
                # Somebody may have taken the port between our look and its start.
                if attempt == START_TRIES or child.code is None:
                    raise
                continue
            return url
        raise AssertionError("the last attempt returns or raises")

    def _start(self, name: str, command: Sequence[str], **settings: str) -> Child:
        environment = self._environment | settings
        child = Child(name, command, environment, log=FOLDER / f"{name}.log")
        self._children.append(child)
        return child

    def _type(self, *words: str, fine: Sequence[int] = (0,)) -> int:
        """Do as an operator would at the shell, and say so; the exit code."""
        _say(f"$ python -m sync {' '.join(words)}")
        child = Child(words[0], (*SYNC, *words), self._environment)
        self._children.append(child)
        code = child.wait(self._stop)
        if code not in fine:
            raise DemoError(f"That ended with exit code {code}; the logs are in {FOLDER}.")
        return code

    def _make_operator(self) -> None:
        """Somebody who may sign in and see all spaces."""
        _say(f"$ python -m sync operator create {OPERATOR}")
        words = (*SYNC, "operator", "create", OPERATOR, "--password-stdin")
        output_of(words, self._environment, said=operator_password())

    def _let_the_stand_in_launch(self, web: str, sandbox: str) -> None:
        """The sandbox's contact pages may open the panel as a host that signs."""
        _say(f"$ python -m sync space launch-key {SPACE}")
        secret = output_of((*SYNC, "space", "launch-key", SPACE), self._environment)
        tell(f"{sandbox}/__sandbox/launch", space=SPACE, url=f"{web}/panel", secret=secret)

    def _let_act_on_report(self, sandbox: str) -> None:
        """The sandbox's Act-On reports by webhook who reaches the threshold."""
        words = ("space", "acton-webhook", SPACE, "--secret-stdin")
        _say(f"$ python -m sync {' '.join(words)}")
        secret = webhook_secret()
        address = output_of((*SYNC, *words), self._environment, said=secret)
        tell(f"{sandbox}/__sandbox/acton-webhooks", url=address, secret=secret, score=THRESHOLD)

    def _let_somebody_visit(self, sandbox: str) -> None:
        """Within a minute somebody's visits reach the threshold, while one watches."""
        visitor = Visitor(sandbox, self._stop, say=_say)
        threading.Thread(target=visitor.visit, name="visitor", daemon=True).start()

    def _keep_serving(self) -> None:
        while not self._stop.wait(1):
            for child in self._children:
                if child.log is not None:
                    child.ensure_alive()


@contextmanager
def _folder(*, fresh: bool) -> Iterator[None]:
    """The demo's folder, ours alone while the block lasts."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    FOLDER.chmod(0o700)
    with FOLDER.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise DemoError("A demo runs in this folder already. Stop it first.") from None
        if fresh:
            shutil.rmtree(FOLDER)
            FOLDER.mkdir(mode=0o700)
        yield


def _sandbox(port: int) -> Sequence[str]:
    options = ("--panel", "--spaces", "1", "--port", str(port), "--state", str(SANDBOX_STATE))
    return (*SYNC, "sandbox", *options)


def _web(port: int) -> Sequence[str]:
    gunicorn = (sys.executable, "-m", "gunicorn", "wsgi:app", "--config", "gunicorn.conf.py")
    return (*gunicorn, "--bind", f"127.0.0.1:{port}", "--workers", "1")


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./run demo",
        description="Set up and run everything on the bundled sandbox; Ctrl-C stops all.",
    )
    parser.add_argument("--once", action="store_true", help="end after the sync")
    parser.add_argument("--fresh", action="store_true", help=f"begin anew: empty {FOLDER} first")
    return parser.parse_args()


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
