"""Places: buildings with floors, and everything else that stands in the city, as plain columns.

Every kind is made by a function of its own from the unit grids; at the end all kinds stand in one
table, in the order of ``PLACE_KINDS``. There is no Python object for a place.
"""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from chengyun.sim.linjiang.division import Division
from chengyun.sim.linjiang.ground import Floats, Ground, Ints, Longs, metres_between
from chengyun.sim.linjiang.names import draw
from chengyun.sim.linjiang.networks import Networks
from chengyun.sim.linjiang.seeds import stream

PLACE_KINDS: Final = (
    "building",
    "school",
    "hospital",
    "shop",
    "firm",
    "metro_station",
    "bus_stop",
    "underpass",
    "pump",
    "substation",
    "lift",
    "water_pipe",
    "gas_pipe",
    "drain",
    "hydrant",
    "manhole",
    "street_light",
    "rubbish_point",
    "park",
    "embankment",
    "community_centre",
    "tree_stand",
)
"""What stands in the city; a number in a table is a place in this tuple."""

USES: Final = ("residential", "commercial", "industry", "school", "hospital", "park", "green_bank")
"""What a unit grid is for."""

_LOTS: Final = ((0.22, 0.25), (0.55, 0.25), (0.84, 0.27), (0.24, 0.72), (0.56, 0.73), (0.83, 0.72))
"""Where buildings may stand in a unit grid, as shares of its width and depth."""
_PUMPS_AN_UNDERPASS: Final = 2
_LIFT_FLOORS: Final = 7
"""From so many floors on a building has lifts (residential design code GB 50096: 7)."""


class PlaceTable(msgspec.Struct, frozen=True):
    """All places; columns of one length.

    ``within`` is the place it belongs to (a lift's building, a pump's underpass), ``fed_by`` the
    substation it gets its power from; both are numbers of this table, -1 for none. ``name`` is a
    number of ``names``, -1 for none. ``wide_m`` and ``deep_m`` are the footprint of buildings.
    """

    kind: NDArray[np.uint8]
    lon_e7: Longs
    lat_e7: Longs
    grid: Ints
    area: Ints
    name: Ints
    floors: NDArray[np.int16]
    within: Ints
    fed_by: Ints
    street: Ints
    house: NDArray[np.int16]
    wide_m: NDArray[np.uint8]
    deep_m: NDArray[np.uint8]
    names_en: list[str]
    names_zh: list[str]

    def __len__(self) -> int:
        return len(self.kind)

    def of(self, kind: str) -> Ints:
        """Return the numbers of the places of a kind, which stand together."""
        number = PLACE_KINDS.index(kind)
        first, last = np.searchsorted(self.kind, (number, number + 1))
        return np.arange(first, last, dtype=np.int32)


class _Some(msgspec.Struct, frozen=True):
    """Places of one kind before they are put into the table."""

    kind: str
    along: Floats
    off: Floats
    grid: Ints
    names: tuple[list[str], list[str]] | None = None
    floors: NDArray[np.int16] | None = None
    within: Ints | None = None
    wide_m: NDArray[np.uint8] | None = None
    deep_m: NDArray[np.uint8] | None = None
    house: NDArray[np.int16] | None = None


