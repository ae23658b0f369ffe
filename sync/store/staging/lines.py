"""The outcomes of a run, for people to read."""

from sqlalchemy import select

from sync.store.staging.common import Papers
from sync.store.staging.values import OutcomeLine
from sync.store.tables import outcomes, run_lists


class OutcomeLines(Papers):
    """Outcomes of runs in list order."""

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
