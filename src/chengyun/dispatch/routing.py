"""A router that learns from closings: the context with the best record speaks.

For each *context* (a group of fields such as type and district) the units that handled past
reports are counted. For each type, and over all types, a fading record is kept of how well each
context foretold the unit, as a cost in bits. The context with the lowest expected cost proposes;
the others fill the ranks below. So the reason can be said in one sentence: of 31 earlier reports
with this type in this district, 28 went to that unit.

Integers only (``ONE`` is one bit, or one observation), no randomness; the cost is the code
length of the Krichevsky-Trofimov kind of estimator ``(n + 1/20) / (N + 1)``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Final, Protocol

import msgspec

ONE: Final = 1 << 10
CAP: Final = 7 * ONE
"""One surprise costs at most seven bits."""

RECORD_MEMORY: Final = 7
"""The record of a type forgets 1/2^7 at each observation."""

OVERALL_MEMORY: Final = 10
"""The record over all types forgets 1/2^10."""

DOUBT_SHIFT: Final = 2
"""A cell's own doubt counts a quarter."""

PPM: Final = 1_000_000

Counts = list[tuple[str, int]]
"""How many reports each unit handled, the unit seen last at the end."""

Record = list[tuple[int, int]]
"""For each context the fading sums of cost and of weight."""


class Seen(Protocol):
    """What is known of one context: all closings, and those of each unit."""

    @property
    def total(self) -> int: ...  # noqa: D102
    @property
    def counts(self) -> Counts: ...  # noqa: D102


class Cell(msgspec.Struct, frozen=True):
    """What is known of one context, with nothing beside it."""

    total: int
    counts: Counts


class Ranked(msgspec.Struct, frozen=True):
    """A proposed unit with the context that speaks for it."""

    unit: str
    context: int
    of: int
    total: int


@lru_cache(maxsize=65_536)
def log2_fixed(value: int) -> int:
    """Return ``floor(1024 · log2(value))`` for ``value`` ≥ 1, the same on every machine.

    >>> log2_fixed(1), log2_fixed(2), log2_fixed(1024)
    (0, 1024, 10240)
    """
    exponent = value.bit_length() - 1
    mantissa = value << 62 >> exponent
    result = exponent
    for _ in range(10):
        mantissa = mantissa * mantissa >> 62
        result <<= 1
        if mantissa >> 63:
            mantissa >>= 1
            result |= 1
    return result


@lru_cache(maxsize=65_536)
def surprise(total: int, count: int) -> int:
    """Return the cost, in 1/1024 bit, of seeing a unit that had ``count`` of ``total``."""
    return log2_fixed(20 * total + 20) - log2_fixed(20 * count + 1)


def keys_of(features: dict[str, str], contexts: Sequence[Sequence[str]]) -> list[str]:
    """Return the key of the cell of each context: its fields and their values.

    >>> keys_of({"type": "Pothole", "ward": "12"}, [[], ["type"], ["type", "ward"]])
    ['', 'type=Pothole', 'type=Pothole|ward=12']
    """
    given = features.get
    return ["|".join([f"{field}={given(field, '')}" for field in context]) for context in contexts]


def stem(text: str) -> str:
    """Return the letters of a title, lower case: numbers and marks tell no unit.

    >>> stem("Sidewalk Repair/Concrete/Dist 3")
    'sidewalk repair concrete dist'
    """
    return " ".join("".join(char if char.isalpha() else " " for char in text.lower()).split())


def propose(
    cells: Iterable[Seen | None], record: Record | None, overall: Record | None, most: int
) -> list[Ranked]:
    """Return at most ``most`` units, best first.

    ``cells`` are those of the report's contexts in order, vaguest first; a tie between contexts
    goes to the later, more particular one, and a tie between units to the one seen last.
    """
    speaking = sorted(
        (_expected_cost(place, cell, record, overall), -place, cell)
        for place, cell in enumerate(cells)
        if cell is not None
    )
    found: list[Ranked] = []
    seen: set[str] = set()
    for _, minus_place, cell in speaking:
        newest_first = cell.counts[::-1]
        for unit, count in sorted(newest_first, key=_by_count, reverse=True):
            if unit not in seen:
                seen.add(unit)
                found.append(Ranked(unit, -minus_place, count, cell.total))
                if len(found) == most:
                    return found
    return found


_by_count = itemgetter(1)


def _expected_cost(place: int, cell: Seen, record: Record | None, overall: Record | None) -> int:
    cost = CAP
    if overall:
        its_cost, its_weight = overall[place]
        if its_weight:
            cost = (its_cost << 10) // its_weight
    if record:
        own_cost, own_weight = record[place]
        cost = ((own_cost << 10) + ONE * cost) // (own_weight + ONE)
    best = max([count for _, count in cell.counts])
    return cost + (surprise(cell.total, best) >> DOUBT_SHIFT)


def costs_of(cells: Sequence[Seen | None], unit: str) -> list[int | None]:
    """Return what it cost each context that ``unit`` handled it; ``None`` for a new cell."""
    return [None if cell is None else _cost(cell, unit) for cell in cells]


def _cost(cell: Seen, unit: str) -> int:
    for name, count in cell.counts:
        if name == unit:
            return min(CAP, surprise(cell.total, count))
    return min(CAP, surprise(cell.total, 0))


def marked(record: Record | None, costs: Sequence[int | None], memory: int) -> Record:
    """Return ``record`` after one more closing; new cells are not marked."""
    marks = record or [(0, 0)] * len(costs)
    return [
        mark
        if cost is None
        else (mark[0] + cost - (mark[0] >> memory), mark[1] + ONE - (mark[1] >> memory))
        for mark, cost in zip(marks, costs, strict=True)
    ]


def counted(cell: Seen | None, unit: str) -> Cell:
    """Return ``cell`` with one more closing by ``unit``."""
    if cell is None:
        return Cell(1, [(unit, 1)])
    before = 0
    counts: Counts = []
    for one in cell.counts:
        if one[0] == unit:
            before = one[1]
        else:
            counts.append(one)
    counts.append((unit, before + 1))
    return Cell(cell.total + 1, counts)
