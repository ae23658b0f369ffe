"""Looks are answered in time, whatever they meet."""

import threading
import time

import pytest

from sync.errors import TryLater
from sync.service.readiness import Readiness


def away() -> None:
    raise TryLater("It is away.", hint="Start it.")


def test_what_is_well_has_no_problem_and_what_is_not_has_a_sentence() -> None:
    looks = Readiness({"well": lambda: 7, "away": away})
    assert looks.problems() == {"well": "", "away": "It is away. Start it."}


def test_a_look_without_an_end_is_a_problem_in_time_and_busies_one_thread() -> None:
    over, begun = threading.Event(), list[None]()

    def hang() -> None:
        begun.append(None)
        over.wait(20)

    looks, start = Readiness({"silent": hang, "well": lambda: 7}, seconds=0.05), time.monotonic()
    for _ in range(5):
        assert looks.problems() == {"silent": "No answer within 0.05 s.", "well": ""}
    assert time.monotonic() - start < 5
    assert len(begun) == 1
    over.set()
    while looks.problems()["silent"]:
        assert time.monotonic() - start < 20
    assert looks.problems() == {"silent": "", "well": ""}


def test_a_bug_in_a_look_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        Readiness({"broken": lambda: 1 // 0}).problems()
