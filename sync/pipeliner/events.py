"""What a webhook of Pipeliner says: whether it is genuine, and which records changed.

Its documents leave open how the signature is written and name only one field of the entity for
certain (contracts, section 5). Nothing but ids is believed, so that a wrong guess costs one call.
"""

import base64
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sync.model import Entity
from sync.model.crm_hooks import ChangeKind, CrmChange

SIGNATURE_HEADER: Final = "WebHook-Signature"
ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
MOST_EVENTS: Final = 1_000  # of one body; chunks have 100 at most
KINDS: Final[Mapping[str, ChangeKind]] = {
    "create": ChangeKind.CREATED,
    "delete": ChangeKind.DELETED,
}
_ENTITIES: Final[Mapping[str, Entity]] = {one.value.lower(): one for one in Entity}
NOBODYS: Final = "00000000-0000-0000-0000-000000000000"


def is_genuine(body: bytes, told: str, signatures: Sequence[str]) -> bool:
    """Whether the body was signed with one of these: HMAC-SHA256 as hex or base64 (either form).

    Takes the same time whatever is wrong, also where there is no signature to compare with.
    """
    mac = told.strip().rpartition("sha256=")[2].encode("utf-8", "replace")
    genuine = False
    for key in signatures or (NOBODYS,):
        made = hmac.digest(key.encode(), body, "sha256")
        genuine |= hmac.compare_digest(made.hex().encode(), mac.lower())
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            genuine |= hmac.compare_digest(encode(made).rstrip(b"="), mac.rstrip(b"="))
    return genuine and bool(signatures)


def read_changes(body: bytes) -> list[CrmChange] | None:
    """The records of which the body tells, each once; None where it makes no sense at all.

    Events of other things, and events without a usable id, are passed over.
    """
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError):
        return None
    events = _events(raw)
    if events is None:
        return None
    found: dict[tuple[Entity, str], CrmChange] = {}
    for event in events[:MOST_EVENTS]:
        change = _change(event)
        if change is not None:
            found[change.entity, change.record_id] = change
    return list(found.values())


def _events(raw: Any) -> Sequence[Any] | None:
    """The events: a list of them, a single one, or a list in an envelope."""
    if isinstance(raw, Mapping) and "event" not in raw:
        raw = next((raw[name] for name in ("data", "events") if name in raw), None)
    if isinstance(raw, Mapping):
        return [raw]
    return raw if isinstance(raw, list) else None


def _change(event: Any) -> CrmChange | None:
    if not isinstance(event, Mapping) or not isinstance(event.get("event"), str):
        return None
    name, _, verb = event["event"].partition(".")
    entity = _ENTITIES.get(name.strip().lower())
    record_id = _record_id(event)
    if entity is None or not ID.fullmatch(record_id):
        return None
    kind = KINDS.get(verb.strip().lower(), ChangeKind.CHANGED)
    return CrmChange(entity=entity, record_id=record_id, kind=kind)


def _record_id(event: Mapping[str, Any]) -> str:
    """The id, from the entity or its address; "" where there is none."""
    entity = event.get("entity")
    found = entity.get("id") if isinstance(entity, Mapping) else entity
    found = found or event.get("entity_id")
    return found.rstrip("/").rpartition("/")[2] if isinstance(found, str) else ""
