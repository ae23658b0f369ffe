"""Charts as values that know where everything stands, so that their templates only write it down.

Lengths are in the units of the SVG. Pure: it knows no benchmark.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

WIDTH = 720
PAD = 28
HEAD = 84  # title, subtitle and some air
LABELS = 150  # the column left of the bars
TEXT = 170  # what a value's text needs right of the longest bar
BAR, GAP, GROUP_GAP, GROUP_HEAD = 20, 9, 22, 28
PLOT_HEIGHT = 260
LETTER = 7.2  # about the width of one


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One bar. `mark`: where a thin line says what would be perfect, or allowed."""

    label: str
    value: float
    text: str
    kind: str = "main"
    mark: float | None = None


@dataclass(frozen=True, kw_only=True)
class Group:
    """Bars that belong together; with a scale of their own where others measure something else."""

    label: str
    bars: Sequence[Bar]
    own_scale: bool = False

    @property
    def most(self) -> float:
        """The largest value or mark."""
        return max(max(one.value, one.mark or 0.0) for one in self.bars)


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A bar, or the head of a group, where it stands."""

    y: float
    label: str
    bar: Bar | None = None
    length: float = 0.0
    mark_x: float = 0.0

    @property
    def text_x(self) -> float:
        """Where the value's text begins: behind the bar, or behind the mark that is in its way."""
        begin = PAD + LABELS + self.length + 10
        end = begin + LETTER * len(self.bar.text if self.bar else "")
        return self.mark_x + 10 if begin - 10 <= self.mark_x <= end + 4 else begin


@dataclass(frozen=True, kw_only=True)
class Bars:
    """Horizontal bars in groups."""

    template: ClassVar[str] = "bars.svg.j2"
    width: ClassVar[int] = WIDTH
    pad: ClassVar[int] = PAD
    left: ClassVar[int] = PAD + LABELS
    thick: ClassVar[int] = BAR

    title: str
    subtitle: str
    groups: Sequence[Group]
    mark: str = ""

    def placed(self) -> Iterator[Placed]:
        """All heads and bars from the top down."""
        y, most = float(HEAD), max(group.most for group in self.groups)
        room = WIDTH - 2 * PAD - LABELS - TEXT
        for group in self.groups:
            if group.label:
                yield Placed(y=y, label=group.label)
                y += GROUP_HEAD
            scale = room / (group.most if group.own_scale else most)
            for bar in group.bars:
                yield Placed(
                    y=y,
                    label=bar.label,
                    bar=bar,
                    length=max(2.0, bar.value * scale),
                    mark_x=self.left + bar.mark * scale if bar.mark else 0.0,
                )
                y += BAR + GAP
            y += GROUP_GAP - GAP

    @property
    def bottom(self) -> float:
        """Where the bars end and the legend may stand."""
        return max(one.y for one in self.placed()) + BAR + PAD

    @property
    def height(self) -> float:
        """Of the whole picture."""
        return self.bottom + (PAD if self.mark else 0)

    @property
    def description(self) -> str:
        """All of it in words, for those who do not see it."""
        parts = [
            f"{group.label}: " * bool(group.label)
            + "; ".join(f"{bar.label} {bar.text}" for bar in group.bars)
            for group in self.groups
        ]
        return f"{self.subtitle}. {'. '.join(parts)}."


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line: the first value stands at 1."""

    label: str
    values: Sequence[float]
    kind: str


@dataclass(frozen=True, kw_only=True)
class Lines:
    """Lines over a count from 1 on."""

    template: ClassVar[str] = "lines.svg.j2"
    width: ClassVar[int] = WIDTH
    pad: ClassVar[int] = PAD
    left: ClassVar[int] = PAD + 44
    right: ClassVar[int] = WIDTH - PAD - 190
    top: ClassVar[int] = HEAD
    bottom: ClassVar[int] = HEAD + PLOT_HEIGHT
    height: ClassVar[int] = HEAD + PLOT_HEIGHT + 54

    title: str
    subtitle: str
    lines: Sequence[Line]

    @property
    def count(self) -> int:
        """How far the lines go."""
        return max(len(one.values) for one in self.lines)

    @property
    def ticks(self) -> Sequence[float]:
        """Round values of the scale, from 0 to above the largest value."""
        return round_ticks(max(max(one.values) for one in self.lines))

    def x(self, number: int) -> float:
        """Where a count stands."""
        return self.left + (number - 1) * (self.right - self.left) / max(1, self.count - 1)

    def y(self, value: float) -> float:
        """Where a value stands."""
        return self.bottom - value / self.ticks[-1] * (self.bottom - self.top)

    def points(self, line: Line) -> str:
        """The line as SVG wants it."""
        return " ".join(
            f"{self.x(number):.1f},{self.y(value):.1f}"
            for number, value in enumerate(line.values, start=1)
        )

    def labels(self) -> Iterator[tuple[Line, float]]:
        """Each line with the height of its label: beside its end, but none over another."""
        free = math.inf
        for line in sorted(self.lines, key=lambda one: -self.y(one.values[-1])):
            place = min(self.y(line.values[-1]), free)
            free = place - 36
            yield line, place

    @property
    def description(self) -> str:
        """All of it in words, for those who do not see it."""
        parts = [
            f"{one.label}: the first after {one.values[0]:.0f} s, all after {one.values[-1]:.0f} s"
            for one in self.lines
        ]
        return f"{self.subtitle}. {'; '.join(parts)}."


def round_ticks(most: float, wanted: int = 5) -> list[float]:
    """From 0 in equal round steps (1, 2 or 5 times a power of ten) to `most` or just above."""
    rough = most / wanted
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(one * power for one in (1, 2, 5, 10) if one * power >= rough)
    return [number * step for number in range(math.ceil(most / step) + 1)]
