"""Frames: how one record stands in a segment file, and how damage is told from a torn end.

A frame is a header of 32 bytes and a payload. Its checksum (CRC-32, ISO 3309) runs over header and
payload and begins with the checksum of the frame before, so a lost, doubled or moved frame is
found like a changed byte. A file begins with a frame of kind ``BEGIN``, whose checksum begins with
the last one of the file before.
"""

from __future__ import annotations

import contextlib
import struct
import zlib
from enum import IntEnum
from typing import Final, NamedTuple

from chengyun.kernel.limits import MAX_FRAME_BYTES

_HEADER: Final = struct.Struct("<4sB3xIIqII")
"""Magic, kind, rows, length of the payload, known_at, checksum before, checksum."""
_MAGIC: Final = b"CYS1"
HEADER_BYTES: Final = _HEADER.size
_CHECKSUM_BYTES: Final = 4


class FrameKind(IntEnum):
    """What a payload is."""

    BEGIN = 0
    """The first frame of a file."""
    GROUP = 1
    """Observations that were taken, with the batches they came in."""
    REGISTER = 2
    """Sensors that were registered or bound anew."""
    TICK = 3
    """The clock went on; what follows from it is a pure function of what stands before."""
    PACK = 4
    """From here on another version of the city pack holds."""


class Frame(NamedTuple):
    """One record; ``at`` is where its header begins in the file."""

    kind: FrameKind
    rows: int
    known_at: int
    payload: bytes
    at: int
    checksum: int

    @property
    def end(self) -> int:
        """Where the next frame begins."""
        return self.at + HEADER_BYTES + len(self.payload)


class FrameError(ValueError):
    """The bytes at a place are no whole frame."""


def framed(kind: FrameKind, rows: int, known_at: int, payload: bytes, before: int) -> bytes:
    """Return header and payload; ``before`` is the checksum of the frame before."""
    head = _HEADER.pack(_MAGIC, kind, rows, len(payload), known_at, before, 0)
    checksum = zlib.crc32(payload, zlib.crc32(head, before))
    return _HEADER.pack(_MAGIC, kind, rows, len(payload), known_at, before, checksum) + payload


def frame_at(content: memoryview, at: int, before: int) -> Frame | None:
    """Return the frame at ``at``, None at the very end; raise ``FrameError`` for anything else."""
    if at == len(content):
        return None
    if at + HEADER_BYTES > len(content):
        raise FrameError("a header is cut off")
    magic, kind, rows, length, known_at, linked, checksum = _HEADER.unpack_from(content, at)
    if magic != _MAGIC or kind not in FrameKind.__members__.values():
        raise FrameError("no frame begins here")
    start = at + HEADER_BYTES
    if length > MAX_FRAME_BYTES or start + length > len(content):
        raise FrameError("a payload is cut off")
    payload = bytes(content[start : start + length])
    head = bytes(content[at : start - _CHECKSUM_BYTES]) + bytes(_CHECKSUM_BYTES)
    if linked != before or zlib.crc32(payload, zlib.crc32(head, linked)) != checksum:
        raise FrameError("the checksum is another one")
    return Frame(FrameKind(kind), rows, known_at, payload, at, checksum)


def linked_at(content: memoryview, at: int) -> int:
    """Return the checksum that the frame at ``at`` says it follows."""
    end = at + HEADER_BYTES - _CHECKSUM_BYTES
    return int.from_bytes(content[end - _CHECKSUM_BYTES : end], "little")


def whole_frame_behind(content: memoryview, at: int) -> int | None:
    """Return where behind ``at`` the next whole frame begins, None if there is none.

    Behind a torn write there is none; behind damage there are those that were written later.
    """
    whole = bytes(content)
    place = whole.find(_MAGIC, at + 1)
    while place >= 0:
        if place + HEADER_BYTES <= len(whole):
            with contextlib.suppress(FrameError):
                if frame_at(content, place, linked_at(content, place)) is not None:
                    return place
        place = whole.find(_MAGIC, place + 1)
    return None
