"""Our writes as Pipeliner's JSON. Custom fields travel under the names that the space gave them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sync.model import ContactWrite, Details, FieldMap, FieldPurpose, LeadWrite

LONGEST_TEXT = 255


def contact_payload(write: ContactWrite, fields: FieldMap, *, date_format: str) -> dict[str, Any]:
    """The body of a Contact. Source: batchContactInput of the OpenAPI document v100."""
    own = _own(write.ours, fields, date_format)
    if write.contact_id is not None:
        return {"id": write.contact_id, **own}
    details = write.details or Details()
    values = {
        "owner_id": write.owner_id,
        "unit_id": write.unit_id,
        "first_name": details.first_name,
        "middle_name": details.middle_name,
        "last_name": details.last_name,
        "email1": write.address,
        "address": details.street,
        "city": details.city,
        "zip_code": details.zip_code,
        "state_province": details.state,
        "country": details.country,
        "position": details.position,
        "quick_account_name": details.company,
        **{f"phone{number}": phone for number, phone in enumerate(details.phones, start=1)},
    }
    return {**{name: _cut(value) for name, value in values.items() if value}, **own}


def lead_payload(write: LeadWrite, fields: FieldMap, *, date_format: str) -> dict[str, Any]:
    """The body of a Lead, its Contact inside it. Source: batchLeadInput, and the connector that
    nests `contact_relations` (contracts, section 4.2)."""
    own = _own(write.ours, fields, date_format)
    if write.lead_id is not None:
        renamed = {"name": write.name} if write.name else {}
        return {"id": write.lead_id, **renamed, **own}
    values = {
        "name": write.name,
        "owner_id": write.owner_id,
        "unit_id": write.unit_id,
        "lead_type_id": write.lead_type_id,
        "step_id": write.step_id,
    }
    body: dict[str, Any] = {name: value for name, value in values.items() if value}
    if write.contact_id:
        body["contact_relations"] = [{"contact_id": write.contact_id, "is_primary": True}]
    return {**body, **own}


def _own(
    ours: Mapping[FieldPurpose, int | str | datetime] | Mapping[FieldPurpose, int | str],
    fields: FieldMap,
    date_format: str,
) -> dict[str, Any]:
    return {
        fields[purpose].api_name: (
            value.astimezone(UTC).strftime(date_format) if isinstance(value, datetime) else value
        )
        for purpose, value in ours.items()
        if purpose in fields
    }


def _cut(value: str) -> str:
    return value[:LONGEST_TEXT]
