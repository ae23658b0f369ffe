"""Whether values may be written, and as what they are then kept. Writes nothing."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sync.sandbox.crm.errors import MISSING, Problem
from sync.sandbox.crm.kinds import EMAILS, FLAG, ID, INSTANT, KINDS, LIST, NUMBER, TEXT
from sync.sandbox.crm.space import Record, Space, read_instant, write_instant

ALLOW_DELETED_RELATION = 16  # a bit of validation-level
SHORT_TEXT = 255  # of a custom field of one line
NAMES = {
    "Contacts": ("first_name", "middle_name", "last_name", *EMAILS),
    "Leads": ("name", "quick_email"),
}
REFERENCES = {
    "owner_id": ("Clients", "The user does not exist or is not active."),
    "unit_id": ("SalesUnits", "The sales unit does not exist."),
    "default_unit_id": ("SalesUnits", "The sales unit does not exist."),
    "lead_type_id": ("LeadTypes", "The lead type does not exist."),
    "step_id": ("Steps", "The step does not exist."),
    "lead_process_id": ("LeadProcesses", "The lead process does not exist."),
    "contact_id": ("Contacts", "The Contact does not exist."),
    "lead_oppty_id": ("Leads", "The Lead does not exist."),
}


class _NotAccepted(ValueError):
    """The value is of another kind; the text says which is needed."""


def read_values(
    space: Space, kind: str, values: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Problem]]:
    """The values as they are kept, and what is wrong with the others."""
    kept: dict[str, Any] = {}
    problems = []
    own = space.own_fields(kind)
    for name, value in values.items():
        read = _READERS_OF_OWN[own[name]["type_id"]] if name in own else _reader(kind, name)
        try:
            kept[name] = read(value)
        except ValueError as error:
            said = str(error) if isinstance(error, _NotAccepted) else "The value is not valid."
            problems.append(Problem(field=name, message=said))
    return kept, problems


def find_problems(
    space: Space,
    kind: str,
    whole: Record,
    values: Mapping[str, Any],
    *,
    name_limit: int,
    level: int,
    is_new: bool = False,
) -> Iterator[Problem]:
    """What is wrong with a record of which these values were sent."""
    for name in KINDS[kind].required:
        unsaid = is_new and isinstance(whole[name], bool | list) and name not in values
        if whole[name] in (None, "") or unsaid:
            yield Problem(field=name, message=f"{name} is required.", name=MISSING)
    if kind == "Contacts" and not (whole["first_name"] or whole["last_name"]):
        message = "At least one of first_name and last_name is required."
        yield Problem(field="last_name", message=message, name=MISSING)
    for name in NAMES.get(kind, ()):
        if len(values.get(name) or "") > name_limit:
            yield Problem(field=name, message=f"The text is longer than {name_limit} characters.")
    yield from _find_bad_references(space, values, level)
    if kind == "Leads" and ("step_id" in values or "lead_type_id" in values):
        yield from _find_bad_step(space, whole)


def _find_bad_references(space: Space, values: Mapping[str, Any], level: int) -> Iterator[Problem]:
    for name, (kind, message) in REFERENCES.items():
        wanted = values.get(name)
        if wanted is None or space.find(kind, wanted) is not None:
            continue
        if level & ALLOW_DELETED_RELATION and wanted in space.records[kind]:
            continue
        yield Problem(field=name, message=message)


def _find_bad_step(space: Space, whole: Record) -> Iterator[Problem]:
    step = space.find("Steps", whole["step_id"])
    kind = space.find("LeadTypes", whole["lead_type_id"])
    if step and kind and step.get("lead_process_id") != kind["lead_process_id"]:
        yield Problem(field="step_id", message="The step is not one of this lead type.")


# --- values ---------------------------------------------------------------------------------------


def _reader(kind: str, name: str) -> Callable[[Any], Any]:
    return _READERS.get(KINDS[kind].types[name], lambda value: value)


def _read_text(value: Any) -> str:
    if value is not None and not isinstance(value, str):
        raise _NotAccepted("The value is not a text.")
    return value or ""


def _read_short_text(value: Any) -> str:
    if len(_read_text(value)) > SHORT_TEXT:
        raise _NotAccepted(f"The text is longer than {SHORT_TEXT} characters.")
    return value or ""


def _read_id(value: Any) -> str | None:
    if value in (None, ""):
        return None
    if not isinstance(value, str):
        raise _NotAccepted("The value is not an id.")
    return str(UUID(value))


def _read_flag(value: Any) -> bool:
    if value is not None and not isinstance(value, bool):
        raise _NotAccepted("The value is neither true nor false.")
    return bool(value)


def _read_number(value: Any) -> int | float | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise _NotAccepted("The value is not a number.")
    return value


def _read_integer(value: Any) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise _NotAccepted("The value is not an integer.")
    return value


def _read_instant(value: Any) -> str | None:
    if value in (None, ""):
        return None
    if not isinstance(value, str):
        raise _NotAccepted("The value is not a date with a time.")
    return write_instant(read_instant(value))


def _read_date(value: Any) -> str | None:
    if value in (None, ""):
        return None
    if not isinstance(value, str):
        raise _NotAccepted("The value is not a date.")
    return date.fromisoformat(value).isoformat()


def _read_list(value: Any) -> list[Any]:
    if value is not None and not isinstance(value, list):
        raise _NotAccepted("The value is not a list.")
    return value or []


_READERS: Mapping[str, Callable[[Any], Any]] = {
    TEXT: _read_text,
    ID: _read_id,
    FLAG: _read_flag,
    NUMBER: _read_number,
    INSTANT: _read_instant,
    LIST: _read_list,
}
_READERS_OF_OWN: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("input", "url", "email", "phone", "sequence"), _read_short_text),
    "text_area": _read_text,
    "integer": _read_integer,
    **dict.fromkeys(("float", "currency", "currency_foreign"), _read_number),
    "checkbox": _read_flag,
    **dict.fromkeys(("dropdown", "radio"), _read_id),
    "multiselect_checkbox": _read_list,
    "date": _read_date,
    "datetime": _read_instant,
}
FIELD_TYPES = frozenset(_READERS_OF_OWN)
