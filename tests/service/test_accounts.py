"""Signing in and out, and what an account cannot be tricked into."""

from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from sync.errors import InvalidFields, NotAllowed, NotFound, SignInFailed, TooManyTries
from sync.model import Identity, SignedIn
from sync.service import AccountOptions, Accounts, Hashing
from sync.store.tables.administration import accounts, sessions, sign_in_tries
from tests.service.world import CHEAP, PASSWORD, AdminWorld

HERE = "192.0.2.1"
NEW = "quite another pass phrase"


def sign_up(world: AdminWorld, email: str = "anna@example.com") -> SignedIn:
    return world.accounts.sign_up(email, PASSWORD, address=HERE)


def sign_in(world: AdminWorld, email: str = "anna@example.com", **changes: str) -> SignedIn:
    told = {"password": PASSWORD, "address": HERE} | changes
    return world.accounts.sign_in(email, **told)


def identity(**changes: object) -> Identity:
    facts = {
        "issuer": "https://login.example",
        "subject": "s-1",
        "email": "Anna@Example.com",
        "email_verified": True,
    }
    return Identity(**(facts | changes))


# --- signing up and in ------------------------------------------------------------------------


def test_whoever_signs_up_is_signed_in_and_has_no_rights(world: AdminWorld) -> None:
    signed_in = sign_up(world, " Anna@EXAMPLE.com ")
    session = world.accounts.session(signed_in.token)
    assert session is not None
    assert session.account.email == "anna@example.com"
    assert (session.actor.is_operator, session.actor.spaces) == (False, frozenset())
    assert world.events() == ["signed_up", "signed_in"]


def test_sign_up_can_be_closed(world: AdminWorld) -> None:
    world.choose(sign_up_open=False)
    with pytest.raises(NotAllowed):
        sign_up(world)


def test_all_that_is_wrong_with_a_new_account_is_said_at_its_field(world: AdminWorld) -> None:
    with pytest.raises(InvalidFields) as caught:
        world.accounts.sign_up("no address", "short", address=HERE)
    assert [one.field for one in caught.value.problems] == ["email", "password"]


def test_an_address_has_one_account(world: AdminWorld) -> None:
    sign_up(world)
    with pytest.raises(InvalidFields) as caught:
        sign_up(world, "ANNA@example.com")
    assert caught.value.problems[0].field == "email"


@pytest.mark.parametrize("email", ["ANNA@example.com", " anna@example.com"])
def test_the_right_password_signs_in_however_the_address_is_typed(
    world: AdminWorld, email: str
) -> None:
    sign_up(world)
    assert sign_in(world, email).account.email == "anna@example.com"


def test_unknown_address_wrong_password_and_disabled_account_are_answered_alike(
    world: AdminWorld,
) -> None:
    sign_up(world)
    sign_up(world, "gone@example.com")
    world.accounts.disable("gone@example.com")
    answers = set()
    for email, password in (
        ("nobody@example.com", PASSWORD),
        ("anna@example.com", "wrong pass phrase"),
        ("gone@example.com", PASSWORD),
        ("no address at all", PASSWORD),
    ):
        with pytest.raises(SignInFailed) as caught:
            sign_in(world, email, password=password)
        answers.add((str(caught.value), caught.value.kind))
    assert len(answers) == 1


def test_an_unknown_address_costs_a_hash_too(world: AdminWorld) -> None:
    asked = []

    class Counting(Hashing):
        def is_right(self, kept: str | None, password: str) -> bool:
            asked.append(kept)
            return super().is_right(kept, password)

    counting = Accounts(world.store, Counting(CHEAP), AccountOptions(), now=lambda: world.time)
    with pytest.raises(SignInFailed):
        counting.sign_in("nobody@example.com", PASSWORD, address=HERE)
    assert asked == [None]
    assert not Hashing(CHEAP).is_right(None, "the password of nobody")


