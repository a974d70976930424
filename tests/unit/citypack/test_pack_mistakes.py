"""Every kind of mistake in a city pack is named with its file, its line and a remedy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengyun.app.pack_sections import SECTIONS
from chengyun.citypack import places
from chengyun.citypack.checking import Checked, check
from chengyun.citypack.mistakes import Mistake, Place
from chengyun.kernel import limits

PACK = {
    "README.md": "# a pack\n",
    "city.yaml": """\
id: smallville
name: {en: Smallville, zh: 小城}
zone: Asia/Shanghai
languages: [en, zh]
crs: WGS-84
bounds: {west: 121.0, south: 31.0, east: 121.2, north: 31.2}
generated_grid: {origin_lon: 121.0, origin_lat: 31.0, cell_m: 100}
source: made up
""",
    "areas.csv": """\
code,level,parent,name,aliases
city,city,,Smallville,
north,district,city,North,Uptown|Up
south,district,city,South,
""",
    "units.csv": "code,name,kind,parent\nroads,Roads,department,\npotholes,Potholes,crew,roads\n",
    "case_types.csv": """\
code,name,time_limit,owner,process
pothole,Pothole,4 working_hours,roads,grid
lamp,Street lamp,,roads,
""",
    "assets.csv": "code,type,lon,lat\nlamp-1,lamp,121.1,31.1\n",
    "duty_list.csv": "code,type,area,unit,source\nd1,pothole,north,roads,law\n",
    "calendar.yaml": """\
hours:
  mon: ["09:00-12:00", "13:00-17:00"]
holidays:
  - "2011-07-04"
make_up_days:
  - "2011-07-09"
source: made up
""",
    "feeds/hotline.yaml": """\
kind: reports
zone: Asia/Shanghai
crs: GCJ-02
silent_after_s: 3600
columns:
  id: {from: [nr], as: id, required: true}
  opened_at: {from: [when], as: local_time, formats: ["%Y-%m-%d %H:%M"], required: true}
  type: {from: [kind], as: case_type, required: true}
  lon: {from: [x], as: decimal}
  lat: {from: [y], as: decimal}
attributes:
  reason: [reason]
outcome:
  closed_at: {from: [done], as: local_time}
  unit: {from: [who]}
  outcome: {from: [how]}
  text: {from: [said]}
  kinds:
    duplicate: ["duplicate"]
    resolved: ["was resolved"]
source: made up
""",
    "feeds/rain.yaml": """\
kind: observations
zone: Asia/Shanghai
crs: WGS-84
silent_after_s: 3600
columns:
  observed_at: {from: [day], as: date}
  value: {from: [mm], unit: 0.1 mm}
property: rain
unit: mm
interval_s: 86400
area: city
source: made up
""",
    "signs.yaml": """\
signs:
  rain:
    name: {en: Rain}
    measures: property
    property: rain
    unit: mm
    feeds: [rain]
    pane_s: 86400
    windows_s: [86400]
    owner: duty officer
    source: made up
""",
    "bands.yaml": """\
bands:
  rain:
    levels:
      city: {judge: value, up: {blue: 25}, down: 20, dwell_s: 60}
    source: made up
  gas_mean:
    levels:
      district: {judge: value, up: {blue: 5}, down: 4, dwell_s: 60}
    source: made up
""",
    "properties.yaml": """\
properties:
  gas:
    name: {en: Gas}
    unit: percent
    low: 0
    high: 100
    source: made up
""",
    "sensor_signs.yaml": """\
signs:
  gas_mean:
    name: {en: Gas}
    property: gas
    how: mean
    unit: percent
    pane_s: 60
    window_s: 300
    levels: [city, district]
    owner: duty officer
    source: made up
  gas_share:
    name: {en: Leaks}
    property: gas
    how: share
    unit: ratio
    state: {at_least: 1}
    levels: [city]
    owner: duty officer
    source: made up
composites:
  health:
    name: {en: Health}
    parts:
      gas_mean: {bad: 100, good: 0}
    levels: [city]
    owner: duty officer
    source: made up
