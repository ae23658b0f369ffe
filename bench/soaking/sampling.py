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
            self.hours.append(
                {
                    "at": self.house.clock.at,
                    "leads_untrue": self._look_at_leads(),
                    "panel_ages": self._look_at_panels(),
                }
            )

    def _look_at_leads(self) -> list[float]:
        """For how long the score of each Lead of ours had not been true any more; 0.0: it was."""
        pairs = {key: pair for pair, key in self.keys().items()}
        found = []
        for lead in self.house.crm.records["Leads"].values():
            if lead.get("is_deleted") or not lead.get(KEY):
                continue
            person, shown = pairs[lead[KEY]][1], lead.get(SCORE)
            untrue = self.house.journal.untrue_for(person, shown, self.house.clock.at)
            if untrue is None:
                self.never_true.add(f"{lead['name']} shows {shown}, which never was true.")
            else:
                found.append(untrue)
        return found

    def _look_at_panels(self) -> list[float]:
        """How long ago the score was read that the panel of each linked person would show."""
        linked = select(links.c.person).where(links.c.state == LinkState.LINKED.value)
        query = select(people.c.score_read_at).where(
            people.c.person.in_(linked), people.c.score_read_at.is_not(None)
        )
        with self.database.read() as connection:
            instants = list(connection.scalars(query))
        return [self.house.clock.at - one.timestamp() for one in instants]
