"""What a webhook of Act-On says, whatever its form. Pure, and never fails.

Act-On documents the names of its events, but neither where a delivery says which one it is nor what
all of them hold (contracts, section 6). So the name is looked for in what the sender adds (a header
or the address), then in the body; where nobody says it, the body's own fields tell. What is not
understood is UNKNOWN and kept, for a person to look at.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sync.model.webhooks import Report, WebhookKind
from sync.rules.addresses import normalise
from sync.rules.scoring import parse_score

# The names in Act-On's event catalogue, as its help centre lists them.
KINDS: Final[Mapping[str, WebhookKind]] = {
    "contact-lead-score.upper-threshold-surpassed": WebhookKind.CROSSING,
    "contact.updated": WebhookKind.UPDATED,
    "contact.added": WebhookKind.UPDATED,
    "contact-opt.global-opt-out": WebhookKind.OPTED_OUT,
    "contact-opt.global-opt-in": WebhookKind.OPTED_IN,
    "contact-bounce.hard": WebhookKind.HARD_BOUNCE,
    "contact-bounce.soft": WebhookKind.SOFT_BOUNCE,
    "contact-email.marked-as-spam": WebhookKind.SPAM,
    "webhook.test": WebhookKind.TEST,
}
FAMILIES: Final = (  # other events of the catalogue, by how their names begin
    "automated-program",
    "subscription-category",
    "email-message",
    "form.",
    "crm.",
    "contact",
)
NAMES: Final = ("event", "eventtype", "type", "eventname", "webhookevent", "topic", "name")
ADDRESSES: Final = ("email", "emailaddress", "e-mailaddress", "contactemail", "emailid", "address")
SCORES: Final = ("score", "leadscore", "currentscore", "contactleadscore", "actonprimaryscore")
MOST_REPORTS: Final = 100
DEEPEST: Final = 6
LONGEST_NAME: Final = 100


def read_reports(body: bytes, hint: str = "") -> list[Report]:
    """What the body reports, one or more; UNKNOWN where it makes no sense.

    `hint`: the name of the event where the sender says it beside the body.
    """
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError):
        return [Report(kind=WebhookKind.UNKNOWN, name=_short(hint))]
    entries = raw if isinstance(raw, list) else [raw]
    found = [_read(one, hint) for one in entries[:MOST_REPORTS]]
    return found or [Report(kind=WebhookKind.UNKNOWN, name=_short(hint))]


def _read(raw: Any, hint: str) -> Report:
    fields = dict(reversed(list(_fields(raw, DEEPEST))))  # of two of a name the outer one counts
    name = hint or _name(fields)
    address = next((one for one in map(_address, _of(fields, ADDRESSES)) if one), None)
    score = next((one for one in map(parse_score, _of(fields, SCORES)) if one is not None), None)
    kind = _kind(name, has_person=address is not None, has_score=score is not None)
    return Report(kind=kind, address=address, score=score, name=_short(name))


def _kind(name: str, *, has_person: bool, has_score: bool) -> WebhookKind:
    plain = name.strip().lower()
    kind = KINDS.get(plain)
    if kind is WebhookKind.TEST or (kind is not None and has_person):
        return kind
    if kind is not None:
        return WebhookKind.UNKNOWN  # it should name somebody, and does not in any form we know
    if plain.startswith(FAMILIES):
        return WebhookKind.OTHER
    # Nobody says which event it is: a person with a score is what a crossing looks like.
    return WebhookKind.CROSSING if has_person and has_score else WebhookKind.UNKNOWN


def _name(fields: Mapping[str, Any]) -> str:
    texts = [one for one in _of(fields, NAMES) if isinstance(one, str)]
    known = (one for one in texts if one.strip().lower() in KINDS)
    family = (one for one in texts if one.strip().lower().startswith(FAMILIES))
    return next(known, None) or next(family, None) or ""


def _fields(raw: Any, depth: int) -> Iterator[tuple[str, Any]]:
    """Every field in the entry, the outer ones first, by its name without marks and case."""
    if not isinstance(raw, Mapping) or not depth:
        return
    for name, value in raw.items():
        if not isinstance(value, Mapping | list):
            yield _plain(str(name)), value
    for value in raw.values():
        inner = value[:MOST_REPORTS] if isinstance(value, list) else [value]
        for one in inner:
            yield from _fields(one, depth - 1)


def _of(fields: Mapping[str, Any], names: tuple[str, ...]) -> list[Any]:
    return [fields[name] for name in map(_plain, names) if name in fields]


def _address(value: Any) -> str | None:
    return normalise(value) if isinstance(value, str) else None


def _plain(name: str) -> str:
    return "".join(char for char in name.lower() if char.isalnum())


def _short(name: str) -> str:
    return "".join(char for char in name if char.isprintable())[:LONGEST_NAME].strip()
