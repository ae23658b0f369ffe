"""Looks at spaces to which something happened, and puts on its way what is to be told of them.

What happens to a space leaves a note (`store.marking`). Taking the note, judging, writing down what
was told and putting the messages on their way is one transaction: whoever dies in between has done
nothing, and of two who look at once one finds the note gone.
"""

from datetime import datetime, timedelta
from typing import Final

import structlog

from sync.errors import IntegrationError
from sync.model import Space
from sync.model.messages import (
    HotLeads,
    MessageKind,
    MessageSettings,
    News,
    Situation,
    Telling,
    Told,
)
from sync.rules.hot_leads import MOST_NAMED, told_at
from sync.rules.telling import Judgement, judge, usual_a_day
from sync.service.messaging.making import for_everybody, for_owner
from sync.service.messaging.one_by_one import one_by_one
from sync.service.messaging.values import Carriers, Stop
from sync.service.values import Parts
from sync.store import Desk

log = structlog.get_logger(__name__)

SPACES_AT_ONCE: Final = 20
RUNS_AT_ONCE: Final = 200
AFTER_A_BUG: Final = timedelta(hours=1)


class Judging:
    """The errand that finds out what is to be told."""

    def __init__(self, parts: Parts, carriers: Carriers) -> None:
        self._store = parts.store
        self._now = parts.now
        self._carriers = carriers

    def look(self, stop: Stop) -> int:
        """How many messages were put on their way. Raises TryLater where the database is away."""
        with self._store.read() as desk:
            waiting = desk.messages.to_look_at(self._now(), SPACES_AT_ONCE)
        return one_by_one(waiting, self._look_at, self._put_off, stop)

    def _put_off(self, space_id: str, since: datetime) -> None:
        with self._store.write() as desk:
            if desk.messages.take_look(space_id, since):
                desk.messages.look_again(space_id, self._now() + AFTER_A_BUG)

    def _look_at(self, space_id: str, since: datetime) -> int:
        now = self._now()
        with self._store.write() as desk:
            if not desk.messages.take_look(space_id, since):
                return 0
            try:
                space, wanted = desk.spaces.get(space_id), desk.messages.settings(space_id)
            except IntegrationError as error:
                # A secret of the space does not open. Its runs say so; nothing can be sent.
                log.warning("space_cannot_be_judged", space=space_id, kind=error.kind)
                return 0
            if wanted is None:
                return 0
            made = self._tell_news(desk, space, wanted, now)
            return made + self._tell_owner(desk, space, wanted, now)

    # --- conditions ------------------------------------------------------------------------------

    def _tell_news(self, desk: Desk, space: Space, wanted: MessageSettings, now: datetime) -> int:
        known = desk.messages.told(space.space_id)
        situation = desk.tales.situation(space, now=now)
        judged = judge(situation, known, wanted, now)
        if judged.known != known:
            desk.messages.save_told(space.space_id, judged.known)
        if judged.again_at is not None:
            desk.messages.look_again(space.space_id, judged.again_at)
        if not judged.is_news:
            return 0
        news = _news(space, situation, judged, known)
        return self._put(desk, space, wanted, news, now)

    def _put(
        self, desk: Desk, space: Space, wanted: MessageSettings, news: News, now: datetime
    ) -> int:
        what = "+".join((*news.began, *(f"no-{one}" for one in news.ended)))
        # The note is taken once; the key tells apart what is told at different times.
        key = f"news:{now:%Y%m%dT%H%M%S%f}:{what}"[:100]
        made = desk.deliveries.add(
            for_everybody(
                space.space_id,
                wanted,
                self._carriers,
                lambda channel, language: self._carriers.writer.news(news, channel, language),
                kind=MessageKind.NEWS,
                key=key,
            ),
            now=now,
        )
        log.info("space_told", space=space.space_id, what=what, messages=made)
        return made

    # --- new Leads -------------------------------------------------------------------------------

    def _tell_owner(self, desk: Desk, space: Space, wanted: MessageSettings, now: datetime) -> int:
        if not wanted.hot_leads:
            return 0
        until, last_at = desk.messages.hot_until(space.space_id)
        runs = desk.tales.runs_with_leads(space.space_id, after=until, limit=RUNS_AT_ONCE)
        if not runs:
            return 0
        newest = runs[-1]
        if self._carriers.mailer is None:  # nor are they told later, when they are old
            desk.messages.note_hot(space.space_id, newest.run_id, at=None)
            return 0
        at = told_at(last_at, now)
        if at > now:
            self._look_again(desk, space.space_id, at, now)
            return 0
        leads = desk.tales.hot_leads(space.space_id, [one.run_id for one in runs], MOST_NAMED)
        hot = HotLeads(
            space_id=space.space_id,
            space_name=space.name,
            threshold=newest.threshold or space.settings.threshold,
            leads=leads,
            total=max(len(leads), sum(one.counts.leads_created for one in runs)),
            run_id=newest.run_id,
        )
        desk.messages.note_hot(space.space_id, newest.run_id, at=now)
        message = for_owner(
            hot,
            wanted,
            self._carriers,
            owner=space.settings.owner,
            key=f"hot:{newest.run_id}",
        )
        return desk.deliveries.add([message], now=now)

    def _look_again(self, desk: Desk, space_id: str, at: datetime, now: datetime) -> None:
        """Look then, unless the space is to be looked at sooner."""
        sooner = desk.messages.look_at(space_id)
        if sooner is None or sooner > at:
            desk.messages.look_again(space_id, at)


def _news(
    space: Space, situation: Situation, judged: Judgement, known: dict[Telling, Told]
) -> News:
    paused = Telling.PAUSED in judged.began
    completed = situation.completed
    return News(
        space_id=space.space_id,
        space_name=space.name,
        began=judged.began,
        ended=judged.ended,
        run=situation.open_run if paused else situation.last,
        waiting=completed.waiting if completed else 0,
        waiting_run_id=completed.run_id if completed else None,
        made_now=situation.made_now,
        usual=usual_a_day(situation.made) or 0,
        still=tuple(
            one
            for one, told in judged.known.items()
            if one in known and told.was_told and told.well_since is None
        ),
    )
