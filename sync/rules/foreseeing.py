"""What a run would do at any threshold, from one reading. Pure, so that a handle can be moved.

1. Linked rows, duplicates and rows without address or score are the same at every threshold.
2. Every other row gets its outcome where its score reaches the threshold, else it is below.
3. A Contact is made, or linked, for a person where the best of their new Leads reaches it.
4. More new Leads than the volume guard allows: none is made, all of them wait.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from sync.model import Counts, Curve, Example, Foreseen, Result, SkipReason

NEAR: Final = 10  # "just below" reaches so many points under the threshold
BAND: Final = 10  # width of the histogram's bars, in points
EXAMPLES_EACH: Final = 5
CHECK_CALLS: Final = 7  # owner, our fields on both entities, what changed and how many, twice
ALWAYS: Final = 2**31 - 1  # stands for "at every threshold" among scores

CREATED = (Result.CREATED.value, "")
BELOW = (Result.SKIPPED.value, SkipReason.BELOW_THRESHOLD.value)
WAITING = (Result.SKIPPED.value, SkipReason.WAITING_FOR_APPROVAL.value)


def foresee_at(
    curve: Curve, threshold: int, *, volume_guard: int | None, batch_size: int
) -> Foreseen:
    """What a run with this threshold would do. Below the curve's floor it is not known what rows
    would become; the floor is taken instead."""
    threshold = max(threshold, curve.floor)
    results = _results_at(curve, threshold)
    new_leads = results.get(CREATED, 0)
    held = volume_guard is not None and new_leads > volume_guard
    if held:
        results = {**results, WAITING: results.get(WAITING, 0) + new_leads, CREATED: 0}
    counts = _counts(curve, threshold, results, held=held)
    return Foreseen(
        threshold=threshold,
        counts=counts,
        just_below=_between(curve.every_score, threshold - NEAR, threshold),
        histogram=histogram(curve.scores, BAND),
        examples=tuple(_examples_at(curve, threshold, held=held)),
        acton_estimate=curve.acton_calls,
        pipeliner_estimate=CHECK_CALLS + _batches(curve, threshold, counts, held, batch_size),
        held_back=held,
        limit=volume_guard,
        complete=curve.complete,
    )


def new_leads_at(curve: Curve, threshold: int) -> int:
    """How many Leads a run with this threshold would create, were there no volume guard."""
    return _results_at(curve, max(threshold, curve.floor)).get(CREATED, 0)


def histogram(scores: Mapping[int, int], band: int) -> tuple[tuple[int, int, int], ...]:
    """Rows by band of points: (from, to before, rows), empty bands left out."""
    bars: dict[int, int] = {}
    for score, rows in scores.items():
        start = score // band * band
        bars[start] = bars.get(start, 0) + rows
    return tuple((start, start + band, rows) for start, rows in sorted(bars.items()))


def _results_at(curve: Curve, threshold: int) -> dict[tuple[str, str], int]:
    results = dict(curve.fixed)
    for kind, by_score in curve.by_score.items():
        reached = reaching(by_score, threshold)
        results[kind] = results.get(kind, 0) + reached
        results[BELOW] = results.get(BELOW, 0) + sum(by_score.values()) - reached
    return results


def _counts(
    curve: Curve, threshold: int, results: Mapping[tuple[str, str], int], *, held: bool
) -> Counts:
    def total(result: Result) -> int:
        return sum(rows for kind, rows in results.items() if kind[0] == result.value)

    made = 0 if held else reaching(curve.contacts_created, threshold)
    linked = 0 if held else reaching(curve.contacts_linked, threshold)
    told = 0 if held else reaching(curve.contact_scores, threshold)
    return Counts(
        lists=curve.lists,
        rows=sum(results.values()),
        people=curve.people,
        at_threshold=reaching(curve.every_score, threshold),
        created=total(Result.CREATED),
        updated=total(Result.UPDATED),
        unchanged=total(Result.UNCHANGED),
        leads_created=total(Result.CREATED),
        contacts_created=made,
        contacts_linked=linked,
        scores_updated=curve.scores_updated + told + reaching(curve.touched, threshold),
        skipped=_reasons(results, Result.SKIPPED),
        failed=_reasons(results, Result.FAILED),
    )


def _reasons(results: Mapping[tuple[str, str], int], result: Result) -> dict[str, int]:
    return {
        reason: rows
        for (name, reason), rows in sorted(results.items())
        if name == result.value and rows
    }


def _batches(curve: Curve, threshold: int, counts: Counts, held: bool, size: int) -> int:
    contacts = curve.fixed_contact_writes
    contacts += 0 if held else reaching(curve.contact_writes, threshold)
    leads = curve.fixed_lead_writes + counts.leads_created + reaching(curve.touched, threshold)
    return math.ceil(contacts / size) + math.ceil(leads / size)


def _examples_at(curve: Curve, threshold: int, *, held: bool) -> Iterator[Example]:
    """Some rows of each outcome, those nearest to the threshold first."""
    shown: dict[tuple[str, str | None], int] = {}
    for one in _nearest_first(curve.examples, threshold):
        below = one.depends and one.score is not None and one.score < threshold
        if below:
            one = replace(one, result=BELOW[0], reason=BELOW[1])
        elif held and one.result == CREATED[0]:
            one = replace(one, result=WAITING[0], reason=WAITING[1])
        kind = (one.result, one.reason)
        shown[kind] = shown.get(kind, 0) + 1
        if shown[kind] <= EXAMPLES_EACH:
            yield one


def _nearest_first(examples: Sequence[Example], threshold: int) -> list[Example]:
    return sorted(
        examples,
        key=lambda one: abs((one.score if one.score is not None else threshold) - threshold),
    )


def reaching(by_score: Mapping[int, int], threshold: int) -> int:
    """How many have a score that reaches the threshold."""
    return sum(number for score, number in by_score.items() if score >= threshold)


def _between(by_score: Mapping[int, int], low: int, high: int) -> int:
    return sum(number for score, number in by_score.items() if low <= score < high)
