"""Metro lines with their stations, bus stops along arterials, and crossings of arterials."""

from __future__ import annotations

from typing import Final

import numpy as np

from chengyun.sim.linjiang.division import Division
from chengyun.sim.linjiang.ground import Floats, Ground
from chengyun.sim.linjiang.lines import Lines, Path, Points, grid_at, lines_of, points_of

_BUS_STOP_M: Final = 420.0
_METRO_POINT_M: Final = 150.0


def metro_of(ground: Ground, division: Division) -> tuple[Lines, Points]:
    """Metro lines along and across the river, with a station every ``station_m`` in the city."""
    scale = ground.scale
    grids = division.grids
    reach = float(np.abs(grids.along).max())
    tops = float(grids.off.max()), float(-grids.off.min())
    paths, stations = [], []
    for number in range(scale.metro_along):
        bank = number % 2
        share = 0.25 + 0.55 * (number // 2) / max(1, (scale.metro_along + 1) // 2)
        level = (ground.bank_m + share * (tops[bank] - ground.bank_m)) * (1, -1)[bank]
        x = np.arange(-reach, reach, _METRO_POINT_M)
        bow = 0.12 * level * np.cos(2 * np.pi * x / (1.6 * reach))
        paths.append(_inside(ground, division, x, level + bow))
    for number in range(scale.metro_across):
        share = (number + 1) / (scale.metro_across + 1) * 2 - 1
        y = np.arange(-tops[1], tops[0], _METRO_POINT_M)
        x = np.full(len(y), share * reach * 0.8 + 0.04 * reach)
        x += 0.06 * reach * np.sin(np.pi * y / max(tops))
        paths.append(_inside(ground, division, x, y))
    for along, off in paths:
        step = np.hypot(np.diff(along, prepend=along[0]), np.diff(off, prepend=off[0]))
        length = np.cumsum(step)
        wanted = np.arange(0.35 * scale.station_m, length[-1], scale.station_m)
        stations.append((np.interp(wanted, length, along), np.interp(wanted, length, off)))
    count = len(paths)
    lines = lines_of(
        ground,
        np.zeros(count, np.uint8),
        [f"Line {one + 1}" for one in range(count)],
        [f"{one + 1}号线" for one in range(count)],
        paths,
    )
    return lines, points_of(ground, division, stations)


def _inside(
    ground: Ground, division: Division, along: Floats, off: Floats
) -> tuple[Floats, Floats]:
    """Cut a line to what lies between its first and its last point in the city."""
    inside = np.flatnonzero(grid_at(ground, division, along, off) >= 0)
    kept = slice(int(inside[0]), int(inside[-1]) + 1)
    return along[kept], off[kept]


def bus_stops_of(ground: Ground, division: Division, paths: list[Path]) -> Points:
    """Return the stops along all streets but local ones."""
    stops = []
    for path in paths:
        if path.kind == "local":
            stops.append((np.zeros(0), np.zeros(0)))
            continue
        step = np.hypot(
            np.diff(path.along, prepend=path.along[0]), np.diff(path.off, prepend=path.off[0])
        )
        length = np.cumsum(step)
        wanted = np.arange(_BUS_STOP_M / 2, length[-1], _BUS_STOP_M)
        # A stop stands a few metres beside the middle of the street, on the side away from it.
        stops.append(
            (
                np.interp(wanted, length, path.along) + 8.0,
                np.interp(wanted, length, path.off) + 8.0,
            )
        )
    return points_of(ground, division, stops)


def crossings_of(ground: Ground, division: Division, paths: list[Path]) -> Points:
    """Return the points where an arterial or ring meets a street along the river."""
    across = [
        (number, path)
        for number, path in enumerate(paths)
        if path.kind in ("arterial", "ring") and path.row is None
    ]
    rows = [path for path in paths if path.kind != "embankment" and path.row is not None]
    found: list[tuple[Floats, Floats]] = [(np.zeros(0), np.zeros(0))] * len(paths)
    for number, path in across:
        low, high = path.off.min(), path.off.max()
        at = float(path.along[0])
        off = np.array(
            [
                row.off[0]
                for row in rows
                if low < row.off[0] < high and row.along[0] < at < row.along[-1]
            ]
        )
        found[number] = (np.full(len(off), at + 4.0), off + 4.0)
    return points_of(ground, division, found)
