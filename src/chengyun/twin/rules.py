"""Pure rules of the twin: which place is believed, which grid it is in, which asset is meant."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from chengyun.facts.places import Place
from chengyun.facts.registers import City
from chengyun.kernel.crs import E7, Point, distance_mm
from chengyun.kernel.grids import GeneratedGrid, Grids
from chengyun.twin.views import AssetRow

_BLANKS: Final = re.compile(r"\s+")
_HOUSE_NUMBER: Final = re.compile(r"^[0-9][0-9a-z\-/]*\s+")
_HOME: Final = re.compile(
    r",? ?\b(?:flat|apt|apartment|room)\.? ?[0-9][0-9a-z-]*\b"
    r"|[0-9]+(?:-[0-9]+)*(?:号楼|单元|室|户|层|楼|栋|幢)"
)
"""A home in a house: many of them at one point are one house, no geocoder's "don't know"."""
_CELL_E7: Final = 2_000
"""Side of the cells in which assets are looked up, about 20 m."""


def street_of(place_text: str) -> str:
    """Return the street in an address as people write it: lower case, house number off.

    >>> street_of(" 39 Lorraine St  Roslindale ")
    'lorraine st roslindale'
    >>> street_of("8 Ferry Lane, flat 404"), street_of("滨江路8号3单元402室")
    ('ferry lane', '滨江路8号')
    """
    text = _HOUSE_NUMBER.sub("", _BLANKS.sub(" ", place_text.strip().lower()))
    return _HOME.sub("", text).strip()


def generated_grids(city: City) -> Grids | None:
    """Return the generated grid that the pack declares, or ``None``."""
    declared = city.generated_grid
    if declared is None:
        return None
    origin = Point(round(declared.origin_lon * E7), round(declared.origin_lat * E7))
    return GeneratedGrid(origin, cell_m=declared.cell_m)


def cell_of(place: Place) -> str:
    """Return the look-up cell of a place."""
    return f"{place.lon_e7 // _CELL_E7}/{place.lat_e7 // _CELL_E7}"


def cells_around(place: Place, radius_m: int) -> Iterable[str]:
    """Yield the look-up cells within ``radius_m`` of ``place``, with some to spare."""
    reach = radius_m * 100 * 2 // _CELL_E7 + 1
    lon, lat = place.lon_e7 // _CELL_E7, place.lat_e7 // _CELL_E7
    for lon_step in range(-reach, reach + 1):
        for lat_step in range(-reach, reach + 1):
            yield f"{lon + lon_step}/{lat + lat_step}"


def nearest(place: Place, assets: Iterable[AssetRow], radius_m: int) -> AssetRow | None:
    """Return the nearest of ``assets`` within ``radius_m``; of two at one distance, by code."""
    here = Point(place.lon_e7, place.lat_e7)
    within = [
        (distance_mm(here, Point(asset.lon_e7, asset.lat_e7)), asset.code, asset)
        for asset in assets
    ]
    best = min(within, default=None)
    return best[2] if best is not None and best[0] <= radius_m * 1_000 else None
