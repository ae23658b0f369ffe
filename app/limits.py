"""How often one network address may knock: signing in, claiming, the cron's and the panel's doors.

Failed log-ins are counted for good in the database (`sync.rules.throttle`). This is the coarser net
before it, which keeps a flood from costing hashes, signatures and calls of vendors.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

import structlog
from flask import Blueprint, Flask, Response
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits import RateLimitItem, parse
from limits.errors import StorageError
from redis.exceptions import RedisError
from werkzeug.exceptions import TooManyRequests

log = structlog.get_logger(__name__)

SIGN_IN: Final = "20 per minute; 200 per hour"
REGISTER: Final = "10 per minute; 60 per hour"
CLAIM: Final = "10 per minute; 60 per hour"
# Several crons may call every minute, and a deploy looks at runs; a wrong token never gets better.
OF_PROGRAMS: Final = "240 per minute"
# A vendor sends for all its spaces from few addresses, and signs what it sends.
OF_VENDORS: Final = "3000 per minute"
OF_STRANGERS: Final = "30 per minute; 300 per hour"
# A whole company may stand behind one address: a panel costs little, a look at a vendor more.
REFUSED_PANELS: Final = parse("60 per minute")
LIVE_LOOKS: Final = parse("300 per minute")
REDIS_SECONDS: Final = 0.5  # a Redis that is away must not hold a sign-in up

# Without Redis for a while each process counts for itself: better than letting everything through.
limiter = Limiter(get_remote_address, headers_enabled=True, in_memory_fallback_enabled=True)


def init_app(app: Flask, cache_url: str | None) -> None:
    """Count in Redis where there is one, else in each process."""
    patience = {"socket_timeout": REDIS_SECONDS, "socket_connect_timeout": REDIS_SECONDS}
    app.config.update(
        RATELIMIT_STORAGE_URI=cache_url or "memory://",
        RATELIMIT_STORAGE_OPTIONS=patience if cache_url else {},
    )
    app.after_request(_without_advice)  # runs after what the limiter does with an answer
    limiter.init_app(app)


def _without_advice(response: Response) -> Response:
    """The limiter says with every answer when to come again; only refusals should."""
    if response.status_code not in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        response.headers.pop("Retry-After", None)
    return response


def guard_with_token(
    may: Callable[[], bool], blueprint: Blueprint, *, of_programs: str = OF_PROGRAMS
) -> None:
    """Limit who has the token of a blueprint generously, and all others strictly.

    Apart, so that nobody's wrong tokens shut out the cron that shares an address with them, as all
    do behind a proxy that is not told of (`TRUSTED_PROXIES`).
    """
    limiter.limit(of_programs, exempt_when=lambda: not may())(blueprint)
    limiter.limit(OF_STRANGERS, exempt_when=may)(blueprint)


def is_too_often(item: RateLimitItem, what: str) -> bool:
    """Whether this address does that more often than it may; it is counted once more.

    For the panel, whose views go without Flask-Limiter: it would slow each of them down.
    """
    try:
        return not limiter.limiter.hit(item, what, get_remote_address())
    except (StorageError, RedisError) as error:
        log.warning("limit_not_counted", what=what, why=type(error).__name__)
        return False


def count_live_look() -> None:
    """Count a call of a vendor that somebody waits for. Raises TooManyRequests."""
    if is_too_often(LIVE_LOOKS, "live looks"):
        raise TooManyRequests
