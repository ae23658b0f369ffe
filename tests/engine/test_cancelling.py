"""A run that somebody cancels stops before its next write; how far it is can be seen meanwhile."""

from sync.engine.telling import Teller
from sync.errors import TryLater
from sync.model import LinkState, Progress, RunStatus
from tests.engine.conftest import World


def cancel(world: World, run_id: int) -> None:
    with world.store.write() as desk:
        desk.runs.ask_to_cancel(run_id, "anna@example.com")


def test_a_run_cancelled_before_it_begins_asks_nobody(world: World) -> None:
    world.acton.add_person("l-0001", "anna@example.com", score=50)
    run_id = world.ask()
    cancel(world, run_id)
    run = world.finish(run_id)
    assert run.status is RunStatus.CANCELLED
    assert run.problem is not None
    assert run.problem.kind == "cancelled"
    assert world.acton.asked == []


def test_what_was_written_before_the_cancellation_is_linked_and_the_rest_is_not_reached(
    world: World,
) -> None:
    world.acton.add_person("l-0001", "anna@example.com", last="Anna", score=50)
    run_id = world.ask()

    def between_contacts_and_leads(kind: str) -> None:
        if kind == "Contacts":
            cancel(world, run_id)

    world.pipeliner.after_write = between_contacts_and_leads
    run = world.finish(run_id)
    assert run.counts.adds_up
    world.pipeliner.after_write = lambda kind: None
    again = world.sync()
    assert again.status is RunStatus.SUCCEEDED
    assert len(world.pipeliner.live_leads()) == 1
    assert world.link_state("l-0001", "anna@example.com") is LinkState.LINKED


def test_the_next_run_after_a_cancelled_one_is_a_new_one(world: World) -> None:
    run_id = world.ask()
    cancel(world, run_id)
    world.finish(run_id)
    assert world.ask() != run_id


def test_how_far_a_run_is_stands_in_the_ledger(world: World) -> None:
    world.acton.add_person("l-0001", "anna@example.com", score=50)
    seen = []
    run_id = world.ask()
    world.acton.before_page = lambda list_id, offset: seen.append(world.run(run_id).progress)
    world.finish(run_id)
    assert world.run(run_id).progress is not None


class FakeLease:
    """Remembers who cancelled."""

    run_id, epoch = 1, 1

    def __init__(self) -> None:
        self.cancelled_by: str | None = None

    def cancel(self, by: str | None) -> None:
        self.cancelled_by = by


class Ticking:
    """A clock that the test moves."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_the_ledger_is_told_at_most_once_a_second_and_whoever_watches_each_time(
    world: World,
) -> None:
    run_id = world.ask()
    with world.store.write() as desk:
        epoch = desk.runs.claim(run_id, owner="w", lease_seconds=60)
    lease, watched, clock = FakeLease(), [], Ticking()
    lease.run_id, lease.epoch = run_id, epoch
    teller = Teller(world.store, lease, watched.append, monotonic=clock)
    for done in range(3):
        teller.tell(Progress(step="Reading", done=done, total=None))
    assert len(watched) == 3
    assert world.run(run_id).progress == Progress(step="Reading", done=0, total=None)
    cancel(world, run_id)
    clock.now += 1
    teller.tell(Progress(step="Reading", done=9, total=None))
    assert world.run(run_id).progress.done == 9
    assert lease.cancelled_by == "anna@example.com"


def test_a_database_that_is_away_for_a_moment_ends_no_run(world: World) -> None:
    class Away:
        def write(self):
            raise TryLater("Away.")

    watched: list[Progress] = []
    Teller(Away(), FakeLease(), watched.append).tell(Progress(step="x", done=1, total=None))
    assert len(watched) == 1
