"""Numbers about all spaces, as the database has them."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import event

from sync.errors import QuotaGone
from sync.keyring import Keyring
from sync.model import Counts, RunStatus, SpaceStatus, Trigger
from sync.store import Store
from sync.store.allowances import RowAllowance
from sync.store.database import open_database
from sync.store.figures import CallFigures
from tests.databases import Server

from .helpers import NOON, make_space


def ended(store: Store, space_id: str, status: RunStatus, *, hours_ago: float) -> None:
    with store.write() as desk:
        desk.spaces.save(make_space(space_id), now=NOON)
        run, _ = desk.runs.ask(space_id, date(2026, 3, 1), Trigger.MANUAL, now=NOON)
        epoch = desk.runs.claim(run.run_id, owner="w", lease_seconds=60)
        assert epoch is not None
        at = NOON - timedelta(hours=hours_ago)
        desk.runs.finish(run.run_id, epoch, status=status, counts=Counts(), problem=None, now=at)


def test_with_nothing_there_everything_is_nothing(store: Store) -> None:
    with store.read() as desk:
        figures = desk.figures
        assert figures.open_runs() == {}
        assert figures.ended_since(NOON) == {}
        assert figures.oldest_queued() is None
        assert figures.last_success() is None
        assert figures.spaces_due(NOON) == 0
        assert figures.acton_calls(NOON) == CallFigures()


def test_runs_are_counted_by_how_they_ended_and_for_how_long_ago(store: Store) -> None:
    ended(store, "a", RunStatus.SUCCEEDED, hours_ago=1)
    ended(store, "b", RunStatus.SUCCEEDED, hours_ago=23)
    ended(store, "c", RunStatus.FAILED, hours_ago=2)
    ended(store, "d", RunStatus.PARTIAL, hours_ago=30)
    with store.read() as desk:
        counted = desk.figures.ended_since(NOON - timedelta(hours=24))
        assert counted == {"succeeded": 2, "failed": 1}
        assert desk.figures.last_success() == NOON - timedelta(hours=1)


def test_open_runs_and_who_waits_longest(store: Store) -> None:
    with store.write() as desk:
        for number, space_id in enumerate(("a", "b", "c")):
            desk.spaces.save(make_space(space_id), now=NOON)
            asked = NOON + timedelta(minutes=number)
            run, _ = desk.runs.ask(space_id, date(2026, 3, 1), Trigger.MANUAL, now=asked)
            if space_id == "a":
                desk.runs.claim(run.run_id, owner="w", lease_seconds=60)
    with store.read() as desk:
        assert desk.figures.open_runs() == {"queued": 2, "running": 1}
        assert desk.figures.oldest_queued() == NOON + timedelta(minutes=1)


def test_only_running_spaces_are_due(store: Store) -> None:
    with store.write() as desk:
        for space_id, minutes in (("past", -1), ("now", 0), ("later", 1), ("suspended", -1)):
            desk.spaces.save(make_space(space_id), now=NOON)
            desk.spaces.set_next_due(space_id, NOON + timedelta(minutes=minutes))
        desk.spaces.set_status("suspended", SpaceStatus.SUSPENDED)
    with store.read() as desk:
        assert desk.figures.spaces_due(NOON) == 2


def allowance(store: Store, name: str, per_window: int) -> RowAllowance:
    return RowAllowance(
        store.database,
        name,
        per_second=10_000,
        per_window=per_window,
        sleep=lambda seconds: None,
        clock=lambda connection: NOON,
    )


def test_the_days_calls_are_added_up_and_the_account_with_the_least_left_is_found(
    store: Store,
) -> None:
    for name, used in (("acton|api.example.com|1", 5), ("acton|api.example.com|2", 60)):
        for _ in range(used):
            allowance(store, name, 100).take()
    allowance(store, "pipeliner|crm.example.com|acme", 100).take()
    allowance(store, "acton log-ins|api.example.com|c|u", 100).take()
    with store.read() as desk:
        found = desk.figures.acton_calls(NOON)
    assert (found.accounts, found.calls, found.nearly_gone) == (2, 65, 0)
    assert found.least_left is not None
    assert round(found.least_left, 6) == 0.4


def test_an_account_that_is_used_up_is_counted_until_the_day_is_over(store: Store) -> None:
    one = allowance(store, "acton|api.example.com|1", 20)
    for _ in range(19):
        one.take()
    try:
        one.take()
    except QuotaGone:
        pass
    else:
        raise AssertionError("the last call is kept for people")
    with store.read() as desk:
        assert desk.figures.acton_calls(NOON).nearly_gone == 1
        assert desk.figures.acton_calls(NOON + timedelta(days=1)) == CallFigures()


def test_looking_does_not_go_through_all_runs_that_are_kept(
    sqlite: Server, keyring: Keyring
) -> None:
    """SQLite leaves an index on some rows aside where a parameter hides that it fits."""
    store = Store(open_database(sqlite.lend()), keyring)
    sent: list[tuple[str, Any]] = []

    def look(connection: Any, cursor: Any, statement: str, values: Any, *_: object) -> None:
        sent.append((statement, values))

    with store.read() as desk:
        event.listen(desk.connection, "before_cursor_execute", look)
        desk.figures.open_runs()
        desk.figures.oldest_queued()
        desk.figures.ended_since(NOON)
        desk.figures.last_success()
        event.remove(desk.connection, "before_cursor_execute", look)
        plans = [
            str(desk.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all())
            for statement, values in sent
        ]
    store.database.close()
    assert len(plans) == 4
    assert all("uq_runs_one_open_a_space" in plan for plan in plans[:2])
    assert all("ix_runs_finished_at" in plan for plan in plans[2:])
