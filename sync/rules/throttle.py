"""How long somebody who fails to sign in has to wait before the next try. Pure.

1. Each account is counted for each network address apart, so that nobody can lock the owner out
   from elsewhere.
2. Each network address is counted over all accounts too, more leniently: behind one may be many.
3. Each try counts when it begins and not when it ends, so tries made at once gain nothing.
4. What was quiet for a day is forgotten.
"""

from datetime import timedelta
from hashlib import sha256
from typing import Final

FREE_OF_ACCOUNT: Final = 5  # tries until the first wait
FREE_OF_ADDRESS: Final = 30
FIRST_WAIT: Final = timedelta(seconds=5)
LONGEST_WAIT: Final = timedelta(minutes=15)
FORGOTTEN_AFTER: Final = timedelta(days=1)


def wait_after(failures: int, free: int) -> timedelta:
    """How long the next try has to wait after so many in a row that failed; doubles each time."""
    if failures < free:
        return timedelta(0)
    doubled: timedelta = FIRST_WAIT * 2 ** min(failures - free, 20)
    return min(doubled, LONGEST_WAIT)


def try_names(email: str, address: str) -> tuple[tuple[str, int], ...]:
    """The names under which a try is counted, each with its free tries. They tell nobody."""
    return (
        (_name("account", email, address), FREE_OF_ACCOUNT),
        (_name("address", address), FREE_OF_ADDRESS),
    )


def _name(*parts: str) -> str:
    return sha256("|".join(f"{len(part)}:{part}" for part in parts).encode()).hexdigest()
