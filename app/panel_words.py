"""The panel's words, in one place. They are for sales people: plain, calm, with a next step."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from markupsafe import Markup, escape

from app.filters import Viewer
from app.panel_messages import (
    AWAY,
    BROKEN,
    FIND_STEP,
    LAUNCH,
    LINKED_NOW,
    LOOKED_FOR,
    NOT_NOW,
    NOT_WRITTEN,
    OUT_OF_REACH,
    REFUSALS,
    STATES,
    STEPS_WITH_TIME,
    TOO_OFTEN,
    TROUBLES,
    Message,
)
from sync.languages import gettext, ngettext
from sync.languages import lazy_gettext as _
from sync.model import Standing, Tab
from sync.panel.values import (
    Change,
    PanelState,
    PanelView,
    Refreshed,
    StreamView,
    Trouble,
)

__all__ = [
    "AWAY",
    "BROKEN",
    "FIND_STEP",
    "LAUNCH",
    "NOT_NOW",
    "NOT_WRITTEN",
    "OUT_OF_REACH",
    "REFUSALS",
    "STATES",
    "TOO_OFTEN",
    "Message",
]

EVENING: Final = timedelta(hours=4)
SCORING: Final = "scoring"  # a tab of the page that is none of the stream
LABELS: Final[dict[str, str]] = {
    Tab.ALL: _("All"),
    Tab.EMAIL: _("Email"),
    Tab.WEB: _("Web"),
    Tab.FORMS: _("Forms"),
    Tab.MEDIA: _("Media"),
    Tab.EVENTS: _("Events"),
    SCORING: _("Scoring"),
}
RANGES: Final[dict[int | None, tuple[str, str]]] = {
    7: (_("7 d"), _("Last 7 days")),
    30: (_("30 d"), _("Last 30 days")),
    90: (_("90 d"), _("Last 90 days")),
    None: (_("All"), _("All time")),
}
STANDINGS: Final[dict[Standing, str]] = {
    Standing.OPTED_OUT: _("Opted out of email"),
    Standing.BOUNCED: _("Email bounced"),
    Standing.COMPLAINED: _("Reported email as spam"),
}
# Why a tab is empty, as whole sentences: languages bend their words.
_NOTHING: Final[dict[Tab, str]] = {
    Tab.ALL: _("No activity"),
    Tab.EMAIL: _("No email activity"),
    Tab.WEB: _("No web visits"),
    Tab.FORMS: _("No forms"),
    Tab.MEDIA: _("No downloads"),
    Tab.EVENTS: _("No events"),
}
_NOTHING_WITH: Final[dict[Tab, str]] = {
    Tab.ALL: _("No activity with “%(text)s”"),
    Tab.EMAIL: _("No email activity with “%(text)s”"),
    Tab.WEB: _("No web visits with “%(text)s”"),
    Tab.FORMS: _("No forms with “%(text)s”"),
    Tab.MEDIA: _("No downloads with “%(text)s”"),
    Tab.EVENTS: _("No events with “%(text)s”"),
}
_NOTHING_LATELY: Final[dict[Tab, str]] = {
    Tab.ALL: _("No activity in the last %(days)s days"),
    Tab.EMAIL: _("No email activity in the last %(days)s days"),
    Tab.WEB: _("No web visits in the last %(days)s days"),
    Tab.FORMS: _("No forms in the last %(days)s days"),
    Tab.MEDIA: _("No downloads in the last %(days)s days"),
    Tab.EVENTS: _("No events in the last %(days)s days"),
}


def trouble(one: Trouble, viewer: Viewer) -> Message:
    """Why there is no live value, and what to do."""
    message, step = TROUBLES[one.kind], STEPS_WITH_TIME.get(one.kind)
    if one.until is None or step is None:
        return message
    return replace(message, step=gettext(step, when=viewer.coming(one.until)))


def state(view: PanelView) -> Message | None:
    """What the panel has to say instead of a score."""
    return LOOKED_FOR if view.looked_for else STATES.get(view.state)


def standing_of(score: int, threshold: int, viewer: Viewer) -> str:
    """The score beside its threshold: "over your threshold of 40"."""
    number = viewer.number(threshold)
    if score > threshold:
        return gettext("over your threshold of %(threshold)s", threshold=number)
    if score < threshold:
        return gettext("below your threshold of %(threshold)s", threshold=number)
    return gettext("right at your threshold of %(threshold)s", threshold=number)


def age(view: PanelView, viewer: Viewer) -> Markup:
    """Where the value shown is from, and how old it is."""
    if view.read_at is None:
        return Markup("")
    return escape(_origin(view, view.read_at, viewer)) % {"when": viewer.time(view.read_at)}


def _origin(view: PanelView, read_at: datetime, viewer: Viewer) -> str:
    passed = viewer.now - read_at
    if view.live:
        recent = passed < timedelta(hours=1)
        return gettext("Live, %(when)s") if recent else gettext("Read live, %(when)s")
    nightly = viewer.hour(read_at) < 8 or viewer.hour(read_at) >= 20
    # What was read after 20:00 is last night's from midnight on.
    if nightly and passed > timedelta(hours=2) and viewer.is_today(read_at + EVENING):
        return gettext("From last night’s sync, %(when)s")
    return gettext("From the last sync, %(when)s")


def change_title(change: Change) -> str:
    """A change for those who do not see its arrow."""
    points = change.points or 0
    if not points:
        return gettext("Unchanged in %(days)s days", days=change.days)
    if points > 0:
        return gettext("Up %(points)s in %(days)s days", points=points, days=change.days)
    return gettext("Down %(points)s in %(days)s days", points=-points, days=change.days)


def found(refreshed: Refreshed, viewer: Viewer) -> str:
    """What a refresh found: "Score is 63, up 5." or "Still 63."."""
    before, after = refreshed.before, refreshed.after
    if after is None:
        return gettext("Act-On gives no score.")
    score = viewer.number(after)
    if before is None:
        return gettext("Score is %(score)s.", score=score)
    if before == after:
        return gettext("Still %(score)s.", score=score)
    points = viewer.number(abs(after - before))
    if after > before:
        return gettext("Score is %(score)s, up %(points)s.", score=score, points=points)
    return gettext("Score is %(score)s, down %(points)s.", score=score, points=points)


def said(view: PanelView, viewer: Viewer) -> str:
    """What a screen reader says after Refresh or Find."""
    if view.trouble:
        return f"{trouble(view.trouble, viewer).title}."
    if view.refreshed:
        result = found(view.refreshed, viewer)
        return result if view.refreshed.written else f"{result} {NOT_WRITTEN}"
    if view.looked_for:
        return f"{LOOKED_FOR.title}."
    return f"{STATES[view.state].title}." if view.state in STATES else str(LINKED_NOW)


def history_title(view: PanelView, viewer: Viewer) -> str:
    """The drawing's title: "Score since 24 Oct"."""
    if not view.history:
        return gettext("Score")
    return gettext("Score since %(day)s", day=viewer.day(view.history[0][0]))


