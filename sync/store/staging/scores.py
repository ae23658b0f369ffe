"""The scores of a run: by person as they are read, and on rows that are asked for one by one."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, Row, case, cast, func, select, update

from sync.store.sql import among, insert_many
from sync.store.staging.common import KEPT, Papers, has_failed
from sync.store.staging.values import Unscored
from sync.store.tables import outcomes, row_scores

_MOST_ROWS = 10_000_000_000  # of one list, far beyond any


class ScorePapers(Papers):
    """The scores of runs."""

    def add_scores(self, run_id: int, scores: Mapping[str, int | None]) -> None:
        """Scores by person. A person read twice keeps the higher one, whatever the order."""
        insert_many(
            self._connection,
            row_scores,
            ("run_id", "person", "score"),
            # Sorted: neighbours share a page of the index.
            [(run_id, person, score) for person, score in sorted(scores.items())],
            on_conflict="ON CONFLICT (run_id, person) DO UPDATE SET score = CASE "
            "WHEN row_scores.score IS NULL OR excluded.score > row_scores.score "
            "THEN excluded.score ELSE row_scores.score END",
        )

    def scores(self, run_id: int, persons: Sequence[str]) -> dict[str, int | None]:
        """The scores read so far of these persons (at most 1,000)."""
        rows = self._connection.execute(
            select(row_scores.c.person, row_scores.c.score).where(
                row_scores.c.run_id == run_id,
                among(self._connection, row_scores.c.person, persons),
            )
        )
        return {person: score for person, score in rows.all()}  # noqa: C416 - typed rows

    def best_scores(self, run_id: int, persons: Sequence[str]) -> dict[str, int]:
        """The highest score that the run has met of each person; those without are left out."""
        rows = self._connection.execute(
            select(outcomes.c.person, func.max(outcomes.c.score).label("best"))
            .where(
                self._of_persons(run_id, among(self._connection, outcomes.c.person, persons)),
                outcomes.c.score.is_not(None),
                KEPT,
            )
            .group_by(outcomes.c.person)
        )
        found: dict[str, int] = {row.person: row.best for row in rows}
        read = self.scores(run_id, [person for person in persons if person not in found])
        return found | {person: score for person, score in read.items() if score is not None}

    def unscored(self, run_id: int, limit: int, *, failed_in: int | None = None) -> list[Unscored]:
        """Persons whose score has still to be read: those with a row that failed in the run
        `failed_in` first, then those changed last."""
        newest = func.max(func.coalesce(outcomes.c.modified_ms, 0)).label("newest")
        place = cast(outcomes.c.list_no, BigInteger) * _MOST_ROWS + outcomes.c.position
        place = func.min(place).label("place")
        first = []
        if failed_in is not None:
            first = [func.max(case((has_failed(failed_in), 1), else_=0)).desc()]
        rows = self._connection.execute(
            select(outcomes.c.person, newest, place)
            .outerjoin(
                row_scores,
                (row_scores.c.run_id == outcomes.c.run_id)
                & (row_scores.c.person == outcomes.c.person),
            )
            .where(
                outcomes.c.run_id == run_id,
                outcomes.c.result.is_(None),
                outcomes.c.score.is_(None),  # a row with a score column of its own has one
                row_scores.c.person.is_(None),
            )
            .group_by(outcomes.c.person)
            .order_by(*first, newest.desc(), place)
            .limit(limit)
        ).all()
        places = [divmod(row.place, _MOST_ROWS) for row in rows]
        records = self._records(run_id, [row.person for row in rows])
        return [
            Unscored(
                person=row.person,
                address=records[list_no, position].address,
                list_no=list_no,
                position=position,
                record_id=records[list_no, position].record_id,
            )
            for row, (list_no, position) in zip(rows, places, strict=True)
        ]

    def _records(
        self, run_id: int, persons: Sequence[str]
    ) -> dict[tuple[int, int], Row[Any, Any, Any, Any]]:
        where = outcomes.c
        rows = self._connection.execute(
            select(where.list_no, where.position, where.record_id, where.address).where(
                self._of_persons(run_id, where.person.in_(persons)), KEPT
            )
        )
        return {(row.list_no, row.position): row for row in rows}

    def give_score(self, run_id: int, person: str, score: int | None) -> None:
        """Put a score just read on every unsettled row of the person that has none of its own."""
        self._connection.execute(
            update(outcomes)
            .where(
                self._of_persons(run_id, outcomes.c.person == person),
                outcomes.c.result.is_(None),
                outcomes.c.score.is_(None),
            )
            .values(score=score)
        )
