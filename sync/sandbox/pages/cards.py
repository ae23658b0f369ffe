"""What the CRM's pages show of a space's records. Reads only."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sync.sandbox.crm.kinds import EMAILS
from sync.sandbox.crm.space import Record, Space, read_instant
from sync.sandbox.hostile import NOTES

PHONES = ("phone1", "phone2", "phone3", "phone4", "phone5")
PLACES = {email: number for number, email in enumerate(NOTES)}
SHOWN = 100  # Contacts of a group on one page
STATUS = {1: "Open", 2: "Lost"}


@dataclass(frozen=True, kw_only=True)
class Line:
    """A Contact in the list."""

    contact_id: str
    name: str
    company: str
    email: str
    leads: int
    note: str


@dataclass(frozen=True, kw_only=True)
class Group:
    """Contacts under one heading; `more` of them are not shown."""

    title: str
    hint: str
    lines: Sequence[Line]
    more: int


@dataclass(frozen=True, kw_only=True)
class LeadLine:
    """A Lead; `score` is the value of its first custom field that holds a number."""

    lead_id: str
    name: str
    status: str
    step: str
    owner: str
    score: int | None


@dataclass(frozen=True, kw_only=True)
class Card:
    """A Contact with all that its page shows."""

    contact_id: str
    name: str
    initials: str
    company: str
    position: str
    emails: Sequence[str]
    phones: Sequence[str]
    address: str
    owner: str
    owner_email: str
    unit: str
    created: str
    modified: str
    is_archived: bool
    note: str
    score_name: str
    leads: Sequence[LeadLine]


def make_groups(space: Space, wanted: str) -> list[Group]:
    """The Contacts that the search finds: those with values in custom fields, and the others."""
    touched: list[Record] = []
    untouched: list[Record] = []
    for record in _live_contacts(space):
        if _is_found(record, wanted):
            (touched if is_touched(space, record) else untouched).append(record)
    return [
        _make_group(
            space,
            "Linked by the integration",
            "These carry its values in custom fields. Their panel shows a score.",
            sorted(touched, key=lambda one: (_place_of(one), _name_of(one).casefold())),
        ),
        _make_group(
            space,
            "Typed by hand",
            "The integration never touched these. Their panel explains that.",
            sorted(untouched, key=lambda one: _name_of(one).casefold()),
        ),
    ]


def make_card(space: Space, contact: Record) -> Card:
    """The Contact as its page shows it."""
    owner = space.records["Clients"].get(contact["owner_id"], {})
    unit = space.records["SalesUnits"].get(contact["unit_id"], {})
    name = _name_of(contact)
    return Card(
        contact_id=contact["id"],
        name=name,
        initials=_initials(name),
        company=contact["quick_account_name"],
        position=contact["account_position"] or contact["position"],
        emails=[contact[one] for one in EMAILS if contact[one]],
        phones=[contact[one] for one in PHONES if contact[one]],
        address=_address(contact),
        owner=owner.get("name", ""),
        owner_email=owner.get("email", ""),
        unit=str(unit.get("name", "")).strip(),
        created=_day(contact["created"]),
        modified=_day(contact["modified"]),
        is_archived=contact["is_archived"],
        note=_note_on(contact),
        score_name=score_name(space),
        leads=[make_lead_line(space, lead) for lead in _leads_of(space, contact["id"])],
    )


def find_contact(space: Space, contact_id: str) -> Record | None:
    """The Contact with all its fields, unless it was deleted."""
    record = space.find("Contacts", contact_id)
    return None if record is None else space.whole("Contacts", record)


def find_lead(space: Space, lead_id: str) -> Record | None:
    """The Lead with all its fields, unless it was deleted."""
    record = space.find("Leads", lead_id)
    return None if record is None else space.whole("Leads", record)


def score_name(space: Space) -> str:
    """What the field of a Lead's score is called; "" where there is none."""
    return _number_field(space, "Leads")[1]


def contact_of(space: Space, lead_id: str) -> Card | None:
    """The Contact of a Lead; None where it has none."""
    linked = space.links_of(lead_id)
    contact = find_contact(space, linked[0]["contact_id"]) if linked else None
    return make_card(space, contact) if contact else None


