"""Being asked to stop: SIGTERM, SIGINT and SIGHUP become one event that work looks at."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

ASKING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@contextmanager
def stop_on_signals() -> Iterator[threading.Event]:
    """An event that is set by the first such signal; the second one acts as it always does."""
    stop = threading.Event()
    before = {number: signal.getsignal(number) for number in ASKING}

    def ask(number: int, frame: FrameType | None) -> None:
        stop.set()
        restore()

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    for number in ASKING:
        signal.signal(number, ask)
    try:
        yield stop
    finally:
        restore()
