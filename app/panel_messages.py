"""What a panel has to say instead of a score, or beside it: what happened, and what to do.

They are for sales people: plain, calm, with a next step.
"""

from dataclasses import dataclass
from typing import Final

from sync.languages import lazy_gettext as _
from sync.panel.values import PanelState, TroubleKind


@dataclass(frozen=True, kw_only=True)
class Message:
    """What happened, and what to do about it."""

    title: str
    text: str
    step: str = ""


STATES: Final[dict[PanelState, Message]] = {
    PanelState.NO_SCORE_SHEET: Message(
        title=_("No score yet"),
        text=_("Act-On knows this person, but gives them no score."),
        step=_("Scores come from a score sheet in Act-On. Marketing can set one up."),
    ),
    PanelState.NOT_CREATED: Message(
        title=_("Not linked to Act-On"),
        text=_("The Act-On Integration did not create this Contact, so there is no score to show."),
        step=_("When this person’s score reaches your threshold, the nightly sync links them."),
    ),
    PanelState.NOT_IN_ACTON: Message(
        title=_("Not in Act-On"),
        text=_("Act-On has nobody with this email address."),
        step=_("Check the address on the Contact, or ask marketing to add this person to a list."),
    ),
}
FIND_STEP: Final = _("If you think Act-On knows this person, look for them by email address.")
LOOKED_FOR: Final = Message(
    title=_("Not found in Act-On"),
    text=_("Act-On has nobody with an email address of this Contact."),
    step=_("Check the address on the Contact, or ask marketing to add this person to a list."),
)
LINKED_NOW: Final = _("This person is linked to Act-On now.")

REFUSALS: Final[dict[str, Message]] = {
    "invalid": Message(
        title=_("This panel cannot be opened"),
        text=_("It opens from a Contact in Pipeliner, and this way in is not a valid one."),
        step=_("Go to the Contact in Pipeliner and open it again."),
    ),
    "expired": Message(
        title=_("This link is out of date"),
        text=_("For safety, the way into this panel expires after a while."),
        step=_("Open the record again. If that does not help, ask your admin to run the sync."),
    ),
    "session": Message(
        title=_("This panel has been open for a long time"),
        text=_("For safety, it has closed itself."),
        step=_("Open the record again to carry on."),
    ),
}

LAUNCH: Final = Message(
    title=_("This panel opens inside Pipeliner"),
    text=_(
        "It shows how interested a person is: their Act-On score, and what they opened, visited "
        "and filled in."
    ),
    step=_(
        "Open a Contact in Pipeliner and look for the Act-On Integration section. It needs "
        "JavaScript to be switched on."
    ),
)

BROKEN: Final = Message(
    title=_("Something went wrong on our side"),
    text=_("Nothing was lost."),
    step=_("Try again in a minute. If it stays, tell your admin."),
)
TOO_OFTEN: Final = Message(
    title=_("That was more often than this panel takes"),
    text=_("Nothing was lost."),
    step=_("Wait a minute, then open the record again."),
)
AWAY: Final = Message(
    title=_("Our records cannot be reached just now"),
    text=_("Nothing was lost, and nothing is wrong with this Contact."),
    step=_("Open it again in a few minutes. If that does not help, tell your admin."),
)
NOT_NOW: Final = _(
    "Nothing can be looked up just now. You see what was shown last; try again in a few minutes."
)
OUT_OF_REACH: Final = _("No connection just now. Check your network and try again.")


LAST_KNOWN: Final = _("You see the last known values.")
TROUBLES: Final = {
    TroubleKind.UNREACHABLE: Message(
        title=_("Act-On cannot be reached"),
        text=LAST_KNOWN,
        step=_("Try Refresh again in a few minutes."),
    ),
    TroubleKind.CREDENTIALS: Message(
        title=_("Act-On does not accept our log-in"),
        text=LAST_KNOWN,
        step=_("Ask your admin to connect Act-On again."),
    ),
    TroubleKind.PAUSED: Message(
        title=_("The integration is paused"),
        text=LAST_KNOWN,
        step=_("Ask your admin when it goes on."),
    ),
    TroubleKind.ATTENTION: Message(
        title=_("The integration needs your admin"),
        text=LAST_KNOWN,
        step=_("Ask your admin to open the Act-On Integration: it says there what to mend."),
    ),
    TroubleKind.QUOTA: Message(
        title=_("Today’s look-ups in Act-On are used up"),
        text=LAST_KNOWN,
        step=_("Live values are back tomorrow."),
    ),
    TroubleKind.BUSY: Message(
        title=_("Somebody is already refreshing this person"),
        text=LAST_KNOWN,
        step=_("Try Refresh again in a few seconds."),
    ),
    TroubleKind.OURSELVES: Message(
        title=_("This may be out of date"),
        text=_("Our records cannot be reached just now, so you see what was shown last."),
        step=_("Try Refresh in a few minutes."),
    ),
}
STEPS_WITH_TIME: Final = {
    TroubleKind.UNREACHABLE: _("It is expected again %(when)s."),
    TroubleKind.PAUSED: _("It is expected again %(when)s."),
    TroubleKind.QUOTA: _("Live values are back %(when)s."),
}
NOT_WRITTEN: Final = _("Pipeliner could not be told yet; the next sync does it.")
