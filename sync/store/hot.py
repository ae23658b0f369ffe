"""The hot list: who comes next, and what is shown of them. The order is one walk along an index;
everything else is asked for by key, for the people of one page."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    SelectBase,
    and_,
    func,
    or_,
    select,
    tuple_,
)

from sync.model import LinkState, Standing
from sync.model.hot import HotFilter, HotLead, HotPerson, HotPlace, Owner
from sync.rules.heat import RANGES, rising_from
from sync.store.hot_filter import conditions, same_lead
from sync.store.sql import chunks
from sync.store.tables import (
    crm_contacts,
    crm_leads,
    crm_owners,
    links,
    people,
    readings,
    score_history,
)

FEW: Final = 2_000
MOST_LISTS: Final = 1_000


class HotStore:
    """The hot list, on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def page(
        self,
        space_id: str,
        wanted: HotFilter,
        *,
        threshold: int,
        after: HotPlace | None,
        limit: int,
    ) -> list[HotPerson]:
        """The hottest people beyond that place, without leads and history."""
        heat, risen = people.c[f"heat_{wanted.days}"], people.c[f"rise_{wanted.days}"]
        enough = rising_from(threshold)
        statement = _people(space_id).where(
            heat.is_not(None), or_(people.c.score >= threshold, risen >= enough)
        )
        if after is not None:
            place = tuple_(heat, people.c.score, people.c.person)
            statement = statement.where(place < (after.heat, after.score, after.person))
        statement, are_few = self._narrowed(statement, space_id, wanted)
        first = heat + 0 if are_few else heat  # few are sorted, many are met along the index
        rows = self._connection.execute(
            statement.order_by(first.desc(), people.c.score.desc(), people.c.person.desc()).limit(
                limit
            )
        )
        return [_to_person(row, wanted.days, enough) for row in rows.mappings()]

    def _narrowed(
        self, statement: Select[Any], space_id: str, wanted: HotFilter
    ) -> tuple[Select[Any], bool]:
        """The statement for whom the filter lets through, and whether these are few.

        Few are taken by what they have in common; among many, the hottest are soon met. Otherwise
        the search for ten people would go through all others.
        """
        are_few = False
        for members, is_member in conditions(space_id, wanted):
            if not are_few and self._count(members) <= FEW:
                statement, are_few = statement.where(people.c.person.in_(members)), True
            else:
                statement = statement.where(is_member)
        return statement, are_few

    def _count(self, members: SelectBase) -> int:
        """How many there are; more than few are not counted."""
        some = members.subquery().select().limit(FEW + 1).subquery()
        return self._connection.scalar(select(func.count()).select_from(some)) or 0

    def with_details(
        self, space_id: str, page: Sequence[HotPerson], begin: datetime
    ) -> list[HotPerson]:
        """The same people with their Leads, their history since the begin of the range, and what
        their latest deeds say about writing to them."""
        persons = [one.person for one in page]
        history = self._history(space_id, persons, begin)
        standings = self._standings(space_id, persons)
        return [
            replace(
                _drawn(one, history.get(one.person, ()), begin),
                standings=standings.get(one.person, ()),
            )
            for one in self.with_leads(space_id, page)
        ]

    def with_leads(self, space_id: str, page: Sequence[HotPerson]) -> list[HotPerson]:
        """The same people with their Leads."""
        leads = self.leads(space_id, [one.person for one in page])
        return [replace(one, leads=leads.get(one.person, ())) for one in page]

    def leads(self, space_id: str, persons: Sequence[str]) -> dict[str, list[HotLead]]:
        """The lists in which each person reached the threshold, the first one first."""
        found: dict[str, list[HotLead]] = {}
        for some in chunks(persons):
            rows = self._connection.execute(
                select(links, crm_leads.c.deleted, crm_leads.c.owner_id, crm_owners.c.name)
                .outerjoin(crm_leads, same_lead())
                .outerjoin(crm_owners, _same_owner(crm_leads))
                .where(links.c.space_id == space_id, links.c.person.in_(some))
                .order_by(links.c.crossed_at, links.c.list_id)
            )
            for row in rows.mappings():
                found.setdefault(row["person"], []).append(_to_lead(row))
        return found

    def lists(self, space_id: str) -> list[tuple[str, str]]:
        """(id, name) of all lists in which somebody reached the threshold, by name.

        Goes from one list to the next, however many people are in each.
        """
        mine = links.c.space_id == space_id
        first = select(func.min(links.c.list_id).label("list_id")).where(mine)
        each = first.cte("each", recursive=True)
        further = select(func.min(links.c.list_id)).where(mine, links.c.list_id > each.c.list_id)
        each = each.union_all(select(further.scalar_subquery()).where(each.c.list_id.is_not(None)))
        name = (
            select(links.c.list_name)
            .where(mine, links.c.list_id == each.c.list_id)
            .limit(1)
            .scalar_subquery()
        )
        rows = self._connection.execute(
            select(each.c.list_id, name).where(each.c.list_id.is_not(None)).limit(MOST_LISTS)
        )
        return sorted(((one, name or one) for one, name in rows), key=lambda one: one[1].casefold())

    def owners(self, space_id: str) -> list[Owner]:
        """Who owns Contacts or Leads of the space, by name; those without one come last."""
        rows = self._connection.execute(
            select(crm_owners.c.owner_id, crm_owners.c.name).where(
                crm_owners.c.space_id == space_id
            )
        )
        found = [Owner(owner_id=owner_id, name=name or "") for owner_id, name in rows]
        return sorted(found, key=lambda one: (not one.name, one.name.casefold(), one.owner_id))

    def is_counted(self, space_id: str) -> bool:
        """Whether the momentum of everybody who has a score was counted."""
        waits = (
            select(people.c.person)
            .where(
                people.c.space_id == space_id,
                people.c[f"heat_{RANGES[0]}"].is_(None),
                people.c.score.is_not(None),
            )
            .limit(1)
        )
        return self._connection.scalar(waits) is None

    def has_scores(self, space_id: str) -> bool:
        """Whether anybody of the space has a score."""
        mine = (people.c.space_id == space_id) & people.c.score.is_not(None)
        return self._connection.scalar(select(people.c.person).where(mine).limit(1)) is not None

    def _history(
        self, space_id: str, persons: Sequence[str], begin: datetime
    ) -> dict[str, list[tuple[datetime, int]]]:
        found: dict[str, list[tuple[datetime, int]]] = {}
        for some in chunks(persons):
            rows = self._connection.execute(
                select(score_history.c.person, score_history.c.read_at, score_history.c.score)
                .where(
                    score_history.c.space_id == space_id,
                    score_history.c.person.in_(some),
                    score_history.c.read_at > begin,
                    score_history.c.score.is_not(None),
                )
                .order_by(score_history.c.person, score_history.c.read_at)
            )
            for person, read_at, score in rows:
                found.setdefault(person, []).append((read_at, score))
        return found

    def _standings(self, space_id: str, persons: Sequence[str]) -> dict[str, list[Standing]]:
        rows = self._connection.execute(
            select(readings.c.person, readings.c.marks).where(
                readings.c.space_id == space_id,
                readings.c.person.in_(persons),
                readings.c.body.is_not(None),
            )
        )
        return {person: [Standing(name) for name, _ in marks or ()] for person, marks in rows}


