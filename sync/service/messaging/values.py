"""What the services of messages are given, and what they hand over."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sync.messages import Writer
from sync.model import Revision
from sync.model.messages import Bodies, Channel, Delivery, MessageSettings
from sync.ports import Hook, Mailer

Stop: TypeAlias = Callable[[], bool]


@dataclass(frozen=True, kw_only=True)
class Carriers:
    """Who writes and carries messages. `mailer` None: the operator set no mail server."""

    writer: Writer
    hook: Hook
    mailer: Mailer | None = None


@dataclass(frozen=True, kw_only=True)
class MessagePage:
    """What the page of messages shows. Of the webhook's address only the host.

    `owner`: who gets the messages about new Leads, as the settings of the space name them.
    """

    wanted: MessageSettings
    revision: Revision
    webhook_host: str
    mail_works: bool
    links_work: bool
    owner: str
    deliveries: Sequence[Delivery]
    suggested: str = ""  # an address to begin with, where nothing was saved yet


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A message as it would be sent over a channel."""

    channel: Channel
    language: str
    bodies: Bodies
