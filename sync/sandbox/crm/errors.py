"""How Pipeliner says no, in the recorded form (contracts, section 3.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sync.sandbox.crm.kinds import KINDS
from sync.sandbox.crm.space import Space

MISSING = "ERROR_PARAMETER_MISSING"
INVALID = "ERROR_PARAMETER_INVALID"
CODES = {MISSING: 119, INVALID: 117}


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is wrong with one field."""

    field: str
    message: str
    name: str = INVALID


class Refused(Exception):
    """A record that is not written. `missing`: there is no such record."""

    def __init__(self, *problems: Problem, missing: bool = False) -> None:
        super().__init__("; ".join(f"{one.field}: {one.message}" for one in problems))
        self.problems = problems
        self.missing = missing


def not_there(record_id: object) -> Refused:
    """The refusal of an id that is not known."""
    return Refused(Problem(field="id", message=f"Entity {record_id} not found."), missing=True)


def refusal_body(
    space: Space,
    kind: str,
    error: Refused,
    *,
    entity_id: object = None,
    index: int | None = None,
) -> dict[str, Any]:
    """The documented envelope. It names an id even where nothing was created, and its message
    begins with a new line and quotes internals, as theirs does."""
    entity = KINDS[kind].entity
    names = [one.field for one in error.problems]
    return {
        "code": 404 if error.missing else 40000,
        "name": "ERROR_ENTITY_NOT_FOUND" if error.missing else "ERROR_ENTITY_VALIDATION",
        "message": f"\n<{entity} object at 0x7f3c> is not valid, see {names}",
        "entity_id": entity_id or space.new_id(),
        "entity_name": entity,
        "entity_errors": [
            {"code": CODES[one.name], "name": one.name, "message": one.message}
            for one in error.problems
            if one.name == MISSING
        ],
        "field_errors": _field_errors(space, kind, error.problems),
        "step_checklist_errors": [],
        "entity_index": index,
        "http_status": 404 if error.missing else 422,
        "success": False,
    }


def _field_errors(space: Space, kind: str, problems: Sequence[Problem]) -> list[dict[str, Any]]:
    errors = []
    for one in problems:
        own = space.own_fields(kind).get(one.field)
        about = {
            "field_id": own["id"] if own else str(uuid5(NAMESPACE_URL, f"{kind}.{one.field}")),
            "field_name": one.field,
        }
        inner = {"code": CODES[one.name], "name": one.name, "message": one.message, **about}
        errors.append({**about, "name": "ERROR_FIELD_VALIDATION", "code": 40002, "errors": [inner]})
    return errors


def error_body(status: int, code: int, name: str, message: str) -> dict[str, Any]:
    """An error that is about the request, not about a record."""
    return {
        "code": code,
        "name": name,
        "message": message,
        "http_status": status,
        "success": False,
    }
