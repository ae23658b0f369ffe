"""How old shown scores were, every hour: in the CRM, and in panels, had one been opened."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import select

from bench.soaking.checks import KEY, SCORE
from bench.soaking.house import House
from bench.soaking.journal import Pair
from sync.model import LinkState
from sync.store import Database
from sync.store.tables import links, people

SAMPLE_SECONDS: Final = 3_600.0


@dataclass
class Sampler:
    """What was seen, hour by hour. Ages in seconds."""

    house: House
    database: Database
    keys: Callable[[], dict[Pair, str]]
    hours: list[dict[str, Any]] = field(default_factory=list)
    never_true: set[str] = field(default_factory=set)

    def live(self) -> None:
        """One look every hour, for ever."""
        while True:
            self.house.clock.sleep(SAMPLE_SECONDS)
            if self.house.place.is_away:
                continue
            self.hours.append(
                {
                    "at": self.house.clock.at,
                    "leads_untrue": self._look_at_leads(),
                    "panel_ages": self._look_at_panels(),
                }
            )

    def _look_at_leads(self) -> list[float]:
        """For how long the score of each Lead of ours had not been true any more; 0.0: it was. Of
        people who still stand in the list."""
        pairs = {key: pair for pair, key in self.keys().items()}
        found = []
        for lead in self.house.crm.records["Leads"].values():
            if lead.get("is_deleted") or not lead.get(KEY):
                continue
            pair, shown = pairs[lead[KEY]], lead.get(SCORE)
            person, at = pair[1], self.house.clock.at
            if not self.house.journal.is_member_throughout(pair, at, at):
                continue  # whoever left the list is no longer looked after
            untrue = self.house.journal.untrue_for(person, shown, at)
            if untrue is None:
                self.never_true.add(f"{lead['name']} shows {shown}, which never was true.")
            else:
                found.append(untrue)
        return found

    def _look_at_panels(self) -> list[float]:
        """How long ago the score was read that the panel of each linked person would show. Of
        people who still stand in a list."""
        at, journal = self.house.clock.at, self.house.journal
        present = {
            pair[1] for pair in journal.members if journal.is_member_throughout(pair, at, at)
        }
        linked = select(links.c.person).where(links.c.state == LinkState.LINKED.value)
        query = select(people.c.address, people.c.score_read_at).where(
            people.c.person.in_(linked), people.c.score_read_at.is_not(None)
        )
        with self.database.read() as connection:
            found = connection.execute(query).all()
        return [at - read_at.timestamp() for address, read_at in found if address in present]
