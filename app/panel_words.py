"""The panel's words, in one place. They are for sales people: plain, calm, with a next step."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from app.filters import Viewer
from sync.model import Standing, Tab
from sync.panel.values import (
    Change,
    PanelState,
    PanelView,
    Refreshed,
    StreamView,
    Trouble,
    TroubleKind,
)

EVENING: Final = timedelta(hours=4)
SCORING: Final = "scoring"  # a tab of the page that is none of the stream
LABELS: Final[dict[str, str]] = {
    Tab.ALL: "All",
    Tab.EMAIL: "Email",
    Tab.WEB: "Web",
    Tab.FORMS: "Forms",
    Tab.MEDIA: "Media",
    Tab.EVENTS: "Events",
    SCORING: "Scoring",
}
RANGES: Final[dict[int | None, tuple[str, str]]] = {
    7: ("7 d", "Last 7 days"),
    30: ("30 d", "Last 30 days"),
    90: ("90 d", "Last 90 days"),
    None: ("All", "All time"),
}
STANDINGS: Final[dict[Standing, str]] = {
    Standing.OPTED_OUT: "Opted out of email",
    Standing.BOUNCED: "Email bounced",
    Standing.COMPLAINED: "Reported email as spam",
}
_THINGS: Final[dict[Tab, str]] = {
    Tab.ALL: "activity",
    Tab.EMAIL: "email activity",
    Tab.WEB: "web visits",
    Tab.FORMS: "forms",
    Tab.MEDIA: "downloads",
    Tab.EVENTS: "events",
}


@dataclass(frozen=True, kw_only=True)
class Message:
    """What happened, and what to do about it."""

    title: str
    text: str
    step: str = ""


STATES: Final[dict[PanelState, Message]] = {
    PanelState.NO_SCORE_SHEET: Message(
        title="No score yet",
        text="Act-On knows this person, but gives them no score.",
        step="Scores come from a score sheet in Act-On. Marketing can set one up.",
    ),
    PanelState.NOT_CREATED: Message(
        title="Not linked to Act-On",
        text="The Act-On Integration did not create this Contact, so there is no score to show.",
        step="When this person’s score reaches your threshold, the nightly sync links them.",
    ),
    PanelState.NOT_IN_ACTON: Message(
        title="Not in Act-On",
        text="Act-On has nobody with this email address.",
        step="Check the address on the Contact, or ask marketing to add this person to a list.",
    ),
}
FIND_STEP: Final = "If you think Act-On knows this person, look for them by email address."
LOOKED_FOR: Final = Message(
    title="Not found in Act-On",
    text="Act-On has nobody with an email address of this Contact.",
    step="Check the address on the Contact, or ask marketing to add this person to a list.",
)
LINKED_NOW: Final = "This person is linked to Act-On now."

REFUSALS: Final[dict[str, Message]] = {
    "invalid": Message(
        title="This panel cannot be opened",
        text="It opens from a Contact in Pipeliner, and this way in is not a valid one.",
        step="Go to the Contact in Pipeliner and open it again.",
    ),
    "expired": Message(
        title="This link is out of date",
        text="For safety, the way into this panel expires after a while.",
        step="Open the record again. If that does not help, ask your admin to run the sync.",
    ),
    "session": Message(
        title="This panel has been open for a long time",
        text="For safety, it has closed itself.",
        step="Open the record again to carry on.",
    ),
}

LAUNCH: Final = Message(
    title="This panel opens inside Pipeliner",
    text="It shows how interested a person is: their Act-On score, and what they opened, visited "
    "and filled in.",
    step="Open a Contact in Pipeliner and look for the Act-On Integration section. It needs "
    "JavaScript to be switched on.",
)

BROKEN: Final = Message(
    title="Something went wrong on our side",
    text="Nothing was lost.",
    step="Try again in a minute. If it stays, tell your admin.",
)
TOO_OFTEN: Final = Message(
    title="That was more often than this panel takes",
    text="Nothing was lost.",
    step="Wait a minute, then open the record again.",
)
AWAY: Final = Message(
    title="Our records cannot be reached just now",
    text="Nothing was lost, and nothing is wrong with this Contact.",
    step="Open it again in a few minutes. If that does not help, tell your admin.",
)
NOT_NOW: Final = (
    "Nothing can be looked up just now. You see what was shown last; try again in a few minutes."
)
OUT_OF_REACH: Final = "No connection just now. Check your network and try again."


LAST_KNOWN: Final = "You see the last known values."
_TROUBLES: Final = {
    TroubleKind.UNREACHABLE: Message(
        title="Act-On cannot be reached",
        text=LAST_KNOWN,
        step="Try Refresh again in a few minutes.",
    ),
    TroubleKind.CREDENTIALS: Message(
        title="Act-On does not accept our log-in",
        text=LAST_KNOWN,
        step="Ask your admin to connect Act-On again.",
    ),
    TroubleKind.PAUSED: Message(
        title="The integration is paused",
        text=LAST_KNOWN,
        step="Ask your admin when it goes on.",
    ),
    TroubleKind.ATTENTION: Message(
        title="The integration needs your admin",
        text=LAST_KNOWN,
        step="Ask your admin to open the Act-On Integration: it says there what to mend.",
    ),
    TroubleKind.QUOTA: Message(
        title="Today’s look-ups in Act-On are used up",
        text=LAST_KNOWN,
        step="Live values are back tomorrow.",
    ),
    TroubleKind.BUSY: Message(
        title="Somebody is already refreshing this person",
        text=LAST_KNOWN,
        step="Try Refresh again in a few seconds.",
    ),
    TroubleKind.OURSELVES: Message(
        title="This may be out of date",
        text="Our records cannot be reached just now, so you see what was shown last.",
        step="Try Refresh in a few minutes.",
    ),
}
_STEPS_WITH_TIME: Final = {
    TroubleKind.UNREACHABLE: "It is expected again {when}.",
    TroubleKind.PAUSED: "It is expected again {when}.",
    TroubleKind.QUOTA: "Live values are back {when}.",
}


def trouble(one: Trouble, viewer: Viewer) -> Message:
    """Why there is no live value, and what to do."""
    message, step = _TROUBLES[one.kind], _STEPS_WITH_TIME.get(one.kind)
    if one.until is None or step is None:
        return message
    return replace(message, step=step.format(when=viewer.coming(one.until)))


def state(view: PanelView) -> Message | None:
    """What the panel has to say instead of a score."""
    return LOOKED_FOR if view.looked_for else STATES.get(view.state)


def standing_of(score: int, threshold: int, viewer: Viewer) -> str:
    """The score beside its threshold: "over your threshold of 40"."""
    place = "over" if score > threshold else "below" if score < threshold else "right at"
    return f"{place} your threshold of {viewer.number(threshold)}"


def origin(view: PanelView, viewer: Viewer) -> str:
    """Where the value shown is from, as the start of a sentence that ends with its age."""
    if view.read_at is None:
        return ""
    passed = viewer.now - view.read_at
    if view.live:
        return "Live" if passed < timedelta(hours=1) else "Read live"
    nightly = viewer.hour(view.read_at) < 8 or viewer.hour(view.read_at) >= 20
    # What was read after 20:00 is last night's from midnight on.
    if nightly and passed > timedelta(hours=2) and viewer.is_today(view.read_at + EVENING):
        return "From last night’s sync"
    return "From the last sync"


def change_title(change: Change) -> str:
    """A change for those who do not see its arrow."""
    points = change.points or 0
    move = "Up" if points > 0 else "Down" if points < 0 else "Unchanged"
    amount = f" {abs(points)}" if points else ""
    return f"{move}{amount} in {change.days} days"


def found(refreshed: Refreshed, viewer: Viewer) -> str:
    """What a refresh found: "Score is 63, up 5." or "Still 63."."""
    before, after = refreshed.before, refreshed.after
    if after is None:
        return "Act-On gives no score."
    if before is None:
        return f"Score is {viewer.number(after)}."
    if before == after:
        return f"Still {viewer.number(after)}."
    move = "up" if after > before else "down"
    return f"Score is {viewer.number(after)}, {move} {viewer.number(abs(after - before))}."


NOT_WRITTEN: Final = "Pipeliner could not be told yet; the next sync does it."


def said(view: PanelView, viewer: Viewer) -> str:
    """What a screen reader says after Refresh or Find."""
    if view.trouble:
        return trouble(view.trouble, viewer).title + "."
    if view.refreshed:
        result = found(view.refreshed, viewer)
        return result if view.refreshed.written else f"{result} {NOT_WRITTEN}"
    if view.looked_for:
        return f"{LOOKED_FOR.title}."
    return STATES[view.state].title + "." if view.state in STATES else LINKED_NOW


def history_title(view: PanelView, viewer: Viewer) -> str:
    """The drawing's title: "Score since 24 Oct"."""
    return f"Score since {viewer.day(view.history[0][0])}" if view.history else "Score"


