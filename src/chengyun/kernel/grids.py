"""Unit grids: which grid a place belongs to, exactly one or none.

Two kinds behind one protocol. ``UnitGrids`` holds a city's registered polygons under their
15-digit codes (GB/T 30428.1: 12 administrative digits and 3 of the grid). ``GeneratedGrid`` is for
a city that has none.

Everything is integer steps of 1e-7 degree (``Point``), so every predicate is exact. Snapping moves
a vertex by at most 6 mm. Where one grid's edge carries a neighbour's vertex, that can leave a
sliver of about a centimetre; overlaps up to ``MAX_SLIVER_E7`` thick are therefore no mistake. In
a sliver that overlaps the rule of ``UnitGrids.grid_of`` decides; one that gapes belongs to none.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final, Protocol, TypeAlias

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray

from chengyun.kernel.areas import check_admin_code
from chengyun.kernel.crs import E7, EARTH_RADIUS_MM, KnownCrs, Point, to_inside
from chengyun.kernel.errors import PackRefused, Rejected
from chengyun.kernel.limits import MAX_MISTAKES

MAX_SLIVER_E7: Final = 2
"""Thickest overlap of two grids that is put down to snapping, about 2 cm."""

MAX_GENERATED_A_SIDE: Final = 20_000
"""Most rows and most columns of a generated grid; 2,000 km at cells of 100 m."""

Rings: TypeAlias = tuple[tuple[Point, ...], ...]
"""A polygon: the outer ring, then its holes; each ring ends where it began."""

_Sound: TypeAlias = dict[str, tuple[Rings, shapely.Polygon]]


class Grids(Protocol):
    """Divides the city so that a place is in one grid or in none, and always in the same."""

    def grid_of(self, point: Point) -> str | None:
        """Return the code of the grid that ``point`` belongs to, None outside all of them."""
        ...

    def polygon_of(self, code: str) -> Rings:
        """Return the polygon of a grid; refuse an unknown code (``unknown_grid``)."""
        ...


class RegisteredGrid(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A unit grid as registered: ``rings`` as in a GeoJSON Polygon, (lon, lat) WGS-84 degrees."""

    code: str
    rings: tuple[tuple[tuple[float, float], ...], ...]


