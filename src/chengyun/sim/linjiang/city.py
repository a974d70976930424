"""Linjiang as a whole: built from a seed and a scale, in one process, with nothing downloaded."""

from __future__ import annotations

import hashlib

import msgspec
import numpy as np
from numpy.typing import NDArray

from chengyun.sim.linjiang.division import Areas, Division, Grids, divide
from chengyun.sim.linjiang.ground import Ground, Ints, Longs, ground_of
from chengyun.sim.linjiang.lines import grid_at
from chengyun.sim.linjiang.names import river_name
from chengyun.sim.linjiang.networks import Networks, networks_of
from chengyun.sim.linjiang.places import PlaceTable, places_of
from chengyun.sim.linjiang.residents import Residents, residents_of
from chengyun.sim.linjiang.scales import Scale, scale_of
from chengyun.sim.linjiang.seeds import seed_of, stream
from chengyun.sim.linjiang.sensors import SensorTable, sensors_of
from chengyun.sim.linjiang.units import UnitTable, units_of


class Linjiang(msgspec.Struct, frozen=True, kw_only=True):
    """The whole city; all coordinates are WGS-84 in steps of 1e-7 degree."""

    seed: int
    scale: Scale
    river_en: str
    river_zh: str
    ground: Ground
    division: Division
    networks: Networks
    use: NDArray[np.uint8]
    """What each unit grid is for, a number in ``sites.USES``."""
    places: PlaceTable
    residents: Residents
    sensors: SensorTable
    units: UnitTable

    @property
    def areas(self) -> Areas:
        """Return all areas: city, districts, subdistricts, neighbourhoods."""
        return self.division.areas

    @property
    def grids(self) -> Grids:
        """Return all unit grids."""
        return self.division.grids

    @property
    def neighbourhoods(self) -> Ints:
        """Return the numbers of the neighbourhoods; ``residents`` has a row for each."""
        return self.areas.at_level("neighbourhood")

    @property
    def riverside(self) -> Ints:
        """Return the neighbourhoods on the embankments, where people are counted (``crowd``)."""
        return np.unique(self.grids.area[self.grids.riverside])

    def grid_code(self, grid: int) -> str:
        """Return the 15-digit code of a unit grid."""
        return f"{self.areas.code[int(self.grids.area[grid])]}{int(self.grids.serial[grid]):03d}"

    def grid_at(self, lon_e7: Longs, lat_e7: Longs) -> Ints:
        """Return the unit grid at coordinates, -1 in the river and outside the city.

        Edges are taken as the bent lines of the lattice; a registered polygon has straight ones,
        which lie up to about a metre beside them.
        """
        return grid_at(self.ground, self.division, *self.ground.from_e7(lon_e7, lat_e7))

    def area_at(self, lon_e7: int, lat_e7: int) -> int:
        """Return the neighbourhood at a point, -1 in the river and outside the city."""
        grid = int(self.grid_at(np.array([lon_e7]), np.array([lat_e7]))[0])
        return -1 if grid < 0 else int(self.grids.area[grid])

    def address(self, place: int) -> tuple[str, str]:
        """Return the name of a place, or else its street and house number (English, Chinese)."""
        name, street = int(self.places.name[place]), int(self.places.street[place])
        if name >= 0:
            return self.places.names_en[name], self.places.names_zh[name]
        house = int(self.places.house[place])
        streets = self.networks.streets
        if house:
            return f"{house} {streets.name_en[street]}", f"{streets.name_zh[street]}{house}号"
        return streets.name_en[street], streets.name_zh[street]

    def sensor_code(self, sensor: int) -> str:
        """Return the 20 digits of a device, in the form of GB/T 28181.

        8 of the area (district and 00), 2 of the trade (06), 3 of the kind (500 on), 7 in order.
        """
        kind = int(self.sensors.kind[sensor])
        first = int(np.searchsorted(self.sensors.kind, kind))
        district = self.areas.code[int(self.sensors.area[sensor])][:6]
        return f"{district}0006{500 + kind:03d}{sensor - first + 1:07d}"

    def component_codes(self, kind: str, class_: str) -> list[str]:
        """Return the 16 digits of every component of a kind, in the order of ``places.of``.

        District 6, category 2, subcategory 2, in order within the district 6.
        """
        ours = self.places.of(kind)
        district = self.areas.above("district")[self.places.area[ours]]
        order = np.argsort(district, kind="stable")
        sorted_ = district[order]
        serial = np.empty(len(ours), np.int64)
        serial[order] = np.arange(len(ours)) - np.searchsorted(sorted_, sorted_) + 1
        return [
            f"{self.areas.code[int(one)]}{class_}{int(n):06d}"
            for one, n in zip(district, serial, strict=True)
        ]

    def digest(self) -> str:
        """Return the SHA-256 of everything in the city; the same seed and scale give the same."""
        digest = hashlib.sha256()
        _feed(digest, self)
        return digest.hexdigest()


def _feed(digest: hashlib._Hash, value: object) -> None:
    """Feed a value with all that is in it, each with its type and length before it."""
    if isinstance(value, msgspec.Struct):
        for field in value.__struct_fields__:
            digest.update(f"{field}:".encode())
            _feed(digest, getattr(value, field))
    elif isinstance(value, np.ndarray):
        whole = np.ascontiguousarray(value)
        digest.update(f"{whole.dtype.str}{whole.shape}".encode())
        digest.update(whole.data)
    elif isinstance(value, tuple):
        digest.update(f"({len(value)}".encode())
        for one in value:
            _feed(digest, one)
    else:
        digest.update(msgspec.json.encode(value))


def build(seed: int | str, scale: str = "district") -> Linjiang:
    """Build the city of a seed at a scale (``district``, ``city``, ``mega``).

    Refuses a seed that is no whole number (``bad_seed``) and an unknown scale
    (``unknown_scale``).
    """
    number, size = seed_of(seed), scale_of(scale)
    ground = ground_of(size, number)
    division = divide(ground, number)
    networks = networks_of(ground, division, number)
    places, use = places_of(ground, division, networks, number)
    river_en, river_zh = river_name(stream(number, "river"))
    return Linjiang(
        seed=number,
        scale=size,
        river_en=river_en,
        river_zh=river_zh,
        ground=ground,
        division=division,
        networks=networks,
        use=use,
        places=places,
        residents=residents_of(ground, division, places, number),
        sensors=sensors_of(ground, division, places, number),
        units=units_of(ground, division, places, number),
    )
