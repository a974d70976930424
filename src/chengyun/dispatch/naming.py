"""What a unit is called says what it does: names of units against the words of a report.

Before a type has ever closed nothing was learned, but the register of units is there: *Street Light
Outages* is most likely the business of the unit of that name. Words count by how few units bear
them (inverse document frequency, Spärck Jones 1972); two sets of words are as alike as the cosine
of the angle between them (Salton). Integers only, in 1/1024 bit and millionths.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import pairwise
from math import isqrt
from typing import Final

import msgspec

from chengyun.dispatch.policy import Routing
from chengyun.dispatch.routing import log2_fixed
from chengyun.facts.registers import CaseTypes, Units
from chengyun.kernel.limits import MAX_NAMED_TEXTS

PPM: Final = 1_000_000
MOST: Final = 2
"""How many units the words of a report name."""

_HUMPS: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WORDS: Final = re.compile(r"[a-z]+|\d+[a-z]?|[\u4e00-\u9fff]+")
_SMALL: Final = frozenset(
    ("a", "an", "and", "at", "by", "for", "in", "of", "on", "or", "the", "to", "with")
)


class Alike(msgspec.Struct, frozen=True):
    """A unit whose name is like the words of a report, in millionths."""

    unit: str
    ppm: int


def words_of(text: str) -> frozenset[str]:
    """Return the words of a name: lower case, without plural; of Chinese each pair of characters.

    >>> sorted(words_of("Requests for StreetLights 10A"))
    ['10a', 'light', 'request', 'street']
    >>> sorted(words_of("路灯管理"))
    ['灯管', '管理', '路灯']
    """
    found: set[str] = set()
    for word in _WORDS.findall(_HUMPS.sub(" ", text).lower()):
        if word[0] >= "\u4e00":
            found.update([word] if len(word) == 1 else [a + b for a, b in pairwise(word)])
        elif word not in _SMALL:
            found.add(_singular(word))
    return frozenset(found)


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    return word


class UnitNames:
    """The names of all units of a city, made once a version of the policy."""

    def __init__(self, units: Units, types: CaseTypes, routing: Routing) -> None:
        self._types = {
            code: words_of(f"{entry.name} {entry.name_zh}") for code, entry in types.types.items()
        }
        self._weights = routing.names
        self._threshold_ppm = routing.namesake_ppm
        self._units_of: dict[str, list[str]] = {}
        names = {
            code: words_of(f"{entry.name} {entry.name_zh}")
            for code, entry in sorted(units.units.items())
        }
        for code, words in names.items():
            for word in words:
                self._units_of.setdefault(word, []).append(code)
        self._units = len(names)
        self._lengths = {
            code: sum(self._rarity(word) ** 2 for word in words) for code, words in names.items()
        }
        self._ranked = lru_cache(maxsize=MAX_NAMED_TEXTS)(self._rank)

    def _rarity(self, word: str) -> int:
        bearing = len(self._units_of.get(word, ())) or 1
        return log2_fixed(bearing + self._units) - log2_fixed(bearing)

    def alike(self, features: Mapping[str, str]) -> tuple[Alike, ...]:
        """Return the units whose names are most like what the pack looks at, best first."""
        return self._ranked(
            tuple((field, features.get(field, ""), w) for field, w in self._weights.items())
        )

    def namesake(self, type_: str) -> Alike | None:
        """Return the unit that is called like a type, if one is called enough like it."""
        if not self._weights:
            return None
        found = self._ranked((("type", type_, 1),))
        return found[0] if found and found[0].ppm >= self._threshold_ppm else None

    def _rank(self, said: tuple[tuple[str, str, int], ...]) -> tuple[Alike, ...]:
        weights: dict[str, int] = {}
        for field, text, weight in said:
            for word in self._words(field, text):
                weights[word] = max(weight, weights.get(word, 0))
        common: dict[str, int] = {}
        for word, weight in weights.items():
            worth = self._rarity(word) ** 2 * weight
            for unit in self._units_of.get(word, ()):
                common[unit] = common.get(unit, 0) + worth
        length = sum((self._rarity(word) * weight) ** 2 for word, weight in weights.items())
        alike = (
            Alike(unit, isqrt(PPM * PPM * both * both // (self._lengths[unit] * length)))
            for unit, both in common.items()
        )
        return tuple(sorted(alike, key=lambda one: (-one.ppm, one.unit))[:MOST])

    def _words(self, field: str, text: str) -> Iterable[str]:
        return self._types.get(text, frozenset()) if field == "type" else words_of(text)
