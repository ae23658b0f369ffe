"""Follows what Pipeliner told of: asks for the records anew and settles what was deleted or merged.

An errand of the workers. One of them at a time follows a space; while Pipeliner is away it is asked
again after growing pauses, and not at all once it refused the key. Nothing is lost meanwhile: what
waits is kept, and the next run reads all changes anyway.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import structlog

from sync.clock import Deadline
from sync.engine.following import Mirror, can_read_changes, follow, read_changes
from sync.errors import IntegrationError, SetupError, StopAsked, StoreAway
from sync.model import Space, SpaceStatus
from sync.service.values import Parts

log = structlog.get_logger(__name__)

LEASE_SECONDS: Final = 60.0  # three times what following may take
SECONDS: Final = 20.0  # the longest that one space is followed in one go
ROUND_SECONDS: Final = 10.0  # after that others have their turn
SPACES_AT_ONCE: Final = 20
ASKED_AT_ONCE: Final = 10  # records, each by a call of its own
WORTH_READING: Final = 40  # with more, reading what changed costs fewer calls
PAGES_AT_ONCE: Final = 20
PAUSES: Final = tuple(timedelta(seconds=one) for one in (15, 60, 300, 900, 3600))
BREATH: Final = timedelta(seconds=60)  # where more came in while everything was read


class Following:
    """Brings the index up to date between two runs."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._store = parts.store

    def do(self, stop: Callable[[], bool] = lambda: False) -> int:
        """How many spaces were followed. Raises TryLater where the database is away."""
        began, done = time.monotonic(), 0
        with self._store.read() as desk:
            due = desk.crm_hooks.due(SPACES_AT_ONCE)
        for space_id in due:
            if stop() or time.monotonic() - began > ROUND_SECONDS:
                break
            done += self._try_space(space_id, stop)
        return done

    def _try_space(self, space_id: str, stop: Callable[[], bool]) -> bool:
        """Whether it was us who followed the space."""
        with self._store.write() as desk:
            until = desk.crm_hooks.claim(space_id, LEASE_SECONDS)
            version = desk.spaces.revision(space_id).version if until else 0
        if until is None:
            return False
        try:
            with self._store.read() as desk:
                space = desk.spaces.get(space_id)
            if space.status is SpaceStatus.RUNNING:
                self._follow_space(space, stop)
        except StopAsked:
            pass  # what is left waits
        except StoreAway:
            raise
        except SetupError as error:
            with self._store.write() as desk:
                desk.crm_hooks.stop(space_id, version)
            log.warning("following_stopped", space=space_id, kind=error.kind)
        except IntegrationError as error:
            self._put_off(space_id, error)
        finally:
            with self._store.write() as desk:
                desk.crm_hooks.release(space_id, until)
        return True

    def _put_off(self, space_id: str, error: IntegrationError) -> None:
        with self._store.write() as desk:
            pause = desk.crm_hooks.put_off(space_id, PAUSES)
        log.info(
            "following_put_off",
            space=space_id,
            kind=error.kind,
            seconds=round(pause.total_seconds()),
        )

    def _follow_space(self, space: Space, stop: Callable[[], bool]) -> None:
        def guard() -> None:
            if stop():
                raise StopAsked("The process was asked to end.")

        deadline = Deadline(SECONDS)
        with self._store.read() as desk:
            fields = desk.spaces.fields(space.space_id)
        mirror = Mirror(
            space_id=space.space_id,
            pipeliner=self._parts.vendors.connect_for_person(space, deadline).pipeliner,
            store=self._store,
            fields=fields,
            now=self._parts.now,
            guard=guard,
        )
        with self._store.read() as desk:
            reads_all = desk.crm_changes.reads_all(space.space_id)
            many = desk.crm_changes.size(space.space_id) > WORTH_READING
        if reads_all or (many and can_read_changes(mirror)):
            self._read_all(mirror)
        else:
            self._follow_each(mirror, deadline)
            with self._store.write() as desk:
                desk.crm_hooks.goes_well(space.space_id)

    def _read_all(self, mirror: Mirror) -> None:
        """Read everything that changed: too much did to ask for each. Where the index is not
        complete that is the next run's affair, which looks up what it needs."""
        with self._store.read() as desk:
            began = desk.now()
        overlap, done = self._parts.options.crm_overlap, True
        if can_read_changes(mirror):
            done = read_changes(mirror, pages=PAGES_AT_ONCE, overlap=overlap)
        with self._store.write() as desk:
            desk.crm_hooks.goes_well(mirror.space_id)
            if done:
                desk.crm_changes.forget_before(mirror.space_id, began)
                desk.crm_hooks.rest(mirror.space_id, BREATH)

    def _follow_each(self, mirror: Mirror, deadline: Deadline) -> None:
        while deadline.left() > SECONDS / 2:
            with self._store.read() as desk:
                some = desk.crm_changes.waiting(mirror.space_id, ASKED_AT_ONCE)
            if not some:
                return
            follow(mirror, some)
            with self._store.write() as desk:
                desk.crm_changes.forget(mirror.space_id, some)
