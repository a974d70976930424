"""Coordinates: what comes in declares its reference system, and inside there is only WGS-84.

A place inside is a ``Point``: longitude and latitude in integer steps of 1e-7 degree (about
1.1 cm), so that equality, edges and hashes never hang on a rounding.

* **CGCS2000** is taken as equal to WGS-84: the ellipsoids differ by 0.1 mm in the semi-minor axis
  and the frames by centimetres (CGCS2000 is ITRF97 at epoch 2000.0, GB 22021-2008). Plate motion
  since then, some 3 cm a year in China and under a metre by now, is not corrected.
* **GCJ-02** is not published by its author. The formula here is the one the literature agrees on,
  checked against the vectors of eviltransform and coordtransform. It shifts inside a rectangle
  around China (which holds Korea and a part of Japan too) and nowhere else.
* **BD-09** is a second shift on top of GCJ-02, from the same sources.
* **A local frame** is a transverse Mercator of its own, turned and shifted in the plane.

Both shifts are inverted by a bounded fixed-point iteration, not by the usual one-step estimate,
which is off by up to some metres.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from enum import Enum
from functools import lru_cache
from typing import Final, Literal, TypeAlias

import msgspec
from pyproj import Transformer
from pyproj.exceptions import ProjError

from chengyun.kernel.errors import Bug, Rejected

E7: Final = 10_000_000
"""Steps of a ``Point`` in one degree."""

EARTH_RADIUS_MM: Final = 6_371_008_800
"""Mean radius R1 of the WGS-84 ellipsoid, 6,371,008.8 m (IUGG)."""

MAX_LOCAL_FRAMES: Final = 32
"""Most local frames whose projection is kept ready."""

MAX_INVERSE_STEPS: Final = 16
"""Most steps of the inverse of GCJ-02 and BD-09; six were enough at 120,000 random places."""

MAX_LOCAL_M: Final = 100_000_000
"""Largest local coordinate; eastings with a zone number in front reach 45,500,000 m."""

MAX_OFF_MERIDIAN_M: Final = 400_000
"""Farthest from a local frame's central meridian; half a zone of 6 degrees is 334 km."""

_INVERSE_DEG: Final = 1e-11
_HALF_MERIDIAN_M: Final = 20_000_000
_FULL_E7: Final = 180 * E7

Degrees: TypeAlias = tuple[float, float]
Ellipsoid = Literal["CGCS2000", "WGS-84", "Krassovsky-1940", "IAG-75"]

_PROJ_ELLIPSOID: Final[dict[Ellipsoid, str]] = {
    "CGCS2000": "+ellps=GRS80",
    "WGS-84": "+ellps=WGS84",
    "Krassovsky-1940": "+ellps=krass",
    "IAG-75": "+a=6378140 +rf=298.257",
}
_GEOCENTRIC: Final = ("CGCS2000", "WGS-84")


