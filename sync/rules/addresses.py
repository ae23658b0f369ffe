"""Which e-mail addresses are usable, and how they are compared (design §3.2).

1. Usable is what `email-validator` accepts without asking the DNS: non-ASCII local parts yes,
   single-label domains, quoted local parts, IP literals and display names no.
2. Blanks around it (also the invisible ones that come with copy and paste) do not count.
3. Compared without regard to case, in NFC, with the domain as its A-label, so that the Unicode and
   the punycode spelling of one address meet.

A run asks this for every list row, and the library takes some 25 µs. Plain ASCII addresses, which
are nearly all, are therefore recognised by a strict pattern that accepts only what the library
accepts with the same result; tests compare the two.
"""

import re
import unicodedata

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

_INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad\u202a\u202b\u202c\u202d\u202e"
_EDGES = _INVISIBLE + "".join(map(chr, range(33))) + "\x7f\x85\xa0\u1680\u2028\u2029\u202f\u205f"
_EDGES += "\u3000" + "".join(map(chr, range(0x2000, 0x200B)))

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_PLAIN = re.compile(rf"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@((?:{_LABEL}\.)+)([a-z]{{2,63}})")
_MOST_LOCAL, _MOST_DOMAIN, _MOST = 64, 253, 254
# The library refuses some domains altogether ("test", "local", …); it alone knows which.
_SPECIAL = frozenset(name.rsplit(".", 1)[-1] for name in SPECIAL_USE_DOMAIN_NAMES)


def normalise(raw: str) -> str | None:
    """The address as it is compared and stored; None where it is not usable.

    Source: email-validator's documentation on `check_deliverability` and internationalisation.
    """
    text = raw.strip(_EDGES).lower()
    found = _PLAIN.fullmatch(text)
    if found is not None and _is_plain(text, found[1], found[2]):
        return text
    return _ask_library(text)


def _is_plain(text: str, labels: str, top: str) -> bool:
    at = text.index("@")
    return (
        at <= _MOST_LOCAL
        and len(text) <= _MOST
        and len(text) - at - 1 <= _MOST_DOMAIN
        and "--" not in labels  # punycode and other reserved labels
        and top not in _SPECIAL
    )


def _ask_library(text: str) -> str | None:
    if "@" not in text or len(text) > 4 * _MOST:
        return None
    try:
        checked = validate_email(unicodedata.normalize("NFC", text), check_deliverability=False)
    except EmailNotValidError:
        return None
    # Lower-casing can undo NFC ("İ" becomes two characters), so it is composed again.
    local = unicodedata.normalize("NFC", checked.local_part.lower())
    return f"{local}@{checked.ascii_domain.lower()}"
