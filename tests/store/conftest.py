"""A store for each test, on both databases, and spaces in it."""

from collections.abc import Iterator

import pytest

from sync.keyring import Keyring, generate_key
from sync.model import Space
from sync.store import Database, Store, open_database
from tests.databases import Server
from tests.store.helpers import NOON, make_space


@pytest.fixture
def keyring() -> Keyring:
    return Keyring.parse(generate_key())


@pytest.fixture
def empty_url(server: Server) -> Iterator[str]:
    """The address of a database with nothing in it."""
    url = server.make()
    yield url
    server.drop(url)


@pytest.fixture
def empty(empty_url: str, keyring: Keyring) -> Iterator[Store]:
    """A store on a database with nothing in it, whose tables a test may change."""
    store = Store(open_database(empty_url), keyring)
    yield store
    store.database.close()


@pytest.fixture
def store(server: Server, keyring: Keyring) -> Iterator[Store]:
    """A store whose tables are there, without a row."""
    store = Store(open_database(server.lend()), keyring)
    yield store
    store.database.close()


@pytest.fixture
def database(store: Store) -> Database:
    return store.database


@pytest.fixture
def space(store: Store) -> Space:
    """The space acme_sales, imported."""
    made = make_space()
    with store.write() as desk:
        desk.spaces.save(made, now=NOON)
    return made


@pytest.fixture
def other_space(store: Store) -> Space:
    """A second tenant, who must never be touched by what is done for the first."""
    made = make_space("other_sales")
    with store.write() as desk:
        desk.spaces.save(made, now=NOON)
    return made
