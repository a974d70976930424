"""What stands along streets and what every area has: pipes, lamps, underpasses, stops, stations."""

from __future__ import annotations

from typing import Final

import numpy as np

from chengyun.sim.linjiang.names import draw
from chengyun.sim.linjiang.sites import Site, Some, spread

_PUMPS_AN_UNDERPASS: Final = 2

A_GRID: Final = {
    "water_pipe": (2, 0.000),
    "gas_pipe": (1, 0.004),
    "drain": (2, 0.008),
    "hydrant": (1, 0.012),
    "manhole": (6, 0.016),
    "street_light": (8, 0.020),
    "rubbish_point": (1, 0.024),
    "tree_stand": (2, 0.040),
}
"""How many of each stand in a unit grid along the street at its edge, and how far inwards."""


def along_streets(site: Site, kind: str) -> Some:
    """Places in a row along the near edge of every unit grid."""
    many, inwards = A_GRID[kind]
    rng = site.rng(kind)
    grid = np.repeat(np.arange(len(site.division.grids), dtype=np.int32), many)
    lot = np.tile(np.arange(many), len(site.division.grids))
    x = (lot + rng.uniform(0.2, 0.8, len(grid))) / many
    y = 0.03 + 0.02 * rng.random(len(grid)) + inwards
    return Some(kind, *site.spots(grid, x, y), grid)


def underpasses_of(site: Site) -> Some:
    """Underpasses at crossings of arterials, spread over the city."""
    crossings = site.networks.crossings
    order = np.argsort(crossings.grid, kind="stable")
    chosen = order[spread(np.arange(len(order)), site.ground.scale.underpasses)]
    streets = site.networks.streets
    line = crossings.line[chosen]
    names = (
        [f"{streets.name_en[one]} Underpass {n + 1}" for n, one in enumerate(line)],
        [f"{streets.name_zh[one]}{n + 1}号下立交" for n, one in enumerate(line)],
    )
    return Some(
        "underpass", crossings.along[chosen], crossings.off[chosen], crossings.grid[chosen],
        names=names,
    )  # fmt: skip


def pumps_of(underpasses: Some) -> Some:
    """Return the pumps of every underpass."""
    within = np.repeat(np.arange(len(underpasses.grid), dtype=np.int32), _PUMPS_AN_UNDERPASS)
    beside = np.tile(np.array([3.0, 9.0]), len(underpasses.grid))
    return Some(
        "pump",
        underpasses.along[within] + beside,
        underpasses.off[within] + 5.0,
        underpasses.grid[within],
        within=within,
    )


def stations_of(site: Site) -> Some:
    """Return the metro stations, named after nothing real."""
    points, lines = site.networks.stations, site.networks.metro
    bare = draw(len(points.grid), site.rng("metro_station"))
    names = (
        [f"{en} Station ({lines.name_en[one]})"
         for (en, _), one in zip(bare, points.line, strict=True)],
        [f"{zh}站（{lines.name_zh[one]}）"
         for (_, zh), one in zip(bare, points.line, strict=True)],
    )  # fmt: skip
    return Some("metro_station", points.along, points.off, points.grid, names=names)


def stops_of(site: Site) -> Some:
    """Return the bus stops."""
    points = site.networks.bus_stops
    return Some("bus_stop", points.along, points.off, points.grid)


# --- by area ----------------------------------------------------------------------------------
def substations_of(site: Site) -> Some:
    """Two substations a subdistrict."""
    areas = site.division.areas
    subdistrict = areas.above("subdistrict")[site.division.grids.area]
    order = np.argsort(subdistrict, kind="stable").astype(np.int32)
    found, first, many = np.unique(subdistrict[order], return_index=True, return_counts=True)
    grid = order[np.concatenate((first + many // 4, first + 3 * many // 4))]
    names = (
        [f"Substation {areas.name_en[one].removesuffix(' Subdistrict')} {part}"
         for part in (1, 2) for one in found],
        [f"{areas.name_zh[one].removesuffix('街道')}{part}号变电站"
         for part in (1, 2) for one in found],
    )  # fmt: skip
    half = np.full(len(grid), 0.5)
    return Some("substation", *site.spots(grid, half, half), grid, names=names)


def embankments_of(site: Site) -> Some:
    """A stretch of embankment for every riverside neighbourhood, in its middle."""
    grids, areas = site.division.grids, site.division.areas
    bank = np.flatnonzero(grids.riverside)
    area, first, many = np.unique(grids.area[bank], return_index=True, return_counts=True)
    grid = bank[first + many // 2].astype(np.int32)
    north = grids.off[grid, 1] > 0
    names = (
        [f"{areas.name_en[one].removesuffix(' Community')} Embankment" for one in area],
        [f"{areas.name_zh[one].removesuffix('社区')}江堤" for one in area],
    )
    x = np.full(len(grid), 0.5)
    return Some("embankment", *site.spots(grid, x, np.where(north, 0.12, 0.88)), grid, names=names)


def centres_of(site: Site) -> Some:
    """The office of every neighbourhood committee."""
    grids, areas = site.division.grids, site.division.areas
    area, first, many = np.unique(grids.area, return_index=True, return_counts=True)
    grid = (first + many // 2).astype(np.int32)
    names = (
        [f"{areas.name_en[one]} Centre" for one in area],
        [f"{areas.name_zh[one]}居委会" for one in area],
    )
    x, y = np.full(len(grid), 0.4), np.full(len(grid), 0.5)
    return Some("community_centre", *site.spots(grid, x, y), grid, names=names)
