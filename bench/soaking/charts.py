"""A week as a chart: lines over its days, and bands where something was wrong. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bench.scaling.charts import HEAD, PAD, WIDTH, round_ticks

DAY = 86_400.0
HERE = Path(__file__).parent
LEGEND = 26


@dataclass(frozen=True, kw_only=True)
class Curve:
    """One line: (instant, value) in the order of time."""

    label: str
    points: Sequence[tuple[float, float]]
    kind: str


@dataclass(frozen=True, kw_only=True)
class Band:
    """A stretch of time in which something was wrong."""

    label: str
    begin: float
    end: float


@dataclass(frozen=True, kw_only=True)
class WeekChart:
    """Lines over the days of a week. Values from 0 on; `unit` stands beside the topmost."""

    template: ClassVar[str] = "week.svg.j2"
    width: ClassVar[int] = WIDTH
    pad: ClassVar[int] = PAD
    left: ClassVar[int] = PAD + 44
    right: ClassVar[int] = WIDTH - PAD
    top: ClassVar[int] = HEAD + LEGEND
    bottom: ClassVar[int] = HEAD + LEGEND + 230
    height: ClassVar[int] = HEAD + LEGEND + 230 + 68

    title: str
    subtitle: str
    unit: str
    begin: float
    end: float
    curves: Sequence[Curve]
    bands: Sequence[Band] = ()

    @property
    def ticks(self) -> Sequence[float]:
        """Round values of the scale, from 0 to above the largest value."""
        return round_ticks(max(value for one in self.curves for _, value in one.points) or 1.0)

    def x(self, at: float) -> float:
        """Where an instant stands; what is beyond the week stands at its edge."""
        share = (min(max(at, self.begin), self.end) - self.begin) / (self.end - self.begin)
        return self.left + share * (self.right - self.left)

    def y(self, value: float) -> float:
        """Where a value stands."""
        return self.bottom - value / self.ticks[-1] * (self.bottom - self.top)

    def points(self, curve: Curve) -> str:
        """The line as SVG wants it."""
        return " ".join(f"{self.x(at):.1f},{self.y(value):.1f}" for at, value in curve.points)

    def days(self) -> Iterator[tuple[float, str]]:
        """Each midnight in UTC with the name of the day that begins."""
        at = self.begin - self.begin % DAY
        while at < self.end:
            if at >= self.begin:
                yield self.x(at), datetime.fromtimestamp(at, UTC).strftime("%a %d")
            at += DAY

    def legend(self) -> Iterator[tuple[Curve, float]]:
        """Each line with the place of its name above the plot."""
        x = float(self.left)
        for one in self.curves:
            yield one, x
            x += 40 + 7.2 * len(one.label)

    @property
    def description(self) -> str:
        """All of it in words, for those who do not see it."""
        means = (
            f"{one.label}: {sum(value for _, value in one.points) / len(one.points):.1f} "
            f"{self.unit} on average, at most {max(value for _, value in one.points):.1f}"
            for one in self.curves
        )
        wrong = ", ".join(one.label for one in self.bands) or "nothing"
        return f"{self.subtitle}. {'; '.join(means)}. What went wrong: {wrong}."


def write_week(chart: WeekChart) -> str:
    """The chart as SVG."""
    templates = Environment(
        loader=FileSystemLoader([HERE, HERE.parent / "scaling"]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return templates.get_template(chart.template).render(chart=chart)
