"""The few statements that SQLAlchemy spells differently for each database."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Table,
    Text,
    and_,
    any_,
    cast,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from sync.store.tables import Instant

T = TypeVar("T")

LARGEST_ID: Final = 2**31 - 1
CHUNK = 500  # values in one IN list; SQLite takes no more than some thousands


def insert_for(connection: Connection, table: Table) -> Any:
    """An INSERT that knows ON CONFLICT."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def upsert(
    connection: Connection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    key: Sequence[str],
    change: Sequence[str] | None = None,
    only_where: Callable[[Any], ColumnElement[bool]] | None = None,
) -> None:
    """Insert rows; where `key` is taken, change the named columns (None: all others).

    `only_where`: which rows may be changed, by what they would be changed to; the others stay.
    """
    if not rows:
        return
    statement: Any = insert_for(connection, table)
    names = [name for name in rows[0] if name not in key] if change is None else change
    values = {name: statement.excluded[name] for name in names}
    if values:
        allowed = only_where(statement.excluded) if only_where else None
        statement = statement.on_conflict_do_update(
            index_elements=list(key), set_=values, where=allowed
        )
    else:
        statement = statement.on_conflict_do_nothing(index_elements=list(key))
    connection.execute(statement, list(rows))


def insert_many(
    connection: Connection,
    table: Table,
    names: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    *,
    on_conflict: str = "",
) -> None:
    """Insert rows straight through the driver, for the tables that hold a run's million rows.

    SQLAlchemy would spend more on each row than the database does. Values are those that the driver
    knows: text, whole numbers, booleans and None.
    """
    if not rows:
        return
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    columns, marks = ", ".join(names), ", ".join([mark] * len(names))
    # Our own names; what comes from outside takes the places of the marks.
    parts = ("INSERT INTO", table.name, f"({columns})", "VALUES", f"({marks})", on_conflict)
    statement = " ".join(parts)
    connection.exec_driver_sql(statement, list(rows))


def is_id(number: int) -> bool:
    """Whether the number may be the id of a row; databases refuse to look for larger ones."""
    return 0 < number <= LARGEST_ID


def chunks(values: Iterable[T]) -> Iterator[list[T]]:
    """The values, each once, in pieces that fit an IN list."""
    unique = list(dict.fromkeys(values))
    for start in range(0, len(unique), CHUNK):
        yield unique[start : start + CHUNK]


def database_now(connection: Connection) -> datetime:
    """The database's clock, which all machines share."""
    if connection.dialect.name == "sqlite":
        clock: Any = func.strftime("%Y-%m-%d %H:%M:%f000", "now", type_=Instant())
    else:
        clock = func.clock_timestamp(type_=Instant())
    value = connection.scalar(select(clock))
    assert isinstance(value, datetime)  # noqa: S101 - narrows the type only
    return value


def rare(connection: Connection, run: ColumnElement[bool], persons: Any) -> ColumnElement[bool]:
    """The rows of a run that are these persons', found by person.

    SQLite has no statistics here: it takes a whole run for ten rows and goes through all of them,
    unless it is told which of both conditions is the rare one.
    """
    if connection.dialect.name != "sqlite":
        return and_(run, persons)
    return and_(func.likely(run), func.likelihood(persons, literal_column("0.00001")))


def among(
    connection: Connection, column: Column[Any], values: Sequence[str]
) -> ColumnElement[bool]:
    """Whether the column holds one of the values, however many: they travel as one parameter."""
    if connection.dialect.name == "postgresql":
        return column == any_(cast(list(values), postgresql.ARRAY(Text)))
    listed = func.json_each(json.dumps(list(values))).table_valued("value")
    return column.in_(select(listed.c.value))
