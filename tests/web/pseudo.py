"""A made-up language in which every text of ours stands between ⟦ and ⟧: what stands outside of
them on a page was never given to be translated.
"""

import re
from gettext import NullTranslations
from html.parser import HTMLParser
from typing import Final

# Names that are the same in every language.
NAMES: Final = (
    *("Act-On Integration for Pipeliner CRM", "Act-On Integration"),
    *("Act-On Score", "Act-On Key", "Act-On List", "Act-On Contact ID", "Act-On Last Refreshed"),
    *("Act-On Panel Key", "Act-On", "Pipeliner"),
)
# What others wrote, what stands for itself, and instants, which Babel writes.
NOT_OURS: Final = frozenset({"bdi", "code", "time", "script", "style", "svg", "datalist"})
SAID: Final = frozenset({"aria-label", "placeholder", "title", "alt"})
NEVER_CLOSED: Final = frozenset({"input", "meta", "link", "img", "br", "wbr", "option"})


class Pseudo(NullTranslations):
    """The catalogue of that language."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"

    def pgettext(self, context: str, message: str) -> str:
        return f"⟦{message}⟧"


class _Outside(HTMLParser):
    """Reads what people see and hear of a page, outside of ⟦ and ⟧."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._depth = 0
        self._not_ours: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in NOT_OURS or (("dir", "auto") in attrs and tag not in NEVER_CLOSED):
            self._not_ours.append(tag)
        for name, value in attrs:
            if name in SAID and value and not self._not_ours:
                self.found += _words(_outside(value))

    def handle_endtag(self, tag: str) -> None:
        if self._not_ours and tag == self._not_ours[-1]:
            self._not_ours.pop()

    def handle_data(self, data: str) -> None:
        # A text of ours may hold tags, so it goes on in the next piece.
        plain = ""
        for one in data:
            self._depth += (one == "⟦") - (one == "⟧")
            plain += one if self._depth == 0 and one != "⟧" else " "
        if not self._not_ours:
            self.found += _words(plain)


def untranslated(page: str) -> list[str]:
    """The words of a page that are in no language but English."""
    reader = _Outside()
    reader.feed(page)
    return reader.found


def _outside(text: str) -> str:
    while "⟦" in text:
        shorter = re.sub(r"⟦[^⟦⟧]*⟧", " ", text)
        if shorter == text:
            break
        text = shorter
    return text


def _words(text: str) -> list[str]:
    for name in NAMES:
        text = text.replace(name, " ")
    # Addresses, numbers with their units, codes of two letters.
    return [one for one in text.split() if re.search(r"[A-Za-z]{3}", one) and "." not in one[:-1]]
