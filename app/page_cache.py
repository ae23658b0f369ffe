"""Rendered panels, kept for a moment: in each process, or in Redis where CACHE_URL says so.

What differs from one opening to the next (the session, the record key) is not kept: a mark stands
in its place, made up anew for each page, so that no text from outside can hold it.

Values are JSON, not the library's pickles: who can write to a shared Redis must not run code here.
"""

import secrets
from collections.abc import Callable
from hashlib import sha256
from typing import Any, Final

import structlog
from cachelib.serializers import JSONSerializer
from flask import Flask
from flask_caching import Cache
from markupsafe import escape
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

KEPT_SECONDS: Final = 15  # how old a page may be that nobody has refreshed
VERSION_SECONDS: Final = 60  # longer than any page is kept
MOST_PAGES: Final = 2_000  # in one process; some 30 KB each
REDIS_SECONDS: Final = 0.5  # a Redis that is away must not hold a panel up

Render = Callable[[str, str], str]  # (session, key) → the page


class _Json(JSONSerializer):
    def loads(self, bvalue: Any, *args: Any, **kwargs: Any) -> Any:
        return None if bvalue is None else super().loads(bvalue, *args, **kwargs)


class PageCache:
    """The pages of one app, by what they show and for whom."""

    def __init__(self) -> None:
        self._cache = Cache()

    def init_app(self, app: Flask, url: str | None) -> None:
        """Keep pages in Redis at this address; None: in this process."""
        where: dict[str, Any] = {"CACHE_TYPE": "SimpleCache", "CACHE_THRESHOLD": MOST_PAGES}
        if url is not None:
            mark = "&" if "?" in url else "?"
            patience = f"socket_timeout={REDIS_SECONDS}&socket_connect_timeout={REDIS_SECONDS}"
            where = {"CACHE_TYPE": "RedisCache", "CACHE_REDIS_URL": f"{url}{mark}{patience}"}
        self._cache.init_app(
            app, config=where | {"CACHE_KEY_PREFIX": "acton:", "CACHE_SERIALIZER": _Json}
        )

    def page(self, subject: str, reader: str, session: str, key: str, render: Render) -> str:
        """The page about the subject as this reader sees it, rendered where none is kept."""
        name = _name("page", subject, reader, str(self._get(_name("version", subject)) or ""))
        kept = self._get(name)
        if not isinstance(kept, list) or len(kept) != 2:
            mark = secrets.token_hex(16)
            kept = [mark, render(f"session-{mark}", f"key-{mark}")]
            self._set(name, kept, KEPT_SECONDS)
        mark, html = kept
        return (
            str(html)
            .replace(f"session-{mark}", str(escape(session)))
            .replace(f"key-{mark}", str(escape(key)))
        )

    def forget(self, subject: str) -> None:
        """What is kept about the subject is out of date."""
        self._set(_name("version", subject), secrets.token_hex(8), VERSION_SECONDS)

    def _get(self, name: str) -> Any:
        try:
            return self._cache.get(name)
        except RedisError as error:
            log.warning("cache_away", problem=type(error).__name__)
            return None

    def _set(self, name: str, value: object, seconds: int) -> None:
        try:
            self._cache.set(name, value, timeout=seconds)
        except RedisError as error:
            log.warning("cache_away", problem=type(error).__name__)


def _name(*parts: str) -> str:
    return f"{parts[0]}:{sha256(chr(0).join(parts).encode()).hexdigest()}"
