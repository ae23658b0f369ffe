"""Small made-up worlds with people of all kinds, and what happens in them between two runs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sync.sandbox import SandboxOptions
from sync.sandbox.crm.seed import add_contact, add_lead
from sync.sandbox.options import SPACE_ID
from sync.sandbox.world import World

NAMES = (("First Name", "first"), ("Last Name", "last"), ("E-mail Address", "email"))
OTHER_NAMES = (("Email", "email"), ("Vorname", "first"), ("Nachname", "last"), ("Firma", "company"))
SPRING, WEBINAR, NEWS, AUTUMN = "l-0001", "l-0002", "l-0003", "l-0004"


@dataclass(frozen=True, kw_only=True)
class Story:
    """One run to disturb: the world that it finds, with as many runs before it as `change` says."""

    name: str
    begin: Callable[[World], None]
    change: Callable[[World], None] | None = None  # after a first, undisturbed run
    switches: dict[str, object] = field(default_factory=dict)
    crm_contacts: int = 3

    def options(self) -> SandboxOptions:
        """The sandbox without anything of its own in Act-On."""
        return SandboxOptions(
            rows=0,
            lists=0,
            people=0,
            hits=0,
            hostile=False,
            crm_contacts=self.crm_contacts,
            limits=False,
            log_ins_per_hour=1000,
        )


def _list(world: World, list_id: str, name: str, columns: Sequence[tuple[str, str]]) -> None:
    world.change("add_list", {"list_id": list_id, "name": name, "columns": columns})


def _person(world: World, first: str, score: int | None, *list_ids: str) -> None:
    for list_id in list_ids:
        person = {"email": f"{first.lower()}@example.com", "first": first, "last": "Example"}
        world.change("add_row", {"list_id": list_id, "score": score, **person})


def _many_kinds(world: World) -> None:
    _list(world, SPRING, "Spring fair", NAMES)
    _list(world, WEBINAR, "Webinar", NAMES)
    _list(world, NEWS, "Newsletter", OTHER_NAMES)
    _person(world, "Ada", 70, SPRING, WEBINAR, NEWS)
    _person(world, "Ben", 55, SPRING, WEBINAR)
    _person(world, "Chloe", 60, SPRING)
    _person(world, "Dario", 50, WEBINAR, NEWS)
    _person(world, "Elif", 45, SPRING)
    _person(world, "Femi", 12, SPRING, NEWS)
    _person(world, "Greta", 80, WEBINAR, WEBINAR)
    _person(world, "Hugo", None, NEWS)
    for first in ("Ines", "Jonas", "Kira", "Liam"):
        _person(world, first, 40, SPRING)
    _person(world, "Noor", 90, NEWS)
    _person(world, "Oskar", 41, NEWS)
    _person(world, "Pia", 99, NEWS)
    world.change("add_row", {"list_id": SPRING, "cells": ["No", "Address", "not an address"]})
    _records_made_by_hand(world)


def _records_made_by_hand(world: World) -> None:
    crm = world.crm.spaces[SPACE_ID]
    add_contact(crm, first_name="Benjamin", email1="else@example.com", email3="Ben@Example.com")
    add_contact(crm, last_name="Chloe the first", email1="chloe@example.com")
    add_contact(crm, last_name="Chloe the second", email2="chloe@example.com")
    add_lead(crm, name="Dario, typed by hand", quick_email="dario@example.com")
    elif_ = add_contact(crm, first_name="Elif", email1="elif@example.com")
    add_lead(crm, elif_["id"], name="Elif, linked by hand")
    add_contact(crm, first_name="Noor", email1="noor@example.com", is_deleted=True)
    add_contact(crm, last_name="Two in one", email1="oskar@example.com", email2="pia@example.com")


def _a_day_later(world: World) -> None:
    for email, score in (("ada", 75), ("ben", 20), ("femi", 66), ("dario", 58), ("oskar", 100)):
        world.change("set_score", {"email": f"{email}@example.com", "score": score})
    _list(world, AUTUMN, "Autumn fair", OTHER_NAMES)
    _person(world, "Ada", 75, AUTUMN)
    _person(world, "Kira", 40, AUTUMN)
    _person(world, "Maya", 51, WEBINAR, AUTUMN)
    _person(world, "Quinn", 88, AUTUMN)
    add_contact(world.crm.spaces[SPACE_ID], first_name="Quinn", email1="quinn@example.com")
    _patch(world, "Leads", "Ines", is_deleted=True)
    _patch(world, "Contacts", "Kira", is_deleted=True)
    _patch(world, "Leads", "Liam", cf_act_on_key=None)


def _patch(world: World, kind: str, first: str, **values: object) -> None:
    found = [
        one
        for one in world.crm.live(kind)
        if str(one.get("name") or one.get("first_name")).startswith(first)
    ]
    assert len(found) == 1, f"{first} has {len(found)} {kind}"
    world.crm.patch(SPACE_ID, kind, found[0]["id"], values)


def _few(world: World) -> None:
    _list(world, SPRING, "Spring fair", NAMES)
    _list(world, NEWS, "Newsletter", OTHER_NAMES)
    _person(world, "Ada", 70, SPRING, NEWS)
    _person(world, "Ben", 55, SPRING)
    _person(world, "Femi", 12, NEWS)
    crm = world.crm.spaces[SPACE_ID]
    add_contact(crm, first_name="Benjamin", email1="ben@example.com")


STORIES = {
    story.name: story
    for story in (
        Story(name="first run", begin=_many_kinds),
        Story(name="a day later", begin=_many_kinds, change=_a_day_later),
        Story(name="score by score", begin=_few, switches={"all_contacts": False}),
        # So many Contacts that looking up two people takes fewer calls than reading them all.
        Story(name="looking up", begin=_few, crm_contacts=1_700),
    )
}
