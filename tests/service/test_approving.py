"""What the volume guard held back is let through with one click, and once."""

from dataclasses import replace

import pytest

from sync.engine import EngineOptions
from sync.errors import Conflict, NotAllowed, NotFound, SetupError
from sync.model import SHELL, Actor, Limit, LimitReason, Run, RunStatus, Step, TypedSettings
from sync.service import Service
from tests.service.test_activation import KEY, TYPED
from tests.service.world import AdminWorld, make_space
from tests.store.helpers import at_once


def people(world: AdminWorld, number: int, *, of: str = "p", score: int = 50) -> None:
    for one in range(number):
        world.vendors.acton.add_person("l-0001", f"{of}{one}@example.com", last=of, score=score)


@pytest.fixture
def held(world: AdminWorld) -> Run:
    """A run of acme, which may create two Leads without asking, and found three."""
    world.add_space("acme", settings=replace(make_space().settings, volume_guard=2))
    people(world, 3)
    run = world.sync()
    assert (run.status, run.waiting) == (RunStatus.PARTIAL, 3)
    return run


# --- approving ----------------------------------------------------------------------------------


def test_approving_starts_a_run_at_once_that_creates_what_waits(
    world: AdminWorld, held: Run
) -> None:
    begun = world.administration.approve_creates(world.anna, held.run_id)
    assert begun.started
    assert world.bell.rung[-1] == begun.run.run_id
    run = world.work(begun.run.run_id)
    assert (run.status, run.counts.created) == (RunStatus.SUCCEEDED, 3)


def test_who_approved_how_many_is_in_the_trail(world: AdminWorld, held: Run) -> None:
    world.administration.approve_creates(world.anna, held.run_id)
    assert world.events()[-2:] == ["creates_approved", "run_started"]
    with world.store.read() as desk:
        _, entry = desk.audit.page(space_id="acme", limit=2)
    assert (entry.actor, entry.subject) == ("anna@example.com", str(held.run_id))
    assert [(one.field, one.new) for one in entry.changes] == [("new_leads", "3")]
    again = world.administration.run(world.anna, held.run_id)
    assert (again.approved_by, again.approved_at) == ("anna@example.com", world.time)


def test_a_second_click_leads_to_the_same_run(world: AdminWorld, held: Run) -> None:
    anna, nora = world.anna, world.admin_of("nora@example.com", "acme")
    first = world.administration.approve_creates(anna, held.run_id)
    second = world.administration.approve_creates(nora, held.run_id)
    assert (first.started, second.started) == (True, False)
    assert first.run.run_id == second.run.run_id
    assert world.events().count("creates_approved") == 1


def test_two_admins_at_the_same_moment_approve_once(world: AdminWorld, held: Run) -> None:
    admins = world.anna, world.admin_of("nora@example.com", "acme")

    def approve(actor: Actor):
        return lambda: world.administration.approve_creates(actor, held.run_id)

    begun = at_once(*map(approve, admins))
    assert sorted(one.started for one in begun) == [False, True]
    assert len({one.run.run_id for one in begun}) == 1
    assert world.events().count("creates_approved") == 1


def test_a_click_after_the_approved_run_has_ended_approves_nothing(
    world: AdminWorld, held: Run
) -> None:
    world.work(world.administration.approve_creates(world.anna, held.run_id).run.run_id)
    with pytest.raises(Conflict, match="later run"):
        world.administration.approve_creates(world.anna, held.run_id)
    people(world, 3, of="later")
    assert world.sync().waiting == 3


def test_an_approved_run_that_failed_is_started_again_by_another_click(
    world: AdminWorld, held: Run
) -> None:
    begun = world.administration.approve_creates(world.anna, held.run_id)
    world.administration.cancel(world.anna, begun.run.run_id)
    again = world.administration.approve_creates(world.anna, held.run_id)
    assert again.started
    assert world.events().count("creates_approved") == 1
    assert world.work(again.run.run_id).counts.created == 3


