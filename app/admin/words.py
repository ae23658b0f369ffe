"""The words of the pages for admins and operators. Plain, calm, with a next step.

What command line and pages say alike stands in `sync.words`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from app.filters import Viewer
from sync.languages import gettext, ngettext, pgettext
from sync.languages import lazy_gettext as _
from sync.model import (
    Counts,
    Event,
    Health,
    ItemState,
    Result,
    RunStatus,
    ScoreSource,
    SpaceStatus,
    TombstoneKind,
    Trigger,
)
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
    Health.WELL: (_("Well"), "good"),
    Health.WORKING: (_("Working"), "busy"),
    Health.FELL_SHORT: (_("Fell short"), "warn"),
    Health.BROKEN: (_("Broken"), "stop"),
    Health.IDLE: (_("Not synced"), ""),
    Health.NEW: (_("No run yet"), "busy"),
}
RUNS: Final[dict[RunStatus, tuple[str, str]]] = {
    RunStatus.QUEUED: (_("Waiting"), "busy"),
    RunStatus.RUNNING: (_("Running"), "busy"),
    RunStatus.PAUSED: (_("Paused"), "warn"),
    RunStatus.SUCCEEDED: (_("Succeeded"), "good"),
    RunStatus.PARTIAL: (_("Fell short"), "warn"),
    RunStatus.FAILED: (_("Failed"), "stop"),
    RunStatus.CANCELLED: (_("Cancelled"), ""),
}
SPACES: Final[dict[SpaceStatus, tuple[str, str]]] = {
    SpaceStatus.REQUESTED: (_("Being set up"), ""),
    SpaceStatus.PENDING: (_("Waiting for approval"), "warn"),
    SpaceStatus.RUNNING: (_("Running"), "good"),
    SpaceStatus.SUSPENDED: (_("Suspended"), "stop"),
    SpaceStatus.PAUSED: (_("Paused"), "warn"),
    SpaceStatus.INACTIVE: (_("Deactivated"), ""),
    SpaceStatus.NEEDS_ATTENTION: (_("Needs attention"), "stop"),
}
RESULTS: Final[dict[Result, tuple[str, str]]] = {
    Result.CREATED: (_("Created"), "good"),
    Result.UPDATED: (_("Updated"), "busy"),
    Result.UNCHANGED: (_("Unchanged"), ""),
    Result.SKIPPED: (_("Skipped"), ""),
    Result.FAILED: (_("Failed"), "stop"),
}
LISTS: Final[dict[str, tuple[str, str]]] = {
    "pending": (_("Not finished"), "warn"),
    "read": (_("Read"), "good"),
    "failed": (_("Not read"), "stop"),
}
CHECKLIST: Final[dict[ItemState, tuple[str, str]]] = {
    ItemState.DONE: (_("Done"), "good"),
    ItemState.MISSING: (_("Missing"), "stop"),
    ItemState.DRIFTED: (_("Changed"), "warn"),
    ItemState.UNKNOWN: (_("Please look"), ""),
}
TOMBSTONES: Final[dict[TombstoneKind, str]] = {
    TombstoneKind.LEAD: _("Lead"),
    TombstoneKind.CONTACT: _("Contact"),
}

EVENTS: Final[dict[Event, str]] = {
    Event.SIGNED_UP: _("made an account"),
    Event.SIGNED_IN: _("signed in"),
    Event.SIGN_IN_FAILED: _("failed to sign in"),
    Event.SIGNED_OUT_EVERYWHERE: _("signed out everywhere"),
    Event.PASSWORD_CHANGED: _("changed the password"),
    Event.IDENTITY_LINKED: _("linked an identity"),
    Event.OPERATOR_CREATED: _("made an operator"),
    Event.ACCOUNT_DISABLED: _("disabled an account"),
    Event.ACCOUNT_ENABLED: _("enabled an account"),
    Event.SESSIONS_REVOKED: _("revoked sessions"),
    Event.SPACE_CLAIMED: _("connected the space"),
    Event.SPACE_JOINED: _("joined as an admin"),
    Event.SPACE_LEFT: _("left"),
    Event.SPACE_IMPORTED: _("imported the space from a file"),
    Event.SETTINGS_CHANGED: _("changed settings"),
    Event.CREDENTIALS_CHANGED: _("changed credentials"),
    Event.ACTON_CONNECTED: _("connected Act-On"),
    Event.ACTON_DISCONNECTED: _("disconnected Act-On"),
    Event.FIELDS_PROVISIONED: _("set up fields and panel in Pipeliner"),
    Event.ACTIVATION_FINISHED: _("finished the activation"),
    Event.APPROVED: _("approved the space"),
    Event.SUSPENDED: _("suspended the space"),
    Event.RESUMED: _("resumed the space"),
    Event.NEEDS_ATTENTION: _("put the space aside: it needs attention"),
    Event.PAUSED: _("paused the space"),
    Event.DEACTIVATED: _("deactivated the space"),
    Event.PANEL_KEYS_ROTATED: _("rotated the panel keys"),
    Event.WEBHOOK_SIGNATURE_ROTATED: _("rotated the signature of webhooks"),
    Event.LAUNCH_KEY_CHANGED: _("changed the launch key"),
    Event.MESSAGES_CHANGED: _("changed who is told what"),
    Event.MESSAGE_TESTED: _("sent a test message"),
    Event.RUN_STARTED: _("started a run"),
    Event.RUN_CANCELLED: _("cancelled a run"),
    Event.CREATES_APPROVED: _("approved the new Leads of a run"),
    Event.WEBHOOKS_CHANGED: _("changed the webhooks of Act-On"),
    Event.TOMBSTONE_LIFTED: _("lifted a block"),
    Event.PERSON_EXPORTED: _("exported a person"),
    Event.PERSON_ERASED: _("erased a person"),
    Event.SPACE_ERASED: _("erased a space"),
}
ABOUT_RUNS: Final = (Event.RUN_STARTED, Event.RUN_CANCELLED, Event.CREATES_APPROVED)

FIELDS: Final[dict[str, str]] = {
    "name": _("Name"),
    "time_zone": _("Time zone"),
    "status": _("State"),
    "reason": _("Reason"),
    "new_leads": _("New Leads"),
    "pipeliner.service_url": _("Service URL"),
    "pipeliner.username": _("Pipeliner user name"),
    "pipeliner.password": _("Pipeliner password"),
    "acton.base_url": _("Act-On address"),
    "acton.account_id": _("Act-On account"),
    "acton.marketing_domain_url": _("Marketing domain"),
    "acton.username": _("Act-On user name"),
    "acton.password": _("Act-On password"),
    "acton.access": _("Access to Act-On"),
    "settings.threshold": _("Score to reach"),
    "settings.sync_time": _("Sync time"),
    "settings.owner": _("Owner"),
    "settings.authentication_name": _("Name of the connection"),
    "settings.lists": _("Lists"),
    "settings.score_source": _("Score source"),
    "settings.score_column": _("Score column"),
    "settings.score_columns": _("Score columns of lists"),
    "settings.column_map": _("Columns"),
    "settings.existing_lead": _("Leads made by hand"),
    "settings.rename_leads": _("Leads of renamed lists"),
    "settings.skip_opted_out": _("No Leads for who opted out"),
    "webhooks.scheme": _("How webhooks are signed"),
    "webhooks.header": _("Header of the signature"),
    "webhooks.secret": _("Signing secret of webhooks"),
    "settings.daily_call_budget": _("Act-On calls a day"),
    "settings.volume_guard": _("Volume guard"),
    "settings.lead_type_id": _("Lead type"),
    "settings.step_id": _("Step"),
    "settings.unit_id": _("Sales unit"),
    "messages.emails": _("Recipients"),
    "messages.webhook": _("Webhook"),
    "messages.hook_format": _("Format of the webhook"),
    "messages.tellings": _("Messages"),
    "messages.language": _("Language of messages"),
    "messages.digest": _("Weekly digest"),
    "messages.hot_leads": _("New Leads to their owner"),
}


PARTS: Final[dict[str, str]] = {
    "created": _("created"),
    "updated": _("updated"),
    "unchanged": _("unchanged"),
    "skipped": _("skipped"),
    "failed": _("failed"),
}
# As they begin a line.
SOURCES: Final[dict[ScoreSource, str]] = {
    ScoreSource.LIST_COLUMN: _("A column of the list"),
    ScoreSource.ALL_CONTACTS: _("All Contacts"),
    ScoreSource.FACTS: _("Each person's own record"),
}
STARTED: Final[dict[Trigger, str]] = {
    Trigger.DAILY: _("Daily"),
    Trigger.MANUAL: _("By hand"),
}


def rows_told(counts: Counts, viewer: Viewer) -> str:
    """What came of a run's rows: "120 rows: 3 created, 1 failed"."""
    parts = {
        "created": counts.created,
        "updated": counts.updated,
        "failed": sum(counts.failed.values()),
    }
    told = [f"{viewer.number(number)} {PARTS[name]}" for name, number in parts.items() if number]
    rows = ngettext("%(num)s row", "%(num)s rows", counts.rows, num=viewer.number(counts.rows))
    what = ", ".join(told) or gettext("nothing to do")
    return gettext("%(rows)s: %(what)s", rows=rows, what=what)


def lists_read(include: Collection[str] | None, exclude: Collection[str]) -> str:
    """Which lists take part: "All, without 2"."""
    if include is None:
        chosen = pgettext("lists", "All")
    else:
        chosen = ngettext("%(num)s chosen", "%(num)s chosen", len(include))
    if not exclude:
        return chosen
    return gettext("%(chosen)s, without %(left)s", chosen=chosen, left=len(exclude))


def lower_state(status: SpaceStatus) -> str:
    """A space's state as it stands within a sentence."""
    label = str(SPACES[status][0])
    return label[:1].lower() + label[1:]


def field(name: str) -> str:
    """A field of the audit trail, as people call it."""
    return FIELDS.get(name, name)


def state(text: str) -> str:
    """A state as the audit trail writes it, in words."""
    return SPACES[SpaceStatus(text)][0] if text in list(SpaceStatus) else text
