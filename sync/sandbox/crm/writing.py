"""Changing records: create, change, delete, merge (contracts, section 3)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sync.sandbox.crm.checks import find_problems, read_values
from sync.sandbox.crm.errors import Problem, Refused, not_there
from sync.sandbox.crm.fields import (
    FIXED,
    find_field_problems,
    find_webhook_problems,
    find_webresource_problems,
    make_field,
)
from sync.sandbox.crm.kinds import KINDS
from sync.sandbox.crm.records import Crm
from sync.sandbox.crm.space import LINKS, Record, Space


def write(
    crm: Crm, space: Space, kind: str, values: Mapping[str, Any], *, level: int = 0
) -> Record:
    """Create a record, or change the one whose id is given. Raises Refused."""
    before = _find_before(space, kind, values.get("id"))
    values, unknown = _writable(space, kind, values)
    kept, problems = read_values(space, kind, values)
    if crm.switches["unknown_fields"] == "refuse":
        problems += [Problem(field=name, message="Unknown field.") for name in unknown]
    links = kept.pop("contact_relations", None) if kind == "Leads" else None
    if before is None:
        kept = {**_defaults(space, kind, kept), **kept}
    elif kind == "Fields":
        kept = {name: value for name, value in kept.items() if name not in FIXED}
    whole = space.whole(kind, {**(before or {}), **kept})
    limit = crm.switches.number("name_limit")
    is_new = before is None
    problems += find_problems(
        space, kind, whole, kept, name_limit=limit, level=level, is_new=is_new
    )
    problems += _find_particular_problems(space, kind, whole, is_new=is_new)
    problems += _find_link_problems(space, links, level)
    if problems:
        raise Refused(*problems)
    if kind == "Fields" and before is None:
        kept = make_field(space, kept, crm.switches)
    record = space.put(kind, {**(before or _born(crm, kind)), **kept})
    if links is not None:
        _set_links(space, record["id"], links)
    if kind == LINKS and record["is_primary"]:
        _keep_one_primary(space, record)
    return record


def _find_before(space: Space, kind: str, record_id: object) -> Record | None:
    if record_id is None:
        return None
    before = space.find(kind, record_id)
    if before is None:
        raise not_there(record_id)
    return before


def _writable(
    space: Space, kind: str, values: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """What may be written, and the names that no field has. Read-only fields are passed over."""
    known = {**KINDS[kind].writable, **space.own_fields(kind)}
    if KINDS[kind].created_writable:
        known["created"] = "instant"
    kept = {name: value for name, value in values.items() if name in known}
    unknown = [name for name in values if name not in known and name not in KINDS[kind].types]
    return kept, unknown


def _defaults(space: Space, kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """What Pipeliner fills in: the owner's unit; a Lead's type and that type's first step. The
    rule for the latter two is not documented."""
    filled: dict[str, Any] = {}
    if kind in ("Contacts", "Leads"):
        owner = space.find("Clients", values.get("owner_id"))
        filled["unit_id"] = owner["default_unit_id"] if owner else None
    if kind == "Leads":
        chosen = space.find("LeadTypes", values.get("lead_type_id"))
        chosen = chosen or next(iter(space.records["LeadTypes"].values()))
        filled["lead_type_id"] = chosen["id"]
        filled["step_id"] = next(
            (
                one["id"]
                for one in space.records["Steps"].values()
                if one.get("lead_process_id") == chosen["lead_process_id"]
            ),
            None,
        )
    return filled


def _born(crm: Crm, kind: str) -> Record:
    """What a new record is given that nobody may write."""
    if kind == "Leads":
        return {"status": 1}
    if kind == "Webresources":
        return {"is_published": True}
    return {}


def _find_particular_problems(
    space: Space, kind: str, whole: Record, *, is_new: bool
) -> Iterator[Problem]:
    if kind == "Fields" and is_new:
        yield from find_field_problems(whole)
    if kind == "Webresources":
        yield from find_webresource_problems(space, whole)
    if kind == "Webhooks":
        yield from find_webhook_problems(whole)


def _find_link_problems(space: Space, links: Sequence[Any] | None, level: int) -> Iterator[Problem]:
    for link in links or ():
        if not isinstance(link, Mapping):
            yield Problem(field="contact_relations", message="Each is an object with contact_id.")
            continue
        values = {"contact_id": "", **link}
        whole = {**values, "lead_oppty_id": "implied", "is_primary": True}
        yield from (
            Problem(field="contact_relations", message=one.message, name=one.name)
            for one in find_problems(
                space, LINKS, whole, {"contact_id": values["contact_id"]}, name_limit=0, level=level
            )
        )


def _set_links(space: Space, lead_id: str, links: Sequence[Mapping[str, Any]]) -> None:
    """The Lead's Contacts are now these."""
    wanted = {link["contact_id"]: link for link in links}
    primary = next((one for one, link in wanted.items() if link.get("is_primary")), None)
    primary = primary or next(iter(wanted), None)
    there = {one["contact_id"]: one for one in space.links_of(lead_id)}
    for contact_id, one in there.items():
        if contact_id not in wanted:
            space.put(LINKS, {**one, "is_deleted": True})
    for contact_id in wanted:
        before = there.get(contact_id, {"lead_oppty_id": lead_id, "contact_id": contact_id})
        space.put(LINKS, {**before, "is_primary": contact_id == primary})


def _keep_one_primary(space: Space, record: Record) -> None:
    for one in list(space.links_of(record["lead_oppty_id"])):
        if one["id"] != record["id"] and one["is_primary"]:
            space.put(LINKS, {**one, "is_primary": False})


def delete(space: Space, kind: str, record_id: object) -> str:
    """Delete a record softly. Raises Refused."""
    record = space.find(kind, record_id)
    if record is None:
        raise not_there(record_id)
    space.put(kind, {**record, "is_deleted": True})
    return str(record["id"])


def merge(
    crm: Crm, space: Space, kind: str, master: Mapping[str, Any], others: Sequence[object]
) -> Record:
    """The master record, after the others' links went over to it and they were deleted.

    Raises Refused.
    """
    if space.find(kind, master.get("id")) is None:
        raise not_there(master.get("id"))
    merged = write(crm, space, kind, master)
    if merged["id"] in others:
        raise Refused(Problem(field="secondary_ids", message="The master is among them."))
    for record_id in others:
        delete(space, kind, record_id)
    for link in list(space.records[LINKS].values()):
        if link["contact_id"] in others and not link.get("is_deleted"):
            leads = space.links_of(link["lead_oppty_id"])
            doubled = any(one["contact_id"] == merged["id"] for one in leads)
            change = {"is_deleted": True} if doubled else {"contact_id": merged["id"]}
            space.put(LINKS, {**link, **change})
    return merged
