"""Processes of our own: forked, because starting Python anew would take a second each time."""

import gc
import os
import sys
import threading
import traceback
from collections.abc import Callable
from typing import NoReturn


def fork(work: Callable[[], None]) -> int:
    """The id of a new process that does this work."""
    assert threading.active_count() == 1, "a process with threads must not be forked"
    return os.fork() or _do_and_exit(work)


def wait_for(process: int) -> int:
    """The exit code; negative: the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def in_a_process(work: Callable[[], None]) -> None:
    """Done in a process of its own, to its end."""
    code = wait_for(fork(work))
    assert code == 0, f"{work.__name__} ended with {code}"


def here(work: Callable[[], None]) -> None:
    """Done in this very process."""
    work()


def _do_and_exit(work: Callable[[], None]) -> NoReturn:
    """In the child: never back into the parent's code."""
    gc.disable()  # it would only copy what is shared
    code = 1
    try:
        work()
        code = 0
    except BaseException:  # told on stderr, which the test shows
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)
