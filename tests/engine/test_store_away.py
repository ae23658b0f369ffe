"""Our own database is gone for a moment, at any transaction: the run stays and is taken up."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection

from sync.errors import StoreAway
from sync.model import Run, RunStatus
from sync.store import Database
from tests.engine.conftest import World

PEOPLE = 5


class Gap:
    """Lets transactions pass until one finds the database away. The next ones find it again."""

    def __init__(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        self.after = -1
        self.met = False
        for name in ("read", "write"):
            monkeypatch.setattr(database, name, self._through(getattr(database, name)))

    def _through(self, transaction):  # type: ignore[no-untyped-def]
        @contextmanager
        def gap() -> Iterator[Connection]:
            self.after -= 1
            if self.after == 0:
                self.met = True
                raise StoreAway("The database does not answer.")
            with transaction() as connection:
                yield connection

        return gap


@pytest.fixture
def gap(world: World, monkeypatch: pytest.MonkeyPatch) -> Gap:
    for number in range(PEOPLE):
        world.acton.add_person("l-0001", f"p{number}@example.com", last=f"P{number}", score=50)
    return Gap(world.store.database, monkeypatch)


def finish_at_last(world: World, run_id: int) -> tuple[Run, bool]:
    """The run in its end, and whether it had to be taken up."""
    try:
        return world.finish(run_id), False
    except StoreAway:
        world.the_lease_runs_out(run_id)
        return world.finish(run_id), True


@pytest.mark.parametrize("after", range(1, 40, 3))
def test_a_run_is_never_ended_by_a_gap_in_our_own_database(
    world: World, gap: Gap, after: int
) -> None:
    run_id = world.ask()
    gap.after = after
    run, _ = finish_at_last(world, run_id)
    assert gap.met
    assert (run.status, run.problem) == (RunStatus.SUCCEEDED, None)
    assert (run.counts.rows, run.counts.created, run.counts.adds_up) == (PEOPLE, PEOPLE, True)
    assert len(world.pipeliner.leads) == len(world.pipeliner.contacts) == PEOPLE


def test_a_gap_while_a_list_is_read_is_no_failure_of_the_list(world: World, gap: Gap) -> None:
    world.acton.before_page = lambda list_id, offset: setattr(gap, "after", 1)
    run_id = world.ask()
    with pytest.raises(StoreAway):
        world.finish(run_id)
    world.acton.before_page = lambda list_id, offset: None
    world.the_lease_runs_out(run_id)
    assert world.finish(run_id).status is RunStatus.SUCCEEDED
