"""How the city is divided: unit grids into neighbourhoods, subdistricts and districts, with codes.

A neighbourhood is a block between streets; subdistricts and districts are blocks that lie nearest
to one middle (Lloyd's algorithm) on one bank of the river. Codes have the form of GB/T 2260 and
its extensions: 6 digits a district, 9 a subdistrict, 12 a neighbourhood, 15 a unit grid
(GB/T 30428.1). The prefix 3199 is made up: no register gives it to any place.
"""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from chengyun.sim.linjiang.ground import Floats, Ground, Ints, Longs, city_distance
from chengyun.sim.linjiang.grouping import apportioned, grouped
from chengyun.sim.linjiang.names import draw
from chengyun.sim.linjiang.seeds import stream

PREFIX: Final = "3199"
CITY_CODE: Final = f"{PREFIX}00"
LEVELS: Final = ("city", "district", "subdistrict", "neighbourhood")


class Areas(msgspec.Struct, frozen=True):
    """All areas: the city first, then districts, subdistricts and neighbourhoods, each by code."""

    code: list[str]
    level: NDArray[np.uint8]
    """A number in ``LEVELS``."""
    parent: Ints
    """The area above, -1 for the city."""
    name_en: list[str]
    name_zh: list[str]
    lon_e7: Longs
    """A point in the middle of its unit grids."""
    lat_e7: Longs
    box: Longs
    """West, south, east, north in 1e-7 degree; shape (areas, 4)."""
    bank: NDArray[np.int8]
    """1 north of the river, -1 south of it, 0 on both sides."""

    def __len__(self) -> int:
        return len(self.code)

    def at_level(self, level: str) -> Ints:
        """Return the numbers of the areas of a level."""
        return np.flatnonzero(self.level == LEVELS.index(level)).astype(np.int32)

    def above(self, level: str) -> Ints:
        """Return for every area the one of ``level`` that it is or lies in, -1 if none."""
        wanted = LEVELS.index(level)
        found = np.arange(len(self), dtype=np.int32)
        for _ in LEVELS:
            below = (found >= 0) & (self.level[found] > wanted)
            found = np.where(below, self.parent[found], found).astype(np.int32)
        return np.where(self.level[found] == wanted, found, -1).astype(np.int32)


class Grids(msgspec.Struct, frozen=True):
    """All unit grids in the order of their codes; corners run from the south-west, against the
    clock, in the lattice (on the south bank too)."""

    area: Ints
    """The neighbourhood, as a number of ``Areas``."""
    serial: Ints
    """The last three digits of the code, from 1."""
    lon_e7: Longs
    """Corners; shape (grids, 4)."""
    lat_e7: Longs
    along: Floats
    """West and east end in metres along the river; shape (grids, 2)."""
    off: Floats
    """South and north end in metres off it; shape (grids, 2)."""
    outward: Floats
    """How far out, 0 in the middle and about 1 at the rim."""
    riverside: NDArray[np.bool_]
    """Whether it touches the river."""

    def __len__(self) -> int:
        return len(self.area)


class Division(msgspec.Struct, frozen=True):
    """The division, and the look-up from the lattice to unit grids."""

    areas: Areas
    grids: Grids
    at: tuple[Ints, Ints]
    """By bank (north, south): the unit grid at (column, row) of the lattice, -1 for none."""


class _Cells(msgspec.Struct, frozen=True):
    """The chosen cells, one entry each."""

    column: Ints
    row: Ints
    bank: NDArray[np.int8]
    block: Ints


def divide(ground: Ground, seed: int) -> Division:
    """Divide the ground; the number of unit grids and of the areas above blocks is exact."""
    cells, middles, banks = _blocks(ground, seed)
    scale = ground.scale
    district = grouped(middles, banks, scale.districts, stream(seed, scale.name, "districts"))
    subdistrict = _within(middles, banks, district, ground, seed)
    order = np.lexsort((middles[:, 0], -middles[:, 1], subdistrict, district))
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return _coded(ground, seed, cells, rank, district[order], subdistrict[order])


