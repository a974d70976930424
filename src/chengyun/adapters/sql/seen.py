"""Which ids are certainly new: a Bloom filter in front of the index of facts.

Nearly every fact is new, and asking the database about each of them costs more than writing it.
A filter says "certainly new" or "perhaps known"; only the second is looked up. It never forgets,
so it is right for as long as one writer writes. See Almeida et al., "Scalable Bloom Filters", 2007.
"""

from __future__ import annotations

from typing import Final

_FIRST_BITS: Final = 1 << 22
_GROWTH: Final = 2
"""Each further filter has ``2^_GROWTH`` times the bits of the one before."""
_BITS_AN_ID: Final = 16
"""With two probes about one id in seventy is looked up in vain."""


class SeenIds:
    """A set of ids that may say "perhaps" of one that was never added: two bytes an id."""

    def __init__(self) -> None:
        self._filters: list[tuple[bytearray, int]] = []
        self._room = 0

    def add(self, identifier: str) -> None:
        """Remember ``identifier``."""
        if not self._room:
            bits = _FIRST_BITS << (_GROWTH * len(self._filters))
            self._filters.append((bytearray(bits // 8), bits - 1))
            self._room = bits // _BITS_AN_ID
        self._room -= 1
        held, mask = self._filters[-1]
        digest = hash(identifier)
        first, second = digest & mask, digest >> 32 & mask
        held[first >> 3] |= 1 << (first & 7)
        held[second >> 3] |= 1 << (second & 7)

    def may_hold(self, identifier: str) -> bool:
        """Tell whether ``identifier`` was perhaps added; ``False`` is certain."""
        digest = hash(identifier)
        for held, mask in self._filters:
            first, second = digest & mask, digest >> 32 & mask
            if held[first >> 3] >> (first & 7) & 1 and held[second >> 3] >> (second & 7) & 1:
                return True
        return False
