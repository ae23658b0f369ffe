"""Many changes in one request, with results of their own (contracts, section 3.2)."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sync.sandbox.crm.errors import Problem, Refused, error_body, refusal_body
from sync.sandbox.crm.records import Crm
from sync.sandbox.crm.space import Space
from sync.sandbox.faults import Fault

ROLL_BACK_ALL, ROLL_BACK_FAILED_ONLY = "0", "1"


class _StopHere(Exception):
    """The first failure of a batch that is written whole or not at all."""


def run_batch(
    crm: Crm,
    space: Space,
    kind: str,
    items: Sequence[Any],
    act: Callable[[Any], str],
    *,
    rollback: str,
) -> tuple[dict[str, Any], int]:
    """The answer to a batch and its status. Changes are taken back as `rollback` says."""
    results: list[Any] = []
    try:
        with space.all_or_nothing():
            for index, item in enumerate(items):
                try:
                    results.append(act(item))
                except Refused as error:
                    body = _item_error(crm, space, kind, error, item, index)
                    results.append(body)
                    if rollback == ROLL_BACK_ALL:
                        raise _StopHere from error
    except _StopHere:
        return results[-1], results[-1]["http_status"]
    failed = any(isinstance(one, Mapping) for one in results)
    success = not failed or crm.switches.is_on("partial_success")
    return {"success": success, "data": results}, 200


def _item_error(
    crm: Crm, space: Space, kind: str, error: Refused, item: Any, index: int
) -> dict[str, Any]:
    entity_id = item.get("id") if isinstance(item, Mapping) else item
    said = index if crm.switches.is_on("entity_index") else None
    return refusal_body(space, kind, error, entity_id=entity_id, index=said)


def find_reason_against(
    crm: Crm, items: Sequence[Any], wanted: type, rollback: str, fault: Fault | None
) -> dict[str, Any] | None:
    """Why a batch is not looked into at all; None: it is."""
    limit = crm.switches.number("batch_limit")
    message = ""
    if fault is not None and fault.kind == "refuse_batch":
        message = "The batch is not accepted."
    elif len(items) > limit:
        message = f"At most {limit} entities may be sent at once."
    elif rollback not in (ROLL_BACK_ALL, ROLL_BACK_FAILED_ONLY):
        message = "rollback-method is 0 or 1."
    elif not all(isinstance(item, wanted) for item in items):
        message = "Missing or invalid JSON data."
    return error_body(400, 117, "ERROR_PARAMETER_INVALID", message) if message else None


def refuse_if_planned(item: Any, fault: Fault | None) -> None:
    """Refuse the records that a planned fault names by a pattern. Raises Refused."""
    if fault is not None and fault.kind == "refuse_record":
        text = " ".join(str(value) for value in item.values())
        if re.search(fault.pattern, text):
            raise Refused(Problem(field="name", message="This value is not accepted."))