# --- blocks -----------------------------------------------------------------------------------
def _blocks(ground: Ground, seed: int) -> tuple[_Cells, Floats, NDArray[np.int8]]:
    """Return the cells of the blocks nearest to the middle, exactly ``grids`` of them."""
    half = len(ground.columns) // 2
    columns: list[Ints] = []
    rows: list[Ints] = []
    banks: list[int] = []
    outs: list[float] = []
    x_edges = ground.column_edges
    for bank, y_edges in zip((1, -1), ground.row_edges, strict=True):
        x = (x_edges[:-1] + x_edges[1:]) / 2 - half
        y = (y_edges[:-1] + y_edges[1:]) / 2 * bank
        out = city_distance(np.repeat(x, len(y)), np.tile(y, len(x)), ground.scale, seed)
        for number, far in enumerate(out):
            i, j = divmod(number, len(y))
            wide = np.arange(x_edges[i], x_edges[i + 1], dtype=np.int32)
            high = np.arange(y_edges[j], y_edges[j + 1], dtype=np.int32)
            columns.append(np.repeat(wide, len(high)))
            rows.append(np.tile(high, len(wide)))
            banks.append(bank)
            outs.append(float(far))
    order = np.argsort(np.asarray(outs), kind="stable")
    sizes = np.cumsum([len(columns[one]) for one in order])
    last = int(np.searchsorted(sizes, ground.scale.grids))
    chosen = order[: last + 1]
    spare = int(sizes[last]) - ground.scale.grids
    kept = [len(columns[one]) for one in chosen]
    kept[-1] -= spare
    column = np.concatenate([columns[one][:n] for one, n in zip(chosen, kept, strict=True)])
    row = np.concatenate([rows[one][:n] for one, n in zip(chosen, kept, strict=True)])
    bank_of = np.array([banks[one] for one in chosen], np.int8)
    block = np.repeat(np.arange(len(chosen), dtype=np.int32), kept)
    cells = _Cells(column, row, bank_of[block], block)
    along, off = _middle(ground, cells)
    count = np.asarray(kept, np.float64)
    x, y = ground.plane(np.bincount(block, along) / count, np.bincount(block, off) / count)
    return cells, np.stack((x, y), axis=1), bank_of


def _middle(ground: Ground, cells: _Cells) -> tuple[Floats, Floats]:
    west, east, south, north = _sides(ground, cells)
    return (west + east) / 2, (south + north) / 2


def _sides(ground: Ground, cells: _Cells) -> tuple[Floats, Floats, Floats, Floats]:
    west, east = ground.columns[cells.column], ground.columns[cells.column + 1]
    near, far = np.empty(len(west)), np.empty(len(west))
    for bank, lines in zip((1, -1), ground.rows, strict=True):
        ours = cells.bank == bank
        near[ours], far[ours] = lines[cells.row[ours]], lines[cells.row[ours] + 1]
    north = cells.bank > 0
    return west, east, np.where(north, near, -far), np.where(north, far, -near)


def _within(
    middles: Floats, banks: NDArray[np.int8], district: Ints, ground: Ground, seed: int
) -> Ints:
    """Return the subdistrict of every block, numbered from 0 within its district."""
    scale = ground.scale
    shares = apportioned(np.bincount(district).astype(np.float64), scale.subdistricts)
    found = np.zeros(len(district), np.int32)
    for number, many in enumerate(shares):
        ours = np.flatnonzero(district == number)
        rng = stream(seed, scale.name, "subdistricts", number)
        found[ours] = grouped(middles[ours], banks[ours], int(many), rng)
    return found


