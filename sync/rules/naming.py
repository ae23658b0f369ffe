"""Names of Leads and Contacts (design §3.3, §3.6).

1. A Lead is called `First Middle Last (List name)`.
2. Too long: the list part is shortened to no less than 20 characters, then the name part.
3. What could deceive or break a page's layout is taken out of names: control characters and the
   marks that turn the direction of writing. Everything else stays as the customer wrote it.
4. A Contact needs a first or last name; without one its address is its last name.
"""

import re
import unicodedata
from dataclasses import replace

from sync.model import Details

ELLIPSIS = "…"
SHORTEST_LIST_PART = 20
LONGEST_FIELD = 255

_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff"
    "\ud800-\udfff]"
)
_BLANKS = re.compile(r"\s+")
_PLAIN = re.compile(r"[!-~]+(?: [!-~]+)*")
_MARKS = ("Mn", "Mc", "Me")
_JOINERS = "\u200d\ufe0e\ufe0f"


def clean_name(text: str) -> str:
    """One line, composed (NFC), without control or direction marks; idempotent."""
    if _PLAIN.fullmatch(text):
        return text
    wanted = _UNWANTED.sub("", unicodedata.normalize("NFC", text))
    return unicodedata.normalize("NFC", _BLANKS.sub(" ", wanted).strip())


def person_name(details: Details) -> str:
    """`First Middle Last` with what there is of it; "" where there is nothing."""
    parts = (details.first_name, details.middle_name, details.last_name)
    return " ".join(part for part in map(clean_name, parts) if part)


def lead_name(*, name: str, list_name: str, limit: int = LONGEST_FIELD) -> str:
    """`name (list_name)`, no longer than `limit` characters; without a list name just `name`."""
    if not list_name:
        return shorten(name, limit)
    frame = len(" ()")
    room = limit - frame - len(name)
    if len(list_name) > room:
        list_name = shorten(list_name, max(room, min(SHORTEST_LIST_PART, len(list_name))))
    return f"{shorten(name, limit - frame - len(list_name))} ({list_name})"


def shorten(text: str, limit: int) -> str:
    """The text, or its beginning and `…`, within `limit` characters, not cut within a character
    as people see it (accents, joined emoji)."""
    if len(text) <= limit:
        return text
    end = max(limit - len(ELLIPSIS), 0)
    while end > 0 and _belongs_together(text, end):
        end -= 1
    return text[:end].rstrip() + ELLIPSIS if limit > 0 else ""


def contact_names(details: Details, address: str) -> Details:
    """The details fit for a new Contact: names cleaned, cut to size, and never all empty."""
    first, middle, last = (
        shorten(clean_name(part), LONGEST_FIELD)
        for part in (details.first_name, details.middle_name, details.last_name)
    )
    if not first and not last:
        first, middle, last = "", "", middle or shorten(address, LONGEST_FIELD)
    return replace(details, first_name=first, middle_name=middle, last_name=last)


def _belongs_together(text: str, end: int) -> bool:
    """Whether cutting before `end` would split what is seen as one character."""
    following, before = text[end], text[end - 1]
    return (
        unicodedata.category(following) in _MARKS
        or _splits_flag(text, end)
        or following in _JOINERS
        or before == "\u200d"
        or "\U0001f3fb" <= following <= "\U0001f3ff"  # skin tones
    )


def _splits_flag(text: str, end: int) -> bool:
    """Whether cutting before `end` would leave half of a flag, which is two letters of its own."""
    letters = 0
    while letters < end and _is_flag_letter(text[end - 1 - letters]):
        letters += 1
    return letters % 2 == 1 and _is_flag_letter(text[end])


def _is_flag_letter(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"
