"""Streets, bridges, metro lines and bus stops, as lines in the lattice and in coordinates.

Streets run along the edges of blocks: local ones between blocks, every few an arterial, the road
on the embankment of each bank, and rings. Arterials and rings that go on beyond the river cross it
on bridges.
"""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from chengyun.sim.linjiang.division import Division
from chengyun.sim.linjiang.ground import Floats, Ground, Ints, Longs, half_sizes
from chengyun.sim.linjiang.names import draw
from chengyun.sim.linjiang.seeds import stream

STREET_KINDS: Final = ("ring", "arterial", "embankment", "local")
_RINGS: Final = {"district": (), "city": (0.55,), "mega": (0.35, 0.72)}
_BUS_STOP_M: Final = 420.0
_METRO_POINT_M: Final = 150.0


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


class Networks(msgspec.Struct, frozen=True):
    """All that runs through the city.

    ``street_at`` gives the street on the river's side of a row of cells, by bank and row.
    """

    streets: Lines
    bridges: Lines
    metro: Lines
    stations: Points
    bus_stops: Points
    crossings: Points
    """Where arterials cross streets along the river; ``line`` is the arterial."""
    street_at: tuple[Ints, Ints]


class _Path(msgspec.Struct, frozen=True):
    kind: str
    along: Floats
    off: Floats
    row: tuple[int, int] | None = None
    """For a street along the river: bank (0 north, 1 south) and line."""


def networks_of(ground: Ground, division: Division, seed: int) -> Networks:
    """Return the networks of a divided ground."""
    across = list(_across(ground, division))
    along = list(_along(ground, division))
    paths = [*_rings(ground), *along, *across]
    order = sorted(range(len(paths)), key=lambda one: STREET_KINDS.index(paths[one].kind))
    paths = [paths[one] for one in order]
    streets = _street_lines(ground, paths, seed)
    return Networks(
        streets,
        _bridges(ground, paths, streets),
        *_metro(ground, division),
        _bus_stops(ground, division, paths),
        _crossings(ground, division, paths),
        _street_at(ground, paths),
    )


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


# --- streets ----------------------------------------------------------------------------------
def _filled_columns(division: Division) -> list[NDArray[np.bool_]]:
    """By bank: whether line (column line, row) has a cell on either side."""
    found = []
    for table in division.at:
        cells = table >= 0
        edge = np.zeros((cells.shape[0] + 1, cells.shape[1]), np.bool_)
        edge[:-1] |= cells
        edge[1:] |= cells
        found.append(edge)
    return found