def history_words(view: PanelView, viewer: Viewer) -> str:
    """The drawing in words."""
    scores = [score for _at, score in view.history]
    if not scores:
        return ""
    words = gettext(
        "From %(first)s on %(day)s to %(last)s now; lowest %(lowest)s, highest %(highest)s.",
        first=scores[0],
        day=viewer.day(view.history[0][0]),
        last=scores[-1],
        lowest=min(scores),
        highest=max(scores),
    )
    if view.threshold is None:
        return words
    return f"{words} {gettext('The threshold is %(threshold)s.', threshold=view.threshold)}"


def empty(stream: StreamView) -> Message:
    """Why a tab is empty."""
    query = stream.query
    if stream.not_in_acton:
        return STATES[PanelState.NOT_IN_ACTON]
    if query.text:
        return Message(
            title=gettext(_NOTHING_WITH[query.tab], text=query.text),
            text=gettext("The search looks at what is shown of each entry."),
            step=gettext("Try fewer words, or a longer range."),
        )
    if query.days is not None:
        return Message(
            title=gettext(_NOTHING_LATELY[query.tab], days=query.days),
            text=gettext("Older activity may exist."),
        )
    nothing = gettext("Act-On has recorded nothing of this kind.")
    return Message(title=_NOTHING[query.tab], text=nothing)


def count_of(stream: StreamView, viewer: Viewer, *, tab: str) -> str:
    """What a screen reader says after the stream has changed."""
    if tab == SCORING:
        return f"{LABELS[SCORING]}."
    if stream.read_at is None:
        return ""
    number = viewer.number(stream.matching)
    entries = ngettext("%(num)s entry", "%(num)s entries", stream.matching, num=number)
    if stream.has_more:
        shown = viewer.number(stream.shown)
        return gettext(
            "%(tab)s: %(part)s of %(entries)s shown.",
            tab=LABELS[tab],
            part=shown,
            entries=entries,
        )
    return gettext("%(tab)s: %(entries)s.", tab=LABELS[tab], entries=entries)


def crossed(at: datetime, viewer: Viewer) -> str:
    """When somebody reached the threshold."""
    return gettext("Reached the threshold on %(day)s", day=viewer.day(at))
