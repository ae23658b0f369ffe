"""Webhooks of Pipeliner: registered where the service can be reached, noted as they come.

What is noted is followed by `sync.service.following`. Without any of it the daily run finds out by
itself, so nothing here may keep a space from being set up, run, or taken away.
"""

import re
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

import structlog

from sync.clock import Deadline
from sync.errors import IntegrationError, SetupError, StoreAway, TryLater
from sync.languages import lazy_gettext
from sync.metrics import WEBHOOKS
from sync.model import Action, Actor, Event, Space
from sync.model.crm_hooks import HookState
from sync.pipeliner.events import is_genuine, read_changes
from sync.pipeliner.findings import Finding
from sync.pipeliner.webhooks import hook_address, place_webhook, remove_webhooks
from sync.ports import Pipeliner
from sync.service.common import get_space, record
from sync.service.values import Parts
from sync.store import Store

log = structlog.get_logger(__name__)

SPACE_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,200}")
MOST_WAITING: Final = 500  # records of a space; beyond that everything that changed is read
LOOKED_AFTER: Final = timedelta(days=1)
AGAIN_AFTER: Final = timedelta(hours=1)  # where Pipeliner was away
LOOKS_AT_ONCE: Final = 5
ROUND_SECONDS: Final = 5.0  # after that others have their turn
SECONDS: Final = 10.0  # for one space


class CrmHooks:
    """Our registrations, and what comes in through them."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._store = parts.store

    # --- what comes in ---------------------------------------------------------------------------

    def is_genuine(self, space_id: str, body: bytes, told: str) -> bool:
        """Whether Pipeliner sent that for this space; no for a space that is not there."""
        signatures: Sequence[str] = ()
        if SPACE_ID.fullmatch(space_id):
            with self._store.read() as desk:
                try:
                    signatures = desk.crm_hooks.signatures(space_id)
                except SetupError as error:  # its key is gone: nobody can be recognised
                    log.error("webhook_signature_unreadable", space=space_id, kind=error.kind)
        return is_genuine(body, told, signatures)

    def note(self, space_id: str, body: bytes) -> int:
        """How many records will be asked for anew. What makes no sense is passed over."""
        changes = read_changes(body)
        with self._store.write() as desk:
            desk.crm_changes.note(space_id, changes or (), most=MOST_WAITING)
        outcome = "unreadable" if changes is None else "noted" if changes else "ignored"
        WEBHOOKS.add("pipeliner", outcome)
        if changes is None:
            log.warning("webhook_unreadable", space=space_id)
        return len(changes or ())

    # --- the registration ------------------------------------------------------------------------

    def rotate(self, actor: Actor, space_id: str) -> Finding | None:
        """What keeps Pipeliner from using another signature from now on; None: nothing.

        Until it does, the one before is good. Raises NotFound, NotAllowed.
        """
        with self._store.write() as desk:
            space = get_space(desk, actor, Action.ROTATE_KEYS, space_id)
            desk.crm_hooks.rotate(space_id)
            record(desk, actor, Event.WEBHOOK_SIGNATURE_ROTATED, space_id, self._parts.now())
        return self._place(space)

    def look_after(self, stop: Callable[[], bool] = lambda: False) -> int:
        """How many registrations were looked at, and mended: each once a day."""
        if hook_address(self._parts.public_url, "any").url is None:
            return 0
        began, done = time.monotonic(), 0
        before = self._parts.now() - LOOKED_AFTER
        with self._store.read() as desk:
            due = desk.crm_hooks.due_for_look(before=before, limit=LOOKS_AT_ONCE)
        for space_id in due:
            if stop() or time.monotonic() - began > ROUND_SECONDS:
                break
            with self._store.write() as desk:
                mine = desk.crm_hooks.take_look(space_id, before=before)
            done += mine and self._look_after(space_id)
        return done

    def _look_after(self, space_id: str) -> bool:
        """Whether the space was there to be looked after."""
        try:
            with self._store.read() as desk:
                space = desk.spaces.get(space_id)
            self._place(space)
        except StoreAway:
            raise
        except IntegrationError as error:  # a space that cannot be read does not end the others
            log.warning("webhook_not_registered", space=space_id, kind=error.kind)
            return False
        return True

    def _place(self, space: Space) -> Finding | None:
        deadline = Deadline(SECONDS)
        try:
            pipeliner = self._parts.vendors.connect_for_person(space, deadline).pipeliner
        except IntegrationError as error:
            return _unplaced(space.space_id, error)
        return place(self._store, pipeliner, space.space_id, self._parts.public_url)

    def remove(self, space: Space) -> None:
        """Take the registration of the space away, as far as Pipeliner lets us."""
        with self._store.read() as desk:
            state = desk.crm_hooks.state(space.space_id)
        if state is None:
            return
        url = hook_address(self._parts.public_url, space.space_id).url
        try:
            connections = self._parts.vendors.connect_for_person(space, Deadline(SECONDS))
            remove_webhooks(connections.pipeliner, url, state.webhook_id)
        except StoreAway:
            raise
        except IntegrationError as error:
            # What is sent then is refused, since nobody knows its signature any more.
            log.warning("webhook_not_removed", space=space.space_id, kind=error.kind)
        with self._store.write() as desk:
            desk.crm_hooks.drop(space.space_id)


def place(
    store: Store, pipeliner: Pipeliner, space_id: str, public_url: str | None
) -> Finding | None:
    """What keeps the registration from being as it should; None: nothing, it is.

    Raises StoreAway only.
    """
    address = hook_address(public_url, space_id)
    if address.url is None:
        return Finding(message=address.why, hint=address.hint, is_error=False)
    with store.write() as desk:  # before Pipeliner knows of it: what it sends must be understood
        state: HookState = desk.crm_hooks.ensure(space_id)
    try:
        webhook_id = place_webhook(pipeliner, address.url, state)
    except StoreAway:
        raise
    except IntegrationError as error:
        sooner = LOOKED_AFTER - AGAIN_AFTER if isinstance(error, TryLater) else timedelta(0)
        with store.write() as desk:
            desk.crm_hooks.looked(space_id, ago=sooner)
        return _unplaced(space_id, error)
    with store.write() as desk:
        desk.crm_hooks.placed(space_id, webhook_id, signature=state.signature)
    return None


def _unplaced(space_id: str, error: IntegrationError) -> Finding:
    log.warning("webhook_not_registered", space=space_id, kind=error.kind)
    return Finding(
        message=lazy_gettext(
            "The webhook could not be registered: %(problem)s", problem=error.message
        ),
        hint=lazy_gettext(
            "%(hint)s Until then the daily run finds out by itself.", hint=error.hint
        ),
        is_error=False,
    )
