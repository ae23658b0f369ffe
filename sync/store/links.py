"""Links: which Lead and Contact belong to a person in a list. One row for each, for ever."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, case, func, select, update
from sqlalchemy import bindparam as bind

from sync.model import Crossed, Link, LinkNames, LinkState, NewLink
from sync.store.sql import among, chunks, insert_for
from sync.store.tables import crm_leads, links, runs


class LinkStore:
    """The links, on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def known_keys(self, space_id: str, keys: Sequence[str]) -> set[str]:
        """Those of the keys that have a link, or a Lead of ours in Pipeliner that we forgot."""
        known: set[str] = set()
        for some in chunks(keys):
            for table in (links, crm_leads):
                found = self._connection.scalars(
                    select(table.c.key).where(table.c.space_id == space_id, table.c.key.in_(some))
                )
                known.update(found)
        return known

    def has_forgotten(self, space_id: str) -> bool:
        """Whether Pipeliner may hold Leads of ours that have no link: after a loss of data."""
        ours = select(func.count()).where(
            crm_leads.c.space_id == space_id, crm_leads.c.key.is_not(None)
        )
        linked = select(func.count()).where(links.c.space_id == space_id)
        return (self._connection.scalar(ours) or 0) > (self._connection.scalar(linked) or 0)

    def linked_persons(self, space_id: str, list_id: str, persons: Sequence[str]) -> set[str]:
        """Those of the persons that have a link in this list."""
        found = self._connection.scalars(
            select(links.c.person).where(
                links.c.space_id == space_id,
                links.c.list_id == list_id,
                among(self._connection, links.c.person, persons),
            )
        )
        return set(found)

    def for_keys(self, space_id: str, keys: Sequence[str]) -> dict[str, Link]:
        """The links by key; a key without one is left out."""
        found = {}
        for some in chunks(keys):
            rows = self._connection.execute(
                select(links).where(links.c.space_id == space_id, links.c.key.in_(some))
            )
            found.update({row["key"]: _from_row(row) for row in rows.mappings()})
        return found

    def lead_ids(self, space_id: str, persons: Sequence[str]) -> dict[str, set[str]]:
        """The Leads that each person's links name, whatever list they are for."""
        found: dict[str, set[str]] = {}
        for some in chunks(persons):
            rows = self._connection.execute(
                select(links.c.person, links.c.lead_id).where(
                    links.c.space_id == space_id,
                    links.c.person.in_(some),
                    links.c.lead_id.is_not(None),
                )
            )
            for person, lead_id in rows:
                found.setdefault(person, set()).add(lead_id)
        return found

    def of_person(self, space_id: str, person: str) -> list[Crossed]:
        """The lists in which the person reached the threshold, the latest first."""
        rows = self._connection.execute(
            select(
                links,
                runs.c.local_date,
                runs.c.threshold,
                crm_leads.c.deleted,
                crm_leads.c.score,
            )
            .outerjoin(runs, runs.c.run_id == links.c.run_id)
            .outerjoin(
                crm_leads,
                (crm_leads.c.space_id == links.c.space_id)
                & (crm_leads.c.lead_id == links.c.lead_id),
            )
            .where(links.c.space_id == space_id, links.c.person == person)
            .order_by(links.c.crossed_at.desc(), links.c.list_id)
        )
        return [_to_crossed(row) for row in rows.mappings()]

    def of_lead(self, space_id: str, lead_id: str) -> Link | None:
        """The link that made this Lead; None: it is none of ours."""
        row = self._connection.execute(
            select(links)
            .where(links.c.space_id == space_id, links.c.lead_id == lead_id)
            .order_by(links.c.person)
            .limit(1)
        )
        found = row.mappings().first()
        return _from_row(found) if found else None

    def save(self, space_id: str, new: Sequence[NewLink], *, now: datetime) -> None:
        """Save links. An intent never undoes a link, and the instant of the crossing stays."""
        if not new:
            return
        statement: Any = insert_for(self._connection, links)
        fresh = statement.excluded
        intent = fresh.state == LinkState.CREATING.value
        statement = statement.on_conflict_do_update(
            index_elements=["space_id", "list_id", "person"],
            set_={
                "state": case(
                    (intent & (links.c.state != LinkState.CREATING.value), links.c.state),
                    else_=fresh.state,
                ),
                "lead_id": case((fresh.lead_id.is_(None), links.c.lead_id), else_=fresh.lead_id),
                "contact_id": case(
                    (fresh.contact_id.is_(None), links.c.contact_id), else_=fresh.contact_id
                ),
                "run_id": case((intent, fresh.run_id), else_=links.c.run_id),
                # The Lead is made with the names that its intent says.
                "lead_name": case((intent, fresh.lead_name), else_=links.c.lead_name),
                "list_name": case((intent, fresh.list_name), else_=links.c.list_name),
                "updated_at": fresh.updated_at,
            },
        )
        self._connection.execute(statement, [_to_row(space_id, one, now) for one in new])

    def rename(self, space_id: str, names: Sequence[LinkNames], *, now: datetime) -> None:
        """Save what links are called since their list was renamed."""
        if names:
            self._connection.execute(
                update(links)
                .where(links.c.space_id == space_id, links.c.key == bind("b_key"))
                .values(
                    lead_name=bind("b_lead_name"), list_name=bind("b_list_name"), updated_at=now
                ),
                [
                    {
                        "b_key": one.key,
                        "b_lead_name": one.lead_name,
                        "b_list_name": one.list_name,
                    }
                    for one in names
                ],
            )


def _to_crossed(row: RowMapping) -> Crossed:
    state = LinkState(row["state"])
    return Crossed(
        list_id=row["list_id"],
        list_name=row["list_name"],
        key=row["key"],
        state=state,
        lead_id=row["lead_id"],
        lead_name=row["lead_name"],
        lead_score=row["score"],
        lead_deleted=bool(row["deleted"]) or state is LinkState.TOMBSTONE,
        crossed_at=row["crossed_at"],
        run_id=row["run_id"],
        run_date=row["local_date"],
        threshold=row["threshold"],
    )


def _from_row(row: RowMapping) -> Link:
    return Link(
        list_id=row["list_id"],
        person=row["person"],
        key=row["key"],
        state=LinkState(row["state"]),
        lead_id=row["lead_id"],
        contact_id=row["contact_id"],
        crossed_at=row["crossed_at"],
        run_id=row["run_id"],
        lifted_at=row["lifted_at"],
        lead_name=row["lead_name"],
        list_name=row["list_name"],
    )


def _to_row(space_id: str, one: NewLink, now: datetime) -> dict[str, Any]:
    return {
        "space_id": space_id,
        "list_id": one.list_id,
        "person": one.person,
        "key": one.key,
        "state": one.state.value,
        "lead_id": one.lead_id,
        "contact_id": one.contact_id,
        "lead_name": one.lead_name,
        "list_name": one.list_name,
        "crossed_at": now,
        "run_id": one.run_id,
        "updated_at": now,
    }
