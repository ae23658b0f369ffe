"""From something to tell to messages for each recipient."""

from collections.abc import Callable, Iterator

from sync.messages import shape
from sync.model.messages import (
    Channel,
    HotLeads,
    Letter,
    MessageKind,
    MessageSettings,
    NewDelivery,
)
from sync.service.messaging.values import Carriers

Write = Callable[[Channel, str], Letter]  # (channel, language) → the letter


def for_everybody(
    space_id: str,
    wanted: MessageSettings,
    carriers: Carriers,
    write: Write,
    *,
    kind: MessageKind,
    key: str,
) -> Iterator[NewDelivery]:
    """The message for each address and for the webhook; by mail only where there is a server."""
    if wanted.emails and carriers.mailer is not None:
        bodies = shape(write(Channel.EMAIL, wanted.language), Channel.EMAIL)
        for address in wanted.emails:
            yield NewDelivery(
                space_id=space_id,
                kind=kind,
                key=key,
                channel=Channel.EMAIL,
                recipient=address,
                bodies=bodies,
            )
    if wanted.webhook_url is not None:
        letter = write(Channel.WEBHOOK, wanted.language)
        yield NewDelivery(
            space_id=space_id,
            kind=kind,
            key=key,
            channel=Channel.WEBHOOK,
            recipient="",
            bodies=shape(letter, Channel.WEBHOOK, wanted.hook_format),
        )


def for_owner(
    hot: HotLeads, wanted: MessageSettings, carriers: Carriers, *, owner: str, key: str
) -> NewDelivery:
    """The message about new Leads for whoever owns them, an address or an id in Pipeliner."""
    letter = carriers.writer.hot_leads(hot, wanted.language)
    return NewDelivery(
        space_id=hot.space_id,
        kind=MessageKind.HOT_LEADS,
        key=key,
        channel=Channel.EMAIL,
        recipient=owner,
        bodies=shape(letter, Channel.EMAIL),
    )
