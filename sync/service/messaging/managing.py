"""The page of messages: who is told what, how a message looks, tests, and what became of them.

Addresses are typed by admins and not proven, so what can be sent to them unasked is little: a few
tests an hour, and one message for each change of state.
"""

from datetime import timedelta
from typing import Final

from sync.errors import Conflict, FieldProblem, InvalidFields, NotFound, SetupError
from sync.languages import current_language, gettext
from sync.model import Action, Actor, Event, Space
from sync.model.messages import (
    Channel,
    MessageKind,
    MessageSettings,
    NewDelivery,
    TypedMessages,
)
from sync.rules.digest import next_digest
from sync.rules.message_form import changes, host_of, understand
from sync.service.common import get_space, out_of_date, record
from sync.service.messaging.samples import KINDS, OF_ADMINS, sample
from sync.service.messaging.values import Carriers, MessagePage, Sample
from sync.service.values import Parts
from sync.store import Desk

SHOWN: Final = 20  # of the latest messages
TESTS_AN_HOUR: Final = 30


class Messages:
    """What admins choose to be told. Every method raises NotFound, NotAllowed."""

    def __init__(self, parts: Parts, carriers: Carriers) -> None:
        self._parts = parts
        self._store = parts.store
        self._now = parts.now
        self._carriers = carriers

    def page(self, actor: Actor, space_id: str) -> MessagePage:
        """What was chosen, and what became of the latest messages."""
        with self._store.read() as desk:
            space = get_space(desk, actor, Action.SEE_SPACE, space_id)
            wanted = desk.messages.settings(space_id)
            revision = desk.messages.revision(space_id)
            deliveries = desk.deliveries.of_space(space_id, SHOWN)
        is_admin = space_id in actor.spaces
        return MessagePage(
            wanted=wanted or MessageSettings(language=current_language()),
            revision=revision,
            webhook_host=host_of(wanted.webhook_url if wanted else None),
            mail_works=self._carriers.mailer is not None,
            links_work=self._parts.public_url is not None,
            owner=space.settings.owner,
            deliveries=deliveries,
            suggested=actor.email if wanted is None and is_admin else "",
        )

    def save(
        self, actor: Actor, space_id: str, typed: TypedMessages, *, version: int
    ) -> MessageSettings:
        """What is chosen from now on.

        Raises InvalidFields, and Conflict where somebody else saved since `version`.
        """
        now = self._now()
        with self._store.write() as desk:
            space = get_space(desk, actor, Action.CHANGE_SETTINGS, space_id)
            desk.spaces.lock(space_id)
            present = desk.messages.revision(space_id)
            if present.version != version:
                raise out_of_date(present)
            before = desk.messages.settings(space_id)
            wanted = self._understand(typed, before)
            desk.messages.save(
                space_id,
                wanted,
                by=actor.email,
                now=now,
                digest_at=next_digest(now, space.time_zone) if wanted.digest else None,
            )
            differ = changes(before, wanted)
            record(desk, actor, Event.MESSAGES_CHANGED, space_id, now, changes=differ)
        return wanted

    def _understand(self, typed: TypedMessages, before: MessageSettings | None) -> MessageSettings:
        wanted, problems = understand(typed, before)
        if not problems and wanted.webhook_url and typed.webhook_url.strip():
            try:
                self._carriers.hook.check(wanted.webhook_url)
            except SetupError as error:
                problems = (FieldProblem(field="webhook_url", message=str(error)),)
        if problems:
            raise InvalidFields(*problems)
        return wanted

    # --- how they look ---------------------------------------------------------------------------

    def samples(self, actor: Actor, space_id: str, kind: str) -> list[Sample]:
        """A message of that kind with made-up values, as it would be sent: by mail, and to the
        webhook where it goes there. Raises NotFound for a kind that there is not."""
        with self._store.read() as desk:
            space = get_space(desk, actor, Action.SEE_SPACE, space_id)
            wanted = desk.messages.settings(space_id)
        _ensure_kind(kind)
        chosen = wanted or MessageSettings(language=current_language())
        return [self._sample(space, chosen, kind, channel) for channel in _channels(kind)]

    def _sample(
        self,
        space: Space,
        wanted: MessageSettings,
        kind: str,
        channel: Channel,
        *,
        as_test: bool = False,
    ) -> Sample:
        bodies = sample(
            self._carriers.writer,
            kind,
            space,
            channel,
            wanted.language,
            wanted.hook_format,
            self._now(),
            as_test=as_test,
        )
        return Sample(channel=channel, language=wanted.language, bodies=bodies)

    def send_test(self, actor: Actor, space_id: str, kind: str) -> int:
        """How many tests of that kind are on their way, to everybody who would get it.

        Raises Conflict where nobody would, or where there were many tests within an hour.
        """
        now = self._now()
        with self._store.write() as desk:
            space = get_space(desk, actor, Action.CHANGE_SETTINGS, space_id)
            _ensure_kind(kind)
            desk.spaces.lock(space_id)
            wanted = desk.messages.settings(space_id)
            tests = list(self._tests(space, wanted, kind)) if wanted else []
            if not tests:
                raise Conflict(
                    gettext("Nobody would get this message."),
                    hint=gettext("Save an address or a webhook first."),
                    kind="nobody",
                )
            self._ensure_few(desk, space_id, len(tests))
            made = desk.deliveries.add(tests, now=now)
            record(desk, actor, Event.MESSAGE_TESTED, space_id, now, subject=kind)
        return made

    def _tests(self, space: Space, wanted: MessageSettings, kind: str) -> "list[NewDelivery]":
        to = {Channel.EMAIL: wanted.emails, Channel.WEBHOOK: ("",) if wanted.webhook_url else ()}
        if kind not in OF_ADMINS:
            to = {Channel.EMAIL: (space.settings.owner,)}
        if self._carriers.mailer is None:
            to = to | {Channel.EMAIL: ()}
        return [
            NewDelivery(
                space_id=space.space_id,
                kind=MessageKind.TEST,
                key=f"test:{kind}:{self._now():%Y%m%dT%H%M%S%f}",
                channel=channel,
                recipient=recipient,
                bodies=self._sample(space, wanted, kind, channel, as_test=True).bodies,
            )
            for channel, recipients in to.items()
            for recipient in recipients
        ]

    def _ensure_few(self, desk: Desk, space_id: str, more: int) -> None:
        since = self._now() - timedelta(hours=1)
        if desk.deliveries.count(space_id, MessageKind.TEST, since=since) + more > TESTS_AN_HOUR:
            raise Conflict(
                gettext("Enough tests were sent within this hour."),
                hint=gettext("Try again later."),
                kind="too_many_tests",
            )


def _ensure_kind(kind: str) -> None:
    if kind not in KINDS:
        raise NotFound("There is no such message.")


def _channels(kind: str) -> tuple[Channel, ...]:
    return (Channel.EMAIL, Channel.WEBHOOK) if kind in OF_ADMINS else (Channel.EMAIL,)
