"""A host that signs how it opens the panel: a short-lived JWT, posted into the frame."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

from joserfc import jwt
from joserfc.jwk import OctKey

LIFE = 120
SHORTEST_SECRET = 32  # HS256 wants a key as long as its digest
USER = "anna@example.com"  # who has logged in to this CRM


@dataclass(frozen=True, kw_only=True)
class Launch:
    """Where the panel is opened for a space, and the secret that it shares with us."""

    space: str
    url: str
    secret: str

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Self:
        """A launch as somebody configured it. Raises ValueError or KeyError."""
        space, url, secret = (str(values[name]) for name in ("space", "url", "secret"))
        if not is_web_address(url):
            raise ValueError("url must be an address that begins with http:// or https://.")
        if len(secret.encode()) < SHORTEST_SECRET:
            raise ValueError(f"secret must have at least {SHORTEST_SECRET} characters.")
        return cls(space=space, url=url, secret=secret)

    def make_token(self, entity: str, record_id: str, *, now: float) -> str:
        """A token good for two minutes, for this Contact or Lead as Anna sees it."""
        claims = {
            "iss": "sandbox",
            "aud": self.url,
            "sub": USER,
            "space": self.space,
            entity.lower(): record_id,
            "iat": int(now),
            "exp": int(now) + LIFE,
            "jti": secrets.token_urlsafe(16),
        }
        return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(self.secret))


def is_web_address(url: str) -> bool:
    """Whether a frame may be sent there: http or https, with a host."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
