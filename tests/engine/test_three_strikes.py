"""Runs that fail for what only a person can mend put the space aside; others do not."""

import logging
from datetime import timedelta

import pytest

from sync.errors import CredentialsRefused, IntegrationError, QuotaGone, SetupError, TryLater
from sync.model import AuditEntry, Event, Run, RunStatus, SpaceStatus, StatusNote
from tests.engine.conftest import NOON, World

REFUSED = CredentialsRefused(
    "Act-On does not accept the user name and password.",
    hint="Enter them again.",
    kind="acton_credentials",
)
AWAY = TryLater("Act-On cannot be reached.")


def night(world: World, trouble: IntegrationError | None = None) -> Run:
    """A night's run, which meets that trouble at the first list."""
    world.a_day_passes()
    world.acton.failing.clear()
    if trouble is not None:
        world.acton.fail("l-0001", trouble)
    return world.finish(world.ask())


def status(world: World) -> SpaceStatus:
    with world.store.read() as desk:
        return desk.spaces.get(world.space.space_id).status


def note(world: World) -> StatusNote:
    with world.store.read() as desk:
        return desk.spaces.status_note(world.space.space_id)


def trail(world: World) -> list[AuditEntry]:
    with world.store.read() as desk:
        return desk.audit.page(space_id=world.space.space_id, limit=100)


def put(world: World, status: SpaceStatus) -> None:
    with world.store.write() as desk:
        desk.spaces.set_status(world.space.space_id, status, by="anna@example.com", at=world.time)


def test_three_runs_with_refused_credentials_put_the_space_aside(world: World) -> None:
    for expected in (SpaceStatus.RUNNING, SpaceStatus.RUNNING, SpaceStatus.NEEDS_ATTENTION):
        assert night(world, REFUSED).status is RunStatus.FAILED
        assert status(world) is expected
    assert note(world) == StatusNote(
        reason=REFUSED.message, at=world.time, by=None, before=SpaceStatus.RUNNING
    )
    (entry,) = trail(world)
    assert (entry.event, entry.actor, entry.at) == (Event.NEEDS_ATTENTION, "service", world.time)
    assert {change.field: change.new for change in entry.changes} == {
        "status": "needs_attention",
        "reason": REFUSED.message,
    }


def test_the_operators_alerting_has_a_line_to_wait_for(
    world: World, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            night(world, REFUSED)
    told = caplog.text + capsys.readouterr().out
    assert told.count("space_needs_attention") == 1
    assert "acton_credentials" in told


def test_a_space_that_is_aside_is_not_due(world: World) -> None:
    for _ in range(3):
        night(world, REFUSED)
    with world.store.write() as desk:
        desk.spaces.set_next_due(world.space.space_id, world.time)
        assert desk.spaces.due(world.time, 10, now=world.time) == []


def test_two_strikes_and_a_good_run_are_forgiven(world: World) -> None:
    for trouble in (REFUSED, REFUSED, None, REFUSED, REFUSED):
        night(world, trouble)
    assert status(world) is SpaceStatus.RUNNING
    night(world, REFUSED)
    assert status(world) is SpaceStatus.NEEDS_ATTENTION


def test_a_vendor_that_is_away_neither_strikes_nor_forgives(world: World) -> None:
    world.options = type(world.options)(failed_lists=1)
    for trouble in (AWAY, AWAY, AWAY, REFUSED, AWAY, REFUSED, AWAY):
        assert night(world, trouble).status is RunStatus.FAILED
        assert status(world) is SpaceStatus.RUNNING
    night(world, REFUSED)
    assert status(world) is SpaceStatus.NEEDS_ATTENTION


def test_a_quota_that_is_gone_is_no_strike(world: World) -> None:
    for _ in range(3):
        gone = QuotaGone("Used up.", resume_at=world.time - timedelta(days=400))
        assert night(world, gone).status is RunStatus.PAUSED
    assert status(world) is SpaceStatus.RUNNING


def test_an_owner_who_left_and_a_key_that_was_revoked_are_strikes_too(world: World) -> None:
    users = dict(world.pipeliner.users)
    world.pipeliner.users.clear()
    assert [night(world).problem.kind for _ in range(2)] == ["owner_unknown"] * 2  # type: ignore[union-attr]
    world.pipeliner.users.update(users)
    world.acton.add_person("l-0001", "ann@example.com", last="Ann", score=50)

    def revoked(kind: str) -> None:
        raise CredentialsRefused("Pipeliner refused the key.", kind="pipeliner_credentials")

    world.pipeliner.before_write = revoked  # in the middle of the run
    run = night(world)
    assert (run.status, run.counts.failed) == (RunStatus.FAILED, {"not_reached": 1})
    assert run.counts.adds_up
    assert (status(world), note(world).reason) == (
        SpaceStatus.NEEDS_ATTENTION,
        "Pipeliner refused the key.",
    )


def test_a_key_revoked_in_the_middle_costs_no_further_call_and_nothing_is_doubled_after_it(
    world: World,
) -> None:
    world.options = type(world.options)(batch_size=2)
    for number in range(6):
        world.acton.add_person("l-0001", f"p{number}@example.com", last=f"P{number}", score=50)
    writes: list[str] = []

    def revoked_after_the_first_batch(kind: str) -> None:
        writes.append(kind)
        if len(writes) > 2:
            raise CredentialsRefused("Pipeliner refused the key.", kind="pipeliner_credentials")

    world.pipeliner.before_write = revoked_after_the_first_batch
    broken = night(world)
    assert broken.problem is not None
    assert broken.problem.kind == "pipeliner_credentials"
    assert len(writes) == 3
    world.pipeliner.before_write = lambda kind: None
    assert night(world).status is RunStatus.SUCCEEDED
    assert len(world.pipeliner.leads) == len(world.pipeliner.contacts) == 6


def test_what_the_operator_has_to_mend_puts_no_space_aside(world: World) -> None:
    for _ in range(4):
        night(world, CredentialsRefused("No such client.", kind="acton_client"))
    assert status(world) is SpaceStatus.RUNNING


def test_somebody_who_resumed_the_space_has_three_nights_again(world: World) -> None:
    for _ in range(3):
        night(world, REFUSED)
    world.time += timedelta(hours=6)
    put(world, SpaceStatus.RUNNING)
    for _ in range(2):
        night(world, REFUSED)
        assert status(world) is SpaceStatus.RUNNING
    night(world, REFUSED)
    assert status(world) is SpaceStatus.NEEDS_ATTENTION


def test_a_space_stopped_while_its_run_was_under_way_stays_as_it_was_left(world: World) -> None:
    night(world, REFUSED)
    night(world, REFUSED)
    world.acton.before_page = lambda list_id, offset: put(world, SpaceStatus.PAUSED)
    night(world, REFUSED)
    assert status(world) is SpaceStatus.PAUSED
    assert note(world).by == "anna@example.com"


def test_a_set_up_that_is_broken_is_named_as_the_reason(world: World) -> None:
    for _ in range(3):
        night(world, SetupError("Act-On lets nobody read this.", kind="acton_forbidden"))
    assert (status(world), note(world).reason) == (
        SpaceStatus.NEEDS_ATTENTION,
        "Act-On lets nobody read this.",
    )
    assert world.time == NOON + timedelta(days=3)
