"""People who are linked to a Contact: their score now, and how it went."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, select, text

from sync.model import PersonRecord, ReadBy, RunStatus, ScoreSource
from sync.store.heat import HeatStore
from sync.store.runs.rows import WHOLE
from sync.store.sql import chunks, upsert
from sync.store.tables import outcomes, people, run_lists, runs, score_history


class PeopleStore:
    """The people, on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def for_persons(self, space_id: str, persons: Sequence[str]) -> dict[str, PersonRecord]:
        """What is known of these persons, by digest; the unknown are left out."""
        found = {}
        for some in chunks(persons):
            rows = self._connection.execute(
                select(people).where(people.c.space_id == space_id, people.c.person.in_(some))
            )
            found.update({row["person"]: _from_row(row) for row in rows.mappings()})
        return found

    def of_contacts(self, space_id: str, contact_ids: Sequence[str]) -> dict[str, set[str]]:
        """The persons who are linked to each Contact."""
        found: dict[str, set[str]] = {}
        for some in chunks(contact_ids):
            rows = self._connection.execute(
                select(people.c.contact_id, people.c.person).where(
                    people.c.space_id == space_id, people.c.contact_id.in_(some)
                )
            )
            for contact_id, person in rows:
                found.setdefault(contact_id, set()).add(person)
        return found

    def of_contact(self, space_id: str, contact_id: str) -> PersonRecord | None:
        """The person linked to a Contact; of several, the one whose score is highest."""
        row = self._connection.execute(
            select(people)
            .where(people.c.space_id == space_id, people.c.contact_id == contact_id)
            .order_by(people.c.score.is_(None), people.c.score.desc(), people.c.person)
            .limit(1)
        )
        found = row.mappings().first()
        return _from_row(found) if found else None

    def history(
        self, space_id: str, person: str, *, since: datetime
    ) -> list[tuple[datetime, int | None]]:
        """(instant, score) for each change of the person's score, oldest first.

        Begins with the last one before `since`, so that the score at that instant is known.
        """
        mine = (score_history.c.space_id == space_id) & (score_history.c.person == person)
        begin = (
            select(func.max(score_history.c.read_at))
            .where(mine, score_history.c.read_at <= since)
            .scalar_subquery()
        )
        rows = self._connection.execute(
            select(score_history.c.read_at, score_history.c.score)
            .where(mine, score_history.c.read_at >= func.coalesce(begin, since))
            .order_by(score_history.c.read_at)
        )
        return [(row.read_at, row.score) for row in rows]

    def lists(self, space_id: str, person: str) -> list[str]:
        """The names of the lists in which the latest finished run met the person, in list order.

        Only of people who had reached the threshold; the rows of others are not indexed.
        """
        latest = (
            select(func.max(runs.c.run_id))
            .where(
                runs.c.space_id == space_id,
                runs.c.status.in_((RunStatus.SUCCEEDED.value, RunStatus.PARTIAL.value)),
                WHOLE,
            )
            .scalar_subquery()
        )
        rows = self._connection.scalars(
            select(run_lists.c.name)
            .join(
                outcomes,
                (outcomes.c.run_id == run_lists.c.run_id)
                & (outcomes.c.list_no == run_lists.c.list_no),
            )
            .where(outcomes.c.run_id == latest, outcomes.c.person == person, text("outcomes.kept"))
            .order_by(run_lists.c.list_no)
        )
        return list(dict.fromkeys(rows))

    def save(self, space_id: str, records: Sequence[PersonRecord], *, now: datetime) -> None:
        """Save people, and add a reading to the history of those whose score changed."""
        latest = list({record.person: record for record in records}.values())
        if not latest:
            return
        self._add_history(space_id, latest)
        upsert(
            self._connection,
            people,
            [_to_row(space_id, record, now) for record in latest],
            key=["space_id", "person"],
        )
        HeatStore(self._connection).count(space_id, [one.person for one in latest], now=now)

    def _add_history(self, space_id: str, records: Sequence[PersonRecord]) -> None:
        last = self._last_scores(space_id, [record.person for record in records])
        changed = [
            {
                "space_id": space_id,
                "person": record.person,
                "read_at": record.score_read_at,
                "score": record.score,
                "source": record.score_source.value,
            }
            for record in records
            if record.score_read_at is not None
            and record.score_source is not None
            and last.get(record.person, "none yet") != record.score
        ]
        upsert(self._connection, score_history, changed, key=["space_id", "person", "read_at"])

    def _last_scores(self, space_id: str, persons: Sequence[str]) -> dict[str, int | None]:
        found: dict[str, int | None] = {}
        for some in chunks(persons):
            newest = (
                select(score_history.c.person, func.max(score_history.c.read_at).label("read_at"))
                .where(score_history.c.space_id == space_id, score_history.c.person.in_(some))
                .group_by(score_history.c.person)
                .subquery()
            )
            rows = self._connection.execute(
                select(score_history.c.person, score_history.c.score).join(
                    newest,
                    (score_history.c.person == newest.c.person)
                    & (score_history.c.read_at == newest.c.read_at)
                    & (score_history.c.space_id == space_id),
                )
            )
            found.update({row.person: row.score for row in rows})
        return found


def _to_row(space_id: str, record: PersonRecord, now: datetime) -> dict[str, Any]:
    return {
        "space_id": space_id,
        "person": record.person,
        "address": record.address,
        "contact_id": record.contact_id,
        "acton_contact_id": record.acton_contact_id,
        "score": record.score,
        "score_read_at": record.score_read_at,
        "score_source": record.score_source.value if record.score_source else None,
        "read_by": record.read_by.value,
        "panel_key_expires_at": record.panel_key_expires_at,
        "blocked": record.blocked,
        "updated_at": now,
    }


def _from_row(row: RowMapping) -> PersonRecord:
    source = row["score_source"]
    return PersonRecord(
        person=row["person"],
        address=row["address"],
        contact_id=row["contact_id"],
        acton_contact_id=row["acton_contact_id"],
        score=row["score"],
        score_read_at=row["score_read_at"],
        score_source=ScoreSource(source) if source else None,
        read_by=ReadBy(row["read_by"]),
        panel_key_expires_at=row["panel_key_expires_at"],
        blocked=row["blocked"],
        lifted_at=row["lifted_at"],
    )
