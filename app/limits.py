"""How often one network address may knock: signing in, making an account, claiming a space.

Failed log-ins are counted for good in the database (`sync.rules.throttle`). This is the coarser net
before it, which keeps a flood from costing hashes and calls of vendors.
"""

from typing import Final

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

SIGN_IN: Final = "20 per minute; 200 per hour"
REGISTER: Final = "10 per minute; 60 per hour"
CLAIM: Final = "10 per minute; 60 per hour"
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
    limiter.init_app(app)
