"""Ratios, percentiles and the table of figures. Pure: it measures nothing."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure against what it is compared with. `most`, `least`: the budget for the ratio."""

    what: str
    measured: str
    compare: str = ""
    ratio: float | None = None
    most: float | None = None
    least: float | None = None

    @property
    def is_met(self) -> bool | None:
        """Whether the budget is kept; None where there is none."""
        if self.ratio is None or (self.most is None and self.least is None):
            return None
        return (self.most is None or self.ratio <= self.most) and (
            self.least is None or self.ratio >= self.least
        )

    def as_json(self) -> dict[str, object]:
        """All of it, and whether the budget is kept."""
        return {**asdict(self), "is_met": self.is_met}


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values do not exceed (nearest rank).

    Raises ValueError where there are none.
    """
    if not values:
        raise ValueError("There is no value.")
    rank = max(1, math.ceil(share * len(values)))
    return sorted(values)[rank - 1]


def ideal_seconds(runs: int, threads: int, alone: float) -> float:
    """How long so many runs take where each thread does its share and none hinders another."""
    return math.ceil(runs / threads) * alone


def divided_seconds(seconds: float, runs: int, *, by_one: int, workers: int) -> float:
    """How long `runs` runs would take `workers` workers, where one took `seconds` for `by_one`."""
    return seconds / by_one * runs / workers


def extrapolate(calls: Mapping[str, int], counted: int, wanted: int) -> dict[str, int]:
    """The calls for so many of what was counted for fewer."""
    return {api: round(number * wanted / counted) for api, number in calls.items()}


def in_words(seconds: float) -> str:
    """A time as people say it: 8.2 s, 12 min, 3.5 h, 2.6 days."""
    if seconds < 120:
        return f"{seconds:.1f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    if seconds < 172_800:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 86_400:.1f} days"


def as_table(figures: Iterable[Figure]) -> str:
    """The figures as Markdown; a missed budget says so."""
    lines = ["| | measured | to compare | ratio | budget |", "|---|---|---|---|---|"]
    for one in figures:
        ratio = "" if one.ratio is None else f"{one.ratio:.2f}"
        cells = (one.what, one.measured, one.compare, ratio, _budget(one))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _budget(one: Figure) -> str:
    limits = [
        f"{word} {limit:.2f}"
        for word, limit in (("at most", one.most), ("at least", one.least))
        if limit is not None
    ]
    text = ", ".join(limits)
    return f"{text} **missed**" if one.is_met is False else text
