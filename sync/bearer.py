"""Bearer tokens of programs: the cron's, the watchers'."""

import hmac
from collections.abc import Iterable


def is_known(header: str, tokens: Iterable[str]) -> bool:
    """Whether an Authorization header presents one of the tokens.

    All are compared, each in constant time, so that timing tells neither a token nor which.
    """
    scheme, _, offered = header.partition(" ")
    if scheme.lower() != "bearer":
        return False
    presented = offered.strip().encode()
    same = [hmac.compare_digest(presented, token.encode()) for token in tokens]
    return any(same)
