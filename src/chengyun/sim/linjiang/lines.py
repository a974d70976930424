"""Lines and points of the city, in the lattice and in coordinates."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from chengyun.sim.linjiang.division import Division
from chengyun.sim.linjiang.ground import Floats, Ground, Ints, Longs


class Lines(msgspec.Struct, frozen=True):
    """Named lines: line ``i`` has the points from ``start[i]`` up to ``start[i + 1]``."""

    kind: NDArray[np.uint8]
    name_en: list[str]
    name_zh: list[str]
    start: Longs
    lon_e7: Longs
    lat_e7: Longs

    def __len__(self) -> int:
        return len(self.kind)


class Points(msgspec.Struct, frozen=True):
    """Points with the unit grid they lie in (none lies outside), and the line they belong to."""

    along: Floats
    off: Floats
    grid: Ints
    line: Ints


class Path(msgspec.Struct, frozen=True):
    """A line before it has coordinates; lengths in metres of the lattice."""

    kind: str
    along: Floats
    off: Floats
    row: tuple[int, int] | None = None
    """For a street along the river: bank (0 north, 1 south) and line."""


def grid_at(ground: Ground, division: Division, along: Floats, off: Floats) -> Ints:
    """Return the unit grid at places of the lattice, -1 in the river and outside the city."""
    column = np.searchsorted(ground.columns, along, side="right") - 1
    found = np.full(len(column), -1, np.int32)
    inside = (column >= 0) & (column < len(ground.columns) - 1)
    for number, sign in enumerate((1, -1)):
        lines = ground.rows[number]
        row = np.searchsorted(lines, off * sign, side="right") - 1
        here = inside & (row >= 0) & (row < len(lines) - 1)
        found[here] = division.at[number][column[here], row[here]]
    return found


def lines_of(
    ground: Ground,
    kinds: NDArray[np.uint8],
    name_en: list[str],
    name_zh: list[str],
    paths: list[tuple[Floats, Floats]],
) -> Lines:
    """Return named lines of the paths, with coordinates."""
    start = np.concatenate(([0], np.cumsum([len(along) for along, _ in paths]))).astype(np.int64)
    none = np.zeros(0)
    lon, lat = ground.e7(
        np.concatenate([along for along, _ in paths] or [none]),
        np.concatenate([off for _, off in paths] or [none]),
    )
    return Lines(kinds, name_en, name_zh, start, lon, lat)


def points_of(ground: Ground, division: Division, paths: list[tuple[Floats, Floats]]) -> Points:
    """Return those points of the paths that lie in the city; the line is the path's number."""
    along = np.concatenate([one for one, _ in paths] or [np.zeros(0)])
    off = np.concatenate([one for _, one in paths] or [np.zeros(0)])
    line = np.repeat(np.arange(len(paths), dtype=np.int32), [len(one) for one, _ in paths])
    # Rounded as they will be written, so that a point beside an edge stays on its side.
    along, off = ground.from_e7(*ground.e7(along, off))
    grid = grid_at(ground, division, along, off)
    kept = grid >= 0
    return Points(along[kept], off[kept], grid[kept], line[kept])