class _Site(msgspec.Struct, frozen=True):
    """What every maker of places looks at."""

    ground: Ground
    division: Division
    networks: Networks
    use: NDArray[np.uint8]
    seed: int

    def rng(self, part: str) -> np.random.Generator:
        return stream(self.seed, self.ground.scale.name, "places", part)

    def spots(self, grid: Ints, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Return the places at shares ``x`` and ``y`` of the width and depth of unit grids."""
        table = self.division.grids
        along, off = table.along[grid], table.off[grid]
        return (
            along[:, 0] + x * (along[:, 1] - along[:, 0]),
            off[:, 0] + y * (off[:, 1] - off[:, 0]),
        )

    def used_as(self, *uses: str) -> Ints:
        wanted = [USES.index(use) for use in uses]
        return np.flatnonzero(np.isin(self.use, wanted)).astype(np.int32)


def uses_of(ground: Ground, division: Division, seed: int) -> NDArray[np.uint8]:
    """Return the use of every unit grid, a number in ``USES``: trade in the middle, industry far
    out, schools and hospitals spread, parks here and there, and a green strip on the banks."""
    grids, scale = division.grids, ground.scale
    rng = stream(seed, scale.name, "uses")
    draws = rng.random(len(grids))
    use = np.zeros(len(grids), np.uint8)
    use[draws < 0.34 * np.exp(-2.2 * grids.outward)] = USES.index("commercial")
    use[(grids.outward > 0.75) & (draws > 0.86)] = USES.index("industry")
    use[rng.random(len(grids)) < 0.045] = USES.index("park")
    schools = max(scale.subdistricts, scale.residents // 7_000)
    for name, count in (("school", schools), ("hospital", scale.hospitals)):
        free = np.flatnonzero((use == 0) & ~grids.riverside)
        use[_spread(free, count)] = USES.index(name)
    use[grids.riverside & (use != USES.index("park"))] = USES.index("green_bank")
    return use


def _spread(free: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Return ``count`` of the unit grids, evenly along their codes and so over the areas."""
    count = min(count, len(free))
    return free[(np.arange(count) * 2 + 1) * len(free) // (2 * count)]


def places_of(
    ground: Ground, division: Division, networks: Networks, seed: int
) -> tuple[PlaceTable, NDArray[np.uint8]]:
    """Return all places, and the use of every unit grid."""
    use = uses_of(ground, division, seed)
    site = _Site(ground, division, networks, use, seed)
    buildings = _buildings(site)
    underpasses = _underpasses(site)
    made = [
        buildings,
        _one_each(site, "school", site.used_as("school"), " School", "学校", floors=5),
        _one_each(site, "hospital", site.used_as("hospital"), " Hospital", "医院", floors=12),
        _shops(site),
        _firms(site),
        _stations(site),
        _bus_stops(site),
        underpasses,
        _pumps(underpasses),
        _substations(site),
        _lifts(site, buildings),
        *(_along_streets(site, kind) for kind in _A_GRID),
        _one_each(site, "park", site.used_as("park"), " Park", "公园"),
        _embankments(site),
        _centres(site),
    ]
    return _table(site, sorted(made, key=lambda one: PLACE_KINDS.index(one.kind))), use


# --- buildings and what stands in them --------------------------------------------------------
def _buildings(site: _Site) -> _Some:
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
    return _Some(
        "building",
        along[kept],
        off[kept],
        grid[kept],
        floors=floors[kept],
        wide_m=wide[kept],
        deep_m=deep[kept],
        house=_house_numbers(site, grid[kept], lot[kept]),
    )


def _house_numbers(site: _Site, grid: Ints, lot: Ints) -> NDArray[np.int16]:
    """Odd numbers on the river's side of a unit grid, even ones on the other, rising eastwards."""
    west = site.division.grids.along[grid, 0]
    steps = np.rint((west - site.ground.columns[0]) / site.ground.scale.cell_m).astype(np.int64)
    numbers = steps * 6 + (lot % 3) * 2 + np.where(lot < 3, 1, 2)
    house: NDArray[np.int16] = (numbers % 30_000).astype(np.int16)
    return house


def _lifts(site: _Site, buildings: _Some) -> _Some:
    floors = buildings.floors if buildings.floors is not None else np.zeros(0, np.int16)
    many = np.where(floors >= _LIFT_FLOORS, 1 + floors // 12, 0)
    within = np.repeat(np.arange(len(floors), dtype=np.int32), many)
    rng = site.rng("lift")
    return _Some(
        "lift",
        buildings.along[within] + rng.uniform(-3, 3, len(within)),
        buildings.off[within] + rng.uniform(-3, 3, len(within)),
        buildings.grid[within],
        within=within,
        house=None if buildings.house is None else buildings.house[within],
    )


def _shops(site: _Site) -> _Some:
    rng = site.rng("shop")
    mean = np.where(site.use == USES.index("commercial"), 5.0, 0.7)
    mean[site.use == USES.index("park")] = 0.1
    grid = np.repeat(np.arange(len(mean), dtype=np.int32), rng.poisson(mean))
    x, y = rng.uniform(0.1, 0.9, len(grid)), rng.uniform(0.06, 0.1, len(grid))
    lot = rng.integers(0, 6, len(grid)).astype(np.int32)
    return _Some("shop", *site.spots(grid, x, y), grid, house=_house_numbers(site, grid, lot))


def _firms(site: _Site) -> _Some:
    """Firms that handle hazardous goods, in industry where there is any, never on the banks."""
    rng = site.rng("firm")
    count = site.ground.scale.firms
    free = site.used_as("industry")
    if len(free) < count:
        free = np.flatnonzero(site.division.grids.outward > 0.8).astype(np.int32)
    grid = free[_spread(np.arange(len(free)), count)].astype(np.int32)
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
    return _Some(
        "firm", *site.spots(grid, x, y), grid,
        names=(names[0][: len(grid)], names[1][: len(grid)]),
    )  # fmt: skip


def _one_each(site: _Site, kind: str, grid: Ints, en: str, zh: str, *, floors: int = 0) -> _Some:
    rng = site.rng(kind)
    bare = draw(len(grid), rng)
    x, y = rng.uniform(0.42, 0.58, len(grid)), rng.uniform(0.42, 0.58, len(grid))
    return _Some(
        kind,
        *site.spots(grid, x, y),
        grid,
        names=([one + en for one, _ in bare], [one + zh for _, one in bare]),
        floors=np.full(len(grid), floors, np.int16),
    )


# --- along the streets ------------------------------------------------------------------------
_A_GRID: Final = {
    "water_pipe": 2,
    "gas_pipe": 1,
    "drain": 2,
    "hydrant": 1,
    "manhole": 6,
    "street_light": 8,
    "rubbish_point": 1,
    "tree_stand": 2,
}
"""How many of each stand in a unit grid, along the street at its edge."""


def _along_streets(site: _Site, kind: str) -> _Some:
    """Places in a row along the near edge of every unit grid."""
    many = _A_GRID[kind]
    rng = site.rng(kind)
    grid = np.repeat(np.arange(len(site.division.grids), dtype=np.int32), many)
    lot = np.tile(np.arange(many), len(site.division.grids))
    x = (lot + rng.uniform(0.2, 0.8, len(grid))) / many
    y = 0.03 + 0.02 * rng.random(len(grid)) + 0.004 * (PLACE_KINDS.index(kind) - 11)
    return _Some(kind, *site.spots(grid, x, y), grid)


def _underpasses(site: _Site) -> _Some:
    """Underpasses at crossings of arterials, spread over the city."""
    crossings = site.networks.crossings
    order = np.argsort(crossings.grid, kind="stable")
    chosen = order[_spread(np.arange(len(order)), site.ground.scale.underpasses)]
    streets = site.networks.streets
    line = crossings.line[chosen]
    names = (
        [f"{streets.name_en[one]} Underpass {n + 1}" for n, one in enumerate(line)],
        [f"{streets.name_zh[one]}{n + 1}号下立交" for n, one in enumerate(line)],
    )
    return _Some(
        "underpass", crossings.along[chosen], crossings.off[chosen], crossings.grid[chosen],
        names=names,
    )  # fmt: skip


def _pumps(underpasses: _Some) -> _Some:
    within = np.repeat(np.arange(len(underpasses.grid), dtype=np.int32), _PUMPS_AN_UNDERPASS)
    beside = np.tile(np.array([3.0, 9.0]), len(underpasses.grid))
    return _Some(
        "pump",
        underpasses.along[within] + beside,
        underpasses.off[within] + 5.0,
        underpasses.grid[within],
        within=within,
    )


def _stations(site: _Site) -> _Some:
    points, lines = site.networks.stations, site.networks.metro
    bare = draw(len(points.grid), site.rng("metro_station"))
    names = (
        [f"{en} Station ({lines.name_en[one]})"
         for (en, _), one in zip(bare, points.line, strict=True)],
        [f"{zh}站（{lines.name_zh[one]}）"
         for (_, zh), one in zip(bare, points.line, strict=True)],
    )  # fmt: skip
    return _Some("metro_station", points.along, points.off, points.grid, names=names)


def _bus_stops(site: _Site) -> _Some:
    points = site.networks.bus_stops
    return _Some("bus_stop", points.along, points.off, points.grid)


# --- by area ----------------------------------------------------------------------------------
def _substations(site: _Site) -> _Some:
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
    return _Some("substation", *site.spots(grid, half, half), grid, names=names)


def _embankments(site: _Site) -> _Some:
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
    return _Some("embankment", *site.spots(grid, x, np.where(north, 0.12, 0.88)), grid, names=names)


def _centres(site: _Site) -> _Some:
    """The office of every neighbourhood committee."""
    grids, areas = site.division.grids, site.division.areas
    area, first, many = np.unique(grids.area, return_index=True, return_counts=True)
    grid = (first + many // 2).astype(np.int32)
    names = (
        [f"{areas.name_en[one]} Centre" for one in area],
        [f"{areas.name_zh[one]}居委会" for one in area],
    )
    x, y = np.full(len(grid), 0.4), np.full(len(grid), 0.5)
    return _Some("community_centre", *site.spots(grid, x, y), grid, names=names)


# --- the table --------------------------------------------------------------------------------
def _table(site: _Site, made: list[_Some]) -> PlaceTable:
    sizes = [len(one.grid) for one in made]
    total = sum(sizes)
    first = dict(zip((one.kind for one in made), np.cumsum([0, *sizes]), strict=False))
    kind = np.repeat(np.array([PLACE_KINDS.index(one.kind) for one in made], np.uint8), sizes)
    lon, lat = np.empty(total, np.int64), np.empty(total, np.int64)
    grid, name = np.empty(total, np.int32), np.full(total, -1, np.int32)
    within, house = np.full(total, -1, np.int32), np.zeros(total, np.int16)
    floors = np.zeros(total, np.int16)
    wide, deep = np.zeros(total, np.uint8), np.zeros(total, np.uint8)
    names_en: list[str] = []
    names_zh: list[str] = []
    host = {"lift": "building", "pump": "underpass"}
    for one in made:
        here = slice(int(first[one.kind]), int(first[one.kind]) + len(one.grid))
        lon[here], lat[here] = site.ground.e7(one.along, one.off)
        grid[here] = one.grid
        if one.names is not None:
            name[here] = np.arange(len(names_en), len(names_en) + len(one.grid))
            names_en += one.names[0]
            names_zh += one.names[1]
        for column, values in (
            (floors, one.floors), (wide, one.wide_m), (deep, one.deep_m), (house, one.house),
        ):  # fmt: skip
            if values is not None:
                column[here] = values
        if one.within is not None:
            within[here] = one.within + first[host[one.kind]]
    table = PlaceTable(
        kind,
        lon,
        lat,
        grid,
        site.division.grids.area[grid],
        name,
        floors,
        within,
        np.full(total, -1, np.int32),
        _streets(site, grid),
        house,
        wide,
        deep,
        names_en,
        names_zh,
    )
    _feed(table)
    return table


def _streets(site: _Site, grid: Ints) -> Ints:
    """Return the street on the river's side of every unit grid's block."""
    grids = site.division.grids
    street = np.empty(len(grids), np.int32)
    for bank, sign in enumerate((1, -1)):
        ours = np.flatnonzero((grids.off[:, 1] > 0) == (sign > 0))
        near = np.abs(grids.off[ours]).min(axis=1)
        row = np.searchsorted(site.ground.rows[bank], near + 0.001, side="right") - 1
        street[ours] = site.networks.street_at[bank][row]
    return street[grid]


def _feed(table: PlaceTable) -> None:
    """Note the nearest substation of every pump, metro station, hospital and lift's building."""
    substations = table.of("substation")
    for kind in ("pump", "metro_station", "hospital"):
        for place in table.of(kind):
            away = metres_between(
                table.lon_e7[substations],
                table.lat_e7[substations],
                table.lon_e7[place],
                table.lat_e7[place],
            )
            table.fed_by[place] = substations[int(np.argmin(away))]
