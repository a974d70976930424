"""The registered unit grids of a pack, and the area that a point lies in."""

from __future__ import annotations

from chengyun.facts.registers import Areas, UnitGridRegister
from chengyun.kernel.area_index import home_of
from chengyun.kernel.crs import Point
from chengyun.kernel.grids import RegisteredGrid, UnitGrids


def registered_grids(register: UnitGridRegister) -> UnitGrids | None:
    """Return the city's registered unit grids, or ``None`` where it has none."""
    if not register.grids:
        return None
    return UnitGrids(
        RegisteredGrid(code, _polygon(entry.polygon)) for code, entry in register.grids.items()
    )


def area_of_point(point: Point, grids: UnitGrids | None, areas: Areas) -> str:
    """Return the smallest area whose code begins that of the point's grid; empty where none."""
    grid = None if grids is None else grids.grid_of(point)
    return "" if grid is None else home_of(grid, areas.areas)


def _polygon(text: str) -> tuple[tuple[tuple[float, float], ...], ...]:
    ring = tuple(
        (float(lon), float(lat)) for lon, lat in (pair.split() for pair in text.split(","))
    )
    return (ring,)
