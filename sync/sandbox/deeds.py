"""What people do, as far as marketing sees it: made-up deeds in believable order.

People act in scenes: a mail is sent, opened and clicked, then pages are looked at and perhaps a
form is filled in. Says nothing about the form in which Act-On tells of it; `history` does.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from random import Random
from typing import Final, NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

MINUTE_MS: Final = 60_000
DAY_MS: Final = 24 * 60 * MINUTE_MS
SPAN_DAYS: Final = 400
EXTRA_DAYS: Final = 355  # what a test adds is all within the last twelve months

MAILS: Final = (
    "Spring newsletter", "Invitation: Planning the busy season", "Your price list is here",
    "Case study <Oak & Co>: half the paperwork", "Product update: faster reports",
    "Thank you for visiting our stand", "Re: Your questions about the tour",
    "Last call: early booking ends on Friday", "Five mistakes in yearly planning",
    "Welcome! Your first steps", "We have not heard from you for a while", "Autumn newsletter",
)  # fmt: skip
PAGES: Final = (
    "https://www.example.com/", "https://www.example.com/pricing",
    "https://www.example.com/pricing?plan=team&utm_source=newsletter",
    "https://www.example.com/product/tour", "https://www.example.com/product/integrations",
    "https://www.example.com/customers/oak-and-co", "https://www.example.com/contact",
    "https://www.example.com/blog/five-mistakes-in-yearly-planning",
    "https://www.example.com/blog/what-changes-this-year#part-2",
    "https://www.example.com/support/getting-started", "https://www.example.com/about/security",
    "https://www.example.com/jobs",
)  # fmt: skip
LANDING_PAGES: Final = (
    "https://go.example.com/spring-offer", "https://go.example.com/buyers-guide",
    "https://go.example.com/webinar/getting-started", "https://go.example.com/early-booking",
)  # fmt: skip
SEARCHES: Final = (
    "planning software comparison", "how to plan a busy season", "example planner price",
    "scheduling for small teams", "example planner reviews",
)  # fmt: skip
FORMS: Final[Mapping[str, Sequence[str]]] = {
    "Contact us": ("Company", "Job title", "Phone", "How can we help?"),
    "Request a demo": ("Company", "Job title", "Team size", "When would you like to start?"),
    "Buyer's guide": ("Company", "Country", "Team size"),
    "Newsletter sign-up": ("First name", "Topics"),
    "Price request": ("Company", "Team size", "Phone", "How can we help?", "Country"),
}
FORM_NAMES: Final = tuple(FORMS)
DOCUMENTS: Final = (
    "Buyer's guide.pdf", "Price list.pdf", "Security overview.pdf", "Feature comparison.xlsx",
    "Case study Oak & Co.pdf", "Getting started.pdf",
)  # fmt: skip
WEBINARS: Final = (
    "Getting started in 30 minutes", "Planning the busy season", "Reports that get read",
    "Questions and answers with our engineers",
)  # fmt: skip
EVENTS: Final = (
    "Visited our stand at the spring fair", "Asked for a quote by phone", "Started a trial",
    "Came to the user group meeting", "Invited a colleague to the trial",
)  # fmt: skip
LISTS: Final = ("Exported to CRM", "Weekly hand-over")
NEW_THINGS: Final = ("Chatted with the website assistant", "Answered a text message")


class Verb(NamedTuple):
    """How a verb of Act-On's table is told, and how many minutes it comes after the deed before."""

    bin: str
    text: str
    id_type: str
    pool: Sequence[str]
    wait: tuple[int, int]
    icon: str


# The whole table of contracts/acton.md section 4.1, and `zz`, which is in no document.
VERBS: Final[Mapping[str, Verb]] = {
    "s": Verb("EMAIL", "Sent: {}", "msg", MAILS, (0, 0), "email"),
    "os": Verb("EMAIL", "Opened: {}", "msg", MAILS, (4, 700), "email_open"),
    "r": Verb("EMAIL", "Clicked: {}", "msg", MAILS, (1, 3), "email_go"),
    "oi": Verb("EMAIL", "Opted in: {}", "msg", MAILS, (1, 2), "tick"),
    "oo": Verb("EMAIL", "Opted out: {}", "msg", MAILS, (1, 400), "cross"),
    "hb": Verb("EMAIL", "Hard bounce: {}", "msg", MAILS, (1, 3), "email_error"),
    "sb": Verb("EMAIL", "Soft bounce: {}", "msg", MAILS, (1, 90), "email_error"),
    "sp": Verb("EMAIL", "Spam complaint: {}", "msg", MAILS, (2, 300), "exclamation"),
    "b": Verb("WEB", "Beacon: {}", "page", PAGES, (0, 1), "page_white_world"),
    "sv": Verb("WEB", "Visited: {}", "page", PAGES, (1, 7), "world"),
    "l": Verb("WEB", "Landing page: {}", "page", LANDING_PAGES, (0, 2), "page_world"),
    "sto": Verb("WEB", "Organic search: {}", "page", SEARCHES, (0, 0), "magnifier"),
    "stp": Verb("WEB", "Paid search: {}", "page", SEARCHES, (0, 0), "money"),
    "fv": Verb("FORM", "Viewed: {}", "form", FORM_NAMES, (1, 3), "application_form"),
    "fs": Verb("FORM", "Submitted: {}", "form", FORM_NAMES, (1, 9), "application_form_add"),
    "fu": Verb("FORM", "Updated: {}", "form", FORM_NAMES, (1, 9), "application_form_edit"),
    "d": Verb("MEDIA", "Downloaded: {}", "media", DOCUMENTS, (1, 4), "page_white_acrobat"),
    "wr": Verb("WEBINAR", "Registered: {}", "webinar", WEBINARS, (2, 15), "television_add"),
    "wa": Verb("WEBINAR", "Attended: {}", "webinar", WEBINARS, (2880, 14_400), "television"),
    "custom": Verb("CUSTOM", "{}", "custom", EVENTS, (0, 0), "star"),
    "E": Verb("OTHER", "Exported: {}", "list", LISTS, (0, 0), "disk"),
    "zz": Verb("OTHER", "{}", "other", NEW_THINGS, (0, 0), "help"),
}


