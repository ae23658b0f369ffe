"""The lists of a run, and how far each has been read."""

from collections.abc import Sequence

from sqlalchemy import delete, insert, select

from sync.model import ListInfo, Problem, Result
from sync.store.staging.common import KEPT, Papers
from sync.store.staging.values import ListPaper
from sync.store.tables import outcomes, row_details, run_lists


class ListPapers(Papers):
    """The lists of runs."""

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

    def lists_that_failed(self, run_id: int) -> set[str]:
        """Ids of the lists that the run did not read to their end, or some row of which failed."""
        rows_failed = (
            select(outcomes.c.list_no)
            .where(outcomes.c.run_id == run_id, outcomes.c.result == Result.FAILED.value, KEPT)
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
