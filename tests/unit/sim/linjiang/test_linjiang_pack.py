"""Linjiang's pack: sound, exactly what stands in the repository, drawable, and replayable."""

import csv
import io
import json
from pathlib import Path

import pytest
import shapely
from click.testing import CliRunner

from chengyun.app import packs
from chengyun.app.pack_sections import SECTIONS
from chengyun.citypack.checking import check
from chengyun.cli.main import chengyun
from chengyun.dispatch.policy import DutyList
from chengyun.facts.registers import CaseTypes, Units
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import Instant
from chengyun.sim.linjiang.case_types import REPORTED
from chengyun.sim.linjiang.city import build
from chengyun.sim.linjiang.pack import pack_files
from chengyun.sim.replay import recording

STORED = Path(__file__).parents[4] / "cities" / "linjiang"
FEEDS = {"hotline", "devices", "rain", "underpass_depth", "crowd", "tide"}


@pytest.fixture(scope="module")
def files(district):
    return pack_files(district)


@pytest.fixture(scope="module")
def resolved():
    return packs.loaded(STORED)


def test_the_stored_pack_is_the_district_of_seed_7(files):
    stored = {
        path.relative_to(STORED).as_posix(): path.read_bytes()
        for path in STORED.rglob("*")
        if path.is_file()
    }
    assert sorted(stored) == sorted(files)
    remedy = "run: chengyun sim pack --out cities/linjiang --replace"
    assert [path for path in files if files[path] != stored[path]] == [], remedy


@pytest.mark.parametrize(("seed", "scale"), [(8, "district"), (9, "district"), (7, "city")])
def test_the_pack_of_any_seed_and_scale_is_sound(seed, scale):
    checked = check(pack_files(build(seed, scale)), SECTIONS)
    assert [str(mistake) for mistake in checked.mistakes] == []


def test_feeds_and_types_are_those_that_everyone_relies_on(resolved):
    assert set(packs.feeds_of(resolved).feeds) == FEEDS
    types = packs.section(resolved, CaseTypes).types
    assert {kind.code for kind in REPORTED} <= set(types)
    assert all(kind.name_zh and kind.time_limit and kind.source for kind in types.values())
    assert all(unit.name_zh for unit in packs.section(resolved, Units).units.values())


def test_every_type_is_someones_duty_in_every_neighbourhood(resolved, district):
    duties = packs.section(resolved, DutyList).duties.values()
    areas = district.areas
    known = {(duty.type, duty.area): duty.unit for duty in duties}
    for kind in packs.section(resolved, CaseTypes).types:
        for one in district.neighbourhoods:
            above = [
                areas.code[int(areas.above(level)[one])] for level in ("subdistrict", "district")
            ]
            unit = next(known[kind, code] for code in above if (kind, code) in known)
            assert unit.split(".")[1] in above
        assert known[kind, ""].startswith("center.")


# --- maps -------------------------------------------------------------------------------------
def outlines(files):
    features = json.loads(files["map/areas.geojson"])["features"]
    found = {}
    for feature in features:
        level = feature["properties"]["level"]
        found.setdefault(level, {})[feature["properties"]["code"]] = shapely.from_geojson(
            json.dumps(feature["geometry"])
        )
    return found


@pytest.mark.parametrize("scale", ["district", "city"])
def test_areas_tile_without_gap_or_overlap(scale):
    shapes = outlines(pack_files(build(7, scale)))
    whole = shapes["city"]["319900"]
    for level in ("district", "subdistrict", "neighbourhood"):
        ours = shapes[level]
        assert all(shape.is_valid and not shape.is_empty for shape in ours.values())
        assert sum(shape.area for shape in ours.values()) == pytest.approx(whole.area, rel=1e-9)
        assert shapely.union_all(list(ours.values())).equals(whole)
    for code, shape in shapes["neighbourhood"].items():
        assert shapes["subdistrict"][code[:9]].covers(shape)


def test_the_base_map_has_what_a_screen_draws_and_is_small(files):
    features = json.loads(files["map/base.geojson"])["features"]
    kinds = {feature["properties"]["kind"] for feature in features}
    assert kinds == {
        *("river", "embankment", "park", "street", "bridge", "building", "metro"),
        *("metro_station", "hospital", "school", "underpass"),
    }
    assert len(files["map/base.geojson"]) < 1_500_000
    buildings = [one for one in features if one["properties"]["kind"] == "building"]
    assert len(buildings) > 2_000
    assert all(one["properties"]["floors"] >= 1 for one in buildings)


