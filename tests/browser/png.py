"""Makes screenshots small: 256 colours at most, packed as tightly as zlib can.

Knows only what Chromium writes: 8 bits a channel, RGB or RGBA, not interlaced.
"""

import struct
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOURS = 256
ALWAYS = 64
Colour = tuple[int, int, int]


def shrink(path: Path) -> None:
    """Write the picture anew with a palette."""
    width, height, rows = _read(path.read_bytes())
    pixels = [list(zip(row[0::3], row[1::3], row[2::3], strict=True)) for row in rows]
    counted = Counter(pixel for row in pixels for pixel in row)
    palette = _choose([colour for colour, _ in counted.most_common()])
    place = {colour: number for number, colour in enumerate(palette)}
    for colour in counted:
        if colour not in place:
            place[colour] = place[min(palette, key=lambda one: _distance(one, colour))]
    body = b"".join(b"\0" + bytes(place[pixel] for pixel in row) for row in pixels)
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = (
        (b"IHDR", header),
        (b"PLTE", b"".join(bytes(colour) for colour in palette)),
        (b"IDAT", zlib.compress(body, 9)),
        (b"IEND", b""),
    )
    path.write_bytes(SIGNATURE + b"".join(_chunk(name, data) for name, data in chunks))


def _choose(colours: Sequence[Colour]) -> list[Colour]:
    """The most used ones, and few enough of the others: none close to another."""
    for near in (0, 20, 60, 120, 250, 500, 1_000, 2_000):
        chosen = list(colours[:ALWAYS])
        for colour in colours[ALWAYS:]:
            if all(_distance(one, colour) >= near for one in chosen):
                chosen.append(colour)
            if len(chosen) > COLOURS:
                break
        else:
            return chosen
    return list(colours[:COLOURS])


def _distance(one: Colour, other: Colour) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def _chunk(name: bytes, data: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(name + data))
    return struct.pack(">I", len(data)) + name + data + check


def _read(data: bytes) -> tuple[int, int, list[bytearray]]:
    """Width, height and the rows as RGB."""
    chunks = list(_chunks(data))
    width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[0][1])
    assert (depth, interlaced) == (8, 0)
    size = {2: 3, 6: 4}[kind]
    raw = zlib.decompress(b"".join(body for name, body in chunks if name == b"IDAT"))
    rows, before = [], bytearray(width * size)
    for start in range(0, len(raw), width * size + 1):
        row = bytearray(raw[start + 1 : start + 1 + width * size])
        _unfilter(raw[start], row, before, size)
        before = row
        rows.append(row if size == 3 else _without_alpha(row))
    return width, height, rows


def _without_alpha(row: bytearray) -> bytearray:
    kept = bytearray(len(row) // 4 * 3)
    for channel in range(3):
        kept[channel::3] = row[channel::4]
    return kept


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(SIGNATURE)
    while place < len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        yield data[place + 4 : place + 8], data[place + 8 : place + 8 + length]
        place += length + 12


def _unfilter(kind: int, row: bytearray, above: bytearray, size: int) -> None:
    """Undo what the writer did to the row (PNG specification, section 9)."""
    for n in range(len(row)) if kind else ():
        left = row[n - size] if n >= size else 0
        corner = above[n - size] if n >= size else 0
        if kind == 1:
            guess = left
        elif kind == 2:
            guess = above[n]
        elif kind == 3:
            guess = (left + above[n]) // 2
        else:
            guess = _paeth(left, above[n], corner)
        row[n] = (row[n] + guess) & 255


def _paeth(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    return min((left, up, corner), key=lambda one: abs(guess - one))
