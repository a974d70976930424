"""The maps of a pack: optional, checked, and no part of the version."""

import json
from pathlib import Path

import pytest

from chengyun.adapters.files.packs import read_pack
from chengyun.app.pack_sections import SECTIONS
from chengyun.citypack.checking import check
from chengyun.kernel import limits

BOSTON = Path(__file__).parents[3] / "cities" / "boston-311"
SQUARE = [[[0, 0], [1, 0], [1, 1], [0, 0]]]


def drawn(*features):
    return json.dumps({"type": "FeatureCollection", "features": list(features)}).encode()


def area(code, geometry=None):
    shape = {"type": "Polygon", "coordinates": SQUARE} if geometry is None else geometry
    return {"type": "Feature", "properties": {"code": code}, "geometry": shape}


def verdict(path, content):
    files, found = read_pack(BOSTON)
    return check(files | {path: content}, SECTIONS, found=found)


def codes(path, content):
    return [mistake.code for mistake in verdict(path, content).mistakes]


def test_a_pack_needs_no_map_and_a_sound_one_does_not_change_its_version():
    files, found = read_pack(BOSTON)
    bare = check(files, SECTIONS, found=found).resolved.version
    with_map = verdict("map/areas.geojson", drawn(area("boston"), area("Allston")))
    assert with_map.mistakes == ()
    assert with_map.resolved.version == bare
    assert "map" not in with_map.resolved.sections


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (drawn(area("Atlantis")), ["unknown_reference"]),
        (drawn(area("boston"), area("boston")), ["duplicate_code"]),
        (drawn({"type": "Feature", "properties": {}, "geometry": None}), ["missing"]),
        (drawn({"type": "Feature", "properties": {"code": 7}, "geometry": None}), ["missing"]),
        (drawn(7), ["missing"]),
        (b'{"type": "Feature"}', ["wrong_type"]),
        (b"[]", ["wrong_type"]),
        (b"{", ["unparseable"]),
        (b'{"type": "FeatureCollection", "features": [NaN]}', ["unparseable"]),
    ],
)
def test_every_mistake_of_a_map_is_named(content, expected):
    assert codes("map/areas.geojson", content) == expected


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Circle", "coordinates": [0, 0]},
        {"type": "Point", "coordinates": [0, 91]},
        {"type": "Point", "coordinates": [181, 0]},
        {"type": "Point", "coordinates": ["0", 0]},
        {"type": "Point", "coordinates": [True, 0]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [0, 0]]]},
        {"type": "Polygon", "coordinates": []},
        {"type": "LineString", "coordinates": [0, 0]},
        {"type": ["Point"], "coordinates": [0, 0]},
        "Point",
    ],
)
def test_a_geometry_that_cannot_be_drawn_is_refused(geometry):
    assert codes("map/areas.geojson", drawn(area("boston", geometry))) == ["bad_geometry"]


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": [180, -90]},
        {"type": "LineString", "coordinates": [[0, 0], [1.5, 1]]},
        {"type": "MultiPolygon", "coordinates": [SQUARE, SQUARE]},
    ],
)
def test_what_lies_beneath_has_a_kind_and_any_shape(geometry):
    feature = {"type": "Feature", "properties": {"kind": "park"}, "geometry": geometry}
    assert codes("map/base.geojson", drawn(feature)) == []
    assert codes("map/base.geojson", drawn(area("boston"))) == ["missing"]


def test_a_map_that_is_too_large_is_refused_before_it_is_read(monkeypatch):
    content = drawn(area("boston"))
    monkeypatch.setattr(limits, "MAX_MAP_BYTES", len(content))
    assert codes("map/areas.geojson", content) == []
    monkeypatch.setattr(limits, "MAX_MAP_BYTES", len(content) - 1)
    assert codes("map/areas.geojson", content) == ["too_large"]


def test_another_file_in_the_folder_is_still_unknown():
    assert codes("map/tiles.geojson", drawn()) == ["unknown_file"]
