"""What people do whom marketing knows: they visit and score, cool down, join lists and leave them.

None of it depends on what the integration does, so two plays with the same seed see the same week.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from bench.soaking.house import House
from sync.sandbox.people import FIRST, LAST

STEP_SECONDS: Final = 600.0
VISITS_BY_DAY, VISITS_BY_NIGHT = 3.0, 0.4  # in a step, for 400 people
HOME = "example.com"
COLUMNS: Final = (("First Name", "first"), ("Last Name", "last"), ("E-mail Address", "email"))


class Marketing:
    """Act-On's side of the world. Everything done is written into the journal."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._random = house.random("marketing")
        self._zone = ZoneInfo(house.size.zone)
        self._newcomers = 0
        self.on_change: Callable[[str, int, int], None] = lambda person, before, after: None
        self._scale = house.size.people / 400
        self.people = [one.email.lower() for one in self._account.people.values()]
        for person in self.people:
            house.journal.note_score(person, self._account.people[person].score)
        for list_id, one in self._account.lists.items():
            if one.base_id is None:
                for row in one.rows:
                    house.journal.note_joined(list_id, one.address_of(row).lower())
        # A few are far more often about than the many.
        self._regulars = self._random.sample(self.people, len(self.people) // 5)

    @property
    def _account(self):
        return self._house.sandbox.world.demo

    def live(self) -> None:
        """One step after the other, for ever."""
        number = 0
        while True:
            number += 1
            self._visit()
            if number % 6 == 0:
                self._cool_down()
                self._come_and_go()
            if number % 432 == 0:  # every third day
                self._open_list()
            self._house.clock.sleep(STEP_SECONDS)

    def is_day(self, now: datetime) -> bool:
        """Whether people are about, where the space is."""
        return 7 <= now.astimezone(self._zone).hour < 21

    def _visit(self) -> None:
        rate = VISITS_BY_DAY if self.is_day(self._house.clock.now) else VISITS_BY_NIGHT
        for _ in range(self._about(rate)):
            crowd = self._regulars if self._random.random() < 0.6 else self.people
            self._add(self._random.choice(crowd), self._random.randint(1, 12))

    def _cool_down(self) -> None:
        """Deeds grow old: points that they gave go again, mostly from those who have many."""
        for person in self._random.sample(self.people, max(1, len(self.people) // 80)):
            score = self._house.journal.score_at(person, self._house.clock.at) or 0
            if score > 15:
                self._add(person, -self._random.randint(4, 18))

    def _add(self, person: str, points: int) -> None:
        journal = self._house.journal
        before = journal.score_at(person, self._house.clock.at) or 0
        score = before + points
        self._house.change("set_score", email=person, score=score)
        journal.note_score(person, score)
        self.on_change(person, before, score)

    def _come_and_go(self) -> None:
        """Somebody new, somebody known who joins one more list, and now and then one who leaves."""
        lists = list(self._lists())
        for _ in range(self._about(1.5)):
            person = self._introduce()
            for list_id in self._random.sample(lists, self._random.choice((1, 1, 2))):
                self._join(list_id, person)
        for _ in range(self._about(2.0)):
            self._join(self._random.choice(lists), self._random.choice(self.people))
        if self._random.random() < 0.25:
            self._leave(self._random.choice(lists))

    def _introduce(self) -> str:
        self._newcomers += 1
        first, last = self._random.choice(FIRST), self._random.choice(LAST)
        person = f"{first}.{last}.new{self._newcomers}@{HOME}".lower()
        score = self._random.choice((0, 5, 12, 20, 33, 45))
        self._names = {"first": first, "last": last, "email": person, "score": score}
        self.people.append(person)
        self._house.journal.note_score(person, score)
        return person

    def _join(self, list_id: str, person: str) -> None:
        """A row for the person, who has none there yet."""
        spans = self._house.journal.members.get((list_id, person), [])
        if spans and spans[-1][1] == float("inf"):
            return
        known = self._account.people.get(person)
        values = {"email": person} if known else self._names
        self._house.change("add_row", list_id=list_id, **values)
        self._house.journal.note_joined(list_id, person)

    def _leave(self, list_id: str) -> None:
        one = self._account.lists[list_id]
        index = self._random.randrange(len(one.rows))
        person = one.address_of(one.rows[index]).lower()
        self._house.change("remove_row", list_id=list_id, index=index)
        self._house.journal.note_left(list_id, person)

    def _open_list(self) -> None:
        number = len(self._account.lists) + 1
        list_id = f"l-05{number:02d}"
        self._house.change("add_list", list_id=list_id, name=f"Campaign {number}", columns=COLUMNS)
        for person in self._random.sample(self.people, max(4, len(self.people) // 20)):
            self._join(list_id, person)

    def _lists(self) -> Iterator[str]:
        return (one.list_id for one in self._account.lists.values() if one.base_id is None)

    def _about(self, rate: float) -> int:
        """How often something happens that happens so often on average, for this many people."""
        wanted = rate * self._scale
        return int(wanted) + (self._random.random() < wanted % 1)
