"""Once a week: what the sync of a space did, for its admins.

The week's name is the message's key, so that there is one for each space, week and recipient,
whoever dies where.
"""

from datetime import datetime, timedelta
from typing import Final

import structlog

from sync.errors import IntegrationError
from sync.model import Space
from sync.model.messages import MessageKind, MessageSettings
from sync.rules.digest import is_worth_telling, next_digest, week_before
from sync.service.messaging.making import for_everybody
from sync.service.messaging.one_by_one import one_by_one
from sync.service.messaging.values import Carriers, Stop
from sync.service.values import Parts
from sync.store import Desk

log = structlog.get_logger(__name__)

SPACES_AT_ONCE: Final = 20
AFTER_A_BUG: Final = timedelta(hours=1)


class Digesting:
    """The errand that makes the digests that are due."""

    def __init__(self, parts: Parts, carriers: Carriers) -> None:
        self._store = parts.store
        self._now = parts.now
        self._carriers = carriers

    def make(self, stop: Stop) -> int:
        """How many messages were put on their way. Raises TryLater where the database is away."""
        with self._store.read() as desk:
            due = desk.messages.digests_due(self._now(), SPACES_AT_ONCE)
        return one_by_one(due, self._make_for, self._put_off, stop)

    def _put_off(self, space_id: str, since: datetime) -> None:
        with self._store.write() as desk:
            desk.messages.take_digest(space_id, since, self._now() + AFTER_A_BUG)

    def _make_for(self, space_id: str, since: datetime) -> int:
        now = self._now()
        with self._store.write() as desk:
            try:
                space, wanted = desk.spaces.get(space_id), desk.messages.settings(space_id)
            except IntegrationError as error:
                log.warning("space_has_no_digest", space=space_id, kind=error.kind)
                desk.messages.take_digest(space_id, since, next_digest(now, "UTC"))
                return 0
            going = wanted is not None and wanted.digest
            next_at = next_digest(now, space.time_zone) if going else None
            if not desk.messages.take_digest(space_id, since, next_at) or wanted is None:
                return 0
            return self._put(desk, space, wanted, now) if going else 0

    def _put(self, desk: Desk, space: Space, wanted: MessageSettings, now: datetime) -> int:
        name, begin, end = week_before(now, space.time_zone)
        week = desk.tales.week(space, begin, end)
        if not is_worth_telling(week):
            return 0
        return desk.deliveries.add(
            for_everybody(
                space.space_id,
                wanted,
                self._carriers,
                lambda channel, language: self._carriers.writer.digest(week, channel, language),
                kind=MessageKind.DIGEST,
                key=f"digest:{name}",
            ),
            now=now,
        )
