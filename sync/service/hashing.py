"""Password hashes (argon2id), made and checked. Which passwords are good is `rules` to say."""

import threading
from functools import cached_property
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from sync.rules.passwords import LONGEST, normalise_password

AT_ONCE: Final = 2  # each takes 64 MiB; a crowd at the door must not take all memory


class Hashing:
    """Makes and checks hashes. Safe to share between threads."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()  # RFC 9106, for machines with little memory
        self._turn = threading.BoundedSemaphore(AT_ONCE)

    def hash(self, password: str) -> str:
        """The hash to be kept of a password."""
        with self._turn:
            return self._hasher.hash(normalise_password(password))

    def is_right(self, kept: str | None, password: str) -> bool:
        """Whether the hash is of this password. None takes as long and is never right."""
        plain = normalise_password(password)
        if len(plain.encode()) > LONGEST:
            plain, kept = "", None  # nobody's; long ones would only cost time
        with self._turn:
            try:
                self._hasher.verify(kept or self._nobodys, plain)
            except (VerificationError, InvalidHashError):
                return False
        return kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Whether hashes are made with other parameters by now."""
        return self._hasher.check_needs_rehash(kept)

    @cached_property
    def _nobodys(self) -> str:
        return self._hasher.hash("the password of nobody")
