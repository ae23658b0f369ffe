"""The working papers of a run: lists and how far they are read, rows, scores, outcomes.

Bound to one connection, so that a page's rows and the place reached are saved together. A preview
keeps its papers in a database of its own; that is why nothing here refers to other tables.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    case,
    cast,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy import bindparam as bind

from sync.model import Counts, Details, ListInfo, Problem, Result
from sync.rules.mapping import details_from_json
from sync.store.sql import among, chunks, insert_many, rare
from sync.store.tables import outcomes, row_details, row_scores, run_lists, run_marks

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
_KEPT = text("kept")  # spelled as in the index, which is then used
_MOST_ROWS = 10_000_000_000  # of one list, far beyond any
_LOWEST = -2_147_483_640  # a multiple of ten below every score


@dataclass(frozen=True, kw_only=True)
class ListPaper:
    """One list of a run and how far it has been read. `state`: pending, read or failed."""

    list_no: int
    list_id: str
    name: str
    state: str
    total: int | None
    next_offset: int
    restarts: int
    problem: Problem | None


@dataclass(frozen=True, kw_only=True, slots=True)
class NewRow:
    """A list row as it is first written down; `details` is JSON, None where it is not needed."""

    position: int
    record_id: str
    address: str | None
    person: str | None
    score: int | None
    modified_ms: int | None
    result: str | None
    reason: str | None
    details: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class RowPaper:
    """A row as it stands. `result` None: not settled."""

    list_no: int
    position: int
    record_id: str
    address: str
    person: str
    score: int | None
    modified_ms: int | None
    result: str | None
    reason: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Settled:
    """The outcome of one row."""

    list_no: int
    position: int
    result: Result
    reason: str | None = None
    detail: str | None = None
    lead_id: str | None = None
    contact_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Unscored:
    """A person whose score has still to be read, with a record to ask about."""

    person: str
    list_no: int
    position: int
    record_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class OutcomeLine:
    """One outcome, for people to read."""

    list_name: str
    position: int
    address: str | None
    score: int | None
    result: str | None
    reason: str | None
    detail: str | None
    lead_id: str | None
    contact_id: str | None


class StagingStore:
    """The working papers of runs, on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # --- lists ---------------------------------------------------------------------------------

    def add_lists(self, run_id: int, lists: Sequence[ListInfo]) -> None:
        """Write down which lists the run reads, in order."""
        if lists:
            self._connection.execute(
                insert(run_lists),
                [
                    {
                        "run_id": run_id,
                        "list_no": number,
                        "list_id": info.list_id,
                        "name": info.name,
                        "state": "pending",
                        "total": info.size,
                        "next_offset": 0,
                        "restarts": 0,
                        "problem": None,
                    }
                    for number, info in enumerate(lists)
                ],
            )

    def lists(self, run_id: int) -> list[ListPaper]:
        """The lists of the run, in order."""
        rows = self._connection.execute(
            select(run_lists).where(run_lists.c.run_id == run_id).order_by(run_lists.c.list_no)
        )
        return [
            ListPaper(
                list_no=row.list_no,
                list_id=row.list_id,
                name=row.name,
                state=row.state,
                total=row.total,
                next_offset=row.next_offset,
                restarts=row.restarts,
                problem=Problem(**row.problem) if row.problem else None,
            )
            for row in rows
        ]

    def close_list(
        self, run_id: int, list_no: int, *, state: str, problem: Problem | None = None
    ) -> None:
        """The list is read to its end, or failed with a problem."""
        stored = None
        if problem is not None:
            stored = {"kind": problem.kind, "message": problem.message, "hint": problem.hint}
        self._change_list(run_id, list_no, state=state, problem=stored)

    def restart_list(self, run_id: int, list_no: int) -> None:
        """Forget the rows of a list that moved while it was read; it is read again from its top."""
        for table in (outcomes, row_details):
            self._connection.execute(
                delete(table).where(table.c.run_id == run_id, table.c.list_no == list_no)
            )
        self._change_list(
            run_id, list_no, next_offset=0, total=None, restarts=run_lists.c.restarts + 1
        )

    def _change_list(self, run_id: int, list_no: int, **values: object) -> None:
        self._connection.execute(
            update(run_lists)
            .where(run_lists.c.run_id == run_id, run_lists.c.list_no == list_no)
            .values(**values)
        )

    # --- rows ----------------------------------------------------------------------------------

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
                _KEPT,
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
            condition = _has_failed(failed_in)
            query = query.where(condition if failed else ~condition)
        return list(
            self._connection.scalars(query.distinct().order_by(outcomes.c.person).limit(limit))
        )

    def lists_that_failed(self, run_id: int) -> set[str]:
        """Ids of the lists that the run did not read to their end, or some row of which failed."""
        rows_failed = (
            select(outcomes.c.list_no)
            .where(outcomes.c.run_id == run_id, outcomes.c.result == Result.FAILED.value, _KEPT)
            .distinct()
        )
        return set(
            self._connection.scalars(
                select(run_lists.c.list_id).where(
                    run_lists.c.run_id == run_id,
                    (run_lists.c.state != "read") | run_lists.c.list_no.in_(rows_failed),
                )
            )
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

    # --- scores --------------------------------------------------------------------------------

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
                _KEPT,
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
            first = [func.max(case((_has_failed(failed_in), 1), else_=0)).desc()]
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
        records = self._record_ids(run_id, [row.person for row in rows])
        return [
            Unscored(
                person=row.person,
                list_no=list_no,
                position=position,
                record_id=records[list_no, position],
            )
            for row, (list_no, position) in zip(rows, places, strict=True)
        ]

    def _record_ids(self, run_id: int, persons: Sequence[str]) -> dict[tuple[int, int], str]:
        rows = self._connection.execute(
            select(outcomes.c.list_no, outcomes.c.position, outcomes.c.record_id).where(
                self._of_persons(run_id, outcomes.c.person.in_(persons)), _KEPT
            )
        )
        return {(row.list_no, row.position): row.record_id for row in rows}

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

    def _of_persons(self, run_id: int, persons: ColumnElement[bool]) -> ColumnElement[bool]:
        return rare(self._connection, outcomes.c.run_id == run_id, persons)

    # --- marks and counts ----------------------------------------------------------------------

    def mark(self, run_id: int, name: str) -> str | None:
        """A note of the run about itself."""
        return self._connection.scalar(
            select(run_marks.c.value).where(run_marks.c.run_id == run_id, run_marks.c.name == name)
        )

    def set_mark(self, run_id: int, name: str, value: str) -> None:
        """Change a note of the run about itself."""
        done = self._connection.execute(
            update(run_marks)
            .where(run_marks.c.run_id == run_id, run_marks.c.name == name)
            .values(value=value)
        )
        if not done.rowcount:
            self._connection.execute(
                insert(run_marks), [{"run_id": run_id, "name": name, "value": value}]
            )

    def tally(self, run_id: int, name: str, more: int) -> None:
        """Add to a counter of the run."""
        if more:
            self.set_mark(run_id, name, str(int(self.mark(run_id, name) or 0) + more))

    def results(self, run_id: int) -> dict[str, dict[str, int]]:
        """How many rows have each result and reason; "" stands for none yet."""
        rows = self._connection.execute(
            select(outcomes.c.result, outcomes.c.reason, func.count())
            .where(outcomes.c.run_id == run_id)
            .group_by(outcomes.c.result, outcomes.c.reason)
        )
        found: dict[str, dict[str, int]] = {}
        for result, reason, number in rows:
            found.setdefault(result or "", {})[reason or ""] = number
        return found

    def counts(self, run_id: int, *, threshold: int) -> Counts:
        """The counts of the run as they stand; unsettled rows are in `rows` alone."""
        results = self.results(run_id)
        totals = {result: sum(reasons.values()) for result, reasons in results.items()}
        created = totals.get(Result.CREATED.value, 0)
        return Counts(
            lists=self._number(select(func.count()).where(run_lists.c.run_id == run_id)),
            rows=sum(totals.values()),
            people=self._number(
                select(func.count(outcomes.c.person.distinct())).where(outcomes.c.run_id == run_id)
            ),
            at_threshold=self._number(
                select(func.count()).where(
                    outcomes.c.run_id == run_id, outcomes.c.score >= threshold
                )
            ),
            created=created,
            updated=totals.get(Result.UPDATED.value, 0),
            unchanged=totals.get(Result.UNCHANGED.value, 0),
            leads_created=created,
            contacts_created=int(self.mark(run_id, "contacts_created") or 0),
            contacts_linked=int(self.mark(run_id, "contacts_linked") or 0),
            scores_updated=int(self.mark(run_id, "scores_updated") or 0),
            skipped=dict(sorted(results.get(Result.SKIPPED.value, {}).items())),
            failed=dict(sorted(results.get(Result.FAILED.value, {}).items())),
        )

    def rows_by_score(self, run_id: int) -> dict[int, int]:
        """How many rows have each score, duplicates within a list too."""
        rows = self._connection.execute(
            select(outcomes.c.score, func.count())
            .where(outcomes.c.run_id == run_id, outcomes.c.score.is_not(None))
            .group_by(outcomes.c.score)
        )
        return {score: number for score, number in rows.all()}  # noqa: C416 - typed rows

    def histogram(self, run_id: int, band: int) -> list[tuple[int, int, int]]:
        """How many rows have a score in each band of points: (from, to before, number)."""
        shifted = (
            cast(outcomes.c.score, BigInteger) - _LOWEST
        )  # whole-number division rounds down above zero only
        bar = (shifted - shifted % band + _LOWEST).label("bar")
        rows = self._connection.execute(
            select(bar, func.count())
            .where(
                outcomes.c.run_id == run_id,
                outcomes.c.score.is_not(None),
                func.coalesce(outcomes.c.reason, "") != "duplicate_in_list",
            )
            .group_by(bar)
            .order_by(bar)
        )
        return [(start, start + band, number) for start, number in rows]

    def count_between(self, run_id: int, low: int, high: int) -> int:
        """How many rows have `low` <= score < `high`."""
        return self._number(
            select(func.count()).where(
                outcomes.c.run_id == run_id, outcomes.c.score >= low, outcomes.c.score < high
            )
        )

    def _number(self, query: object) -> int:
        return self._connection.scalar(query) or 0  # type: ignore[call-overload]

    def forget_papers(self, run_id: int) -> None:
        """Drop what only a run under way needs: the people's details and the scores read."""
        for table in (row_details, row_scores):
            self._connection.execute(delete(table).where(table.c.run_id == run_id))

    # --- reading the outcomes ------------------------------------------------------------------

    def lines(
        self,
        run_id: int,
        *,
        result: str | None = None,
        reason: str | None = None,
        limit: int | None = None,
    ) -> list[OutcomeLine]:
        """Outcomes in list order, all or those with this result or reason."""
        query = (
            select(outcomes, run_lists.c.name.label("list_name"))
            .join_from(
                outcomes,
                run_lists,
                (outcomes.c.run_id == run_lists.c.run_id)
                & (outcomes.c.list_no == run_lists.c.list_no),
            )
            .where(outcomes.c.run_id == run_id)
            .order_by(outcomes.c.list_no, outcomes.c.position)
            .limit(limit)
        )
        if result is not None:
            query = query.where(outcomes.c.result == result)
        if reason is not None:
            query = query.where(outcomes.c.reason == reason)
        return [
            OutcomeLine(
                list_name=row.list_name,
                position=row.position,
                address=row.address,
                score=row.score,
                result=row.result,
                reason=row.reason,
                detail=row.detail,
                lead_id=row.lead_id,
                contact_id=row.contact_id,
            )
            for row in self._connection.execute(query)
        ]


def _has_failed(run_id: int) -> ColumnElement[bool]:
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


def as_json(line: OutcomeLine) -> str:
    """The outcome as one line of JSON."""
    return json.dumps({name: getattr(line, name) for name in line.__slots__}, ensure_ascii=False)
