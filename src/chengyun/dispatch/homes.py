"""Units that have a place of their own: *the yard of this district*, whichever it is.

Many types go to the unit of the place they lie in, and a new type in a district where it never
closed can still be sent there: what closed elsewhere says that it goes to the place's own unit.
Which units have a place of their own is learned: those whose closings lie, nine in ten, at one
value of the field that the pack names.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from chengyun.dispatch.routing import Cell, Counts, Seen

OWN: Final = "@"
"""Stands in the counts for "the unit of the place"; no code of a unit is that short a mark."""

LEAST: Final = 3
"""So many closings before a unit can be said to have a place of its own."""


def home_of(total: int, places: Sequence[tuple[str, int]]) -> str:
    """Return the place in which at least nine in ten of ``total`` closings of a unit lie, or "".

    >>> home_of(10, [("A", 1), ("B", 9)]), home_of(10, [("A", 2), ("B", 8)]), home_of(2, [("A", 2)])
    ('B', '', '')
    """
    place, most = max(places, key=lambda one: one[1], default=("", 0))
    return place if total >= LEAST and most * 10 >= total * 9 else ""


def own_unit(at_home: Sequence[tuple[str, int]]) -> str:
    """Return the unit with the most closings of those at home in a place; the newest of equals."""
    found, most = "", 0
    for unit, count in at_home:
        if count >= most:
            found, most = unit, count
    return found


def resolved(cell: Seen | None, own: str) -> Cell | None:
    """Return ``cell`` with the place's own unit in the place of the mark; nothing without one."""
    if cell is None or not own:
        return None
    counts: dict[str, int] = {}
    for unit, count in cell.counts:
        named = own if unit == OWN else unit
        counts[named] = counts.get(named, 0) + count
    return Cell(cell.total, list(counts.items()))


def moved(at_home: Counts, unit: str, count: int) -> Counts:
    """Return the units at home in a place with ``unit`` last, or without it if ``count`` is 0."""
    left = [one for one in at_home if one[0] != unit]
    return [*left, (unit, count)] if count else left
