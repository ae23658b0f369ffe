"""Numbers and dates in the language that is spoken."""

from datetime import date, datetime, timedelta

from babel.dates import format_date
from babel.numbers import format_decimal

from sync.languages import current_language
from sync.rules.schedule import zone


def number(value: int) -> str:
    """A number with its thousands apart."""
    return format_decimal(value, locale=current_language())


def day_in_words(day: date) -> str:
    """A date: "23 Nov 2026"."""
    return format_date(day, "medium", locale=_locale())


def date_in_words(at: datetime, zone_name: str, *, days: int = 0) -> str:
    """The date in that zone so many days after the instant."""
    return day_in_words(at.astimezone(zone(zone_name)).date() + timedelta(days=days))


def _locale() -> str:
    language = current_language()
    return "en_001" if language == "en" else language  # day before month, as on our pages