def history_words(view: PanelView, viewer: Viewer) -> str:
    """The drawing in words."""
    scores = [score for _, score in view.history]
    if not scores:
        return ""
    words = (
        f"From {scores[0]} on {viewer.day(view.history[0][0])} to {scores[-1]} now; "
        f"lowest {min(scores)}, highest {max(scores)}."
    )
    return words if view.threshold is None else f"{words} The threshold is {view.threshold}."


def empty(stream: StreamView) -> Message:
    """Why a tab is empty."""
    query, thing = stream.query, _THINGS[stream.query.tab]
    if stream.not_in_acton:
        return STATES[PanelState.NOT_IN_ACTON]
    if query.text:
        return Message(
            title=f"No {thing} with “{query.text}”",
            text="The search looks at what is shown of each entry.",
            step="Try fewer words, or a longer range.",
        )
    if query.days is not None:
        return Message(
            title=f"No {thing} in the last {query.days} days",
            text="Older activity may exist.",
        )
    return Message(title=f"No {thing}", text="Act-On has recorded nothing of this kind.")


def count_of(stream: StreamView, viewer: Viewer, *, tab: str) -> str:
    """What a screen reader says after the stream has changed."""
    if tab == SCORING:
        return "Scoring."
    if stream.read_at is None:
        return ""
    entries = "1 entry" if stream.matching == 1 else f"{viewer.number(stream.matching)} entries"
    if stream.has_more:
        return f"{LABELS[tab]}: {viewer.number(stream.shown)} of {entries} shown."
    return f"{LABELS[tab]}: {entries}."


def crossed(at: datetime, viewer: Viewer) -> str:
    """When somebody reached the threshold."""
    return f"Reached the threshold on {viewer.day(at)}"
