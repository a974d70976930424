"""Buildings with their floors and lifts, and what has a unit grid or a building of its own."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from chengyun.sim.linjiang.ground import Ints
from chengyun.sim.linjiang.names import draw
from chengyun.sim.linjiang.sites import USES, Site, Some, spread

_LOTS: Final = ((0.22, 0.25), (0.55, 0.25), (0.84, 0.27), (0.24, 0.72), (0.56, 0.73), (0.83, 0.72))
"""Where buildings may stand in a unit grid, as shares of its width and depth."""
_LIFT_FLOORS: Final = 7
"""From so many floors on a building has lifts (residential design code GB 50096: 7)."""


def buildings_of(site: Site) -> Some:
    """Return the buildings: dense in the middle, low in industry, one row behind the banks."""
    rng = site.rng("building")
    grids = site.division.grids
    density = np.select(
        [site.use == USES.index(use) for use in ("residential", "commercial", "industry")],
        [0.84, 0.80, 0.45],
        0.0,
    )
    density[site.use == USES.index("green_bank")] = 0.34
    standing = rng.random((len(grids), len(_LOTS))) < density[:, None]
    grid, lot = (one.astype(np.int32) for one in np.nonzero(standing))
    lots = np.asarray(_LOTS)[lot]
    # On the banks only the landward row is built on: the rest is the promenade.
    bank = site.use[grid] == USES.index("green_bank")
    north = grids.off[grid, 1] > 0
    y = np.where(bank, np.where(north, 0.74, 0.26), lots[:, 1])
    x = lots[:, 0] + rng.uniform(-0.02, 0.02, len(grid))
    along, off = site.spots(grid, x, y + rng.uniform(-0.02, 0.02, len(grid)))
    tall = np.exp(-1.6 * grids.outward[grid]) * rng.gamma(2.2, 9.0, len(grid)) + 2
    floors = np.clip(tall, 2, 48).astype(np.int16)
    industry = site.use[grid] == USES.index("industry")
    floors[industry] = 1 + floors[industry] % 4
    cell = site.ground.scale.cell_m
    wide = (cell * rng.uniform(0.19, 0.29, len(grid))).astype(np.uint8)
    deep = (cell * rng.uniform(0.13, 0.32, len(grid))).astype(np.uint8)
    twice = bank & (lot >= len(_LOTS) // 2)
    kept = ~twice
    return Some(
        "building",
        along[kept],
        off[kept],
        grid[kept],
        floors=floors[kept],
        wide_m=wide[kept],
        deep_m=deep[kept],
        house=_house_numbers(site, grid[kept], lot[kept]),
    )


def _house_numbers(site: Site, grid: Ints, lot: Ints) -> NDArray[np.int16]:
    """Odd numbers on the river's side of a unit grid, even ones on the other, rising eastwards."""
    west = site.division.grids.along[grid, 0]
    steps = np.rint((west - site.ground.columns[0]) / site.ground.scale.cell_m).astype(np.int64)
    numbers = steps * 6 + (lot % 3) * 2 + np.where(lot < 3, 1, 2)
    house: NDArray[np.int16] = (numbers % 30_000).astype(np.int16)
    return house


def lifts_of(site: Site, buildings: Some) -> Some:
    """Return the lifts of buildings of so many floors, more in taller ones."""
    floors = buildings.floors if buildings.floors is not None else np.zeros(0, np.int16)
    many = np.where(floors >= _LIFT_FLOORS, 1 + floors // 12, 0)
    within = np.repeat(np.arange(len(floors), dtype=np.int32), many)
    rng = site.rng("lift")
    return Some(
        "lift",
        buildings.along[within] + rng.uniform(-3, 3, len(within)),
        buildings.off[within] + rng.uniform(-3, 3, len(within)),
        buildings.grid[within],
        within=within,
        house=None if buildings.house is None else buildings.house[within],
    )


def shops_of(site: Site) -> Some:
    """Return the shops along streets, most of them where trade is."""
    rng = site.rng("shop")
    mean = np.where(site.use == USES.index("commercial"), 5.0, 0.7)
    mean[site.use == USES.index("park")] = 0.1
    grid = np.repeat(np.arange(len(mean), dtype=np.int32), rng.poisson(mean))
    x, y = rng.uniform(0.1, 0.9, len(grid)), rng.uniform(0.06, 0.1, len(grid))
    lot = rng.integers(0, 6, len(grid)).astype(np.int32)
    return Some("shop", *site.spots(grid, x, y), grid, house=_house_numbers(site, grid, lot))


def firms_of(site: Site) -> Some:
    """Firms that handle hazardous goods, in industry where there is any, never on the banks."""
    rng = site.rng("firm")
    count = site.ground.scale.firms
    free = site.used_as("industry")
    if len(free) < count:
        free = np.flatnonzero(site.division.grids.outward > 0.8).astype(np.int32)
    grid = free[spread(np.arange(len(free)), count)].astype(np.int32)
    goods = (
        ("Chemicals", "化工"),
        ("Gas Filling", "燃气充装"),
        ("Paints", "涂料"),
        ("Cold Store", "冷库"),
        ("Fuel Depot", "油库"),
    )
    bare = draw(count, rng)
    kinds = rng.integers(0, len(goods), count)
    names = (
        [f"{en} {goods[k][0]}" for (en, _), k in zip(bare, kinds, strict=True)],
        [f"{zh}{goods[k][1]}" for (_, zh), k in zip(bare, kinds, strict=True)],
    )
    x, y = rng.uniform(0.3, 0.7, len(grid)), rng.uniform(0.4, 0.6, len(grid))
    return Some(
        "firm", *site.spots(grid, x, y), grid,
        names=(names[0][: len(grid)], names[1][: len(grid)]),
    )  # fmt: skip


def one_in_each(site: Site, kind: str, grid: Ints, en: str, zh: str, *, floors: int = 0) -> Some:
    """Return one named place in the middle of each of the unit grids."""
    rng = site.rng(kind)
    bare = draw(len(grid), rng)
    x, y = rng.uniform(0.42, 0.58, len(grid)), rng.uniform(0.42, 0.58, len(grid))
    return Some(
        kind,
        *site.spots(grid, x, y),
        grid,
        names=([one + en for one, _ in bare], [one + zh for _, one in bare]),
        floors=np.full(len(grid), floors, np.int16),
    )
