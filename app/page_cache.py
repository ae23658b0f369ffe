"""Rendered panels, kept for a moment: in each process, or in Redis where CACHE_URL says so.

What differs from one opening to the next (the session, the record key) is not kept: the page is cut
there, at marks that are made up anew for each page, so that no text from outside can hold one.
"""

import json
import re
import secrets
from base64 import b64decode, b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import Any, Final

from cachelib.serializers import BaseSerializer
from flask import Flask
from markupsafe import escape

from app.gzipped import Piece, make_piece, wrap
from app.kept import Kept

KEPT_SECONDS: Final = 15  # how old a page may be that nobody has refreshed
VERSION_SECONDS: Final = 60  # longer than any page is kept
MOST_PAGES: Final = 2_000  # in one process; some 30 KB each

Render = Callable[[str, str], str]  # (session, key) → the page


class PageJson(BaseSerializer):
    """Pages as JSON, not as the library's pickles: who can write to a shared Redis must not be able
    to run code here."""

    def dumps(self, value: Any, protocol: int = 0) -> bytes:
        return json.dumps(value, default=_piece_as_json).encode()

    def loads(self, bvalue: Any) -> Any:
        if bvalue is None:
            return None
        try:
            value = json.loads(bvalue)
            return [_piece_of_json(one) for one in value] if isinstance(value, list) else value
        except (ValueError, TypeError, AttributeError):
            return None  # somebody else's: rendered anew


class PageCache:
    """The pages of one app, by what they show and for whom."""

    def __init__(self) -> None:
        self._kept = Kept(PageJson, most=MOST_PAGES)

    def init_app(self, app: Flask, url: str | None) -> None:
        """Keep pages in Redis at this address; None: in this process."""
        self._kept.init_app(app, url)

    def clear(self) -> None:
        """Forget all pages."""
        self._kept.clear()

    def page(
        self, subject: str, reader: str, session: str, key: str, render: Render
    ) -> list[Piece]:
        """The page about the subject as this reader sees it, in pieces to join."""
        name = _name("page", subject, reader, str(self._kept.get(_name("version", subject)) or ""))
        kept = self._kept.get(name)
        if kept is None:
            kept = _cut(render)
            self._kept.set(name, kept, KEPT_SECONDS)
        values = {slot: wrap(escape(text).encode()) for slot, text in _slots(session, key)}
        return [values[one] if isinstance(one, str) else one for one in kept]

    def forget(self, subject: str) -> None:
        """What is kept about the subject is out of date."""
        self._kept.set(_name("version", subject), secrets.token_hex(8), VERSION_SECONDS)


# --- a page cut at what differs: pieces, and names of slots between them -------------------------


def _slots(session: str, key: str) -> tuple[tuple[str, str], tuple[str, str]]:
    return ("session", session), ("key", key)


def _cut(render: Render) -> list[Piece | str]:
    """The page, rendered with marks in its slots and cut there."""
    mark = secrets.token_hex(16)
    html = render(f"session-{mark}", f"key-{mark}")
    parts = re.split(f"(session|key)-{mark}", html)
    return [part if n % 2 else make_piece(part.encode()) for n, part in enumerate(parts)]


def _piece_as_json(piece: Piece) -> list[str | int]:
    return [piece.plain.decode(), b64encode(piece.packed).decode(), piece.checksum]


def _piece_of_json(value: Any) -> Piece | str:
    if isinstance(value, str):
        return value
    plain, packed, checksum = value
    packed = b64decode(packed, validate=True)
    return Piece(plain=plain.encode(), packed=packed, checksum=int(checksum))


def _name(*parts: str) -> str:
    return f"{parts[0]}:{sha256(chr(0).join(parts).encode()).hexdigest()}"
