"""Taking away what is held: of a whole space, or of one person in it.

Working papers and outcomes have no foreign keys, so they are taken by the runs they belong to.
"""

from datetime import datetime

from sqlalchemy import Connection, Table, case, delete, exists, func, select, update

from sync.model import Result, SkipReason
from sync.store.deliveries import DeliveryStore
from sync.store.sql import upsert
from sync.store.tables import (
    crm_addresses,
    crm_contacts,
    links,
    outcomes,
    people,
    readings,
    row_details,
    row_scores,
    run_lists,
    run_marks,
    runs,
    score_history,
)
from sync.store.tables.administration import erased_people, preview_jobs
from sync.store.tables.webhooks import acton_webhooks, reported_standings

WITHDRAWN = "Not sent: somebody whom it may name was erased."
PAPERS = (outcomes, row_details, row_scores, run_lists, run_marks)


class ErasureStore:
    """Erasing, on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def papers_of_space(self, space_id: str) -> dict[str, int]:
        """How many rows of working papers and outcomes of a space are gone, by table."""
        run_ids = list(
            self._connection.scalars(select(runs.c.run_id).where(runs.c.space_id == space_id))
        )
        gone: dict[str, int] = {}
        for table in PAPERS:
            for run_id in run_ids:  # one by one, so that none of the statements takes too long
                done = self._connection.execute(delete(table).where(table.c.run_id == run_id))
                gone[table.name] = gone.get(table.name, 0) + done.rowcount
        return gone

    def person(self, space_id: str, person: str, address: str, *, now: datetime) -> dict[str, int]:
        """How many rows about a person are gone, by table; a digest remains, so that the sync
        passes over them from now on."""
        gone = {
            table.name: self._delete(table, space_id, person)
            for table in (
                links,
                people,
                score_history,
                readings,
                acton_webhooks,
                reported_standings,
            )
        }
        self._drop_papers(space_id, person)
        gone["outcomes"] = self._blank_outcomes(space_id, person, address)
        self._blank_names(space_id, person)
        DeliveryStore(self._connection).withdraw_those_about_people(space_id, WITHDRAWN)
        # Examples in previews name people; a preview is made anew in a minute.
        self._connection.execute(delete(preview_jobs).where(preview_jobs.c.space_id == space_id))
        row = {"space_id": space_id, "person": person, "erased_at": now}
        upsert(self._connection, erased_people, [row], key=["space_id", "person"], change=[])
        return gone

    def persons(self, space_id: str) -> frozenset[str]:
        """The persons of a space who were erased."""
        return frozenset(
            self._connection.scalars(
                select(erased_people.c.person).where(erased_people.c.space_id == space_id)
            )
        )

    def erased_at(self, space_id: str, person: str) -> datetime | None:
        """When the person was erased; None: they were not."""
        found: datetime | None = self._connection.scalar(
            select(erased_people.c.erased_at).where(
                erased_people.c.space_id == space_id, erased_people.c.person == person
            )
        )
        return found

    def _delete(self, table: Table, space_id: str, person: str) -> int:
        done = self._connection.execute(
            delete(table).where(table.c.space_id == space_id, table.c.person == person)
        )
        return done.rowcount

    def _drop_papers(self, space_id: str, person: str) -> None:
        """What a paused run has written down about the person."""
        of_space = select(runs.c.run_id).where(runs.c.space_id == space_id)
        mine = exists().where(
            outcomes.c.run_id == row_details.c.run_id,
            outcomes.c.list_no == row_details.c.list_no,
            outcomes.c.position == row_details.c.position,
            outcomes.c.person == person,
        )
        self._connection.execute(
            delete(row_details).where(row_details.c.run_id.in_(of_space), mine)
        )
        self._connection.execute(
            delete(row_scores).where(
                row_scores.c.run_id.in_(of_space), row_scores.c.person == person
            )
        )

    def _blank_outcomes(self, space_id: str, person: str, address: str) -> int:
        """The rows stay, so that the counts of their runs still add up; who it was goes."""
        of_space = select(runs.c.run_id).where(runs.c.space_id == space_id)
        mine = (outcomes.c.person == person) | (outcomes.c.address == address)
        done = self._connection.execute(
            update(outcomes)
            .where(outcomes.c.run_id.in_(of_space), mine)
            .values(
                address=None,
                person=None,
                record_id="",
                score=None,
                detail=None,
                lead_id=None,
                contact_id=None,
                kept=False,
                result=func.coalesce(outcomes.c.result, Result.SKIPPED.value),
                reason=case(
                    (outcomes.c.result.is_(None), SkipReason.ERASED.value),
                    else_=outcomes.c.reason,
                ),
            )
        )
        return done.rowcount

    def _blank_names(self, space_id: str, person: str) -> None:
        carried = select(crm_addresses.c.contact_id).where(
            crm_addresses.c.space_id == space_id, crm_addresses.c.person == person
        )
        self._connection.execute(
            update(crm_contacts)
            .where(crm_contacts.c.space_id == space_id, crm_contacts.c.contact_id.in_(carried))
            .values(name="")
        )
