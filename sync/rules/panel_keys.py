"""The text of a record key: `v1.<key id>.<space>.<person digest>.<expiry>.<HMAC>` (design §4).

It names a person by our own digest, so it can be written together with the new Contact. The HMAC
also covers the key epoch of the space, which is not in the text: raising the epoch ends all keys.
Space ids hold letters, digits, `_` and `-` only, so dots separate.
"""

from collections.abc import Callable
from datetime import UTC, datetime

_PARTS = 6

Sign = Callable[[bytes], str]


def make_panel_key(
    *, space_id: str, epoch: int, person: str, expires_at: datetime, key_id: str, sign: Sign
) -> str:
    """The key for one person's panel. `sign` gives the HMAC as URL-safe text."""
    body = f"v1.{key_id}.{space_id}.{person}.{int(expires_at.timestamp())}"
    return f"{body}.{sign(_signed(body, epoch))}"


def read_expiry(text: str) -> datetime | None:
    """When a key as found in Pipeliner ends; None where it is no key of ours. Proves nothing."""
    parts = text.split(".")
    if len(parts) != _PARTS or parts[0] != "v1" or not parts[4].isdecimal() or len(parts[4]) > 11:
        return None
    return datetime.fromtimestamp(int(parts[4]), UTC)


def _signed(body: str, epoch: int) -> bytes:
    return f"{body}|epoch {epoch}".encode()