class Scene(NamedTuple):
    """Verbs in order; how often it is played by cold people, by hot ones, and in added history."""

    verbs: str
    cold: float
    hot: float
    added: float


SCENES: Final = (
    Scene("s", 9, 2, 6),
    Scene("s os", 6, 4, 6),
    Scene("s os r l sv", 1, 5, 4),
    Scene("s os r sv sv b sv", 0.5, 6, 4),
    Scene("sto sv sv b", 2, 4, 3),
    Scene("stp l fv", 1.5, 2, 2),
    Scene("sv sv sv", 2, 5, 4),
    Scene("sv fv fs d", 0.3, 4, 2),
    Scene("l fv fs oi", 0.7, 1, 1),
    Scene("sv fv fu", 0.1, 1, 1),
    Scene("sv d d", 0.5, 3, 2),
    Scene("s os r wr wa", 0.3, 3, 2),
    Scene("custom", 0.3, 2, 1),
    Scene("s sb", 1, 0.3, 1),
    Scene("E", 0.3, 1, 1),
    Scene("zz", 0.2, 0.8, 1),
    Scene("s hb", 0, 0, 0.2),
    Scene("s os sp", 0, 0, 0.2),
    Scene("s os oo", 0, 0, 0.2),
)
ADDED: Final = tuple(accumulate(scene.added for scene in SCENES))


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that somebody did, or that was done to them, at an instant that stays."""

    at_ms: int
    verb: str
    thing: str
    deed_id: str

    @property
    def text(self) -> str:
        """The deed in words."""
        return VERBS[self.verb].text.format(self.thing)

    @property
    def asset_id(self) -> str:
        """The id of what the deed is about."""
        return _asset_id(self.thing)


@lru_cache(maxsize=256)
def make_deeds(email: str, score: int, extra: int, began_ms: int) -> tuple[Deed, ...]:
    """All that happened before the world began, newest first; the same for the same values.

    A high score makes more of it, and more recent. `extra`: so many deeds besides.
    """
    random = Random(email)  # noqa: S311 - a made-up history, no secret
    heat = min(max(score, 0), 100) / 100
    weights = tuple(accumulate(one.cold + (one.hot - one.cold) * heat for one in SCENES))
    deeds: list[Deed] = []
    for _ in range(random.randrange(1, 4) + round(heat * 10)):
        days = int(SPAN_DAYS * random.random() ** (1 + 3 * heat))
        deeds += play(random, _choose_scene(random, weights).verbs, days, began_ms)
    wanted = len(deeds) + extra
    while len(deeds) < wanted:
        days = int(EXTRA_DAYS * random.random())
        deeds += play(random, _choose_scene(random, ADDED).verbs, days, began_ms)
        del deeds[wanted:]
    deeds.sort(key=lambda deed: (-deed.at_ms, deed.deed_id))
    return tuple(deeds)


def make_deed(random: Random, at_ms: int, verb: str, thing: str | None = None) -> Deed:
    """One deed; `thing` None: something that fits the verb."""
    fitting = thing or random.choice(VERBS[verb].pool)
    return Deed(at_ms, verb, fitting, str(UUID(int=random.getrandbits(128), version=4)))


def play(random: Random, verbs: str, days_ago: int, began_ms: int) -> Iterator[Deed]:
    """A scene on that day, at a time when people work; what would come too late is left out."""
    at_ms = began_ms - began_ms % DAY_MS - days_ago * DAY_MS
    at_ms += int((7 + 11 * random.random()) * 60) * MINUTE_MS + random.randrange(MINUTE_MS)
    if at_ms > began_ms:
        at_ms -= DAY_MS
    things: dict[int, str] = {}
    for verb in verbs.split():
        pool, (shortest, longest) = VERBS[verb].pool, VERBS[verb].wait
        at_ms += int((shortest + (longest - shortest) * random.random()) * MINUTE_MS)
        if at_ms > began_ms:
            return
        # One mail, form or webinar a scene; pages and documents change.
        same = None if pool is PAGES or pool is DOCUMENTS else things.get(id(pool))
        deed = make_deed(random, at_ms, verb, same)
        things[id(pool)] = deed.thing
        yield deed


def _choose_scene(random: Random, weights: Sequence[float]) -> Scene:
    return random.choices(SCENES, cum_weights=weights)[0]


@lru_cache(maxsize=256)
def _asset_id(thing: str) -> str:
    return str(uuid5(NAMESPACE_URL, thing))
