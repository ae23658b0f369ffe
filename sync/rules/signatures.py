"""Whether a webhook was signed by who shares our secret. Pure.

Act-On signs with HMAC-SHA256 and a secret for each endpoint, and delivers through Svix, whose
scheme is public: id, instant and body are signed together, base64, and old and new signatures may
stand side by side while a secret is changed. The header names `webhook-*` are those of Standard
Webhooks, which is the same scheme. Sources: https://docs.svix.com/receiving/verifying-payloads/
how-manual, https://www.standardwebhooks.com. Where an account signs the body alone, the header is a
setting; no instant is signed then, so only the id of the body tells a repetition.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from sync.errors import InvalidInput
from sync.model.webhooks import SignatureScheme, WebhookKey

WINDOW: Final = timedelta(minutes=5)
PREFIX: Final = "whsec_"
FAMILIES: Final = ("svix", "webhook")
FEWEST_BYTES: Final = 16
LONGEST_ID: Final = 256
LONGEST_SECRET: Final = 512


def read_secret(scheme: SignatureScheme, text: str) -> bytes:
    """The bytes of a secret as Act-On shows it. Raises InvalidInput."""
    secret = text.strip()
    if len(secret) > LONGEST_SECRET:
        raise InvalidInput("The signing secret is too long.", hint="Copy it from Act-On again.")
    raw = secret.encode() if scheme is SignatureScheme.PLAIN else _decoded(secret)
    if raw is None or len(raw) < FEWEST_BYTES:
        raise InvalidInput(
            "That is not a signing secret.",
            hint="Copy it from the endpoint's page in Act-On; with Svix it begins with whsec_.",
        )
    return raw


def read_header(text: str) -> str:
    """The name of a header that holds a signature. Raises InvalidInput."""
    name = text.strip()
    if not re.fullmatch(r"[A-Za-z0-9-]{1,64}", name):
        raise InvalidInput(
            "That is not the name of a header.",
            hint="Letters, digits and hyphens, such as X-Signature.",
        )
    return name


def proven_id(
    key: WebhookKey, headers: Mapping[str, str], body: bytes, now: datetime
) -> str | None:
    """What names this delivery, the same when it is repeated; None where it proves nothing.

    `headers`: names in lower case.
    """
    if key.scheme is SignatureScheme.PLAIN:
        return _plain_id(key, headers, body)
    for family in FAMILIES:
        found = _svix_id(key, headers, body, now, family)
        if found is not None:
            return found
    return None


def sign(key: WebhookKey, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers with which such a webhook comes, as Act-On would send them; for tests by hand."""
    if key.scheme is SignatureScheme.PLAIN:
        return {key.header.lower(): _mac(key, body).hex()}
    stamp = str(int(at.timestamp()))
    signed = f"{message_id}.{stamp}.".encode() + body
    signature = base64.b64encode(_mac(key, signed)).decode()
    return {
        "svix-id": message_id,
        "svix-timestamp": stamp,
        "svix-signature": f"v1,{signature}",
    }


def _svix_id(
    key: WebhookKey, headers: Mapping[str, str], body: bytes, now: datetime, family: str
) -> str | None:
    message_id = headers.get(f"{family}-id", "")
    stamp = headers.get(f"{family}-timestamp", "")
    if not message_id or len(message_id) > LONGEST_ID or not _is_recent(stamp, now):
        return None
    signed = f"{message_id}.{stamp}.".encode("utf-8", "surrogatepass") + body
    expected = _mac(key, signed)
    offered = headers.get(f"{family}-signature", "").split()
    ours = [one.partition(",")[2] for one in offered if one.startswith("v1,")]
    return message_id if any(_equals(expected, one) for one in ours) else None


def _plain_id(key: WebhookKey, headers: Mapping[str, str], body: bytes) -> str | None:
    offered = headers.get(key.header.lower(), "").strip()
    offered = offered.removeprefix("sha256=").removeprefix("v1,")
    if not offered or not _equals(_mac(key, body), offered):
        return None
    return hashlib.sha256(body).hexdigest()


def _is_recent(stamp: str, now: datetime) -> bool:
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 11):
        return False
    return abs(now - datetime.fromtimestamp(int(stamp), UTC)) <= WINDOW


def _equals(expected: bytes, offered: str) -> bool:
    """Whether the offered text is those bytes, in base64 or in hexadecimal digits."""
    raw = offered.encode("utf-8", "surrogatepass")
    return hmac.compare_digest(base64.b64encode(expected), raw) or hmac.compare_digest(
        expected.hex().encode(), raw.lower()
    )


def _mac(key: WebhookKey, message: bytes) -> bytes:
    return hmac.digest(read_secret(key.scheme, key.secret), message, "sha256")


def _decoded(secret: str) -> bytes | None:
    text = secret.removeprefix(PREFIX)
    try:
        padded = text + "=" * (-len(text) % 4)
        return base64.b64decode(padded.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return None
