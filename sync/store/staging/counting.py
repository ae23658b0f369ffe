"""What a run notes about itself, and what its rows come to."""

from sqlalchemy import BigInteger, cast, delete, func, insert, select, update

from sync.model import Counts, Result
from sync.store.staging.common import Papers
from sync.store.tables import outcomes, row_details, row_scores, run_lists, run_marks

_LOWEST = -2_147_483_640  # a multiple of ten below every score


class Tallies(Papers):
    """Notes and counts of runs."""

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
