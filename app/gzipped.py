"""Bodies compressed by gzip: whole, or put together from pieces that were compressed before.

Deflate data may be cut where it was flushed fully: each piece then stands for itself, so pieces of
a page that is kept are compressed once, and only what differs is compressed for each visitor.
Source: RFC 1951 (deflate) and RFC 1952 (gzip).
"""

import gzip
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

LEVEL: Final = 6
RAW: Final = -15  # deflate without a frame of its own
HEAD: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"  # gzip, deflate, no name, no time
LAST_BLOCK: Final = b"\x03\x00"  # empty, and marked as the last one


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A part of a body, as it is and compressed."""

    plain: bytes
    packed: bytes
    checksum: int  # CRC-32 of `plain`


def make_piece(plain: bytes) -> Piece:
    """The part, compressed so that anything may follow it."""
    squeeze = zlib.compressobj(LEVEL, zlib.DEFLATED, RAW)
    packed = squeeze.compress(plain) + squeeze.flush(zlib.Z_FULL_FLUSH)
    return Piece(plain=plain, packed=packed, checksum=zlib.crc32(plain))


def wrap(plain: bytes) -> Piece:
    """The part as it is, in a frame that deflate passes through: for random text, which is no
    smaller compressed. At most 65,535 bytes."""
    frame = struct.pack("<BHH", 0, len(plain), len(plain) ^ 0xFFFF)
    return Piece(plain=plain, packed=frame + plain, checksum=zlib.crc32(plain))


def join(pieces: Sequence[Piece]) -> bytes:
    """The body that the pieces make."""
    return b"".join([piece.plain for piece in pieces])


def join_packed(pieces: Sequence[Piece]) -> bytes:
    """The body that the pieces make, at least one, compressed."""
    first, *others = pieces
    checksum, length = first.checksum, len(first.plain)  # the first one is most of a page
    for piece in others:
        checksum = zlib.crc32(piece.plain, checksum)
        length += len(piece.plain)
    tail = struct.pack("<II", checksum, length & 0xFFFFFFFF)
    return b"".join([HEAD, *[piece.packed for piece in pieces], LAST_BLOCK, tail])


def compress(plain: bytes) -> bytes:
    """The body compressed as a whole."""
    return gzip.compress(plain, compresslevel=LEVEL, mtime=0)
