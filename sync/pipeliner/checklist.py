"""Everything that should be in place in Pipeliner, item by item, as it is now. Writes nothing.

What Pipeliner gives no way to look at (whether somebody placed a field on a form, whether the panel
shows) is "unknown" and comes with the words for doing it by hand.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sync.model import (
    ChecklistItem,
    CustomField,
    Entity,
    FieldMap,
    FieldPurpose,
    ItemKind,
    ItemState,
    Webresource,
)
from sync.model.pipeliner import OPTIONAL_FIELDS
from sync.pipeliner.panels import PANEL_NAME, page_of, panel_template
from sync.pipeliner.provisioning import SPECS, all_fields, look_at_field
from sync.ports import Pipeliner

NOT_MADE = "It has not been made yet."
NOT_MADE_YET = "It has not been made yet. Without it the panel shows beside Contacts only."
MEND = "Press Mend; it is then made."


def look_over(
    pipeliner: Pipeliner, known: FieldMap, panel_url: str | None
) -> tuple[ChecklistItem, ...]:
    """All items in the order in which they are put in place. Raises what the client raises."""
    by_id = {field.field_id: field for field in all_fields(pipeliner)}
    fields = [_field(purpose, known, by_id.get(_id_of(known, purpose))) for purpose in SPECS]
    return (
        *fields,
        _score_on_form(),
        *_pages(pipeliner, known, panel_url),
    )


def _id_of(known: FieldMap, purpose: FieldPurpose) -> str:
    return known[purpose].field_id if purpose in known else ""


def _field(purpose: FieldPurpose, known: FieldMap, field: CustomField | None) -> ChecklistItem:
    spec = SPECS[purpose]
    item = ChecklistItem(
        kind=ItemKind.FIELD,
        name=spec.name,
        entity=purpose.entity.value,
        state=ItemState.DONE,
        optional=purpose in OPTIONAL_FIELDS,
    )
    if purpose not in known:
        message = NOT_MADE_YET if item.optional else NOT_MADE
        return replace(item, state=ItemState.MISSING, message=message, hint=MEND)
    finding = look_at_field(purpose, field)
    if finding is None:
        return item
    if finding.broken is None:  # renamed
        return replace(item, state=ItemState.DRIFTED, message=finding.message)
    gone = field is None or field.deleted
    return replace(
        item,
        state=ItemState.MISSING if gone else ItemState.DRIFTED,
        message=finding.message,
        hint=MEND if gone else finding.hint,
        by_hand=not gone,
    )


def _score_on_form() -> ChecklistItem:
    """Pipeliner tells of no form which fields it shows, only whether the field is published."""
    return ChecklistItem(
        kind=ItemKind.ON_FORM,
        name=SPECS[FieldPurpose.LEAD_SCORE].name,
        entity=Entity.LEAD.value,
        state=ItemState.UNKNOWN,
        message="Pipeliner does not tell whether the score is on the Lead form.",
        hint="In Pipeliner open Administration, Fields & Forms, Leads; drag Act-On Score onto the "
        "form and publish it.",
        by_hand=True,
    )


def _pages(pipeliner: Pipeliner, known: FieldMap, panel_url: str | None) -> Iterator[ChecklistItem]:
    if panel_url is None:
        yield ChecklistItem(
            kind=ItemKind.PAGE,
            name=PANEL_NAME,
            entity=Entity.CONTACT.value,
            state=ItemState.MISSING,
            message="The panel has no address: PUBLIC_URL is not set.",
            hint="Let the operator set PUBLIC_URL, then press Mend.",
        )
        return
    pages = pipeliner.fetch_webresources()
    for entity in (Entity.CONTACT, Entity.LEAD):
        yield _page_item(pages, entity, panel_template(panel_url, entity, known))
    for entity in (Entity.CONTACT, Entity.LEAD):
        yield ChecklistItem(
            kind=ItemKind.PANEL,
            name=PANEL_NAME,
            entity=entity.value,
            state=ItemState.UNKNOWN,
            message=f"Pipeliner does not tell whether the panel shows beside a {entity.value}.",
            hint=f"In Pipeliner open a {entity.value}, then the panel on the right; choose the tab "
            f"{PANEL_NAME}.",
            by_hand=True,
        )


def _page_item(pages: Sequence[Webresource], entity: Entity, wanted: str) -> ChecklistItem:
    found = page_of(pages, entity)
    state, message = ItemState.DONE, ""
    if found is None:
        state, message = ItemState.MISSING, NOT_MADE
    elif not _is_at(found.url, wanted):
        state, message = ItemState.DRIFTED, "The page points to another address."
    return ChecklistItem(
        kind=ItemKind.PAGE,
        name=PANEL_NAME,
        entity=entity.value,
        state=state,
        message=message,
        hint="" if state is ItemState.DONE else "Press Mend.",
        optional=entity is Entity.LEAD,
    )


def _is_at(url: str, wanted: str) -> bool:
    """Whether the page is where it belongs. Where Pipeliner lets pages not use a Lead's key, the
    address of its page ends before it."""
    return url in (wanted, wanted.partition("&l=")[0])
