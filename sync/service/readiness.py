"""Looks that are answered in time, also where what they look at neither answers nor refuses."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from typing import Final, TypeAlias

from sync.service.checking import problem_of

LOOK_SECONDS: Final = 3.0  # whoever asks whether we are ready does not wait long

Look: TypeAlias = Callable[[], object]


class Readiness:
    """Looks at several things at once. Safe to share between threads.

    A look that goes on for longer than its time goes on; who asks meanwhile waits for the same one,
    so that however often somebody asks, one thread a thing is busy.
    """

    def __init__(self, looks: Mapping[str, Look], *, seconds: float = LOOK_SECONDS) -> None:
        self._looks = looks
        self._seconds = seconds
        self._beginning = threading.Lock()
        self._begun: dict[str, Future[str]] = {}

    def problems(self) -> dict[str, str]:
        """What is wrong with each thing, by name; empty text where it is well."""
        begun = {name: self._begin(name, look) for name, look in self._looks.items()}
        wait(begun.values(), timeout=self._seconds)
        return {
            name: one.result() if one.done() else f"No answer within {self._seconds:g} s."
            for name, one in begun.items()
        }

    def _begin(self, name: str, look: Look) -> Future[str]:
        with self._beginning:
            under_way = self._begun.get(name)
            if under_way is not None and not under_way.done():
                return under_way
            future = self._begun[name] = Future()
        threading.Thread(
            target=_look, args=(look, future), name=f"look-{name}", daemon=True
        ).start()
        return future


def _look(look: Look, future: "Future[str]") -> None:
    try:
        future.set_result(problem_of(look))
    except BaseException as error:  # a bug: whoever asked meets it
        future.set_exception(error)
