"""Times and numbers as one viewer reads them: in their language, as their region writes them.

The zone is the viewer's own if the page could tell it, else the space's. Pure.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import groupby
from typing import Final, Protocol, TypeVar
from zoneinfo import ZoneInfo

from babel import Locale, dates, localedata, numbers
from babel.core import get_global
from markupsafe import Markup

from app.spoken import wanted
from sync.languages import ENGLISH, current_language, find_language, gettext

WORLD: Final = "en_001"  # English, day before month
ZONE_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}")
LONGEST_ZONE: Final = 64
UTC_ZONE: Final = ZoneInfo("UTC")
JUST_NOW: Final = timedelta(seconds=50)
A_DAY: Final = timedelta(hours=24)


class Dated(Protocol):
    @property
    def at(self) -> datetime | None: ...


D = TypeVar("D", bound=Dated)


@dataclass(frozen=True, kw_only=True)
class Viewer:
    """Who reads the page, and when."""

    zone: ZoneInfo
    locale: Locale
    now: datetime

    def ago(self, at: datetime) -> str:
        """How long ago: "2 min ago". What lies in the future is "just now", as clocks differ."""
        passed = self.now - at
        if passed < JUST_NOW:
            return gettext("just now")
        words = dates.format_timedelta(
            -passed, add_direction=True, format="short", threshold=1, locale=self.locale
        )
        return words.replace(".", "")

    def time(self, at: datetime, text: str | None = None) -> Markup:
        """A time element that shows `text`, else how long ago, and the exact time on hover."""
        return Markup('<time datetime="{}" title="{}">{}</time>').format(
            at.astimezone(UTC).isoformat(timespec="seconds"), self.exact(at), text or self.ago(at)
        )

    def exact(self, at: datetime) -> str:
        """To the minute, with the zone: "Thu, 12 Nov 2026, 14:03 CET"."""
        return _exact(at, self.zone, self.locale)

    def clock(self, at: datetime) -> str:
        """The time of day: "14:03"."""
        return _clock(at, self.zone, self.locale)

    def moment(self, at: datetime) -> str:
        """In an entry of the stream: how long ago within the last day, else the time of day."""
        return self.ago(at) if self.now - at < A_DAY else self.clock(at)

    def day(self, at: datetime | date) -> str:
        """A date without the time: "12 Nov", with the year where it is not this one."""
        local = self._local(at).date() if isinstance(at, datetime) else at
        pattern = "MMMd" if local.year == self.today.year else "yMMMd"
        return _date(local, pattern, self.locale)

    def weekday(self, day: date) -> str:
        """The heading of a day in the stream: "Today", "Yesterday" or "Thu, 12 Nov"."""
        if day >= self.today:
            return gettext("Today")
        if day == self.today - timedelta(days=1):
            return gettext("Yesterday")
        pattern = "MMMEd" if day.year == self.today.year else "yMMMEd"
        return _date(day, pattern, self.locale)

    def coming(self, at: datetime) -> str:
        """An instant ahead: "today at 23:00", "tomorrow at 02:00", "on 3 Dec at 02:00"."""
        day = self._local(at).date()
        if day <= self.today:
            return gettext("today at %(time)s", time=self.clock(at))
        if day == self.today + timedelta(days=1):
            return gettext("tomorrow at %(time)s", time=self.clock(at))
        return gettext("on %(day)s at %(time)s", day=self.day(at), time=self.clock(at))

    def lasted(self, begin: datetime, end: datetime) -> str:
        """How long something took: "4 sec", "12 min"."""
        passed = max(end - begin, timedelta())
        return dates.format_timedelta(
            passed, format="short", threshold=2, locale=self.locale
        ).replace(".", "")

    def number(self, value: int) -> str:
        """A number with its thousands apart and a real minus sign."""
        return _decimal(value, self.locale)

    def signed(self, value: int) -> str:
        """A change: "+5", "−4", "±0"."""
        sign = "+" if value > 0 else "±" if value == 0 else ""
        return sign + self.number(value)

    def days_since(self, day: date) -> int:
        """How many of the viewer's days ago that was."""
        return (self.today - day).days

    def by_day(self, entries: Sequence[D]) -> Iterator[tuple[date | None, list[D]]]:
        """The entries of each day in the viewer's zone; None: those without an instant."""
        for day, group in groupby(entries, key=self._day_of):
            yield day, list(group)

    def seconds_until(self, at: datetime | None) -> int:
        """Whole seconds until then; 0 when it is past."""
        left = (at - self.now).total_seconds() if at else 0.0
        return max(int(-(-left // 1)), 0)

    @property
    def today(self) -> date:
        """The date where the viewer is."""
        return self._local(self.now).date()

    def is_today(self, at: datetime) -> bool:
        """Whether that is today where the viewer is."""
        return self._local(at).date() == self.today

    def hour(self, at: datetime) -> int:
        """The hour of the day, 0 to 23, where the viewer is."""
        return self._local(at).hour

    def _day_of(self, entry: Dated) -> date | None:
        return self._local(entry.at).date() if entry.at else None

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(self.zone)


# Writing a date takes CLDR's patterns apart each time; a page holds many, and often the same.


@lru_cache(maxsize=4096)
def _date(day: date, pattern: str, locale: Locale) -> str:
    return dates.format_skeleton(pattern, day, locale=locale)


@lru_cache(maxsize=4096)
def _clock(at: datetime, zone: ZoneInfo, locale: Locale) -> str:
    return dates.format_time(at, "short", tzinfo=zone, locale=locale)


@lru_cache(maxsize=4096)
def _exact(at: datetime, zone: ZoneInfo, locale: Locale) -> str:
    local = at.astimezone(zone)
    name = dates.get_timezone_name(local, width="short", locale=locale)
    return f"{_date(local.date(), 'yMMMEd', locale)}, {_clock(at, zone, locale)} {name}"


@lru_cache(maxsize=4096)
def _decimal(value: int, locale: Locale) -> str:
    return numbers.format_decimal(value, locale=locale).replace("-", "\N{MINUS SIGN}")


def find_zone(*names: str | None) -> ZoneInfo:
    """The first of the names that is an IANA zone, else UTC. Names may come from anybody."""
    for name in names:
        zone = _zone(name) if name and len(name) <= LONGEST_ZONE else None
        if zone:
            return zone
    return UTC_ZONE


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo | None:
    if not ZONE_NAME.fullmatch(name):
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # no zone; a folder of zones
        return None


@lru_cache(maxsize=256)
def read_languages(header: str, language: str = ENGLISH) -> Locale:
    """The locale for an Accept-Language header, where this language is spoken."""
    return choose_locale(wanted(header), language)


def choose_locale(languages: Sequence[str], language: str = ENGLISH) -> Locale:
    """The language as the reader's region writes dates: de-AT in German gives that of Austria, and
    in English 14:03 and 12 Nov."""
    return _english(languages) if language == ENGLISH else _at_home(languages, language)


def _at_home(languages: Sequence[str], language: str) -> Locale:
    """The language in the first region that speaks it and is asked for."""
    for tag in languages:
        region = _region(tag.replace("_", "-"))
        if find_language(tag) == language and localedata.exists(f"{language}_{region}"):
            return Locale.parse(f"{language}_{region}")
    return Locale.parse(language)


def _english(languages: Sequence[str]) -> Locale:
    for language in languages:
        region = _region(language.replace("_", "-"))
        if region == "US":
            return Locale.parse("en")
        if region and localedata.exists(f"en_{region}"):
            return Locale.parse(f"en_{region}")
        if region:
            return Locale.parse(WORLD)
    return Locale.parse(WORLD)


def _region(language: str) -> str | None:
    parts = language.split("-")
    named = next((part for part in parts[1:] if re.fullmatch(r"[A-Za-z]{2}", part)), None)
    if named:
        return named.upper()
    likely: str = get_global("likely_subtags").get(parts[0].lower(), "")
    return likely.rpartition("_")[2] or None


def for_pages(hint: str) -> str:
    """The hint; nothing where it is meant for people at the shell."""
    return "" if "python -m sync" in hint else hint


def capital(text: str) -> str:
    """The text with its first letter large, as it begins a line."""
    said = str(text)
    return said[:1].upper() + said[1:]


def counted(value: int) -> str:
    """A number with its thousands apart, as the language spoken has it."""
    return _decimal(value, Locale.parse(current_language()))


def web_address(url: str | None) -> str:
    """The address if it leads to the web, else nothing: no script runs from a link."""
    return url if url and re.match(r"https?://[^\s\\]", url, re.I) else ""


def without_scheme(text: str) -> Markup:
    """An address as people say it: without https://, www. and the last slash. Slashes may break."""
    shorter = re.sub(r"^https?://(www\.)?", "", text, flags=re.I).removesuffix("/")
    return Markup("/<wbr>").join((shorter or text).split("/"))
