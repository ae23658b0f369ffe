"""Texts of others, made harmless for where they are shown.

Mail programs and chats make links of whatever looks like an address, whoever wrote it; chats call
people for `@here` or `<!channel>`, and format what stands between marks. None of that may come from
the name of a list or a person. What is changed stays readable.

Source: https://docs.slack.dev/messaging/formatting-message-text
"""

import re
import unicodedata
from collections.abc import Callable
from typing import Final, TypeAlias

Quote: TypeAlias = Callable[[str], str]

LONGEST: Final = 300
HIDDEN: Final = ("Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn")
# Marks of chats, and what looks like them and means nothing.
IN_CHATS: Final = str.maketrans("<>&@`|*_~[]\\", "‹›＆＠'¦∗ˍ∼()/")
_DOT_IN_WORD: Final = re.compile(r"(?<=\w)\.(?=\w{2})")


def one_line(text: str, limit: int = LONGEST) -> str:
    """The text on one line, without what cannot be seen, not too long."""
    seen = (" " if unicodedata.category(one) in HIDDEN else one for one in text[: limit * 4])
    line = " ".join("".join(seen).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def for_mail(text: str) -> str:
    """The text so that no mail program makes a link of it, other than to an e-mail address."""
    return " ".join(
        word if "@" in word and "/" not in word else _no_address(word)
        for word in one_line(text).split()
    )


def for_chat(text: str) -> str:
    """The text so that no chat makes a link, a mark or a call of it."""
    return _no_address(one_line(text)).translate(IN_CHATS)


def _no_address(text: str) -> str:
    return _DOT_IN_WORD.sub("․", text.replace("://", ":⁄⁄"))
