"""Values kept for a while under a name: in each process, or in Redis where CACHE_URL says so.

What is kept here may be lost at any time. A Redis that is away is found out once and then left
alone for a moment, so that nobody waits for it.
"""

from typing import Any, Final

import structlog
from cachelib.serializers import BaseSerializer
from flask import Flask
from flask_caching import Cache
from redis.exceptions import RedisError

from sync.clock import Rest

log = structlog.get_logger(__name__)

REDIS_SECONDS: Final = 0.5  # a Redis that is away must not hold a panel up
REST_SECONDS: Final = 5.0


class _AsIs(BaseSerializer):
    """Within a process a value needs no other form: nobody changes it."""

    def dumps(self, value: Any, protocol: int = 0) -> Any:
        return value

    def loads(self, bvalue: Any) -> Any:
        return bvalue


class Kept:
    """Values of one kind. `as_bytes` is how they look in Redis."""

    def __init__(self, as_bytes: type[BaseSerializer], *, most: int) -> None:
        self._cache = Cache()
        self._as_bytes = as_bytes
        self._most = most
        self._rest = Rest(REST_SECONDS)

    def init_app(self, app: Flask, url: str | None) -> None:
        """Keep them in Redis at this address; None: in this process, and not more than `most`."""
        where: dict[str, Any] = {
            "CACHE_TYPE": "SimpleCache",
            "CACHE_THRESHOLD": self._most,
            "CACHE_SERIALIZER": _AsIs,
        }
        if url is not None:
            mark = "&" if "?" in url else "?"
            patience = f"socket_timeout={REDIS_SECONDS}&socket_connect_timeout={REDIS_SECONDS}"
            where = {
                "CACHE_TYPE": "RedisCache",
                "CACHE_REDIS_URL": f"{url}{mark}{patience}",
                "CACHE_SERIALIZER": self._as_bytes,
            }
        self._cache.init_app(app, config=where | {"CACHE_KEY_PREFIX": "acton:"})

    def get(self, name: str) -> Any:
        """The value; None where it is not kept any more, or Redis is away."""
        if self._rest.is_on():
            return None
        try:
            return self._cache.get(name)
        except RedisError as error:
            self._is_away(error)
            return None

    def set(self, name: str, value: object, seconds: int) -> None:
        """Keep the value for so many seconds. Where Redis is away it is not kept."""
        if self._rest.is_on():
            return
        try:
            self._cache.set(name, value, timeout=seconds)
        except RedisError as error:
            self._is_away(error)

    def clear(self) -> None:
        """Forget everything."""
        self._cache.clear()

    def _is_away(self, error: RedisError) -> None:
        self._rest.begin()
        log.warning("cache_away", problem=type(error).__name__)
