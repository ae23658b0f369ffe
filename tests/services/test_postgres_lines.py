"""Lines to PostgreSQL that break or fall silent: an error in time, and then as before."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.pool import QueuePool

import sync.postgres
import sync.queue
from sync.errors import StoreAway, TryLater
from sync.keyring import Keyring, generate_key
from sync.model import PersonRecord, ScoreSource
from sync.postgres import hurried
from sync.queue import Queue, open_queue
from sync.rules.priorities import Priority
from sync.store import Store, open_database
from tests.services.outage import Door, Outage
from tests.store.helpers import NOON, make_space

OUTAGES = pytest.mark.parametrize("outage", list(Outage), ids=lambda one: one.name.lower())


@pytest.fixture
def store(postgres_door: Door) -> Iterator[Store]:
    made = Store(open_database(postgres_door.url), Keyring.parse(generate_key()))
    with made.write() as desk:
        desk.spaces.save(make_space(), now=NOON)
    assert made.gate("acme_sales") is not None
    yield made
    made.database.close()


@pytest.fixture
def queue(postgres_door: Door) -> Iterator[Queue]:
    made = open_queue(postgres_door.url, f"test_{uuid4().hex}")
    made.ring(1, Priority.DAILY)
    assert made.next() == 1
    assert made.next() is None  # it listens now
    yield made
    made.close()


def test_a_line_that_broke_between_two_questions_is_not_noticed(
    store: Store, postgres_door: Door
) -> None:
    postgres_door.cut(Outage.REFUSED)
    postgres_door.mend()
    assert store.gate("acme_sales") is not None
    store.ensure_reachable()


@OUTAGES
def test_whoever_has_little_time_gets_an_error_in_that_time(
    store: Store, postgres_door: Door, outage: Outage
) -> None:
    postgres_door.cut(outage)
    began = time.monotonic()
    with pytest.raises(StoreAway, match="The database does not answer"), hurried(0.3):
        store.ensure_reachable()
    assert time.monotonic() - began < 2
    postgres_door.mend()
    store.ensure_reachable()


@OUTAGES
def test_a_question_under_way_ends_and_its_line_is_not_used_again(
    store: Store,
    postgres_door: Door,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    outage: Outage,
) -> None:
    monkeypatch.setattr(sync.postgres, "ANSWER_SECONDS", 0.3)

    def write_and_break() -> None:
        with store.write() as desk:
            desk.spaces.set_next_due("acme_sales", NOON)
            postgres_door.cut(outage)
            desk.connection.execute(text("SELECT 1"))

    with pytest.raises(StoreAway):
        write_and_break()
    postgres_door.mend()
    with store.read() as desk:
        assert desk.connection.scalar(text("SELECT 2")) == 2
        assert desk.spaces.get("acme_sales").next_due_at is None
    assert "Traceback" not in caplog.text


@OUTAGES
def test_a_panel_is_told_in_time_and_after_a_silence_at_once(
    store: Store, postgres_door: Door, caplog: pytest.LogCaptureFixture, outage: Outage
) -> None:
    postgres_door.cut(outage)
    began = time.monotonic()
    for _ in range(20):
        with pytest.raises(StoreAway):
            store.gate("acme_sales")
    assert time.monotonic() - began < 4.5
    assert "Traceback" not in caplog.text


def test_when_all_lines_are_lent_that_is_said_and_no_bug(store: Store) -> None:
    pool = store.database.engine.pool
    assert isinstance(pool, QueuePool)
    pool._timeout, pool._max_overflow = 0.1, 0
    lent = [store.database.engine.raw_connection() for _ in range(pool.size())]
    with pytest.raises(StoreAway):
        store.ensure_reachable()
    with pytest.raises(StoreAway):
        store.gate("acme_sales")
    for one in lent:
        one.close()
    store.ensure_reachable()


def test_what_the_server_refuses_to_do_is_not_taken_for_an_outage(store: Store) -> None:
    def ask_too_much() -> None:
        with store.read() as desk:
            desk.connection.execute(text("SET LOCAL statement_timeout = 20"))
            desk.connection.execute(text("SELECT pg_sleep(5)"))

    with pytest.raises(TryLater) as caught:
        ask_too_much()
    assert not isinstance(caught.value, StoreAway)


@OUTAGES
def test_a_queue_on_postgresql_is_away_in_a_sentence_and_then_there_again(
    queue: Queue, postgres_door: Door, monkeypatch: pytest.MonkeyPatch, outage: Outage
) -> None:
    monkeypatch.setattr(sync.postgres, "ANSWER_SECONDS", 0.3)
    postgres_door.cut(outage)
    for asked in (queue.next, queue.size):
        with pytest.raises(TryLater, match="The queue cannot be reached"):
            asked()
    postgres_door.mend()
    queue.ring(2, Priority.DAILY)
    assert queue.next() == 2


def test_who_rings_for_many_waits_once_for_a_bell_that_is_silent(
    redis_door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync.queue, "CONNECT_SECONDS", 0.3)
    monkeypatch.setattr(sync.queue, "WAIT_SECONDS", 0.1)
    queue = open_queue(redis_door.url)
    redis_door.cut(Outage.SILENT)
    began = time.monotonic()
    for run_id in range(100):
        with pytest.raises(TryLater, match="The queue cannot be reached"):
            queue.ring(run_id, Priority.DAILY)
    assert time.monotonic() - began < 2
    queue.close()


def test_a_process_that_stands_still_in_a_transaction_does_not_hold_up_the_others(
    store: Store, postgres_door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync.postgres, "IDLE_MS", 300)
    frozen, other = (Store(open_database(postgres_door.url), store.keyring) for _ in range(2))

    def stand_still() -> None:
        with frozen.database.write() as held:
            held.execute(text("UPDATE spaces SET name = 'held'"))
            with other.database.write() as connection:  # waits until the server has ended the first
                connection.execute(text("UPDATE spaces SET name = 'not held'"))

    with pytest.raises(StoreAway):
        stand_still()
    with frozen.read() as desk:
        assert desk.spaces.get("acme_sales").name == "not held"
    for one in (frozen, other):
        one.database.close()


def test_counting_momentum_waits_for_nobody_who_is_saving(store: Store) -> None:
    """Two who lock the same people in another order would wait for each other for ever."""
    ann = PersonRecord(
        person="ann",
        address="ann@example.com",
        contact_id=None,
        score=50,
        score_read_at=NOON,
        score_source=ScoreSource.FACTS,
    )
    with store.write() as saving:
        saving.people.save("acme_sales", [ann], now=NOON)
    with store.write() as saving, store.write() as counting:
        saving.people.save("acme_sales", [replace(ann, score=60)], now=NOON)
        assert counting.heat.count("acme_sales", ["ann"], now=NOON + timedelta(days=9)) == 0
