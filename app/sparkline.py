"""The score's history as a small drawing: pure, without style or script.

A score holds until the next one is known, so the line goes in steps. The drawing is stretched to
the width that there is; lines keep their thickness (`vector-effect`), and the last value is a
stroke of no length with a round end, which stays a dot however it is stretched.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from markupsafe import Markup

WIDTH: Final = 320
HEIGHT: Final = 48
EDGE: Final = 4  # room for half a stroke and the dot
MOST_STEPS: Final = 160  # more cannot be told apart in a narrow panel

Point = tuple[datetime, int]

_DRAWING: Final = Markup(
    '<svg class="spark" viewBox="0 0 {width} {height}" preserveAspectRatio="none" role="img"'
    ' aria-labelledby="{name}-title {name}-words">'
    '<title id="{name}-title">{title}</title><desc id="{name}-words">{words}</desc>'
    '<path class="spark-area" d="{area}"/>{threshold}'
    '<path class="spark-line" d="{steps}" vector-effect="non-scaling-stroke"/>'
    '<path class="spark-end" d="{end}" vector-effect="non-scaling-stroke"/></svg>'
)


@dataclass(frozen=True, kw_only=True)
class Frame:
    """How instants and scores become places in the drawing."""

    first: datetime
    seconds: float
    low: int
    span: int

    def x(self, at: datetime) -> str:
        share = (at - self.first).total_seconds() / self.seconds
        return _short(EDGE + min(max(share, 0.0), 1.0) * (WIDTH - 2 * EDGE))

    def y(self, score: int) -> str:
        share = (score - self.low) / self.span
        return _short(HEIGHT - EDGE - share * (HEIGHT - 2 * EDGE))


def sparkline(
    history: Sequence[Point],
    *,
    now: datetime,
    threshold: int | None,
    title: str,
    words: str,
    name: str = "spark",
) -> Markup:
    """The drawing; empty for less than two values. `title` and `words` say it to those who cannot
    see it; `name` is its own on its page."""
    points = _thinned([point for point in history if point[0] <= now])
    if len(points) < 2:
        return Markup("")
    frame = _frame(points, now=now, threshold=threshold)
    steps = _steps(points, frame, now=now)
    end = f"M{frame.x(now)} {frame.y(points[-1][1])}"
    return _DRAWING.format(
        width=WIDTH,
        height=HEIGHT,
        name=name,
        title=title,
        words=words,
        threshold=_threshold(frame, threshold),
        area=f"{steps}V{HEIGHT}H{frame.x(points[0][0])}Z",
        steps=steps,
        end=f"{end}h.01",
    )


def _thinned(points: Sequence[Point]) -> Sequence[Point]:
    """Few enough points, the last one always among them."""
    every = -(-len(points) // MOST_STEPS)
    return points if every <= 1 else [*points[:-1:every], points[-1]]


def _frame(points: Sequence[Point], *, now: datetime, threshold: int | None) -> Frame:
    first = points[0][0]
    scores = [score for _, score in points] + ([] if threshold is None else [threshold])
    low, high = min(scores), max(scores)
    return Frame(
        first=first,
        seconds=max((now - first).total_seconds(), 1.0),
        low=low if high > low else low - 1,
        span=max(high - low, 1) if high > low else 2,
    )


def _steps(points: Sequence[Point], frame: Frame, *, now: datetime) -> str:
    (first, score), *rest = points
    moves = [f"M{frame.x(first)} {frame.y(score)}"]
    moves += [f"H{frame.x(at)}V{frame.y(value)}" for at, value in rest]
    return "".join([*moves, f"H{frame.x(now)}"])


def _threshold(frame: Frame, threshold: int | None) -> Markup:
    if threshold is None:
        return Markup("")
    return Markup(
        '<path class="spark-threshold" d="M0 {}H{}" vector-effect="non-scaling-stroke"/>'
    ).format(frame.y(threshold), WIDTH)


def _short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
