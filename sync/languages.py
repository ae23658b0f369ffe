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
from pathlib import Path
from typing import Final

from babel.support import LazyProxy, Translations

ENGLISH: Final = "en"
LANGUAGES: Final = {  # each by its own name
    ENGLISH: "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "pt": "Português",
}
FOLDER: Final = Path(__file__).resolve().parent / "translations"

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


def find_language(tag: str | None) -> str | None:
    """Which of our languages a tag such as "de-AT" or "pt_BR" asks for; None: none of ours."""
    found = re.match(r"[A-Za-z]{2,3}(?![A-Za-z])", tag or "")
    language = found[0].lower() if found else ""
    return language if language in LANGUAGES else None


def gettext(message: str, **values: object) -> str:
    """The message in the language spoken, with its values (`%(name)s`) filled in."""
    return _fill(_catalogue().gettext(message), values)


def ngettext(one: str, many: str, num: int, **values: object) -> str:
    """The message in the form that the language has for this number, which is `%(num)s` in it."""
    return _fill(_catalogue().ngettext(one, many, num), {"num": num} | values)


def pgettext(context: str, message: str, **values: object) -> str:
    """As `gettext`, for a message that means something else elsewhere."""
    return _fill(_catalogue().pgettext(context, message), values)


def lazy_gettext(message: str, **values: object) -> LazyProxy:
    """As `gettext`, translated each time it is shown: for what stands in a constant."""
    return LazyProxy(gettext, message, enable_cache=False, **values)


def _fill(text: str, values: dict[str, object]) -> str:
    return text % values if values else text


def _catalogue() -> NullTranslations:
    return _catalogue_of(_language.get())


@lru_cache(maxsize=len(LANGUAGES))
def _catalogue_of(language: str) -> NullTranslations:
    if language == ENGLISH:
        return NullTranslations()
    return Translations.load(str(FOLDER), [language])
