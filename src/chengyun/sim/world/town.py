"""The town as the world needs it: areas, spots, units and whose duty what is.

The world knows the duty list as people know it: it is public. What it knows beyond is the truth of
the events, and that never leaves it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Final, Protocol

import msgspec

from chengyun.kernel.instants import Instant
from chengyun.sim.world.rosters import ROUND, Duty

METRES_OF_E7: Final = 0.0111
"""Metres a step of 1e-7 degrees; of longitude a little less, which crews do not notice."""


class Spot(msgspec.Struct, frozen=True):
    """A place something can happen at, with the area it lies in and its names."""

    lon_e7: int
    lat_e7: int
    area: str
    zh: str
    en: str


class Spots(Protocol):
    """The places of one kind."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: int, /) -> Spot: ...
    def inside(self, area: str) -> Spots:
        """Return those in an area."""
        ...


class Unit(msgspec.Struct, frozen=True):
    """Who goes: a crew, an officer, a department."""

    code: str
    kind: str
    parent: str
    lon_e7: int
    lat_e7: int
    teams: int = 1
    """How many things it can have in hand at a time."""
    duty: Duty = ROUND
    """When somebody is on duty; see ``rosters``."""


class Town(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the world knows of the city it lives in."""

    zone: str
    root: str
    digest: str
    parents: Mapping[str, str]
    """The area above each area; the root has none."""
    districts: Sequence[str]
    residents: Mapping[str, int]
    """People by neighbourhood."""
    spots: Mapping[str, Spots]
    """Places by their kind."""
    riverside: Sequence[str]
    """Neighbourhoods where crowds are counted."""
    underpasses: Sequence[str]
    """Neighbourhoods with a gauged underpass."""
    units: Mapping[str, Unit]
    duties: Mapping[tuple[str, str], str]
    """Whose a case type is in an area; the nearest area upwards that has an entry decides."""
    usual_rain_mm: Callable[[str, Instant], float]
    """Rain of ten minutes in a district where no storm is."""
    usual_people: Callable[[str, Instant], float]
    """People on a stretch of river where nothing draws them."""
    usual_tide_mm: Callable[[Instant], float]
    is_worked: Callable[[date], bool]
    """Whether people go to work on a day."""

    @property
    def people(self) -> int:
        """How many live here."""
        return sum(self.residents.values())

    def chain(self, area: str) -> list[str]:
        """Return ``area`` and the areas above it, up to the root."""
        found = [area]
        while parent := self.parents.get(found[-1], ""):
            found.append(parent)
        return found

    def owner(self, type_: str, area: str) -> str:
        """Return the unit whose duty a type is in an area, or an empty text."""
        for one in self.chain(area):
            unit = self.duties.get((type_, one))
            if unit:
                return unit
        return ""

    def spots_of(self, kinds: Sequence[str], area: str = "") -> Spots:
        """Return the spots of the first kind of which there are any (in ``area``), or buildings.

        Where an area has not even a building, those of the whole town are returned.
        """
        for kind in (*kinds, "building"):
            found = self.spots.get(kind)
            if found is not None and area:
                found = found.inside(area)
            if found is not None and len(found):
                return found
        return self.spots["building"]


def metres(a_lon: int, a_lat: int, b_lon: int, b_lat: int) -> float:
    """Return about how far two points (1e-7 degrees) lie apart, in metres, by straight line."""
    across = (a_lon - b_lon) * METRES_OF_E7 * 0.857
    along = (a_lat - b_lat) * METRES_OF_E7
    return float((across * across + along * along) ** 0.5)
