"""How many rows have which score, drawn with the threshold: pure, as SVG.

Heights grow with the square root of the number of rows: people with high scores are few beside all
others, and it is those that the threshold is about.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from markupsafe import Markup

WIDTH: Final = 1000
HEIGHT: Final = 200
GAP: Final = 4
LEAST: Final = 3  # a bar that is there must be seen
NARROWEST: Final = 50  # points that the scale spans at least
PIECE: Final = Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>')
DRAWING: Final = Markup(
    '<svg class="histogram" viewBox="0 0 {0} {1}" preserveAspectRatio="none" aria-hidden="true">'
    '{2}<line class="handle" x1="{3}" x2="{3}" y1="0" y2="{1}"/></svg>'
)

Bars = Sequence[tuple[int, int, int]]  # (from, to before, rows)


@dataclass(frozen=True, kw_only=True)
class Scale:
    """Which scores the drawing and the handle below it span."""

    low: int
    high: int

    @classmethod
    def of(cls, bars: Bars, floor: int, threshold: int) -> Self:
        """From the lowest threshold that is known to the highest score, and the threshold."""
        tops = (end for _, end, _ in bars)
        return cls(low=floor, high=max(*tops, threshold, floor + NARROWEST, 0))

    def place(self, score: int) -> float:
        """Where a score is, from the left."""
        within = min(max(score, self.low), self.high)
        return round((within - self.low) * WIDTH / (self.high - self.low), 1)


def histogram(bars: Bars, threshold: int, scale: Scale) -> Markup:
    """The drawing, for eyes only: numbers beside it say the same."""
    most = max((rows for _, _, rows in bars), default=1)
    handle = scale.place(threshold)
    drawn = [_bar(scale, handle, most, *one) for one in bars if one[1] > scale.low]
    return DRAWING.format(WIDTH, HEIGHT, Markup("").join(drawn), handle)


def _bar(scale: Scale, handle: float, most: int, start: int, end: int, rows: int) -> Markup:
    """A bar; where the threshold goes through it, in two tones."""
    left, right = scale.place(start) + GAP / 2, scale.place(end) - GAP / 2
    high = max(round(math.sqrt(rows / most) * (HEIGHT - 8)), LEAST)
    middle = min(max(handle, left), right)
    return _piece("below", left, middle, high) + _piece("reached", middle, right, high)


def _piece(name: str, left: float, right: float, high: int) -> Markup:
    if right - left < 0.5:
        return Markup("")
    return PIECE.format(name, left, HEIGHT - high, round(right - left, 1), high)