class Point(msgspec.Struct, frozen=True, order=True, gc=False):
    """A place in WGS-84: longitude and latitude in steps of 1e-7 degree, both ends included.

    The meridian of 180 degrees has two names, +180 and -180; they are two points at distance 0.
    """

    lon_e7: int
    lat_e7: int

    def __post_init__(self) -> None:
        if not (abs(self.lon_e7) <= _FULL_E7 and abs(self.lat_e7) <= _FULL_E7 // 2):
            raise _out_of_range(self.lon_e7 / E7, self.lat_e7 / E7)


class KnownCrs(Enum):
    """The reference systems known by name."""

    WGS_84 = "WGS-84"
    CGCS2000 = "CGCS2000"
    GCJ_02 = "GCJ-02"
    BD_09 = "BD-09"


class LocalCrs(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A city's own frame: x to the east, y to the north, in metres.

    ``central_meridian`` and ``latitude_of_origin`` are degrees. The axes are turned
    counter-clockwise by ``rotation_arcmin`` about the natural origin, then the false origin is
    added; with ``scale`` these are all the freedom a similarity in the plane has.
    ``to_wgs84_m`` is the geocentric shift of the datum. The ellipsoids of the old datums (Beijing
    1954: Krassovsky-1940, Xi'an 1980: IAG-75) need one, being off by about 100 m without it.
    """

    central_meridian: float
    false_easting_m: float = 500_000.0
    false_northing_m: float = 0.0
    scale: float = 1.0
    latitude_of_origin: float = 0.0
    ellipsoid: Ellipsoid = "CGCS2000"
    rotation_arcmin: float = 0.0
    to_wgs84_m: tuple[float, float, float] | None = None


Crs: TypeAlias = KnownCrs | LocalCrs


def crs(declared: str | Mapping[str, object] | None) -> Crs:
    """Read the declaration of a reference system: a name, or ``{"local": {...}}``.

    Refuses none (``crs_undeclared``), an unknown one (``crs_unknown``) and a local frame whose
    parameters are unknown, missing or senseless (``crs_bad_local``).

    >>> crs("GCJ-02")
    <KnownCrs.GCJ_02: 'GCJ-02'>
    """
    if declared is None or declared in ("", {}):
        raise Rejected(
            "crs_undeclared",
            "the coordinates declare no reference system",
            remedy=f"declare one of {_names()}, or a local frame",
        )
    if isinstance(declared, str) and declared in {known.value for known in KnownCrs}:
        return KnownCrs(declared)
    if isinstance(declared, Mapping) and set(declared) == {"local"}:
        return _local(declared["local"])
    raise Rejected(
        "crs_unknown",
        f"{str(declared)[:60]!r} is no known reference system",
        remedy=f"declare one of {_names()}, or a local frame",
        params={"value": str(declared)[:60]},
    )


def to_inside(declared: Crs, x: float, y: float) -> Point:
    """Return the place inside of ``x``, ``y``: degrees east and north, or metres in a local frame.

    Refuses what is no number (``not_a_number``), no place on Earth (``out_of_range``) or too far
    from a local frame's meridian (``crs_out_of_reach``: most often the axes are swapped).
    """
    if not (math.isfinite(x) and math.isfinite(y)):
        raise Rejected(
            "not_a_number",
            f"({x}, {y}) are no coordinates",
            remedy="leave out places that are not known",
            params={"x": str(x), "y": str(y)},
        )
    if isinstance(declared, LocalCrs):
        lon, lat = _local_to_degrees(declared, x, y)
    else:
        _check_degrees(x, y)
        lon, lat = _TO_WGS84[declared](x, y)
    return Point(round(lon * E7), round(lat * E7))


def from_inside(declared: Crs, point: Point) -> tuple[float, float]:
    """Return ``point`` in ``declared``: degrees east and north, or metres in a local frame.

    ``to_inside`` gives the same point back, with two exceptions: within 0.02 degrees of the
    rectangle's edge GCJ-02 has gaps and overlaps of its own, and a frame with a shifted datum may
    be one step off, heights not being carried.
    """
    lon, lat = point.lon_e7 / E7, point.lat_e7 / E7
    if isinstance(declared, LocalCrs):
        return _degrees_to_local(declared, lon, lat)
    x, y = _FROM_WGS84[declared](lon, lat)
    _check_degrees(x, y)
    return x, y


def distance_mm(a: Point, b: Point) -> int:
    """Return the great-circle distance in millimetres, on the sphere of the mean radius.

    Haversine formula (Sinnott 1984); up to 0.5 % off the ellipsoid. Symmetric, and zero only at
    one place.

    >>> distance_mm(Point(0, 0), Point(0, E7)) // 1000
    111195
    """
    half_lat = math.sin(math.radians((b.lat_e7 - a.lat_e7) / E7) / 2)
    half_lon = math.sin(math.radians((b.lon_e7 - a.lon_e7) / E7) / 2)
    parallels = math.cos(math.radians(a.lat_e7 / E7)) * math.cos(math.radians(b.lat_e7 / E7))
    square = half_lat * half_lat + parallels * (half_lon * half_lon)
    return round(2 * EARTH_RADIUS_MM * math.asin(min(1.0, math.sqrt(square))))


def _names() -> str:
    return ", ".join(known.value for known in KnownCrs)


def _out_of_range(lon: float, lat: float) -> Rejected:
    return Rejected(
        "out_of_range",
        f"longitude {lon}, latitude {lat} is no place on Earth",
        remedy="give degrees, longitude first",
        params={"lon": str(lon), "lat": str(lat)},
    )


def _check_degrees(lon: float, lat: float) -> None:
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise _out_of_range(lon, lat)


# --- GCJ-02 and BD-09 -------------------------------------------------------------------------
_GCJ_AXIS_M: Final = 6_378_245.0  # Krassovsky 1940
_GCJ_E2: Final = 0.00669342162296594323
_BD_RAD: Final = math.pi * 3000 / 180


def _shifted_here(lon: float, lat: float) -> bool:
    """Tell whether GCJ-02 shifts at this place: the rectangle that everybody uses."""
    return 72.004 <= lon <= 137.8347 and 0.8293 <= lat <= 55.8271


def _gcj_shifted(lon: float, lat: float) -> Degrees:
    """Shift by the polynomial and waves of the literature, inside the rectangle or not."""
    x, y, phi = lon - 105, lat - 35, math.radians(lat)
    px, py, root, sin = math.pi * x, math.pi * y, math.sqrt(abs(x)), math.sin
    both = 20 * sin(6 * px) + 20 * sin(2 * px)
    east = 20 * sin(px) + 40 * sin(px / 3) + 150 * sin(px / 12) + 300 * sin(px / 30)
    north = 20 * sin(py) + 40 * sin(py / 3) + 160 * sin(py / 12) + 320 * sin(py / 30)
    east_m = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + (both + east) * 2 / 3
    north_m = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north_m += (both + north) * 2 / 3
    bend = 1 - _GCJ_E2 * sin(phi) ** 2
    meridian_m = _GCJ_AXIS_M * (1 - _GCJ_E2) / (bend * math.sqrt(bend))
    parallel_m = _GCJ_AXIS_M / math.sqrt(bend) * math.cos(phi)
    return lon + math.degrees(east_m / parallel_m), lat + math.degrees(north_m / meridian_m)


def _bd_shifted(lon: float, lat: float) -> Degrees:
    radius = math.hypot(lon, lat) + 0.00002 * math.sin(lat * _BD_RAD)
    angle = math.atan2(lat, lon) + 0.000003 * math.cos(lon * _BD_RAD)
    return radius * math.cos(angle) + 0.0065, radius * math.sin(angle) + 0.006


def _undo(shift: Callable[[float, float], Degrees], lon: float, lat: float) -> Degrees:
    """Invert a small smooth shift by ``p <- p + (target - shift(p))``, to below 1e-9 degree."""
    guess_lon, guess_lat = lon, lat
    for _ in range(MAX_INVERSE_STEPS):
        there_lon, there_lat = shift(guess_lon, guess_lat)
        step_lon, step_lat = lon - there_lon, lat - there_lat
        guess_lon, guess_lat = guess_lon + step_lon, guess_lat + step_lat
        if abs(step_lon) < _INVERSE_DEG and abs(step_lat) < _INVERSE_DEG:
            return guess_lon, guess_lat
    raise Bug(f"the inverse shift at ({lon}, {lat}) did not settle", where="kernel.crs")


def _wgs_to_gcj(lon: float, lat: float) -> Degrees:
    return _gcj_shifted(lon, lat) if _shifted_here(lon, lat) else (lon, lat)


def _gcj_to_wgs(lon: float, lat: float) -> Degrees:
    if not (71 <= lon <= 139 and 0 <= lat <= 57):
        return lon, lat
    found = _undo(_gcj_shifted, lon, lat)
    return found if _shifted_here(*found) else (lon, lat)


def _same(lon: float, lat: float) -> Degrees:
    return lon, lat


_TO_WGS84: Final[dict[KnownCrs, Callable[[float, float], Degrees]]] = {
    KnownCrs.WGS_84: _same,
    KnownCrs.CGCS2000: _same,
    KnownCrs.GCJ_02: _gcj_to_wgs,
    KnownCrs.BD_09: lambda lon, lat: _gcj_to_wgs(*_undo(_bd_shifted, lon, lat)),
}
_FROM_WGS84: Final[dict[KnownCrs, Callable[[float, float], Degrees]]] = {
    KnownCrs.WGS_84: _same,
    KnownCrs.CGCS2000: _same,
    KnownCrs.GCJ_02: _wgs_to_gcj,
    KnownCrs.BD_09: lambda lon, lat: _bd_shifted(*_wgs_to_gcj(lon, lat)),
}


# --- local frames -----------------------------------------------------------------------------
def _local(parameters: object) -> LocalCrs:
    try:
        frame = msgspec.convert(parameters, LocalCrs)
    except msgspec.ValidationError as wrong:
        raise _bad_local(str(wrong)) from wrong
    numbers = (
        ("central_meridian", frame.central_meridian, -180, 180),
        ("latitude_of_origin", frame.latitude_of_origin, -90, 90),
        ("scale", frame.scale, 0.99, 1.01),
        ("false_easting_m", frame.false_easting_m, -MAX_LOCAL_M, MAX_LOCAL_M),
        ("false_northing_m", frame.false_northing_m, -MAX_LOCAL_M, MAX_LOCAL_M),
        ("rotation_arcmin", frame.rotation_arcmin, -10_800, 10_800),
        *(("to_wgs84_m", metres, -1_000, 1_000) for metres in frame.to_wgs84_m or ()),
    )
    for name, value, least, most in numbers:
        if not least <= value <= most:
            raise _bad_local(f"{name} is {value}, not between {least} and {most}")
    if frame.ellipsoid not in _GEOCENTRIC and frame.to_wgs84_m is None:
        raise _bad_local(f"{frame.ellipsoid} needs to_wgs84_m, the shift of its datum in metres")
    return frame


def _bad_local(what: str) -> Rejected:
    return Rejected(
        "crs_bad_local",
        f"the local frame is not usable: {what}",
        remedy=f"its parameters are {', '.join(LocalCrs.__struct_fields__)}",
        params={"problem": what},
    )


@lru_cache(maxsize=MAX_LOCAL_FRAMES)
def _projection(frame: LocalCrs) -> Transformer:
    """Build degrees WGS-84 → metres about the natural origin, unturned, no false origin."""
    ellipsoid = _PROJ_ELLIPSOID[frame.ellipsoid]
    shift = ""
    if frame.to_wgs84_m is not None:
        x_m, y_m, z_m = frame.to_wgs84_m
        shift = (
            "+step +proj=cart +ellps=WGS84 "
            f"+step +inv +proj=helmert +x={x_m!r} +y={y_m!r} +z={z_m!r} "
            f"+step +inv +proj=cart {ellipsoid} "
        )
    return Transformer.from_pipeline(
        f"+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad {shift}"
        f"+step +proj=tmerc +lon_0={frame.central_meridian!r} "
        f"+lat_0={frame.latitude_of_origin!r} +k_0={frame.scale!r} {ellipsoid}"
    )


def _turned(frame: LocalCrs) -> tuple[float, float]:
    turn = math.radians(frame.rotation_arcmin / 60)
    return math.cos(turn), math.sin(turn)


def _degrees_to_local(frame: LocalCrs, lon: float, lat: float) -> tuple[float, float]:
    try:
        east_m, north_m = _projection(frame).transform(lon, lat, errcheck=True)
    except ProjError as failed:
        raise _out_of_reach(frame, lon, lat) from failed
    if abs(east_m) > MAX_OFF_MERIDIAN_M or _beyond_a_pole(frame, lon):
        raise _out_of_reach(frame, lon, lat)
    cos, sin = _turned(frame)
    return (
        frame.false_easting_m + cos * east_m + sin * north_m,
        frame.false_northing_m - sin * east_m + cos * north_m,
    )


def _local_to_degrees(frame: LocalCrs, x: float, y: float) -> Degrees:
    cos, sin = _turned(frame)
    along_m, across_m = x - frame.false_easting_m, y - frame.false_northing_m
    east_m, north_m = cos * along_m - sin * across_m, sin * along_m + cos * across_m
    if abs(east_m) > MAX_OFF_MERIDIAN_M or abs(north_m) > _HALF_MERIDIAN_M:
        raise _out_of_reach(frame, x, y)
    try:
        lon, lat = _projection(frame).transform(east_m, north_m, errcheck=True, direction="INVERSE")
    except ProjError as failed:
        raise _out_of_reach(frame, x, y) from failed
    if _beyond_a_pole(frame, lon):
        raise _out_of_reach(frame, x, y)
    return lon, lat


def _beyond_a_pole(frame: LocalCrs, lon: float) -> bool:
    """Tell whether ``lon`` is on the far side, where the projection goes on over the pole."""
    return abs((lon - frame.central_meridian + 180) % 360 - 180) > 90


def _out_of_reach(frame: LocalCrs, x: float, y: float) -> Rejected:
    return Rejected(
        "crs_out_of_reach",
        f"({x}, {y}) is too far from the central meridian {frame.central_meridian}",
        remedy="give x to the east and y to the north; in survey records they are often swapped",
        params={"x": str(x), "y": str(y), "limit_m": str(MAX_OFF_MERIDIAN_M)},
    )
