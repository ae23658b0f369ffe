"""What Pipeliner's answers mean. Tolerant of every form that its documents leave open.

Source: the OpenAPI document v100 and the recorded answers in the contracts, section 2.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sync.errors import UnexpectedAnswer
from sync.http.redact import clean_text
from sync.languages import lazy_gettext
from sync.model import (
    CrmContact,
    CrmLead,
    CustomField,
    FieldMap,
    FieldPurpose,
    LeadStep,
    LeadType,
    NotWritten,
    User,
    Webresource,
)

EMAIL_FIELDS = ("email1", "email2", "email3", "email4", "email5")
LEAD_OPEN = 1
LONGEST_ID = 64  # what our index holds; Pipeliner's are UUIDs
_LARGEST = 2**31 - 1  # what a whole number in a database holds; no score comes near
_KEY = re.compile(r"[0-9a-f]{32}")
_MISSING_NAMES = ("NOT_FOUND", "UNKNOWN_ENTITY", "ENTITY_DELETED", "DOES_NOT_EXIST")


def parse_page(raw: Any, what: str) -> tuple[list[Mapping[str, Any]], str | None, int | None]:
    """The records of one page, the cursor of the next (None at the end), and the total."""
    page = _mapping(raw, what)
    data = page.get("data")
    if not isinstance(data, list) or not all(isinstance(one, Mapping) for one in data):
        raise _unexpected("data", what)
    info = page.get("page_info")
    cursor = None
    if isinstance(info, Mapping) and info.get("has_next_page") is True:
        cursor = info.get("end_cursor")
        if not isinstance(cursor, str) or not cursor:
            raise _unexpected("page_info.end_cursor", what)
    total = page.get("total")
    known = isinstance(total, int) and not isinstance(total, bool)
    return data, cursor, total if known else None


def parse_record(raw: Any, what: str) -> Mapping[str, Any]:
    """The one record of an answer."""
    return _mapping(_mapping(raw, what).get("data"), what)


def to_contact(raw: Mapping[str, Any], fields: FieldMap) -> CrmContact:
    """A Contact as far as matching needs it."""
    score = to_int(_own(raw, fields, FieldPurpose.CONTACT_SCORE))
    person = to_text(_own(raw, fields, FieldPurpose.CONTACT_PERSON))
    panel_key = to_text(_own(raw, fields, FieldPurpose.CONTACT_PANEL_KEY))
    addresses = (to_text(raw.get(name)) for name in EMAIL_FIELDS)
    name = to_text(raw.get("formatted_name")) or " ".join(
        filter(
            None, (to_text(raw.get(part)) for part in ("first_name", "middle_name", "last_name"))
        )
    )
    return CrmContact(
        contact_id=to_id(raw, "a Contact"),
        modified=to_instant(raw.get("modified"), "a Contact"),
        deleted=raw.get("is_deleted") is True,
        addresses=tuple(address for address in addresses if address.strip()),
        name=name,
        ours=score is not None or bool(person) or bool(panel_key),
        score=score,
        acton_contact_id=person,
        panel_key=panel_key,
        owner_id=_owner(raw),
    )


def to_lead(raw: Mapping[str, Any], fields: FieldMap) -> CrmLead:
    """A Lead as far as matching needs it."""
    status = to_int(raw.get("status"))
    lost = status is not None and status != LEAD_OPEN
    return CrmLead(
        lead_id=to_id(raw, "a Lead"),
        modified=to_instant(raw.get("modified"), "a Lead"),
        deleted=raw.get("is_deleted") is True,
        open=not lost and raw.get("is_archived") is not True,
        key=_key(raw, fields),
        score=to_int(_own(raw, fields, FieldPurpose.LEAD_SCORE)),
        quick_email=to_text(raw.get("quick_email")),
        contact_ids=_contact_ids(raw),
        panel_key=to_text(_own(raw, fields, FieldPurpose.LEAD_PANEL_KEY)),
        owner_id=_owner(raw),
    )


def to_lead_name(raw: Mapping[str, Any]) -> tuple[str, str]:
    """The id of a Lead and what it is called."""
    return to_id(raw, "a Lead"), to_text(raw.get("name"))


def _key(raw: Mapping[str, Any], fields: FieldMap) -> str:
    """Our key; "" where there is none, or where somebody has typed over it."""
    key = to_text(_own(raw, fields, FieldPurpose.LEAD_KEY)).strip()
    return key if _KEY.fullmatch(key) else ""


def _contact_ids(raw: Mapping[str, Any]) -> tuple[str, ...]:
    """The Contacts of a Lead: from its relations, expanded or not, or its primary Contact."""
    found: list[str] = []
    relations = raw.get("contact_relations")
    for relation in relations if isinstance(relations, list) else ():
        if isinstance(relation, Mapping):
            found.append(_reference(relation.get("contact_id") or relation.get("contact")))
    found.append(_reference(raw.get("primary_contact_id") or raw.get("primary_contact")))
    return tuple(dict.fromkeys(filter(None, found)))


def _owner(raw: Mapping[str, Any]) -> str:
    """The id of the user who owns a record; "" where the answer does not tell."""
    owner = _reference(raw.get("owner_id") or raw.get("owner"))
    return owner if len(owner) <= LONGEST_ID else ""


def _reference(value: Any) -> str:
    """The id in a reference: a plain id, the address of a record, or the record itself."""
    if isinstance(value, Mapping):
        value = value.get("id")
    return value.rstrip("/").rpartition("/")[2] if isinstance(value, str) else ""


def to_user(raw: Mapping[str, Any]) -> User:
    """A user. Pipeliner has no other sign of an inactive one than deletion."""
    email = to_text(raw.get("email"))
    return User(
        user_id=to_id(raw, "a user"),
        email=email,
        name=to_text(raw.get("formatted_name")) or to_text(raw.get("name")) or email,
        active=raw.get("is_deleted") is not True,
        time_zone=to_text(raw.get("timezone_name")) or None,
        unit_id=to_text(raw.get("default_unit_id")) or None,
    )


def to_lead_type(raw: Mapping[str, Any]) -> LeadType:
    """A kind of Lead, without its steps."""
    return LeadType(
        lead_type_id=to_id(raw, "a lead type"),
        name=to_text(raw.get("name")),
        process_id=_process(raw),
    )


def to_lead_step(raw: Mapping[str, Any]) -> LeadStep:
    """A step. Those of opportunities belong to a pipeline and to no process."""
    return LeadStep(
        step_id=to_id(raw, "a step"),
        name=to_text(raw.get("name")),
        process_id=_process(raw),
        order=to_int(raw.get("sort_order")) or 0,
    )


def _process(raw: Mapping[str, Any]) -> str:
    return _reference(raw.get("lead_process_id") or raw.get("lead_process"))


def to_field(raw: Mapping[str, Any]) -> CustomField:
    """A field of Leads or Contacts."""
    usable = raw.get("is_available_for_webresource")
    return CustomField(
        field_id=to_id(raw, "a field"),
        entity=to_text(raw.get("entity_name")),
        name=to_text(raw.get("name")),
        api_name=to_text(raw.get("api_name")),
        type_id=to_text(raw.get("type_id")),
        column_name=to_text(raw.get("column_name")),
        published=raw.get("is_published") is not False,
        deleted=raw.get("is_deleted") is True,
        for_webresource=usable if isinstance(usable, bool) else None,
    )


def to_webresource(raw: Mapping[str, Any]) -> Webresource:
    """An embedded page."""
    return Webresource(
        webresource_id=to_id(raw, "a Webresource"),
        entity=to_text(raw.get("entity")),
        name=to_text(raw.get("name")),
        url=to_text(raw.get("url")),
    )


def to_refusal(raw: Mapping[str, Any]) -> NotWritten:
    """Why one item was refused, in words that can be shown.

    The `message` of these answers begins with a new line and quotes internals, so the messages of
    the single fields are preferred.
    """
    names = " ".join(_error_names(raw)).upper()
    missing = raw.get("http_status") == 404 or any(word in names for word in _MISSING_NAMES)
    return NotWritten(message=_explain(raw), missing=missing)


def _explain(raw: Mapping[str, Any]) -> str:
    parts = []
    for field in _mappings(raw.get("field_errors")):
        said = [to_text(one.get("message")) for one in _mappings(field.get("errors"))]
        label = to_text(field.get("field_name"))
        parts.append(f"{label}: {', '.join(filter(None, said)) or 'not accepted'}")
    parts += [to_text(one.get("message")) for one in _mappings(raw.get("entity_errors"))]
    text = "; ".join(filter(None, parts)) or to_text(raw.get("message")) or to_text(raw.get("name"))
    return clean_text(text) or "Pipeliner gave no reason."


def _error_names(raw: Mapping[str, Any]) -> list[str]:
    names = [to_text(raw.get("name"))]
    for one in (*_mappings(raw.get("entity_errors")), *_mappings(raw.get("field_errors"))):
        names.append(to_text(one.get("name")))
        names += [to_text(inner.get("name")) for inner in _mappings(one.get("errors"))]
    return names


def to_int(value: Any) -> int | None:
    """A whole number, however it is written; None where there is none, or none of any use."""
    if isinstance(value, bool) or not isinstance(value, int | float | str) or value == "":
        return None
    try:
        number = int(float(value))
    except (ValueError, OverflowError):
        return None
    return number if abs(number) <= _LARGEST else None


def to_instant(value: Any, what: str) -> datetime:
    """An instant as Pipeliner writes it: ISO 8601 with `T` or a blank; UTC where it says nothing.

    Source: Pipeliner's page on dates (contracts, section 6).
    """
    if not isinstance(value, str):
        raise _unexpected("modified", what)
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise _unexpected("modified", what) from None


def _own(raw: Mapping[str, Any], fields: FieldMap, purpose: FieldPurpose) -> Any:
    known = fields.get(purpose)
    return raw.get(known.api_name) if known else None


def to_id(raw: Mapping[str, Any], what: str) -> str:
    """The id of a record. Raises UnexpectedAnswer."""
    value = raw.get("id")
    if not isinstance(value, str) or not value:
        raise _unexpected("id", what)
    return value


def to_text(value: Any) -> str:
    """The value as text; nothing where there is none."""
    return value if isinstance(value, str) else "" if value is None else str(value)


def _mapping(raw: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(raw, Mapping):
        raise _unexpected("its outermost object", what)
    return raw


def _mappings(raw: Any) -> Sequence[Mapping[str, Any]]:
    return [one for one in raw if isinstance(one, Mapping)] if isinstance(raw, list) else []


def _unexpected(name: str, where: str) -> UnexpectedAnswer:
    return UnexpectedAnswer(
        lazy_gettext(
            "Pipeliner's answer does not have the form that its documents give: %(name)s in "
            "%(where)s.",
            name=name,
            where=where,
        ),
        hint="Try again later; if it stays so, please report it.",
    )
