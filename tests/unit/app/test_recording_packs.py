"""Mappings of recorded sensor data: the packs of the tree are sound, mistakes have their place."""

from pathlib import Path

import pytest

from chengyun.adapters.files.packs import read_pack
from chengyun.app import packs
from chengyun.app.pack_sections import SECTIONS
from chengyun.app.stream.city import city_of_sensors
from chengyun.citypack.checking import check

CITIES = Path(__file__).resolve().parents[3] / "cities"
MELBOURNE, SHANGHAI = CITIES / "melbourne-counters", CITIES / "shanghai-weather"


@pytest.mark.parametrize("pack", [MELBOURNE, SHANGHAI], ids=lambda path: path.name)
def test_a_recorded_city_of_sensors_is_sound_and_opens_a_lane(pack):
    city = city_of_sensors(packs.loaded(pack))
    assert city.layout.values > 0
    assert city.thresholds.is_banded.any()


@pytest.mark.parametrize("pack", [MELBOURNE, SHANGHAI], ids=lambda path: path.name)
def test_every_number_of_a_band_and_a_property_says_where_it_comes_from(pack):
    files, _ = read_pack(pack)
    for name in ("properties.yaml", "bands.yaml", "sensor_signs.yaml"):
        assert b"source:" in files[name]
    assert b"Not in it" in files["README.md"]


@pytest.mark.parametrize(
    ("pack", "old", "new", "code"),
    [
        (SHANGHAI, "zone: Asia/Shanghai", "zone: Asia/Nowhere", "unknown_zone"),
        (SHANGHAI, "%Y %m %d %H", "%Y %m", "bad_format"),
        (SHANGHAI, "feed: stations", "feed: nobody", "unknown_reference"),
        (SHANGHAI, "property: dew_point", "property: dew", "unknown_reference"),
        (SHANGHAI, 'area: "310106"', 'area: "310199"', "unknown_reference"),
        (SHANGHAI, 'area: "310106"', "lon: 121.4", "no_place"),
        (SHANGHAI, "property: pressure", "unit: mm, property: pressure", "other_dimension"),
        (SHANGHAI, "encoding: detect", "encoding: klingon", "unknown_encoding"),
        (MELBOURNE, "crs: WGS-84", "crs: WGS-1884", "crs_unknown"),
        (MELBOURNE, "docklands: >-", "harbour: >-", "unknown_reference"),
        (MELBOURNE, "144.9300 -37.8240, ", "144.9300, ", "bad_polygon"),
        (MELBOURNE, "144.9495 -37.8115, 144.9300 -37.8115", "144.97 -37.8115", "overlapping"),
    ],
)
def test_a_mistake_in_a_mapping_is_found(pack, old, new, code):
    files, found = read_pack(pack)
    text = files["recordings/hourly.yaml"].decode()
    assert old in text
    broken = {**files, "recordings/hourly.yaml": text.replace(old, new).encode()}
    codes = {one.code for one in check(broken, SECTIONS, found=found).mistakes}
    assert codes == {code}


def test_sensors_are_named_or_have_a_column_each():
    files, found = read_pack(SHANGHAI)
    text = files["recordings/hourly.yaml"].decode()
    both = text + "named: {id: a, value: b, property: humidity, area: '310000'}\n"
    head, _, tail = text.partition("sensors:")
    neither = head + "source:" + tail.partition("\nsource:")[2] + "\n"
    for changed in (both, neither):
        broken = {**files, "recordings/hourly.yaml": changed.encode()}
        codes = {one.code for one in check(broken, SECTIONS, found=found).mistakes}
        assert codes == {"no_sensors"}
