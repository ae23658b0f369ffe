"""The volume guard over several runs: what it goes by, what it is told, what it holds on to."""

from datetime import timedelta

import pytest

from sync.errors import NotFound, QuotaGone
from sync.model import Limit, LimitReason, Run, RunStatus
from tests.engine.conftest import World


def people(world: World, number: int, *, of: str = "p", score: int = 50) -> None:
    """So many people who have reached the score join the list."""
    for one in range(number):
        world.acton.add_person("l-0001", f"{of}{one}@example.com", score=score)


def activated(world: World, limit: int) -> None:
    """The space was activated through the pages; its first run may create so many Leads."""
    with world.store.write() as desk:
        desk.volumes.note_activation(world.space.space_id, first_run_limit=limit, now=world.time)


def approved(world: World, run: Run) -> None:
    with world.store.write() as desk:
        assert desk.volumes.approve(run.run_id, by="anna@example.com", now=world.time)


def three_quiet_days(world: World) -> None:
    for _ in range(3):
        world.sync()
        world.a_day_passes()


def is_held(run: Run, waiting: int, limit: Limit) -> None:
    assert (run.status, run.counts.created, run.waiting) == (RunStatus.PARTIAL, 0, waiting)
    assert run.limit == limit


USUAL = Limit(leads=50, reason=LimitReason.USUAL)


def test_an_imported_space_has_no_limit_until_three_runs_are_behind_it(world: World) -> None:
    for number, name in ((60, "a"), (70, "b"), (80, "c")):
        people(world, number, of=name)
        run = world.sync()
        assert (run.status, run.counts.created, run.limit) == (RunStatus.SUCCEEDED, number, None)
    people(world, 351, of="d")
    is_held(world.sync(), 351, Limit(leads=350, reason=LimitReason.USUAL))


def test_a_sudden_flood_waits_and_the_run_says_what_to_do(world: World) -> None:
    three_quiet_days(world)
    people(world, 50)
    assert world.sync().counts.created == 50
    people(world, 51, of="more")
    run = world.sync()
    is_held(run, 51, USUAL)
    assert run.problem is not None
    assert run.problem.message == (
        "51 new Leads wait for approval: more than the volume guard allows in one run (50)."
    )
    assert "Approve them on the run's page, or raise the volume guard" in run.problem.hint


def test_waiting_is_no_way_around_the_question(world: World) -> None:
    activated(world, 11)
    people(world, 12)
    for _ in range(5):
        is_held(world.sync(), 12, Limit(leads=11, reason=LimitReason.FIRST_RUNS))
        world.a_day_passes()
    assert world.pipeliner.leads == {}


def test_the_first_run_may_create_what_the_preview_showed_and_a_tenth(world: World) -> None:
    activated(world, 11)
    people(world, 11)
    assert world.sync().counts.created == 11


def test_what_was_approved_is_created_by_the_next_run_and_no_more_by_the_one_after(
    world: World,
) -> None:
    three_quiet_days(world)
    people(world, 60)
    approved(world, world.sync())
    people(world, 6, of="meanwhile")
    run = world.sync()
    assert (run.status, run.counts.created) == (RunStatus.SUCCEEDED, 66)
    assert run.limit == Limit(leads=66, reason=LimitReason.APPROVED)
    people(world, 60, of="later")
    is_held(world.sync(), 60, USUAL)


def test_more_than_a_tenth_over_what_was_approved_is_asked_about_anew(world: World) -> None:
    three_quiet_days(world)
    people(world, 60)
    approved(world, world.sync())
    people(world, 7, of="meanwhile")
    is_held(world.sync(), 67, Limit(leads=66, reason=LimitReason.APPROVED))
    is_held(world.sync(), 67, USUAL)


def test_an_approval_goes_before_the_limit_of_the_settings(world: World) -> None:
    world.choose(volume_guard=2)
    people(world, 3)
    run = world.sync()
    is_held(run, 3, Limit(leads=2, reason=LimitReason.OWN))
    approved(world, run)
    assert world.sync().counts.created == 3


def test_a_run_that_fails_uses_no_approval_up(world: World) -> None:
    world.choose(volume_guard=2)
    people(world, 3)
    approved(world, world.sync())
    world.choose(owner="carl@example.com")
    assert world.sync().status is RunStatus.FAILED
    world.choose(owner="anna@example.com")
    assert world.sync().counts.created == 3


def test_what_was_created_long_ago_does_not_raise_the_limit(world: World) -> None:
    for name in ("a", "b", "c"):
        people(world, 100, of=name)
        world.sync()
    world.time += timedelta(days=31)
    people(world, 51, of="d")
    is_held(world.sync(), 51, USUAL)


def test_a_run_that_held_leads_back_holds_the_rest_back_after_a_pause(world: World) -> None:
    world.choose(volume_guard=2)
    world.acton.has_all_contacts = False
    people(world, 5)

    def quota_goes(record_id: str) -> None:
        if record_id == "l-0001:3":
            raise QuotaGone("Used up.", resume_at=world.time)

    world.acton.before_score = quota_goes
    run_id = world.ask()
    assert world.finish(run_id).status is RunStatus.PAUSED
    world.acton.before_score = lambda record_id: None
    run = world.finish(run_id)
    is_held(run, 5, Limit(leads=2, reason=LimitReason.OWN))
    assert world.pipeliner.leads == {}


def test_a_run_whose_list_fails_says_that_first_and_counts_what_waits(world: World) -> None:
    world.choose(volume_guard=2)
    people(world, 3)
    world.acton.add_list("l-0002", "Summer")
    world.acton.fail("l-0002", NotFound("The list is gone."))
    run = world.sync()
    is_held(run, 3, Limit(leads=2, reason=LimitReason.OWN))
    assert run.problem is not None
    assert run.problem.kind == "lists"


@pytest.mark.parametrize("number", [11, 12])
def test_a_preview_holds_back_what_the_run_would(world: World, number: int) -> None:
    activated(world, 11)
    people(world, number)
    preview = world.preview()
    assert preview.counts == world.sync().counts
    assert preview.counts.created == (11 if number == 11 else 0)
