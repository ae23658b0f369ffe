"""Digests that name a person and a link.

They must be found again after the loss of our database and after a change of our secret keys, so
they are plain SHA-256 of what they name and not keyed. The parts are length-prefixed: no two
different sets of parts can look the same.
"""

from hashlib import sha256


def person_digest(space_id: str, address: str) -> str:
    """Names a person within a space: 32 hexadecimal characters. `address` is normalised."""
    return _digest("person", space_id, address)


def link_key(space_id: str, list_id: str, address: str) -> str:
    """Names a person's place in a list, and so a Lead of ours: 32 hexadecimal characters."""
    return _digest("link", space_id, list_id, address)


def _digest(*parts: str) -> str:
    text = "v1|" + "|".join([f"{len(part)}:{part}" for part in parts])
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
