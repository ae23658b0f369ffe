"""Flags that say who is at something, over all processes: at them others wait, and spare the
database.

Nothing rests on them: the row that `sync.store.readings` keeps decides who reads. Where Redis is
away, or was emptied, everybody goes to that row, as they do where there is no Redis at all.
"""

import secrets
from hashlib import sha256
from typing import Final, Protocol

import structlog
from redis import Redis
from redis.exceptions import RedisError

from sync.clock import Rest
from sync.errors import TryLater

log = structlog.get_logger(__name__)

REDIS_SECONDS: Final = 0.5  # a Redis that is away must not hold anybody up
REST_SECONDS: Final = 5.0  # and is not asked again at once
NOBODY: Final = ""  # the token of who flies without a flag
# Take the flag away if it is our own: it may have run out and be somebody else's by now.
RELEASE: Final = """
if redis.call("get", KEYS[1]) == ARGV[1] then return redis.call("del", KEYS[1]) end
return 0
"""


class Flights(Protocol):
    """Flags that say who is at something. Safe to share between threads."""

    def begin(self, name: str, seconds: float) -> str | None:
        """The token of the caller, who is the one to go ahead; None: somebody else is at it.

        The flag falls by itself after so many seconds.
        """

    def goes_on(self, name: str) -> bool:
        """Whether somebody is still at it, as far as anybody knows."""

    def end(self, name: str, token: str) -> None:
        """The caller is done."""


class NoFlights:
    """No flags: everybody goes ahead and meets at the database."""

    def begin(self, name: str, seconds: float) -> str | None:
        """Always: go ahead."""
        return NOBODY

    def goes_on(self, name: str) -> bool:
        """Nobody knows."""
        return False

    def end(self, name: str, token: str) -> None:
        """There is nothing to take away."""


class RedisFlights:
    """Flags in Redis."""

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(
            url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS
        )
        self._release = self._redis.register_script(RELEASE)
        self._rest = Rest(REST_SECONDS)

    def begin(self, name: str, seconds: float) -> str | None:
        """The token of the caller; NOBODY where Redis is away."""
        if self._rest.is_on():
            return NOBODY
        token = secrets.token_hex(16)
        try:
            ours = self._redis.set(_key(name), token, nx=True, px=int(seconds * 1000))
        except RedisError as error:
            self._is_away(error)
            return NOBODY
        return token if ours else None

    def goes_on(self, name: str) -> bool:
        """Whether the flag is up; False where Redis is away."""
        if self._rest.is_on():
            return False
        try:
            return bool(self._redis.exists(_key(name)))
        except RedisError as error:
            self._is_away(error)
            return False

    def end(self, name: str, token: str) -> None:
        """Take the flag away, if it is the caller's. Where Redis is away it falls by itself."""
        if token == NOBODY or self._rest.is_on():
            return
        try:
            self._release(keys=[_key(name)], args=[token])
        except RedisError as error:
            self._is_away(error)

    def ensure_reachable(self) -> None:
        """Pass only if Redis answers. Raises TryLater."""
        try:
            self._redis.ping()
        except RedisError as error:
            raise TryLater(
                f"The cache cannot be reached ({type(error).__name__}).",
                hint="Check CACHE_URL and that its server runs. Panels work without it.",
                kind="cache",
            ) from error

    def close(self) -> None:
        """Give all connections back."""
        self._redis.close()

    def _is_away(self, error: RedisError) -> None:
        self._rest.begin()
        log.warning("flights_without_cache", problem=type(error).__name__)


def _key(name: str) -> str:
    return f"acton:flight:{sha256(name.encode()).hexdigest()}"
