"""What a person has done, in the form of Act-On's `facts` (contracts/acton.md section 4.1)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sync.sandbox.people import Person

# (verb, kind, text, kind of id); the last one is in no document.
DEEDS = (
    ("s", "EMAIL", "Sent: {}", "msg"),
    ("os", "EMAIL", "Opened: {}", "msg"),
    ("r", "EMAIL", "Clicked: {}", "msg"),
    ("oi", "EMAIL", "Opted in: {}", "msg"),
    ("oo", "EMAIL", "Opted out: {}", "msg"),
    ("hb", "EMAIL", "Hard bounce: {}", "msg"),
    ("sb", "EMAIL", "Soft bounce: {}", "msg"),
    ("sp", "EMAIL", "Spam complaint: {}", "msg"),
    ("b", "WEB", "Beacon: {}", "page"),
    ("sv", "WEB", "Visited: {}", "page"),
    ("l", "WEB", "Landing page: {}", "page"),
    ("sto", "WEB", "Organic search: {}", "page"),
    ("stp", "WEB", "Paid search: {}", "page"),
    ("fv", "FORM", "Viewed: {}", "form"),
    ("fs", "FORM", "Submitted: {}", "form"),
    ("fu", "FORM", "Updated: {}", "form"),
    ("d", "MEDIA", "Downloaded: {}", "media"),
    ("wr", "WEBINAR", "Registered: {}", "webinar"),
    ("wa", "WEBINAR", "Attended: {}", "webinar"),
    ("custom", "CUSTOM", "Custom event: {}", "custom"),
    ("E", "OTHER", "Exported: {}", "list"),
    ("zz", "OTHER", "Did something new: {}", "other"),
)
THINGS = ("Spring news", "Price list", "Product tour", "Contact us", "Case study <Oak & Co>")
MOST_ENTRIES = 30
DAYS = 120


def make_facts(person: Person, now: datetime, months: int | None = None) -> dict[str, Any]:
    """The person's score and activity, newest first; `months` back besides this one, None: all."""
    entries = [one for one in _entries(person, now) if _is_within(one, now, months)]
    entries.sort(key=lambda one: -one["WhenMillis"])
    has_sheet = person.score is not None
    return {
        "activity": {
            "lastInbound": f"{entries[0]['ago']} Days Ago" if entries else "",
            "ScorePeriod": "all time",
            "lastOutbound": "6 Days Ago",
            "ScoreDetails": _score_details(person),
            "score": person.score if has_sheet else 0,
            "entries": [],
            "firstOutbound": "90 Days Ago",
            "EntryMonthsAvailable": sorted({f"{one['y']}{_month(one)}" for one in entries}),
            "HasProfileScore": False,
            "HasScoreSheet": has_sheet,
            "HasBehaviorScore": has_sheet,
            "firstInbound": "90 Days Ago",
        },
        "activitylist": entries,
    }


def _entries(person: Person, now: datetime) -> Iterator[dict[str, Any]]:
    random = Random(person.email)  # noqa: S311 - a made-up history, no secret
    number = random.randrange(MOST_ENTRIES + 1) + person.extra_entries
    for index in range(number):
        verb, kind, text, id_type = DEEDS[(index + random.randrange(3)) % len(DEEDS)]
        moment = now - timedelta(minutes=random.randrange(1, DAYS * 24 * 60))
        thing = random.choice(THINGS)
        yield {
            "Bin": kind,
            "InScoreRange": True,
            "d": f"{moment.day:02d}",
            "WhenMillis": int(moment.timestamp() * 1000),
            "What": text.format(thing),
            "Verb": verb,
            "m": moment.strftime("%b"),
            "ago": str((now - moment).days),
            "Icon": "silk/page.png",
            "y": moment.strftime("%y"),
            "Responses": [{"Question": "Company", "Answer": person.company}]
            if verb == "fs"
            else [],
            "id": str(UUID(int=random.getrandbits(128), version=4)),
            "idType": id_type,
        }


def _is_within(entry: dict[str, Any], now: datetime, months: int | None) -> bool:
    if months is None:
        return True
    moment = datetime.fromtimestamp(entry["WhenMillis"] / 1000, UTC)
    return (now.year - moment.year) * 12 + now.month - moment.month <= months


def _month(entry: dict[str, Any]) -> str:
    return datetime.fromtimestamp(entry["WhenMillis"] / 1000, UTC).strftime("%m")


def _score_details(person: Person) -> list[dict[str, Any]]:
    if not person.score:
        return []
    return [
        {
            "id": "s-0001-2603",
            "idType": "msg",
            "specific": False,
            "profile": False,
            "action": "MESSAGE_SEND",
            "score": person.score,
        }
    ]
