"""A space that was put aside goes on by itself once what was refused is shown to work again."""

from collections.abc import Callable

import pytest

from sync.errors import CredentialsRefused, IntegrationError, SetupError
from sync.model import Event, Health, Remedy, RunStatus, SpaceStatus
from sync.service import Service
from tests.service.world import AdminWorld

ACTON = CredentialsRefused("Act-On refuses the password.", kind="acton_credentials")
KEY = CredentialsRefused("Pipeliner refuses the key.", kind="pipeliner_credentials")
BACK = "https://acton.example.com/oauth/acton/callback"


def by_password(world: AdminWorld) -> None:
    assert world.connecting.connect_with_password(
        world.anna, "acme", username="m@example.com", password="new secret"
    ).works


def by_redirect(world: AdminWorld) -> None:
    world.connecting.begin_log_in(world.anna, "acme", session_token="one", redirect_uri=BACK)
    state = world.vendors.states[-1]
    world.connecting.finish_log_in(world.anna, session_token="one", state=state, code="good")


def by_a_key(world: AdminWorld) -> None:
    world.connecting.change_pipeliner_key(
        world.anna, "acme", username="us_2", password="second secret"
    )


def service(world: AdminWorld) -> Service:
    return Service(
        world.store,
        world.vendors.connect,
        world.bell,
        allow_host=world.vendors.allow_host,
        options=world.connecting._parts.options,
        now=lambda: world.time,
    )


def put_aside(world: AdminWorld, trouble: IntegrationError) -> None:
    world.fails(trouble, nights=3)
    assert world.space().status is SpaceStatus.NEEDS_ATTENTION


@pytest.mark.parametrize(
    ("trouble", "mend", "event"),
    [
        (ACTON, by_password, Event.ACTON_CONNECTED),
        (ACTON, by_redirect, Event.ACTON_CONNECTED),
        (KEY, by_a_key, Event.CREDENTIALS_CHANGED),
    ],
    ids=["password", "redirect", "key"],
)
def test_proving_what_was_refused_sets_the_space_going(
    world: AdminWorld, trouble: IntegrationError, mend: Callable[[AdminWorld], None], event: Event
) -> None:
    put_aside(world, trouble)
    world.vendors.acton.failing.clear()
    mend(world)
    assert world.space().status is SpaceStatus.RUNNING
    assert world.events()[-2:] == [event, Event.RESUMED]
    due = world.space().next_due_at
    assert due is not None
    assert due > world.time
    world.time = due
    (started,) = service(world).start_due()
    assert (started.run.space_id, started.started) == ("acme", True)
    assert world.work(started.run.run_id).status is RunStatus.SUCCEEDED


@pytest.mark.parametrize(
    ("trouble", "mend"),
    [
        (ACTON, by_a_key),
        (KEY, by_password),
        (SetupError("Nobody.", kind="owner_unknown"), by_password),
        (SetupError("Nobody.", kind="owner_unknown"), by_a_key),
    ],
    ids=["act-on by key", "key by password", "owner by password", "owner by key"],
)
def test_proving_something_else_does_not(
    world: AdminWorld, trouble: IntegrationError, mend: Callable[[AdminWorld], None]
) -> None:
    put_aside(world, trouble)
    mend(world)
    assert world.space().status is SpaceStatus.NEEDS_ATTENTION
    assert Event.RESUMED not in world.events()


def test_a_password_that_is_refused_again_changes_nothing(world: AdminWorld) -> None:
    put_aside(world, ACTON)
    world.vendors.refusal = ACTON
    tested = world.connecting.connect_with_password(
        world.anna, "acme", username="m@example.com", password="wrong again"
    )
    assert not tested.works
    assert world.space().status is SpaceStatus.NEEDS_ATTENTION


def test_a_code_that_opens_an_account_we_cannot_read_changes_nothing(world: AdminWorld) -> None:
    put_aside(world, ACTON)
    world.vendors.acton.refusal = SetupError("No API here.", kind="api_not_enabled")
    by_redirect(world)
    assert world.space().status is SpaceStatus.NEEDS_ATTENTION


def test_connecting_does_not_start_what_its_admin_paused(world: AdminWorld) -> None:
    world.fails(ACTON, nights=2)
    world.administration.pause(world.anna, "acme")
    by_password(world)
    assert world.space().status is SpaceStatus.PAUSED


def test_two_strikes_before_connecting_again_are_forgotten(world: AdminWorld) -> None:
    world.fails(ACTON, nights=2)
    by_password(world)
    world.fails(ACTON, nights=2)
    assert world.space().status is SpaceStatus.RUNNING
    world.fails(ACTON, nights=1)
    assert world.space().status is SpaceStatus.NEEDS_ATTENTION


def test_the_spaces_of_others_go_on(world: AdminWorld) -> None:
    put_aside(world, ACTON)
    world.vendors.acton.failing.clear()
    assert world.space("other").status is SpaceStatus.RUNNING
    with world.store.write() as desk:
        for space_id in ("acme", "other"):
            desk.spaces.set_next_due(space_id, world.time)
    (started,) = service(world).start_due()
    assert started.run.space_id == "other"
    assert world.work(started.run.run_id).status is RunStatus.SUCCEEDED
    lines = {one.space_id: one for one in world.operating.spaces(world.olga).items}
    assert lines["acme"].health is Health.BROKEN
    assert lines["acme"].status_reason == ACTON.message
    assert lines["other"].health is Health.WELL


def test_no_run_is_started_by_hand_before_it_is_resumed(world: AdminWorld) -> None:
    put_aside(world, SetupError("Nobody.", kind="owner_unknown"))
    with pytest.raises(SetupError, match="credentials are broken"):
        world.administration.start(world.anna, "acme")
    with pytest.raises(SetupError, match="credentials are broken"):
        service(world).start("acme")
    world.vendors.acton.failing.clear()
    world.administration.resume(world.anna, "acme")
    assert world.sync().status is RunStatus.SUCCEEDED


def test_the_overview_says_what_helps_while_it_is_needed(world: AdminWorld) -> None:
    world.fails(KEY, nights=2)
    assert world.administration.overview(world.anna, "acme").remedy is None
    world.fails(KEY, nights=1)
    overview = world.administration.overview(world.anna, "acme")
    assert (overview.remedy, overview.health) == (Remedy.REPLACE_KEY, Health.BROKEN)
