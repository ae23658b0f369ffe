"""Promises broken on purpose, after the week and on paper only: the checks must notice each one.

A check that cannot fail is worse than none, so every play proves its own.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from bench.soaking.checks import KEY, PANEL_KEY, SCORE, Found, check_all
from bench.soaking.journal import Journal, Record, Written

BEYOND: Final = 12_345  # no score is ever that high


def find_blind_spots(found: Found) -> list[str]:
    """What may be broken without anything being noticed; nothing of that is what we want."""
    before = set(check_all(found))
    return [name for name, spoil in SPOILS.items() if before.issuperset(check_all(spoil(found)))]


def _lose_a_lead(found: Found) -> Found:
    """One that had to be made is gone without a trace."""
    leads = dict(found.records["Leads"])
    del leads[_lead(found)["id"]]
    return _with(found, "Leads", leads)


def _double_a_lead(found: Found) -> Found:
    copy = {**_lead(found), "id": "a copy"}
    return _with(found, "Leads", {**found.records["Leads"], "a copy": copy})


def _double_a_lead_under_another_key(found: Found) -> Found:
    """The copy carries the key of another person, who is called the same then."""
    copy = {**_lead(found), "id": "a copy", KEY: None}
    doubled = _with(found, "Leads", {**found.records["Leads"], "a copy": copy})
    return _written(doubled, "Leads", copy)


def _make_a_lead_for_nobody(found: Found) -> Found:
    """Somebody gets a Lead who never came near the threshold."""
    cold = next(key for pair, key in found.keys.items() if not found.journal.reached(pair))
    made = {**_lead(found), "id": "for nobody", "name": "Nobody (Nothing)", KEY: cold}
    return _with(found, "Leads", {**found.records["Leads"], "for nobody": made})


def _double_a_contact(found: Found) -> Found:
    contact = next(
        one
        for one in found.records["Contacts"].values()
        if one.get(PANEL_KEY) and not one.get("is_deleted")
    )
    copy = {**contact, "id": "a copy"}
    doubled = _with(found, "Contacts", {**found.records["Contacts"], "a copy": copy})
    return _written(doubled, "Contacts", copy)


def _make_a_contact_again(found: Found) -> Found:
    """Somebody deletes a Contact of ours, and after the next run it is there again."""
    contact = next(
        one
        for one in found.records["Contacts"].values()
        if one.get(PANEL_KEY) and not one.get("is_deleted")
    )
    before = found.runs[-1].begin - 1
    again = {**contact, "id": "again"}
    gone = {**contact, "is_deleted": True}
    spoiled = _with(found, "Contacts", {**found.records["Contacts"], "again": again})
    spoiled = _written(spoiled, "Contacts", gone, at=before, is_new=False, by_people=True)
    return _written(spoiled, "Contacts", again)


def _show_another_score(found: Found) -> Found:
    lead = {**_lead(found), SCORE: BEYOND}
    return _with(found, "Leads", {**found.records["Leads"], lead["id"]: lead})


def _forget_an_outcome(found: Found) -> Found:
    last = found.runs[-1]
    results = Counter(last.results)
    results[next(iter(results))] -= 1
    results[None] += 1
    return replace(found, runs=[*found.runs[:-1], replace(last, results=results)])


def _leave_a_day_out(found: Found) -> Found:
    return replace(found, runs=[one for one in found.runs if one.local_date != found.dates[0]])


def _run_a_day_twice(found: Found) -> Found:
    return replace(found, runs=[found.runs[0], *found.runs])


def _hurry(found: Found) -> Found:
    """A sixth call within a second."""
    at = found.journal.calls[0]
    return _journal(found, calls=sorted([*found.journal.calls, *(at,) * 6]))


def _call_too_often(found: Found) -> Found:
    begin = found.journal.calls[0]
    more = [begin + number for number in range(found.budget + 1)]
    return _journal(found, calls=sorted([*found.journal.calls, *more]))


SPOILS: Final[Mapping[str, Callable[[Found], Found]]] = {
    spoil.__name__.strip("_").replace("_", " "): spoil
    for spoil in (
        _lose_a_lead,
        _double_a_lead,
        _double_a_lead_under_another_key,
        _make_a_lead_for_nobody,
        _double_a_contact,
        _make_a_contact_again,
        _show_another_score,
        _forget_an_outcome,
        _leave_a_day_out,
        _run_a_day_twice,
        _hurry,
        _call_too_often,
    )
}


def _lead(found: Found) -> Record:
    """A live Lead of somebody who has been at the threshold since before the last run."""
    last = found.runs[-1]
    for pair, key in found.keys.items():
        if not any(
            begin <= last.begin <= last.end <= end for begin, end in found.journal.reached(pair)
        ):
            continue
        for one in found.records["Leads"].values():
            if one.get(KEY) == key and not one.get("is_deleted"):
                return one
    raise LookupError("Nobody has a Lead; let more people play.")


def _with(found: Found, kind: str, records: dict[str, Record]) -> Found:
    return replace(found, records={**found.records, kind: records})


def _journal(found: Found, **changes: object) -> Found:
    journal = Journal(**{**vars(found.journal), **changes})  # type: ignore[arg-type]
    return replace(found, journal=journal)


def _written(
    found: Found,
    kind: str,
    record: Record,
    *,
    at: float | None = None,
    is_new: bool = True,
    by_people: bool = False,
) -> Found:
    one = Written(
        at=found.at if at is None else at,
        kind=kind,
        record=record,
        is_new=is_new,
        by_people=by_people,
    )
    return _journal(found, written=[*found.journal.written, one])
