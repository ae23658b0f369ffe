"""Calls under way at once: in order, bounded, and left alone when nobody listens any more."""

import threading
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from sync.ahead import in_order, one_ahead
from sync.errors import StopAsked, TryLater
from sync.ports import nobody_stops_us


class Vendor:
    """Answers when a test says so, and counts how many wait for an answer."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.answers = {number: threading.Event() for number in range(10)}
        self.most_at_once = 0
        self._waiting = 0
        self._lock = threading.Lock()

    def ask(self, number: int) -> str:
        with self._lock:
            self.asked.append(number)
            self._waiting += 1
            self.most_at_once = max(self.most_at_once, self._waiting)
        assert self.answers[number].wait(10)
        with self._lock:
            self._waiting -= 1
        return f"answer {number}"

    def calls(self) -> Iterator[Callable[[], str]]:
        return (partial(self.ask, number) for number in self.answers)

    def answer_all(self) -> None:
        for one in self.answers.values():
            one.set()


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    vendor = Vendor()
    yield vendor
    vendor.answer_all()


def test_answers_come_in_the_order_of_the_calls_and_few_at_once(vendor: Vendor) -> None:
    for number in reversed(vendor.answers):  # the last one answers first
        threading.Timer(0.01 * (10 - number), vendor.answers[number].set).start()
    answers = list(in_order(vendor.calls(), 3, guard=nobody_stops_us))
    assert answers == [f"answer {number}" for number in range(10)]
    assert vendor.most_at_once == 3


def test_one_at_a_time_asks_when_the_answer_is_wanted_and_no_sooner(vendor: Vendor) -> None:
    vendor.answer_all()
    answers = in_order(vendor.calls(), 1, guard=nobody_stops_us)
    assert vendor.asked == []
    assert next(answers) == "answer 0"
    assert vendor.asked == [0]


def test_nothing_is_asked_for_beyond_what_is_looked_at_soon(vendor: Vendor) -> None:
    vendor.answer_all()
    answers = in_order(vendor.calls(), 4, guard=nobody_stops_us)
    next(answers)
    next(answers)
    assert sorted(vendor.asked) == [0, 1, 2, 3, 4]


def test_the_next_page_is_fetched_while_this_one_is_worked_on() -> None:
    fetched: list[int] = []
    third = threading.Event()

    def pages() -> Iterator[int]:
        for number in range(3):
            fetched.append(number)
            if number == 2:
                third.set()
            yield number

    coming = one_ahead(pages(), 2, guard=nobody_stops_us)
    assert (next(coming), next(coming)) == (0, 1)
    assert third.wait(10)
    assert list(coming) == [2]
    assert fetched == [0, 1, 2]


@pytest.mark.parametrize("at_once", [1, 2])
def test_what_fails_ahead_is_raised_after_what_came_before_it(at_once: int) -> None:
    def pages() -> Iterator[int]:
        yield 1
        raise TryLater("The vendor is away.")

    coming = one_ahead(pages(), at_once, guard=nobody_stops_us)
    assert next(coming) == 1
    with pytest.raises(TryLater):
        next(coming)


def test_an_error_is_raised_when_its_turn_comes() -> None:
    def refuse() -> str:
        raise TryLater("The vendor is away.")

    answers = in_order(iter([lambda: "first", refuse]), 2, guard=nobody_stops_us)
    assert next(answers) == "first"
    with pytest.raises(TryLater):
        next(answers)


def test_who_is_told_to_stop_does_not_wait_for_a_vendor_that_hangs(
    vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.ahead.LOOK_SECONDS", 0.01)

    def stop() -> None:
        raise StopAsked("The worker was asked to stop.")

    with pytest.raises(StopAsked):
        next(in_order(vendor.calls(), 2, guard=stop))