def test_a_hash_made_with_other_parameters_is_made_anew_at_the_next_sign_in(
    world: AdminWorld,
) -> None:
    sign_up(world)
    stronger = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1)
    renewing = Accounts(world.store, Hashing(stronger), AccountOptions(), now=lambda: world.time)
    renewing.sign_in("anna@example.com", PASSWORD, address=HERE)
    with world.store.database.read() as connection:
        kept = connection.scalar(select(accounts.c.password_hash))
    assert kept is not None
    assert not stronger.check_needs_rehash(kept)
    assert kept.startswith("$argon2id$")


# --- trying again and again -------------------------------------------------------------------


def fail(world: AdminWorld, times: int, email: str = "anna@example.com", address: str = HERE):
    for _ in range(times):
        with pytest.raises(SignInFailed):
            sign_in(world, email, password="wrong pass phrase", address=address)


def test_after_several_failures_even_the_right_password_has_to_wait(world: AdminWorld) -> None:
    sign_up(world)
    fail(world, 5)
    with pytest.raises(TooManyTries) as caught:
        sign_in(world)
    assert caught.value.retry_at == world.time + timedelta(seconds=5)
    world.later(seconds=6)
    assert sign_in(world)


def test_each_further_failure_doubles_the_wait(world: AdminWorld) -> None:
    sign_up(world)
    fail(world, 5)
    world.later(seconds=6)
    fail(world, 1)
    world.later(seconds=6)
    with pytest.raises(TooManyTries):
        sign_in(world)
    world.later(seconds=5)
    assert sign_in(world)


def test_nobody_can_lock_the_owner_out_from_elsewhere(world: AdminWorld) -> None:
    sign_up(world)
    fail(world, 5, address="203.0.113.9")
    assert sign_in(world)


def test_signing_in_makes_the_failures_before_it_forgotten(world: AdminWorld) -> None:
    sign_up(world)
    for _ in range(3):
        fail(world, 4)
        sign_in(world)


def test_one_address_that_tries_many_accounts_has_to_wait_as_well(world: AdminWorld) -> None:
    for number in range(30):
        fail(world, 1, email=f"person{number}@example.com")
    with pytest.raises(TooManyTries):
        sign_in(world, "another@example.com")


def test_another_process_counts_with_us(world: AdminWorld) -> None:
    sign_up(world)
    fail(world, 5)
    other = Accounts(world.store, Hashing(CHEAP), AccountOptions(), now=lambda: world.time)
    with pytest.raises(TooManyTries):
        other.sign_in("anna@example.com", PASSWORD, address=HERE)


def test_what_was_quiet_for_a_day_is_forgotten(world: AdminWorld) -> None:
    fail(world, 5)
    world.later(days=1, seconds=1)
    fail(world, 1, email="bert@example.com", address="203.0.113.9")
    with world.store.database.read() as connection:
        assert len(connection.execute(select(sign_in_tries)).all()) == 2


# --- sessions ---------------------------------------------------------------------------------


def test_the_database_holds_no_token(world: AdminWorld) -> None:
    signed_in = sign_up(world)
    with world.store.database.read() as connection:
        row = str(connection.execute(select(sessions)).one())
    assert signed_in.token not in row
    assert signed_in.token not in repr(signed_in)


def test_a_session_ends_when_it_is_idle_for_too_long(world: AdminWorld) -> None:
    token = sign_up(world).token
    world.later(minutes=29)
    assert world.accounts.session(token)
    world.later(minutes=29)
    assert world.accounts.session(token)
    world.later(minutes=30)
    assert world.accounts.session(token) is None


def test_a_session_ends_at_last_however_busy_it_is(world: AdminWorld) -> None:
    token = sign_up(world).token
    for _ in range(12 * 3 - 1):
        world.later(minutes=20)
        assert world.accounts.session(token)
    world.later(minutes=20)
    assert world.accounts.session(token) is None


def test_signing_in_gives_a_new_token_and_ends_the_one_before(world: AdminWorld) -> None:
    old = sign_up(world).token
    new = sign_in(world, replaces=old).token
    assert new != old
    assert world.accounts.session(old) is None
    assert world.accounts.session(new)


