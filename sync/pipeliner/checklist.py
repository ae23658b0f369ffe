"""Everything that should be in place in Pipeliner, item by item, as it is now. Writes nothing.

What Pipeliner gives no way to look at (whether somebody placed a field on a form, whether the panel
shows) is "unknown" and comes with the words for doing it by hand.
"""

from collections.abc import Iterator

from sync.model import (
    ChecklistItem,
    CustomField,
    Entity,
    FieldMap,
    FieldPurpose,
    ItemKind,
    ItemState,
)
from sync.pipeliner.provisioning import (
    PANEL_NAME,
    SPECS,
    all_fields,
    look_at_field,
    panel_template,
)
from sync.ports import Pipeliner

NOT_MADE = "It has not been made yet."
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
        *_page(pipeliner, known, panel_url),
    )


def _id_of(known: FieldMap, purpose: FieldPurpose) -> str:
    return known[purpose].field_id if purpose in known else ""


def _field(purpose: FieldPurpose, known: FieldMap, field: CustomField | None) -> ChecklistItem:
    spec, entity = SPECS[purpose], purpose.entity.value
    if purpose not in known:
        return ChecklistItem(
            kind=ItemKind.FIELD,
            name=spec.name,
            entity=entity,
            state=ItemState.MISSING,
            message=NOT_MADE,
            hint=MEND,
        )
    finding = look_at_field(purpose, field)
    if finding is None or not finding.is_error:
        renamed = finding is not None
        return ChecklistItem(
            kind=ItemKind.FIELD,
            name=spec.name,
            entity=entity,
            state=ItemState.DRIFTED if renamed else ItemState.DONE,
            message=finding.message if finding else "",
        )
    gone = field is None or field.deleted
    return ChecklistItem(
        kind=ItemKind.FIELD,
        name=spec.name,
        entity=entity,
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


def _page(pipeliner: Pipeliner, known: FieldMap, panel_url: str | None) -> Iterator[ChecklistItem]:
    name, entity = PANEL_NAME, Entity.CONTACT.value
    if panel_url is None:
        yield ChecklistItem(
            kind=ItemKind.PAGE,
            name=name,
            entity=entity,
            state=ItemState.MISSING,
            message="The panel has no address: PUBLIC_URL is not set.",
            hint="Let the operator set PUBLIC_URL, then press Mend.",
        )
        return
    yield _page_item(pipeliner, known, panel_url)
    yield ChecklistItem(
        kind=ItemKind.PANEL,
        name=name,
        entity=entity,
        state=ItemState.UNKNOWN,
        message="Pipeliner does not tell whether the panel shows beside a Contact.",
        hint="In Pipeliner open a Contact, then the panel on the right; choose the tab "
        f"{PANEL_NAME}.",
        by_hand=True,
    )


def _page_item(pipeliner: Pipeliner, known: FieldMap, panel_url: str) -> ChecklistItem:
    wanted = panel_template(panel_url, _id_of(known, FieldPurpose.CONTACT_PANEL_KEY))
    found = [
        one
        for one in pipeliner.fetch_webresources()
        if (one.name, one.entity) == (PANEL_NAME, Entity.CONTACT.value)
    ]
    state, message = ItemState.DONE, ""
    if not found:
        state, message = ItemState.MISSING, NOT_MADE
    elif found[0].url != wanted:
        state, message = ItemState.DRIFTED, "The page points to another address."
    return ChecklistItem(
        kind=ItemKind.PAGE,
        name=PANEL_NAME,
        entity=Entity.CONTACT.value,
        state=state,
        message=message,
        hint="" if state is ItemState.DONE else "Press Mend.",
    )
