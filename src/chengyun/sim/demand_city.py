"""An invented city around a pack's own registers: streets, hot spots, who handles what, how fast.

Everything follows from the pack and a ``Random``; integers only, so that it is the same on every
machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import isqrt
from random import Random
from typing import Final, NamedTuple

from chengyun.app.pack_register_checks import polygon
from chengyun.app.packs import section
from chengyun.assess.policy import Fusing
from chengyun.citypack.resolving import Resolved
from chengyun.dispatch.policy import Duty, DutyList
from chengyun.dispatch.rules import duties_by_type, duty_for
from chengyun.facts.registers import (
    Areas,
    CaseTypes,
    City,
    UnitGridRegister,
    Units,
    tree_of,
)
from chengyun.kernel.areas import AreaTree
from chengyun.kernel.crs import E7

STREETS: Final = (
    "Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel", "Ivy", "Juniper",
    "Larch", "Maple", "Oak", "Pine", "Quince", "Rowan", "Spruce", "Tulip", "Willow", "Yew",
)  # fmt: skip
KINDS_OF_STREET: Final = ("Street", "Avenue", "Road", "Lane")
STREETS_AN_AREA: Final = 7
HOT_SPOTS_AN_AREA: Final = 6
TYPICAL_HOURS: Final = (4, 12, 24, 48, 96, 192)
_LEAST_SHARE: Final = 12
"""A type or area weighs at least one in so many of the heaviest."""

Box = tuple[int, int, int, int]
"""West, south, east, north in steps of 1e-7 degree."""


class Spot(NamedTuple):
    """A place as people name it, and where it is."""

    area: str
    address: str
    lon_e7: int
    lat_e7: int


class Kind(NamedTuple):
    """A type of request: how long it usually takes, and who shares the work."""

    code: str
    title: str
    category: str
    typical_h: int
    has_deadline: bool
    units: tuple[str, ...]


class Quarter(NamedTuple):
    """A lowest area with its box, its streets and its hot spots."""

    code: str
    name: str
    number: int
    box: Box
    streets: tuple[str, ...]
    hot_spots: tuple[Spot, ...]


class Surroundings:
    """The invented city: drawn once, then asked."""

    def __init__(self, pack: Resolved, attributes: Iterable[str], rng: Random) -> None:
        self._tree = tree_of(section(pack, Areas))
        self._duties = duties_of(pack)
        self._group = section(pack, Fusing).group
        self._attributes = tuple(sorted(attributes))
        self.quarters = _quarters(pack, self._tree, rng)
        self.kinds = _kinds(pack, rng)
        self._quarter_weights = _weights(len(self.quarters), rng)
        self._kind_weights = _weights(len(self.kinds), rng)
        self._by_code = {quarter.code: quarter for quarter in self.quarters}
        bounds = box_of(section(pack, City))
        self.nowhere = ((bounds[0] + bounds[2]) // 2, (bounds[1] + bounds[3]) // 2)
        """The point at which this city's geocoder puts what it cannot find."""

    def kind(self, rng: Random) -> Kind:
        """Draw a type of request."""
        return rng.choices(self.kinds, self._kind_weights)[0]

    def quarter(self, rng: Random) -> Quarter:
        """Draw an area."""
        return rng.choices(self.quarters, self._quarter_weights)[0]

    def busiest(self) -> tuple[Kind, Quarter]:
        """Return the most frequent type and the most frequent area."""
        kind = max(range(len(self.kinds)), key=self._kind_weights.__getitem__)
        quarter = max(range(len(self.quarters)), key=self._quarter_weights.__getitem__)
        return self.kinds[kind], self.quarters[quarter]

    def attributes_at(self, kind: Kind, area: str) -> dict[str, str]:
        """Return the attributes of a request: its group by type, all others by area."""
        number = self._by_code[area].number
        return {
            name: kind.category if name == self._group else f"{name[:1].upper()}{number % parts}"
            for name, parts in self._parts()
        }

    def _parts(self) -> Iterable[tuple[str, int]]:
        """Yield each attribute with the number of districts that it cuts the city into."""
        for place, name in enumerate(self._attributes):
            yield name, 2 + place % 5

    def unit_for(self, kind: Kind, area: str) -> str:
        """Return who handles this type here: the duty list, else by a district of the area."""
        ancestors = tuple(above.code for above in self._tree.ancestors(area))
        duty = duty_for(self._duties.get(kind.code, []), ancestors)
        if duty is not None:
            return duty.unit
        parts = next((parts for name, parts in self._parts() if name != self._group), 3)
        return kind.units[self._by_code[area].number % parts % len(kind.units)]

    def anywhere(self, quarter: Quarter, rng: Random) -> Spot:
        """Return some address of an area."""
        return _spot(quarter.code, quarter.name, quarter.box, quarter.streets, rng)


