"""The hot list of a space, as pages and as a table; and counting the momentum that it goes by."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import chain
from typing import Final

from sync.languages import gettext
from sync.model import Action, Actor, Space
from sync.model.hot import HotChoices, HotFilter, HotPage, HotPerson, HotPlace
from sync.rules.heat import COUNTED_EVERY, RANGES, USUAL_RANGE, begins, rising_from
from sync.service.common import get_space
from sync.service.exporting import hot_cells, hot_headings
from sync.service.values import Parts

PEOPLE_A_PAGE: Final = 50
PEOPLE_AT_ONCE: Final = 500
SPACES_AT_ONCE: Final = 20
HELD: Final = COUNTED_EVERY / 144  # for as long nobody else counts what we count
LONGEST_ID: Final = 200
_PLACE: Final = re.compile(r"(-?[0-9]{1,9}):(-?[0-9]{1,9}):([0-9A-Za-z]{1,32})")

RecordUrl = Callable[[str, str], str]  # (collection, id) → where it opens; "" nowhere


def hot_filter(days: str, list_id: str, owner_id: str) -> HotFilter:
    """The filter that somebody asks for; nonsense becomes "whatever it is"."""
    asked = next((one for one in RANGES if str(one) == days), USUAL_RANGE)
    return HotFilter(
        days=asked,
        list_id=_usable(list_id),
        owner_id=_usable(owner_id),
    )


class HotList:
    """Who is hot. Every method of an actor raises NotFound, NotAllowed."""

    def __init__(self, parts: Parts) -> None:
        self._store = parts.store
        self._now = parts.now

    def page(
        self, actor: Actor, space_id: str, wanted: HotFilter, *, after: str | None = None
    ) -> HotPage:
        """The hottest people, from that place on."""
        now = self._now()
        with self._store.read() as desk:
            space = get_space(desk, actor, Action.SEE_PEOPLE, space_id)
            threshold = space.settings.threshold
            found = desk.hot.page(
                space_id,
                wanted,
                threshold=threshold,
                after=_place(after),
                limit=PEOPLE_A_PAGE + 1,
            )
            page, more = found[:PEOPLE_A_PAGE], len(found) > PEOPLE_A_PAGE
            return HotPage(
                people=desk.hot.with_details(space_id, page, begins(now)[wanted.days]),
                next_after=_as_after(page[-1].place) if more else None,
                threshold=threshold,
                rising_from=rising_from(threshold),
                counted=bool(page) or desk.hot.is_counted(space_id),
                scored=bool(page) or desk.hot.has_scores(space_id),
            )

    def choices(self, actor: Actor, space_id: str) -> HotChoices:
        """What the list can be narrowed to."""
        with self._store.read() as desk:
            get_space(desk, actor, Action.SEE_PEOPLE, space_id)
            return HotChoices(lists=desk.hot.lists(space_id), owners=desk.hot.owners(space_id))

    def table(
        self, actor: Actor, space_id: str, wanted: HotFilter, record_url: RecordUrl
    ) -> Iterator[tuple[str, ...]]:
        """The whole list as text for a spreadsheet, headings first, in the order shown.

        Rights are checked at once, people are read as they are taken: no transaction stays open.
        """
        with self._store.read() as desk:
            space = get_space(desk, actor, Action.SEE_PEOPLE, space_id)
        # Words are chosen now: the rows are taken when nobody knows any more who asked.
        headings, rising = hot_headings(wanted.days), gettext("yes")
        people = enumerate(self._everybody(space, wanted), start=1)
        cells = (hot_cells(number, one, record_url, rising=rising) for number, one in people)
        return chain([headings], cells)

    def _everybody(self, space: Space, wanted: HotFilter) -> Iterator[HotPerson]:
        after: HotPlace | None = None
        while True:
            with self._store.read() as desk:
                page = desk.hot.page(
                    space.space_id,
                    wanted,
                    threshold=space.settings.threshold,
                    after=after,
                    limit=PEOPLE_AT_ONCE,
                )
                people = desk.hot.with_leads(space.space_id, page)
            yield from people
            if len(page) < PEOPLE_AT_ONCE:
                return
            after = page[-1].place

    # --- counting --------------------------------------------------------------------------------

    def count_due(self, stop: Callable[[], bool]) -> int:
        """How many spaces' momentum was counted: those not counted for a day, some at once.

        Scores that are saved are counted with that; this is for those that stand still while the
        ranges move on. A space is claimed, so no two processes count the same.
        """
        for done in range(SPACES_AT_ONCE):
            now = self._now()
            with self._store.write() as desk:
                space_id = desk.heat.claim(now, until=now + HELD)
            if space_id is None or stop():
                return done
            self._count(space_id, now, stop)
        return SPACES_AT_ONCE

    def _count(self, space_id: str, now: datetime, stop: Callable[[], bool]) -> None:
        after = ""
        while not stop():
            with self._store.write() as desk:
                persons = desk.heat.next_persons(space_id, after, PEOPLE_AT_ONCE)
                desk.heat.count(space_id, persons, now=now)
                if len(persons) < PEOPLE_AT_ONCE:
                    desk.heat.put_off(space_id, now + COUNTED_EVERY)
                    return
            after = persons[-1]


def _usable(text: str) -> str | None:
    return text if 0 < len(text) <= LONGEST_ID and text.isprintable() else None


def _as_after(place: HotPlace) -> str:
    return f"{place.heat}:{place.score}:{place.person}"


def _place(after: str | None) -> HotPlace | None:
    """The place in a place to go on from; a forged one begins at the top."""
    found = _PLACE.fullmatch(after or "")
    if found is None:
        return None
    return HotPlace(heat=int(found[1]), score=int(found[2]), person=found[3])
