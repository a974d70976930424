"""The trees by which grants reach downward: areas and units, each with everything above it."""

from __future__ import annotations

from chengyun.facts.registers import Areas, Units, city_of


class Places:
    """Tells what lies in what; built once a version of the pack."""

    def __init__(self, areas: Areas, units: Units) -> None:
        self.root = city_of(areas)
        self._area_above = {code: area.parent for code, area in areas.areas.items()}
        self._unit_above = {code: unit.parent for code, unit in units.units.items()}

    def knows_area(self, code: str) -> bool:
        """Tell whether this is an area of the city."""
        return code in self._area_above

    def knows_unit(self, code: str) -> bool:
        """Tell whether this is a unit of the city."""
        return code in self._unit_above

    def area_in(self, outer: str, inner: str) -> bool:
        """Tell whether ``inner`` is ``outer`` or lies below it; ``""`` is the whole city."""
        if outer in ("", self.root):
            return True
        return _lies_in(outer, inner, self._area_above)

    def unit_in(self, outer: str, inner: str) -> bool:
        """Tell whether ``inner`` is ``outer`` or belongs to it; ``""`` is every unit."""
        return not outer or _lies_in(outer, inner, self._unit_above)

    def area_or_city(self, code: str) -> str:
        """Return the code, or empty for the whole city."""
        return "" if code == self.root else code

    def units_in(self, outer: str) -> list[str]:
        """Return ``outer`` and every unit below it, in order of their codes."""
        return sorted(code for code in self._unit_above if self.unit_in(outer, code))


def _lies_in(outer: str, inner: str, above: dict[str, str]) -> bool:
    """Walk up from ``inner``; a tree that is no tree ends where it comes round."""
    seen = inner
    for _ in range(len(above) + 1):
        if seen == outer:
            return True
        seen = above.get(seen, "")
        if not seen:
            return False
    return False
