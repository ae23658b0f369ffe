"""What was kept long enough goes, a little at a time; everything else stays."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, func, insert, select

from sync.model import Counts, ListInfo, RunStatus, Space, Trigger
from sync.model.messages import Bodies, Channel, MessageKind, NewDelivery
from sync.service.tidying import Tidying
from sync.store import Store
from sync.store import retention as retention_store
from sync.store.allowances import RowAllowance
from sync.store.staging import NewRow
from sync.store.tables import outcomes, run_lists, score_history, used_launches
from tests.store.helpers import NOON, at_once

LONG_AGO = NOON - timedelta(days=91)
LATELY = NOON - timedelta(days=89)
ROWS = 25


def make_rows(count: int) -> list[NewRow]:
    return [
        NewRow(
            position=position,
            record_id=f"r{position}",
            address=None,
            person=None,
            score=None,
            modified_ms=None,
            result="skipped",
            reason="no_address",
            details=None,
        )
        for position in range(count)
    ]


def add_run(store: Store, space: Space, day: datetime, *, ended: bool = True) -> int:
    """A run of that day with two lists of rows."""
    spring = ListInfo(list_id="l-0001", name="Spring", size=1, is_source=True)
    summer = ListInfo(list_id="l-0002", name="Summer", size=1, is_source=True)
    with store.write() as desk:
        run, _ = desk.runs.ask(space.space_id, day.date(), Trigger.DAILY, now=day)
        desk.staging.add_lists(run.run_id, [spring, summer])
        desk.staging.set_mark(run.run_id, "scores_read", "yes")
        for list_no in (0, 1):
            rows = make_rows(ROWS)
            desk.staging.add_rows(run.run_id, list_no, rows, next_offset=ROWS, total=ROWS)
        epoch = desk.runs.claim(run.run_id, owner="w1", lease_seconds=60)
        assert epoch is not None
        if ended:
            desk.runs.finish(
                run.run_id,
                epoch,
                status=RunStatus.SUCCEEDED,
                counts=Counts(lists=2, rows=2 * ROWS),
                problem=None,
                now=day,
            )
    return run.run_id


def rows_of(store: Store, run_id: int) -> tuple[int, int]:
    """How many outcomes and lists of a run are kept."""
    with store.read() as desk:
        return tuple(
            desk.connection.scalar(
                select(func.count()).select_from(table).where(table.c.run_id == run_id)
            )
            or 0
            for table in (outcomes, run_lists)
        )  # type: ignore[return-value]


def tidying(store: Store, *, now: datetime = NOON) -> Tidying:
    def clock(_: Connection) -> datetime:
        return now

    turn = RowAllowance(
        store.database, "tidying", per_second=1, per_window=1, sleep=_not_at_all, clock=clock
    )
    return Tidying(store, turn, outcome_days=90, now=lambda: now, sleep=_not_at_all)


def _not_at_all(seconds: float) -> None:
    """Pass no time."""


def test_rows_of_runs_long_ago_go_and_their_counts_stay(store: Store, space: Space) -> None:
    old, new = add_run(store, space, LONG_AGO), add_run(store, space, LATELY)
    assert tidying(store).tidy() == 2 * ROWS
    assert rows_of(store, old) == (0, 0)
    assert rows_of(store, new) == (2 * ROWS, 2)
    with store.read() as desk:
        assert desk.runs.get(old).counts.rows == 2 * ROWS


def test_a_run_that_has_not_ended_keeps_its_rows_however_old(store: Store, space: Space) -> None:
    run_id = add_run(store, space, LONG_AGO, ended=False)
    assert tidying(store).tidy() == 0
    assert rows_of(store, run_id) == (2 * ROWS, 2)


def test_rows_go_in_pieces_and_what_was_broken_off_goes_the_next_day(
    store: Store, space: Space, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention_store, "POSITIONS", 10)
    run_id = add_run(store, space, LONG_AGO)
    looks = iter([False, False, False])  # enough for one piece
    tidying(store).tidy(lambda: next(looks, True))
    left, lists = rows_of(store, run_id)
    assert (0 < left < 2 * ROWS, lists) == (True, 2)
    tidying(store).tidy()
    assert rows_of(store, run_id) == (0, 0)


def test_a_history_long_ago_keeps_a_point_a_week_and_a_later_one_all(
    store: Store, space: Space, other_space: Space, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention_store, "PERSONS", 1)
    days = [*range(28), *range(340, 365)]
    with store.write() as desk:
        for one in (space, other_space):
            for person in ("a" * 32, "b" * 32):
                desk.connection.execute(
                    insert(score_history),
                    [
                        {
                            "space_id": one.space_id,
                            "person": person,
                            "read_at": NOON - timedelta(days=day),
                            "score": day,
                            "source": "facts",
                        }
                        for day in days
                    ],
                )
    tidying(store).tidy()
    with store.read() as desk:
        for one in (space, other_space):
            for person in ("a" * 32, "b" * 32):
                kept = [
                    read_at
                    for read_at, _ in desk.people.history(
                        one.space_id, person, since=NOON - timedelta(days=1000)
                    )
                ]
                old = [at for at in kept if at < NOON - timedelta(days=120)]
                assert len(kept) - len(old) == 28
                assert len(old) == len({at.isocalendar()[:2] for at in old}) in (4, 5)


def test_launches_that_have_expired_are_forgotten(store: Store, space: Space) -> None:
    with store.write() as desk:
        for name, expires_at in (("old", NOON - timedelta(seconds=1)), ("new", NOON)):
            desk.connection.execute(
                insert(used_launches).values(
                    space_id=space.space_id, jti=name, expires_at=expires_at
                )
            )
    tidying(store).tidy()
    with store.read() as desk:
        assert list(desk.connection.scalars(select(used_launches.c.jti))) == ["new"]


def test_messages_of_more_than_a_month_ago_are_forgotten(store: Store, space: Space) -> None:
    with store.write() as desk:
        for at in (NOON - timedelta(days=31), NOON - timedelta(days=29)):
            new = NewDelivery(
                space_id=space.space_id,
                kind=MessageKind.NEWS,
                key=f"{at}",
                channel=Channel.WEBHOOK,
                recipient="",
                bodies=Bodies(subject="S", text="T"),
            )
            desk.deliveries.add([new], now=at)
        for one in desk.deliveries.due(NOON, 9):
            desk.deliveries.sent(one, now=NOON)
    tidying(store).tidy()
    with store.read() as desk:
        (kept,) = desk.deliveries.of_space(space.space_id, 9)
    assert kept.created_at == NOON - timedelta(days=29)


def test_one_process_a_day_tidies(store: Store, space: Space) -> None:
    assert tidying(store).tidy_once_a_day()
    assert not tidying(store).tidy_once_a_day()
    assert tidying(store, now=NOON + timedelta(days=1)).tidy_once_a_day()


def test_two_who_tidy_at_once_do_not_hinder_each_other(store: Store, space: Space) -> None:
    run_id = add_run(store, space, LONG_AGO)
    gone = at_once(tidying(store).tidy, tidying(store).tidy)
    assert sum(gone) == 2 * ROWS
    assert rows_of(store, run_id) == (0, 0)