def test_signing_out_ends_this_session_and_everywhere_ends_all(world: AdminWorld) -> None:
    first, second = sign_up(world).token, sign_in(world).token
    world.accounts.sign_out(first)
    assert world.accounts.session(first) is None
    session = world.accounts.session(second)
    assert session is not None
    sign_in(world)
    assert world.accounts.sign_out_everywhere(session.actor) == 2
    assert world.accounts.session(second) is None


@pytest.mark.parametrize("token", ["", "x", "a" * 10_000])
def test_no_other_token_is_a_session(world: AdminWorld, token: str) -> None:
    sign_up(world)
    assert world.accounts.session(token) is None


def test_a_disabled_account_has_no_session_any_more(world: AdminWorld) -> None:
    token = sign_up(world).token
    world.accounts.disable("anna@example.com", actor=world.olga)
    assert world.accounts.session(token) is None
    world.accounts.enable("anna@example.com", actor=world.olga)
    assert sign_in(world)


def test_a_status_that_changes_under_a_session_ends_it(world: AdminWorld) -> None:
    token = sign_up(world).token
    with world.store.database.write() as connection:
        connection.execute(update(accounts).values(status="disabled"))
    assert world.accounts.session(token) is None


# --- passwords --------------------------------------------------------------------------------


def test_another_password_ends_all_other_sessions(world: AdminWorld) -> None:
    here, elsewhere = sign_up(world).token, sign_in(world).token
    session = world.accounts.session(here)
    assert session is not None
    world.accounts.change_password(session.actor, here, current=PASSWORD, new=NEW)
    assert world.accounts.session(here)
    assert world.accounts.session(elsewhere) is None
    assert sign_in(world, password=NEW)
    with pytest.raises(SignInFailed):
        sign_in(world)


@pytest.mark.parametrize(
    ("current", "new", "field"),
    [("wrong pass phrase", NEW, "current"), (PASSWORD, "short", "new")],
)
def test_a_password_is_not_changed_without_the_present_one_or_for_a_bad_one(
    world: AdminWorld, current: str, new: str, field: str
) -> None:
    token = sign_up(world).token
    session = world.accounts.session(token)
    assert session is not None
    with pytest.raises(InvalidFields) as caught:
        world.accounts.change_password(session.actor, token, current=current, new=new)
    assert caught.value.problems[0].field == field
    assert sign_in(world)


def test_guessing_the_present_password_in_a_stolen_session_is_slowed_down(
    world: AdminWorld,
) -> None:
    token = sign_up(world).token
    session = world.accounts.session(token)
    assert session is not None
    for _ in range(5):
        with pytest.raises(InvalidFields):
            world.accounts.change_password(session.actor, token, current="guess", new=NEW)
    with pytest.raises(TooManyTries):
        world.accounts.change_password(session.actor, token, current=PASSWORD, new=NEW)


# --- the identity provider ---------------------------------------------------------------------


def test_somebody_whom_the_identity_provider_vouches_for_gets_an_account(
    world: AdminWorld,
) -> None:
    first = world.accounts.sign_in_with_identity(identity(name="Anna"))
    assert (first.account.email, first.account.has_password) == ("anna@example.com", False)
    again = world.accounts.sign_in_with_identity(identity(email="new@example.com"))
    assert again.account.account_id == first.account.account_id
    with pytest.raises(SignInFailed):
        sign_in(world, password="")


def test_an_address_that_is_not_verified_opens_nothing(world: AdminWorld) -> None:
    sign_up(world)
    with pytest.raises(SignInFailed) as caught:
        world.accounts.sign_in_with_identity(identity(email_verified=False))
    assert caught.value.kind == "email_not_verified"


def test_whoever_took_an_address_that_is_not_theirs_is_put_out(world: AdminWorld) -> None:
    squatter = sign_up(world)
    world.accounts.sign_in_with_identity(identity())
    assert world.accounts.session(squatter.token) is None
    with pytest.raises(SignInFailed):
        sign_in(world)


