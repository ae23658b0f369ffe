"""The tables come from migrations alone, and those agree with `tables.py` on both databases."""

from datetime import date, datetime, timedelta

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, inspect, text
from sqlalchemy.exc import DBAPIError

from sync.errors import IntegrationError, TryLater
from sync.keyring import Keyring
from sync.store import Store, open_database
from sync.store.migrate import _config
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


def test_this_version_works_on_a_database_of_a_newer_one(newer: Store) -> None:
    newer.ensure_migrated()
    with newer.write() as desk:
        desk.spaces.save(make_space(), now=NOON)
    with newer.read() as desk:
        assert desk.spaces.get("acme_sales") == make_space()


def test_a_database_of_a_newer_version_is_left_as_it_is(newer: Store) -> None:
    with newer.database.write() as connection:
        connection.execute(text("DROP INDEX uq_runs_one_open_a_space"))  # and not made again
    assert not newer.upgrade()
    with newer.database.read() as connection:
        assert MigrationContext.configure(connection).get_current_revision() == "9999"
        assert len(drift(connection)) == 1


# --- An upgrade while the version before works (docs/decisions.md) --------------------------------

REVISIONS = [
    (script.down_revision, script.revision)
    for script in ScriptDirectory.from_config(_config()).walk_revisions()
    if script.down_revision is not None
]
VALUES: dict[type, tuple[object, object]] = {
    str: ("a", "b"),
    int: (1, 2),
    float: (1.0, 2.0),
    bytes: (b"a", b"b"),
    bool: (False, True),
    datetime: (NOON, NOON + timedelta(days=1)),
    date: (NOON.date(), NOON.date() + timedelta(days=1)),
    object: ({"a": 1}, {"b": 2}),  # JSON
}


def migrate(store: Store, revision: str) -> None:
    with store.database.write() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def write_rows(store: Store, known: MetaData, number: int) -> None:
    """A row in every table, as a version writes it that knows these tables and columns."""
    with store.database.write() as connection:
        for table in known.sorted_tables:
            values = {
                column.name: VALUES[column.type.python_type][number] for column in table.columns
            }
            connection.execute(table.insert().values(values))
            first, *_, last = table.columns
            changed = table.update().where(first == values[first.name])
            connection.execute(changed.values({last.name: values[last.name]}))


def rows(store: Store, known: MetaData) -> list[int]:
    with store.database.read() as connection:
        return [len(connection.execute(table.select()).all()) for table in known.sorted_tables]


@pytest.mark.parametrize(("before", "after"), REVISIONS)
def test_the_version_before_works_on_after_a_migration(
    empty: Store, before: str, after: str
) -> None:
    migrate(empty, before)
    known = MetaData()
    with empty.database.read() as connection:
        known.reflect(connection)
    known.remove(known.tables["alembic_version"])
    write_rows(empty, known, 0)
    for _ in range(10):  # PostgreSQL's driver prepares what is asked often
        rows(empty, known)
    migrate(empty, after)
    write_rows(empty, known, 1)
    assert rows(empty, known) == [2] * len(known.tables)


@pytest.mark.parametrize(
    "breaking",
    [
        "ALTER TABLE runs DROP COLUMN resumed",
        "ALTER TABLE runs ADD COLUMN more INTEGER CHECK (more IS NOT NULL)",
        "ALTER TABLE runs RENAME COLUMN threshold TO score",
        "DROP TABLE cron_calls",
    ],
)
def test_a_migration_that_breaks_the_version_before_would_be_noticed(
    empty: Store, breaking: str
) -> None:
    empty.upgrade()
    known = MetaData()
    with empty.database.read() as connection:
        known.reflect(connection)
    known.remove(known.tables["alembic_version"])
    with empty.database.write() as connection:
        connection.execute(text(breaking))
    with pytest.raises((DBAPIError, IntegrationError)):
        write_rows(empty, known, 0)


def test_a_process_that_is_ahead_of_its_database_goes_on_after_the_upgrade(
    empty: Store, empty_url: str, keyring: Keyring
) -> None:
    migrate(empty, "0004")
    with pytest.raises(TryLater, match="not in its newest form"), empty.read() as desk:
        desk.runs.of_space("acme_sales", 1)
    with pytest.raises(TryLater, match="not in its newest form"):
        empty.ensure_migrated()
    other = Store(open_database(empty_url), keyring)
    assert other.upgrade()
    other.database.close()
    empty.ensure_migrated()
    with empty.read() as desk:
        assert desk.runs.of_space("acme_sales", 1) == []
