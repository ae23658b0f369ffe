"""Who may see which panel (design §4): record keys, signed launches, and the sessions they become.

Space and person come from what we or the space's host signed, never from anything else in a
request. The kinds cannot stand in for each other: each is signed for its own purpose. All that is
wrong with a token is answered alike; only a key that we did make, and that is over, is called so.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final, TypeGuard

from joserfc import jwk, jwt
from joserfc.errors import JoseError

from sync.clock import Now
from sync.errors import IntegrationError
from sync.keyring import Keyring
from sync.languages import find_language
from sync.model import LaunchAlgorithm, LaunchKey, PanelGate
from sync.panel.options import PanelOptions
from sync.rules.panel_keys import PANEL_KEY_PURPOSE, PanelKey, is_genuine, parse_panel_key
from sync.store import Store

SESSION_PURPOSE: Final = "panel session"
MEMORY_PURPOSE: Final = "panel memory"
LONGEST: Final = 8_000  # characters in a token; longer ones are not even looked at
EPOCHS_BACK: Final = 5  # how many revocations ago a key is still told from a forged one
CLOCK_SKEW: Final = timedelta(seconds=60)


class Closed(StrEnum):
    """Why a panel does not open."""

    INVALID = "invalid"
    EXPIRED = "expired"
    NOT_CREATED = "not_created"  # the Contact carries no key: the integration never touched it


class PanelClosed(IntegrationError):
    """No panel for this token. EXPIRED: it was good once. NOT_CREATED: there was none."""

    def __init__(self, reason: Closed) -> None:
        super().__init__("This panel cannot be opened with that.", kind=reason.value)
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class Pass:
    """What somebody may see: one person of one space. `user` and `language`: who they are and what
    they speak, where a launch said so.

    Exactly one of `person` (from a record key) and `contact_id` (from a launch) is set.
    """

    space_id: str
    epoch: int
    person: str | None = None
    contact_id: str | None = None
    user: str | None = None
    language: str | None = None
    opened_at: datetime


class Access:
    """Turns keys, launches and sessions into passes."""

    def __init__(self, store: Store, keyring: Keyring, options: PanelOptions, *, now: Now) -> None:
        self._store = store
        self._keyring = keyring
        self._options = options
        self._now = now
        self._epochs: dict[str, int] = {}  # the latest that this process has seen, by space

    # --- record keys -----------------------------------------------------------------------------

    def open_with_key(self, text: str) -> Pass:
        """The pass for a record key that we wrote into a Contact. Raises PanelClosed."""
        if not text:
            raise PanelClosed(Closed.NOT_CREATED)
        key = parse_panel_key(text)
        if key is None:
            raise PanelClosed(Closed.INVALID)
        gate = self._gate(key.space_id)
        if not self._is_genuine(key, gate.epoch):
            earlier = range(max(1, gate.epoch - EPOCHS_BACK), gate.epoch)
            revoked = any(self._is_genuine(key, epoch) for epoch in earlier)
            raise PanelClosed(Closed.EXPIRED if revoked else Closed.INVALID)
        return self._pass_for(key, gate.epoch)

    def open_from_memory(self, text: str, epoch_of: Callable[[str], int | None]) -> Pass:
        """The pass for a record key while the database is away, to see what was shown lately.

        `epoch_of` says under which epoch of keys the panel of this name (`name_of`) was shown, None
        where it was not. The key must be genuine in that epoch, and no later one be known here.
        Raises PanelClosed.
        """
        key = parse_panel_key(text)
        epoch = epoch_of(self._name(key.space_id, key.person)) if key else None
        if key is None or epoch is None or epoch < self._epochs.get(key.space_id, 0):
            raise PanelClosed(Closed.INVALID)
        if not self._is_genuine(key, epoch):
            raise PanelClosed(Closed.INVALID)
        return self._pass_for(key, epoch)

    def name_of(self, pass_: Pass) -> str | None:
        """What is kept of a panel goes by this name, which nobody without our keys can make up;
        None for launches, which are good once and cannot open anything again."""
        return self._name(pass_.space_id, pass_.person) if pass_.person else None

    def _name(self, space_id: str, person: str) -> str:
        return self._keyring.sign(f"{space_id}|{person}".encode(), purpose=MEMORY_PURPOSE)

    def _is_genuine(self, key: PanelKey, epoch: int) -> bool:
        def verify(message: bytes, mac: str, key_id: str) -> bool:
            return self._keyring.verify(message, mac, purpose=PANEL_KEY_PURPOSE, key_id=key_id)

        return is_genuine(key, epoch, verify)

    def _pass_for(self, key: PanelKey, epoch: int) -> Pass:
        if key.expires_at <= self._now():
            raise PanelClosed(Closed.EXPIRED)
        return Pass(space_id=key.space_id, epoch=epoch, person=key.person, opened_at=self._now())

    # --- launches --------------------------------------------------------------------------------

    def open_with_token(self, text: str) -> Pass:
        """The pass for a launch that the space's host signed; good once. Raises PanelClosed."""
        if self._options.audience is None or len(text) > LONGEST:
            raise PanelClosed(Closed.INVALID)
        space_id = _claimed_space(text)
        gate = self._gate(space_id)
        with self._store.read() as desk:
            known = desk.spaces.launch_key(space_id)
        if known is None:
            raise PanelClosed(Closed.INVALID)
        claims = self._verified(text, known)
        expires_at = datetime.fromtimestamp(claims["exp"], UTC)
        digest = sha256(claims["jti"].encode()).hexdigest()
        with self._store.write() as desk:
            first = desk.readings.use_launch(
                space_id, digest, expires_at=expires_at + CLOCK_SKEW, now=self._now()
            )
        if not first:
            raise PanelClosed(Closed.INVALID)
        return Pass(
            space_id=space_id,
            epoch=gate.epoch,
            contact_id=claims["contact"],
            user=claims["sub"],
            language=_language(claims),
            opened_at=self._now(),
        )

    def _verified(self, text: str, known: LaunchKey) -> dict[str, Any]:
        """The claims, if the signature is the host's and all of them are as agreed."""
        hs256 = known.algorithm is LaunchAlgorithm.HS256
        key = jwk.import_key(known.key, "oct" if hs256 else "RSA")
        try:
            # The algorithm is that of the stored key, whatever the token's header says.
            claims = jwt.decode(text, key, algorithms=[known.algorithm.value]).claims
        except (JoseError, ValueError, TypeError):
            raise PanelClosed(Closed.INVALID) from None
        if not self._is_as_agreed(claims):
            raise PanelClosed(Closed.INVALID)
        return claims

    def _is_as_agreed(self, claims: dict[str, Any]) -> bool:
        now = self._now().timestamp()
        issued, expires, audience = claims.get("iat"), claims.get("exp"), claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        texts = all(_is_text(claims.get(name)) for name in ("sub", "contact", "jti", "space"))
        if not texts or not _is_number(issued) or not _is_number(expires):
            return False
        skew = CLOCK_SKEW.total_seconds()
        return (
            self._options.audience in audiences
            and issued - skew <= now < expires
            and 0 < expires - issued <= self._options.launch_life.total_seconds()
        )

    # --- sessions --------------------------------------------------------------------------------

    def make_session(self, pass_: Pass) -> str:
        """The pass as a signed text, good for some minutes and renewed with each answer."""
        content = [
            pass_.space_id,
            pass_.epoch,
            pass_.person,
            pass_.contact_id,
            pass_.user,
            int(pass_.opened_at.timestamp()),
            int((self._now() + self._options.session_life).timestamp()),
            # Only where a launch named one: processes of an older version read the others.
            *([pass_.language] if pass_.language else []),
        ]
        raw = json.dumps(content, separators=(",", ":")).encode()
        body = f"s1.{self._keyring.key_id}.{urlsafe_b64encode(raw).decode().rstrip('=')}"
        return f"{body}.{self._keyring.sign(body.encode(), purpose=SESSION_PURPOSE)}"

    def check_session(self, text: str) -> Pass:
        """The pass that the session was made of. Raises PanelClosed."""
        body, _, mac = text.rpartition(".")
        parts = body.split(".")
        if len(text) > LONGEST or len(parts) != 3 or parts[0] != "s1":
            raise PanelClosed(Closed.INVALID)
        genuine = self._keyring.verify(body.encode(), mac, purpose=SESSION_PURPOSE, key_id=parts[1])
        if not genuine:
            raise PanelClosed(Closed.INVALID)
        space_id, epoch, person, contact_id, user, opened, expires, *language = json.loads(
            urlsafe_b64decode(parts[2] + "=" * (-len(parts[2]) % 4))
        )
        opened_at = datetime.fromtimestamp(opened, UTC)
        over = datetime.fromtimestamp(expires, UTC) <= self._now()
        too_old = self._now() - opened_at > self._options.session_most
        if over or too_old or self._gate(space_id).epoch != epoch:
            raise PanelClosed(Closed.EXPIRED)
        return Pass(
            space_id=space_id,
            epoch=epoch,
            person=person,
            contact_id=contact_id,
            user=user,
            language=language[0] if language else None,
            opened_at=opened_at,
        )

    def _gate(self, space_id: str) -> PanelGate:
        gate = self._store.gate(space_id)
        if gate is None:
            raise PanelClosed(Closed.INVALID)
        self._epochs[space_id] = gate.epoch
        return gate


def _claimed_space(text: str) -> str:
    """The space that a token names, before anything is proved: it only says whose key to take."""
    try:
        payload = text.split(".")[1]
        claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        space_id = claims["space"]
    except (IndexError, ValueError, KeyError, TypeError, RecursionError):
        raise PanelClosed(Closed.INVALID) from None
    if not _is_text(space_id):
        raise PanelClosed(Closed.INVALID)
    return str(space_id)


def _language(claims: dict[str, Any]) -> str | None:
    """The language that the host says its user speaks, if it is one of ours."""
    told = claims.get("locale") or claims.get("lang")
    return find_language(told) if isinstance(told, str) else None


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 200 and value.isprintable()


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 10**11
