"""Act-On's deeds in plain words: which tab, which icon, which sentence; who may be written to.

1. Verbs are Act-On's codes (contracts, section 4.1). An unknown one keeps its text and stands
   in the tab All only: a new kind of deed must not be lost.
2. Act-On's text often repeats the deed ("Submitted: Contact us"); our own words say it, so that
   beginning is dropped.
3. Only http and https addresses become links: everything else an entry holds is text.
4. The latest word counts: somebody who opted in after opting out is not opted out.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from sync.languages import lazy_gettext as _
from sync.model import Deed, ScoreRule, Standing, Tab


@dataclass(frozen=True, kw_only=True)
class VerbWords:
    """How a verb is shown."""

    tab: Tab
    icon: str
    lead_in: str


@dataclass(frozen=True, kw_only=True)
class Phrase:
    """A deed in words: `lead_in` and `thing`; `url` where the thing is an address on the web."""

    tab: Tab
    icon: str
    lead_in: str
    thing: str
    url: str | None


VERBS: Final[Mapping[str, VerbWords]] = {
    "s": VerbWords(tab=Tab.EMAIL, icon="send", lead_in=_("Was sent")),
    "os": VerbWords(tab=Tab.EMAIL, icon="mail-open", lead_in=_("Opened")),
    "r": VerbWords(tab=Tab.EMAIL, icon="mouse-pointer-click", lead_in=_("Clicked in")),
    "oi": VerbWords(tab=Tab.EMAIL, icon="mail-check", lead_in=_("Opted in")),
    "oo": VerbWords(tab=Tab.EMAIL, icon="mail-x", lead_in=_("Opted out")),
    "hb": VerbWords(tab=Tab.EMAIL, icon="mail-warning", lead_in=_("Could not be reached with")),
    "sb": VerbWords(tab=Tab.EMAIL, icon="mail-warning", lead_in=_("Was not reached for now with")),
    "sp": VerbWords(tab=Tab.EMAIL, icon="shield-alert", lead_in=_("Reported as spam")),
    "b": VerbWords(tab=Tab.WEB, icon="globe", lead_in=_("Was seen on")),
    "sv": VerbWords(tab=Tab.WEB, icon="globe", lead_in=_("Visited")),
    "l": VerbWords(tab=Tab.WEB, icon="panel-top", lead_in=_("Visited the landing page")),
    "sto": VerbWords(tab=Tab.WEB, icon="search", lead_in=_("Came from a search for")),
    "stp": VerbWords(tab=Tab.WEB, icon="badge-dollar-sign", lead_in=_("Came from an advert for")),
    "fv": VerbWords(tab=Tab.FORMS, icon="file-text", lead_in=_("Viewed the form")),
    "fs": VerbWords(tab=Tab.FORMS, icon="file-check", lead_in=_("Submitted the form")),
    "fu": VerbWords(tab=Tab.FORMS, icon="file-pen", lead_in=_("Updated the form")),
    "d": VerbWords(tab=Tab.MEDIA, icon="download", lead_in=_("Downloaded")),
    "wr": VerbWords(tab=Tab.EVENTS, icon="calendar-plus", lead_in=_("Registered for")),
    "wa": VerbWords(tab=Tab.EVENTS, icon="calendar-check", lead_in=_("Attended")),
    "custom": VerbWords(tab=Tab.EVENTS, icon="star", lead_in=""),
    "E": VerbWords(tab=Tab.ALL, icon="list-plus", lead_in=_("Was exported to")),
}
UNKNOWN: Final = VerbWords(tab=Tab.ALL, icon="circle-dot", lead_in="")
# What a deed says about writing to the person: a standing, and whether it holds or ends.
_SAYS: Final[Mapping[str, tuple[Standing, bool]]] = {
    "oo": (Standing.OPTED_OUT, True),
    "oi": (Standing.OPTED_OUT, False),
    "hb": (Standing.BOUNCED, True),
    "os": (Standing.BOUNCED, False),  # mail arrives again
    "r": (Standing.BOUNCED, False),
    "sp": (Standing.COMPLAINED, True),
}
# What Act-On's texts begin with to say the deed; anything else before a colon is the thing's own.
_REPEATED: Final = re.compile(
    r"\A(?:Sent|Opened|Clicked(?: through)?|Opted (?:in|out)|(?:Hard|Soft) bounced?|Spam complaint"
    r"|Beacon|Visited|Landing page|(?:Organic|Paid) search|(?:Form )?(?:Viewed|Submitted|Updated)"
    r"|Downloaded|Document|Registered|Attended|Exported|Page|Mail|E-?mail|Message|Form): +(?=\S)"
)
_ADDRESS: Final = re.compile(r"https?://[^\s<>\"'`\\]+", re.I)


def describe(deed: Deed) -> Phrase:
    """The deed in words."""
    words = VERBS.get(deed.verb, UNKNOWN)
    thing = _REPEATED.sub("", deed.what, count=1) if words.lead_in else deed.what
    lead_in = words.lead_in
    if not thing and not lead_in:
        lead_in = _("Did something that Act-On gives no words for")
    return Phrase(tab=words.tab, icon=words.icon, lead_in=lead_in, thing=thing, url=safe_url(thing))


def safe_url(text: str) -> str | None:
    """The text, where it is an http(s) address without user or password in it; else None."""
    if not _ADDRESS.fullmatch(text) or not text.isprintable():
        return None
    try:
        parts = urlsplit(text)
        fine = bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:
        return None
    return text if fine else None


def tab_of(deed: Deed) -> Tab:
    """The tab that a deed stands in besides All; All for those that stand nowhere else."""
    return VERBS.get(deed.verb, UNKNOWN).tab


def within(deeds: Iterable[Deed], *, days: int | None, now: datetime) -> Iterator[Deed]:
    """The deeds of the last `days`; None: all. Without an instant they belong to all time only."""
    since = now - timedelta(days=days) if days is not None else None
    for deed in deeds:
        if since is None or (deed.at is not None and deed.at >= since):
            yield deed


def matching(deeds: Iterable[Deed], text: str) -> Iterator[Deed]:
    """The deeds that hold every word of the text, in what is shown of them."""
    words = text.casefold().split()
    for deed in deeds:
        if not words or _holds(deed, words):
            yield deed


def count_by_tab(deeds: Iterable[Deed]) -> dict[Tab, int]:
    """How many deeds each tab holds; every tab is there."""
    found = Counter(map(tab_of, deeds))
    counts = {tab: found.get(tab, 0) for tab in Tab}
    counts[Tab.ALL] = sum(found.values())
    return counts


def standings(deeds: Sequence[Deed]) -> list[tuple[Standing, datetime | None]]:
    """What the deeds, newest first, say about writing to the person, each with its instant."""
    latest: dict[Standing, tuple[bool, datetime | None]] = {}
    for deed in deeds:
        if deed.verb in _SAYS:
            standing, holds = _SAYS[deed.verb]
            latest.setdefault(standing, (holds, deed.at))
    return [(one, latest[one][1]) for one in Standing if one in latest and latest[one][0]]


def rule_label(rule: ScoreRule) -> str:
    """What a rule of the score sheet is for: "MESSAGE_SEND" becomes "Message send"."""
    words = rule.action.replace("_", " ").strip().lower()
    label = words[:1].upper() + words[1:] if words else _("Something else")
    return _("%(label)s (profile)", label=label) if rule.profile else label


def _holds(deed: Deed, words: Sequence[str]) -> bool:
    phrase = describe(deed)
    answers = " ".join(part for pair in deed.answers for part in pair)
    shown = f"{phrase.lead_in} {phrase.thing} {answers}".casefold()
    return all(word in shown for word in words)