""",
    "fusing.yaml": "group: reason\nsource: made up\n",
    "routing.yaml": """\
table: routing.jdm.json
contexts:
  - [type]
  - [type, area, reason]
default_process: grid
source: made up
""",
    "routing.jdm.json": '{"nodes": [], "edges": []}',
    "processes.yaml": """\
processes:
  grid:
    name: {en: Grid}
    start: file
    steps:
      file: {role: a, moves: {dispatch: handle}}
      handle: {role: b, moves: {report_back: report_back, return: file}}
      report_back: {role: c, moves: {pass: verify, fail: handle}}
      verify: {role: c, moves: {close: closed}}
      closed: {role: d, ends: true}
    source: made up
""",
    "response.yaml": """\
plans:
  rain:
    levels:
      red: {plan: storm, response_level: I, measures: []}
names:
  storm: {en: Storm plan, zh: 暴雨预案}
source: made up
""",
    "review.yaml": "source: made up\n",
}

Files = dict[str, bytes]


def encoded(texts: dict[str, str] | None = None) -> Files:
    return {path: text.encode() for path, text in (texts or PACK).items()}


def verdict(files: Files) -> Checked:
    return check(files, SECTIONS)


def found(files: Files) -> set[tuple[str, int, str]]:
    checked = verdict(files)
    assert checked.resolved is None or not checked.mistakes
    assert all(mistake.what and mistake.remedy for mistake in checked.mistakes)
    return {(one.place.file, one.place.line, one.code) for one in checked.mistakes}


def test_the_pack_that_all_others_are_made_from_is_sound() -> None:
    checked = verdict(encoded())
    assert checked.mistakes == ()
    assert checked.resolved is not None


# file, what is replaced, by what, code, and the line if it is not the one replaced
BROKEN = [
    # form
    ("city.yaml", "zone: Asia", "zome: Asia", "unknown_key", None),
    ("city.yaml", "crs: WGS-84\n", "", "missing_key", 1),
    ("city.yaml", "languages: [en, zh]", "languages: en", "wrong_type", None),
    ("city.yaml", "languages: [en, zh]", "languages: [en, fr]", "not_allowed", None),
    ("city.yaml", "west: 121.0", "west: 1210", "out_of_range", None),
    ("city.yaml", "west: 121.0", "west: '121'", "wrong_type", None),
    ("city.yaml", "id: smallville", "id: Smallville!", "pattern", None),
    ("city.yaml", "id: smallville", "id: 7", "wrong_type", None),
    ("city.yaml", "crs: WGS-84", "crs: WGS-84\ncrs: CGCS2000", "duplicate_key", 6),
    ("city.yaml", "crs: WGS-84", "crs: [WGS-84", "unparseable", 6),
    ("city.yaml", "crs: WGS-84", "crs: &a WGS-84", "alias", None),
    ("city.yaml", "crs: WGS-84", "crs: !!python/name:os.system WGS-84", "tag", None),
    ("city.yaml", "source: made up", "source: made up\n---\nid: b", "two_documents", 9),
    ("city.yaml", "source: made up", "source: " + "[" * 40 + "]" * 40, "too_deep", None),
    ("city.yaml", "source: made up", "source: made\x01up", "unparseable", None),
    ("calendar.yaml", '["09:00-12:00", "13:00-17:00"]', '["9-12"]', "pattern", None),
    ("calendar.yaml", "  mon:", "  moonday:", "key", None),
    ("areas.csv", "north,district,", "north,distrikt,", "not_allowed", None),
    ("areas.csv", "code,level", "code,Level", "unknown_key", None),
    ("areas.csv", "code,level", "level,code", "key_column", None),
    ("areas.csv", "aliases", "name", "duplicate_key", None),
    ("areas.csv", "south,district,city,South,", "south,district,city", "columns", None),
    ("areas.csv", "south,district", "north,district", "duplicate_code", None),
    ("areas.csv", "south,district,city,South,", "south,district,city,,", "missing_key", None),
    ("areas.csv", "North,Uptown|Up", '"North,Uptown', "unparseable", None),
    ("assets.csv", "121.1,31.1", "east,31.1", "wrong_type", None),
    ("case_types.csv", "4 working_hours", "4 hours", "pattern", None),
    ("routing.yaml", "contexts:", "threshold_ppm: 1000001\ncontexts:", "out_of_range", None),
    # files
    ("feeds/hotline.yaml", "outcome: {from: [how]}", "outcome: {form: [how]}", "unknown_key", None),
    ("routing.yaml", "routing.jdm.json", "other.json", "missing_file", None),
    ("routing.jdm.json", '"nodes": []', '"nodes": ', "unparseable", None),
    ("routing.jdm.json", '"nodes": []', '"nodes": [], "nodes": []', "unparseable", 0),
    ("routing.jdm.json", '"nodes": []', '"knots": []', "bad_table", None),
    # references
    ("areas.csv", "north,district,city", "north,district,cty", "unknown_reference", None),
    ("units.csv", "crew,roads", "crew,streets", "unknown_reference", None),
    ("case_types.csv", "working_hours,roads,", "working_hours,rods,", "unknown_reference", None),
    ("case_types.csv", "roads,grid", "roads,gird", "unknown_reference", None),
    ("duty_list.csv", "d1,pothole", "d1,hole", "unknown_reference", None),
    ("duty_list.csv", "north,roads", "north,", "missing_key", None),
    ("duty_list.csv", "pothole,north", "pothole,west", "unknown_reference", None),
    ("feeds/rain.yaml", "area: city", "area: town", "unknown_reference", None),
    ("routing.yaml", "default_process: grid", "default_process: g", "unknown_reference", None),
    ("signs.yaml", "feeds: [rain]", "feeds: [snow]", "unknown_reference", None),
    ("bands.yaml", "  rain:", "  snow:", "unknown_reference", None),
    # meaning
    ("city.yaml", "zone: Asia/Shanghai", "zone: Asia/Shangai", "unknown_zone", None),
    ("city.yaml", "east: 121.2", "east: 120.2", "empty_bounds", None),
    ("city.yaml", "origin_lon: 121.0", "origin_lon: 121.1", "grid_too_small", None),
    ("city.yaml", "languages: [en, zh]", "languages: []", "missing", None),
    ("city.yaml", "name: {en: Smallville, zh: 小城}", "name: {en: Smallville}", "missing", None),
    ("areas.csv", "south,district,city", "south,city,north", "parent_not_above", None),
    ("areas.csv", "south,district,city", "south,district,", "two_roots", None),
    ("units.csv", "department,", "department,potholes", "unit_cycle", None),
    ("assets.csv", "121.1,31.1", "121.1,", "missing", None),
    ("assets.csv", "121.1,31.1", "31.1,121.1", "outside_city", None),
    ("calendar.yaml", '"13:00-17:00"', '"11:00-17:00"', "span", None),
    ("calendar.yaml", '"13:00-17:00"', '"17:00-13:00"', "span", None),
    ("calendar.yaml", "2011-07-04", "2011-02-30", "no_day", None),
    ("calendar.yaml", "2011-07-09", "2011-07-04", "holiday_worked", None),
    ("calendar.yaml", '- "2011-07-04"', '- "2011-07-04"\n  - "2011-07-04"', "duplicate_day", 5),
    ("calendar.yaml", 'mon: ["09:00-12:00", "13:00-17:00"]', "mon: []", "bad_calendar", 2),
    ("duty_list.csv", "d1,", "d0,pothole,north,potholes,law\nd1,", "duplicate_duty", 3),
    ("feeds/hotline.yaml", "zone: Asia/Shanghai", "zone: CST+8", "unknown_zone", None),
    ("feeds/hotline.yaml", "crs: GCJ-02", "crs: ''", "crs_undeclared", None),
    ("feeds/hotline.yaml", "crs: GCJ-02", "crs: GCJ02", "crs_unknown", None),
    ("feeds/hotline.yaml", "crs: GCJ-02", "crs: {local: {}}", "crs_bad_local", None),
    ("feeds/hotline.yaml", "crs: GCJ-02", "crs: WGS-84\nencoding: gbx", "unknown_encoding", 4),
    ("feeds/hotline.yaml", "  type: {from", "  typ: {from", "unknown_target", None),
    ("feeds/hotline.yaml", "  type: {from", "  typ: {from", "missing_column", 6),
    ("feeds/hotline.yaml", "%Y-%m-%d %H:%M", "%H:%M", "bad_format", None),
    ("feeds/hotline.yaml", "%Y-%m-%d %H:%M", "%Y-%m-%d %Q", "bad_format", None),
    ("feeds/hotline.yaml", "%Y-%m-%d %H:%M", "%Y-%m-%d %I:%M", "bad_format", None),
    ("feeds/hotline.yaml", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M%z", "bad_format", None),
    ("feeds/hotline.yaml", "[done], as: local_time", "[done]", "not_a_time", None),
    ("feeds/hotline.yaml", "from: [x]", "from: []", "missing", None),
    ("feeds/hotline.yaml", "  lat: {from: [y], as: decimal}\n", "", "missing_column", 6),
    ("feeds/hotline.yaml", '"was resolved"', '"(resolved"', "bad_pattern", None),
    ("feeds/hotline.yaml", '"was resolved"', '"Resolved"', "bad_pattern", None),
    ("feeds/hotline.yaml", '"was resolved"', '"x*"', "bad_pattern", None),
    ("feeds/hotline.yaml", '"was resolved"', '"a duplicate"', "overlapping_patterns", None),
    ("feeds/rain.yaml", "unit: mm\n", "unit: furlong\n", "unknown_unit", None),
    ("feeds/rain.yaml", "unit: mm\n", "unit: h\n", "other_dimension", None),
    ("feeds/rain.yaml", "interval_s: 86400", "interval_s: 0", "missing_key", None),
    ("feeds/rain.yaml", "property: rain\n", "", "missing_key", 1),
    ("fusing.yaml", "group: reason", "group: reson", "unknown_attribute", None),
    ("fusing.yaml", "source", "gaps_s: [60, 60]\nsource", "order", None),
    ("routing.yaml", "area, reason", "area, reson", "unknown_attribute", None),
    ("routing.yaml", "- [type]", "- [type, type]", "bad_context", None),
    ("properties.yaml", "high: 100", "high: 0", "bad_range", None),
    ("properties.yaml", "unit: percent", "unit: furlong", "unknown_unit", None),
    ("properties.yaml", "high: 100", "high: 1e12", "out_of_range", None),
    ("sensor_signs.yaml", "property: gas\n", "property: gass\n", "unknown_reference", None),
    ("sensor_signs.yaml", "unit: percent", "unit: furlong", "unknown_unit", None),
    ("sensor_signs.yaml", "unit: ratio", "unit: ppm", "unknown_unit", None),
    ("sensor_signs.yaml", "window_s: 300", "window_s: 301", "bad_window", None),
    ("sensor_signs.yaml", "pane_s: 60", "pane_s: 1", "bad_window", None),
    ("sensor_signs.yaml", "window_s: 300", "window_s: 300\n    tumbling: true", "bad_window", None),
    ("sensor_signs.yaml", "how: mean", "how: share", "no_state", 3),
    ("sensor_signs.yaml", "how: mean", "how: sum\n    weighted: true", "senseless", 6),
    ("sensor_signs.yaml", "  health:", "  gas_mean:", "duplicate_sign", None),
    ("sensor_signs.yaml", "gas_mean: {bad", "gas_most: {bad", "unknown_part", None),
    ("sensor_signs.yaml", "bad: 100, good: 0", "bad: 1, good: 1", "bad_range", None),
    ("bands.yaml", "district: {judge: value", "district: {judge: surprise", "no_baseline", None),
    ("bands.yaml", "      district: {", "      subdistrict: {", "no_level", None),
    ("processes.yaml", "start: file", "start: begin", "unknown_step", None),
    ("processes.yaml", "close: closed", "close: close", "unknown_step", None),
    ("processes.yaml", "closed: {role: d, ends: true}", "closed: {role: d}", "dead_end", None),
    ("processes.yaml", "    source", "      x: {role: y, ends: true}\n    source",
     "unreachable_step", None),
    ("response.yaml", "  storm:", "  strom:", "unknown_plan", None),
    ("response.yaml", ", zh: 暴雨预案", "", "missing", None),
    ("processes.yaml", "pass: verify, fail: handle", "fail: handle", "no_way", None),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "code", "line"), BROKEN)
def test_a_mistake_is_named_with_its_line(
    file: str, old: str, new: str, code: str, line: int | None
) -> None:
    text = PACK[file]
    assert old in text
    where = text[: text.index(old)].count("\n") + 1 if line is None else line
    broken = encoded({**PACK, file: text.replace(old, new, 1)})
    assert (file, where, code) in found(broken)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, (".", 0, "empty_pack")),
        ({"cities.yaml": b""}, ("cities.yaml", 0, "unknown_file")),
        ({"feeds/x.yml": b""}, ("feeds/x.yml", 0, "unknown_file")),
        ({"feeds/X Y.yaml": b"kind: reports"}, ("feeds/X Y.yaml", 0, "pattern")),
        ({"city.yaml": b"\xff\xfe\xff"}, ("city.yaml", 1, "undecodable")),
        ({"units.csv": b"code,name\nx,a\0b\n"}, ("units.csv", 2, "undecodable")),
        ({"city.yaml": b"# nothing\n"}, ("city.yaml", 1, "empty_file")),
        ({"city.yaml": b"- a\n"}, ("city.yaml", 1, "wrong_type")),
        ({"units.csv": b""}, ("units.csv", 1, "empty_file")),
    ],
)
def test_files_that_cannot_be_read_are_named(files: Files, expected: tuple[str, int, str]) -> None:
    assert expected in found({**encoded(), **files} if files else {})


@pytest.mark.parametrize("section", [one for one in SECTIONS if not one.optional])
def test_a_missing_file_is_named(section: object) -> None:
    path = section.source.path  # type: ignore[attr-defined]
    kept = {name: text for name, text in encoded().items() if not name.startswith(path)}
    assert len(kept) < len(PACK)
    assert any(name.startswith(path) and code == "missing_file" for name, _, code in found(kept))


def test_all_mistakes_are_named_at_once() -> None:
    files = dict(PACK)
    expected = set()
    for file, old, new, code in (
        ("city.yaml", "zone: Asia/Shanghai", "zone: Nowhere", "unknown_zone"),
        ("areas.csv", "north,district", "north,distrikt", "not_allowed"),
        (
            "case_types.csv",
            "lamp,Street lamp,,roads",
            "lamp,Street lamp,,rods",
            "unknown_reference",
        ),
        ("feeds/hotline.yaml", "silent_after_s: 3600", "silent_after_s: 1", "out_of_range"),
        ("feeds/rain.yaml", "crs: WGS-84", "crs: WGS84", "crs_unknown"),
        ("processes.yaml", "start: file", "start: fill", "unknown_step"),
    ):
        line = files[file][: files[file].index(old)].count("\n") + 1
        files[file] = files[file].replace(old, new, 1)
        expected.add((file, line, code))
    assert found(encoded(files)) == expected


def test_a_row_that_cannot_be_read_makes_no_false_references() -> None:
    broken = PACK["units.csv"].replace("roads,Roads,department,", "roads,Roads")
    assert found(encoded({**PACK, "units.csv": broken})) == {("units.csv", 2, "columns")}


def test_a_table_that_breaks_off_makes_no_false_references() -> None:
    broken = 'code,name,kind,parent\nx,"Ro\n' + PACK["units.csv"].split("\n", 1)[1]
    assert found(encoded({**PACK, "units.csv": broken})) == {("units.csv", 2, "unparseable")}


def test_a_section_that_is_not_there_makes_no_false_references() -> None:
    kept = encoded()
    del kept["units.csv"]
    assert found(kept) == {("units.csv", 0, "missing_file")}


def test_a_file_with_too_many_values_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "MAX_NODES", 40)
    files = encoded({**PACK, "city.yaml": PACK["city.yaml"] + "more: [" + "x, " * 40 + "]\n"})
    assert ("city.yaml", 9, "too_large") in found(files)


def test_a_table_with_too_many_columns_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_COLUMNS", 5)
    broken = PACK["areas.csv"].replace("aliases", "aliases,name_zh")
    assert ("areas.csv", 1, "columns") in found(encoded({**PACK, "areas.csv": broken}))


def test_mistakes_beyond_the_bound_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_MISTAKES", 5)
    rows = "".join(f"u{number},,x,nobody\n" for number in range(20))
    checked = verdict(encoded({**PACK, "units.csv": PACK["units.csv"] + rows}))
    assert len(checked.mistakes) == 5
    assert checked.more == 35


@pytest.mark.parametrize(
    ("file", "old", "new", "remedy"),
    [
        ("city.yaml", "zone: Asia", "zome: Asia", "did you mean 'zone'?"),
        ("case_types.csv", "working_hours,roads,", "working_hours,raods,", "did you mean 'roads'?"),
        ("areas.csv", "north,district", "north,distrikt", "did you mean 'district'?"),
        ("city.yaml", "id: smallville", "id: 310101", "put it in quotes"),
        ("response.yaml", "  storm:", "  strom:", "did you mean 'storm'?"),
    ],
)
def test_the_remedy_says_what_to_do(file: str, old: str, new: str, remedy: str) -> None:
    checked = verdict(encoded({**PACK, file: PACK[file].replace(old, new, 1)}))
    assert any(remedy in mistake.remedy for mistake in checked.mistakes)


def test_a_cell_is_named_with_its_column() -> None:
    broken = PACK["assets.csv"].replace("121.1", "east")
    checked = verdict(encoded({**PACK, "assets.csv": broken}))
    assert [mistake.place for mistake in checked.mistakes] == [Place("assets.csv", 2, "lon")]


def test_mistakes_of_reading_the_folder_are_kept() -> None:
    before = Mistake(Place("a"), "outside", "the link leaves the pack", "copy it")
    assert before in check(encoded(), SECTIONS, found=[before]).mistakes
    assert check(encoded(), SECTIONS, found=[before]).resolved is None


# --- nothing that is read makes the checker fall over ------------------------------------------
@given(file=st.sampled_from(sorted(PACK)), content=st.binary(max_size=200))
def test_any_bytes_get_a_verdict(file: str, content: bytes) -> None:
    verdict({**encoded(), file: content})


@given(file=st.sampled_from(sorted(PACK)), data=st.data())
def test_any_cut_and_any_swap_gets_a_verdict(file: str, data: st.DataObject) -> None:
    text = PACK[file]
    at = data.draw(st.integers(0, len(text)))
    put = data.draw(st.text(alphabet="[]{}:-,\"'\n #&*!|>%@x0", max_size=4))
    skip = data.draw(st.integers(0, 6))
    checked = verdict(encoded({**PACK, file: text[:at] + put + text[at + skip :]}))
    assert (checked.resolved is None) == bool(checked.mistakes)
    lines = (text[:at] + put + text[at + skip :]).count("\n") + 2
    assert all(one.place.line <= lines for one in checked.mistakes if one.place.file == file)


def test_a_pack_without_sensors_knows_the_signs_of_its_bands_too() -> None:
    lean = {
        name: text
        for name, text in PACK.items()
        if name not in ("properties.yaml", "sensor_signs.yaml")
    }
    assert ("bands.yaml", 6, "unknown_reference") in found(encoded(lean))
