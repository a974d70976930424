"""The scales Linjiang is built at: how many of everything.

``mega`` has the sizes of Shanghai (founding documents: 16 districts, 215 subdistricts, 40,625 unit
grids, 10 million sensors, 25 million residents); ``city`` is a tenth of it in people and sensors,
``district`` one district that a laptop shows in full.
"""

from __future__ import annotations

from typing import Final

import msgspec

from chengyun.kernel.errors import Rejected
from chengyun.kernel.limits import MAX_SIM_YEAR, MIN_SIM_YEAR

YEARS: Final = range(MIN_SIM_YEAR, MAX_SIM_YEAR + 1)
"""The years in which Linjiang can begin to live."""


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """One scale; lengths in metres."""

    name: str
    districts: int
    subdistricts: int
    neighbourhoods: int
    """About so many; the number of unit grids is exact."""
    grids: int
    residents: int
    sensors: int
    cell_m: float
    """Side of a unit grid in the centre."""
    stretch: float
    """How much larger the unit grids are at the rim: 1 is twice the side."""
    river_m: float
    """Width of the river."""
    meanders: tuple[tuple[float, float], ...]
    """Amplitude and wavelength of the river's bends."""
    reach_m: float
    """How far from the river streets still follow its bends."""
    arterial_every: int
    """Every so many streets one is an arterial."""
    metro_along: int
    """Metro lines that run along the river."""
    metro_across: int
    """Metro lines that cross it."""
    station_m: float
    """Distance of metro stations."""
    underpasses: int
    hospitals: int
    firms: int
    """Firms that handle hazardous goods."""


SCALES: Final = {
    scale.name: scale
    for scale in (
        Scale(
            name="district",
            districts=1,
            subdistricts=8,
            neighbourhoods=64,
            grids=720,
            residents=120_000,
            sensors=10_000,
            cell_m=100.0,
            stretch=0.0,
            river_m=260.0,
            meanders=((270.0, 3_700.0), (55.0, 1_700.0)),
            reach_m=1_300.0,
            arterial_every=3,
            metro_along=1,
            metro_across=1,
            station_m=700.0,
            underpasses=6,
            hospitals=3,
            firms=8,
        ),
        Scale(
            name="city",
            districts=16,
            subdistricts=96,
            neighbourhoods=1_000,
            grids=12_000,
            residents=2_500_000,
            sensors=1_000_000,
            cell_m=100.0,
            stretch=0.6,
            river_m=420.0,
            meanders=((700.0, 9_000.0), (160.0, 3_700.0)),
            reach_m=3_500.0,
            arterial_every=3,
            metro_along=2,
            metro_across=2,
            station_m=1_000.0,
            underpasses=120,
            hospitals=40,
            firms=160,
        ),
        Scale(
            name="mega",
            districts=16,
            subdistricts=215,
            neighbourhoods=6_000,
            grids=40_625,
            residents=25_000_000,
            sensors=10_000_000,
            cell_m=100.0,
            stretch=1.0,
            river_m=550.0,
            meanders=((1_300.0, 15_000.0), (300.0, 6_100.0)),
            reach_m=7_000.0,
            arterial_every=4,
            metro_along=6,
            metro_across=8,
            station_m=1_200.0,
            underpasses=575,
            hospitals=400,
            firms=900,
        ),
    )
}
"""Every scale by name."""


def scale_of(name: str) -> Scale:
    """Return the scale of this name; refuse an unknown one (``unknown_scale``)."""
    found = SCALES.get(name)
    if found is None:
        raise Rejected(
            "unknown_scale",
            f"{name[:40]!r} is no scale of Linjiang",
            where="scale",
            remedy=f"use one of {', '.join(SCALES)}",
            params={"scale": name[:40]},
        )
    return found
