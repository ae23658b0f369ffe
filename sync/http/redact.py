"""What must never be shown is taken out here; what is shown becomes one tidy line."""

import re
import unicodedata
from typing import Final

MASK: Final = "***"
_NAMES = (
    r"(?:access_|refresh_|id_)?token|client_secret|password|passwd|pwd|secret|api[_-]?key"
    r"|authorization|assertion|signature|panel[_-]?key"
)
_VALUE = r"(?:(?:basic|bearer)\s+)?[^\s\"'&,;}]+"
# A quoted value is masked to its closing quote, or to the end of the text where that was cut off.
_QUOTED = re.compile(
    rf"(?i)\b({_NAMES})([\"']?\s*[=:]\s*)(?:\"(?:[^\"\\]|\\.)*\"?|'(?:[^'\\]|\\.)*'?)"
)
_PAIR = re.compile(rf"(?i)\b({_NAMES})([\"']?\s*[=:]\s*){_VALUE}")
_PARAMETER = re.compile(r"(?i)([?&#](?:code|state|k|key|sig)=)[^\s&#\"']+")
_SCHEME = re.compile(r"(?i)\b(basic|bearer)\s+[A-Za-z0-9._~+/=-]{6,}")
_USER_INFO = re.compile(r"(?i)(https?://)[^/\s@]+@")


def hide_secrets(text: str) -> str:
    """The text with credentials, tokens and the values of telling parameters masked."""
    text = _QUOTED.sub(rf'\1\2"{MASK}"', text)
    text = _PAIR.sub(rf"\1\2{MASK}", text)
    text = _PARAMETER.sub(rf"\1{MASK}", text)
    text = _SCHEME.sub(rf"\1 {MASK}", text)
    return _USER_INFO.sub(rf"\1{MASK}@", text)


def clean_text(text: str, limit: int = 500) -> str:
    """One line fit to be shown: no secrets, no control or invisible characters, not too long."""
    # Cut before the work, generously: a vendor's body may be megabytes of one line.
    shown = "".join(
        " " if unicodedata.category(one) in ("Cc", "Cf", "Zl", "Zp", "Cs") else one
        for one in text[: limit * 8]
    )
    line = hide_secrets(" ".join(shown.split()))
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
