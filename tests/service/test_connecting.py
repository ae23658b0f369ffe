"""Connecting Act-On by password and by redirect, with plain causes where it does not work."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from sync.errors import (
    CredentialsRefused,
    IntegrationError,
    InvalidFields,
    NotFound,
    QuotaGone,
    SetupError,
    TryLater,
    UnexpectedAnswer,
)
from sync.model import ActOnAccess, Cause, ConnectedBy
from sync.service import LogInFailed
from sync.service.looking_at import cause_of
from sync.store.tables.administration import log_in_states
from tests.service.world import NOON, AdminWorld

REFUSALS = [
    (CredentialsRefused("No.", kind="acton_client"), Cause.CLIENT),
    (CredentialsRefused("No."), Cause.USER),
    (CredentialsRefused("No.", kind="not_connected"), Cause.NOT_CONNECTED),
    (SetupError("No.", kind="api_not_enabled"), Cause.API_NOT_ENABLED),
    (SetupError("No.", kind="host"), Cause.HOST),
    (SetupError("No.", kind="acton_forbidden"), Cause.FORBIDDEN),
    (TryLater("No."), Cause.UNREACHABLE),
    (QuotaGone("No.", resume_at=NOON), Cause.QUOTA),
    (UnexpectedAnswer("No."), Cause.OTHER),
]
BACK = "https://acton.example.com/oauth/acton/callback"


@pytest.fixture
def new_space(world: AdminWorld) -> AdminWorld:
    """The space acme is not connected to Act-On."""
    world.add_space("acme", acton=ActOnAccess())
    return world


def connect(world: AdminWorld, username: str = "m@example.com", password: str = "new secret"):  # noqa: S107
    return world.connecting.connect_with_password(
        world.anna, "acme", username=username, password=password
    )


@pytest.mark.parametrize(("error", "cause"), REFUSALS)
def test_each_way_of_failing_has_its_cause(error: IntegrationError, cause: Cause) -> None:
    assert cause_of(error) is cause


# --- by password ------------------------------------------------------------------------------


def test_a_password_that_works_is_stored_sealed_and_the_account_is_known(
    new_space: AdminWorld,
) -> None:
    tested = connect(new_space)
    assert tested.works
    assert (tested.account_id, tested.account_name, tested.lists) == ("12345", "Acme Marketing", 1)
    acton = new_space.space().acton
    assert (acton.username, acton.password, acton.account_id) == (
        "m@example.com",
        "new secret",
        "12345",
    )
    facts = new_space.connecting.facts(new_space.anna, "acme")
    assert (facts.by, facts.username) == (ConnectedBy.PASSWORD, "m@example.com")
    with new_space.store.read() as desk:
        (entry,) = desk.audit.page(limit=1)
    assert "new secret" not in str(entry)


@pytest.mark.parametrize(("error", "cause"), REFUSALS)
def test_a_password_that_does_not_work_is_not_stored(
    world: AdminWorld, error: IntegrationError, cause: Cause
) -> None:
    world.vendors.refusal = error
    tested = connect(world)
    assert (tested.works, tested.cause) == (False, cause)
    assert world.space().acton.password == "act-on secret"


def test_an_empty_password_means_the_stored_one_of_the_same_user_only(world: AdminWorld) -> None:
    assert connect(world, username="marketing@example.com", password="").works
    assert world.space().acton.password == "act-on secret"
    with pytest.raises(InvalidFields) as caught:
        connect(world, username="other@example.com", password="")
    assert [one.field for one in caught.value.problems] == ["password"]


# --- by redirect ------------------------------------------------------------------------------


def begin(world: AdminWorld, session: str = "session one") -> str:
    world.connecting.begin_log_in(world.anna, "acme", session_token=session, redirect_uri=BACK)
    return world.vendors.states[-1]


def finish(world: AdminWorld, state: str, **changes: str):
    told = {"session_token": "session one", "code": "good"} | changes
    return world.connecting.finish_log_in(world.anna, state=state, **told)


def test_a_code_that_comes_back_connects_the_space_without_a_password(
    new_space: AdminWorld,
) -> None:
    space_id, tested = finish(new_space, begin(new_space))
    assert (space_id, tested.works) == ("acme", True)
    assert new_space.space().acton.account_id == "12345"
    assert new_space.connecting.facts(new_space.anna, "acme").by is ConnectedBy.CODE


def test_the_access_held_moves_along_where_the_account_becomes_known(
    new_space: AdminWorld,
) -> None:
    finish(new_space, begin(new_space))
    before, after = new_space.vendors.carried[-1]
    assert (before.acton.account_id, after.acton.account_id) == (None, "12345")


def test_a_code_replaces_a_password(world: AdminWorld) -> None:
    finish(world, begin(world))
    assert world.space().acton.password is None


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"session_token": "another session"}, "state_mismatch"),
        ({"error": "access_denied", "code": ""}, "denied"),
        ({"code": ""}, "denied"),
        ({"code": "stale"}, "refused"),
    ],
)
def test_a_log_in_that_failed_says_why_and_can_be_begun_again(
    world: AdminWorld, changes: dict[str, str], kind: str
) -> None:
    with pytest.raises(LogInFailed) as caught:
        finish(world, begin(world), **changes)
    assert caught.value.kind == kind
    assert caught.value.hint
    assert world.space().acton.password == "act-on secret"
    assert finish(world, begin(world))


def test_a_state_that_is_not_ours_opens_nothing(world: AdminWorld) -> None:
    with pytest.raises(LogInFailed) as caught:
        finish(world, "made up")
    assert caught.value.kind == "state_mismatch"


def test_a_state_is_good_once(world: AdminWorld) -> None:
    state = begin(world)
    finish(world, state)
    with pytest.raises(LogInFailed) as caught:
        finish(world, state)
    assert caught.value.kind == "state_mismatch"


def test_a_state_is_good_for_ten_minutes(world: AdminWorld) -> None:
    state = begin(world)
    world.time += timedelta(minutes=10)
    with pytest.raises(LogInFailed) as caught:
        finish(world, state)
    assert caught.value.kind == "expired"


def test_a_state_does_not_serve_somebody_elses_rights(world: AdminWorld) -> None:
    state = begin(world)
    with pytest.raises(NotFound):
        world.connecting.finish_log_in(
            world.bert, session_token="session one", state=state, code="good"
        )


def test_the_database_holds_no_state(world: AdminWorld) -> None:
    state = begin(world)
    with world.store.database.read() as connection:
        row = str(connection.execute(select(log_in_states)).one())
    assert state not in row
    assert "session one" not in row


def test_a_client_that_act_on_does_not_know_is_the_operators_matter(world: AdminWorld) -> None:
    world.vendors.refusal = CredentialsRefused("No client.", kind="acton_client")
    with pytest.raises(CredentialsRefused, match="No client"):
        finish(world, begin(world))


# --- the rest ---------------------------------------------------------------------------------


def test_a_test_of_the_connection_is_remembered_for_the_overview(world: AdminWorld) -> None:
    world.vendors.acton.refusal = TryLater("Act-On cannot be reached.")
    assert world.connecting.test(world.anna, "acme").cause is Cause.UNREACHABLE
    check = world.administration.overview(world.anna, "acme").last_check
    assert check.problem is not None
    assert check.problem.message == "Act-On cannot be reached."
    world.vendors.acton.refusal = None
    world.connecting.test(world.anna, "acme")
    assert world.administration.overview(world.anna, "acme").last_check.problem is None


def test_disconnecting_forgets_password_and_access(world: AdminWorld) -> None:
    connect(world)
    world.connecting.disconnect(world.anna, "acme")
    assert world.connecting.facts(world.anna, "acme").by is None
    assert "acme" not in world.vendors.held


def test_access_that_another_space_uses_too_is_kept(world: AdminWorld) -> None:
    world.vendors.held.add("acme")
    world.connecting.disconnect(world.anna, "acme")  # `other` has the same user name
    assert "acme" in world.vendors.held


def test_another_pipeliner_key_is_used_once_it_was_shown_to_work(world: AdminWorld) -> None:
    world.connecting.change_pipeliner_key(
        world.anna, "acme", username="us_2", password="second secret"
    )
    assert world.space().pipeliner.password == "second secret"
    world.vendors.pipeliner.refusal = CredentialsRefused("No.")
    with pytest.raises(InvalidFields):
        world.connecting.change_pipeliner_key(
            world.anna, "acme", username="us_3", password="third secret"
        )
    assert world.space().pipeliner.username == "us_2"
    with world.store.read() as desk:
        assert "secret" not in str(desk.audit.page(limit=10))
