"""Which passwords are good enough. Pure; hashing them is done elsewhere.

Long rather than complicated, as NIST SP 800-63B advises: no rules about kinds of characters, no
expiry, but nothing that guessers try first.
"""

import unicodedata
from typing import Final

from sync.languages import lazy_gettext

SHORTEST: Final = 12
LONGEST: Final = 200  # bytes cost time to hash
# Long ones that lists of leaked passwords begin with; shorter ones are too short anyway.
_COMMON: Final = frozenset(
    [
        "123456789012",
        "1234567890123",
        "12345678901234",
        "123456789123",
        "111111111111",
        "000000000000",
        "qwertyuiopas",
        "qwertyuiop123",
        "qwerty123456",
        "1q2w3e4r5t6y",
        "passwordpassword",
        "password1234",
        "password12345",
        "password123456",
        "password1234567",
        "administrator",
        "adminadminadmin",
        "iloveyouiloveyou",
        "letmeinletmein",
        "welcome12345",
        "welcome123456",
        "changemechangeme",
        "changeme1234",
        "abcdefghijkl",
        "abcd12345678",
        "abc123abc123",
        "asdfghjkl123",
        "zaq12wsxcde3",
        "qazwsxedcrfv",
        "trustno1trustno1",
        "football1234",
        "baseball1234",
        "superman1234",
        "princess1234",
        "sunshine1234",
        "pipelinercrm",
        "pipeliner123",
        "pipeliner1234",
        "acton1234567",
        "correcthorsebatterystaple",
    ]
)


def normalise_password(password: str) -> str:
    """The password as it is hashed: the same characters typed on another keyboard are the same."""
    return unicodedata.normalize("NFKC", password)


def problem_with_password(password: str, email: str) -> str | None:
    """What is wrong with a new password, as a sentence; None where it is good enough."""
    plain = normalise_password(password)
    if len(plain) < SHORTEST:
        return lazy_gettext("The password needs at least %(least)s characters.", least=SHORTEST)
    if len(plain.encode()) > LONGEST:
        return lazy_gettext("The password may have at most %(most)s characters.", most=LONGEST)
    folded = plain.casefold().strip()
    local = email.casefold().partition("@")[0]
    if folded in (email.casefold(), local) or email.casefold() in folded:
        return lazy_gettext("The password must not be the e-mail address.")
    if folded in _COMMON or len(set(folded)) < 5:
        return lazy_gettext("This password is one that guessers try first. Choose another.")
    return None
