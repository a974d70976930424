"""Streets, grids, and the component that is meant."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengyun.facts.gridding import registered_grids
from chengyun.facts.places import Place
from chengyun.facts.registers import (
    Bounds,
    City,
    GeneratedGridPolicy,
    UnitGridEntry,
    UnitGridRegister,
)
from chengyun.kernel.crs import Point, distance_mm
from chengyun.twin.rules import (
    cell_of,
    cells_around,
    generated_grids,
    nearest,
    street_of,
)
from chengyun.twin.views import AssetRow

HERE = Place(lon_e7=1214705000, lat_e7=312305000)


@pytest.mark.parametrize(
    ("written", "street"),
    [
        ("39 Lorraine St  Roslindale", "lorraine st roslindale"),
        (" 39  LORRAINE st Roslindale ", "lorraine st roslindale"),
        ("39-41 Lorraine St", "lorraine st"),
        ("39a Lorraine St", "lorraine st"),
        ("1/2 Lorraine St", "lorraine st"),
        ("Lorraine St 39", "lorraine st 39"),
        ("INTERSECTION of A St & B St", "intersection of a st & b st"),
        ("39", "39"),
        ("渡口路 12号", "渡口路 12号"),
        ("", ""),
        (" \t ", ""),
    ],
)
def test_the_street_of_an_address(written: str, street: str) -> None:
    assert street_of(written) == street
    assert street_of(street) == street_of(street_of(street))


def asset(code: str, lon_e7: int, lat_e7: int) -> AssetRow:
    cell = cell_of(Place(lon_e7=lon_e7, lat_e7=lat_e7))
    return AssetRow(code, "manhole", code, "", lon_e7, lat_e7, cell)


def test_the_nearest_component_within_the_radius_is_meant() -> None:
    here = asset("here", HERE.lon_e7, HERE.lat_e7)
    near = asset("near", HERE.lon_e7 + 500, HERE.lat_e7)
    far = asset("far", HERE.lon_e7 + 5_000, HERE.lat_e7)
    assert nearest(HERE, [far, near, here], 15) is here
    assert nearest(HERE, [far, near], 15) is near
    assert nearest(HERE, [far], 15) is None
    assert nearest(HERE, [], 15) is None


def test_of_two_at_one_distance_the_lower_code_is_meant() -> None:
    east = asset("b", HERE.lon_e7 + 500, HERE.lat_e7)
    west = asset("a", HERE.lon_e7 - 500, HERE.lat_e7)
    assert nearest(HERE, [east, west], 15) is west
    assert nearest(HERE, [west, east], 15) is west


def test_the_radius_is_inclusive() -> None:
    north = asset("n", HERE.lon_e7, HERE.lat_e7 + 1_349)
    apart = distance_mm(Point(HERE.lon_e7, HERE.lat_e7), Point(north.lon_e7, north.lat_e7))
    assert 14_000 < apart <= 15_000
    assert nearest(HERE, [north], 15) is north
    assert nearest(HERE, [north], 14) is None


@given(
    lon=st.integers(-1_799_000_000, 1_799_000_000),
    lat=st.integers(-600_000_000, 600_000_000),
    east=st.integers(-3_000, 3_000),
    north=st.integers(-3_000, 3_000),
    radius_m=st.integers(1, 60),
)
def test_what_lies_within_the_radius_is_looked_at(
    lon: int, lat: int, east: int, north: int, radius_m: int
) -> None:
    here = Place(lon_e7=lon, lat_e7=lat)
    there = Place(lon_e7=lon + east, lat_e7=lat + north)
    apart = distance_mm(Point(lon, lat), Point(there.lon_e7, there.lat_e7))
    if apart <= radius_m * 1_000:
        assert cell_of(there) in set(cells_around(here, radius_m))


def test_registered_grids_come_before_generated_ones() -> None:
    square = "121.470 31.230, 121.471 31.230, 121.471 31.231, 121.470 31.231, 121.470 31.230"
    register = UnitGridRegister(grids={"319901001001001": UnitGridEntry(polygon=square)})
    grids = registered_grids(register)
    assert grids is not None
    assert grids.grid_of(Point(HERE.lon_e7, HERE.lat_e7)) == "319901001001001"
    assert grids.grid_of(Point(0, 0)) is None
    assert registered_grids(UnitGridRegister()) is None


def test_a_city_without_grids_has_none() -> None:
    city = City(
        id="c",
        name={"en": "C"},
        zone="UTC",
        languages=["en"],
        crs="WGS-84",
        bounds=Bounds(west=121, south=31, east=122, north=32),
        source="test",
    )
    assert generated_grids(city) is None
    squares = GeneratedGridPolicy(origin_lon=121, origin_lat=31)
    made = generated_grids(msgspec.structs.replace(city, generated_grid=squares))
    assert made is not None
    assert made.grid_of(Point(HERE.lon_e7, HERE.lat_e7))
