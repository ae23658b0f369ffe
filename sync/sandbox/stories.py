"""Particular lives for the panel to tell: opted out, bounced, silent, or hostile.

`Person.story` names one; without it a person's deeds stay as they were made up.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any, Final

from sync.sandbox.deeds import DAY_MS, MINUTE_MS, VERBS, Deed, make_deed, play

Deeds = Sequence[Deed]
DORMANT_DAYS: Final = 95
MAILED: Final = frozenset({"s", "os", "r", "oi"})
LONG: Final = "A text that goes on and on, as somebody pasted it. " * 40
LIVELY: Final = (
    (0, "s os r sv sv"),
    (1, "sv fv fs d"),
    (3, "sto sv sv b"),
    (5, "custom"),
    (6, "s os r l fv fs"),
    (13, "s os r wr wa"),
    (20, "sv d d"),
    (26, "s os oi"),
    (41, "stp l fv fs"),
    (55, "custom"),
)  # days ago, and what happened
RTL_OVERRIDE: Final = "\u202e"


def tell(story: str, deeds: Deeds, email: str, began_ms: int) -> Deeds:
    """The deeds as the story has them, newest first. Raises KeyError for an unknown story."""
    random = Random(f"{email} {story}")  # noqa: S311 - a made-up life, no secret
    told = STORIES[story](deeds, random, began_ms)
    return sorted(told, key=lambda deed: (-deed.at_ms, deed.deed_id))


def odd_entries(story: str, began_ms: int) -> list[Any]:
    """What the story's activity list holds besides deeds, in the form it is sent in."""
    return _hostile_entries(began_ms) if story == "hostile" else []


def _as_made(deeds: Deeds, _: Random, __: int) -> Deeds:
    return deeds


def _lively(deeds: Deeds, random: Random, began_ms: int) -> Deeds:
    return [*deeds, *(one for days, verbs in LIVELY for one in play(random, verbs, days, began_ms))]


def _quiet(_: Deeds, __: Random, ___: int) -> Deeds:
    return ()


def _dormant(deeds: Deeds, _: Random, __: int) -> Deeds:
    return [replace(deed, at_ms=deed.at_ms - DORMANT_DAYS * DAY_MS) for deed in deeds]


def _opted_out(deeds: Deeds, random: Random, began_ms: int) -> Deeds:
    return _end_mailing(deeds, random, began_ms - 6 * DAY_MS, ("s", "os", "oo"))


def _bounced(deeds: Deeds, random: Random, began_ms: int) -> Deeds:
    return _end_mailing(deeds, random, began_ms - 19 * DAY_MS, ("s", "sb", "s", "hb"))


def _complained(deeds: Deeds, random: Random, began_ms: int) -> Deeds:
    return _end_mailing(deeds, random, began_ms - 12 * DAY_MS, ("s", "os", "sp"))


def _end_mailing(deeds: Deeds, random: Random, at_ms: int, verbs: Sequence[str]) -> Deeds:
    """Mail ends with these verbs about one mail; what else happened stays."""
    mail = random.choice(VERBS["s"].pool)
    kept = [deed for deed in deeds if deed.verb not in MAILED or deed.at_ms < at_ms]
    steps = len(verbs)
    return kept + [
        make_deed(random, at_ms - (steps - number) * 47 * MINUTE_MS, verb, mail)
        for number, verb in enumerate(verbs)
    ]


def _every_verb(_: Deeds, random: Random, began_ms: int) -> Deeds:
    return [
        make_deed(random, began_ms - number * 9 * 60 * MINUTE_MS - 11 * MINUTE_MS, verb)
        for number, verb in enumerate(VERBS)
    ]


STORIES: Final[Mapping[str, Callable[[Deeds, Random, int], Deeds]]] = {
    "": _as_made,
    "lively": _lively,
    "quiet": _quiet,
    "dormant": _dormant,
    "opted_out": _opted_out,
    "bounced": _bounced,
    "complained": _complained,
    "every_verb": _every_verb,
    "hostile": _as_made,
}


def _hostile_entries(began_ms: int) -> list[Any]:
    """Entries that break whoever trusts them. In no order, as nothing promises one."""
    return [
        *_hostile_texts(began_ms),
        *_hostile_instants(began_ms),
        *_hostile_responses(began_ms),
        None,
        "an entry that is a text",
        ["an", "entry", "that", "is", "a", "list"],
        {},
    ]


