"""Asking for a run: at most one open run a space, at most one daily run a date."""

from dataclasses import asdict
from datetime import date, datetime

from sqlalchemy import and_, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from sync.errors import NotFound
from sync.languages import lazy_gettext
from sync.model import Counts, Run, RunStatus, Trigger
from sync.store.runs.rows import OPEN, Ledger, run_from_row
from sync.store.tables import runs


class Asking(Ledger):
    """Starting runs, or finding the one that stands for what is asked."""

    def ask(
        self, space_id: str, local_date: date, trigger: Trigger, *, now: datetime
    ) -> tuple[Run, bool]:
        """The run of a space, and whether this call started it.

        A space has at most one open run and at most one daily run a date: where there is one it is
        returned instead. A paused run that is asked for by hand is queued at once.
        """
        standing = self._standing(space_id, local_date, trigger)
        if standing is None:
            started = self._start(space_id, local_date, trigger, now)
            if started is not None:
                return started, True
            standing = self._standing(space_id, local_date, trigger)
            if standing is None:  # nobody was quicker than we: there is no such space
                raise NotFound(
                    lazy_gettext("There is no space %(space_id)r.", space_id=space_id),
                    hint="See: python -m sync space list",
                )
        if trigger is Trigger.MANUAL and standing.status is RunStatus.PAUSED:
            standing = self._wake(standing.run_id, now)
        return standing, False

    def _wake(self, run_id: int, now: datetime) -> Run:
        """The run, queued if it is paused still: a worker may have claimed it a moment ago."""
        self._connection.execute(
            update(runs)
            .where(runs.c.run_id == run_id, runs.c.status == RunStatus.PAUSED.value)
            .values(status=RunStatus.QUEUED.value, queued_at=now, resumed=runs.c.resumed + 1)
        )
        return self.get(run_id)

    def _standing(self, space_id: str, local_date: date, trigger: Trigger) -> Run | None:
        is_open = runs.c.status.in_(OPEN)
        same_day = and_(runs.c.trigger == Trigger.DAILY.value, runs.c.local_date == local_date)
        wanted = or_(is_open, same_day) if trigger is Trigger.DAILY else is_open
        # The daily run of the date, where there is one, answers the question best.
        query = (
            select(runs)
            .where(runs.c.space_id == space_id, wanted)
            .order_by(same_day.desc(), runs.c.run_id.desc())
            .limit(1)
        )
        row = self._connection.execute(query).mappings().first()
        return run_from_row(row) if row else None

    def _start(
        self, space_id: str, local_date: date, trigger: Trigger, now: datetime
    ) -> Run | None:
        values = {
            "space_id": space_id,
            "local_date": local_date,
            "trigger": trigger.value,
            "status": RunStatus.QUEUED.value,
            "queued_at": now,
            "rung_at": now,
            "counts": asdict(Counts()),
        }
        try:
            with self._connection.begin_nested():
                done = self._connection.execute(insert(runs).values(**values))
        except IntegrityError:
            return None  # the unique indexes decide between two who ask at once
        key = done.inserted_primary_key
        return self.get(key[0]) if key else None
