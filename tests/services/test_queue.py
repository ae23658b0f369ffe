"""The queue over SQLite always, and over PostgreSQL and Redis where the tests may use one."""

import multiprocessing
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from sync.errors import SetupError, TryLater
from sync.queue import Queue, open_queue
from sync.rules.priorities import Priority

CATCH_UP, DAILY, MANUAL = Priority


@pytest.fixture(params=["sqlite", "postgresql", "redis"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new' / 'queue.db'}"
    variable = {"postgresql": "TEST_POSTGRES_URL", "redis": "TEST_REDIS_URL"}[request.param]
    if variable not in os.environ:
        pytest.skip(f"{variable} is not set")
    return os.environ[variable]


@pytest.fixture
def name() -> str:
    """A queue of its own for each test, since they may run side by side on one server."""
    return f"test_{uuid4().hex}"


@pytest.fixture
def queue(url: str, name: str) -> Iterator[Queue]:
    queue = open_queue(url, name)
    yield queue
    queue.close()


def test_rings_come_in_order_and_once(queue: Queue) -> None:
    for run_id in (3, 1, 2):
        queue.ring(run_id, DAILY)
    assert queue.size() == 3
    assert [queue.next() for _ in range(4)] == [3, 1, 2, None]


def test_the_highest_priority_comes_first(queue: Queue) -> None:
    for run_id, priority in enumerate((CATCH_UP, DAILY, MANUAL, CATCH_UP, DAILY, MANUAL)):
        queue.ring(run_id, priority)
    assert [queue.next() for _ in range(6)] == [2, 5, 1, 4, 0, 3]


def test_a_closed_queue_opens_again_when_used(queue: Queue) -> None:
    queue.ring(7, DAILY)
    queue.close()
    assert queue.next() == 7


def test_something_else_in_the_queue_is_dropped(queue: Queue) -> None:
    with queue._storage() as storage:
        for rubbish in (b"cposix\nsystem\n", b"", b"-1", b"9" * 40):
            storage.enqueue(rubbish, priority=9)
    queue.ring(5, DAILY)
    assert [queue.next() for _ in range(5)] == [None, None, None, None, 5]


def ring_many(url: str, name: str, first: int) -> None:
    queue = open_queue(url, name)
    for run_id in range(first, first + 25):
        queue.ring(run_id, DAILY)
    queue.close()


def take_all(url: str, name: str, taken: "multiprocessing.Queue[list[int]]") -> None:
    queue = open_queue(url, name)
    mine = []
    while (run_id := queue.next()) is not None:
        mine.append(run_id)
    queue.close()
    taken.put(mine)


def test_processes_that_start_together_share_one_queue(queue: Queue, url: str, name: str) -> None:
    context = multiprocessing.get_context("spawn")
    taken: multiprocessing.Queue[list[int]] = context.Queue()
    ringing = [context.Process(target=ring_many, args=(url, name, 100 * n)) for n in (1, 2)]
    taking = [context.Process(target=take_all, args=(url, name, taken)) for _ in range(2)]
    for processes in (ringing, taking):
        for process in processes:
            process.start()
        if processes is ringing:
            for process in processes:
                process.join()
    found = sorted(taken.get(timeout=60) + taken.get(timeout=60))
    for process in taking:
        process.join()
    taken.close()
    assert found == [*range(100, 125), *range(200, 225)]
    assert [process.exitcode for process in ringing + taking] == [0, 0, 0, 0]


@pytest.mark.parametrize(
    "url",
    ["postgresql://nobody@127.0.0.1:1/none", "redis://127.0.0.1:1/0", "sqlite:////dev/null/q.db"],
)
def test_a_queue_out_of_reach_is_a_sentence_at_its_first_use(url: str) -> None:
    queue = open_queue(url)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        with pytest.raises(TryLater, match="The queue cannot be reached") as caught:
            queue.ring(1, DAILY)
    assert "QUEUE_URL" in caught.value.hint


def test_two_queues_on_one_server_do_not_mix(queue: Queue, url: str) -> None:
    other = open_queue(url, "test_another")
    queue.ring(1, DAILY)
    assert other.next() is None
    other.close()
    assert queue.next() == 1


def test_a_queue_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(SetupError, match="QUEUE_URL"):
        open_queue("amqp://queue")
