"""The ground: a bent lattice of cells on both banks of a river, from metres to coordinates.

Places are known by two lengths: ``along`` the river (metres, east positive) and ``off`` it (metres
from its middle line, north positive). The lattice is straight in these; ``plane`` bends it so
that streets near the river follow it and far streets hardly do::

    x = along + wobble,  y = off + course(along) · exp(-(off / reach)²) + wobble

The river is the strip ``|off| < river_m / 2``, so its banks are lines of the lattice, and cells
that share a corner share it exactly: areas made of cells tile without gap or overlap.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from chengyun.sim.linjiang.scales import Scale
from chengyun.sim.linjiang.seeds import stream

Floats: TypeAlias = NDArray[np.float64]
Longs: TypeAlias = NDArray[np.int64]
Ints: TypeAlias = NDArray[np.int32]

CENTRE_LON: Final = 121.30
CENTRE_LAT: Final = 31.10
"""Where the middle of the river lies; a made-up river, no real city's."""

EARTH_M: Final = 6_371_008.8
"""Mean radius (IUGG)."""

E7_A_METRE: Final = 1e7 / (EARTH_M * np.pi / 180)
_PARALLEL: Final = float(np.cos(np.radians(CENTRE_LAT)))
_ASPECT: Final = 1.25
"""How much longer the city is along the river than across."""
_NORTH: Final = 0.16
"""How far its middle lies north of the river, as a share of its half height."""
_INVERSE_STEPS: Final = 40


class Ground(msgspec.Struct, frozen=True):
    """The lattice and how it is bent; lengths in metres.

    ``columns`` are the lines across the river from west to east; ``rows`` the lines along it from
    the bank outwards, one array for the north bank and one for the south, positive in both.
    ``column_edges`` and ``row_edges`` are the numbers of the lines that bound blocks: streets.
    """

    scale: Scale
    columns: Floats
    rows: tuple[Floats, Floats]
    column_edges: Ints
    row_edges: tuple[Ints, Ints]
    phases: Floats
    wobbles: Floats

    def course(self, along: Floats) -> Floats:
        """Return how far north the river's middle line runs."""
        total = np.zeros_like(along)
        for (amplitude, wavelength), phase in zip(self.scale.meanders, self.phases, strict=True):
            total += amplitude * np.sin(2 * np.pi * along / wavelength + phase)
        return total

    def plane(self, along: Floats, off: Floats) -> tuple[Floats, Floats]:
        """Return metres east and north of the centre."""
        size, phase = self.scale.cell_m * 0.35, self.wobbles
        length = self.scale.reach_m
        bend = np.exp(-np.square(off / length))
        x = along + size * np.sin(off / (0.43 * length) + phase[0])
        y = off + self.course(along) * bend + size * np.sin(along / (0.57 * length) + phase[1])
        return x, y

    def e7(self, along: Floats, off: Floats) -> tuple[Longs, Longs]:
        """Return longitude and latitude in steps of 1e-7 degree, WGS-84."""
        x, y = self.plane(np.asarray(along, np.float64), np.asarray(off, np.float64))
        lon = np.rint(CENTRE_LON * 1e7 + x * (E7_A_METRE / _PARALLEL)).astype(np.int64)
        lat = np.rint(CENTRE_LAT * 1e7 + y * E7_A_METRE).astype(np.int64)
        return lon, lat

    def from_e7(self, lon_e7: Longs, lat_e7: Longs) -> tuple[Floats, Floats]:
        """Return (along, off) of coordinates, the inverse of ``e7`` to about a centimetre."""
        x = (np.asarray(lon_e7, np.float64) - CENTRE_LON * 1e7) / (E7_A_METRE / _PARALLEL)
        y = (np.asarray(lat_e7, np.float64) - CENTRE_LAT * 1e7) / E7_A_METRE
        along, off = x.copy(), y.copy()
        for _ in range(_INVERSE_STEPS):
            back_x, back_y = self.plane(along, off)
            along += x - back_x
            off += y - back_y
        return along, off

    @property
    def bank_m(self) -> float:
        """Return how far the banks lie from the middle of the river."""
        return self.scale.river_m / 2


def metres_between(lon_a: Longs, lat_a: Longs, lon_b: Longs, lat_b: Longs) -> Floats:
    """Return distances of points given in 1e-7 degree, on the city's tangent plane."""
    x = (lon_a - lon_b) * (_PARALLEL / E7_A_METRE)
    y = (lat_a - lat_b) / E7_A_METRE
    away: Floats = np.hypot(x, y)
    return away


def half_sizes(scale: Scale) -> tuple[float, float]:
    """Return half the city's length and height in cells, were it an ellipse."""
    high = float(np.sqrt(scale.grids / (np.pi * _ASPECT)))
    return high * _ASPECT, high


def ground_of(scale: Scale, seed: int) -> Ground:
    """Return the ground of a scale and seed."""
    rng = stream(seed, scale.name, "ground")
    long, high = half_sizes(scale)
    side = float(np.sqrt(scale.grids / scale.neighbourhoods))
    columns = round(long * 1.4)
    lines = np.arange(-columns, columns + 1)
    along = np.sign(lines) * _lengths(np.abs(lines), long, scale)
    banks = []
    edges = []
    for sign in (1, -1):
        count = round(high * (1 + sign * _NORTH) * 1.45)
        off = scale.river_m / 2 + _lengths(np.arange(count + 1), high, scale)
        banks.append(off)
        edges.append(_edges(count, side, rng))
    return Ground(
        scale,
        along,
        (banks[0], banks[1]),
        _edges(2 * columns, side, rng),
        (edges[0], edges[1]),
        rng.uniform(0, 2 * np.pi, len(scale.meanders)),
        rng.uniform(0, 2 * np.pi, 2),
    )


def _lengths(lines: NDArray[np.int64], half: float, scale: Scale) -> Floats:
    """Return where lines lie: cells are ``cell_m`` in the middle and stretch to the rim."""
    cells = lines.astype(np.float64)
    stretched: Floats = scale.cell_m * (cells + scale.stretch * cells**3 / (3 * half**2))
    return stretched


def _edges(cells: int, side: float, rng: np.random.Generator) -> Ints:
    """Return the lines that bound blocks of about ``side`` cells, the last cells left out."""
    low = int(side)
    sizes = low + (rng.random(cells) < side - low)
    ends = np.concatenate(([0], np.cumsum(sizes)))
    return ends[ends <= cells].astype(np.int32)


def city_distance(along_cells: Floats, off_cells: Floats, scale: Scale, seed: int) -> Floats:
    """Return how far out places are: less than about 1 inside the city, uneven at the rim.

    ``off_cells`` counts from the bank, north positive, as ``along_cells`` counts from the middle.
    """
    rng = stream(seed, scale.name, "outline")
    long, high = half_sizes(scale)
    angle = np.arctan2(off_cells / high - _NORTH, along_cells / long)
    rim = np.ones_like(angle)
    for waves in (2, 3, 5):
        rim += rng.uniform(0.015, 0.05) * np.sin(waves * angle + rng.uniform(0, 2 * np.pi))
    out: Floats = np.hypot(along_cells / long, off_cells / high - _NORTH) / rim
    return out
