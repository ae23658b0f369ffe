"""Flags in Redis: who waits at one spares the database, and nothing rests on them."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copy
from uuid import uuid4

import pytest
from redis import Redis
from sqlalchemy import event

from sync.errors import TryLater
from sync.flights import NOBODY, RedisFlights, _key
from sync.keyring import Keyring, generate_key
from sync.panel import PanelView
from sync.rules.keys import person_digest
from tests.panel.conftest import SPACE, World, empty_database  # noqa: F401 - a fixture
from tests.panel.test_refresh import Crowd
from tests.services.outage import Door, Outage

SIZE = 50
NOWHERE = "redis://127.0.0.1:1/0"
CutOff = Callable[[], None]


@pytest.fixture
def url() -> str:
    if "TEST_REDIS_URL" not in os.environ:
        pytest.skip("TEST_REDIS_URL is not set")
    return os.environ["TEST_REDIS_URL"]


@pytest.fixture
def flights(url: str) -> Iterator[RedisFlights]:
    made = RedisFlights(url)
    yield made
    made.close()


@pytest.fixture
def address() -> str:
    """Nobody else's, since tests may run side by side on one server."""
    return f"{uuid4().hex}@example.com"


@pytest.fixture
def world(tmp_path: Path, request: pytest.FixtureRequest, address: str) -> Iterator[World]:
    """A world in which the person has 40 points, and 55 in Act-On by now."""
    database = tmp_path / "store.db"
    copy(request.getfixturevalue("empty_database"), database)
    made = World(database, Keyring.parse(generate_key()))
    made.sync_links(address)
    made.acton.knows(address, 55)
    yield made
    made.store.database.close()


class Press:
    """Fifty press Refresh at once, and the writing transactions are counted."""

    def __init__(self, world: World, address: str, flights: RedisFlights) -> None:
        self.commits = 0
        self._world = world
        self._crowd = Crowd(world, SIZE)
        world.flights = flights
        self._panel, self._pass = world.panel, world.by_key(address)

    def before_the_answer(self, happens: CutOff) -> None:
        """Something happens while all wait, and the others go on waiting for a while."""

        def both() -> None:
            happens()
            time.sleep(1)

        self._crowd.on_answer = both

    def press(self) -> list[PanelView]:
        def count(_: object) -> None:
            self.commits += 1

        event.listen(self._world.store.database.engine, "commit", count)
        views = self._crowd.press(lambda: self._panel.refresh(self._pass))
        assert self._crowd.all_waited
        return views


def ensure_one_call(world: World, views: list[PanelView]) -> None:
    assert len(world.acton.asked) == 1
    assert [(view.score, view.trouble) for view in views] == [(55, None)] * SIZE
    assert world.pipeliner.written == ["contacts 1", "leads 1"]


def test_fifty_who_press_at_once_make_one_call_and_hardly_ask_the_database(
    world: World, address: str, flights: RedisFlights
) -> None:
    press = Press(world, address, flights)
    ensure_one_call(world, press.press())
    assert press.commits < 10


@pytest.mark.parametrize("outage", list(Outage), ids=lambda one: one.name.lower())
def test_redis_that_goes_away_while_fifty_wait_makes_no_second_call(
    world: World, address: str, redis_door: Door, outage: Outage
) -> None:
    press = Press(world, address, RedisFlights(redis_door.url))
    press.before_the_answer(lambda: redis_door.cut(outage))
    ensure_one_call(world, press.press())
    assert press.commits > SIZE  # they met at the row, as they do without Redis


def test_redis_that_is_emptied_while_fifty_wait_makes_no_second_call(
    world: World, address: str, flights: RedisFlights, url: str
) -> None:
    press = Press(world, address, flights)

    def emptied() -> None:
        with Redis.from_url(url) as redis:
            assert redis.delete(_key(f"{SPACE}|{person_digest(SPACE, address)}")) == 1

    press.before_the_answer(emptied)
    ensure_one_call(world, press.press())


def test_without_redis_from_the_start_there_is_one_call_too(world: World, address: str) -> None:
    ensure_one_call(world, Press(world, address, RedisFlights(NOWHERE)).press())


def test_a_flag_is_up_for_others_until_it_is_taken_down(flights: RedisFlights) -> None:
    name = uuid4().hex
    token = flights.begin(name, 10)
    assert token
    assert flights.begin(name, 10) is None
    assert flights.goes_on(name)
    flights.end(name, token)
    assert not flights.goes_on(name)


def test_a_flag_falls_by_itself_and_nobody_takes_down_anothers(flights: RedisFlights) -> None:
    name = uuid4().hex
    slow = flights.begin(name, 0.05)
    assert slow
    time.sleep(0.1)
    assert flights.begin(name, 10)
    flights.end(name, slow)
    assert flights.goes_on(name)


@pytest.mark.parametrize("outage", list(Outage), ids=lambda one: one.name.lower())
def test_a_redis_that_is_away_is_waited_for_once_and_never_again_for_a_while(
    redis_door: Door, outage: Outage
) -> None:
    flights, began = RedisFlights(redis_door.url), time.monotonic()
    redis_door.cut(outage)
    assert [flights.begin("anything", 10) for _ in range(50)] == [NOBODY] * 50
    assert not flights.goes_on("anything")
    flights.end("anything", "a token from before")
    assert time.monotonic() - began < 1
    with pytest.raises(TryLater, match="The cache cannot be reached"):
        flights.ensure_reachable()
    flights.close()
