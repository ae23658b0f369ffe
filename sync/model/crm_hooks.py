"""What Pipeliner tells us by itself: webhooks, and which records changed."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sync.model.pipeliner import Entity


class ChangeKind(StrEnum):
    """What a webhook says has happened. It is only a hint: the record is asked for anew."""

    CREATED = "created"
    CHANGED = "changed"
    DELETED = "deleted"


@dataclass(frozen=True, kw_only=True)
class CrmChange:
    """A record that changed. Nothing but its id is taken from what was sent."""

    entity: Entity
    record_id: str
    kind: ChangeKind


@dataclass(frozen=True, kw_only=True)
class WaitingChange:
    """A change that waits to be followed. `times`: how often it was told, which grows."""

    entity: Entity
    record_id: str
    times: int


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """A registration as Pipeliner lists it; `signature` None where it does not tell."""

    webhook_id: str
    url: str
    events: tuple[str, ...]
    skip_keys: tuple[str, ...]
    insecure_ssl: bool
    signature: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class HookDraft:
    """A registration as we want it."""

    url: str
    signature: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class HookState:
    """What we hold of a space's registration. `webhook_id` None: it is not made yet.

    `pending`: Pipeliner has not been told the present signature yet.
    """

    signature: str = field(repr=False)
    webhook_id: str | None
    pending: bool = False


@dataclass(frozen=True, kw_only=True)
class HookNews:
    """What came in of late. `stopped`: Pipeliner refused our key, so nobody is asked."""

    last_at: datetime | None = None
    waiting: int = 0
    reads_all: bool = False  # so many changed that everything changed is read
    stopped: bool = False
