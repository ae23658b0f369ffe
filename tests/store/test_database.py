"""What both databases promise alike: transactions, instants, a clock, and sentences."""

from collections.abc import Iterator
from datetime import timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, StatementError

from sync.clock import utcnow
from sync.errors import IntegrationError, SetupError, TryLater
from sync.model import FieldPurpose, ListInfo, ProvisionedField, Space
from sync.store import Database, Store, open_database
from sync.store.sql import database_now
from tests.store.helpers import NOON, at_once, make_space


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Iterator[Database]:
    database = open_database(f"sqlite:///{tmp_path / 'new' / 'sync.db'}")
    yield database
    database.close()


@pytest.mark.parametrize(("pragma", "value"), [("journal_mode", "wal"), ("foreign_keys", 1)])
def test_sqlite_writes_ahead_and_checks_foreign_keys(
    on_sqlite: Database, pragma: str, value: object
) -> None:
    with on_sqlite.read() as connection:
        assert connection.scalar(text(f"PRAGMA {pragma}")) == value


def test_what_belongs_to_no_space_is_refused(store: Store) -> None:
    field = ProvisionedField(purpose=FieldPurpose.LEAD_KEY, field_id="1", api_name="cf_key")
    with pytest.raises(IntegrityError), store.write() as desk:
        desk.spaces.save_fields("nobody", {FieldPurpose.LEAD_KEY: field})


def test_what_is_changed_through_one_desk_is_kept_together_or_not_at_all(store: Store) -> None:
    spring = ListInfo(list_id="l-0001", name="Spring", size=1, is_source=True)
    with store.write() as desk:
        desk.staging.add_lists(1, [spring])
    with pytest.raises(IntegrityError):
        save_and_break(store, spring)
    with store.read() as desk:
        assert desk.spaces.find("acme_sales") is None


def save_and_break(store: Store, taken: ListInfo) -> None:
    with store.write() as desk:
        desk.spaces.save(make_space(), now=NOON)
        desk.staging.add_lists(1, [taken])


def test_a_reader_is_not_kept_waiting_by_a_writer(store: Store, space: Space) -> None:
    with store.write() as writing, store.read() as reading:
        writing.spaces.set_next_due(space.space_id, NOON)
        assert reading.spaces.get(space.space_id).next_due_at is None


def test_instants_come_back_aware_and_in_utc(store: Store, space: Space) -> None:
    in_india = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    with store.write() as desk:
        desk.spaces.set_next_due(space.space_id, in_india)
    with store.read() as desk:
        due = desk.spaces.get(space.space_id).next_due_at
    assert due == NOON
    assert due.utcoffset() == timedelta(0)


def test_a_naive_instant_is_refused(store: Store, space: Space) -> None:
    with pytest.raises(StatementError, match="naive datetime"), store.write() as desk:
        desk.spaces.set_next_due(space.space_id, NOON.replace(tzinfo=None))


def test_the_database_clock_tells_utc_and_moves_within_a_transaction(database: Database) -> None:
    with database.write() as connection:
        first = database_now(connection)
        assert any(database_now(connection) > first for _ in range(10_000))
    assert abs(first - utcnow()) < timedelta(minutes=5)


@pytest.mark.parametrize(
    "url", ["postgresql://nobody@127.0.0.1:1/none", "sqlite:////dev/null/sync.db"]
)
def test_a_database_out_of_reach_is_a_sentence(url: str) -> None:
    with pytest.raises(IntegrationError) as caught:
        open_database(url).ensure_reachable()
    assert "DATABASE_URL" in caught.value.hint


def test_a_database_that_has_gone_is_tried_again_later(on_sqlite: Database) -> None:
    with on_sqlite.write() as connection:
        connection.execute(text("CREATE TABLE precious (name TEXT)"))
    on_sqlite.close()
    path = Path(str(on_sqlite.engine.url.database))
    path.unlink()
    path.parent.rmdir()
    with pytest.raises(TryLater, match="does not answer"):
        on_sqlite.ensure_reachable()


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://db/sync", "postgresql://db:port/sync"])
def test_an_address_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(SetupError, match="DATABASE_URL"):
        open_database(url)


def test_processes_that_meet_at_a_new_database_all_get_in(tmp_path: Path) -> None:
    for number in range(20):  # it is a matter of chance: one such meeting in fifteen went wrong
        databases = [open_database(f"sqlite:///{tmp_path / f'{number}.db'}") for _ in range(6)]
        at_once(*(one.ensure_reachable for one in databases))
        for one in databases:
            one.close()
