"""What a space holds to begin with: users, units, steps, Contacts, and the hostile records.

The same options make the same records, ids and dates included.
"""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from sync.sandbox.clock import SandboxClock
from sync.sandbox.crm.space import Record, Space
from sync.sandbox.options import SandboxOptions
from sync.sandbox.people import FIRST, LAST

BEGINNING = datetime(2025, 1, 1, 8, tzinfo=UTC)
YEAR = 365 * 86_400

# (name before the @, full name, time zone, deleted)
USERS = (
    ("anna", "Anna Owner", "Europe/Berlin", False),
    ("ben", "Ben Seller", "America/New_York", False),
    ("carl", "Carl Gone", "Europe/Berlin", True),
)


def make_space(space_id: str, clock: SandboxClock, options: SandboxOptions, *, full: bool) -> Space:
    """A space with its users; `full`: with Contacts and, if asked for, the hostile records."""
    space = Space(space_id, clock)
    _add_units_and_users(space)
    _add_processes(space)
    if full:
        _add_contacts(space, options.crm_contacts, options.seed)
        if options.hostile:
            _add_people_with_history(space)
            _add_odd_names(space)
            _add_deleted_leads(space)
    return space


def _add_units_and_users(space: Space) -> None:
    root = _put(space, "SalesUnits", name="Company ")
    europe = _put(space, "SalesUnits", name="Europe", parent_id=root["id"])
    for number, (short, full, zone, gone) in enumerate(USERS, start=1):
        _put(
            space,
            "Clients",
            id=f"00000000-0000-0000-0000-{number:012d}",
            email=f"{short}@example.com",
            name=full,
            formatted_name=full,
            first_name=full.split()[0],
            last_name=full.split()[1],
            default_unit_id=(europe if zone.startswith("Europe") else root)["id"],
            timezone_name=zone,
            type=0,
            **({"is_deleted": True} if gone else {}),
        )


def _add_processes(space: Space) -> None:
    """Two kinds of Leads with their steps, after a step of an opportunity pipeline: a client that
    takes the first step of the listing takes a wrong one."""
    _put(space, "Steps", name="Proposal", sort_order=1, percent=50, pipeline_id=space.new_id())
    for name, steps in (("Standard", ("New", "Contacted")), ("Partner", ("Referred",))):
        process = _put(space, "LeadProcesses", name=f"{name} process")["id"]
        _put(space, "LeadTypes", name=name, lead_process_id=process, is_published=True)
        for number, step in enumerate(steps, start=1):
            _put(
                space,
                "Steps",
                name=step,
                sort_order=number,
                percent=10 * number,
                lead_process_id=process,
            )


def _add_contacts(space: Space, number: int, seed: int) -> None:
    """Contacts that have nothing to do with Act-On."""
    random = Random(seed + 99)  # noqa: S311 - a made-up world
    owner = next(iter(space.records["Clients"]))
    unit = space.records["Clients"][owner]["default_unit_id"]
    for index in range(number):
        first, last = random.choice(FIRST), random.choice(LAST)
        values = {
            "owner_id": owner,
            "unit_id": unit,
            "first_name": first,
            "last_name": last,
            "email1": f"{first}.{last}.{index}@crm.example.com".lower(),
        }
        space.put("Contacts", values, at=BEGINNING + timedelta(seconds=random.random() * YEAR))


def _add_people_with_history(space: Space) -> None:
    """People of Act-On whom the CRM knows already, as docs/sandbox.md lists them."""
    add_lead(space, name="Typed by hand", quick_email="Handmade.Lead@Example.com")
    add_contact(space, first_name="Known", last_name="One", email1="known.contact@example.com")
    add_contact(
        space,
        first_name="Known",
        last_name="Two",
        email1="else@example.com",
        email3="Known.Contact@EXAMPLE.com",
    )
    linked = add_contact(space, first_name="Linked", email1="linked.lead@example.com")
    add_lead(space, linked["id"], name="Linked by hand")
    lost = add_contact(space, first_name="Lost", email1="lost.lead@example.com")
    add_lead(space, lost["id"], name="Lost last year", status=2)
    add_lead(space, lost["id"], name="Archived", status=2, is_archived=True)
    add_contact(space, first_name="Deleted", email1="deleted.contact@example.com", is_deleted=True)
    add_contact(
        space, first_name="Typed", last_name="By hand", email1=" Typed.Contact@EXAMPLE.com "
    )


def _add_odd_names(space: Space) -> None:
    """Contacts whose names break what trusts them; nobody of Act-On has these addresses."""
    add_contact(
        space, first_name="🦄 شركة", last_name="<b>Bold</b> & “Co”", email1="odd@example.com"
    )
    odd = (
        ("\u202egnitekram", "אברהם"),
        ("<script>alert(1)</script>", "{{7*7}}"),
        ("=1+1", "Robert'); DROP TABLE contacts;--"),
        ("👩‍👩‍👧", "Featherstone " * 19),
    )
    for number, (first, last) in enumerate(odd, start=1):
        add_contact(
            space, first_name=first, last_name=last.strip(), email1=f"odd{number}@crm.example.com"
        )
    carl = list(space.records["Clients"])[2]
    add_contact(space, last_name="Owner has left", email1="orphan@crm.example.com", owner_id=carl)
    add_contact(space, last_name="Archived", email1="old@crm.example.com", is_archived=True)


def _add_deleted_leads(space: Space) -> None:
    gone = add_contact(space, last_name="Was a lead", email1="was.lead@crm.example.com")
    add_lead(space, name="Deleted lead", quick_email="gone@example.com", is_deleted=True)
    add_lead(space, gone["id"], name="Deleted, linked", is_deleted=True)
    add_lead(space, name="", quick_email="not an address", is_deleted=True)


def add_contact(space: Space, **values: Any) -> Record:
    """A Contact typed by hand."""
    owner, unit = _first_owner(space)
    return _put(space, "Contacts", **{"owner_id": owner, "unit_id": unit, **values})


def add_lead(space: Space, contact_id: str | None = None, **values: Any) -> Record:
    """A Lead typed by hand, linked to a Contact or not."""
    owner, unit = _first_owner(space)
    kind = next(iter(space.records["LeadTypes"].values()))
    step = next(
        one
        for one in space.records["Steps"].values()
        if one.get("lead_process_id") == kind["lead_process_id"]
    )
    lead = _put(
        space,
        "Leads",
        **{
            "owner_id": owner,
            "unit_id": unit,
            "lead_type_id": kind["id"],
            "step_id": step["id"],
            "status": 1,
            **values,
        },
    )
    if contact_id:
        link = {"lead_oppty_id": lead["id"], "contact_id": contact_id, "is_primary": True}
        _put(space, "LeadOpptyContactRelations", **link)
    return lead


def _first_owner(space: Space) -> tuple[str, str]:
    user = next(iter(space.records["Clients"].values()))
    return str(user["id"]), str(user["default_unit_id"])


def _put(space: Space, kind: str, **values: Any) -> Record:
    """A record of long ago: each an hour after the one before."""
    return space.put(kind, values, at=BEGINNING + timedelta(hours=space.revision))