def test_a_run_where_nothing_waits_cannot_be_approved(world: AdminWorld) -> None:
    run = world.sync()
    with pytest.raises(Conflict, match="No new Lead waits"):
        world.administration.approve_creates(world.anna, run.run_id)


def test_a_run_that_did_not_come_to_its_end_cannot_be_approved(world: AdminWorld) -> None:
    run_id = world.administration.start(world.anna, "acme").run.run_id
    with pytest.raises(Conflict, match="did not come to its end"):
        world.administration.approve_creates(world.anna, run_id)


def test_while_another_run_is_under_way_it_is_waited_for(world: AdminWorld, held: Run) -> None:
    later = world.administration.start(world.anna, "acme").run.run_id
    with pytest.raises(Conflict, match="under way"):
        world.administration.approve_creates(world.anna, held.run_id)
    assert world.work(later).waiting == 3
    assert world.administration.approve_creates(world.anna, later).started


def test_a_space_that_is_paused_creates_nothing(world: AdminWorld, held: Run) -> None:
    world.administration.pause(world.anna, "acme")
    with pytest.raises(SetupError, match="paused"):
        world.administration.approve_creates(world.anna, held.run_id)
    assert "creates_approved" not in world.events()


def test_approving_is_the_admins_alone(world: AdminWorld, held: Run) -> None:
    with pytest.raises(NotAllowed):
        world.administration.approve_creates(world.olga, held.run_id)
    with pytest.raises(NotAllowed):
        world.administration.approve_creates(SHELL, held.run_id)
    with pytest.raises(NotFound):
        world.administration.approve_creates(world.bert, held.run_id)


def test_from_the_shell_the_run_is_started_and_may_be_done_there(
    world: AdminWorld, held: Run
) -> None:
    service = Service(
        world.store,
        world.vendors.connect,
        world.bell,
        allow_host=world.vendors.allow_host,
        options=EngineOptions(),
        now=lambda: world.time,
    )
    rung = list(world.bell.rung)
    begun = service.approve_creates(held.run_id, ring=False)
    assert world.bell.rung == rung
    assert world.work(begun.run.run_id).counts.created == 3
    assert world.administration.run(world.anna, held.run_id).approved_by == "shell"
    with pytest.raises(NotFound):
        service.approve_creates(99)


def test_the_overview_knows_the_run_whose_leads_wait(world: AdminWorld, held: Run) -> None:
    overview = world.administration.overview(world.anna, "acme")
    assert overview.held_run is not None
    assert overview.held_run.run_id == held.run_id
    world.work(world.administration.approve_creates(world.anna, held.run_id).run.run_id)
    assert world.administration.overview(world.anna, "acme").held_run is None


# --- the first run after an activation ------------------------------------------------------------


def activate(
    world: AdminWorld,
    typed: TypedSettings = TYPED,
    *,
    preview: bool = True,
    goes_to_lunch: int = 0,
) -> Actor:
    """Nora activates new_space, where nobody else has to approve it."""
    world.choose(auto_approve=True)
    world.activation.claim(world.actor("nora@example.com"), KEY)
    world.vendors.held.add("new_space")
    nora = world.actor("nora@example.com")
    world.activation.save_step(nora, "new_space", Step.AUTOCREATE, typed, version=0)
    if preview:
        change = world.activation.understood(nora, "new_space", typed)
        world.previews.start(nora, "new_space", change)
    world.later(minutes=goes_to_lunch)
    world.activation.finish(nora, "new_space", version=1)
    return nora


def first_run(world: AdminWorld, nora: Actor) -> Run:
    return world.work(world.administration.start(nora, "new_space").run.run_id)


def test_the_first_run_may_create_what_the_preview_showed_and_a_tenth(world: AdminWorld) -> None:
    people(world, 10)
    nora = activate(world)
    people(world, 1, of="meanwhile")
    run = first_run(world, nora)
    assert run.limit == Limit(leads=11, reason=LimitReason.FIRST_RUNS)
    assert run.counts.created == 11


