"""The people of the sandbox's marketing: who they are, what they have done, what they score."""

from dataclasses import dataclass
from random import Random
from typing import Any

from sync.sandbox.options import HOT

FIRST = (
    "Ada", "Ben", "Chloe", "Dario", "Elif", "Femi", "Greta", "Hugo", "Ines", "Jonas", "Kira",
    "Liam", "Maya", "Noor", "Oskar", "Pia", "Quentin", "Rosa", "Sven", "Tara", "Uma", "Viktor",
    "Wen", "Ximena", "Yara", "Zoltan",
)  # fmt: skip
LAST = (
    "Abbott", "Bauer", "Costa", "Dubois", "Eriksen", "Fischer", "Garcia", "Haddad", "Ivanov",
    "Jansen", "Keller", "Lopez", "Moreau", "Novak", "Okafor", "Petrov", "Quist", "Rossi",
    "Schmidt", "Tanaka", "Ueda", "Vogel", "Weber", "Xu", "Young", "Zimmer",
)  # fmt: skip
COMPANIES = ("Northwind", "Blue Harbour", "Kestrel", "Oakline", "Sunfield", "Quarry", "Tidal")
TITLES = ("Head of Operations", "Buyer", "Managing Director", "Engineer", "Marketing Manager")
CITIES = ("Berlin", "Portland", "Lyon", "Porto", "Madrid", "Leeds", "Graz")
LONG_AGO_MS = 1_735_689_600_000  # 2025-01-01


@dataclass(slots=True)
class Person:
    """One e-mail address with what Act-On knows about it. `score` None: no score sheet.

    `story` names one of `stories.STORIES`, `entries` are shown with the activity as they are.
    """

    email: str
    first: str = ""
    middle: str = ""
    last: str = ""
    company: str = ""
    title: str = ""
    phone: str = ""
    city: str = ""
    score: int | None = 0
    modified_ms: int = LONG_AGO_MS
    extra_entries: int = 0
    story: str = ""
    entries: tuple[Any, ...] = ()


def make_people(number: int, hits: int, seed: int) -> list[Person]:
    """So many people, so many of them with a score of 40 or more; the same for the same seed."""
    random = Random(seed)  # noqa: S311 - a made-up world, no secret
    hot = set(random.sample(range(number), min(hits, number)))
    return [_make_person(index, random, index in hot) for index in range(number)]


def _make_person(index: int, random: Random, hot: bool) -> Person:
    first, last = random.choice(FIRST), random.choice(LAST)
    company = random.choice(COMPANIES)
    host = company.lower().replace(" ", "-")
    return Person(
        email=f"{first}.{last}{index}@{host}.example.com".lower(),
        first=first,
        last=last,
        company=f"{company} {random.choice(('Ltd', 'GmbH', 'Inc', 'SA'))}",
        title=random.choice(TITLES),
        phone=f"+1 555 01{random.randrange(100):02d} {index:05d}",
        city=random.choice(CITIES),
        score=random.randrange(HOT, 101) if hot else random.randrange(-5, HOT),
        modified_ms=LONG_AGO_MS + random.randrange(90 * 86_400) * 1000,
    )
