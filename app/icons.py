"""The icons: a few of Lucide's, set into the page as SVG, so that they cost no request."""

import re
from pathlib import Path
from typing import Final

from markupsafe import Markup

FOLDER: Final = Path(__file__).resolve().parent.parent / "static/icons/lucide"
ANY: Final = "circle-dot"  # stands for every name that the set does not have


def _drawing(path: Path) -> str:
    """What stands between the SVG tags, on one line."""
    inside = path.read_text(encoding="utf-8").partition("<svg")[2].partition(">")[2]
    return re.sub(r"\s+", " ", inside.rpartition("</svg>")[0]).replace(" />", "/>").strip()


DRAWINGS: Final = {path.stem: _drawing(path) for path in sorted(FOLDER.glob("*.svg"))}


def icon(name: str) -> Markup:
    """The icon, for eyes only: the words beside it say the same."""
    drawing = DRAWINGS.get(name, DRAWINGS[ANY])
    svg = f'<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{drawing}</svg>'
    # Nothing from outside reaches this: the name only picks one of our own files.
    return Markup(svg)  # nosec B704 # noqa: S704
