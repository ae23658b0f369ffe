"""People who work in the CRM: they edit, delete and merge records, and open panels."""

from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

from bench.soaking.checks import KEY, PANEL_KEY
from bench.soaking.house import House
from bench.soaking.journal import Record
from sync.errors import IntegrationError
from sync.factory import Application
from sync.panel import PanelClosed, PanelView
from sync.sandbox.crm.seed import add_contact, add_lead
from sync.sandbox.crm.writing import merge

PAUSE: Final = (300.0, 1_500.0)  # seconds between two deeds of somebody in the office
WEIGHTS: Final = {
    "edit_lead": 6,
    "edit_contact": 6,
    "delete_lead": 2,
    "delete_contact": 3,
    "merge_contacts": 1,
    "qualify_lead": 1,
    "add_contact_by_hand": 2,
    "add_lead_by_hand": 1,
}


def is_office_hour(now: datetime, zone: ZoneInfo) -> bool:
    """Whether people sit at their desks there."""
    local = now.astimezone(zone)
    return local.weekday() < 5 and 8 <= local.hour < 18


class CrmPeople:
    """Users of the CRM who know nothing of the integration."""

    def __init__(self, house: House, marketing_people: list[str]) -> None:
        self._house = house
        self._people = marketing_people
        self._random = house.random("crm people")
        self._zone = ZoneInfo(house.size.zone)
        self.done = dict.fromkeys(WEIGHTS, 0)

    def live(self) -> None:
        """One deed after the other while the office is open."""
        while True:
            if is_office_hour(self._house.clock.now, self._zone):
                [deed] = self._random.choices(list(WEIGHTS), weights=list(WEIGHTS.values()))
                with self._house.sandbox.world.lock, self._house.journal.people():
                    self.done[deed] += bool(getattr(self, deed)())
            self._house.clock.sleep(self._random.uniform(*PAUSE))

    def edit_lead(self) -> Record | None:
        """The name stays: by it the checks know a Lead again."""
        return self._patch("Leads", self._one("Leads"), description="Called, call again.")

    def edit_contact(self) -> Record | None:
        return self._patch("Contacts", self._one("Contacts"), phone1="+1 555 0100")

    def delete_lead(self) -> Record | None:
        return self._patch("Leads", self._one("Leads", ours=True), is_deleted=True)

    def delete_contact(self) -> Record | None:
        """One of ours, on purpose: its person is not wanted here."""
        return self._patch("Contacts", self._one("Contacts", ours=True), is_deleted=True)

    def merge_contacts(self) -> Record | None:
        """One of ours goes into another Contact, which takes its address along."""
        lost, kept = self._one("Contacts", ours=True), self._one("Contacts", ours=False)
        if lost is None or kept is None or kept.get("email2"):
            return None
        crm = self._house.sandbox.world.crm
        master = {"id": kept["id"], "email2": lost["email1"]}
        return merge(crm, self._house.crm, "Contacts", master, [lost["id"]])

    def qualify_lead(self) -> Record | None:
        """A Lead becomes an opportunity, which takes it out of the Leads."""
        return self._patch("Leads", self._one("Leads", ours=True), is_deleted=True)

    def add_contact_by_hand(self) -> Record | None:
        person = self._stranger()
        return add_contact(self._house.crm, first_name="Met", last_name="Fair", email1=person)

    def add_lead_by_hand(self) -> Record | None:
        person = self._stranger()
        return add_lead(self._house.crm, name=f"Rang up: {person}", quick_email=person)

    def _stranger(self) -> str:
        """Somebody whom the CRM does not know yet, as long as one is found soon."""
        known = {one.get("email1") for one in self._house.crm.records["Contacts"].values()}
        known |= {one.get("quick_email") for one in self._house.crm.records["Leads"].values()}
        tries = [self._random.choice(self._people) for _ in range(20)]
        return next((one for one in tries if one not in known), tries[0])

    def _one(self, kind: str, *, ours: bool | None = None) -> Record | None:
        mark = KEY if kind == "Leads" else PANEL_KEY
        found = [
            one
            for one in self._house.crm.records[kind].values()
            if not one.get("is_deleted") and ours in (None, bool(one.get(mark)))
        ]
        return self._random.choice(found) if found else None

    def _patch(self, kind: str, record: Record | None, **values: Any) -> Record | None:
        if record is None:
            return None
        done: Record = self._house.crm.put(kind, {**record, **values})
        return done


@dataclass(frozen=True, kw_only=True)
class Look:
    """What somebody saw who opened a panel. Ages in seconds; `untrue_for` 0.0: it was right.

    `pressed`: they pressed Refresh then. `trouble`: why that brought nothing new.
    """

    at: float
    age: float
    untrue_for: float
    pressed: bool
    trouble: str = ""


@dataclass
class Sales:
    """People who open panels, and in some worlds press Refresh where a score is old."""

    house: House
    application: Application
    presses: float  # of those who see a score that is older than `old_seconds`
    old_seconds: float = 3_600.0
    pause: tuple[float, float] = (60.0, 420.0)
    looks: list[Look] = field(default_factory=list)
    closed: int = 0
    never_true: list[str] = field(default_factory=list)

    def live(self) -> None:
        """One panel after the other while the office is open."""
        random, zone = self.house.random("sales"), ZoneInfo(self.house.size.zone)
        while True:
            if is_office_hour(self.house.clock.now, zone):
                self._open_one(random)
            self.house.clock.sleep(random.uniform(*self.pause))

    def _open_one(self, random: Random) -> None:
        keys = [
            str(one[PANEL_KEY])
            for one in self.house.crm.records["Contacts"].values()
            if one.get(PANEL_KEY) and not one.get("is_deleted")
        ]
        chosen, wants = random.random(), random.random()
        if not keys:
            return
        panel = self.application.panel
        try:
            pass_ = panel.open_with_key(keys[int(chosen * len(keys))])
            view = panel.view(pass_)
        except PanelClosed:
            self.closed += 1
            return
        except IntegrationError:
            return  # our database is away; nothing is shown
        if view.read_at is None:
            return
        age = self.house.clock.at - view.read_at.timestamp()
        pressed, trouble = wants < self.presses and age > self.old_seconds, ""
        self._note(view, age, pressed)
        if pressed:
            try:
                after = panel.refresh(pass_)
            except IntegrationError:
                return
            trouble = after.trouble.kind.value if after.trouble else ""
            if trouble:
                self.looks[-1] = Look(**{**vars(self.looks[-1]), "trouble": trouble})

    def _note(self, view: PanelView, age: float, pressed: bool) -> None:
        at = self.house.clock.at
        untrue = self.house.journal.untrue_for(view.address, view.score, at)
        if untrue is None:
            self.never_true.append(f"{view.address} is shown {view.score}, which never was true")
            return
        self.looks.append(Look(at=at, age=age, untrue_for=untrue, pressed=pressed))
