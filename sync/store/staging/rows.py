"""The rows of a run: written down as they are read, settled when something has become of them."""

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import bindparam as bind
from sqlalchemy import func, select, update

from sync.model import Details, Result
from sync.rules.mapping import details_from_json
from sync.store.sql import among, chunks, insert_many
from sync.store.staging.common import KEPT, Papers, has_failed
from sync.store.staging.values import NewRow, RowPaper, Settled
from sync.store.tables import outcomes, row_details

_ROW = (
    "run_id",
    "list_no",
    "position",
    "record_id",
    "address",
    "person",
    "score",
    "modified_ms",
    "result",
    "reason",
    "kept",
)


class RowPapers(Papers):
    """The rows of runs."""

    def add_rows(
        self,
        run_id: int,
        list_no: int,
        rows: Sequence[NewRow],
        *,
        next_offset: int,
        total: int,
    ) -> None:
        """A page's rows, and the place reached, in one go."""
        insert_many(
            self._connection,
            outcomes,
            _ROW,
            [
                (
                    run_id,
                    list_no,
                    row.position,
                    row.record_id,
                    row.address,
                    row.person,
                    row.score,
                    row.modified_ms,
                    row.result,
                    row.reason,
                    row.details is not None,
                )
                for row in rows
            ],
        )
        insert_many(
            self._connection,
            row_details,
            ("run_id", "list_no", "position", "details"),
            [(run_id, list_no, row.position, row.details) for row in rows if row.details],
        )
        self._change_list(run_id, list_no, next_offset=next_offset, total=total)

    def persons_of_list(self, run_id: int, list_no: int) -> Iterator[tuple[str, str]]:
        """The persons that the list has shown so far, each with the id of a row of theirs."""
        rows = self._connection.execute(
            select(outcomes.c.person, outcomes.c.record_id).where(
                outcomes.c.run_id == run_id,
                outcomes.c.list_no == list_no,
                outcomes.c.person.is_not(None),
            )
        )
        yield from ((row.person, row.record_id) for row in rows)

    def has_shown(self, run_id: int, list_no: int, rows: Iterable[tuple[str, str]]) -> bool:
        """Whether the list has shown one of these rows, (person, record id), before. Goes through
        all that was read of the list, so it is for the rare doubt only."""
        wanted = set(rows)
        persons = [person for person, _ in wanted]
        found = self._connection.execute(
            select(outcomes.c.person, outcomes.c.record_id).where(
                outcomes.c.run_id == run_id,
                outcomes.c.list_no == list_no,
                among(self._connection, outcomes.c.person, persons),
            )
        )
        return any((row.person, row.record_id) in wanted for row in found)

    def rows_of(self, run_id: int, persons: Sequence[str]) -> list[RowPaper]:
        """The kept rows of these persons, in list order."""
        rows = self._connection.execute(
            select(outcomes)
            .where(
                self._of_persons(run_id, outcomes.c.person.in_(persons)),
                KEPT,
            )
            .order_by(outcomes.c.person, outcomes.c.list_no, outcomes.c.position)
        )
        return [
            RowPaper(
                list_no=row.list_no,
                position=row.position,
                record_id=row.record_id,
                address=row.address,
                person=row.person,
                score=row.score,
                modified_ms=row.modified_ms,
                result=row.result,
                reason=row.reason,
            )
            for row in rows
        ]

    def details_of(self, run_id: int, rows: Sequence[RowPaper]) -> dict[tuple[int, int], Details]:
        """What these rows say about their persons, by (list number, position)."""
        places: dict[int, list[int]] = {}
        for row in rows:
            places.setdefault(row.list_no, []).append(row.position)
        # Looked up by their places: joined by person, SQLite goes through all rows of the run.
        found = {}
        for list_no, positions in places.items():
            for some in chunks(positions):
                kept = self._connection.execute(
                    select(row_details.c.position, row_details.c.details).where(
                        row_details.c.run_id == run_id,
                        row_details.c.list_no == list_no,
                        row_details.c.position.in_(some),
                    )
                )
                for position, details in kept:
                    found[list_no, position] = details_from_json(details)
        return found

    def persons_waiting(
        self,
        run_id: int,
        *,
        after: str,
        limit: int,
        failed_in: int | None = None,
        failed: bool = True,
    ) -> list[str]:
        """Persons with unsettled rows, in the order of their digests, beyond `after`.

        `failed_in`: only those with a row that failed in that run, or with `failed` False, those
        without one.
        """
        query = select(outcomes.c.person).where(
            outcomes.c.run_id == run_id,
            outcomes.c.result.is_(None),
            outcomes.c.person > after,
        )
        if failed_in is not None:
            condition = has_failed(failed_in)
            query = query.where(condition if failed else ~condition)
        return list(
            self._connection.scalars(query.distinct().order_by(outcomes.c.person).limit(limit))
        )

    def count_waiting(self, run_id: int) -> int:
        """How many persons have unsettled rows."""
        return (
            self._connection.scalar(
                select(func.count(outcomes.c.person.distinct())).where(
                    outcomes.c.run_id == run_id, outcomes.c.result.is_(None)
                )
            )
            or 0
        )

    def settle(self, run_id: int, settled: Iterable[Settled]) -> None:
        """Write down the outcomes of rows."""
        values = [
            {
                "b_run": run_id,
                "b_list": one.list_no,
                "b_position": one.position,
                "result": one.result.value,
                "reason": one.reason,
                "detail": one.detail,
                "lead_id": one.lead_id,
                "contact_id": one.contact_id,
            }
            for one in settled
        ]
        if values:
            self._connection.execute(
                update(outcomes)
                .where(
                    outcomes.c.run_id == bind("b_run"),
                    outcomes.c.list_no == bind("b_list"),
                    outcomes.c.position == bind("b_position"),
                )
                .values(
                    result=bind("result"),
                    reason=bind("reason"),
                    detail=bind("detail"),
                    lead_id=bind("lead_id"),
                    contact_id=bind("contact_id"),
                ),
                values,
            )

    def settle_rest(self, run_id: int, result: Result, reason: str) -> None:
        """Give every row that has no outcome yet this one."""
        self._connection.execute(
            update(outcomes)
            .where(outcomes.c.run_id == run_id, outcomes.c.result.is_(None))
            .values(result=result.value, reason=reason)
        )
