"""What a person has done, in the form of Act-On's `facts` (contracts/acton.md section 4.1)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sync.sandbox.clock import SandboxClock
from sync.sandbox.deeds import FORMS, VERBS, Deed, make_deeds
from sync.sandbox.people import Person
from sync.sandbox.scoring import make_score_details
from sync.sandbox.stories import odd_entries, tell
from sync.sandbox.switches import Switches

MONTHS: Final = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
LIKELY_MS: Final = 10**12  # the year 2001
OUTBOUND: Final = frozenset({"s", "hb", "sb"})
UNSCORED: Final = frozenset({"E", "zz"})
SCORED_DAYS: Final = 180
ANSWERED: Final = frozenset({"fs", "fu"})


def make_facts(
    person: Person, clock: SandboxClock, switches: Switches, months: int | None = None
) -> dict[str, Any]:
    """The person's score and activity, newest first; `months` back besides this one, None: all."""
    now = clock.now()
    all_deeds = _deeds_of(person, clock)
    earliest = None if months is None else _month_start_ms(now, months)
    deeds = [one for one in all_deeds if earliest is None or one.at_ms >= earliest]
    odd = [*person.entries, *odd_entries(person.story, clock.began_ms)]
    details = make_score_details(
        person.email, person.score, active=bool(all_deeds), actions=switches["score_actions"]
    )
    return {
        "activity": {
            **_first_and_last(all_deeds, now),
            "ScorePeriod": switches["score_period"],
            "ScoreDetails": details,
            "score": person.score or 0,
            "entries": [],
            "EntryMonthsAvailable": sorted({_moment(one).strftime("%y%m") for one in all_deeds}),
            "HasProfileScore": any(one["profile"] for one in details),
            "HasScoreSheet": person.score is not None,
            "HasBehaviorScore": any(not one["profile"] for one in details),
        },
        "activitylist": [
            *(one for one in odd if _is_within(one, earliest)),
            *_make_entries(person, deeds, now, switches),
        ],
    }


def _deeds_of(person: Person, clock: SandboxClock) -> Sequence[Deed]:
    deeds = make_deeds(person.email, person.score or 0, person.extra_entries, clock.began_ms)
    return tell(person.story, deeds, person.email, clock.began_ms) if person.story else deeds


def _make_entries(
    person: Person, deeds: Sequence[Deed], now: datetime, switches: Switches
) -> list[dict[str, Any]]:
    shape = RESPONSES[str(switches["responses_shape"])]
    by_asset = switches["entry_ids"] == "asset"
    limited = switches["score_period"] != "all time"
    entries = []
    for deed in deeds:
        verb, moment = VERBS[deed.verb], _moment(deed)
        days = (now - moment).days
        answers = _answers(person, deed) if deed.verb in ANSWERED else ()
        entries.append(
            {
                "Bin": verb.bin,
                "InScoreRange": deed.verb not in UNSCORED and not (limited and days > SCORED_DAYS),
                "d": f"{moment.day:02d}",
                "WhenMillis": deed.at_ms,
                "What": deed.text,
                "Verb": deed.verb,
                "m": MONTHS[moment.month - 1],
                "ago": str(days),
                "Icon": f"silk/{verb.icon}.png",
                "y": f"{moment.year % 100:02d}",
                "Responses": shape(answers) if answers else [],
                "id": deed.asset_id if by_asset else deed.deed_id,
                "idType": verb.id_type,
            }
        )
    return entries


def _moment(deed: Deed) -> datetime:
    return EPOCH + timedelta(milliseconds=deed.at_ms)


def _month_start_ms(now: datetime, months: int) -> int:
    """Where the month begins that lies so many months back."""
    number = now.year * 12 + now.month - 1 - months
    if number < EPOCH.year * 12:
        return 0
    return int(datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC).timestamp() * 1000)


def _is_within(entry: Any, earliest: int | None) -> bool:
    """Whether an odd entry is asked for; one that says no likely instant always is."""
    when = entry.get("WhenMillis") if isinstance(entry, dict) else None
    if earliest is None or not isinstance(when, int) or when < LIKELY_MS:
        return True
    return when >= earliest


def _first_and_last(deeds: Sequence[Deed], now: datetime) -> dict[str, str]:
    """The four lines about mail sent and everything else, in Act-On's words."""
    outbound = [deed for deed in deeds if deed.verb in OUTBOUND]
    inbound = [deed for deed in deeds if deed.verb not in OUTBOUND and deed.verb != "E"]
    return {
        "lastInbound": _days_ago(inbound[:1], now),
        "lastOutbound": _days_ago(outbound[:1], now),
        "firstOutbound": _days_ago(outbound[-1:], now),
        "firstInbound": _days_ago(inbound[-1:], now),
    }


def _days_ago(deeds: Sequence[Deed], now: datetime) -> str:
    if not deeds:
        return ""
    days = (now - _moment(deeds[0])).days
    return "Today" if days <= 0 else f"{days} Day{'' if days == 1 else 's'} Ago"


# --- what was filled in -----------------------------------------------------------------------

Answers = Sequence[tuple[str, str]]

MESSAGES: Final = (
    "We plan for three sites and would like to see how that works. Could you call me?",
    "Do you have a price for schools?",
    "Please send me the offer again, the link did not open.",
    "Thank you for the talk at the fair - as promised, here are our numbers:\n3 sites, 40 people.",
)
CHOICES: Final[Mapping[str, Sequence[str]]] = {
    "Country": ("Germany", "Portugal", "United States", "Austria", "France"),
    "Team size": ("1-5", "6-20", "21-100", "more than 100"),
    "Topics": ("Product news", "Events; Product news", "Events"),
    "When would you like to start?": ("This month", "Next quarter", "Just looking"),
    "How can we help?": MESSAGES,
}


def _answers(person: Person, deed: Deed) -> Answers:
    own = {
        "Company": person.company,
        "Job title": person.title,
        "Phone": person.phone,
        "First name": person.first,
    }
    number = int(deed.deed_id[:8], 16)
    asked = FORMS.get(deed.thing, ())
    return [
        ("E-mail", person.email),
        *((one, own[one] if one in own else _choose(one, number)) for one in asked),
    ]


def _choose(question: str, number: int) -> str:
    return CHOICES[question][number % len(CHOICES[question])]


RESPONSES: Final[Mapping[str, Callable[[Answers], Any]]] = {
    "questions": lambda answers: [{"Question": q, "Answer": a} for q, a in answers],
    "pairs": lambda answers: [{"name": q, "value": a} for q, a in answers],
    "mapping": dict,
    "text": lambda answers: [f"{q}: {a}" for q, a in answers],
}
