"""Coordinates: reference values, round trips, and everything that is refused."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from chengyun.kernel import crs as crs_module
from chengyun.kernel.crs import (
    E7,
    Crs,
    KnownCrs,
    LocalCrs,
    Point,
    crs,
    distance_mm,
    from_inside,
    to_inside,
)
from chengyun.kernel.errors import Bug, Rejected

SHANGHAI = {
    "central_meridian": 121.4667,
    "latitude_of_origin": 31.2333,
    "false_easting_m": 0.0,
    "rotation_arcmin": 3.0,
}
BEIJING_1954 = {
    "central_meridian": 117,
    "ellipsoid": "Krassovsky-1940",
    "to_wgs84_m": [15.8, -154.4, -82.3],
}
TURNED = {"central_meridian": 114, "rotation_arcmin": 5400, "false_easting_m": 10_000}

china = st.builds(
    Point, st.integers(725 * E7 // 10, 1373 * E7 // 10), st.integers(14 * E7 // 10, 552 * E7 // 10)
)
anywhere = st.builds(Point, st.integers(-180 * E7, 180 * E7), st.integers(-90 * E7, 90 * E7))
bd_world = st.builds(Point, st.integers(-179 * E7, 179 * E7), st.integers(-89 * E7, 89 * E7))


def refusal(call, *arguments) -> Rejected:
    with pytest.raises(Rejected) as caught:
        call(*arguments)
    return caught.value


@pytest.mark.parametrize(
    ("declared", "lon", "lat", "shifted_lon", "shifted_lat"),
    [
        # eviltransform (googollee), go/transform_test.go: Shanghai, Shenzhen, Beijing
        ("GCJ-02", 121.5272106, 31.1774276, 121.531541859215, 31.17530398364597),
        ("GCJ-02", 113.912316, 22.543847, 113.9171764808363, 22.540796131694766),
        ("GCJ-02", 116.377817, 39.911954, 116.38404722455657, 39.91334545536069),
        # coordtransform (wandergis), test/app.js and its README
        ("GCJ-02", 116.404, 39.915, 116.41024449916938, 39.91640428150164),
        ("BD-09", 116.404, 39.915, 116.41662724378733, 39.922699552216216),
        ("CGCS2000", 116.404, 39.915, 116.404, 39.915),
        ("WGS-84", 116.404, 39.915, 116.404, 39.915),
        # outside the rectangle nothing is shifted: New York
        ("GCJ-02", -74.006, 40.7128, -74.006, 40.7128),
    ],
)
def test_published_values(declared, lon, lat, shifted_lon, shifted_lat) -> None:
    point = to_inside(KnownCrs.WGS_84, lon, lat)
    assert from_inside(crs(declared), point) == pytest.approx((shifted_lon, shifted_lat), abs=1e-10)
    assert to_inside(crs(declared), shifted_lon, shifted_lat) == point


@pytest.mark.parametrize("x", [71.99, 72.01, 137.83, 137.84])
def test_the_rectangle_ends_where_everybody_ends_it_in_longitude(x: float) -> None:
    point = to_inside(KnownCrs.WGS_84, x, 30.0)
    moved = from_inside(KnownCrs.GCJ_02, point) != (x, 30.0)
    assert moved == (72.004 <= x <= 137.8347)


@pytest.mark.parametrize("y", [0.82, 0.83, 55.82, 55.83])
def test_the_rectangle_ends_where_everybody_ends_it_in_latitude(y: float) -> None:
    point = to_inside(KnownCrs.WGS_84, 110.0, y)
    moved = from_inside(KnownCrs.GCJ_02, point) != (110.0, y)
    assert moved == (0.8293 <= y <= 55.8271)


@given(china)
def test_gcj_02_there_and_back(point: Point) -> None:
    x, y = from_inside(KnownCrs.GCJ_02, point)
    assert to_inside(KnownCrs.GCJ_02, x, y) == point


@given(china)
def test_the_inverse_is_exact_to_a_billionth_of_a_degree(point: Point) -> None:
    lon, lat = point.lon_e7 / E7, point.lat_e7 / E7
    for shift in (crs_module._gcj_shifted, crs_module._bd_shifted):
        found = crs_module._undo(shift, *shift(lon, lat))
        assert found == pytest.approx((lon, lat), abs=1e-9)


@given(bd_world)
def test_bd_09_there_and_back(point: Point) -> None:
    lon, lat = point.lon_e7 / E7, point.lat_e7 / E7
    if not (72.1 <= lon <= 137.7 and 0.9 <= lat <= 55.7) and 71 < lon < 139 and -1 < lat < 57:
        return  # at the rectangle's edge GCJ-02 is not one-to-one
    assert to_inside(KnownCrs.BD_09, *from_inside(KnownCrs.BD_09, point)) == point


@given(anywhere)
def test_a_place_inside_is_its_own_degrees(point: Point) -> None:
    for same in (KnownCrs.WGS_84, KnownCrs.CGCS2000):
        assert to_inside(same, *from_inside(same, point)) == point


@pytest.mark.parametrize("parameters", [SHANGHAI, BEIJING_1954, TURNED])
@given(east=st.integers(-2 * E7, 2 * E7), lat_e7=st.integers(-80 * E7, 80 * E7))
def test_a_local_frame_there_and_back(parameters, east: int, lat_e7: int) -> None:
    frame = crs({"local": parameters})
    point = Point(round(parameters["central_meridian"] * E7) + east, lat_e7)
    back = to_inside(frame, *from_inside(frame, point))
    slack = 1 if "to_wgs84_m" in parameters else 0
    assert abs(back.lon_e7 - point.lon_e7) <= slack
    assert abs(back.lat_e7 - point.lat_e7) <= slack


@pytest.mark.parametrize(
    ("declared", "proj"),
    [
        # CGCS2000 / 3-degree Gauss-Kruger CM 120E and zone 40 (zone number in the easting)
        ({"central_meridian": 120}, "EPSG:4549"),
        ({"central_meridian": 120, "false_easting_m": 40_500_000}, "EPSG:4528"),
        (
            BEIJING_1954,
            "+proj=tmerc +lon_0=117 +x_0=500000 +ellps=krass +towgs84=15.8,-154.4,-82.3",
        ),
    ],
)
def test_a_local_frame_agrees_with_proj_s_own_definition(declared, proj: str) -> None:
    reference = Transformer.from_crs("EPSG:4326", proj, always_xy=True)
    frame = crs({"local": declared})
    place = Point(1185000000, 312000000)
    assert from_inside(frame, place) == pytest.approx(reference.transform(118.5, 31.2), abs=1e-3)


def test_axes_turned_counter_clockwise_make_east_point_south() -> None:
    # Axes turned by 90 degrees: local x points to grid north, local y to grid west.
    frame = crs({"local": TURNED | {"latitude_of_origin": 30.0}})
    east_of_origin = from_inside(frame, Point(1140100000, 300000000))
    assert east_of_origin[0] == pytest.approx(10_000, abs=1)
    assert east_of_origin[1] == pytest.approx(-964.9, abs=1)


@pytest.mark.parametrize("nothing", [None, "", {}])
def test_an_undeclared_system_is_refused(nothing) -> None:
    assert refusal(crs, nothing).code == "crs_undeclared"


@pytest.mark.parametrize(
    "unknown",
    ["wgs84", "wgs-84", "EPSG:4326", "WGS_84", {"remote": {}}, {"local": {}, "also": 1}, 7, ["x"]],
)
def test_an_unknown_system_is_refused(unknown) -> None:
    assert refusal(crs, unknown).code == "crs_unknown"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"central_meridian": 181}, "central_meridian"),
        ({"central_meridian": math.nan}, "central_meridian"),
        ({"latitude_of_origin": -91}, "latitude_of_origin"),
        ({"scale": 0}, "scale"),
        ({"scale": 1.02}, "scale"),
        ({"false_easting_m": 1e9}, "false_easting_m"),
        ({"false_northing_m": math.inf}, "false_northing_m"),
        ({"rotation_arcmin": 20_000}, "rotation_arcmin"),
        ({"to_wgs84_m": [0, 0, 5_000]}, "to_wgs84_m"),
        ({"to_wgs84_m": [0, 0]}, "to_wgs84_m"),
        ({"ellipsoid": "Krassovsky-1940"}, "to_wgs84_m"),
        ({"ellipsoid": "Clarke"}, "ellipsoid"),
        ({"central_meridan": 120}, "central_meridan"),
    ],
)
def test_a_senseless_local_frame_is_refused_by_name(change, named: str) -> None:
    refused = refusal(crs, {"local": {"central_meridian": 120} | change})
    assert refused.code == "crs_bad_local"
    assert named in refused.params["problem"]


def test_a_local_frame_needs_its_meridian() -> None:
    assert "central_meridian" in refusal(crs, {"local": {}}).params["problem"]
    assert refusal(crs, {"local": "Shanghai"}).code == "crs_bad_local"


@pytest.mark.parametrize("declared", [*KnownCrs, LocalCrs(central_meridian=120.0)])
@pytest.mark.parametrize("broken", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_refused(declared: Crs, broken: float) -> None:
    assert refusal(to_inside, declared, broken, 30.0).code == "not_a_number"
    assert refusal(to_inside, declared, 120.0, broken).code == "not_a_number"


@pytest.mark.parametrize("declared", list(KnownCrs))
@pytest.mark.parametrize(("x", "y"), [(180.1, 0), (-180.1, 0), (0, 90.1), (0, -90.1), (31, 121)])
def test_what_is_no_place_on_earth_is_refused(declared: Crs, x: float, y: float) -> None:
    assert refusal(to_inside, declared, x, y).code == "out_of_range"


def test_a_shift_out_of_the_world_is_refused_on_the_way_out() -> None:
    for edge in (Point(180 * E7, 0), Point(0, 90 * E7)):
        assert refusal(from_inside, KnownCrs.BD_09, edge).code == "out_of_range"


def test_what_the_shift_would_bring_back_into_the_world_is_refused_all_the_same() -> None:
    assert refusal(to_inside, KnownCrs.BD_09, 180.003, 0.0).code == "out_of_range"


@pytest.mark.parametrize(("lon", "lat"), [(110.0, 0.5), (71.5, 30.0), (0.0, 90.0), (110.0, -90.0)])
def test_gcj_02_outside_the_rectangle_is_wgs_84(lon: float, lat: float) -> None:
    assert to_inside(KnownCrs.GCJ_02, lon, lat) == to_inside(KnownCrs.WGS_84, lon, lat)


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (3_456_000, 500_000),  # axes swapped
        (950_001, 3_456_000),  # 450 km from the meridian
        (500_000, 99_000_000),  # more than once around
        (500_000, 12_000_000),  # over the pole
        (500_000, 42_000_000),  # once around and on
    ],
)
def test_a_local_coordinate_out_of_reach_is_refused(x: float, y: float) -> None:
    frame = crs({"local": {"central_meridian": 120}})
    assert refusal(to_inside, frame, x, y).code == "crs_out_of_reach"


@pytest.mark.parametrize("lon", [-60, 300 - 360, 126, 114, 30])
def test_a_place_far_from_the_meridian_has_no_local_coordinates(lon: int) -> None:
    frame = crs({"local": {"central_meridian": 120}})
    assert refusal(from_inside, frame, Point(lon * E7, 30 * E7)).code == "crs_out_of_reach"


@pytest.mark.parametrize(
    ("lon_e7", "lat_e7"),
    [(180 * E7 + 1, 0), (-180 * E7 - 1, 0), (0, 90 * E7 + 1), (0, -90 * E7 - 1)],
)
def test_a_point_is_on_earth(lon_e7: int, lat_e7: int) -> None:
    assert refusal(Point, lon_e7, lat_e7).code == "out_of_range"


def test_an_inverse_that_does_not_settle_is_a_bug() -> None:
    with pytest.raises(Bug):
        crs_module._undo(lambda lon, lat: (-lon, -lat), 1.0, 1.0)


def test_projections_kept_ready_are_bounded() -> None:
    for tenth in range(2 * crs_module.MAX_LOCAL_FRAMES):
        to_inside(LocalCrs(central_meridian=100 + tenth / 10), 500_000, 3_000_000)
    info = crs_module._projection.cache_info()
    assert info.currsize == info.maxsize == crs_module.MAX_LOCAL_FRAMES


@pytest.mark.parametrize(
    ("a", "b", "mm"),
    [
        (Point(0, 0), Point(0, 0), 0),
        (Point(0, 0), Point(180 * E7, 0), round(math.pi * 6_371_008_800)),
        # antipodes but for two steps, where rounding lifts the sine above 1
        (Point(0, -587580641), Point(180 * E7 - 2, 587580642), 20_015_114_442),
        (Point(-180 * E7, 0), Point(180 * E7, 0), 0),
        (Point(0, 0), Point(0, 1), 11),
        (Point(0, 60 * E7), Point(E7, 60 * E7), 55_597_011),  # 2 R asin(cos 60° sin 0.5°), by hand
        # Shanghai to Beijing, eviltransform: 1,078,164 m on a sphere of 6,378,137 m
        (
            Point(1215315418, 311753039),
            Point(1163840472, 399133454),
            pytest.approx(1_078_164_000 * 6_371_008.8 / 6_378_137, abs=1_000_000),
        ),
    ],
)
def test_distances(a: Point, b: Point, mm: int) -> None:
    assert distance_mm(a, b) == mm


@given(anywhere, anywhere)
def test_distance_is_symmetric_whole_and_bounded(a: Point, b: Point) -> None:
    there = distance_mm(a, b)
    assert isinstance(there, int)
    assert there == distance_mm(b, a)
    assert 0 <= there <= 20_015_114_442
    assert distance_mm(a, a) == 0