def test_a_first_run_that_finds_more_asks(world: AdminWorld) -> None:
    people(world, 10)
    nora = activate(world)
    people(world, 2, of="meanwhile")
    assert first_run(world, nora).waiting == 12


def test_what_counts_is_the_score_chosen_in_the_end(world: AdminWorld) -> None:
    people(world, 10)
    people(world, 90, of="low", score=20)
    world.choose(auto_approve=True)
    nora = activate(world, replace(TYPED, threshold="20"))
    assert first_run(world, nora).counts.created == 100


def test_the_preview_counts_what_its_own_guard_would_hold_back(world: AdminWorld) -> None:
    people(world, 10)
    nora = activate(world, replace(TYPED, volume_guard="1"))
    with world.store.read() as desk:
        assert desk.volumes.of_space("new_space", now=world.time).first_run_limit == 11
    assert first_run(world, nora).limit == Limit(leads=1, reason=LimitReason.OWN)


@pytest.mark.parametrize(("number", "created"), [(50, 50), (51, 0)])
def test_without_a_preview_the_first_run_asks_for_more_than_fifty(
    world: AdminWorld, number: int, created: int
) -> None:
    people(world, number)
    run = first_run(world, activate(world, preview=False))
    assert (run.counts.created, run.waiting) == (created, number - created)


def test_a_preview_of_another_space_counts_for_nothing(world: AdminWorld) -> None:
    people(world, 60)
    world.previews.start(world.anna, "acme")
    assert first_run(world, activate(world, preview=False)).waiting == 60


def test_a_preview_that_is_gone_counts_for_nothing(world: AdminWorld) -> None:
    people(world, 60)
    assert first_run(world, activate(world, goes_to_lunch=61)).waiting == 60


def test_an_activation_anew_is_a_first_run_again(world: AdminWorld) -> None:
    for _ in range(3):
        world.sync()
    world.choose(auto_approve=True)
    world.administration.deactivate(world.anna, "acme")
    world.later(days=1)
    people(world, 60)
    world.previews.start(world.anna, "acme")
    draft = world.activation.draft(world.anna, "acme")
    world.activation.finish(world.anna, "acme", version=draft.revision.version)
    run = world.sync()
    assert run.limit == Limit(leads=66, reason=LimitReason.FIRST_RUNS)
    assert run.counts.created == 60


# --- previews -------------------------------------------------------------------------------------


def foreseen(world: AdminWorld, actor: Actor, space_id: str) -> tuple[bool, int | None]:
    job = world.previews.start(actor, space_id)
    found = world.previews.foresee(actor, space_id, job.job_id)
    return found.held_back, found.limit


def test_a_preview_of_a_running_space_knows_the_limit_of_its_next_run(world: AdminWorld) -> None:
    for _ in range(3):
        world.sync()
    people(world, 51)
    assert foreseen(world, world.anna, "acme") == (True, 50)
    held = world.sync()
    assert held.waiting == 51
    with world.store.write() as desk:
        desk.volumes.approve(held.run_id, by="anna@example.com", now=world.time)
    assert foreseen(world, world.anna, "acme") == (False, 57)


def test_a_preview_before_the_activation_is_held_back_by_its_own_limit_alone(
    world: AdminWorld,
) -> None:
    people(world, 60)
    world.administration.deactivate(world.anna, "acme")
    assert foreseen(world, world.anna, "acme") == (False, None)
    shown = world.activation.typed_settings(world.anna, "acme").typed
    change = world.activation.understood(world.anna, "acme", replace(shown, volume_guard="59"))
    job = world.previews.start(world.anna, "acme", change)
    found = world.previews.foresee(world.anna, "acme", job.job_id)
    assert (found.held_back, found.limit) == (True, 59)
