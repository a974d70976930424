"""Places: buildings with floors, and everything else that stands in the city, as plain columns.

Every kind is made by a function of its own from the unit grids; at the end all kinds stand in one
table, in the order of ``PLACE_KINDS``. There is no Python object for a place.
"""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from chengyun.sim.linjiang.buildings import (
    buildings_of,
    firms_of,
    lifts_of,
    one_in_each,
    shops_of,
)
from chengyun.sim.linjiang.division import Division
from chengyun.sim.linjiang.fixtures import (
    A_GRID,
    along_streets,
    centres_of,
    embankments_of,
    pumps_of,
    stations_of,
    stops_of,
    substations_of,
    underpasses_of,
)
from chengyun.sim.linjiang.ground import Ground, Ints, Longs, metres_between
from chengyun.sim.linjiang.networks import Networks
from chengyun.sim.linjiang.sites import Site, Some, uses_of

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


def places_of(
    ground: Ground, division: Division, networks: Networks, seed: int
) -> tuple[PlaceTable, NDArray[np.uint8]]:
    """Return all places, and the use of every unit grid."""
    use = uses_of(ground, division, seed)
    site = Site(ground, division, networks, use, seed)
    buildings = buildings_of(site)
    underpasses = underpasses_of(site)
    made = [
        buildings,
        one_in_each(site, "school", site.used_as("school"), " School", "学校", floors=5),
        one_in_each(site, "hospital", site.used_as("hospital"), " Hospital", "医院", floors=12),
        shops_of(site),
        firms_of(site),
        stations_of(site),
        stops_of(site),
        underpasses,
        pumps_of(underpasses),
        substations_of(site),
        lifts_of(site, buildings),
        *(along_streets(site, kind) for kind in A_GRID),
        one_in_each(site, "park", site.used_as("park"), " Park", "公园"),
        embankments_of(site),
        centres_of(site),
    ]
    return _table(site, sorted(made, key=lambda one: PLACE_KINDS.index(one.kind))), use


def _table(site: Site, made: list[Some]) -> PlaceTable:
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
        _streets_of(site, grid),
        house,
        wide,
        deep,
        names_en,
        names_zh,
    )
    _feed(table)
    return table


def _streets_of(site: Site, grid: Ints) -> Ints:
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
