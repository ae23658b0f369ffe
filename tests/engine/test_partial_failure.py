"""What fails, fails alone; and the next run takes it up before everything else."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sync.errors import NotFound, QuotaGone, TryLater, UnexpectedAnswer
from sync.model import RunStatus
from sync.rules.keys import person_digest
from tests.engine.conftest import NOON, World

SPRING = "l-0001"


def people(world: World, number: int, *, list_id: str = SPRING) -> list[str]:
    addresses = [f"p{one}@example.com" for one in range(number)]
    for one, address in enumerate(addresses):
        world.acton.add_person(list_id, address, last=f"Number {one:03}", score=50)
    return addresses


def last_to_be_decided(world: World, addresses: list[str]) -> str:
    """Persons are decided in the order of their digests."""
    return max(addresses, key=lambda one: person_digest(world.space.space_id, one))


def quota_ends(world: World, *, after: int, kind: str) -> None:
    """Pipeliner takes so many batches of this kind, and no more today."""
    taken: list[str] = []

    def hook(said: str) -> None:
        if said == kind and taken.count(kind) == after:
            raise QuotaGone("The day's calls are used up.", resume_at=NOON + timedelta(hours=12))
        taken.append(said)

    world.pipeliner.before_write = hook


def acton_answers(world: World, times: int) -> None:
    """Act-On gives so many pages of rows, and no more today."""
    left = [times]

    def hook(list_id: str, offset: int) -> None:
        if not left[0]:
            raise QuotaGone("The day's calls are used up.", resume_at=NOON + timedelta(hours=12))
        left[0] -= 1

    world.acton.before_page = hook


# --- one bad thing costs one thing --------------------------------------------------------------


def test_one_bad_record_in_a_batch_of_a_hundred_costs_one_outcome(world: World) -> None:
    people(world, 100)
    world.pipeliner.refuse_names = {"Number 057"}
    run = world.sync()
    assert run.status is RunStatus.PARTIAL
    assert (run.counts.created, run.counts.failed) == (99, {"contact_failed": 1})
    assert world.pipeliner.written == ["contacts 100", "leads 99"]
    (line,) = (one for one in world.outcomes(run) if one.result == "failed")
    assert (line.address, line.detail) == ("p57@example.com", "last_name: not accepted")


def test_a_list_that_fails_leaves_the_others_done_and_says_so(world: World) -> None:
    people(world, 2)
    world.acton.add_list("l-0002", "Broken")
    people(world, 2, list_id="l-0002")
    world.acton.fail("l-0002", UnexpectedAnswer("Act-On's answer makes no sense."))
    run = world.sync()
    assert (run.status, run.counts.created) == (RunStatus.PARTIAL, 2)
    assert run.problem is not None
    assert run.problem.message.startswith("1 of 2 lists could not be read: 'Broken'.")


# --- what failed comes first --------------------------------------------------------------------


def test_a_list_that_failed_is_read_first_the_next_time(world: World) -> None:
    for number in (2, 3):
        world.acton.add_list(f"l-000{number}", f"List {number}")
    world.acton.add_person("l-0003", "jane@example.com", score=50)
    world.acton.fail("l-0003", NotFound("Act-On has no such thing: list l-0003."))
    assert world.sync().status is RunStatus.PARTIAL
    world.acton.failing.clear()
    acton_answers(world, 1)
    run = world.finish(world.ask())
    assert (run.status, run.counts.created) == (RunStatus.PAUSED, 1)


def test_a_list_with_rows_that_failed_is_read_first_the_next_time(world: World) -> None:
    world.acton.add_list("l-0002", "Late")
    world.acton.add_person("l-0002", "jane@example.com", last="Bad", score=50)
    world.pipeliner.refuse_names = {"Bad"}
    assert world.sync().counts.failed == {"contact_failed": 1}
    world.pipeliner.refuse_names = set()
    acton_answers(world, 1)
    run = world.finish(world.ask())
    assert (run.status, run.counts.created) == (RunStatus.PAUSED, 1)


def test_lists_are_read_in_their_own_order_again_once_all_went_well(world: World) -> None:
    world.acton.add_list("l-0002", "Late")
    world.acton.fail("l-0002", NotFound("Act-On has no such thing: list l-0002."))
    world.sync()
    world.acton.failing.clear()
    world.sync()
    world.acton.asked.clear()
    world.sync()
    assert [one for one in world.acton.asked if one.startswith("rows")] == [
        "rows l-0001 0",
        "rows l-0002 0",
    ]


def test_whoever_failed_is_written_first_the_next_time(world: World) -> None:
    world.options = replace(world.options, batch_size=2)
    addresses = people(world, 9)
    last = last_to_be_decided(world, addresses)
    world.choose(threshold=60)
    world.acton.set_score(last, 60)
    world.pipeliner.refuse_names = {f"Number {addresses.index(last):03}"}
    assert world.sync().counts.failed == {"contact_failed": 1}
    world.pipeliner.refuse_names = set()
    world.choose(threshold=40)
    quota_ends(world, after=1, kind="Leads")
    run = world.finish(world.ask())
    assert (run.status, run.counts.created) == (RunStatus.PAUSED, 2)
    (line,) = (one for one in world.outcomes(run) if one.address == last)
    assert line.result == "created"


def test_rows_that_a_failed_run_did_not_reach_come_before_new_ones(world: World) -> None:
    world.options = replace(world.options, batch_size=3)
    early = people(world, 3)

    def away(kind: str) -> None:
        raise TryLater("Pipeliner is away.")

    world.pipeliner.before_write = away
    assert world.sync().counts.failed == {"not_reached": 3}
    for number in range(20):
        world.acton.add_person(SPRING, f"new{number}@example.com", score=50)
    quota_ends(world, after=1, kind="Leads")
    run = world.finish(world.ask())
    created = {one.address for one in world.outcomes(run) if one.result == "created"}
    assert created == set(early)


def test_a_score_that_could_not_be_read_is_asked_for_first_the_next_time(world: World) -> None:
    world.acton.has_all_contacts = False
    people(world, 5)

    def no_sense(record_id: str) -> None:
        if record_id.endswith(":4"):
            raise UnexpectedAnswer("Act-On's answer makes no sense.")

    world.acton.before_score = no_sense
    assert world.sync().counts.failed == {"score_unreadable": 1}
    world.acton.before_score = lambda record_id: None
    world.acton.asked.clear()
    world.sync()
    asked = [one for one in world.acton.asked if one.startswith("score ")]
    assert asked[0] == "score l-0001:4"
    assert len(asked) == 5


@pytest.mark.parametrize("all_contacts", [True, False])
def test_taking_up_what_failed_first_decides_nobody_twice(world: World, all_contacts: bool) -> None:
    world.acton.has_all_contacts = all_contacts
    addresses = people(world, 6)
    world.pipeliner.refuse_names = {"Number 001", "Number 004"}
    world.sync()
    world.pipeliner.refuse_names = set()
    run = world.sync()
    assert (run.counts.created, run.counts.unchanged) == (2, 4)
    assert len(world.pipeliner.leads) == len(addresses)


def test_a_run_that_is_continued_takes_up_the_failures_of_the_run_before_it(world: World) -> None:
    people(world, 2)
    world.acton.add_list("l-0002", "Late")
    world.acton.fail("l-0002", NotFound("Act-On has no such thing: list l-0002."))
    world.sync()
    world.acton.failing.clear()
    acton_answers(world, 0)
    paused = world.finish(world.ask())
    assert paused.status is RunStatus.PAUSED
    world.acton.asked.clear()
    acton_answers(world, 9)
    assert world.finish(world.ask()).run_id == paused.run_id
    assert next(one for one in world.acton.asked if one.startswith("rows")) == "rows l-0002 0"
