"""What the volume guard goes by, as the ledger of runs tells it."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from sync.model import (
    Counts,
    Limit,
    LimitReason,
    Run,
    RunStatus,
    ScoreSource,
    Space,
    Trigger,
    Volume,
)
from sync.store import Store
from tests.store.helpers import NOON, at_once

LIMIT = Limit(leads=50, reason=LimitReason.USUAL)


def run_of(
    store: Store,
    space: Space,
    *,
    created: int = 0,
    waiting: int = 0,
    status: RunStatus = RunStatus.SUCCEEDED,
    ago: timedelta = timedelta(0),
    limit: Limit | None = None,
) -> int:
    """A run that ended so long ago."""
    at = NOON - ago
    skipped = {"waiting_for_approval": waiting} if waiting else {"below_threshold": 4}
    counts = Counts(created=created, leads_created=created, skipped=skipped)
    with store.write() as desk:
        run, _ = desk.runs.ask(space.space_id, date(2026, 3, 3), Trigger.MANUAL, now=at)
        epoch = desk.runs.claim(run.run_id, owner="worker", lease_seconds=60)
        assert epoch is not None
        desk.runs.save_facts(
            run.run_id, epoch, threshold=40, score_source=ScoreSource.FACTS, limit=limit
        )
        desk.runs.finish(run.run_id, epoch, status=status, counts=counts, problem=None, now=at)
    return run.run_id


def volume_of(store: Store, space: Space, *, now: datetime = NOON) -> Volume:
    with store.read() as desk:
        volume = desk.volumes.of_space(space.space_id, now=now)
    return replace(volume, created=tuple(sorted(volume.created)))


def get(store: Store, run_id: int) -> Run:
    with store.read() as desk:
        return desk.runs.get(run_id)


def test_of_a_space_without_runs_nothing_is_known(store: Store, space: Space) -> None:
    assert volume_of(store, space) == Volume()


def test_runs_that_came_to_their_end_count_with_what_they_created(
    store: Store, space: Space, other_space: Space
) -> None:
    run_of(store, space, created=5)
    run_of(store, space, created=7, status=RunStatus.PARTIAL)
    run_of(store, space, created=90, status=RunStatus.FAILED)
    run_of(store, space, created=80, status=RunStatus.CANCELLED)
    run_of(store, other_space, created=70)
    assert volume_of(store, space) == Volume(runs=2, created=(5, 7))


def test_a_run_that_held_leads_back_does_not_count(store: Store, space: Space) -> None:
    run_of(store, space, created=5)
    run_of(store, space, waiting=60, status=RunStatus.PARTIAL)
    assert volume_of(store, space) == Volume(runs=1, created=(5,))


def test_runs_older_than_thirty_days_are_behind_the_space_but_not_in_its_median(
    store: Store, space: Space
) -> None:
    run_of(store, space, created=5, ago=timedelta(days=31))
    run_of(store, space, created=6, ago=timedelta(days=29))
    assert volume_of(store, space) == Volume(runs=2, created=(6,))


def test_runs_are_counted_up_to_three(store: Store, space: Space) -> None:
    for created in range(5):
        run_of(store, space, created=created)
    assert volume_of(store, space) == Volume(runs=3, created=(0, 1, 2, 3, 4))


def test_runs_before_the_activation_are_not_behind_the_space(store: Store, space: Space) -> None:
    run_of(store, space, created=5, ago=timedelta(days=2))
    with store.write() as desk:
        yesterday = NOON - timedelta(days=1)
        desk.volumes.note_activation(space.space_id, first_run_limit=220, now=yesterday)
    assert volume_of(store, space) == Volume(created=(5,), first_run_limit=220)
    run_of(store, space, created=6)
    assert volume_of(store, space) == Volume(runs=1, created=(5, 6), first_run_limit=220)


def test_saving_a_space_anew_keeps_what_its_activation_allowed(store: Store, space: Space) -> None:
    with store.write() as desk:
        desk.volumes.note_activation(space.space_id, first_run_limit=220, now=NOON)
        desk.spaces.save(space, now=NOON)
    assert volume_of(store, space).first_run_limit == 220


def test_an_approval_holds_until_another_run_comes_to_its_end(store: Store, space: Space) -> None:
    held = run_of(store, space, waiting=60, status=RunStatus.PARTIAL)
    assert volume_of(store, space).approved is None
    with store.write() as desk:
        assert desk.volumes.approve(held, by="anna@example.com", now=NOON)
    assert volume_of(store, space).approved == 60
    run_of(store, space, status=RunStatus.FAILED)
    run_of(store, space, status=RunStatus.CANCELLED)
    assert volume_of(store, space).approved == 60
    run_of(store, space, created=60)
    assert volume_of(store, space).approved is None


def test_who_approved_and_the_limit_stand_on_the_run(store: Store, space: Space) -> None:
    held = run_of(store, space, waiting=60, status=RunStatus.PARTIAL, limit=LIMIT)
    with store.write() as desk:
        desk.volumes.approve(held, by="anna@example.com", now=NOON)
    run = get(store, held)
    assert (run.limit, run.waiting) == (LIMIT, 60)
    assert (run.approved_by, run.approved_at) == ("anna@example.com", NOON)
    assert get(store, run_of(store, space)).limit is None


def test_of_two_who_approve_at_once_one_has_approved(store: Store, space: Space) -> None:
    held = run_of(store, space, waiting=60, status=RunStatus.PARTIAL)

    def approve() -> bool:
        with store.write() as desk:
            return desk.volumes.approve(held, by="anna@example.com", now=NOON)

    assert sorted(at_once(approve, approve)) == [False, True]


@pytest.mark.parametrize("status", [RunStatus.SUCCEEDED, RunStatus.PARTIAL])
def test_the_last_run_that_came_to_its_end_is_found(
    store: Store, space: Space, status: RunStatus
) -> None:
    run_of(store, space)
    last = run_of(store, space, status=status)
    run_of(store, space, status=RunStatus.FAILED)
    with store.read() as desk:
        found = desk.volumes.last_completed(space.space_id)
    assert found is not None
    assert found.run_id == last
