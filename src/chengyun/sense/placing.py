"""Where a report says it is: a point, a component, an area or words, and what is wrong with it.

Pure. A wrong place never costs a report: what cannot be believed is kept as it came, in words and
notes, and somebody looks.
"""

from __future__ import annotations

from typing import Annotated, Final, NamedTuple

import msgspec
from msgspec import Meta

from chengyun.facts.gridding import area_of_point
from chengyun.facts.places import Place
from chengyun.facts.registers import Areas, AssetRegister, City
from chengyun.kernel.areas import AreaTree
from chengyun.kernel.crs import E7, KnownCrs, Point, crs, to_inside
from chengyun.kernel.errors import Rejected
from chengyun.kernel.grids import UnitGrids
from chengyun.kernel.limits import MAX_ID_CHARS, MAX_PLACE_CHARS

_Short = Annotated[str, Meta(max_length=MAX_ID_CHARS)]
_SHOWN: Final = 80


class Where(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place as somebody gives it; whatever of it he knows."""

    lon: _Short = ""
    lat: _Short = ""
    """As they were written, in the reference system ``crs``."""
    crs: _Short = KnownCrs.WGS_84.value
    words: Annotated[str, Meta(max_length=MAX_PLACE_CHARS)] = ""
    asset: _Short = ""
    """The code of a component (部件)."""
    area: _Short = ""
    """The code or the one name of an area."""


NOWHERE: Final = Where()


class Ground(NamedTuple):
    """What is known of the city's ground."""

    city: City
    areas: Areas
    tree: AreaTree
    assets: AssetRegister
    grids: UnitGrids | None


class Placed(NamedTuple):
    """A place as it is believed."""

    place: Place | None
    area: str
    """Empty where nothing tells it."""
    asset: str
    code: str
    """As ``ReportTaken.place_code``."""
    notes: tuple[str, ...]


def placed(where: Where, ground: Ground) -> Placed:
    """Return where it is: the point first, then the component, the area, the words."""
    notes: list[str] = []
    asset, at_asset = _asset(where.asset, ground, notes)
    area = _area(where.area, ground, notes)
    place, code = _point(where, ground, notes)
    if place is None and at_asset is not None:
        place, code = at_asset, "asset"
    if place is not None:
        point = Point(place.lon_e7, place.lat_e7)
        area = area or area_of_point(point, ground.grids, ground.areas)
    elif code == "missing" and area:
        code = "area"
    elif code == "missing" and where.words.strip():
        code = "words"
    return Placed(place, area, asset, code, tuple(notes))


def _point(where: Where, ground: Ground, notes: list[str]) -> tuple[Place | None, str]:
    lon, lat = where.lon.strip(), where.lat.strip()
    if not lon and not lat:
        return None, "missing"
    code = ""
    try:
        point = to_inside(crs(where.crs), float(lon), float(lat))
    except ValueError:
        code = "not_a_coordinate"
    except Rejected as wrong:
        code = "unknown_crs" if wrong.code == "crs_unknown" else "not_a_coordinate"
    else:
        box = ground.city.bounds
        east_ok = box.west <= point.lon_e7 / E7 <= box.east
        if east_ok and box.south <= point.lat_e7 / E7 <= box.north:
            return Place(lon_e7=point.lon_e7, lat_e7=point.lat_e7), "given"
        code = "outside_city"
    notes.append(f"{code}:{lon[:_SHOWN]}, {lat[:_SHOWN]} {where.crs[:_SHOWN]}")
    return None, code


def _asset(code: str, ground: Ground, notes: list[str]) -> tuple[str, Place | None]:
    if not code.strip():
        return "", None
    entry = ground.assets.assets.get(code.strip())
    if entry is None:
        notes.append(f"unknown_asset:{code[:_SHOWN]}")
        return "", None
    if entry.lon is None or entry.lat is None:
        return code.strip(), None
    return code.strip(), Place(lon_e7=round(entry.lon * E7), lat_e7=round(entry.lat * E7))


def _area(named: str, ground: Ground, notes: list[str]) -> str:
    named = named.strip()
    if not named:
        return ""
    if named in ground.tree:
        return named
    found = ground.tree.find_by_name(named)
    if found is None:
        notes.append(f"unknown_area:{named[:_SHOWN]}")
        return ""
    return found.code
