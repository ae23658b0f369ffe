"""The activity stream as asked for: tab, range, words and pages, in plain sentences. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sync.model import Activity, Deed, Reading, ScoreRule, Tab
from sync.panel.values import ScoredRule, StreamEntry, StreamQuery, StreamView, Trouble
from sync.rules.activity import count_by_tab, describe, matching, rule_label, tab_of, within

PAGE: Final = 50


def make_stream(
    query: StreamQuery,
    reading: Reading | None,
    *,
    now: datetime,
    stale: bool,
    trouble: Trouble | None = None,
) -> StreamView:
    """What of the reading is asked for; an empty stream where there is none."""
    if reading is None:
        return StreamView(query=query, counts=count_by_tab(()), trouble=trouble, stale=stale)
    activity = reading.activity
    found = list(matching(within(activity.deeds, days=query.days, now=now), query.text))
    of_tab = [deed for deed in found if query.tab in (Tab.ALL, tab_of(deed))]
    return StreamView(
        query=query,
        counts=count_by_tab(found),
        entries=[_entry(deed) for deed in of_tab[: PAGE * query.pages]],
        matching=len(of_tab),
        read_at=reading.read_at,
        stale=stale,
        trouble=trouble,
        score=activity.score,
        period=activity.period,
        rules=add_up(activity),
    )


def add_up(activity: Activity) -> list[ScoredRule]:
    """The breakdown of the score, a line for each kind of rule, the most points first."""
    by_label: dict[str, list[ScoreRule]] = {}
    for rule in activity.rules:
        by_label.setdefault(rule_label(rule), []).append(rule)
    lines = [
        ScoredRule(label=label, times=len(rules), points=sum(rule.points for rule in rules))
        for label, rules in by_label.items()
    ]
    return sorted(lines, key=lambda line: (-line.points, line.label))


def _entry(deed: Deed) -> StreamEntry:
    phrase = describe(deed)
    return StreamEntry(
        at=deed.at,
        icon=phrase.icon,
        lead_in=phrase.lead_in,
        thing=phrase.thing,
        url=phrase.url,
        answers=_answers(deed.answers),
        counts=deed.counts,
        tab=phrase.tab,
    )


def _answers(answers: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(question or "Answer", answer) for question, answer in answers]
