"""What Act-On reports by itself: webhooks, how they are signed, and what becomes of each."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class WebhookKind(StrEnum):
    """What a webhook reports of a person."""

    CROSSING = "crossing"  # the score surpassed a threshold that was set in Act-On
    UPDATED = "updated"
    OPTED_OUT = "opted_out"
    OPTED_IN = "opted_in"
    HARD_BOUNCE = "hard_bounce"
    SOFT_BOUNCE = "soft_bounce"
    SPAM = "spam"
    TEST = "test"
    OTHER = "other"  # an event of Act-On's that is nothing to us
    UNKNOWN = "unknown"  # none of the forms that we understand


class WebhookState(StrEnum):
    """Where a webhook stands."""

    WAITING = "waiting"  # for a hand-off run
    TAKEN = "taken"  # a hand-off run looks at the person
    DONE = "done"
    LEFT = "left"  # to the daily run: hand-offs failed too often
    KEPT = "kept"  # nothing is to be done; kept to be looked at


class SignatureScheme(StrEnum):
    """How a webhook proves where it comes from."""

    SVIX = "svix"  # id, instant and signature in three headers
    PLAIN = "plain"  # the HMAC-SHA256 of the body in one header


@dataclass(frozen=True, kw_only=True)
class WebhookKey:
    """What proves the webhooks of a space. `header` counts for plain signatures only."""

    scheme: SignatureScheme
    secret: str = field(repr=False)
    header: str = ""


@dataclass(frozen=True, kw_only=True)
class WebhookSetUp:
    """How the webhooks of a space are set up, without the secret. `scheme` None: not at all."""

    address: str | None
    scheme: SignatureScheme | None = None
    header: str = ""
    saved_at: datetime | None = None
    saved_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class Report:
    """One thing that a webhook reports. `address` None: it names nobody."""

    kind: WebhookKind
    address: str | None = None
    score: int | None = None
    name: str = ""  # what Act-On calls the event, as far as it says


@dataclass(frozen=True, kw_only=True)
class NewWebhook:
    """A webhook that came in and was proven. `body` None: nobody needs to look at it."""

    message_id: str
    report: Report
    person: str | None
    state: WebhookState
    body: str | None = None


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """A webhook that came in, as it stands."""

    webhook_id: int
    kind: WebhookKind
    name: str
    address: str | None
    score: int | None
    state: WebhookState
    received_at: datetime
    run_id: int | None = None
    attempts: int = 0
    body: str | None = None