def _entry(number: int, at_ms: Any, what: Any, **values: Any) -> dict[str, Any]:
    """An entry with only what matters; the parts of the date are left out."""
    return {
        "Bin": "WEB",
        "InScoreRange": True,
        "WhenMillis": at_ms,
        "What": what,
        "Verb": "sv",
        "Icon": "silk/page.png",
        "Responses": [],
        "id": f"00000000-0000-4000-8000-{number:012d}",
        "idType": "page",
        **values,
    }


def _hostile_texts(began_ms: int) -> list[dict[str, Any]]:
    texts = (
        "Visited: <script>alert('panel')</script>",
        'Visited: https://www.example.com/"onmouseover="alert(1)',
        "<img src=x onerror=alert(2)> & <b>bold</b>",
        "Visited: javascript:alert(document.domain)",
        "Visited: JaVaScRiPt://www.example.com/%0Aalert(1)",
        "Visited: data:text/html,<script>alert(3)</script>",
        "Visited: //evil.example.com/pricing",
        "Visited: https://www.example.com@evil.example.com/pricing",
        f"Clicked: {RTL_OVERRIDE}gnp.ecirp eht",
        "Opened: 🚀🎯 👩‍👩‍👧 Frühling! שלום مرحبا",
        "Zalgo: " + "e\u0301\u0302\u0303\u0304" * 20,
        "Two\r\nlines,\ta tab, a bell \x07 and \x1b[31mred\x1b[0m",
        "{{7*7}} ${7*7} {% raw %}",
        '=HYPERLINK("https://evil.example.com")',
        LONG[:2000],
        "Unbroken" * 250,
        "",
        "   ",
    )
    entries = [
        _entry(number, began_ms - (2 + number) * 60 * MINUTE_MS, text)
        for number, text in enumerate(texts)
    ]
    at_ms = began_ms - 30 * 60 * MINUTE_MS
    return [
        *entries,
        {name: one for name, one in _entry(30, at_ms, "").items() if name != "What"},
        _entry(31, at_ms, None),
        _entry(32, at_ms, 42),
        _entry(33, at_ms, {"text": "an object"}),
        _entry(34, at_ms, "The verb is null", Verb=None),
        _entry(35, at_ms, "The verb is a number", Verb=7, Bin=None),
        _entry(36, at_ms, "The verb is HTML", Verb="<i>s</i>", Bin="<script>"),
        {name: one for name, one in _entry(37, at_ms, "No verb").items() if name != "Verb"},
        _entry(38, at_ms, "The same id as another", id="00000000-0000-4000-8000-000000000037"),
        _entry(39, at_ms, "No id", id=None, idType=None),
        _entry(40, at_ms, "In range or not", InScoreRange="maybe"),
    ]


def _hostile_instants(began_ms: int) -> list[dict[str, Any]]:
    instants: Sequence[tuple[Any, str]] = (
        (str(began_ms - DAY_MS), "The instant is a text of digits"),
        ("yesterday", "The instant is a word"),
        (None, "The instant is null"),
        (began_ms + 3 * DAY_MS, "The instant is yet to come"),
        (began_ms / 1000, "The instant is in seconds"),
        (began_ms - 0.5, "The instant has a fraction"),
        (-1, "The instant is before 1970"),
        (10**18, "The instant is beyond every calendar"),
        (True, "The instant is true"),
        ([began_ms], "The instant is a list"),
    )
    entries = [_entry(50 + number, at, text) for number, (at, text) in enumerate(instants)]
    missing = _entry(70, None, "There is no instant")
    del missing["WhenMillis"]
    return [*entries, missing]


def _hostile_responses(began_ms: int) -> list[dict[str, Any]]:
    answers: Sequence[Any] = (
        None,
        42,
        True,
        "<script>alert(4)</script>",
        [None, 1, "<b>x</b>", ["y"], {}],
        {"<b>Question</b>": {"deep": [1, {"deeper": None}]}},
        [{"Question": None, "Answer": None}, {"Question": "Only a question"}],
        [{"Question": "Message", "Answer": LONG[:2000]}],
        [{"Question": "Site", "Answer": "javascript:alert(5)"}],
        [{"Question": f"{RTL_OVERRIDE}redrO", "Answer": "🦄"}] * 60,
    )
    return [
        _entry(
            80 + number,
            began_ms - (40 + number) * 60 * MINUTE_MS,
            "Submitted: Hostile form",
            Bin="FORM",
            Verb="fs",
            idType="form",
            Responses=one,
        )
        for number, one in enumerate(answers)
    ]
