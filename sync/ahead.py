"""Calls that are under way while the answers before them are worked on.

A vendor takes a second for a page, and its limit lets several be asked for in that second. Only
calls that change nothing are made so: whoever stops listening leaves them to end by themselves.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextvars import copy_context
from itertools import islice
from typing import Final, Generic, TypeVar

T = TypeVar("T")

LOOK_SECONDS: Final = 0.5  # how often `guard` is asked while an answer is waited for


def in_order(
    calls: Iterable[Callable[[], T]], at_once: int, *, guard: Callable[[], None]
) -> Iterator[T]:
    """The results of the calls in their order, with at most `at_once` calls under way.

    With 1 each call is made when its result is asked for, by the caller's own thread. Raises what a
    call raised, when its turn comes, and what `guard` raises while an answer is waited for.
    """
    if at_once <= 1:
        yield from (call() for call in calls)
        return
    under_way = deque[_Call[T]]()
    for call in calls:
        under_way.append(_Call(call))
        if len(under_way) >= at_once:
            yield under_way.popleft().result(guard)
    while under_way:
        yield under_way.popleft().result(guard)


def one_ahead(items: Iterator[T], at_once: int, *, guard: Callable[[], None]) -> Iterator[T]:
    """The items, each fetched while the one before it is worked on; with `at_once` 1, after it.

    For pages that name the next one, of which never two can be under way. Raises as `in_order`.
    """
    if at_once <= 1:
        yield from items
        return
    coming = _Call(lambda: list(islice(items, 1)))
    while item := coming.result(guard):
        coming = _Call(lambda: list(islice(items, 1)))
        yield item[0]


class _Call(Generic[T]):
    """One call in a thread of its own. A daemon: a vendor that hangs keeps no process from ending,
    which the threads of `concurrent.futures` would."""

    def __init__(self, call: Callable[[], T]) -> None:
        self._call = call
        self._results: list[T] = []
        self._error: BaseException | None = None
        run = copy_context().run  # what the log is to say of this run
        self._thread = threading.Thread(target=run, args=(self._do,), name="ahead", daemon=True)
        self._thread.start()

    def _do(self) -> None:
        try:
            self._results.append(self._call())
        except BaseException as error:  # it is raised where the result is asked for
            self._error = error

    def result(self, guard: Callable[[], None]) -> T:
        """What the call returned. Raises what it raised, and what `guard` raises meanwhile."""
        while self._thread.is_alive():
            self._thread.join(LOOK_SECONDS)
            if self._thread.is_alive():
                guard()
        if self._error is not None:
            raise self._error
        return self._results[0]
