"""The embedded pages in Contacts and Leads: their addresses, and putting them in place.

The address carries the record's key in the fragment, which reaches no log (design §4). That of a
Lead also tells which of its person's Leads it is, by our own key in it: that opens nothing, so it
needs no signature.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from sync.model import CustomField, Entity, FieldMap, FieldPurpose, ProvisionedField, Webresource
from sync.pipeliner.findings import Finding
from sync.ports import Pipeliner

PANEL_NAME: Final = "Act-On Integration"
KEYS: Final[Mapping[Entity, FieldPurpose]] = {
    Entity.CONTACT: FieldPurpose.CONTACT_PANEL_KEY,
    Entity.LEAD: FieldPurpose.LEAD_PANEL_KEY,
}


def panel_template(panel_url: str, entity: Entity, fields: FieldMap) -> str:
    """The address of the embedded page of Contacts or Leads, with its placeholders."""
    address = f"{panel_url}#k={_placeholder(fields.get(KEYS[entity]))}"
    if entity is Entity.LEAD and FieldPurpose.LEAD_KEY in fields:
        address += f"&l={_placeholder(fields[FieldPurpose.LEAD_KEY])}"
    return address


def page_of(pages: Sequence[Webresource], entity: Entity) -> Webresource | None:
    """Our page among the embedded pages of the space."""
    return next(
        (one for one in pages if (one.name, one.entity) == (PANEL_NAME, entity.value)), None
    )


def place_panels(
    pipeliner: Pipeliner, there: Sequence[CustomField], fields: FieldMap, panel_url: str | None
) -> tuple[dict[Entity, str], list[Finding]]:
    """The ids of the embedded pages, in place, and what kept one from its place."""
    if panel_url is None:
        return {}, [
            Finding(
                message="The panel was not placed: PUBLIC_URL is not set.",
                hint="Set PUBLIC_URL to the address of this service and provision again.",
                is_error=False,
            )
        ]
    hindered = dict(_hindered(there, fields))
    placed: dict[Entity, str] = {}
    if len(hindered) < len(KEYS):
        pages = pipeliner.fetch_webresources()
        for entity in KEYS:
            if entity not in hindered:
                url = panel_template(panel_url, entity, _offered(there, fields))
                placed[entity] = _place(pipeliner, pages, entity, url)
    return placed, list(hindered.values())


def _place(pipeliner: Pipeliner, pages: Sequence[Webresource], entity: Entity, url: str) -> str:
    found = page_of(pages, entity)
    if found is None:
        found = pipeliner.create_webresource(entity=entity, name=PANEL_NAME, url=url)
    elif found.url != url:
        pipeliner.update_webresource(found.webresource_id, url=url)
    return found.webresource_id


def _hindered(there: Sequence[CustomField], fields: FieldMap) -> Iterator[tuple[Entity, Finding]]:
    offered = _offered(there, fields)
    for entity, purpose in KEYS.items():
        if purpose not in offered:
            yield (
                entity,
                Finding(
                    message="Pipeliner does not let the panel use the field 'Act-On Panel Key'"
                    f" of {entity.value}s.",
                    hint="Ask Pipeliner Support to make the field available for web resources.",
                    is_error=False,
                ),
            )


def _offered(there: Sequence[CustomField], fields: FieldMap) -> FieldMap:
    """Our fields without those that Pipeliner says embedded pages may not use."""
    barred = {one.field_id for one in there if one.for_webresource is False}
    return {purpose: one for purpose, one in fields.items() if one.field_id not in barred}


def _placeholder(field: ProvisionedField | None) -> str:
    return f"{{#{field.field_id if field else ''}}}"
