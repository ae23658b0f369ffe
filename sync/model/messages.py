"""Messages about a space: what may be told, to whom, what was told, and what is on its way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sync.model.runs import Run
from sync.model.spaces import SpaceStatus


class Telling(StrEnum):
    """A condition of a space that is worth a message. The first four exclude each other: they are
    about how its work goes."""

    NEEDS_ATTENTION = "needs_attention"  # put aside until an admin acts
    FAILED = "failed"  # the last run failed
    PARTIAL = "partial"  # the last run fell short
    PAUSED = "paused"  # a run waits for the day's calls to begin anew
    GUARD_WAITING = "guard_waiting"  # new Leads wait for an approval
    UNUSUAL_VOLUME = "unusual_volume"  # a day made far more Leads than usual


class MessageKind(StrEnum):
    """What a message is about."""

    NEWS = "news"  # conditions that began or ended
    DIGEST = "digest"  # the week
    HOT_LEADS = "hot_leads"  # new Leads, for their owner
    TEST = "test"


class Channel(StrEnum):
    """How a message is sent."""

    EMAIL = "email"
    WEBHOOK = "webhook"


class HookFormat(StrEnum):
    """What a webhook takes."""

    TEXT = "text"  # {"text": …}: Slack, Mattermost, Rocket.Chat, Google Chat, programs
    CARD = "card"  # an adaptive card in a message: Microsoft Teams (workflows)


@dataclass(frozen=True, kw_only=True)
class MessageSettings:
    """What the admin of a space chose. The address of the webhook is a secret."""

    emails: tuple[str, ...] = ()
    webhook_url: str | None = field(default=None, repr=False)
    hook_format: HookFormat = HookFormat.TEXT
    tellings: frozenset[Telling] = frozenset(Telling)
    language: str = "en"
    digest: bool = True
    hot_leads: bool = False

    @property
    def reaches_nobody(self) -> bool:
        """Whether there is nobody to be told."""
        return not self.emails and self.webhook_url is None


@dataclass(frozen=True, kw_only=True)
class TypedMessages:
    """The settings of messages as they stand in a form. `webhook_url` empty: the one that is kept,
    unless `forget_webhook`."""

    emails: str = ""
    webhook_url: str = field(default="", repr=False)
    forget_webhook: bool = False
    hook_format: str = HookFormat.TEXT.value
    tellings: tuple[str, ...] = ()
    language: str = "en"
    digest: bool = False
    hot_leads: bool = False


@dataclass(frozen=True, kw_only=True)
class Told:
    """What is known of one condition: since when it holds, and whether people were told so.

    `well_since`: since when it holds no more, while it is not known yet whether that stays so.
    """

    since: datetime
    run_id: int | None = None
    was_told: bool = False
    well_since: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Situation:
    """How a space stands, as far as messages go by it.

    `last`: the latest run that came to an end by itself; `open_run`: the one that is open.
    `completed`: the latest run that went through its lists. `made`: new Leads of each of the days
    before its local date, of which `made_now` are.
    """

    status: SpaceStatus
    last: Run | None = None
    open_run: Run | None = None
    completed: Run | None = None
    made: Sequence[int] = ()
    made_now: int = 0


@dataclass(frozen=True, kw_only=True)
class News:
    """What of a space changed for people, in one message."""

    space_id: str
    space_name: str
    began: tuple[Telling, ...] = ()
    ended: tuple[Telling, ...] = ()
    run: Run | None = None  # that says why it began, or that all is well
    waiting: int = 0
    waiting_run_id: int | None = None
    made_now: int = 0
    usual: int = 0
    still: tuple[Telling, ...] = ()  # told before, and as they were


@dataclass(frozen=True, kw_only=True)
class HotLead:
    """A new Lead, as its owner is told of it."""

    name: str
    list_name: str
    score: int | None
    lead_id: str | None
    contact_id: str | None


@dataclass(frozen=True, kw_only=True)
class HotLeads:
    """New Leads of one owner. `total` may be more than there are in `leads`."""

    space_id: str
    space_name: str
    threshold: int
    leads: Sequence[HotLead]
    total: int
    run_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Week:
    """A week of a space in numbers. `hottest`: names and scores of its people."""

    space_id: str
    space_name: str
    begin: datetime
    end: datetime
    time_zone: str
    status: SpaceStatus = SpaceStatus.RUNNING
    runs: int = 0
    runs_failed: int = 0
    runs_partial: int = 0
    leads_created: int = 0
    contacts_created: int = 0
    scores_updated: int = 0
    rows_failed: int = 0
    waiting: int = 0
    acton_calls: int = 0
    pipeliner_calls: int = 0
    hottest: Sequence[tuple[str, int]] = ()


@dataclass(frozen=True, kw_only=True)
class Line:
    """A paragraph of a message, with a link behind it where there is one."""

    text: str
    url: str = ""
    label: str = ""


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A message in words, for one channel. `footer`: why one gets it."""

    subject: str
    lines: tuple[Line, ...]
    footer: tuple[Line, ...] = ()
    language: str = "en"


@dataclass(frozen=True, kw_only=True)
class Bodies:
    """A message as it is sent: for e-mail text and HTML, for webhooks the JSON."""

    subject: str
    text: str
    html: str = ""
    payload: Mapping[str, object] | None = None


class DeliveryState(StrEnum):
    """How far a message is."""

    WAITING = "waiting"  # to be sent, or sent again
    SENT = "sent"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, kw_only=True)
class NewDelivery:
    """A message to one recipient. Of the same key, channel and recipient there is one only.

    `recipient`: an address; for the owner of Leads the owner as the settings name them; empty for
    the webhook, whose address is taken from the settings when it is sent.
    """

    space_id: str
    kind: MessageKind
    key: str
    channel: Channel
    recipient: str
    bodies: Bodies


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """How a message to one recipient stands. `bodies` None: they are not kept once it is sent."""

    delivery_id: int
    space_id: str
    kind: MessageKind
    key: str
    channel: Channel
    recipient: str
    subject: str
    state: DeliveryState
    created_at: datetime
    attempts: int = 0
    next_try_at: datetime | None = None
    sent_at: datetime | None = None
    problem: str = ""
    bodies: Bodies | None = field(default=None, repr=False)
