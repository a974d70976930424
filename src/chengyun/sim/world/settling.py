"""Makes a town to live in of the city model: what people know of Linjiang, and nothing more."""

from __future__ import annotations

from typing import Final

import numpy as np

from chengyun.sim.linjiang.city import Linjiang
from chengyun.sim.linjiang.division import LEVELS
from chengyun.sim.linjiang.festivals import is_worked
from chengyun.sim.linjiang.ground import Ints
from chengyun.sim.linjiang.places import PLACE_KINDS
from chengyun.sim.linjiang.rhythms import people_at
from chengyun.sim.linjiang.units import SHIFTS
from chengyun.sim.linjiang.weather import rain_mm, surge_mm, tide_mm
from chengyun.sim.world.town import Spot, Town, Unit

ZONE: Final = "Asia/Shanghai"
PEOPLE_A_TEAM: Final = 150_000
"""So many residents of its area give a unit one team."""
LIGHT_RAIN_MM: Final = 2.0
"""What rains harder is an event of the world, with a truth."""


class PlacesOf:
    """The places of one kind, each made when it is asked for: a mega-city has millions."""

    def __init__(self, city: Linjiang, numbers: Ints, beside: Ints) -> None:
        self._city = city
        self._numbers = numbers
        self._beside = beside
        """A building of every unit grid, -1 where there is none."""

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, index: int, /) -> Spot:
        return self._spot(int(self._numbers[index]))

    def inside(self, area: str) -> PlacesOf:
        """Return those in an area."""
        areas = self._city.areas
        wanted = areas.code.index(area)
        above = areas.above(LEVELS[int(areas.level[wanted])])
        ours = above[self._city.places.area[self._numbers]] == wanted
        return PlacesOf(self._city, self._numbers[ours], self._beside)

    def _spot(self, number: int) -> Spot:
        places = self._city.places
        en, zh = self._city.address(number)
        beside = int(self._beside[int(places.grid[number])])
        if beside >= 0 and places.name[number] < 0 and not places.house[number]:
            en, zh = self._city.address(beside)
            en, zh = f"opposite {en}", f"{zh}对面"
        area = self._city.areas.code[int(places.area[number])]
        return Spot(int(places.lon_e7[number]), int(places.lat_e7[number]), area, zh, en)


def town_of(city: Linjiang) -> Town:
    """Return the town that the world lives in."""
    areas, places, units = city.areas, city.places, city.units
    code = areas.code
    buildings = places.of("building")
    beside = np.full(len(city.grids), -1, np.int32)
    beside[places.grid[buildings][::-1]] = buildings[::-1]
    people = np.zeros(len(areas), np.int64)
    people[city.neighbourhoods] = city.residents.total
    inside = {level: areas.above(level) for level in ("city", "district", "subdistrict")}
    living = {
        int(area): int(people[above == area].sum())
        for level, above in inside.items()
        for area in areas.at_level(level)
    }
    duties: dict[tuple[str, str], str] = {}
    for number in range(len(units)):
        for type_ in units.skills[number]:
            duties.setdefault((type_, code[int(units.area[number])]), units.code[number])
    return Town(
        zone=ZONE,
        root=code[0],
        digest=city.digest(),
        parents={
            one: "" if above < 0 else code[int(above)]
            for one, above in zip(code, areas.parent, strict=True)
        },
        districts=[code[int(one)] for one in areas.at_level("district")],
        residents={code[int(one)]: int(people[one]) for one in city.neighbourhoods},
        spots={kind: PlacesOf(city, places.of(kind), beside) for kind in PLACE_KINDS},
        riverside=[code[int(one)] for one in city.riverside],
        underpasses=sorted({code[int(one)] for one in places.area[places.of("underpass")]}),
        units={
            units.code[number]: Unit(
                units.code[number],
                units.kind[number],
                units.parent[number],
                int(units.lon_e7[number]),
                int(units.lat_e7[number]),
                max(1, round(living.get(int(units.area[number]), 0) / PEOPLE_A_TEAM)),
                SHIFTS[units.shifts[number]],
            )
            for number in range(len(units))
        },
        duties=duties,
        usual_rain_mm=lambda district, at: min(rain_mm(city.seed, district, at), LIGHT_RAIN_MM),
        usual_people=lambda area, at: people_at(city.seed, area, at),
        usual_tide_mm=lambda at: tide_mm(city.seed, at) - surge_mm(city.seed, at),
        is_worked=is_worked,
    )
