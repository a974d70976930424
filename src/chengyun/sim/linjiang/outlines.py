"""The two maps of the pack: outlines of areas, and what is drawn beneath them.

Outlines are unions of unit grids whose corners were rounded alike, so neighbours still share every
point. Coordinates are WGS-84 degrees rounded to a millionth, 11 cm.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray

from chengyun.sim.linjiang.city import Linjiang
from chengyun.sim.linjiang.division import LEVELS
from chengyun.sim.linjiang.ground import E7_A_METRE, Longs
from chengyun.sim.linjiang.lines import Lines
from chengyun.sim.linjiang.sites import USES
from chengyun.sim.linjiang.streets import STREET_KINDS

Feature = dict[str, Any]

_MICRO: Final = 10
"""1e-7 degrees in a millionth of a degree."""
_MARGIN: Final = 0.3
"""How far the river is drawn beyond the city, as a share of its length."""
_RIVER_STEP_M: Final = 60.0
_BANK_STRIP_M: Final = 32.0
MAX_DRAWN_BUILDINGS: Final = 8_000
"""More buildings are not drawn: the file would grow beyond what a screen loads at once."""


def areas_map(city: Linjiang) -> bytes:
    """Return the outlines of all areas, from the city down to neighbourhoods."""
    return _collection(_areas(city))


def base_map(city: Linjiang) -> bytes:
    """Return river, parks, streets, bridges, buildings and metro."""
    parts = (
        _river(city),
        _banks(city),
        _parks(city),
        _streets(city),
        _named(city.networks.bridges, "bridge"),
        _buildings(city),
        _named(city.networks.metro, "metro"),
        *(_points(city, kind) for kind in ("metro_station", "hospital", "school", "underpass")),
    )
    return _collection(feature for part in parts for feature in part)


# --- areas ------------------------------------------------------------------------------------
def _areas(city: Linjiang) -> Iterator[Feature]:
    areas = city.areas
    outlines: list[shapely.Geometry] = [shapely.Polygon()] * len(areas)
    corners = np.stack((city.grids.lon_e7, city.grids.lat_e7), axis=2)
    cells = np.asarray(shapely.polygons(_rounded(corners).astype(np.float64)))
    for area, members in _members(city.grids.area, np.arange(len(cells))):
        outlines[area] = shapely.union_all(cells[members])
    for level in (3, 2, 1):
        ours = np.flatnonzero(areas.level == level)
        for area, members in _members(areas.parent[ours], ours):
            outlines[area] = shapely.union_all(np.array([outlines[one] for one in members]))
    for number, outline in enumerate(outlines):
        properties = {
            "code": areas.code[number],
            "level": LEVELS[int(areas.level[number])],
            "name": areas.name_en[number],
            "name_zh": areas.name_zh[number],
        }
        yield _feature(properties, _geometry(outline))


def _members(groups: NDArray[Any], members: NDArray[Any]) -> Iterator[tuple[int, NDArray[Any]]]:
    """Yield every group with its members."""
    order = np.argsort(groups, kind="stable")
    found, first = np.unique(groups[order], return_index=True)
    for group, part in zip(found, np.split(members[order], first[1:]), strict=True):
        yield int(group), part


def _geometry(outline: shapely.Geometry) -> Feature:
    parts = sorted(
        (shapely.normalize(part) for part in shapely.get_parts(outline)),
        key=lambda part: part.bounds,
    )
    rings = [
        [_line(np.asarray(ring.coords)) for ring in (part.exterior, *part.interiors)]
        for part in (shapely.orient_polygons(one) for one in parts)
    ]
    if len(rings) == 1:
        return {"type": "Polygon", "coordinates": rings[0]}
    return {"type": "MultiPolygon", "coordinates": rings}


# --- ground and green -------------------------------------------------------------------------
def _river(city: Linjiang) -> Iterator[Feature]:
    ends = city.grids.along.min(), city.grids.along.max()
    margin = _MARGIN * (ends[1] - ends[0])
    along = np.arange(ends[0] - margin, ends[1] + margin, _RIVER_STEP_M)
    bank = np.full(len(along), city.ground.bank_m)
    lon, lat = city.ground.e7(np.concatenate((along, along[::-1])), np.concatenate((-bank, bank)))
    yield _feature(
        {"kind": "river", "name": city.river_en, "name_zh": city.river_zh}, _polygon(lon, lat)
    )


def _banks(city: Linjiang) -> Iterator[Feature]:
    """Yield the promenade of every riverside unit grid."""
    grids = city.grids
    side = np.flatnonzero(grids.riverside)
    along = grids.along[side]
    sign = np.where(grids.off[side, 1] > 0, 1.0, -1.0)
    near, far = sign * city.ground.bank_m, sign * (city.ground.bank_m + _BANK_STRIP_M)
    lon, lat = city.ground.e7(
        np.stack((along[:, 0], along[:, 1], along[:, 1], along[:, 0]), axis=1),
        np.stack((near, near, far, far), axis=1),
    )
    for x, y in zip(lon, lat, strict=True):
        yield _feature({"kind": "embankment"}, _polygon(x, y))


def _parks(city: Linjiang) -> Iterator[Feature]:
    names = {
        int(city.places.grid[one]): int(city.places.name[one]) for one in city.places.of("park")
    }
    for grid in np.flatnonzero(city.use == USES.index("park")):
        name = names[int(grid)]
        yield _feature(
            {
                "kind": "park",
                "name": city.places.names_en[name],
                "name_zh": city.places.names_zh[name],
            },
            _polygon(city.grids.lon_e7[grid], city.grids.lat_e7[grid]),
        )


# --- lines ------------------------------------------------------------------------------------
def _streets(city: Linjiang) -> Iterator[Feature]:
    streets = city.networks.streets
    for feature, kind in zip(_named(streets, "street"), streets.kind, strict=True):
        feature["properties"]["class"] = STREET_KINDS[int(kind)]
        yield feature


def _named(lines: Lines, kind: str) -> Iterator[Feature]:
    for number in range(len(lines)):
        here = slice(int(lines.start[number]), int(lines.start[number + 1]))
        points = _rounded(np.stack((lines.lon_e7[here], lines.lat_e7[here]), axis=1))
        yield _feature(
            {"kind": kind, "name": lines.name_en[number], "name_zh": lines.name_zh[number]},
            {"type": "LineString", "coordinates": _line(points)},
        )


# --- places -----------------------------------------------------------------------------------
def _buildings(city: Linjiang) -> Iterator[Feature]:
    """Yield footprints, turned as the unit grid they stand in; none where there are too many."""
    ours = city.places.of("building")
    if len(ours) > MAX_DRAWN_BUILDINGS:
        return
    places, grid = city.places, city.places.grid[ours]
    shrink = np.cos(np.radians(places.lat_e7[ours] / 1e7))
    east = (city.grids.lon_e7[grid, 1] - city.grids.lon_e7[grid, 0]) * shrink
    north = (city.grids.lat_e7[grid, 1] - city.grids.lat_e7[grid, 0]).astype(np.float64)
    length = np.hypot(east, north)
    east, north = east / length, north / length
    wide = places.wide_m[ours] * (E7_A_METRE / 2)
    deep = places.deep_m[ours] * (E7_A_METRE / 2)
    x = [sx * wide * east - sy * deep * north for sx, sy in _SQUARE]
    y = [sx * wide * north + sy * deep * east for sx, sy in _SQUARE]
    lon = np.rint(places.lon_e7[ours][:, None] + np.stack(x, axis=1) / shrink[:, None])
    lat = np.rint(places.lat_e7[ours][:, None] + np.stack(y, axis=1))
    for place, xs, ys in zip(ours, lon.astype(np.int64), lat.astype(np.int64), strict=True):
        yield _feature({"kind": "building", "floors": int(places.floors[place])}, _polygon(xs, ys))


_SQUARE: Final = ((-1, -1), (1, -1), (1, 1), (-1, 1))


def _points(city: Linjiang, kind: str) -> Iterator[Feature]:
    places = city.places
    for place in places.of(kind):
        name = int(places.name[place])
        at = _rounded(np.array([[places.lon_e7[place], places.lat_e7[place]]]))
        yield _feature(
            {"kind": kind, "name": places.names_en[name], "name_zh": places.names_zh[name]},
            {"type": "Point", "coordinates": _line(at)[0]},
        )


# --- GeoJSON ----------------------------------------------------------------------------------
def _rounded(e7: Longs) -> Longs:
    """Round 1e-7 degrees to millionths of a degree, halves up."""
    return (e7 + _MICRO // 2) // _MICRO


def _line(micro: NDArray[Any]) -> list[list[float]]:
    return [[round(x / 1e6, 6), round(y / 1e6, 6)] for x, y in micro.tolist()]


def _polygon(lon_e7: Longs, lat_e7: Longs) -> Feature:
    line = _line(_rounded(np.stack((lon_e7, lat_e7), axis=1)))
    return {"type": "Polygon", "coordinates": [[*line, line[0]]]}


def _feature(properties: Feature, geometry: Feature) -> Feature:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _collection(features: Iterable[Feature]) -> bytes:
    """Write a feature a line, so that changes can be read."""
    lines = b",\n".join(map(msgspec.json.encode, features))
    return b'{"type":"FeatureCollection","features":[\n' + lines + b"\n]}\n"
