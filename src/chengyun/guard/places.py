"""The trees by which grants reach downward: areas and units, each with everything above it."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Set
from typing import Final

from chengyun.facts.registers import Areas, UnitGridRegister, Units, city_of
from chengyun.kernel.area_index import home_of


class Places:
    """Tells what lies in what. A unit grid lies in the area whose code begins its own."""

    def __init__(
        self,
        root: str = "",
        areas: Mapping[str, str] | None = None,
        units: Mapping[str, str] | None = None,
        grids: Set[str] = frozenset(),
    ) -> None:
        """``areas`` and ``units`` are each code with the one directly above it."""
        self.root = root
        self._area_above = areas or {}
        self._unit_above = units or {}
        self._grids = grids

    def knows_area(self, code: str) -> bool:
        """Tell whether this is an area of the city."""
        return code in self._area_above or code in self._grids

    def knows_unit(self, code: str) -> bool:
        """Tell whether this is a unit of the city."""
        return code in self._unit_above

    def area_in(self, outer: str, inner: str) -> bool:
        """Tell whether ``inner`` is ``outer`` or lies below it; ``""`` is the whole city."""
        if outer in ("", self.root):
            return True
        if inner in self._grids and inner not in self._area_above:
            if inner == outer:
                return True
            inner = home_of(inner, self._area_above)
        return _lies_in(outer, inner, self._area_above)

    def unit_in(self, outer: str, inner: str) -> bool:
        """Tell whether ``inner`` is ``outer`` or belongs to it; ``""`` is every unit."""
        return not outer or _lies_in(outer, inner, self._unit_above)

    def area_or_city(self, code: str) -> str:
        """Return the code, or empty for the whole city."""
        return "" if code == self.root else code

    def units_in(self, outer: str) -> tuple[str, ...]:
        """Return ``outer`` and every unit below it, in order of their codes."""
        return _all_below(outer, self._units_below)

    def areas_in(self, outer: str) -> tuple[str, ...]:
        """Return ``outer`` and every area and unit grid below it, in order of their codes."""
        return _all_below(outer, self._areas_below)

    @functools.cached_property
    def _units_below(self) -> dict[str, list[str]]:
        return _turned(self._unit_above.items())

    @functools.cached_property
    def _areas_below(self) -> dict[str, list[str]]:
        grids = self._grids - self._area_above.keys()
        homes = ((grid, home_of(grid, self._area_above) or self.root) for grid in grids)
        return _turned([*self._area_above.items(), *homes])

    @property
    def areas(self) -> Set[str]:
        """Every area and unit grid of the city."""
        return self._area_above.keys() | self._grids

    @property
    def units(self) -> Set[str]:
        """Every unit of the city."""
        return self._unit_above.keys()

    def way_to(self, unit: str) -> tuple[str, ...]:
        """Return what a unit belongs to, from the uppermost down to itself."""
        way = [unit]
        for _ in range(len(self._unit_above)):
            above = self._unit_above.get(way[-1], "")
            if not above:
                break
            way.append(above)
        return tuple(reversed(way))

    def way_down(self, area: str) -> tuple[str, ...]:
        """Return what an area lies in, from below the city down to itself."""
        way = [area]
        for _ in range(len(self._area_above)):
            known = way[-1] in self._area_above
            above = self._area_above[way[-1]] if known else home_of(way[-1], self._area_above)
            if above in ("", self.root):
                break
            way.append(above)
        return () if area == self.root else tuple(reversed(way))


NOWHERE: Final = Places()
"""No tree at all: for whoever sees everything anyway."""


def places_of(areas: Areas, units: Units, grids: UnitGridRegister) -> Places:
    """Return the trees of a pack."""
    return Places(
        city_of(areas),
        {code: area.parent for code, area in areas.areas.items()},
        {code: unit.parent for code, unit in units.units.items()},
        grids.grids.keys(),
    )


def _turned(above: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return what stands directly below each, of pairs of a code and what is above it."""
    below: dict[str, list[str]] = {}
    for code, parent in above:
        below.setdefault(parent, []).append(code)
    return below


def _all_below(outer: str, below: Mapping[str, list[str]]) -> tuple[str, ...]:
    """Return ``outer`` and everything below it, in order of their codes."""
    found, ahead = {outer}, [outer]
    while ahead:
        inner = [code for code in below.get(ahead.pop(), ()) if code not in found]
        found.update(inner)
        ahead += inner
    return tuple(sorted(found))


def _lies_in(outer: str, inner: str, above: Mapping[str, str]) -> bool:
    """Walk up from ``inner``; a tree that is no tree ends where it comes round."""
    seen = inner
    for _ in range(len(above) + 1):
        if seen == outer:
            return True
        seen = above.get(seen, "")
        if not seen:
            return False
    return False
