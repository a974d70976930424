"""The built city: the same from the same seed, whole at every scale, consistent in itself."""

import subprocess
import sys

import msgspec
import numpy as np
import pytest

from chengyun.kernel.areas import check_admin_code
from chengyun.kernel.errors import Rejected
from chengyun.kernel.grids import check_grid_code
from chengyun.sim.linjiang.city import build
from chengyun.sim.linjiang.names import MAX_NAMES, draw
from chengyun.sim.linjiang.places import PLACE_KINDS
from chengyun.sim.linjiang.residents import NEEDS
from chengyun.sim.linjiang.scales import SCALES
from chengyun.sim.linjiang.seeds import MAX_SEED, seed_of, stream
from chengyun.sim.linjiang.sensors import SENSOR_KINDS
from chengyun.sim.linjiang.units import CREWS, SHIFTS, on_duty


# --- seeds ------------------------------------------------------------------------------------
@pytest.mark.parametrize("scale", ["district", "city"])
def test_the_same_seed_is_the_same_city_and_another_seed_is_not(scale):
    first = build(7, scale).digest()
    assert build("7", scale).digest() == first
    assert build(8, scale).digest() != first


def test_the_digest_sees_every_column(district):
    before = district.digest()
    district.sensors.lon_e7[17] += 1
    try:
        assert district.digest() != before
    finally:
        district.sensors.lon_e7[17] -= 1
    renamed = msgspec.structs.replace(district, river_zh="别江")
    assert renamed.digest() != before
    assert district.digest() == before


@pytest.mark.parametrize(
    "given", ["seven", "", "-1", "7.0", "1e3", "٧", "0x7", str(MAX_SEED + 1), -1, True, "9" * 4_000]
)
def test_a_seed_that_is_no_number_is_refused(given):
    with pytest.raises(Rejected) as refused:
        build(given)
    assert refused.value.code == "bad_seed"
    assert "whole number" in refused.value.remedy


def test_the_ends_of_what_may_be_a_seed():
    assert (seed_of(0), seed_of(str(MAX_SEED)), seed_of(" 12 ")) == (0, MAX_SEED, 12)


def test_an_unknown_scale_is_refused_by_name():
    with pytest.raises(Rejected) as refused:
        build(7, "planet")
    assert refused.value.code == "unknown_scale"
    assert "mega" in refused.value.remedy


# --- sizes ------------------------------------------------------------------------------------
@pytest.mark.parametrize(("seed", "scale"), [(7, "district"), (8, "district"), (3, "city")])
def test_sizes_are_those_of_the_scale(seed, scale):
    city, size = build(seed, scale), SCALES[scale]
    areas = city.areas
    assert len(areas.at_level("district")) == size.districts
    assert len(areas.at_level("subdistrict")) == size.subdistricts
    assert abs(len(city.neighbourhoods) / size.neighbourhoods - 1) < 0.15
    assert len(city.grids) == size.grids
    assert len(city.sensors) == size.sensors
    assert city.residents.total.sum() == size.residents
    assert len(city.places.of("underpass")) == size.underpasses
    assert len(city.networks.bridges) >= 2
    assert 2 <= len(city.networks.metro) <= 4


