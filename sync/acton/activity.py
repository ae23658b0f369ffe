"""What Act-On's answer about one person means: score, breakdown and the stream of deeds.

Source: "Get contact history and score" (facts), contracts section 4.1; `contactReport/…/activity`
carries the same, as its predecessor did. Whatever an entry lacks is left empty: one odd entry must
not hide the other twenty thousand.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sync.errors import UnexpectedAnswer
from sync.languages import lazy_gettext
from sync.model import Activity, Deed, ScoreRule
from sync.rules.naming import clean_name
from sync.rules.scoring import parse_score

LONGEST_TEXT: Final = 500
MOST_ANSWERS: Final = 50
_LATEST_MS: Final = 7_258_118_400_000  # the year 2200: far from where a time zone would overflow
_MONTHS: Final = (
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
)
_QUESTIONS: Final = ("Question", "question", "name", "Name", "label", "field")
_ANSWERS: Final = ("Answer", "answer", "value", "Value", "response")


def parse_activity(raw: Any) -> Activity:
    """The person's activity, newest first. Raises UnexpectedAnswer that names the field."""
    if not isinstance(raw, Mapping):
        raise _unexpected("its outermost object")
    facts, entries = raw.get("activity"), raw.get("activitylist")
    if not isinstance(facts, Mapping):
        raise _unexpected("activity")
    deeds = list(_deeds(entries if isinstance(entries, list) else []))
    # A stable sort: entries without an instant come last, equal ones stay as Act-On sent them.
    deeds.sort(key=lambda one: one.at.timestamp() if one.at else -1.0, reverse=True)
    return Activity(
        score=parse_facts_score(facts),
        period=_text(facts.get("ScorePeriod")),
        deeds=deeds,
        rules=list(_rules(facts.get("ScoreDetails"))),
    )


def parse_facts_score(facts: Mapping[str, Any]) -> int | None:
    """The score; None where the person has no score sheet. Raises UnexpectedAnswer."""
    if facts.get("HasScoreSheet") is False or ("score" in facts and facts["score"] is None):
        return None
    score = parse_score(facts.get("score"))
    if score is None:
        raise _unexpected("activity.score")
    return score


def _deeds(entries: Sequence[Any]) -> Iterator[Deed]:
    for entry in entries:
        if isinstance(entry, Mapping):
            yield Deed(
                at=_instant(entry),
                verb=_text(entry.get("Verb") or entry.get("verb")),
                what=_text(entry.get("What") or entry.get("what")),
                counts=entry.get("InScoreRange") is not False,
                answers=tuple(_answers(entry.get("Responses")))[:MOST_ANSWERS],
            )


def _instant(entry: Mapping[str, Any]) -> datetime | None:
    millis = _number(entry.get("WhenMillis"))
    if millis is not None and 0 < millis < _LATEST_MS:
        return datetime.fromtimestamp(millis / 1000, UTC)
    day, month, year = _number(entry.get("d")), entry.get("m"), _number(entry.get("y"))
    if day is None or year is None or month not in _MONTHS or not 0 <= year < 100:
        return None
    try:
        return datetime(2000 + year, _MONTHS.index(month) + 1, day, 12, tzinfo=UTC)
    except ValueError:
        return None


def _answers(raw: Any) -> Iterator[tuple[str, str]]:
    """A form's questions and answers. How they are written is not documented: each likely way."""
    if isinstance(raw, Mapping):
        pairs: Iterable[tuple[Any, Any]] = raw.items()
    else:
        pairs = (_pair(one) for one in raw) if isinstance(raw, list) else ()
    for question, answer in pairs:
        shown = _text(question), _text(answer)
        if any(shown):
            yield shown


def _pair(raw: Any) -> tuple[Any, Any]:
    if not isinstance(raw, Mapping):
        return "", raw
    return (
        next((raw[name] for name in _QUESTIONS if name in raw), ""),
        next((raw[name] for name in _ANSWERS if name in raw), ""),
    )


def _rules(raw: Any) -> Iterator[ScoreRule]:
    for one in raw if isinstance(raw, list) else ():
        points = _number(one.get("score")) if isinstance(one, Mapping) else None
        if points is not None:
            yield ScoreRule(
                action=_text(one.get("action")),
                points=points,
                asset_id=_text(one.get("id")),
                specific=one.get("specific") is True,
                profile=one.get("profile") is True,
            )


def _text(value: Any) -> str:
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return ""
    # Cut first, generously: cleaning a text of megabytes would hold everybody up.
    cleaned = clean_name(str(value)[: LONGEST_TEXT * 4])
    return cleaned if len(cleaned) <= LONGEST_TEXT else cleaned[: LONGEST_TEXT - 1] + "…"


def _number(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return int(float(value)) if len(str(value)) < 20 else None
    except (ValueError, OverflowError):
        return None


def _unexpected(name: str) -> UnexpectedAnswer:
    return UnexpectedAnswer(
        lazy_gettext(
            "Act-On's answer does not have the form that its documents give: %(name)s in the "
            "activity of a contact.",
            name=name,
        ),
        hint="Try again later; if it stays so, please report it.",
    )
