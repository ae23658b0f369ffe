"""Act-On's tokens: one pair for all processes, sealed, fetched by one at a time."""

from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import select, update

import sync.store.tokens
from sync.errors import SetupError
from sync.keyring import Keyring, generate_key
from sync.model import LogInRefusal, Problem, StoredToken
from sync.store import Database
from sync.store.tables import tokens
from sync.store.tokens import RowTokenStore
from tests.store.helpers import NOON, at_once

PAIR = StoredToken(access="access secret", refresh="refresh secret", expires_at=NOON, version=0)


@pytest.fixture
def held(database: Database, keyring: Keyring) -> RowTokenStore:
    return RowTokenStore(database, keyring, "acton.example.com|client|user")


def fetch(held: RowTokenStore, seen_version: int, pair: StoredToken = PAIR) -> bool:
    """Whether we were the one to fetch a new pair; it is then saved."""
    if not held.begin_refresh(seen_version):
        return False
    held.save(pair)
    return True


def test_nothing_is_held_before_the_first_log_in(held: RowTokenStore) -> None:
    assert held.read() is None
    assert held.begin_refresh(0)
    assert held.read() is None


@pytest.mark.parametrize("refresh", ["refresh secret", None])
def test_a_pair_comes_back_with_its_version_counted(
    held: RowTokenStore, refresh: str | None
) -> None:
    for version in (1, 2):
        assert fetch(held, version - 1, replace(PAIR, refresh=refresh))
        assert held.read() == replace(PAIR, refresh=refresh, version=version)


def test_of_many_who_find_a_pair_wanting_one_fetches_the_next(
    held: RowTokenStore, database: Database, keyring: Keyring
) -> None:
    others = [RowTokenStore(database, keyring, held._name) for _ in range(3)]
    for version in (0, 1):
        fetched = at_once(*(partial(fetch, one, version) for one in (held, *others)))
        assert sorted(fetched) == [False, False, False, True]
        assert held.read() == replace(PAIR, version=version + 1)


def test_whoever_saw_an_older_pair_fetches_nothing(held: RowTokenStore) -> None:
    fetch(held, 0)
    assert not held.begin_refresh(0)
    assert held.begin_refresh(1)


def test_others_may_try_once_nothing_was_to_be_had(held: RowTokenStore) -> None:
    assert held.begin_refresh(0)
    assert not held.begin_refresh(0)
    held.end_refresh()
    assert held.begin_refresh(0)


def test_a_process_that_died_while_fetching_is_not_waited_for_for_ever(
    held: RowTokenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync.store.tokens, "BUSY_SECONDS", -1)
    assert held.begin_refresh(0)
    assert held.begin_refresh(0)


def test_a_slow_process_that_fails_after_all_does_not_let_a_third_one_in(
    held: RowTokenStore, database: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = RowTokenStore(database, keyring, held._name)
    with monkeypatch.context() as slowly:
        slowly.setattr(sync.store.tokens, "BUSY_SECONDS", -1)
        assert held.begin_refresh(0)
    assert quick.begin_refresh(0)
    held.end_refresh()
    assert not RowTokenStore(database, keyring, held._name).begin_refresh(0)


def test_the_pairs_of_two_users_are_kept_apart(
    held: RowTokenStore, database: Database, keyring: Keyring
) -> None:
    other = RowTokenStore(database, keyring, "acton.example.com|client|another user")
    assert held.begin_refresh(0)
    assert fetch(other, 0, replace(PAIR, access="another"))
    held.save(PAIR)
    assert held.read() == replace(PAIR, version=1)
    assert other.read() == replace(PAIR, access="another", version=1)


REFUSAL = LogInRefusal(
    tried="a digest",
    problem=Problem(kind="acton_credentials", message="No.", hint="Mend."),
    until=NOON,
)


def test_a_refusal_is_told_to_all_processes(
    held: RowTokenStore, database: Database, keyring: Keyring
) -> None:
    other = RowTokenStore(database, keyring, held._name)
    assert other.refusal() is None
    for refusal in (replace(REFUSAL, tried="before"), REFUSAL):
        held.note_refusal(refusal)
        assert other.refusal() == refusal
    assert RowTokenStore(database, keyring, "acton.example.com|client|bob").refusal() is None


def test_a_refusal_does_not_touch_the_pair_and_a_new_pair_ends_it(held: RowTokenStore) -> None:
    fetch(held, 0)
    held.note_refusal(REFUSAL)
    assert held.read() == replace(PAIR, version=1)
    fetch(held, 1)
    assert held.refusal() is None


def test_forgetting_the_access_forgets_the_refusal(held: RowTokenStore) -> None:
    held.note_refusal(REFUSAL)
    held.forget()
    assert held.refusal() is None


def test_a_refusal_that_cannot_be_opened_any_more_keeps_nobody_from_asking(
    held: RowTokenStore, database: Database
) -> None:
    held.note_refusal(REFUSAL)
    assert RowTokenStore(database, Keyring.parse(generate_key()), held._name).refusal() is None


def test_a_name_as_long_as_a_name_may_be_has_its_refusal(
    database: Database, keyring: Keyring
) -> None:
    long = RowTokenStore(database, keyring, "n" * 200)
    long.note_refusal(REFUSAL)
    assert long.refusal() == REFUSAL


def test_neither_token_is_stored_in_the_open(held: RowTokenStore, database: Database) -> None:
    fetch(held, 0)
    with database.read() as connection:
        row = connection.execute(select(tokens)).one()
    assert row.name == held._name
    assert "secret" not in str(row)


@pytest.mark.parametrize(
    "moved",
    [{tokens.c.name: "somebody else"}, {tokens.c.access_sealed: tokens.c.refresh_sealed}],
    ids=["to another row", "to another column"],
)
def test_a_token_that_was_moved_does_not_open(
    held: RowTokenStore, database: Database, keyring: Keyring, moved: dict[object, object]
) -> None:
    fetch(held, 0)
    with database.write() as connection:
        connection.execute(update(tokens).values(moved))
        name = connection.scalar(select(tokens.c.name))
    with pytest.raises(SetupError, match=r"tokens\.access"):
        RowTokenStore(database, keyring, str(name)).read()
