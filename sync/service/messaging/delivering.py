"""Sends the messages that are on their way, and tries again those that could not be sent.

At least once: a message is taken, sent, and then noted as sent. Whoever dies between the last two
leaves one that is sent again when his time is over; mails carry the same Message-ID then.
"""

from datetime import datetime
from typing import Final

import structlog

from sync.clock import Deadline
from sync.errors import IntegrationError, QuotaGone, SetupError, TryLater
from sync.metrics import ERRORS, MESSAGES
from sync.model.messages import Channel, Delivery
from sync.ports import Mailer, nobody_stops_us
from sync.rules.addresses import normalise
from sync.rules.delivering import LEASE, next_try
from sync.service.messaging.values import Carriers, Stop
from sync.service.values import Parts

log = structlog.get_logger(__name__)

MESSAGES_AT_ONCE: Final = 20
ROUND_SECONDS: Final = 3.0  # other errands wait meanwhile; the next round goes on


class Delivering:
    """The errand that sends messages."""

    def __init__(self, parts: Parts, carriers: Carriers) -> None:
        self._store = parts.store
        self._vendors = parts.vendors
        self._now = parts.now
        self._carriers = carriers

    def deliver(self, stop: Stop) -> int:
        """How many messages were sent. Raises TryLater where the database is away."""
        with self._store.read() as desk:
            due = desk.deliveries.due(self._now(), MESSAGES_AT_ONCE)
        sent, end = 0, Deadline(ROUND_SECONDS)
        for one in due:
            if stop() or not end.left():
                break
            with self._store.write() as desk:
                taken = desk.deliveries.take(one, until=self._now() + LEASE)
            if taken is None:
                continue  # somebody else has it
            sent += self._deliver(taken)
        return sent

    def _deliver(self, taken: Delivery) -> bool:
        """Whether the message was sent."""
        try:
            self._carry(taken)
        except IntegrationError as error:
            self._note_failure(taken, error)
            return False
        except Exception:  # a bug, in an errand that has to do with every space
            log.exception("message_met_a_bug", space=taken.space_id, channel=taken.channel.value)
            ERRORS.add("worker", "bug")
            self._note_failure(taken, TryLater("Something unexpected happened.", kind="bug"))
            return False
        with self._store.write() as desk:
            desk.deliveries.sent(taken, now=self._now())
        MESSAGES.add(taken.channel.value, "sent")
        log.info(
            "message_sent", space=taken.space_id, kind=taken.kind.value, channel=taken.channel.value
        )
        return True

    # --- carrying --------------------------------------------------------------------------------

    def _carry(self, one: Delivery) -> None:
        """Send it. Raises SetupError where trying again cannot help, else TryLater."""
        if one.bodies is None:
            raise SetupError("What it said is not kept any more.", kind="message_gone")
        if one.channel is Channel.EMAIL:
            recipient = self._address(one)
            self._mailer().send(recipient, one.bodies, name=f"{one.space_id}|{one.delivery_id}")
        else:
            self._carriers.hook.post(self._webhook(one), one.bodies.payload or {})

    def _mailer(self) -> Mailer:
        if self._carriers.mailer is None:
            raise TryLater("No mail server is set.", hint="Let the operator set SMTP_URL.")
        return self._carriers.mailer

    def _webhook(self, one: Delivery) -> str:
        with self._store.read() as desk:
            wanted = desk.messages.settings(one.space_id)
        if wanted is None or wanted.webhook_url is None:
            raise SetupError("There is no webhook any more.", kind="webhook_gone")
        return wanted.webhook_url

    def _address(self, one: Delivery) -> str:
        """Where the mail goes. An owner may be named by an id, whom Pipeliner knows the address
        of."""
        found = normalise(one.recipient)
        if found is None:
            with self._store.read() as desk:
                space = desk.spaces.get(one.space_id)
            pipeliner = self._vendors.connect(space, nobody_stops_us).pipeliner
            user = pipeliner.find_user(one.recipient)
            found = normalise(user.email) if user and user.active else None
        if found is None:
            raise SetupError(
                "The owner has no e-mail address that can be used.",
                hint="Name the owner by their e-mail address in the settings.",
                kind="owner_address",
            )
        return found

    # --- what came of it -------------------------------------------------------------------------

    def _note_failure(self, taken: Delivery, error: IntegrationError) -> None:
        now = self._now()
        again = self._when(taken, error, now)
        with self._store.write() as desk:
            desk.deliveries.failed(taken, str(error), next_try_at=again)
        MESSAGES.add(taken.channel.value, "given_up" if again is None else "put_off")
        log.warning(
            "message_not_sent",
            space=taken.space_id,
            kind=error.kind,
            channel=taken.channel.value,
            attempt=taken.attempts,
            problem=error.message,
            again_at=None if again is None else again.isoformat(),
        )

    def _when(self, taken: Delivery, error: IntegrationError, now: datetime) -> datetime | None:
        if not isinstance(error, TryLater):
            return None
        wanted = error.resume_at if isinstance(error, QuotaGone) else None
        return next_try(taken.attempts, created_at=taken.created_at, now=now, wanted=wanted)
