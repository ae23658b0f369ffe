"""What the volume guard goes by: what runs of a space created, and what an admin approved."""

from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, func, select, update

from sync.model import COMPLETED_STATUSES, Run, SkipReason, Volume
from sync.store.marking import look_at_messages
from sync.store.runs import WHOLE, run_from_row
from sync.store.tables import runs, spaces

WINDOW = timedelta(days=30)
COUNTED = 3  # runs behind a space; how many more there are makes no difference
_COMPLETED = tuple(status.value for status in COMPLETED_STATUSES)


class VolumeStore:
    """The volume guard's questions, on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of_space(self, space_id: str, *, now: datetime) -> Volume:
        """What is known of the space before its next run."""
        space = self._connection.execute(
            select(spaces.c.first_run_limit, spaces.c.activated_at).where(
                spaces.c.space_id == space_id
            )
        ).first()
        last = self.last_completed(space_id)
        approved = last is not None and last.approved_at is not None
        return Volume(
            runs=self._count(space_id, since=space.activated_at if space else None),
            created=self._created(space_id, since=now - WINDOW),
            first_run_limit=space.first_run_limit if space else None,
            approved=last.waiting if last and approved else None,
        )

    def last_completed(self, space_id: str) -> Run | None:
        """The latest whole run of the space that came to its end."""
        row = self._connection.execute(
            select(runs)
            .where(runs.c.space_id == space_id, runs.c.status.in_(_COMPLETED), WHOLE)
            .order_by(runs.c.run_id.desc())
            .limit(1)
        )
        found = row.mappings().first()
        return run_from_row(found) if found else None

    def handed_off(self, space_id: str, *, since: datetime) -> int:
        """How many Leads hand-offs have created since then."""
        created = runs.c.counts["leads_created"].as_integer()
        return (
            self._connection.scalar(
                select(func.coalesce(func.sum(created), 0)).where(
                    runs.c.space_id == space_id, ~WHOLE, runs.c.queued_at >= since
                )
            )
            or 0
        )

    def approve(self, run_id: int, *, by: str, now: datetime) -> bool:
        """Whether this call approved what the run held back; it is approved once."""
        done = self._connection.execute(
            update(runs)
            .where(runs.c.run_id == run_id, runs.c.approved_at.is_(None))
            .values(approved_at=now, approved_by=by)
        )
        mine = select(runs.c.space_id).where(runs.c.run_id == run_id).scalar_subquery()
        look_at_messages(self._connection, mine, now)
        return done.rowcount == 1

    def note_activation(self, space_id: str, *, first_run_limit: int, now: datetime) -> None:
        """The space was activated through the pages: its runs are counted anew."""
        self._connection.execute(
            update(spaces)
            .where(spaces.c.space_id == space_id)
            .values(activated_at=now, first_run_limit=first_run_limit)
        )

    def by_date(self, space_id: str, until: date, *, since: datetime) -> dict[date, int]:
        """The new Leads that runs created on each local date up to that one, whatever they held
        back."""
        created = func.sum(runs.c.counts["leads_created"].as_integer())
        rows = self._connection.execute(
            select(runs.c.local_date, created)
            .where(
                runs.c.space_id == space_id,
                runs.c.status.in_(_COMPLETED),
                runs.c.finished_at >= since,
                runs.c.local_date <= until,
            )
            .group_by(runs.c.local_date)
        )
        return {day: number or 0 for day, number in rows}

    def _count(self, space_id: str, *, since: datetime | None) -> int:
        query = select(runs.c.run_id).where(_went_through(space_id))
        if since is not None:
            query = query.where(runs.c.queued_at >= since)
        return len(self._connection.execute(query.limit(COUNTED)).all())

    def _created(self, space_id: str, *, since: datetime) -> tuple[int, ...]:
        created = runs.c.counts["leads_created"].as_integer()
        query = select(created).where(_went_through(space_id), runs.c.finished_at >= since)
        return tuple(self._connection.scalars(query))


def _went_through(space_id: str) -> ColumnElement[bool]:
    """Whole runs that came to their end and held nothing back."""
    waiting = runs.c.counts["skipped", SkipReason.WAITING_FOR_APPROVAL.value].as_integer()
    return and_(
        runs.c.space_id == space_id,
        runs.c.status.in_(_COMPLETED),
        WHOLE,
        func.coalesce(waiting, 0) == 0,
    )
