"""Webhooks of Act-On: proven, written down and answered at once; what they ask for is done later.

What a webhook says of scores is not trusted: it only names who is to be looked at. The hand-off
(`service.handing_off`) then reads and decides as every run does.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from sync.errors import Conflict, SetupError
from sync.metrics import WEBHOOKS
from sync.model import SHELL, Action, Actor, Change, Event, Standing
from sync.model.webhooks import (
    NewWebhook,
    Report,
    SignatureScheme,
    Webhook,
    WebhookKey,
    WebhookKind,
    WebhookSetUp,
    WebhookState,
)
from sync.rules.auditing import CHANGED, NOTHING
from sync.rules.keys import person_digest
from sync.rules.reporting import read_reports
from sync.rules.scoring import reached
from sync.rules.signatures import proven_id, read_header, read_secret, sign
from sync.service.common import get_space, record
from sync.service.values import Parts
from sync.store import Desk

log = structlog.get_logger(__name__)

SHOWN: Final = 50
LARGEST_KEPT: Final = 16 * 1024  # characters of a body that nobody understood
TEST: Final = "webhook.test"
VENDOR: Final = "acton"
SET: Final = "set"

# What a report says of writing to somebody, and whether it holds from then on.
_STANDINGS: Final[Mapping[WebhookKind, tuple[Standing, bool]]] = {
    WebhookKind.OPTED_OUT: (Standing.OPTED_OUT, True),
    WebhookKind.OPTED_IN: (Standing.OPTED_OUT, False),
    WebhookKind.HARD_BOUNCE: (Standing.BOUNCED, True),
    WebhookKind.SPAM: (Standing.COMPLAINED, True),
}


@dataclass(frozen=True, kw_only=True)
class WebhookPage:
    """How the webhooks of a space stand: set up how, how many in which state, the latest."""

    set_up: WebhookSetUp
    counts: Mapping[WebhookState, int]
    latest: Sequence[Webhook]


class Webhooks:
    """What comes in from Act-On by itself, and its set-up."""

    def __init__(self, parts: Parts) -> None:
        self._store = parts.store
        self._now = parts.now
        self._public_url = parts.public_url

    def prove(self, space_id: str, headers: Mapping[str, str], body: bytes) -> str | None:
        """What names the delivery; None where nothing proves that it is meant for the space.

        `headers`: names in lower case. Raises TryLater where the database is away.
        """
        with self._store.read() as desk:
            try:
                key = desk.webhooks.key(space_id)
            except SetupError as error:  # sealed with a key that is gone
                log.error("webhook_key_unreadable", space=space_id, problem=error.message)
                return None
        return proven_id(key, headers, body, self._now()) if key else None

    def receive(self, space_id: str, message_id: str, body: bytes, hint: str = "") -> int:
        """Write down what a proven delivery reports; how many reports are new.

        `hint`: the name of the event where the sender says it beside the body. Never fails for what
        the body holds. Raises TryLater where the database is away.
        """
        now, reports = self._now(), read_reports(body, hint)
        with self._store.write() as desk:
            space = desk.spaces.find(space_id)
            if space is None:
                return 0
            threshold = space.settings.threshold
            new = [_written(desk, space_id, threshold, message_id, one, body) for one in reports]
            added = desk.webhooks.add(space_id, new, now=now)
            for one in new if added else ():
                _note_standing(desk, space_id, one, now)
        for one in new:
            WEBHOOKS.add(VENDOR, one.report.kind.value if added else "repeated")
        log.info("webhook_received", space=space_id, reports=len(new), new=added)
        return added

    # --- set-up ----------------------------------------------------------------------------------

    def page(self, actor: Actor, space_id: str) -> WebhookPage:
        """How the webhooks of the space stand. Raises NotFound, NotAllowed."""
        with self._store.read() as desk:
            get_space(desk, actor, Action.SEE_PEOPLE, space_id)
            return WebhookPage(
                set_up=self._set_up(desk, space_id),
                counts=desk.webhooks.counts(space_id),
                latest=desk.webhooks.latest(space_id, SHOWN),
            )

    def save(
        self,
        actor: Actor,
        space_id: str,
        *,
        scheme: SignatureScheme,
        secret: str,
        header: str = "",
    ) -> None:
        """Take webhooks that are signed so from now on; `secret` empty: the one that is there.

        Raises NotFound, NotAllowed, InvalidInput.
        """
        with self._store.write() as desk:
            get_space(desk, actor, Action.CHANGE_SETTINGS, space_id)
            self._save(desk, actor, space_id, scheme, secret, header)

    def set_up(
        self, space_id: str, *, scheme: SignatureScheme, secret: str, header: str = ""
    ) -> str | None:
        """As `save`, from the shell; the address for Act-On. Raises NotFound, InvalidInput."""
        with self._store.write() as desk:
            desk.spaces.get(space_id)
            self._save(desk, SHELL, space_id, scheme, secret, header)
            return self._set_up(desk, space_id).address

    def _save(
        self,
        desk: Desk,
        actor: Actor,
        space_id: str,
        scheme: SignatureScheme,
        secret: str,
        header: str,
    ) -> None:
        now, before = self._now(), desk.webhooks.key(space_id)
        if not secret.strip() and before is not None and before.scheme is scheme:
            secret = before.secret
        read_secret(scheme, secret)
        plain = scheme is SignatureScheme.PLAIN
        key = WebhookKey(
            scheme=scheme, secret=secret.strip(), header=read_header(header) if plain else ""
        )
        desk.webhooks.save_key(space_id, key, by=actor.email, now=now)
        changes = _changes(before, key)
        record(desk, actor, Event.WEBHOOKS_CHANGED, space_id, now, changes=changes)

    def drop(self, actor: Actor, space_id: str) -> None:
        """Refuse webhooks of the space from now on. Raises NotFound, NotAllowed."""
        now = self._now()
        with self._store.write() as desk:
            get_space(desk, actor, Action.CHANGE_SETTINGS, space_id)
            if desk.webhooks.saved(space_id) is not None:
                desk.webhooks.drop_key(space_id)
                changes = (Change(field="webhooks.secret", old=SET, new=NOTHING),)
                record(desk, actor, Event.WEBHOOKS_CHANGED, space_id, now, changes=changes)

    def test(self, actor: Actor, space_id: str) -> None:
        """Sign a webhook as Act-On would and take it in, as if it had come from there.

        Raises NotFound, NotAllowed, Conflict where webhooks are not set up.
        """
        with self._store.read() as desk:
            get_space(desk, actor, Action.CHANGE_SETTINGS, space_id)
            key = desk.webhooks.key(space_id)
        if key is None:
            raise Conflict("Webhooks are not set up yet.", hint="Save the signing secret first.")
        message_id = f"test_{secrets.token_hex(8)}"
        body = json.dumps({"type": TEST, "id": message_id}).encode()
        proven = self.prove(space_id, sign(key, message_id, self._now(), body), body)
        if proven is None:
            raise Conflict("The test was not accepted.", hint="Save the signing secret again.")
        self.receive(space_id, proven, body)

    def _set_up(self, desk: Desk, space_id: str) -> WebhookSetUp:
        address = f"{self._public_url}/webhooks/acton/{space_id}" if self._public_url else None
        key, saved = desk.webhooks.key(space_id), desk.webhooks.saved(space_id)
        if key is None or saved is None:
            return WebhookSetUp(address=address)
        at, by = saved
        return WebhookSetUp(
            address=address, scheme=key.scheme, header=key.header, saved_at=at, saved_by=by
        )


def _written(
    desk: Desk, space_id: str, threshold: int, message_id: str, report: Report, body: bytes
) -> NewWebhook:
    person = person_digest(space_id, report.address) if report.address else None
    unknown = report.kind is WebhookKind.UNKNOWN
    text = body.decode("utf-8", "replace").replace("\0", "")  # no database takes a NUL
    return NewWebhook(
        message_id=message_id,
        report=report,
        person=person,
        state=_state(desk, space_id, threshold, report, person),
        body=text[:LARGEST_KEPT] if unknown else None,
    )


def _state(
    desk: Desk, space_id: str, threshold: int, report: Report, person: str | None
) -> WebhookState:
    """Whether somebody is to be looked at. Act-On reports every change of a contact: only one that
    names a score that we do not know, or that has reached the threshold, is worth the calls."""
    if report.kind is WebhookKind.CROSSING:
        return WebhookState.WAITING
    if report.kind is WebhookKind.UPDATED and person is not None and report.score is not None:
        known = desk.people.for_persons(space_id, [person]).get(person)
        changed = known is not None and known.score != report.score
        crossed = known is None and reached(report.score, threshold)
        return WebhookState.WAITING if changed or crossed else WebhookState.KEPT
    kept = (WebhookKind.UNKNOWN, WebhookKind.OTHER, WebhookKind.UPDATED)
    return WebhookState.KEPT if report.kind in kept else WebhookState.DONE


def _note_standing(desk: Desk, space_id: str, one: NewWebhook, now: datetime) -> None:
    said = _STANDINGS.get(one.report.kind)
    if said is not None and one.person is not None:
        standing, holds = said
        desk.webhooks.report_standing(space_id, one.person, standing, holds=holds, now=now)


def _changes(before: WebhookKey | None, after: WebhookKey) -> tuple[Change, ...]:
    found = []
    if before is None or before.scheme is not after.scheme:
        old = before.scheme.value if before else NOTHING
        found.append(Change(field="webhooks.scheme", old=old, new=after.scheme.value))
    old_header = before.header if before else ""
    if old_header != after.header:
        found.append(
            Change(field="webhooks.header", old=old_header or NOTHING, new=after.header or NOTHING)
        )
    if before is None or before.secret != after.secret:
        found.append(Change(field="webhooks.secret", old=SET if before else NOTHING, new=CHANGED))
    return tuple(found)
