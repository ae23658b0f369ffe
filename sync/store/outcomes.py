"""Reading the outcomes of runs: searched, page by page, grouped by cause, of one person.

Writing them is the engine's, in `staging`.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, and_, func, or_, select

from sync.model import OutcomeFilter, OutcomeRow, Problem, Result, RunList
from sync.store.tables import outcomes, run_lists, runs

MOST_GROUPS = 100


class OutcomeStore:
    """The outcomes, on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def page(
        self, run_id: int, wanted: OutcomeFilter, *, after: tuple[int, int] | None, limit: int
    ) -> list[OutcomeRow]:
        """Outcomes behind the place `after` (list number, position), in list order."""
        query = _filtered(_rows().where(outcomes.c.run_id == run_id), wanted)
        if after is not None:
            list_no, position = after
            query = query.where(
                or_(
                    outcomes.c.list_no > list_no,
                    and_(outcomes.c.list_no == list_no, outcomes.c.position > position),
                )
            )
        query = query.order_by(outcomes.c.list_no, outcomes.c.position).limit(limit)
        return [_from_row(row) for row in self._connection.execute(query).mappings()]

    def count(self, run_id: int, wanted: OutcomeFilter) -> int:
        """How many outcomes are like that."""
        query = _filtered(select(func.count()).where(outcomes.c.run_id == run_id), wanted)
        return self._connection.scalar(query) or 0

    def groups(self, run_id: int) -> list[tuple[str, str, int]]:
        """(reason, detail, rows) of what failed, the largest first."""
        rows = func.count().label("rows")
        found = self._connection.execute(
            select(outcomes.c.reason, outcomes.c.detail, rows)
            .where(outcomes.c.run_id == run_id, outcomes.c.result == Result.FAILED.value)
            .group_by(outcomes.c.reason, outcomes.c.detail)
            .order_by(rows.desc(), outcomes.c.reason, outcomes.c.detail)
            .limit(MOST_GROUPS)
        )
        return [(reason or "", detail or "", number) for reason, detail, number in found]

    def lists(self, run_id: int) -> list[RunList]:
        """The lists of a run, in order."""
        found = self._connection.execute(
            select(run_lists).where(run_lists.c.run_id == run_id).order_by(run_lists.c.list_no)
        )
        return [
            RunList(
                list_no=row.list_no,
                list_id=row.list_id,
                name=row.name,
                state=row.state,
                total=row.total,
                read=row.next_offset,
                problem=Problem(**row.problem) if row.problem else None,
            )
            for row in found
        ]

    def of_person(
        self, space_id: str, person: str, address: str, *, run_limit: int
    ) -> list[OutcomeRow]:
        """What the latest runs of a space made of a person, newest run first.

        Rows of people below the threshold are not indexed by person, so each run is looked
        through; therefore only the latest few.
        """
        latest = (
            select(runs.c.run_id)
            .where(runs.c.space_id == space_id)
            .order_by(runs.c.run_id.desc())
            .limit(run_limit)
        )
        query = (
            _rows()
            .where(
                outcomes.c.run_id.in_(latest),
                or_(outcomes.c.person == person, outcomes.c.address == address),
            )
            .order_by(outcomes.c.run_id.desc(), outcomes.c.list_no, outcomes.c.position)
        )
        return [_from_row(row) for row in self._connection.execute(query).mappings()]


def _rows() -> Select[Any]:
    return select(
        outcomes, run_lists.c.name.label("list_name"), run_lists.c.list_id.label("list_id")
    ).join_from(
        outcomes,
        run_lists,
        (outcomes.c.run_id == run_lists.c.run_id) & (outcomes.c.list_no == run_lists.c.list_no),
    )


def _filtered(query: Select[Any], wanted: OutcomeFilter) -> Select[Any]:
    equal: Sequence[tuple[Any, object]] = (
        (outcomes.c.list_no, wanted.list_no),
        (outcomes.c.result, wanted.result),
        (outcomes.c.reason, wanted.reason),
        (outcomes.c.detail, wanted.detail),
    )
    for column, value in equal:
        if value is not None:
            query = query.where(column == value)
    if wanted.text.strip():
        part = wanted.text.strip().lower()
        query = query.where(outcomes.c.address.contains(part, autoescape=True))
    return query


def _from_row(row: RowMapping) -> OutcomeRow:
    return OutcomeRow(
        run_id=row["run_id"],
        list_no=row["list_no"],
        position=row["position"],
        list_id=row["list_id"],
        list_name=row["list_name"],
        address=row["address"],
        person=row["person"],
        score=row["score"],
        result=row["result"],
        reason=row["reason"],
        detail=row["detail"],
        lead_id=row["lead_id"],
        contact_id=row["contact_id"],
    )
