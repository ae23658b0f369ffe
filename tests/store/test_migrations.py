"""The tables come from migrations alone, and those agree with `tables.py` on both databases."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from sync.errors import IntegrationError, SetupError, TryLater
from sync.keyring import Keyring
from sync.store import Store, open_database
from sync.store.tables import metadata
from tests.store.helpers import NOON, at_once, make_space


def drift(connection: Connection) -> list[object]:
    """How the tables that are there differ from those of `tables.py`."""
    options = {"compare_type": True, "compare_server_default": True}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


def table_names(store: Store) -> set[str]:
    with store.database.read() as connection:
        return set(inspect(connection).get_table_names())


@pytest.fixture
def newer(empty: Store) -> Store:
    """A database that a newer version of this service has upgraded."""
    empty.upgrade()
    with empty.database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    return empty


def test_an_upgrade_from_nothing_gives_exactly_the_tables_we_know(empty: Store) -> None:
    empty.upgrade()
    assert table_names(empty) == {*metadata.tables, "alembic_version"}
    with empty.database.read() as connection:
        assert drift(connection) == []
    empty.ensure_migrated()


def test_a_table_that_differs_would_be_noticed(empty: Store) -> None:
    empty.upgrade()
    with empty.database.write() as connection:
        connection.execute(text("ALTER TABLE people DROP COLUMN blocked"))
        connection.execute(text("DROP INDEX uq_runs_one_open_a_space"))
        assert len(drift(connection)) == 2


def test_a_second_upgrade_changes_nothing(store: Store) -> None:
    with store.write() as desk:
        desk.spaces.save(make_space(), now=NOON)
    store.upgrade()
    with store.read() as desk:
        assert desk.spaces.get("acme_sales") == make_space()


def test_processes_that_start_together_upgrade_in_turn(empty_url: str, keyring: Keyring) -> None:
    stores = [Store(open_database(empty_url), keyring) for _ in range(3)]
    at_once(*(store.upgrade for store in stores))
    for store in stores:
        store.ensure_migrated()
        store.database.close()


def test_an_upgrade_that_breaks_off_leaves_nothing_behind(empty: Store) -> None:
    with empty.database.write() as connection:
        connection.execute(text("CREATE TABLE score_history (in_the_way INTEGER)"))
    with pytest.raises((DBAPIError, IntegrationError)):
        empty.upgrade()
    assert table_names(empty) == {"score_history"}


def test_a_database_without_our_tables_is_reported_with_what_to_do(empty: Store) -> None:
    with pytest.raises(TryLater, match="not in its newest form") as caught:
        empty.ensure_migrated()
    assert "db upgrade" in caught.value.hint


def test_working_on_a_database_without_our_tables_says_what_to_do(empty: Store) -> None:
    with pytest.raises(IntegrationError) as caught, empty.read() as desk:
        desk.spaces.find("acme_sales")
    assert "db upgrade" in caught.value.hint


def test_a_database_of_a_newer_version_is_not_ready(newer: Store) -> None:
    with pytest.raises(SetupError, match="newer"):
        newer.ensure_migrated()


def test_upgrading_a_database_of_a_newer_version_is_refused_with_a_sentence(newer: Store) -> None:
    with pytest.raises(IntegrationError, match="newer"):
        newer.upgrade()