# --- registered grids -------------------------------------------------------------------------
class UnitGrids:
    """Registered polygons under their 15-digit codes.

    Raises ``PackRefused`` naming all mistakes at once; ``mistakes`` gives them one by one.
    """

    def __init__(self, registered: Iterable[RegisteredGrid]) -> None:
        found, sound = _examined(tuple(registered))
        if found:
            raise PackRefused(
                f"{len(found)} mistakes: " + "; ".join(map(str, found)),
                where="unit grids",
                remedy="correct them all and load again",
            )
        self._codes = tuple(sorted(sound))
        self._rings = {code: sound[code][0] for code in self._codes}
        self._tree = shapely.STRtree([sound[code][1] for code in self._codes])

    def __len__(self) -> int:
        return len(self._codes)

    def grid_of(self, point: Point) -> str | None:
        """Return the lowest code among the closed polygons that cover ``point``, or None.

        So a point on a shared edge or corner belongs to exactly one grid, always the same,
        whatever the order of registration.
        """
        at = shapely.Point(point.lon_e7, point.lat_e7)
        for index in sorted(map(int, self._tree.query(at))):
            code = self._codes[index]
            if _covers(self._rings[code], point):
                return code
        return None

    def places_of(self, lon_e7: NDArray[np.int32], lat_e7: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return for many points the place of their grid among the sorted codes, -1 for none.

        The same rule as ``grid_of``.
        """
        points = shapely.points(lon_e7.astype(np.float64), lat_e7.astype(np.float64))
        found = np.full(len(lon_e7), len(self._codes), np.int64)
        which, grids = self._tree.query(points, predicate="intersects")
        np.minimum.at(found, which, grids)
        found[found == len(self._codes)] = -1
        return found

    def polygon_of(self, code: str) -> Rings:
        """Return the registered polygon, snapped."""
        try:
            return self._rings[code]
        except KeyError:
            raise _unknown_grid(code) from None


def mistakes(registered: Iterable[RegisteredGrid]) -> tuple[Rejected, ...]:
    """Return the mistakes of a register of grids, at most ``MAX_MISTAKES``.

    Codes: ``bad_grid_code``, ``duplicate_grid``, ``bad_polygon``, ``grids_overlap``. A grid with a
    mistake of its own is not compared with the others.
    """
    return _examined(tuple(registered))[0]


def check_grid_code(code: str) -> str:
    """Check the form of a unit grid's code, 12 administrative digits and 3, and return it."""
    problem = "it is not 15 digits"
    if len(code) == 15 and code.isascii() and code.isdigit():
        try:
            check_admin_code(code[:12])
        except Rejected as wrong:
            problem = wrong.what
        else:
            return code
    raise _mistake("bad_grid_code", code, f"the code is not usable: {problem}")


def _examined(registered: Sequence[RegisteredGrid]) -> tuple[tuple[Rejected, ...], _Sound]:
    found: list[Rejected] = []
    sound: _Sound = {}
    seen: set[str] = set()
    for grid in registered:
        if grid.code in seen:
            found.append(_mistake("duplicate_grid", grid.code, "the code is given twice"))
            continue
        seen.add(grid.code)
        before = len(found)
        try:
            check_grid_code(grid.code)
        except Rejected as wrong:
            found.append(wrong)
        try:
            snapped = _snapped(grid)
        except Rejected as wrong:
            found.append(wrong)
            continue
        if len(found) == before:
            sound[grid.code] = snapped
    found += _overlaps(sound, MAX_MISTAKES - len(found))
    return tuple(found[:MAX_MISTAKES]), sound


def _snapped(grid: RegisteredGrid) -> tuple[Rings, shapely.Polygon]:
    """Return the polygon in integer steps, which doubles hold exactly; refuse a bad one."""
    problem = "" if grid.rings else "it has no ring"
    try:
        rings = tuple(
            tuple(to_inside(KnownCrs.WGS_84, lon, lat) for lon, lat in ring) for ring in grid.rings
        )
    except Rejected as wrong:
        raise _bad_polygon(grid.code, wrong.what) from wrong
    if any(len(ring) < 4 or ring[0] != ring[-1] for ring in rings):
        problem = "a ring has fewer than 4 points or does not end where it began"
    if problem:
        raise _bad_polygon(grid.code, problem)
    outer, *holes = ([(at.lon_e7, at.lat_e7) for at in ring] for ring in rings)
    shape = shapely.Polygon(outer, holes)
    if not shape.is_valid:
        raise _bad_polygon(grid.code, shapely.is_valid_reason(shape))
    return rings, shape


def _overlaps(sound: _Sound, room: int) -> list[Rejected]:
    """Name the pairs whose interiors meet in more than a sliver, at most ``room`` of them."""
    codes = sorted(sound)
    shapes = [sound[code][1] for code in codes]
    tree = shapely.STRtree(shapes)
    found: list[Rejected] = []
    for index, shape in enumerate(shapes):
        shapely.prepare(shape)
        for other in sorted(map(int, tree.query(shape))):
            if len(found) >= room:
                return found
            if other <= index or shape.touches(shapes[other]):
                continue
            common = shape.intersection(shapes[other])
            if not common.buffer(-MAX_SLIVER_E7 / 2).is_empty:
                what = f"it overlaps the grid {codes[other]}"
                found.append(_mistake("grids_overlap", codes[index], what))
    return found


def _covers(rings: Rings, point: Point) -> bool:
    """Tell whether the closed polygon covers ``point``; exact, by crossings to the east."""
    x, y = point.lon_e7, point.lat_e7
    inside = False
    for ring in rings:
        for a, b in pairwise(ring):
            if (a.lat_e7 < y and b.lat_e7 < y) or (a.lat_e7 > y and b.lat_e7 > y):
                continue
            side = (b.lon_e7 - a.lon_e7) * (y - a.lat_e7) - (b.lat_e7 - a.lat_e7) * (x - a.lon_e7)
            if side == 0 and min(a.lon_e7, b.lon_e7) <= x <= max(a.lon_e7, b.lon_e7):
                return True
            if (a.lat_e7 > y) != (b.lat_e7 > y) and (side > 0) == (b.lat_e7 > a.lat_e7):
                inside = not inside
    return inside


def _mistake(code: str, grid: str, what: str) -> Rejected:
    return Rejected(
        code,
        what,
        where=f"unit grid {grid[:20]!r}",
        remedy="correct it in the register of grids",
        params={"grid": grid[:20]},
    )


def _bad_polygon(code: str, problem: str) -> Rejected:
    return _mistake("bad_polygon", code, f"the polygon is not usable: {problem}")


def _unknown_grid(code: str) -> Rejected:
    return Rejected(
        "unknown_grid",
        f"{code[:40]!r} is no grid of this city",
        remedy="use a code of the city pack's grids",
        params={"grid": code[:40]},
    )


# --- generated grids --------------------------------------------------------------------------
class GeneratedGrid:
    """Cells counted north and east from ``origin``, the south-west corner of the city.

    Codes are ``G<cell_m>-<row>-<col>``, rows to the north, columns to the east, from 0: never to
    be taken for a 15-digit code, and without meaning apart from the origin in the city pack.

    A cell is ``lat_step_e7`` by ``lon_step_e7`` steps of 1e-7 degree: ``cell_m`` on the sphere of
    the mean radius, at the origin's latitude, rounded to a step (1 cm). The ellipsoid differs from
    it by up to 0.7 %, and farther north the cells get narrower (at 40° by 1.5 % a degree).

    A cell owns its south and west edge and not its north and east one, so that a point is in
    exactly one. South or west of the origin, and beyond ``MAX_GENERATED_A_SIDE`` cells, is none.
    """

    def __init__(self, origin: Point, *, cell_m: int = 100) -> None:
        if not 10 <= cell_m <= 10_000 or abs(origin.lat_e7) > 80 * E7:
            raise Rejected(
                "bad_generated_grid",
                f"cells of {cell_m} m from latitude {origin.lat_e7 / E7} cannot be generated",
                remedy="choose 10 to 10,000 m, and an origin up to 80 degrees north or south",
                params={"cell_m": str(cell_m), "lat": str(origin.lat_e7 / E7)},
            )
        mm_a_degree = math.radians(EARTH_RADIUS_MM)
        parallel = math.cos(math.radians(origin.lat_e7 / E7))
        self.origin = origin
        self.cell_m = cell_m
        self.lat_step_e7 = round(cell_m * 1000 * E7 / mm_a_degree)
        self.lon_step_e7 = round(cell_m * 1000 * E7 / (mm_a_degree * parallel))
        self._rows = min(MAX_GENERATED_A_SIDE, (90 * E7 - origin.lat_e7) // self.lat_step_e7)
        self._cols = min(MAX_GENERATED_A_SIDE, (180 * E7 - origin.lon_e7) // self.lon_step_e7)

    def grid_of(self, point: Point) -> str | None:
        """Return the one cell of ``point`` by whole division, None outside."""
        row = (point.lat_e7 - self.origin.lat_e7) // self.lat_step_e7
        col = (point.lon_e7 - self.origin.lon_e7) // self.lon_step_e7
        if 0 <= row < self._rows and 0 <= col < self._cols:
            return f"G{self.cell_m}-{row}-{col}"
        return None

    def polygon_of(self, code: str) -> Rings:
        """Return the cell as one ring, counter-clockwise from the south-west corner."""
        low, high = self.bounds_of(code)
        east, north = Point(high.lon_e7, low.lat_e7), Point(low.lon_e7, high.lat_e7)
        return ((low, east, high, north, low),)

    def bounds_of(self, code: str) -> tuple[Point, Point]:
        """Return the south-west corner, which the cell owns, and the north-east one, which not."""
        fields = re.fullmatch(r"G([1-9]\d*)-(0|[1-9]\d*)-(0|[1-9]\d*)", code, re.ASCII)
        if fields is None or len(code) > 20:
            raise _unknown_grid(code)
        cell_m, row, col = map(int, fields.groups())
        if cell_m != self.cell_m or row >= self._rows or col >= self._cols:
            raise _unknown_grid(code)
        south = self.origin.lat_e7 + row * self.lat_step_e7
        west = self.origin.lon_e7 + col * self.lon_step_e7
        return Point(west, south), Point(west + self.lon_step_e7, south + self.lat_step_e7)

    def centre_of(self, code: str) -> Point:
        """Return the middle of the cell, rounded to the south-west."""
        low, high = self.bounds_of(code)
        return Point((low.lon_e7 + high.lon_e7) // 2, (low.lat_e7 + high.lat_e7) // 2)
