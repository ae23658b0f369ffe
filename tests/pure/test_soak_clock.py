"""The clock of the soak: whoever sleeps is woken in the order of time, one at a time."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bench.soaking.moving import MovedClock, MovedEvent, MovedThread, Process, vanish

BEGIN = datetime(2026, 3, 25, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[MovedClock]:
    with MovedClock(BEGIN) as one:
        yield one
    assert one.broken == []


def test_sleepers_wake_in_the_order_of_time_and_find_the_clock_there(clock: MovedClock) -> None:
    seen: list[tuple[str, float]] = []

    def live(name: str, seconds: float) -> None:
        for _ in range(2):
            clock.sleep(seconds)
            seen.append((name, (datetime.now(UTC) - BEGIN).total_seconds()))

    clock.start(lambda: live("slow", 40), name="slow")
    clock.start(lambda: live("quick", 30), name="quick")
    clock.sleep(100)
    assert seen == [("quick", 30), ("slow", 40), ("quick", 60), ("slow", 80)]
    assert clock.now == BEGIN + timedelta(seconds=100)


def test_clocks_of_the_machine_are_moved_and_come_back() -> None:
    with MovedClock(BEGIN) as clock:
        begun, wall = time.monotonic(), time.time()
        clock.sleep(3_600)
        assert time.monotonic() - begun == 3_600
        assert time.time() - wall == 3_600
    assert abs(time.time() - BEGIN.timestamp()) > 3_600


def test_a_killed_process_has_no_turn_again(clock: MovedClock) -> None:
    deeds: list[str] = []
    process = Process("victim")

    def die() -> None:
        clock.sleep(10)
        deeds.append("dying")
        vanish()
        deeds.append("dead")

    def beat() -> None:
        while True:
            clock.sleep(4)
            deeds.append("beat")

    clock.start(die, name="die", process=process)
    clock.start(beat, name="beat", process=process)
    clock.sleep(100)
    assert deeds == ["beat", "beat", "dying"]


def test_a_frozen_process_wakes_up_late_and_another_does_not(clock: MovedClock) -> None:
    woken: dict[str, float] = {}
    frozen = Process("frozen")
    for name, process in (("frozen", frozen), ("other", Process("other"))):

        def live(name: str = name) -> None:
            clock.sleep(10)
            woken[name] = clock.at - BEGIN.timestamp()

        clock.start(live, name=name, process=process)
    clock.sleep(1)
    frozen.frozen_until = BEGIN.timestamp() + 50
    clock.sleep(100)
    assert woken == {"frozen": 50, "other": 10}


def test_an_event_wakes_who_waits_and_a_wait_has_an_end(clock: MovedClock) -> None:
    bell, seen = MovedEvent(), list[tuple[bool, float]]()

    def live() -> None:
        for _ in range(2):
            seen.append((bell.wait(60), clock.at - BEGIN.timestamp()))
            bell.clear()

    clock.start(live, name="waits")
    clock.sleep(20)
    bell.set()
    clock.sleep(100)
    assert seen == [(True, 20), (False, 80)]


def test_a_thread_of_the_moved_clock_is_joined_when_it_has_ended(clock: MovedClock) -> None:
    thread = MovedThread(target=lambda: clock.sleep(30), name="thread", daemon=True)
    thread.start()
    thread.join()
    assert clock.now == BEGIN + timedelta(seconds=30)


def test_what_ends_an_actor_is_not_lost() -> None:
    with MovedClock(BEGIN) as clock:
        clock.start(lambda: 1 / 0, name="odd")
        clock.sleep(1)
    assert "odd: " in clock.broken[0]
    assert "ZeroDivisionError" in clock.broken[0]
