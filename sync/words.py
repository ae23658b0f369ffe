"""The machine's words in plain ones: why a row got no Lead, where a run stands, what was counted.

One place, so that the command line and the pages say the same. Sentences address the admin of a
space, not a programmer.
"""

from typing import Final

from sync.languages import lazy_gettext as _
from sync.model import (
    FailReason,
    LimitReason,
    Result,
    RunStatus,
    ScoreSource,
    SkipReason,
    SpaceStatus,
    Trigger,
)

REASONS: Final[dict[str, str]] = {
    SkipReason.BELOW_THRESHOLD: _("The score is below the threshold."),
    SkipReason.NO_SCORE: _("Act-On has no score for this address."),
    SkipReason.NO_ADDRESS: _("The row has no usable e-mail address."),
    SkipReason.DUPLICATE_IN_LIST: _("The same address stands further up in the same list."),
    SkipReason.EXISTING_LEAD: _("An open Lead with this address exists already, made by hand."),
    SkipReason.DELETED_IN_CRM: _("The Lead or Contact was deleted in Pipeliner on purpose."),
    SkipReason.WAITING_FOR_APPROVAL: _(
        "More Leads than the volume guard allows; waits for approval."
    ),
    SkipReason.OPTED_OUT: _("The person opted out in Act-On."),
    SkipReason.ERASED: _("The person was erased on request; nothing is kept about this row."),
    FailReason.REFUSED_BY_PIPELINER: _("Pipeliner refused the record."),
    FailReason.CONTACT_FAILED: _("The Contact could not be created, so neither could the Lead."),
    FailReason.NOT_REACHED: _("The run ended before it was this row's turn."),
    FailReason.SCORE_UNREADABLE: _("Act-On gave no usable answer about this person's score."),
}

RESULTS: Final[dict[Result, str]] = {
    Result.CREATED: _("A Lead was created."),
    Result.UPDATED: _("Linked already; the score was written."),
    Result.UNCHANGED: _("Linked already; nothing to write."),
    Result.SKIPPED: _("Skipped."),
    Result.FAILED: _("Failed."),
}

PROSPECTS: Final[dict[Result, str]] = {
    Result.CREATED: _("A Lead would be created."),
    Result.UPDATED: _("Linked already; the score would be written."),
    Result.UNCHANGED: _("Linked already; nothing to write."),
    Result.SKIPPED: _("Would be skipped."),
    Result.FAILED: _("Would fail."),
}

RUN_STATUSES: Final[dict[RunStatus, str]] = {
    RunStatus.QUEUED: _("waits for a worker"),
    RunStatus.RUNNING: _("is under way"),
    RunStatus.PAUSED: _("is paused and continues by itself"),
    RunStatus.SUCCEEDED: _("succeeded"),
    RunStatus.PARTIAL: _("finished, but fell short in part"),
    RunStatus.FAILED: _("failed"),
    RunStatus.CANCELLED: _("was cancelled"),
}

SPACE_STATUSES: Final[dict[SpaceStatus, str]] = {
    SpaceStatus.REQUESTED: _("activation begun, settings not complete"),
    SpaceStatus.PENDING: _("waits for the operator's approval"),
    SpaceStatus.RUNNING: _("synced once a day"),
    SpaceStatus.SUSPENDED: _("suspended"),
    SpaceStatus.PAUSED: _("paused by its admin"),
    SpaceStatus.INACTIVE: _("deactivated; what is known is kept"),
    SpaceStatus.NEEDS_ATTENTION: _("needs the admin's attention"),
}

SCORE_SOURCES: Final[dict[ScoreSource, str]] = {
    ScoreSource.LIST_COLUMN: _("a column of the list"),
    ScoreSource.ALL_CONTACTS: _("All Contacts"),
    ScoreSource.FACTS: _("each person's own record"),
}

LIMIT_REASONS: Final[dict[LimitReason, str]] = {
    LimitReason.OWN: _("That is the volume guard in the settings."),
    LimitReason.FIRST_RUNS: _(
        "The space is new: that is what the preview at its activation showed, "
        "plus a tenth, or 50 without a preview."
    ),
    LimitReason.USUAL: _(
        "That is five times what its runs usually create (the median of the last "
        "30 days), and never less than 50."
    ),
    LimitReason.APPROVED: _("That is what was approved last, plus a tenth."),
}

ERROR_HINTS: Final[dict[str, str]] = {
    FailReason.REFUSED_BY_PIPELINER: _(
        "Mend what Pipeliner names, there or in Act-On, then retry."
    ),
    FailReason.CONTACT_FAILED: _("See why the Contact was refused, mend that, then retry."),
    FailReason.NOT_REACHED: _("Retry; the next run takes these rows up as well."),
    FailReason.SCORE_UNREADABLE: _("Retry later; if it stays so, please report it."),
}

TRIGGERS: Final[dict[Trigger, str]] = {
    Trigger.DAILY: _("daily"),
    Trigger.MANUAL: _("by hand"),
    Trigger.WEBHOOK: _("by webhook"),
}


def explain(result: Result | str, reason: str | None = None) -> str:
    """A row's outcome as a sentence; the reason tells more than the result where there is one."""
    return _reason(reason) if reason else RESULTS[Result(result)]


def foresee(result: Result | str, reason: str | None = None) -> str:
    """As `explain`, for what a run would do."""
    return _reason(reason) if reason else PROSPECTS[Result(result)]


def _reason(reason: str) -> str:
    return REASONS.get(reason, reason.replace("_", " ").capitalize() + ".")
