"""The audit trail: who did what, when, and what changed. It never holds a secret."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Event(StrEnum):
    """What the audit trail knows of."""

    SIGNED_UP = "signed_up"
    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGNED_OUT_EVERYWHERE = "signed_out_everywhere"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a name
    IDENTITY_LINKED = "identity_linked"
    OPERATOR_CREATED = "operator_created"
    ACCOUNT_DISABLED = "account_disabled"
    ACCOUNT_ENABLED = "account_enabled"
    SESSIONS_REVOKED = "sessions_revoked"
    SPACE_CLAIMED = "space_claimed"
    SPACE_JOINED = "space_joined"
    SPACE_LEFT = "space_left"
    SPACE_IMPORTED = "space_imported"
    SETTINGS_CHANGED = "settings_changed"
    CREDENTIALS_CHANGED = "credentials_changed"
    ACTON_CONNECTED = "acton_connected"
    ACTON_DISCONNECTED = "acton_disconnected"
    FIELDS_PROVISIONED = "fields_provisioned"
    ACTIVATION_FINISHED = "activation_finished"
    APPROVED = "approved"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    NEEDS_ATTENTION = "needs_attention"
    PAUSED = "paused"
    DEACTIVATED = "deactivated"
    PANEL_KEYS_ROTATED = "panel_keys_rotated"
    WEBHOOK_SIGNATURE_ROTATED = "webhook_signature_rotated"
    LAUNCH_KEY_CHANGED = "launch_key_changed"
    MESSAGES_CHANGED = "messages_changed"
    MESSAGE_TESTED = "message_tested"
    RUN_STARTED = "run_started"
    RUN_CANCELLED = "run_cancelled"
    CREATES_APPROVED = "creates_approved"
    TOMBSTONE_LIFTED = "tombstone_lifted"
    PERSON_EXPORTED = "person_exported"
    PERSON_ERASED = "person_erased"
    SPACE_ERASED = "space_erased"
    WEBHOOKS_CHANGED = "webhooks_changed"


@dataclass(frozen=True, kw_only=True)
class Change:
    """What one field was and is now, as text; of a secret only that it changed."""

    field: str
    old: str
    new: str


@dataclass(frozen=True, kw_only=True)
class NewEntry:
    """An entry to be written down."""

    event: Event
    space_id: str | None = None
    subject: str = ""  # the run, account or record that it was done to
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, kw_only=True)
class AuditEntry:
    """An entry of the trail."""

    entry_id: int
    at: datetime
    account_id: int | None
    actor: str
    event: Event
    space_id: str | None
    subject: str
    changes: tuple[Change, ...]
