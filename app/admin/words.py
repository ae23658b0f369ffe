"""The words of the pages for admins and operators. Plain, calm, with a next step.

What command line and pages say alike stands in `sync.words`.
"""

from dataclasses import dataclass
from typing import Final

from sync.model import Event, Health, ItemState, Result, RunStatus, SpaceStatus, TombstoneKind
from sync.words import LIMIT_REASONS, REASONS, SCORE_SOURCES, TRIGGERS, explain

__all__ = ["LIMIT_REASONS", "REASONS", "SCORE_SOURCES", "TRIGGERS", "explain"]


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked before something grave is done, and the button that does it."""

    title: str
    text: tuple[str, ...]
    button: str
    danger: bool = True
    field: str = ""  # one thing to type, with its label
    label: str = ""
    hint: str = ""
    required: bool = False


# Words and the tone of the pill, by state. The words also stand alone: colour is never all.
HEALTH: Final[dict[Health, tuple[str, str]]] = {
    Health.WELL: ("Well", "good"),
    Health.WORKING: ("Working", "busy"),
    Health.FELL_SHORT: ("Fell short", "warn"),
    Health.BROKEN: ("Broken", "stop"),
    Health.IDLE: ("Not synced", ""),
    Health.NEW: ("No run yet", "busy"),
}
RUNS: Final[dict[RunStatus, tuple[str, str]]] = {
    RunStatus.QUEUED: ("Waiting", "busy"),
    RunStatus.RUNNING: ("Running", "busy"),
    RunStatus.PAUSED: ("Paused", "warn"),
    RunStatus.SUCCEEDED: ("Succeeded", "good"),
    RunStatus.PARTIAL: ("Fell short", "warn"),
    RunStatus.FAILED: ("Failed", "stop"),
    RunStatus.CANCELLED: ("Cancelled", ""),
}
SPACES: Final[dict[SpaceStatus, tuple[str, str]]] = {
    SpaceStatus.REQUESTED: ("Being set up", ""),
    SpaceStatus.PENDING: ("Waiting for approval", "warn"),
    SpaceStatus.RUNNING: ("Running", "good"),
    SpaceStatus.SUSPENDED: ("Suspended", "stop"),
    SpaceStatus.PAUSED: ("Paused", "warn"),
    SpaceStatus.INACTIVE: ("Deactivated", ""),
    SpaceStatus.NEEDS_ATTENTION: ("Needs attention", "stop"),
}
RESULTS: Final[dict[Result, tuple[str, str]]] = {
    Result.CREATED: ("Created", "good"),
    Result.UPDATED: ("Updated", "busy"),
    Result.UNCHANGED: ("Unchanged", ""),
    Result.SKIPPED: ("Skipped", ""),
    Result.FAILED: ("Failed", "stop"),
}
LISTS: Final[dict[str, tuple[str, str]]] = {
    "pending": ("Not finished", "warn"),
    "read": ("Read", "good"),
    "failed": ("Not read", "stop"),
}
CHECKLIST: Final[dict[ItemState, tuple[str, str]]] = {
    ItemState.DONE: ("Done", "good"),
    ItemState.MISSING: ("Missing", "stop"),
    ItemState.DRIFTED: ("Changed", "warn"),
    ItemState.UNKNOWN: ("Please look", ""),
}
TOMBSTONES: Final[dict[TombstoneKind, str]] = {
    TombstoneKind.LEAD: "Lead",
    TombstoneKind.CONTACT: "Contact",
}

EVENTS: Final[dict[Event, str]] = {
    Event.SIGNED_UP: "made an account",
    Event.SIGNED_IN: "signed in",
    Event.SIGN_IN_FAILED: "failed to sign in",
    Event.SIGNED_OUT_EVERYWHERE: "signed out everywhere",
    Event.PASSWORD_CHANGED: "changed the password",
    Event.IDENTITY_LINKED: "linked an identity",
    Event.OPERATOR_CREATED: "made an operator",
    Event.ACCOUNT_DISABLED: "disabled an account",
    Event.ACCOUNT_ENABLED: "enabled an account",
    Event.SESSIONS_REVOKED: "revoked sessions",
    Event.SPACE_CLAIMED: "connected the space",
    Event.SPACE_JOINED: "joined as an admin",
    Event.SPACE_LEFT: "left",
    Event.SPACE_IMPORTED: "imported the space from a file",
    Event.SETTINGS_CHANGED: "changed settings",
    Event.CREDENTIALS_CHANGED: "changed credentials",
    Event.ACTON_CONNECTED: "connected Act-On",
    Event.ACTON_DISCONNECTED: "disconnected Act-On",
    Event.FIELDS_PROVISIONED: "set up fields and panel in Pipeliner",
    Event.ACTIVATION_FINISHED: "finished the activation",
    Event.APPROVED: "approved the space",
    Event.SUSPENDED: "suspended the space",
    Event.RESUMED: "resumed the space",
    Event.NEEDS_ATTENTION: "put the space aside: it needs attention",
    Event.PAUSED: "paused the space",
    Event.DEACTIVATED: "deactivated the space",
    Event.PANEL_KEYS_ROTATED: "rotated the panel keys",
    Event.WEBHOOK_SIGNATURE_ROTATED: "rotated the signature of webhooks",
    Event.LAUNCH_KEY_CHANGED: "changed the launch key",
    Event.RUN_STARTED: "started a run",
    Event.RUN_CANCELLED: "cancelled a run",
    Event.CREATES_APPROVED: "approved the new Leads of a run",
    Event.TOMBSTONE_LIFTED: "lifted a block",
    Event.PERSON_EXPORTED: "exported a person",
    Event.PERSON_ERASED: "erased a person",
    Event.SPACE_ERASED: "erased a space",
}
ABOUT_RUNS: Final = (Event.RUN_STARTED, Event.RUN_CANCELLED, Event.CREATES_APPROVED)

FIELDS: Final[dict[str, str]] = {
    "name": "Name",
    "time_zone": "Time zone",
    "status": "State",
    "reason": "Reason",
    "new_leads": "New Leads",
    "pipeliner.service_url": "Service URL",
    "pipeliner.username": "Pipeliner user name",
    "pipeliner.password": "Pipeliner password",
    "acton.base_url": "Act-On address",
    "acton.account_id": "Act-On account",
    "acton.marketing_domain_url": "Marketing domain",
    "acton.username": "Act-On user name",
    "acton.password": "Act-On password",
    "acton.access": "Access to Act-On",
    "settings.threshold": "Score to reach",
    "settings.sync_time": "Sync time",
    "settings.owner": "Owner",
    "settings.authentication_name": "Name of the connection",
    "settings.lists": "Lists",
    "settings.score_source": "Score source",
    "settings.score_column": "Score column",
    "settings.score_columns": "Score columns of lists",
    "settings.column_map": "Columns",
    "settings.existing_lead": "Leads made by hand",
    "settings.rename_leads": "Leads of renamed lists",
    "settings.daily_call_budget": "Act-On calls a day",
    "settings.volume_guard": "Volume guard",
    "settings.lead_type_id": "Lead type",
    "settings.step_id": "Step",
    "settings.unit_id": "Sales unit",
}


def field(name: str) -> str:
    """A field of the audit trail, as people call it."""
    return FIELDS.get(name, name)


def state(text: str) -> str:
    """A state as the audit trail writes it, in words."""
    return SPACES[SpaceStatus(text)][0] if text in list(SpaceStatus) else text