def test_mega_is_built_in_a_process_of_its_own_within_its_bounds():
    program = (
        "import resource, time\n"
        "from chengyun.sim.linjiang.city import build\n"
        "started = time.monotonic()\n"
        "city = build(7, 'mega')\n"
        "peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "print(len(city.sensors), int(city.residents.total.sum()), len(city.grids),\n"
        "      len(city.areas.at_level('subdistrict')), time.monotonic() - started, peak)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=180
    )
    *counts, took_s, peak_kb = done.stdout.split()
    assert counts == ["10000000", "25000000", "40625", "215"]
    assert float(took_s) < 180
    assert int(peak_kb) < 4 * 1024 * 1024


# --- division ---------------------------------------------------------------------------------
def test_codes_have_the_form_of_the_standards_and_are_unique(district):
    areas, grids = district.areas, district.grids
    assert len(set(areas.code)) == len(areas)
    for code in areas.code:
        assert check_admin_code(code).startswith("3199")
    codes = [district.grid_code(one) for one in range(len(grids))]
    assert codes == sorted(set(codes))
    for code in codes:
        check_grid_code(code)


def test_a_code_begins_with_that_of_the_area_above(district):
    areas = district.areas
    for one in range(1, len(areas)):
        above = areas.code[int(areas.parent[one])]
        assert areas.code[one].startswith(above.removesuffix("00") if one == 1 else above)
        assert areas.level[one] == areas.level[areas.parent[one]] + 1


@pytest.mark.parametrize("scale", ["district", "city"])
def test_every_place_lies_in_the_unit_grid_it_names(scale):
    city = build(11, scale)
    found = city.grid_at(city.places.lon_e7, city.places.lat_e7)
    assert (found == city.places.grid).all()
    assert (city.grids.area[city.places.grid] == city.places.area).all()


def test_the_river_and_the_country_are_in_no_unit_grid(district):
    lon, lat = district.ground.e7(np.array([0.0, 0.0, 90_000.0]), np.array([0.0, 60_000.0, 0.0]))
    assert district.grid_at(lon, lat).tolist() == [-1, -1, -1]
    assert district.area_at(int(lon[0]), int(lat[0])) == -1


def test_riverside_neighbourhoods_are_on_both_banks_and_touch_the_river(district):
    banks = district.areas.bank[district.riverside]
    assert set(banks.tolist()) == {-1, 1}
    assert 4 <= len(district.riverside) < len(district.neighbourhoods)


def test_no_neighbourhood_lies_on_both_banks(district):
    assert (district.areas.bank[district.neighbourhoods] != 0).all()


# --- names ------------------------------------------------------------------------------------
def test_names_are_not_repeated_and_have_both_languages(district):
    areas = district.areas
    assert len(set(areas.name_zh)) == len(areas)
    assert all(areas.name_en)


def test_drawing_more_names_than_there_are_is_an_error():
    assert len({zh for _, zh in draw(MAX_NAMES, stream(1, "names"))}) == MAX_NAMES
    with pytest.raises(ValueError, match="names"):
        draw(MAX_NAMES + 1, stream(1, "names"))


# --- places, residents, sensors ---------------------------------------------------------------
def test_things_belong_where_they_should(district):
    places = district.places
    lifts, pumps = places.of("lift"), places.of("pump")
    assert (places.kind[places.within[lifts]] == PLACE_KINDS.index("building")).all()
    assert (places.floors[places.within[lifts]] >= 7).all()
    assert (places.kind[places.within[pumps]] == PLACE_KINDS.index("underpass")).all()
    assert (places.kind[places.fed_by[pumps]] == PLACE_KINDS.index("substation")).all()
    for kind in PLACE_KINDS:
        assert len(places.of(kind)), kind


def test_every_named_kind_of_place_has_names_and_the_rest_an_address(district):
    for kind in ("school", "hospital", "firm", "metro_station", "underpass", "park"):
        for place in district.places.of(kind):
            assert district.places.name[place] >= 0
    en, zh = district.address(int(district.places.of("building")[0]))
    assert en[0].isdigit()
    assert zh.endswith("号")


def test_residents_are_counts_that_add_up(district):
    residents = district.residents
    assert (residents.by_age.sum(axis=1) == residents.total).all()
    alone = residents.by_need[:, NEEDS.index("lives_alone_80")]
    assert (alone <= residents.by_age[:, -1]).all()
    assert (residents.total > 0).all()


def test_sensors_hang_on_places_of_their_host(district):
    sensors, places = district.sensors, district.places
    assert len(SENSOR_KINDS) == 20
    for number, kind in enumerate(SENSOR_KINDS):
        ours = sensors.of(kind.code)
        assert len(ours), kind.code
        assert (sensors.kind[ours] == number).all()
        assert (places.kind[sensors.asset[ours]] == PLACE_KINDS.index(kind.host)).all()
        assert (sensors.cadence_s[ours] == kind.cadence_s).all()
    assert (places.area[sensors.asset] == sensors.area).all()
    assert len(sensors.of("underpass_depth")) == 2 * len(places.of("underpass"))


def test_device_and_component_codes_are_unique_and_of_the_right_length(district):
    devices = {district.sensor_code(one) for one in range(0, len(district.sensors), 7)}
    assert {len(code) for code in devices} == {20}
    assert len(devices) == len(range(0, len(district.sensors), 7))
    components = district.component_codes("manhole", "0103")
    assert len(set(components)) == len(components)
    assert {len(code) for code in components} == {16}


# --- units ------------------------------------------------------------------------------------
def test_units_form_a_tree_and_every_trade_serves_every_area_of_its_level(district):
    units, areas = district.units, district.areas
    assert len(set(units.code)) == len(units)
    assert set(units.parent) <= {*units.code, ""}
    for trade, crew in CREWS.items():
        served = [one for one, name in zip(units.area, units.trade, strict=True) if name == trade]
        assert set(served) == set(areas.at_level(crew.level).tolist()), trade
        assert len(served) == crew.count * len(areas.at_level(crew.level))


def test_someone_is_on_duty_at_any_time_where_a_roster_goes_round():
    assert all(on_duty("round", minute) for minute in range(1_440))
    assert not on_duty("day", 0)
    assert {crew.shifts for crew in CREWS.values()} <= set(SHIFTS)