def _longest_run(flags: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the numbers of the longest stretch that is set; streets end at a gap of the city."""
    places = np.flatnonzero(flags)
    runs = np.split(places, np.flatnonzero(np.diff(places) > 1) + 1)
    return max(runs, key=len)


def _across(ground: Ground, division: Division) -> list[_Path]:
    """Streets across the river's direction, one or two parts each; arterials bridge the river."""
    filled = _filled_columns(division)
    middle = len(ground.column_edges) // 2
    paths = []
    for number, line in enumerate(ground.column_edges):
        parts = []
        for bank, sign in enumerate((1, -1)):
            rows = _longest_run(filled[bank][line])
            if len(rows):
                lines = ground.rows[bank]
                edges = ground.row_edges[bank]
                kept = edges[(edges >= rows[0]) & (edges <= rows[-1] + 1)]
                if len(kept) > 1:
                    parts.append((sign, lines[kept[0] : kept[-1] + 1]))
        arterial = (number - middle) % ground.scale.arterial_every == 0
        kind = "arterial" if arterial else "local"
        touching = all(len(part) and part[0] <= ground.bank_m + 1 for _, part in parts)
        if len(parts) == 2 and arterial and touching:
            off = np.concatenate((-parts[1][1][::-1], parts[0][1]))
            paths.append(_Path(kind, np.full(len(off), ground.columns[line]), off))
        else:
            for sign, part in parts:
                off = part * sign
                paths.append(_Path(kind, np.full(len(off), ground.columns[line]), off))
    return paths


def _along(ground: Ground, division: Division) -> list[_Path]:
    """Streets along the river; the first of each bank is the road on the embankment."""
    paths = []
    for bank, sign in enumerate((1, -1)):
        cells = division.at[bank] >= 0
        for number, line in enumerate(ground.row_edges[bank]):
            beside = np.zeros(cells.shape[0], np.bool_)
            if line < cells.shape[1]:
                beside |= cells[:, line]
            if line > 0:
                beside |= cells[:, line - 1]
            columns = _longest_run(beside)
            if not len(columns):
                continue
            edges = ground.column_edges
            kept = edges[(edges >= columns[0]) & (edges <= columns[-1] + 1)]
            if len(kept) < 2:
                continue
            kind = "local" if number % ground.scale.arterial_every else "arterial"
            kind = kind if number else "embankment"
            x = ground.columns[kept[0] : kept[-1] + 1]
            off = np.full(len(x), ground.rows[bank][line] * sign)
            paths.append(_Path(kind, x, off, (bank, int(line))))
    return paths


def _rings(ground: Ground) -> list[_Path]:
    """Rings on the lines nearest to a share of the city's half sizes, closed, over two bridges."""
    long, high = half_sizes(ground.scale)
    half = len(ground.columns) // 2
    paths = []
    for share in _RINGS[ground.scale.name]:
        west, east = (_nearest(ground.column_edges, half + side * share * long) for side in (-1, 1))
        north = _nearest(ground.row_edges[0], share * high * 1.16)
        south = _nearest(ground.row_edges[1], share * high * 0.84)
        x = ground.columns[west : east + 1]
        ups = [ground.rows[0][: north + 1], ground.rows[1][: south + 1]]
        side = np.concatenate((-ups[1][::-1], ups[0]))
        along = np.concatenate((x, np.full(len(side), x[-1]), x[::-1], np.full(len(side), x[0])))
        off = np.concatenate(
            (
                np.full(len(x), -ups[1][-1]),
                side,
                np.full(len(x), ups[0][-1]),
                side[::-1],
            )
        )
        paths.append(_Path("ring", along, off))
    return paths


def _nearest(edges: Ints, wanted: float) -> int:
    return int(edges[int(np.argmin(np.abs(edges - wanted)))])


def _street_lines(ground: Ground, paths: list[_Path], seed: int) -> Lines:
    bare = draw(len(paths), stream(seed, ground.scale.name, "street names"))
    name_en, name_zh, rings = [], [], 0
    for path, (en, zh) in zip(paths, bare, strict=True):
        if path.kind == "ring":
            rings += 1
            name_en.append("Inner Ring Road" if rings == 1 else "Outer Ring Road")
            name_zh.append("内环路" if rings == 1 else "外环路")
        elif path.kind == "embankment" and path.row is not None:
            side = ("North", "北") if path.row[0] == 0 else ("South", "南")
            name_en.append(f"Riverside Avenue {side[0]}")
            name_zh.append(f"滨江{side[1]}大道")
        elif path.kind == "arterial":
            name_en.append(f"{en} Avenue")
            name_zh.append(f"{zh}大道")
        else:
            name_en.append(f"{en} Road" if path.row else f"{en} Street")
            name_zh.append(f"{zh}路" if path.row else f"{zh}街")
    kinds = np.array([STREET_KINDS.index(path.kind) for path in paths], np.uint8)
    return _lines(ground, kinds, name_en, name_zh, [(one.along, one.off) for one in paths])


def _lines(
    ground: Ground,
    kinds: NDArray[np.uint8],
    name_en: list[str],
    name_zh: list[str],
    paths: list[tuple[Floats, Floats]],
) -> Lines:
    start = np.concatenate(([0], np.cumsum([len(along) for along, _ in paths]))).astype(np.int64)
    none = np.zeros(0)
    lon, lat = ground.e7(
        np.concatenate([along for along, _ in paths] or [none]),
        np.concatenate([off for _, off in paths] or [none]),
    )
    return Lines(kinds, name_en, name_zh, start, lon, lat)


def _bridges(ground: Ground, paths: list[_Path], streets: Lines) -> Lines:
    """Return the stretch of every street from bank to bank; streets on one line share a bridge."""
    ends, name_en, name_zh = [], [], []
    crossed: set[float] = set()
    reach = ground.bank_m * 1.15
    for number, path in enumerate(paths):
        over = np.flatnonzero(np.sign(path.off[1:]) != np.sign(path.off[:-1]))
        for place in over:
            at = float(path.along[place])
            if at in crossed:
                continue
            crossed.add(at)
            ends.append((np.full(5, at), np.linspace(-reach, reach, 5)))
            suffix = "" if len(over) == 1 else (" East" if at > 0 else " West")
            suffix_zh = "" if len(over) == 1 else ("东" if at > 0 else "西")
            bare_en = streets.name_en[number].rsplit(" ", 1)[0]
            bare_zh = streets.name_zh[number].removesuffix("大道").removesuffix("路")
            name_en.append(f"{bare_en}{suffix} Bridge")
            name_zh.append(f"{bare_zh}{suffix_zh}大桥")
    return _lines(ground, np.zeros(len(ends), np.uint8), name_en, name_zh, ends)


def _street_at(ground: Ground, paths: list[_Path]) -> tuple[Ints, Ints]:
    found = []
    for bank in (0, 1):
        table = np.full(len(ground.rows[bank]), -1, np.int32)
        for number, path in enumerate(paths):
            if path.row is not None and path.row[0] == bank:
                table[path.row[1]] = number
        edges = ground.row_edges[bank]
        nearest = edges[np.searchsorted(edges, np.arange(len(table)), side="right") - 1]
        found.append(table[nearest])
    return found[0], found[1]


# --- metro and bus ----------------------------------------------------------------------------
def _metro(ground: Ground, division: Division) -> tuple[Lines, Points]:
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
    lines = _lines(
        ground,
        np.zeros(count, np.uint8),
        [f"Line {one + 1}" for one in range(count)],
        [f"{one + 1}号线" for one in range(count)],
        paths,
    )
    return lines, _points(ground, division, stations)


def _inside(
    ground: Ground, division: Division, along: Floats, off: Floats
) -> tuple[Floats, Floats]:
    """Cut a line to what lies between its first and its last point in the city."""
    inside = np.flatnonzero(grid_at(ground, division, along, off) >= 0)
    kept = slice(int(inside[0]), int(inside[-1]) + 1)
    return along[kept], off[kept]


def _points(ground: Ground, division: Division, paths: list[tuple[Floats, Floats]]) -> Points:
    along = np.concatenate([one for one, _ in paths] or [np.zeros(0)])
    off = np.concatenate([one for _, one in paths] or [np.zeros(0)])
    line = np.repeat(np.arange(len(paths), dtype=np.int32), [len(one) for one, _ in paths])
    # Rounded as they will be written, so that a point beside an edge stays on its side.
    along, off = ground.from_e7(*ground.e7(along, off))
    grid = grid_at(ground, division, along, off)
    kept = grid >= 0
    return Points(along[kept], off[kept], grid[kept], line[kept])


def _bus_stops(ground: Ground, division: Division, paths: list[_Path]) -> Points:
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
    return _points(ground, division, stops)


def _crossings(ground: Ground, division: Division, paths: list[_Path]) -> Points:
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
    return _points(ground, division, found)
