"""The text of a record key: `v1.<key id>.<space>.<person digest>.<expiry>.<HMAC>` (design §4).

It names a person by our own digest, so it can be written together with the new Contact. The HMAC
also covers the key epoch of the space, which is not in the text: raising the epoch ends all keys.
Space ids hold letters, digits, `_` and `-` only, so dots separate.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

PANEL_KEY_PURPOSE = "panel key"  # what our keyring signs them for
_PARTS = 6
_LONGEST = 600

Sign = Callable[[bytes], str]
Verify = Callable[[bytes, str, str], bool]  # (message, HMAC, key id) → whether they belong together


@dataclass(frozen=True, kw_only=True)
class PanelKey:
    """A record key as read. Nothing in it is true before `is_genuine` says so."""

    key_id: str
    space_id: str
    person: str
    expires_at: datetime
    body: str
    mac: str


def make_panel_key(
    *, space_id: str, epoch: int, person: str, expires_at: datetime, key_id: str, sign: Sign
) -> str:
    """The key for one person's panel. `sign` gives the HMAC as URL-safe text."""
    body = f"v1.{key_id}.{space_id}.{person}.{int(expires_at.timestamp())}"
    return f"{body}.{sign(_signed(body, epoch))}"


def parse_panel_key(text: str) -> PanelKey | None:
    """The parts of a record key; None where the text has not the form of one."""
    parts = text.split(".")
    if len(text) > _LONGEST or len(parts) != _PARTS or parts[0] != "v1":
        return None
    expiry = parts[4]
    if not (expiry.isascii() and expiry.isdecimal() and len(expiry) <= 11):
        return None
    return PanelKey(
        key_id=parts[1],
        space_id=parts[2],
        person=parts[3],
        expires_at=datetime.fromtimestamp(int(expiry), UTC),
        body=text.rpartition(".")[0],
        mac=parts[5],
    )


def is_genuine(key: PanelKey, epoch: int, verify: Verify) -> bool:
    """Whether we made the key in this epoch of its space."""
    return verify(_signed(key.body, epoch), key.mac, key.key_id)


def _signed(body: str, epoch: int) -> bytes:
    return f"{body}|epoch {epoch}".encode()
