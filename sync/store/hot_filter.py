"""Whom a filter of the hot list lets through."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, SelectBase, and_, exists, or_, select, union_all

from sync.model.hot import HotFilter
from sync.store.tables import crm_contacts, crm_leads, links, people


def same_lead() -> ColumnElement[bool]:
    """The Lead of a link, as our index knows it."""
    return and_(crm_leads.c.space_id == links.c.space_id, crm_leads.c.lead_id == links.c.lead_id)


def conditions(
    space_id: str, wanted: HotFilter
) -> Iterator[tuple[SelectBase, ColumnElement[bool]]]:
    """What the filter asks for, in two forms: all who are like that, and whether somebody is."""
    if wanted.list_id is not None:
        in_list = (links.c.space_id == space_id) & (links.c.list_id == wanted.list_id)
        yield (
            select(links.c.person).where(in_list),
            exists().where(in_list, links.c.person == people.c.person),
        )
    if wanted.owner_id is not None:
        yield (
            union_all(
                _owners_contacts(space_id, wanted.owner_id),
                _owners_leads(space_id, wanted.owner_id),
            ),
            or_(crm_contacts.c.owner_id == wanted.owner_id, _has_lead_of(wanted.owner_id)),
        )


def _has_lead_of(owner_id: str) -> ColumnElement[bool]:
    return (
        select(links.c.person)
        .join(crm_leads, same_lead())
        .where(
            links.c.space_id == people.c.space_id,
            links.c.person == people.c.person,
            crm_leads.c.owner_id == owner_id,
            crm_leads.c.deleted.is_(False),
        )
        .correlate(people)
        .exists()
    )


# Conditions within conditions: SQLite would begin a join of these where most rows are.


def _owners_contacts(space_id: str, owner_id: str) -> Select[Any]:
    """The persons whose Contacts the user owns."""
    somebody, contact = people.alias("somebody"), crm_contacts.alias("contact")
    owned = select(contact.c.contact_id).where(
        contact.c.space_id == space_id, contact.c.owner_id == owner_id
    )
    return select(somebody.c.person).where(
        somebody.c.space_id == space_id, somebody.c.contact_id.in_(owned)
    )


def _owners_leads(space_id: str, owner_id: str) -> Select[Any]:
    """The persons of whose Leads that live the user owns one."""
    owned = select(crm_leads.c.lead_id).where(
        crm_leads.c.space_id == space_id,
        crm_leads.c.owner_id == owner_id,
        crm_leads.c.deleted.is_(False),
    )
    return select(links.c.person).where(links.c.space_id == space_id, links.c.lead_id.in_(owned))