def duties_of(pack: Resolved) -> Mapping[str, list[Duty]]:
    """Return the duty list of a pack by type; empty where it has none."""
    found = pack.sections.get(DutyList.SECTION)
    return duties_by_type(found) if isinstance(found, DutyList) else {}


def box_of(city: City) -> Box:
    """Return the bounds of the city, a twentieth smaller on every side."""
    bounds = city.bounds
    west, south = round(bounds.west * E7), round(bounds.south * E7)
    east, north = round(bounds.east * E7), round(bounds.north * E7)
    wide, high = (east - west) // 20, (north - south) // 20
    return west + wide, south + high, east - wide, north - high


def _quarters(pack: Resolved, tree: AreaTree, rng: Random) -> tuple[Quarter, ...]:
    """Return the lowest areas above the grids, each in a box of its own."""
    fine = {"unit_grid", "min_unit"}
    listed = [area for area in tree if area.level.value not in fine]
    parents = {area.parent for area in listed}
    lowest = sorted(
        (area for area in listed if area.code not in parents), key=lambda area: area.code
    )
    side = isqrt(len(lowest) - 1) + 1
    whole = box_of(section(pack, City))
    found = []
    for number, area in enumerate(lowest):
        box = _grids_of(area.code, pack) or _cell(whole, side, number)
        name = area.names.get("en") or area.code
        streets = tuple(
            f"{tree_name} {rng.choice(KINDS_OF_STREET)}"
            for tree_name in rng.sample(STREETS, STREETS_AN_AREA)
        )
        spots = tuple(_spot(area.code, name, box, streets, rng) for _ in range(HOT_SPOTS_AN_AREA))
        found.append(Quarter(area.code, name, number, box, streets, spots))
    return tuple(found)


def _grids_of(area: str, pack: Resolved) -> Box | None:
    """Return the box around the registered unit grids of an area, whose code they begin with."""
    register = pack.sections.get(UnitGridRegister.SECTION)
    if not isinstance(register, UnitGridRegister):
        return None
    points = [
        point
        for code, entry in register.grids.items()
        if code.startswith(area)
        for point in polygon(entry.polygon)
    ]
    if not points:
        return None
    lons, lats = zip(*points, strict=True)
    return (
        round(min(lons) * E7) + 1,
        round(min(lats) * E7) + 1,
        round(max(lons) * E7) - 1,
        round(max(lats) * E7) - 1,
    )


def _cell(whole: Box, side: int, number: int) -> Box:
    row, column = divmod(number, side)
    wide, high = (whole[2] - whole[0]) // side, (whole[3] - whole[1]) // side
    west, south = whole[0] + column * wide, whole[1] + row * high
    return west, south, west + wide, south + high


def _spot(area: str, name: str, box: Box, streets: Sequence[str], rng: Random) -> Spot:
    address = f"{rng.randint(1, 299)} {rng.choice(streets)}, {name}"
    return Spot(area, address, rng.randint(box[0], box[2]), rng.randint(box[1], box[3]))


def _kinds(pack: Resolved, rng: Random) -> tuple[Kind, ...]:
    register = section(pack, Units).units
    above = {unit.parent for unit in register.values()}
    units = sorted(code for code in register if code not in above)
    return tuple(
        Kind(
            code=code,
            title=entry.name,
            category=entry.category or entry.name,
            typical_h=rng.choice(TYPICAL_HOURS),
            has_deadline=rng.randrange(5) > 0,
            units=tuple(rng.sample(units, min(len(units), rng.randint(1, 3)))),
        )
        for code, entry in sorted(section(pack, CaseTypes).types.items())
    )


def _weights(count: int, rng: Random) -> tuple[int, ...]:
    """Return weights of which few are large: the n-th largest is about ``1/n`` of the first."""
    places = list(range(1, count + 1))
    rng.shuffle(places)
    return tuple(max(10_000 // _LEAST_SHARE, 10_000 // place) for place in places)
