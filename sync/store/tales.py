"""What messages are made of: how a space stands, its new Leads, its week."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, func, select, text

from sync.model import COMPLETED_STATUSES, Result, Run, RunStatus, Space
from sync.model.messages import HotLead, Situation, Week
from sync.store.runs import RunStore, run_from_row
from sync.store.sql import chunks
from sync.store.tables import links, outcomes, people, run_lists, runs
from sync.store.volumes import WINDOW, VolumeStore

ENDED: Final = tuple(
    one.value for one in (RunStatus.SUCCEEDED, RunStatus.PARTIAL, RunStatus.FAILED)
)
HOTTEST: Final = 5


class TaleStore:
    """What there is to tell of a space, on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def situation(self, space: Space, *, now: datetime) -> Situation:
        """How the space stands."""
        ledger, volumes = RunStore(self._connection), VolumeStore(self._connection)
        completed = volumes.last_completed(space.space_id)
        made = {}
        if completed is not None:
            until = completed.local_date
            made = volumes.by_date(space.space_id, until, since=now - WINDOW)
        today = made.pop(completed.local_date, 0) if completed else 0
        return Situation(
            status=space.status,
            last=self.last_ended(space.space_id),
            open_run=ledger.open_run(space.space_id),
            completed=completed,
            made=tuple(made.values()),
            made_now=today,
        )

    def last_ended(self, space_id: str) -> Run | None:
        """The latest run that came to an end by itself, well or badly."""
        row = self._connection.execute(
            select(runs)
            .where(runs.c.space_id == space_id, runs.c.status.in_(ENDED))
            .order_by(runs.c.run_id.desc())
            .limit(1)
        )
        found = row.mappings().first()
        return run_from_row(found) if found else None

    # --- new Leads -------------------------------------------------------------------------------

    def runs_with_leads(self, space_id: str, *, after: int, limit: int) -> list[Run]:
        """Runs behind that one that ended and created Leads, oldest first."""
        created = runs.c.counts["leads_created"].as_integer()
        rows = self._connection.execute(
            select(runs)
            .where(
                runs.c.space_id == space_id,
                runs.c.run_id > after,
                runs.c.finished_at.is_not(None),
                created > 0,
            )
            .order_by(runs.c.run_id)
            .limit(limit)
        )
        return [run_from_row(row) for row in rows.mappings()]

    def hot_leads(self, space_id: str, run_ids: Sequence[int], limit: int) -> list[HotLead]:
        """The new Leads of these runs, highest score first, at most so many."""
        rows = self._connection.execute(
            select(
                outcomes.c.score,
                outcomes.c.lead_id,
                outcomes.c.contact_id,
                run_lists.c.name.label("list_name"),
                links.c.lead_name,
            )
            .join(
                run_lists,
                (run_lists.c.run_id == outcomes.c.run_id)
                & (run_lists.c.list_no == outcomes.c.list_no),
            )
            .outerjoin(
                links,
                (links.c.space_id == space_id)
                & (links.c.list_id == run_lists.c.list_id)
                & (links.c.person == outcomes.c.person),
            )
            .where(
                outcomes.c.run_id.in_(list(run_ids)),
                text("outcomes.kept"),
                outcomes.c.result == Result.CREATED.value,
                outcomes.c.person.is_not(None),  # nobody erased them meanwhile
            )
            .order_by(outcomes.c.score.is_(None), outcomes.c.score.desc(), outcomes.c.position)
            .limit(limit)
        )
        return [
            HotLead(
                name=person_in(row.lead_name or "", row.list_name),
                list_name=row.list_name,
                score=row.score,
                lead_id=row.lead_id,
                contact_id=row.contact_id,
            )
            for row in rows
        ]

    # --- the week --------------------------------------------------------------------------------

    def week(self, space: Space, begin: datetime, end: datetime) -> Week:
        """What the runs that ended in that time did, and how the space stands now."""
        of_week = (
            runs.c.space_id == space.space_id,
            runs.c.finished_at >= begin,
            runs.c.finished_at < end,
        )
        counted = [
            func.sum(runs.c.counts[name].as_integer()).label(name)
            for name in ("leads_created", "contacts_created", "scores_updated")
        ]
        sums = self._connection.execute(
            select(
                func.count().label("runs"),
                func.sum(runs.c.acton_calls).label("acton_calls"),
                func.sum(runs.c.pipeliner_calls).label("pipeliner_calls"),
                *counted,
            ).where(*of_week)
        ).one()
        failed = self._connection.scalars(
            select(runs.c.counts["failed"]).where(
                *of_week, runs.c.status.in_([one.value for one in COMPLETED_STATUSES])
            )
        )
        ends = self._ends(of_week)
        waits = VolumeStore(self._connection).last_completed(space.space_id)
        return Week(
            space_id=space.space_id,
            space_name=space.name,
            begin=begin,
            end=end,
            time_zone=space.time_zone,
            status=space.status,
            runs_failed=ends.get(RunStatus.FAILED.value, 0),
            runs_partial=ends.get(RunStatus.PARTIAL.value, 0),
            rows_failed=sum(sum(one.values()) for one in failed if one),
            waiting=waits.waiting if waits and waits.approved_at is None else 0,
            hottest=self._hottest(space.space_id),
            **{name: number or 0 for name, number in sums._mapping.items()},
        )

    def _ends(self, where: tuple[ColumnElement[bool], ...]) -> dict[str, int]:
        rows = self._connection.execute(
            select(runs.c.status, func.count()).where(*where).group_by(runs.c.status)
        )
        return {row[0]: int(row[1]) for row in rows}

    def _hottest(self, space_id: str) -> list[tuple[str, int]]:
        rows = self._connection.execute(
            select(people.c.person, people.c.address, people.c.score)
            .where(people.c.space_id == space_id, people.c.score.is_not(None))
            .order_by(people.c.score.desc(), people.c.person)
            .limit(HOTTEST)
        ).all()
        names = self._names(space_id, [row.person for row in rows])
        return [(names.get(row.person) or row.address, row.score) for row in rows]

    def _names(self, space_id: str, persons: Sequence[str]) -> dict[str, str]:
        found = {}
        for some in chunks(persons):
            rows = self._connection.execute(
                select(links.c.person, links.c.lead_name, links.c.list_name)
                .where(links.c.space_id == space_id, links.c.person.in_(some))
                .order_by(links.c.crossed_at)
            )
            found.update({row.person: person_in(row.lead_name, row.list_name) for row in rows})
        return found


def person_in(lead_name: str, list_name: str) -> str:
    """The name of the person in the name of a Lead, "Name (List)"."""
    return lead_name.removesuffix(f" ({list_name})")