def test_an_operator_of_the_shell_keeps_their_password_beside_the_identity(
    world: AdminWorld,
) -> None:
    world.accounts.create_operator("anna@example.com", PASSWORD)
    assert world.accounts.sign_in_with_identity(identity()).account.is_operator
    assert sign_in(world)


def test_only_a_verified_address_on_the_list_makes_an_operator(world: AdminWorld) -> None:
    world.choose(oidc_operators=frozenset({"anna@example.com"}), sign_up_open=False)
    with pytest.raises(SignInFailed):
        world.accounts.sign_in_with_identity(identity(email_verified=False))
    with pytest.raises(NotAllowed):
        world.accounts.sign_in_with_identity(identity(subject="s-2", email="bert@example.com"))
    assert world.accounts.sign_in_with_identity(identity()).account.is_operator


def test_signing_up_with_an_operators_address_makes_no_operator(world: AdminWorld) -> None:
    world.choose(oidc_operators=frozenset({"anna@example.com"}))
    assert not sign_up(world).account.is_operator
    assert not sign_in(world).account.is_operator


# --- operators --------------------------------------------------------------------------------


def test_the_first_operator_is_made_at_the_shell(world: AdminWorld) -> None:
    made = world.accounts.create_operator(" Olga@Example.com", PASSWORD)
    assert (made.email, made.is_operator) == ("olga@example.com", True)
    assert sign_in(world, "olga@example.com").account.is_operator
    assert [one.email for one in world.accounts.operators()] == ["olga@example.com"]


def test_an_account_becomes_an_operator_with_the_new_password(world: AdminWorld) -> None:
    token = sign_up(world).token
    world.accounts.create_operator("anna@example.com", NEW)
    assert world.accounts.session(token) is None
    assert sign_in(world, password=NEW).account.is_operator


def test_sessions_of_an_account_or_of_a_space_are_revoked(world: AdminWorld) -> None:
    world.admin_of("anna@example.com", "acme")
    world.admin_of("bert@example.com", "other")
    of_anna, of_bert = sign_in(world).token, sign_in(world, "bert@example.com").token
    assert world.accounts.revoke_sessions_of_space("acme", actor=world.olga) == 1
    assert world.accounts.session(of_anna) is None
    assert world.accounts.session(of_bert)
    assert world.accounts.revoke_sessions("bert@example.com", actor=world.olga) == 1
    assert world.accounts.session(of_bert) is None


def test_what_is_not_there_cannot_be_managed(world: AdminWorld) -> None:
    with pytest.raises(NotFound):
        world.accounts.disable("nobody@example.com")
    with pytest.raises(NotFound):
        world.accounts.revoke_sessions_of_space("nothing", actor=world.olga)


def test_admins_manage_no_accounts(world: AdminWorld) -> None:
    for ask in (
        lambda: world.accounts.all(actor=world.anna),
        lambda: world.accounts.disable("bert@example.com", actor=world.anna),
        lambda: world.accounts.create_operator("x@example.com", PASSWORD, actor=world.anna),
        lambda: world.accounts.revoke_sessions("bert@example.com", actor=world.anna),
        lambda: world.accounts.revoke_sessions_of_space("acme", actor=world.anna),
    ):
        with pytest.raises(NotAllowed):
            ask()


def test_no_password_is_in_the_audit_trail_or_in_the_open(world: AdminWorld) -> None:
    sign_up(world)
    fail(world, 1)
    with world.store.read() as desk:
        trail = str(desk.audit.page(limit=100))
    with world.store.database.read() as connection:
        rows = str(connection.execute(select(accounts)).all())
    assert PASSWORD not in trail + rows


def test_somebody_chooses_a_language_or_leaves_it_to_their_browser(world: AdminWorld) -> None:
    anna = world.anna
    for chosen, kept in (("de", "de"), ("", None)):
        world.accounts.choose_language(anna, chosen)
        with world.store.read() as desk:
            assert desk.accounts.get(anna.account_id or 0).language == kept
    with pytest.raises(InvalidFields):
        world.accounts.choose_language(anna, "tlh")