def find_by_email(space: Space, email: str) -> Record | None:
    """The Contact with this address: one that the integration touched, else the newest."""
    wanted = email.strip().casefold()
    found = [one for one in _live_contacts(space) if wanted in _addresses_of(one)]
    return max(found, key=lambda one: (is_touched(space, one), one["modified"]), default=None)


def is_touched(space: Space, contact: Mapping[str, Any]) -> bool:
    """Whether a custom field of the Contact holds anything."""
    return any(contact.get(name) not in (None, "") for name in space.own_fields("Contacts"))


def _live_contacts(space: Space) -> Iterator[Record]:
    for record in space.records["Contacts"].values():
        if not record.get("is_deleted"):
            yield space.whole("Contacts", record)


def _is_found(contact: Record, wanted: str) -> bool:
    texts = (_name_of(contact), contact["quick_account_name"], *(contact[one] for one in EMAILS))
    return wanted.strip().casefold() in "\n".join(texts).casefold()


def _make_group(space: Space, title: str, hint: str, contacts: Sequence[Record]) -> Group:
    lines = [
        Line(
            contact_id=one["id"],
            name=_name_of(one),
            company=one["quick_account_name"],
            email=one["email1"],
            leads=len(_leads_of(space, one["id"])),
            note=_note_on(one),
        )
        for one in contacts[:SHOWN]
    ]
    return Group(title=title, hint=hint, lines=lines, more=len(contacts) - len(lines))


def _leads_of(space: Space, contact_id: str) -> list[Record]:
    """The live Leads that are linked to the Contact."""
    ids = [
        link["lead_oppty_id"]
        for link in space.records["LeadOpptyContactRelations"].values()
        if link["contact_id"] == contact_id and not link.get("is_deleted")
    ]
    found = (space.find("Leads", one) for one in ids)
    return [space.whole("Leads", one) for one in found if one is not None]


def make_lead_line(space: Space, lead: Record) -> LeadLine:
    """The Lead as pages show it."""
    owner = space.records["Clients"].get(lead["owner_id"] or "", {})
    step = space.records["Steps"].get(lead["step_id"] or "", {})
    return LeadLine(
        lead_id=lead["id"],
        name=lead["name"] or "(no name)",
        status="Archived" if lead["is_archived"] else STATUS.get(lead["status"], "Open"),
        step=step.get("name", ""),
        owner=owner.get("name", ""),
        score=lead.get(_number_field(space, "Leads")[0]),
    )


def _number_field(space: Space, kind: str) -> tuple[str, str]:
    """The key and the name of the first custom field that holds a number."""
    for api_name, field in space.own_fields(kind).items():
        if field["type_id"] == "integer":
            return api_name, field["name"]
    return "", ""


def _name_of(contact: Record) -> str:
    names = (contact["first_name"], contact["middle_name"], contact["last_name"])
    return " ".join(filter(None, names)) or contact["email1"] or "(no name)"


def _initials(name: str) -> str:
    letters = [word[0] for word in name.split() if word[0].isalpha()]
    return "".join(letters[:1] + letters[-1:] if len(letters) > 1 else letters).upper() or "?"


def _address(contact: Record) -> str:
    town = " ".join(filter(None, (contact["zip_code"], contact["city"])))
    parts = (contact["address"], town, contact["state_province"], contact["country"])
    return ", ".join(filter(None, parts))


def _note_on(contact: Record) -> str:
    return next((NOTES[one] for one in _addresses_of(contact) if one in NOTES), "")


def _place_of(contact: Record) -> int:
    """Who is worth a look comes first, in the order of the notes."""
    known = (PLACES[one] for one in _addresses_of(contact) if one in PLACES)
    return next(known, len(PLACES))


def _addresses_of(contact: Record) -> Iterator[str]:
    return (str(contact[one]).strip().casefold() for one in EMAILS)


def _day(instant: str) -> str:
    moment = read_instant(instant)
    return f"{moment.day} {moment:%b %Y}"
