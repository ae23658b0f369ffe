"""The languages that people read: catalogues of Babel, and in which language we speak just now.

English is written in the code; the other languages come from `sync/translations`, which
`./run languages` keeps in step with the code. Works for pages and for e-mails alike: the language
is a context of its own, not one of a request.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from gettext import NullTranslations
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any, Final

from babel.numbers import format_decimal
from babel.support import Translations
from markupsafe import Markup, escape

ENGLISH: Final = "en"
LANGUAGES: Final = {  # each by its own name
    ENGLISH: "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "pt": "Português",
}
FOLDER: Final = Path(__file__).resolve().parent / "translations"

LONGEST_KEPT: Final = 1_000  # characters of a text that is looked for among messages with values
SHORTEST_KNOWN: Final = 5  # characters beside the values by which one is known again
_PLACEHOLDER: Final = re.compile(r"%\((\w+)\)[sr]")

_language: ContextVar[str] = ContextVar("language", default=ENGLISH)


def current_language() -> str:
    """The language that is spoken just now, one of LANGUAGES."""
    return _language.get()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Within it, texts are given in this language; in English where it is none of ours."""
    token = _language.set(find_language(language) or ENGLISH)
    try:
        yield
    finally:
        _language.reset(token)


def speak(language: str) -> None:
    """From now on, until the `speaking` around it ends, texts are given in this language."""
    _language.set(find_language(language) or ENGLISH)


@lru_cache(maxsize=256)  # tags have few forms, and panels ask for each of theirs
def find_language(tag: str | None) -> str | None:
    """Which of our languages a tag such as "de-AT" or "pt_BR" asks for; None: none of ours."""
    found = re.match(r"[A-Za-z]{2,3}(?![A-Za-z])", tag or "")
    language = found[0].lower() if found else ""
    return language if language in LANGUAGES else None


def gettext(message: str, /, **values: object) -> str:
    """The message in the language spoken, with its values (`%(name)s`) filled in."""
    return _fill(_catalogue().gettext(message) if message else "", values)


def ngettext(one: str, many: str, number: int, /, **values: object) -> str:
    """The message in the form that the language has for this number, which is `%(num)s` in it;
    `num` says how the number itself is written."""
    return _fill(_catalogue().ngettext(one, many, number), {"num": number} | values)


def pgettext(context: str, message: str, /, **values: object) -> str:
    """As `gettext`, for a message that means something else elsewhere."""
    return _fill(_catalogue().pgettext(context, message), values)


class Text(str):
    """A text of ours that says itself in the language spoken where it is shown.

    In itself it is English, as it is kept, logged and compared; `str`, a format and a page give the
    language. So constants and errors can be made anywhere, whoever reads them.
    """

    __slots__ = ("_message", "_values")
    _message: str
    _values: dict[str, object]

    def __new__(cls, message: str, /, **values: object) -> "Text":
        english = {name: _english(value) for name, value in values.items()}
        made = super().__new__(cls, _fill(_english(message), english))
        made._message, made._values = _english(message), values
        return made

    @classmethod
    def kept(cls, text: str, message: str, values: dict[str, Any]) -> "Text":
        """The text, which is this message with these values filled in."""
        made = super().__new__(cls, text)
        made._message, made._values = message, values
        return made

    def __str__(self) -> str:
        return gettext(self._message, **self._values)

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __html__(self) -> Markup:
        return escape(str(self))


def lazy_gettext(message: str, /, **values: object) -> Text:
    """As `gettext`, translated each time it is shown: for constants, and for what goes wrong."""
    return Text(message, **values)


class Number(int):
    """A number within a text: its thousands stand apart as the language spoken has it."""

    def __str__(self) -> str:
        return format_decimal(int(self), locale=_language.get())


def translated(text: str) -> str:
    """A text of ours that was kept in English, in the language spoken; others as they are.

    One that was kept with its values filled in is known again by what stands around them.
    """
    if isinstance(text, Text) or _language.get() == ENGLISH:
        return text if isinstance(text, Text) else Text(text)
    return _recognised(text) or Text(text)


class _Within:
    """A value within a text that was kept: where it stood between quotes, they are a part of it."""

    def __init__(self, text: str) -> None:
        self._text = _recognised(text) or Text(text)

    def __repr__(self) -> str:
        return str(self._text)


def _recognised(text: str) -> Text | None:
    if len(text) > LONGEST_KEPT or gettext(text) != text:
        return None
    for pattern, message in _patterns(_language.get()):
        found = pattern.fullmatch(text)
        if found:
            values = {name: _Within(value) for name, value in found.groupdict().items()}
            return Text.kept(text, message, values)
    return None


@lru_cache(maxsize=len(LANGUAGES))
def _patterns(language: str) -> list[tuple[re.Pattern[str], str]]:
    """How each message with values reads in English, and the message; the plainest first."""
    keys = getattr(_catalogue_of(language), "_catalog", {})
    found = []
    for message in (one for one in keys if isinstance(one, str) and _PLACEHOLDER.search(one)):
        pieces = _PLACEHOLDER.split(message)
        plain = "".join(pieces[::2])
        names = pieces[1::2]
        if len(plain) < SHORTEST_KNOWN or len(names) != len({*names}):
            continue
        groups = [f"(?P<{name}>.*)" for name in names]
        texts = [re.escape(piece.replace("%%", "%")) for piece in pieces[::2]]
        pattern = "".join(chain(*zip_longest(texts, groups, fillvalue="")))
        found.append((len(plain), re.compile(pattern, re.DOTALL), message))
    found.sort(key=lambda one: -one[0])
    return [(pattern, message) for _, pattern, message in found]


def _english(value: object) -> Any:
    if isinstance(value, Text):
        return str.__str__(value)
    return f"{value:,}" if isinstance(value, Number) else value


def _fill(text: str, values: dict[str, object]) -> str:
    return text % values if values else text


# What templates need: the message alone, which Jinja fills in with what it has escaped.


def plain_gettext(message: str) -> str:
    """The message in the language spoken, its placeholders as they are."""
    return _catalogue().gettext(message) if message else ""


def plain_ngettext(one: str, many: str, number: int) -> str:
    """The form for this number, its placeholders as they are."""
    return _catalogue().ngettext(one, many, number)


def plain_pgettext(context: str, message: str) -> str:
    """As `plain_gettext`, for a message that means something else elsewhere."""
    return _catalogue().pgettext(context, message)


def _catalogue() -> NullTranslations:
    return _catalogue_of(_language.get())


@lru_cache(maxsize=len(LANGUAGES))
def _catalogue_of(language: str) -> NullTranslations:
    if language == ENGLISH:
        return NullTranslations()
    return Translations.load(str(FOLDER), [language])