def _people(space_id: str) -> Select[Any]:
    """People with their Contacts and owners; not those whose Contact was deleted."""
    contact = and_(
        crm_contacts.c.space_id == people.c.space_id,
        crm_contacts.c.contact_id == people.c.contact_id,
    )
    return (
        select(
            people,
            crm_contacts.c.name,
            crm_contacts.c.owner_id,
            crm_owners.c.name.label("owner_name"),
        )
        .outerjoin(crm_contacts, contact)
        .outerjoin(crm_owners, _same_owner(crm_contacts))
        .where(
            people.c.space_id == space_id,
            people.c.blocked.is_(False),
            func.coalesce(crm_contacts.c.deleted, False).is_(False),
        )
    )


def _same_owner(table: Any) -> ColumnElement[bool]:
    return and_(
        crm_owners.c.space_id == table.c.space_id, crm_owners.c.owner_id == table.c.owner_id
    )


def _to_person(row: RowMapping, days: int, enough: int) -> HotPerson:
    score, risen = row["score"], row[f"rise_{days}"]
    return HotPerson(
        person=row["person"],
        address=row["address"],
        name=row["name"] or "",
        contact_id=row["contact_id"],
        owner=_owner(row["owner_id"], row["owner_name"]),
        score=score,
        score_read_at=row["score_read_at"],
        rise=risen,
        rising=risen >= enough,
        place=HotPlace(heat=row[f"heat_{days}"], score=score, person=row["person"]),
    )


def _owner(owner_id: str | None, name: str | None) -> Owner | None:
    return Owner(owner_id=owner_id, name=name or "") if owner_id else None


def _to_lead(row: RowMapping) -> HotLead:
    gone = bool(row["deleted"]) or row["state"] == LinkState.TOMBSTONE.value
    return HotLead(
        list_id=row["list_id"],
        list_name=row["list_name"],
        lead_name=row["lead_name"],
        lead_id=None if gone else row["lead_id"],
        crossed_at=row["crossed_at"],
        owner=_owner(row["owner_id"], row["name"]),
    )


def _drawn(one: HotPerson, since: Sequence[tuple[datetime, int]], begin: datetime) -> HotPerson:
    """The person with what a drawing needs: the score at the begin, and every one since."""
    before = one.score - one.rise
    if since and since[0][1] == before:
        return replace(one, history=since, known_since=since[0][0])
    return replace(one, history=[(begin, before), *since])
