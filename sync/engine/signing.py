"""Signing the panel keys that a run writes."""

from collections.abc import Callable
from datetime import datetime

from sync.keyring import Keyring
from sync.model import Space
from sync.rules.panel_keys import PANEL_KEY_PURPOSE, make_panel_key

SignKey = Callable[[str, datetime], str]  # (person, expiry) → the text of a panel key


def make_signer(keyring: Keyring, space: Space) -> SignKey:
    """What signs panel keys of the space, for a person and until an instant."""

    def sign(person: str, expires_at: datetime) -> str:
        return make_panel_key(
            space_id=space.space_id,
            epoch=space.panel_epoch,
            person=person,
            expires_at=expires_at,
            key_id=keyring.key_id,
            sign=lambda message: keyring.sign(message, purpose=PANEL_KEY_PURPOSE),
        )

    return sign
