"""Runs that take turns: each gives its worker up where others wait, and nothing is lost by it."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sync.model import Run, RunStatus, Trigger
from sync.ports import CallCount, Connections
from sync.queue import Queue, open_queue
from sync.rules.priorities import priority_of
from sync.worker import Worker
from tests.engine.conftest import NOON, World
from tests.engine.fakes import FakeActOn, FakePipeliner


def fill(acton: FakeActOn, people: int) -> None:
    for number in range(people):
        acton.add_person("l-0001", f"p{number}@example.com", last=f"P{number}", score=50)


def in_turns(world: World) -> tuple[Run, int]:
    """The run as it ended, where somebody always waits; and how many turns it took."""
    world.options = replace(world.options, turn_seconds=0, batch_size=2)
    run_id, turns = world.ask(), 0
    while True:
        run = world.runner().work(run_id, others_wait=lambda: True)
        assert run is not None
        turns += 1
        if run.status is not RunStatus.QUEUED:
            return run, turns


@pytest.mark.parametrize("has_all_contacts", [True, False])
def test_a_run_of_many_turns_ends_as_one_of_one(world: World, has_all_contacts: bool) -> None:
    world.acton.page = 2
    world.acton.has_all_contacts = has_all_contacts
    fill(world.acton, 9)
    run, turns = in_turns(world)
    assert turns > 3
    assert (run.status, run.counts.created) == (RunStatus.SUCCEEDED, 9)
    assert run.counts.adds_up
    assert len(world.pipeliner.leads) == len(world.pipeliner.contacts) == 9


def test_a_turn_that_is_over_is_no_interruption(world: World) -> None:
    world.acton.page = 2
    fill(world.acton, 9)
    run, turns = in_turns(world)
    assert (run.resumed, turns > 1) == (0, True)


def test_each_page_is_read_once_however_many_turns_it_takes(world: World) -> None:
    world.acton.page = 2
    fill(world.acton, 9)
    in_turns(world)
    pages = [one for one in world.acton.asked if one.startswith("rows")]
    assert pages == [f"rows l-0001 {offset}" for offset in (0, 2, 4, 6, 8)]


def test_a_run_that_nobody_waits_for_has_one_turn(world: World) -> None:
    world.options = replace(world.options, turn_seconds=0)
    world.acton.page = 2
    fill(world.acton, 9)
    assert world.sync().status is RunStatus.SUCCEEDED


class Street:
    """A large space and small ones beside it, a queue, and one worker for all."""

    def __init__(self, world: World, queue: Queue) -> None:
        self.world, self.queue = world, queue
        world.options = replace(world.options, turn_seconds=0, batch_size=2)
        self.vendors: dict[str, Connections] = {}
        self.ended: list[str] = []
        self.runner = world.runner()
        self.runner._connect = lambda space, guard: self.vendors[space.space_id]
        self.application = self

    def move_in(self, space_id: str, people: int) -> None:
        acton = FakeActOn(page=2)
        acton.add_list("l-0001", "Spring")
        fill(acton, people)
        self.vendors[space_id] = Connections(
            acton=acton, pipeliner=FakePipeliner(), calls=CallCount()
        )
        fields = self.world.space
        with self.world.store.write() as desk:
            known = desk.spaces.fields(fields.space_id)
            desk.spaces.save(replace(fields, space_id=space_id), now=NOON)
            desk.spaces.save_fields(space_id, known)

    def ask(self, space_id: str, trigger: Trigger) -> None:
        with self.world.store.write() as desk:
            run, _ = desk.runs.ask(space_id, NOON.date(), trigger, now=NOON)
        self.queue.ring(run.run_id, priority_of(run))

    def work(self) -> None:
        """The worker, until nobody rings any more; in which order the runs ended."""
        worker = Worker(self, self.queue, threading.Event())  # type: ignore[arg-type]
        while worker.work_once():
            with self.world.store.read() as desk:
                for space_id in self.vendors:
                    (run,) = desk.runs.of_space(space_id, 1)
                    if run.status is RunStatus.SUCCEEDED and space_id not in self.ended:
                        self.ended.append(space_id)


@pytest.fixture
def street(world: World, tmp_path: Path) -> Iterator[Street]:
    queue = open_queue(f"sqlite:///{tmp_path / 'queue.db'}")
    yield Street(world, queue)
    queue.close()


def test_a_large_space_does_not_hold_up_small_ones(street: Street) -> None:
    street.move_in("large", 40)
    street.ask("large", Trigger.DAILY)
    for name in ("small_1", "small_2"):
        street.move_in(name, 1)
        street.ask(name, Trigger.DAILY)
    street.work()
    assert street.ended == ["small_1", "small_2", "large"]


def test_two_large_spaces_share_a_worker_and_a_run_by_hand_goes_between(street: Street) -> None:
    for name in ("large_1", "large_2"):
        street.move_in(name, 20)
        street.ask(name, Trigger.DAILY)
    street.move_in("by_hand", 1)
    street.ask("by_hand", Trigger.MANUAL)
    street.work()
    assert street.ended == ["by_hand", "large_1", "large_2"]