def test_nothing_is_built_in_the_river_and_bridges_cross_it(files):
    features = json.loads(files["map/base.geojson"])["features"]
    shapes = [
        (one["properties"]["kind"], shapely.from_geojson(json.dumps(one["geometry"])))
        for one in features
    ]
    river = next(shape for kind, shape in shapes if kind == "river")
    assert river.is_valid
    assert not any(shape.intersects(river) for kind, shape in shapes if kind == "building")
    for kind, shape in shapes:
        if kind == "bridge":
            assert shape.intersects(river)
            assert not river.covers(shape)


# --- replay -----------------------------------------------------------------------------------
def written(path, rows):
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


@pytest.mark.parametrize("feed", ["hotline", "devices"])
def test_recorded_reports_are_read_whole(resolved, district, tmp_path, feed):
    code = district.areas.code[int(district.neighbourhoods[0])]
    file = written(
        tmp_path / "requests.csv",
        [
            {
                "id": "r1",
                "opened_at": "2026-06-01 08:00:00",
                "type": "gas_smell",
                "title": "燃气异味",
                "text": "楼道有煤气味",
                "place_text": "1号",
                "channel": "phone",
                "area": code,
                "lon": "121.3000000",
                "lat": "31.1000000",
                "device": "",
                "closed_at": "2026-06-01 09:00:00",
                "unit": "gas.319901",
                "outcome": "resolved",
                "closing_text": "fixed",
                "duplicate_of": "",
            }
        ],
    )
    declared = packs.feeds_of(resolved).feeds[feed]
    read = recording.read_requests(declared, packs.registers_of(resolved), (file,), lambda *_: None)
    opening, closing = read.events
    assert (opening.report.area, opening.report.type) == (code, "gas_smell")
    assert opening.report.text == "楼道有煤气味"
    assert closing.outcome.unit == "gas.319901"


@pytest.mark.parametrize("feed", ["rain", "underpass_depth", "crowd", "tide"])
def test_recorded_observations_are_read_whole(resolved, district, tmp_path, feed):
    code = district.areas.code[1]
    file = written(
        tmp_path / "observed.csv",
        [{"observed_at": "2026-06-01 08:00:00", "area": code, "value": "12.5"}],
    )
    declared = packs.feeds_of(resolved).feeds[feed]
    events, known = recording.read_observations(
        declared, packs.registers_of(resolved), file, (Instant(0), Instant(2**60))
    )
    assert known.refused == 0
    (event,) = events
    assert event.observation.value_micro == 12_500_000
    assert event.observation.area == ("319900" if feed == "tide" else code)
    assert event.observation.until_at - event.observation.from_at == 600_000_000


# --- the command ------------------------------------------------------------------------------
def test_the_command_writes_a_sound_pack_and_says_so(tmp_path):
    out = tmp_path / "pack"
    done = CliRunner().invoke(chengyun, ["sim", "pack", "--seed", "5", "--out", str(out), "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.output)
    assert (told["ok"], told["seed"], told["sensors"]) == (True, 5, 10_000)
    assert told["digest"] == build(5).digest()
    assert (out / "map" / "base.geojson").stat().st_size == told["files"]["map/base.geojson"]


def test_the_command_refuses_a_bad_seed_and_a_full_folder(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    full = CliRunner().invoke(chengyun, ["sim", "pack", "--out", str(tmp_path)])
    assert isinstance(full.exception, Rejected)
    assert full.exception.code == "not_empty"
    assert [one.name for one in tmp_path.iterdir()] == ["mine.txt"]
    bad = CliRunner().invoke(chengyun, ["sim", "pack", "--seed", "x", "--out", str(tmp_path / "a")])
    assert (bad.exit_code, "give a whole number" in bad.output) == (2, True)
    assert not (tmp_path / "a").exists()


# --- catalogue --------------------------------------------------------------------------------
def test_the_catalogue_has_every_subcategory_once_in_both_languages(resolved):
    types = packs.section(resolved, CaseTypes).types.values()
    classes = {kind: set() for kind in ("component", "event")}
    for entry in types:
        if entry.kind in classes:
            classes[entry.kind] |= set(entry.classes)
            assert entry.name_zh != entry.name
            assert "(?)" in entry.source or "30428" in entry.source or "12345" in entry.source
    assert {kind: len(found) for kind, found in classes.items()} == {"component": 121, "event": 83}
    assert {one[:2] for one in classes["component"]} == {f"0{n}" for n in range(1, 6)}
    assert {one[:2] for one in classes["event"]} == {f"0{n}" for n in range(1, 7)}
    limits = {one.time_limit for one in types if one.kind == "livelihood"}
    assert {
        "2 calendar_hours",
        "24 calendar_hours",
        "7 calendar_days",
        "15 calendar_days",
    } <= limits
