"""Our secret keys: sealing what is stored, signing what is handed out.

Sealed text is AES-256-GCM with the key's id in front and the place it is stored at as associated
data, so that a ciphertext moved to another row or space does not open. Keys for sealing and for
each purpose of signing are derived apart (HKDF), so none can stand in for another.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from sync.errors import InvalidInput, SetupError

KEY_BYTES = 32
NONCE_BYTES = 12
SHORTEST_RSA = 2048
FEWEST_DIFFERENT_BYTES = 12
HINT = "Make one with: python -m sync secrets new"


@dataclass(frozen=True)
class _Key:
    key_id: str
    secret: bytes = field(repr=False)

    def derive(self, purpose: str) -> bytes:
        return _derive(self.secret, purpose)


class Keyring:
    """The keys in use: the first seals and signs, all of them open and verify."""

    def __init__(self, keys: Sequence[_Key]) -> None:
        self._keys = tuple(keys)

    def __repr__(self) -> str:
        return f"Keyring({', '.join(key.key_id for key in self._keys)})"

    @classmethod
    def parse(cls, text: str) -> "Keyring":
        """The keyring that SECRET_KEYS describes: keys of 32 random bytes, URL-safe base64, comma
        between them. Raises InvalidInput."""
        parts = [part.strip() for part in text.split(",") if part.strip()]
        if not parts:
            raise InvalidInput("SECRET_KEYS holds no key.", hint=HINT)
        return cls([_read_key(part, number) for number, part in enumerate(parts, start=1)])

    @property
    def key_id(self) -> str:
        """The id of the key that signs."""
        return self._keys[0].key_id

    def seal(self, plain: str, *, where: str) -> str:
        """The text, encrypted for this place."""
        key, nonce = self._keys[0], secrets.token_bytes(NONCE_BYTES)
        box = AESGCM(key.derive("seal")).encrypt(nonce, plain.encode(), where.encode())
        return f"v1.{key.key_id}.{_encode(nonce + box)}"

    def open(self, sealed: str, *, where: str) -> str:
        """The text that was sealed for this place.

        Raises SetupError where its key is gone, or where it was sealed for another place.
        """
        try:
            _, key_id, box = sealed.split(".")
            raw = _decode(box)
            key = next(key for key in self._keys if key.key_id == key_id)
            opened = AESGCM(key.derive("seal")).decrypt(
                raw[:NONCE_BYTES], raw[NONCE_BYTES:], where.encode()
            )
        except (ValueError, StopIteration, InvalidTag) as error:
            raise SetupError(
                f"A stored secret ({where.rpartition('|')[2]}) cannot be opened with the keys in "
                "SECRET_KEYS.",
                hint="Put back the key it was stored with, or enter the secret again.",
                kind="secret_unreadable",
            ) from error
        return opened.decode()

    def sign(self, message: bytes, *, purpose: str) -> str:
        """The HMAC-SHA256 of the message as URL-safe text, by the first key."""
        return _mac(self._keys[0], message, purpose)

    def verify(self, message: bytes, mac: str, *, purpose: str, key_id: str) -> bool:
        """Whether the HMAC was made by the key of this id, for this purpose."""
        return any(
            key.key_id == key_id
            and hmac.compare_digest(
                _mac(key, message, purpose).encode(), mac.encode("utf-8", "surrogatepass")
            )
            for key in self._keys
        )

    def secrets_for(self, purpose: str) -> tuple[str, ...]:
        """Secrets for a library that signs by itself, the one to sign with first."""
        return tuple(_encode(key.derive(f"secret {purpose}")) for key in self._keys)


def generate_key() -> str:
    """A fresh key for SECRET_KEYS."""
    return _encode(secrets.token_bytes(KEY_BYTES))


def check_public_key(pem: str) -> None:
    """Pass only for the public half of an RSA key, as PEM, that is long enough to be trusted.

    Raises InvalidInput.
    """
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InvalidInput(
            "That is not a public key in PEM form.",
            hint='It begins with "-----BEGIN PUBLIC KEY-----".',
        ) from error
    if not isinstance(key, RSAPublicKey) or key.key_size < SHORTEST_RSA:
        raise InvalidInput(
            f"The public key must be an RSA key of at least {SHORTEST_RSA} bits.",
            hint="Make one with: openssl genrsa 3072",
        )


def _read_key(text: str, number: int) -> _Key:
    try:
        secret = _decode(text)
    except ValueError as error:
        raise InvalidInput(f"Key {number} in SECRET_KEYS is not base64.", hint=HINT) from error
    if len(secret) != KEY_BYTES:
        raise InvalidInput(
            f"Key {number} in SECRET_KEYS has {len(secret)} bytes instead of {KEY_BYTES}.",
            hint=HINT,
        )
    if len(set(secret)) < FEWEST_DIFFERENT_BYTES:
        raise InvalidInput(f"Key {number} in SECRET_KEYS is not random.", hint=HINT)
    return _Key(key_id=hashlib.sha256(b"key id|" + secret).hexdigest()[:8], secret=secret)


@lru_cache(maxsize=64)  # a few keys and purposes, asked for with every panel
def _derive(secret: bytes, purpose: str) -> bytes:
    kdf = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose.encode())
    return kdf.derive(secret)


def _mac(key: _Key, message: bytes, purpose: str) -> str:
    return _encode(hmac.digest(key.derive(f"sign {purpose}"), message, "sha256"))


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decode(text: str) -> bytes:
    try:
        padded = text + "=" * (-len(text) % 4)
        return base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("not base64") from error