# --- codes and tables -------------------------------------------------------------------------
def _coded(
    ground: Ground, seed: int, cells: _Cells, rank: Ints, district: Ints, subdistrict: Ints
) -> Division:
    """Number everything; ``district`` and ``subdistrict`` are those of the ranked blocks."""
    key = district.astype(np.int64) * 1_000 + subdistrict
    subdistricts, sub_of = np.unique(key, return_inverse=True)
    districts = int(district.max()) + 1
    first_sub, first_block = 1 + districts, 1 + districts + len(subdistricts)
    starts = np.searchsorted(sub_of, np.arange(len(subdistricts)))
    serial = np.arange(len(key)) - starts[sub_of] + 1
    codes = [CITY_CODE] + [f"{PREFIX}{one + 1:02d}" for one in range(districts)]
    codes += [f"{codes[1 + int(one) // 1000]}{int(one) % 1000 + 1:03d}" for one in subdistricts]
    codes += [
        f"{codes[first_sub + int(sub)]}{int(n):03d}" for sub, n in zip(sub_of, serial, strict=True)
    ]
    parent = np.concatenate(
        ([-1], np.zeros(districts), 1 + subdistricts // 1000, first_sub + sub_of)
    ).astype(np.int32)
    level = np.repeat(np.arange(4, dtype=np.uint8), [1, districts, len(subdistricts), len(key)])
    grids, at = _grids(ground, seed, cells, rank[cells.block] + first_block)
    name_en, name_zh = _names(ground, seed, level)
    box, lon, lat, bank = _extent(grids, cells, level, parent, rank, first_block)
    return Division(Areas(codes, level, parent, name_en, name_zh, lon, lat, box, bank), grids, at)


def _grids(ground: Ground, seed: int, cells: _Cells, area: Ints) -> tuple[Grids, tuple[Ints, Ints]]:
    order = np.lexsort((cells.column, -cells.row * cells.bank.astype(np.int32), area))
    cells = _Cells(cells.column[order], cells.row[order], cells.bank[order], cells.block[order])
    area = area[order].astype(np.int32)
    west, east, south, north = _sides(ground, cells)
    lon, lat = ground.e7(
        np.stack((west, east, east, west), axis=1), np.stack((south, south, north, north), axis=1)
    )
    serial = np.arange(len(area)) - np.searchsorted(area, area) + 1
    half = len(ground.columns) // 2
    out = city_distance(
        np.asarray(cells.column + 0.5 - half, np.float64),
        np.asarray((cells.row + 0.5) * cells.bank, np.float64),
        ground.scale,
        seed,
    )
    tables = []
    for bank, lines in zip((1, -1), ground.rows, strict=True):
        table = np.full((len(ground.columns) - 1, len(lines) - 1), -1, np.int32)
        ours = np.flatnonzero(cells.bank == bank)
        table[cells.column[ours], cells.row[ours]] = ours
        tables.append(table)
    grids = Grids(
        area,
        serial.astype(np.int32),
        lon,
        lat,
        np.stack((west, east), axis=1),
        np.stack((south, north), axis=1),
        out,
        cells.row == 0,
    )
    return grids, (tables[0], tables[1])


_SUFFIXES: Final = (("", ""), (" District", "区"), (" Subdistrict", "街道"), (" Community", "社区"))


def _names(ground: Ground, seed: int, level: NDArray[np.uint8]) -> tuple[list[str], list[str]]:
    bare = draw(len(level) - 1, stream(seed, ground.scale.name, "area names"))
    name_en, name_zh = ["Linjiang"], ["临江"]
    for (en, zh), one in zip(bare, level[1:], strict=True):
        name_en.append(en + _SUFFIXES[one][0])
        name_zh.append(zh + _SUFFIXES[one][1])
    return name_en, name_zh


def _extent(
    grids: Grids,
    cells: _Cells,
    level: NDArray[np.uint8],
    parent: Ints,
    rank: Ints,
    first_block: int,
) -> tuple[Longs, Longs, Longs, NDArray[np.int8]]:
    """Return boxes, middles and banks of all areas, from the unit grids upwards."""
    count = len(level)
    box = np.tile(np.array([2**62, 2**62, -(2**62), -(2**62)], np.int64), (count, 1))
    lon, lat, weight = np.zeros(count), np.zeros(count), np.zeros(count)
    north, south = np.zeros(count, np.bool_), np.zeros(count, np.bool_)
    np.minimum.at(box[:, 0], grids.area, grids.lon_e7.min(axis=1))
    np.minimum.at(box[:, 1], grids.area, grids.lat_e7.min(axis=1))
    np.maximum.at(box[:, 2], grids.area, grids.lon_e7.max(axis=1))
    np.maximum.at(box[:, 3], grids.area, grids.lat_e7.max(axis=1))
    np.add.at(lon, grids.area, grids.lon_e7.mean(axis=1))
    np.add.at(lat, grids.area, grids.lat_e7.mean(axis=1))
    np.add.at(weight, grids.area, 1.0)
    north[rank[cells.block[cells.bank > 0]] + first_block] = True
    south[rank[cells.block[cells.bank < 0]] + first_block] = True
    for below in (3, 2, 1):
        ours = np.flatnonzero(level == below)
        above = parent[ours]
        np.minimum.at(box[:, 0], above, box[ours, 0])
        np.minimum.at(box[:, 1], above, box[ours, 1])
        np.maximum.at(box[:, 2], above, box[ours, 2])
        np.maximum.at(box[:, 3], above, box[ours, 3])
        for sums in (lon, lat, weight):
            np.add.at(sums, above, sums[ours])
        north[above[north[ours]]] = True
        south[above[south[ours]]] = True
    return (
        box,
        np.rint(lon / weight).astype(np.int64),
        np.rint(lat / weight).astype(np.int64),
        north.astype(np.int8) - south.astype(np.int8),
    )
