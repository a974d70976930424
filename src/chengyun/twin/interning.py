"""From sensor ids to handles, ten million of them, without an object for each.

A handle is the place of an id in the register. Ids stand one after another in one block; a table
with open addressing finds them by a keyed hash, and every hit is compared byte by byte. The key
is drawn at start, so nobody outside can choose ids that collide: SipHash-1-3 (Aumasson and
Bernstein, "SipHash: a fast short-input PRF", 2012).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from chengyun.engine.compiled import compiled, inlined
from chengyun.facts.columns import Bytes, Handles, Ids, Longs
from chengyun.kernel.growing import grown

_FIRST_SLOTS: Final = 1 << 12
_HANDLE_BITS: Final = np.uint64(0xFFFF_FFFF)


class IdTable:
    """The ids of a register by handle, and the handle of each id."""

    def __init__(self, key: tuple[int, int]) -> None:
        """``key`` is two secret numbers of 64 bits."""
        self._key = np.array(key, np.uint64)
        self._text = np.zeros(1 << 16, np.uint8)
        self._ends = np.zeros(1 << 10, np.int64)
        self._slots: NDArray[np.uint64] = np.zeros(_FIRST_SLOTS, np.uint64)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def ids(self) -> Ids:
        """All ids, in order of their handles; a view that holds until the next ``add``."""
        end = int(self._ends[self._count - 1]) if self._count else 0
        return Ids(self._text[:end], self._ends[: self._count])

    def put_back(self, text: Bytes, ends: Longs) -> None:
        """Take the ids of a register that was kept, into a table without any."""
        self._text, self._ends, self._count = text, ends, len(ends)
        slots = _FIRST_SLOTS
        while slots < 2 * len(ends):
            slots *= 2
        self._slots = np.zeros(slots, np.uint64)
        _enter_all(text, ends, len(ends), self._slots, self._key)

    def find(self, ids: Ids) -> Handles:
        """Return the handle of each id, -1 where it is not registered."""
        return _find(ids.text, ids.ends, self._text, self._ends, self._slots, self._key)

    def add(self, ids: Ids) -> Handles:
        """Return the handle of each id, registering those that are new, in order."""
        self._make_room(len(ids), len(ids.text))
        handles = np.empty(len(ids), np.int32)
        self._count = _add(
            ids.text,
            ids.ends,
            self._text,
            self._ends,
            self._slots,
            self._key,
            self._count,
            handles,
        )
        return handles

    def _make_room(self, more: int, more_bytes: int) -> None:
        used = len(self.ids.text)
        self._ends = grown(self._ends, self._count + more)
        self._text = grown(self._text, used + more_bytes)
        slots = len(self._slots)
        while (self._count + more) * 2 > slots:
            slots *= 2
        if slots != len(self._slots):
            self._slots = np.zeros(slots, np.uint64)
            _enter_all(self._text, self._ends, self._count, self._slots, self._key)


# --- compiled ---------------------------------------------------------------------------------


@inlined
def _rotated(word: np.uint64, bits: int) -> np.uint64:
    return (word << np.uint64(bits)) | (word >> np.uint64(64 - bits))


@inlined
def _round(
    a: np.uint64, b: np.uint64, c: np.uint64, d: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    a += b
    b = _rotated(b, 13) ^ a
    a = _rotated(a, 32)
    c += d
    d = _rotated(d, 16) ^ c
    a += d
    d = _rotated(d, 21) ^ a
    c += b
    b = _rotated(b, 17) ^ c
    c = _rotated(c, 32)
    return a, b, c, d


@inlined
def siphash(text: Bytes, start: int, end: int, key: NDArray[np.uint64]) -> np.uint64:
    """Return SipHash-1-3 of ``text[start:end]`` under a key of two words."""
    a = key[0] ^ np.uint64(0x736F6D6570736575)
    b = key[1] ^ np.uint64(0x646F72616E646F6D)
    c = key[0] ^ np.uint64(0x6C7967656E657261)
    d = key[1] ^ np.uint64(0x7465646279746573)
    length = end - start
    whole = start + length // 8 * 8
    place = start
    while place < whole:
        word = np.uint64(0)
        for step in range(8):
            word |= np.uint64(text[place + step]) << np.uint64(8 * step)
        d ^= word
        a, b, c, d = _round(a, b, c, d)
        a ^= word
        place += 8
    word = np.uint64(length & 0xFF) << np.uint64(56)
    for step in range(end - whole):
        word |= np.uint64(text[whole + step]) << np.uint64(8 * step)
    d ^= word
    a, b, c, d = _round(a, b, c, d)
    a ^= word
    c ^= np.uint64(0xFF)
    for _ in range(3):
        a, b, c, d = _round(a, b, c, d)
    return a ^ b ^ c ^ d


@inlined
def _same(one: Bytes, start: int, end: int, other: Bytes, begins: int, ends: int) -> bool:
    if end - start != ends - begins:
        return False
    for step in range(end - start):  # noqa: SIM110 - compiled: no generator
        if one[start + step] != other[begins + step]:
            return False
    return True


@inlined
def _slot_of(
    text: Bytes,
    start: int,
    end: int,
    known: Bytes,
    ends: Longs,
    slots: NDArray[np.uint64],
    digest: np.uint64,
) -> int:
    """Return the slot that holds the id, or the empty one where it belongs.

    A slot is the upper half of the digest and the handle plus one; the table is at most half full.
    """
    mask = np.uint64(len(slots) - 1)
    place = digest & mask
    while slots[place] != 0:
        if slots[place] >> np.uint64(32) == digest >> np.uint64(32):
            handle = np.int64(slots[place] & _HANDLE_BITS) - 1
            begins = ends[handle - 1] if handle else 0
            if _same(text, start, end, known, begins, ends[handle]):
                break
        place = (place + np.uint64(1)) & mask
    return int(place)


@compiled
def _find(
    text: Bytes,
    text_ends: Longs,
    known: Bytes,
    ends: Longs,
    slots: NDArray[np.uint64],
    key: NDArray[np.uint64],
) -> Handles:
    handles = np.empty(len(text_ends), np.int32)
    start = 0
    for row in range(len(text_ends)):
        end = text_ends[row]
        digest = siphash(text, start, end, key)
        slot = _slot_of(text, start, end, known, ends, slots, digest)
        handles[row] = np.int64(slots[slot] & _HANDLE_BITS) - 1
        start = end
    return handles


@compiled
def _add(
    text: Bytes,
    text_ends: Longs,
    known: Bytes,
    ends: Longs,
    slots: NDArray[np.uint64],
    key: NDArray[np.uint64],
    count: int,
    handles: Handles,
) -> int:
    start = 0
    for row in range(len(text_ends)):
        end = text_ends[row]
        digest = siphash(text, start, end, key)
        slot = _slot_of(text, start, end, known, ends, slots, digest)
        if slots[slot] == 0:
            begins = ends[count - 1] if count else 0
            known[begins : begins + end - start] = text[start:end]
            ends[count] = begins + end - start
            count += 1
            slots[slot] = (digest >> np.uint64(32) << np.uint64(32)) | np.uint64(count)
        handles[row] = np.int64(slots[slot] & _HANDLE_BITS) - 1
        start = end
    return count


@compiled
def _enter_all(
    known: Bytes, ends: Longs, count: int, slots: NDArray[np.uint64], key: NDArray[np.uint64]
) -> None:
    mask = np.uint64(len(slots) - 1)
    start = 0
    for handle in range(count):
        digest = siphash(known, start, ends[handle], key)
        place = digest & mask
        while slots[place] != 0:
            place = (place + np.uint64(1)) & mask
        slots[place] = (digest >> np.uint64(32) << np.uint64(32)) | np.uint64(handle + 1)
        start = ends[handle]
