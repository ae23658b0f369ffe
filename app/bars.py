"""Counts as one bar of pieces: pure, as SVG, since the pages allow no style of their own."""

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

WIDTH: Final = 1000
LEAST: Final = 6  # a piece that is there must be seen

BAR: Final = Markup(
    '<svg class="bar" viewBox="0 0 {} 10" preserveAspectRatio="none" aria-hidden="true">{}</svg>'
)
PIECE: Final = Markup('<rect class="{}" x="{}" y="0" width="{}" height="10"/>')

Piece = tuple[str, int]  # (class, number)


def bar(pieces: Sequence[Piece], of: int | None = None) -> Markup:
    """The bar, for eyes only: the numbers beside it say the same. `of`: what the whole stands
    for, else all pieces together."""
    whole = max(of or 0, sum(number for _, number in pieces), 1)
    left, drawn = 0, Markup("")
    for name, width in zip((name for name, _ in pieces), _widths(pieces, whole), strict=True):
        if width:
            drawn += PIECE.format(name, left, width)
            left += width
    return BAR.format(WIDTH, drawn)


def _widths(pieces: Sequence[Piece], whole: int) -> list[int]:
    """Whole widths; what small pieces get more is taken from the largest."""
    widths = [max(number * WIDTH // whole, LEAST) if number else 0 for _, number in pieces]
    too_much = sum(widths) - WIDTH
    if too_much > 0:
        widths[widths.index(max(widths))] -= too_much
    return widths
