"""What all working papers stand on: one connection, and how rows of persons are found."""

from sqlalchemy import ColumnElement, Connection, select, text, update

from sync.model import Result
from sync.store.sql import rare
from sync.store.tables import outcomes, run_lists

KEPT = text("kept")  # spelled as in the index, which is then used


class Papers:
    """Working papers of runs, on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def _of_persons(self, run_id: int, persons: ColumnElement[bool]) -> ColumnElement[bool]:
        return rare(self._connection, outcomes.c.run_id == run_id, persons)

    def _change_list(self, run_id: int, list_no: int, **values: object) -> None:
        self._connection.execute(
            update(run_lists)
            .where(run_lists.c.run_id == run_id, run_lists.c.list_no == list_no)
            .values(**values)
        )


def has_failed(run_id: int) -> ColumnElement[bool]:
    """Whether some row of the same person failed in that run. Such rows are always kept ones."""
    before = outcomes.alias("before")
    return (
        select(before.c.person)
        .where(
            before.c.run_id == run_id,
            before.c.person == outcomes.c.person,
            before.c.result == Result.FAILED.value,
            text("before.kept"),
        )
        .exists()
    )
