"""Our custom fields and the embedded page in a space: made where missing, checked where made.

Safe to repeat. What a person has to mend comes back as findings, each with what to do.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sync.languages import lazy_gettext
from sync.model import (
    CustomField,
    Entity,
    FieldMap,
    FieldPurpose,
    ProvisionedField,
)
from sync.model.pipeliner import OPTIONAL_FIELDS
from sync.pipeliner.findings import Finding
from sync.pipeliner.panels import place_panels
from sync.ports import Pipeliner


@dataclass(frozen=True, kw_only=True)
class FieldSpec:
    """A field as we want it. `filtered`: we look records up by it."""

    name: str
    type_id: str
    filtered: bool = False


# Names are what admins read in Fields & Forms (design §3.7). `text_area` holds the panel key, which
# is longer than a single line surely takes.
SPECS: Mapping[FieldPurpose, FieldSpec] = {
    FieldPurpose.LEAD_SCORE: FieldSpec(name="Act-On Score", type_id="integer"),
    FieldPurpose.LEAD_KEY: FieldSpec(name="Act-On Key", type_id="input", filtered=True),
    FieldPurpose.LEAD_LIST: FieldSpec(name="Act-On List", type_id="input"),
    FieldPurpose.LEAD_PERSON: FieldSpec(name="Act-On Contact ID", type_id="input"),
    FieldPurpose.LEAD_PANEL_KEY: FieldSpec(name="Act-On Panel Key", type_id="text_area"),
    FieldPurpose.CONTACT_SCORE: FieldSpec(name="Act-On Score", type_id="integer"),
    FieldPurpose.CONTACT_PERSON: FieldSpec(name="Act-On Contact ID", type_id="input"),
    FieldPurpose.CONTACT_REFRESHED: FieldSpec(name="Act-On Last Refreshed", type_id="datetime"),
    FieldPurpose.CONTACT_PANEL_KEY: FieldSpec(name="Act-On Panel Key", type_id="text_area"),
}


@dataclass(frozen=True, kw_only=True)
class Provisioned:
    """What is in place now, and what is still to be mended by a person."""

    fields: FieldMap
    findings: tuple[Finding, ...] = ()
    webresource_id: str | None = None  # of the page in Contacts


def provision(pipeliner: Pipeliner, known: FieldMap, panel_url: str | None) -> Provisioned:
    """Our fields and the embedded pages, in place. `panel_url` None: the pages are left out.

    Raises what the client raises; done again it goes on where it stopped.
    """
    there = all_fields(pipeliner)
    fields: dict[FieldPurpose, ProvisionedField] = {}
    for purpose, spec in SPECS.items():
        found = _find(there, purpose, known.get(purpose))
        if found is None:
            found = pipeliner.create_field(
                entity=purpose.entity, name=spec.name, type_id=spec.type_id
            )
            there.append(found)
        fields[purpose] = ProvisionedField(
            purpose=purpose,
            field_id=found.field_id,
            api_name=found.api_name,
            filter_key=_probe(pipeliner, purpose.entity, found) if spec.filtered else None,
        )
    findings = [*_look_at(there, fields)]
    placed, problems = place_panels(pipeliner, there, fields, panel_url)
    return Provisioned(
        fields=fields,
        findings=(*findings, *problems),
        webresource_id=placed.get(Entity.CONTACT),
    )


def verify(pipeliner: Pipeliner, known: FieldMap) -> tuple[Finding, ...]:
    """What has happened to our fields since they were provisioned; empty: nothing.

    What has happened to a field that a space may lack is no error.
    """
    missing = [one for one in SPECS if one not in known and one not in OPTIONAL_FIELDS]
    if missing:
        names = ", ".join(dict.fromkeys(SPECS[purpose].name for purpose in missing))
        return (
            Finding(
                message=lazy_gettext(
                    "The custom fields of the integration are missing: %(names)s.", names=names
                )
            ),
        )
    return tuple(_look_at(all_fields(pipeliner), known))


def usable(known: FieldMap, findings: Sequence[Finding]) -> dict[FieldPurpose, ProvisionedField]:
    """Our fields without optional ones that cannot be written: with such a one in it, a record
    would be refused as a whole."""
    broken = {one.broken for one in findings}
    return {
        purpose: one
        for purpose, one in known.items()
        if purpose not in OPTIONAL_FIELDS or purpose not in broken
    }


def all_fields(pipeliner: Pipeliner) -> list[CustomField]:
    """All fields of the records that carry ours."""
    return [field for entity in Entity for field in pipeliner.fetch_fields(entity)]


def _find(
    there: Sequence[CustomField], purpose: FieldPurpose, known: ProvisionedField | None
) -> CustomField | None:
    """Our field: the one we made before, else one of its name and kind that an admin made."""
    live = [one for one in there if one.entity == purpose.entity.value and not one.deleted]
    if known is not None:
        for one in live:
            if one.field_id == known.field_id:
                return one
    spec = SPECS[purpose]
    return next((one for one in live if (one.name, one.type_id) == (spec.name, spec.type_id)), None)


def _probe(pipeliner: Pipeliner, entity: Entity, field: CustomField) -> str | None:
    """The name that list filters accept for the field: its documents leave open which."""
    for key in (field.api_name, field.column_name):
        if key and pipeliner.can_filter(entity, key):
            return key
    return None


def _look_at(there: Sequence[CustomField], known: FieldMap) -> Iterator[Finding]:
    by_id = {field.field_id: field for field in there}
    for purpose, ours in known.items():
        finding = look_at_field(purpose, by_id.get(ours.field_id))
        if finding is not None:
            yield finding


def look_at_field(purpose: FieldPurpose, field: CustomField | None) -> Finding | None:
    """What has happened to a field of ours; None: nothing."""
    spec, entity = SPECS[purpose], purpose.entity.value
    label = lazy_gettext("The custom field %(name)r of %(entity)ss", name=spec.name, entity=entity)

    def broken(message: str, hint: str) -> Finding:
        needed = purpose not in OPTIONAL_FIELDS
        return Finding(message=message, hint=hint, is_error=needed, broken=purpose)

    if field is None or field.deleted:
        deleted = lazy_gettext("%(label)s was deleted.", label=label)
        return broken(deleted, lazy_gettext("Provision the fields again; it is then made anew."))
    if field.type_id and field.type_id != spec.type_id:
        other = lazy_gettext(
            "%(label)s is of the kind %(type_id)r, not %(wanted)r.",
            label=label,
            type_id=field.type_id,
            wanted=spec.type_id,
        )
        return broken(
            other,
            lazy_gettext(
                "Delete it in Pipeliner (Administration, Fields & Forms), then provision the "
                "fields again."
            ),
        )
    if not field.published:
        hidden = lazy_gettext("%(label)s is not published.", label=label)
        return broken(
            hidden, lazy_gettext("Publish it in Pipeliner (Administration, Fields & Forms).")
        )
    if field.name != spec.name:
        return Finding(
            message=lazy_gettext(
                "%(label)s was renamed to %(name)r.", label=label, name=field.name
            ),
            hint="Nothing needs to be done; the integration still uses it.",
            is_error=False,
        )
    return None
