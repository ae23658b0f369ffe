"""Connections to PostgreSQL that do not wait for ever.

A server that is gone without a word, or stands still, sends nothing: no error comes and the wait
has no end. So the operating system gives up a silent line (`PATIENT`), and each answer has a time
limit of its own, shorter where a person waits (`hurried`).
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

import psycopg

CONNECT_SECONDS: Final = 5
SHORTEST_SECONDS: Final = 2  # to connect; the driver knows no less
STATEMENT_MS: Final = 120_000
ANSWER_SECONDS: Final = STATEMENT_MS / 1000 + 10  # the server itself ends a statement before
IDLE_MS: Final = 60_000  # a process that stands still in a transaction holds up all others
LOOK_UP_SECONDS: Final = 0.1  # so that a signal is noticed in between

# As libpq names them: a line on which nothing is acknowledged for ten seconds is dead.
PATIENT: Final[dict[str, Any]] = {
    "connect_timeout": CONNECT_SECONDS,
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,  # milliseconds
}

_end: ContextVar[float | None] = ContextVar("end", default=None)  # as time.monotonic() counts


class PatientConnection(psycopg.Connection[Any]):
    """A connection that is closed, with an OperationalError, when an answer does not come."""

    def wait(
        self, gen: Any, interval: float = LOOK_UP_SECONDS, timeout: float | None = None
    ) -> Any:
        """What the server answers, within the time that the caller has."""
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        patience = _patience()
        end = time.monotonic() + patience
        try:
            return super().wait(gen, interval, patience)
        except psycopg.OperationalError:
            if time.monotonic() >= end:
                self.close()  # what may still come would be taken for the answer to the next
            raise


@contextmanager
def hurried(seconds: float) -> Iterator[None]:
    """Within it all answers together are waited for no longer than that."""
    token = _end.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _end.reset(token)


def connect(*args: Any, **named: Any) -> PatientConnection:
    """A connection as psycopg makes it, in no more time than the caller has.

    Raises psycopg.Error.
    """
    patience = _patience()
    if not patience:
        raise psycopg.OperationalError("There was no answer in time.")
    limit = min(CONNECT_SECONDS, max(SHORTEST_SECONDS, int(patience)))
    return PatientConnection.connect(*args, **named | {"connect_timeout": limit})


def _patience() -> float:
    """How long the next answer may take, in seconds; 0.0 where there is no time left."""
    end = _end.get()
    return ANSWER_SECONDS if end is None else max(0.0, end - time.monotonic())
