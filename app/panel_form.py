"""What the forms of the panel say: which tab and days, how many pages, which zone.

Whatever is nonsense becomes the default: nothing here may fail for what somebody sends.
"""

from typing import Final

from babel import Locale
from flask import request
from werkzeug.exceptions import HTTPException

from app import htmx, panel_words
from app.filters import read_languages
from app.spoken import HEADER
from sync.languages import current_language
from sync.model import Tab
from sync.panel import StreamQuery

DEFAULT_DAYS: Final = 90
MOST_PAGES: Final = 400
LONGEST_SEARCH: Final = 100


def read_query() -> tuple[str, StreamQuery]:
    """The tab chosen on the page and the query for it; nonsense becomes the default."""
    # A button comes after the fields that hold what is shown now, so the last value counts.
    tab = next(reversed(request.form.getlist("tab")), Tab.ALL.value)
    if tab not in panel_words.LABELS:
        tab = Tab.ALL.value
    return tab, StreamQuery(
        tab=Tab.ALL if tab == panel_words.SCORING else Tab(tab),
        days=_days(next(reversed(request.form.getlist("days")), "")),
        text=" ".join(request.form.get("q", "").split())[:LONGEST_SEARCH],
        pages=_pages(request.form.get("pages", "")),
    )


def _days(text: str) -> int | None:
    allowed = {str(days or "all"): days for days in panel_words.RANGES}
    return allowed.get(text, DEFAULT_DAYS)


def _pages(text: str) -> int:
    return min(max(int(text), 1), MOST_PAGES) if text.isdecimal() and len(text) < 5 else 1


def wants_fresh() -> bool:
    """Whether to wait for Act-On: where no script could ask for it later, or where it does now."""
    scripted = htmx.is_htmx() or request.form.get("script") == "yes"
    return not scripted or request.form.get("fresh") == "yes"


def read_locale() -> Locale:
    """The language spoken, as the browser's region writes it."""
    return read_languages(request.headers.get(HEADER, ""), current_language())


def told_zone() -> str:
    """The zone that the page was told by its viewer; empty where the form cannot be read at all."""
    try:
        return request.form.get("zone", "")
    except HTTPException:
        return ""
