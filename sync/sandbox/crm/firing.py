"""What a change of a record makes known, and to which webhooks (contracts, section 5).

Plays `events`, `skip_keys`, `load-only` and `on-field-change`; filters on webhooks it does not.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from flask import has_request_context, request

from sync.sandbox.crm.kinds import KINDS
from sync.sandbox.crm.shape import Shape, Tree
from sync.sandbox.crm.space import Record, Space
from sync.sandbox.postman import Postman

TELLING: Final = frozenset({"Contacts", "Leads", "LeadOpptyContactRelations"})
BASE: Final = "https://sandbox.example.com/api/v100/rest/spaces"
SHOWN_OF_HOOK: Final = ("id", "url", "options", "events", "application_id", "client_id")


def tell(
    space: Space, kind: str, before: Record | None, after: Record, *, postman: Postman
) -> None:
    """Hand over what this change makes known. Costs next to nothing where nobody listens."""
    if kind not in TELLING:
        return
    hooks = [one for one in space.records["Webhooks"].values() if not one.get("is_deleted")]
    if not hooks:
        return
    skip_key = request.headers.get("Webhook-Skip-Key") if has_request_context() else None
    entity = KINDS[kind].entity
    for hook in hooks:
        options = hook.get("options") or {}
        if skip_key is not None and skip_key in (options.get("skip_keys") or ()):
            continue
        about = (options.get("entity") or {}).get(entity) or {}
        for verb in _verbs(kind, before, after):
            if _is_wanted(hook, entity, verb) and _has_changed(about, verb, before, after):
                postman.take(hook, _item(space, kind, f"{entity}.{verb}", after, hook, about))


def _verbs(kind: str, before: Record | None, after: Record) -> Iterator[str]:
    if before is None:
        yield "Create"
        return
    if after.get("is_deleted") and not before.get("is_deleted"):
        yield "Delete"
        return
    yield "Update"
    if before.get("owner_id") != after.get("owner_id"):
        yield "OwnerChanged"
    if kind == "Leads" and bool(before.get("is_archived")) != bool(after.get("is_archived")):
        yield "Lost" if after.get("is_archived") else "BackToLead"


def _is_wanted(hook: Mapping[str, Any], entity: str, verb: str) -> bool:
    return any(one in hook["events"] for one in ("*", f"{entity}.*", f"{entity}.{verb}"))


def _has_changed(about: Mapping[str, Any], verb: str, before: Record | None, after: Record) -> bool:
    names = about.get("on-field-change")
    if verb != "Update" or before is None or not names:
        return True
    return any(before.get(name) != after.get(name) for name in names)


def _item(
    space: Space,
    kind: str,
    event: str,
    record: Record,
    hook: Mapping[str, Any],
    about: Mapping[str, Any],
) -> dict[str, Any]:
    only: Tree = {str(name): {} for name in about.get("load-only") or ()}
    shape = Shape(space=space, base=f"{BASE}/{space.space_id}")
    return {
        "webhook": {name: hook.get(name) for name in SHOWN_OF_HOOK},
        "event": event,
        "event_time": record["modified"],
        "team_space_id": space.space_id,
        "entity": shape.show(kind, record, {}, only),
        "related_entity": None,
    }
