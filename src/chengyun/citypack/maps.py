"""The maps of a pack: optional, checked, and no part of its policies or their version.

``map/areas.geojson`` holds the outlines of areas (property ``code``), ``map/base.geojson`` what is
drawn beneath them (property ``kind``). Both are GeoJSON FeatureCollections (RFC 7946) in WGS-84.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any, Final

from chengyun.citypack.mistakes import Mistakes, Place, did_you_mean, shown
from chengyun.citypack.places import read_json
from chengyun.kernel import limits

MAPS: Final = {"map/areas.geojson": "code", "map/base.geojson": "kind"}
"""Every map and the property that each of its features has."""

_DEPTHS: Final = {
    "Point": 0,
    "MultiPoint": 1,
    "LineString": 1,
    "MultiLineString": 2,
    "Polygon": 2,
    "MultiPolygon": 3,
}
"""How deep the positions of a geometry lie."""


def check_maps(
    files: Mapping[str, bytes], areas: Collection[str] | None, mistakes: Mistakes
) -> None:
    """Name the mistakes of the maps that are there; ``areas`` is None where it is not known."""
    for path, needed in MAPS.items():
        if path in files:
            _check_map(path, files[path], needed, areas if needed == "code" else None, mistakes)


def _check_map(
    path: str, content: bytes, needed: str, areas: Collection[str] | None, mistakes: Mistakes
) -> None:
    place = Place(path)
    if len(content) > limits.MAX_MAP_BYTES:
        what = f"the map has {len(content)} bytes, at most {limits.MAX_MAP_BYTES} are drawn"
        mistakes.add(place, "too_large", what, "round coordinates, or leave small things out")
        return
    document = read_json(path, content, mistakes)
    if document is None:
        return
    features = document.value.get("features") if isinstance(document.value, dict) else None
    if not isinstance(features, list) or document.value.get("type") != "FeatureCollection":
        what = "the map is no FeatureCollection"
        mistakes.add(place, "wrong_type", what, "write it as GeoJSON (RFC 7946)")
        return
    seen: set[str] = set()
    for number, feature in enumerate(features, 1):
        value = _checked(place, number, feature, needed, mistakes)
        if value is None or needed != "code":
            continue
        if value in seen:
            what = f"feature {number}: the area {shown(value)} is drawn already"
            mistakes.add(place, "duplicate_code", what, "make its parts one MultiPolygon")
        elif areas is not None and value not in areas:
            what = f"feature {number}: {shown(value)} is no area of the pack"
            remedy = did_you_mean(value, sorted(areas)) or "add it to areas.csv, or remove it"
            mistakes.add(place, "unknown_reference", what, remedy)
        seen.add(value)


def _checked(
    place: Place, number: int, feature: object, needed: str, mistakes: Mistakes
) -> str | None:
    """Return the needed property of a sound feature, None after naming its mistake."""
    found = feature if isinstance(feature, dict) else {}
    properties, geometry = found.get("properties"), found.get("geometry")
    value = properties.get(needed) if isinstance(properties, dict) else None
    if found.get("type") != "Feature" or not isinstance(value, str) or not value:
        what = f"feature {number} is no Feature with a text {needed!r} in its properties"
        mistakes.add(place, "missing", what, "add it")
        return None
    if not _is_sound(geometry):
        what = f"feature {number}, {shown(value)}, has no sound geometry in degrees"
        mistakes.add(place, "bad_geometry", what, "draw it as longitude, latitude in WGS-84")
        return None
    return value


def _is_sound(geometry: object) -> bool:
    """Tell whether a geometry is of a known type, not empty, and all degrees in range."""
    if not isinstance(geometry, dict):
        return False
    kind = geometry.get("type")
    depth = _DEPTHS.get(kind) if isinstance(kind, str) else None
    if depth is None:
        return False
    closed = kind in ("Polygon", "MultiPolygon")
    return _are_sound(geometry.get("coordinates"), depth, closed=closed)


def _are_sound(part: Any, depth: int, *, closed: bool) -> bool:
    if not isinstance(part, list) or not part:
        return False
    if depth == 0:
        numbers = all(type(one) in (int, float) and math.isfinite(one) for one in part)
        return len(part) == 2 and numbers and abs(part[0]) <= 180 and abs(part[1]) <= 90
    if depth == 1 and closed and (len(part) < 4 or part[0] != part[-1]):
        return False
    return all(_are_sound(one, depth - 1, closed=closed) for one in part)
