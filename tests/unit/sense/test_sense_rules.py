"""Rows become reports, values and outcomes, or a refusal that names its field and reason."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chengyun.adapters.files.tables import Row, open_table
from chengyun.app.intake import refusal_command
from chengyun.kernel.crs import KnownCrs, Point, distance_mm, from_inside
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import HOUR_US, Instant, from_datetime
from chengyun.kernel.limits import MAX_ID_CHARS, MAX_TEXT_CHARS
from chengyun.sense.policy import Feed
from chengyun.sense.rules import Reading, Registers

REGISTERS = Registers(
    types=frozenset({"pothole", "lamp"}),
    area_of={"Ferry": "f1", "f1": "f1"}.get,
    box=(-71.20, 42.22, -70.85, 42.41),
)
COLUMNS: dict[str, Any] = {
    "id": {"from": ["number", "case_id"], "as": "id", "required": True},
    "opened_at": {
        "from": ["opened"],
        "as": "local_time",
        "formats": ["%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M"],
        "required": True,
    },
    "due_at": {"from": ["promised"], "as": "local_time", "empty": ["never"]},
    "type": {"from": ["kind"], "as": "case_type", "required": True},
    "title": {"from": ["subject"]},
    "text": {"from": ["words"]},
    "channel": {"from": ["way"], "allowed": ["phone", "web"], "empty": ["-"]},
    "area": {"from": ["where"], "as": "area"},
    "place_text": {"from": ["address"]},
    "lon": {"from": ["x"], "as": "decimal", "empty": ["NULL"]},
    "lat": {"from": ["y"], "as": "decimal", "empty": ["NULL"]},
    "caller": {"from": ["caller"], "personal": True},
    "phone": {"from": ["phone"], "personal": True, "allowed": ["1", "2"]},
}
GOOD = {
    "number": "A-1",
    "opened": "2011-07-01 09:30:00",
    "promised": "",
    "kind": "pothole",
    "subject": "a hole",
    "words": "deep",
    "way": "phone",
    "where": "Ferry",
    "address": "1 Elm St",
    "x": "-71.06",
    "y": "42.36",
    "caller": "",
    "phone": "",
    "ward": " 12 ",
}


def feed(**changes: Any) -> Feed:
    declared: dict[str, Any] = {
        "kind": "reports",
        "zone": "America/New_York",
        "crs": "WGS-84",
        "channel": "unknown",
        "silent_after_s": 3600,
        "columns": COLUMNS,
        "attributes": {"ward": ["ward"], "absent": ["not there"]},
        "source": "test",
    }
    return msgspec.convert(declared | changes, Feed)


def read(row: dict[str, str] | None = None, declared: Feed | None = None) -> Any:
    cells = GOOD | (row or {})
    reading = Reading(declared or feed(), tuple(cells), REGISTERS)
    return reading.report(tuple(cells.values()))


def utc(*when: int) -> Instant:
    return from_datetime(datetime(*when, tzinfo=UTC))  # type: ignore[arg-type]


def test_a_sound_row() -> None:
    report = read()
    assert report.id == "A-1"
    assert report.opened_at == utc(2011, 7, 1, 13, 30)
    assert report.due_at is None
    assert (report.type, report.title, report.text) == ("pothole", "a hole", "deep")
    assert (report.channel, report.area, report.place_text) == ("phone", "f1", "1 Elm St")
    assert (report.place.lon_e7, report.place.lat_e7) == (-710600000, 423600000)
    assert report.attributes == {"ward": "12"}
    assert (report.personal, report.notes) == ({}, [])


BAD = {
    "no id": ({"number": " "}, "missing", "id"),
    "long id": ({"number": "x" * (MAX_ID_CHARS + 1)}, "too_long", "id"),
    "control characters in the id": ({"number": "a\x07b"}, "unprintable", "id"),
    "no time": ({"opened": ""}, "missing", "opened_at"),
    "no such day": ({"opened": "2011-02-30 10:00:00"}, "impossible_time", "opened_at"),
    "no such hour": ({"opened": "2011-07-01 25:00:00"}, "impossible_time", "opened_at"),
    "no time at all": ({"opened": "yesterday"}, "impossible_time", "opened_at"),
    "too early": ({"opened": "1899-07-01 10:00:00"}, "impossible_time", "opened_at"),
    "too late": ({"opened": "2999-07-01 10:00:00"}, "impossible_time", "opened_at"),
    "an offset in a local time": (
        {"opened": "2011-07-01 10:00:00+02:00"},
        "impossible_time",
        "opened_at",
    ),
    "an hour the clock skipped": (
        {"opened": "2011-03-13 02:30:00"},
        "skipped_local_time",
        "opened_at",
    ),
    "a promise that cannot be": ({"promised": "2011-13-01 00:00:00"}, "impossible_time", "due_at"),
    "a promise in the skipped hour": (
        {"promised": "2011-03-13 02:30:00"},
        "skipped_local_time",
        "due_at",
    ),
    "no type": ({"kind": ""}, "missing", "type"),
    "an unknown type": ({"kind": "dragon"}, "unknown_type", "type"),
    "a channel that is not allowed": ({"way": "pigeon"}, "not_allowed", "channel"),
    "only one coordinate": ({"x": ""}, "not_a_coordinate", "lon, lat"),
    "a coordinate in words": ({"x": "west"}, "not_a_coordinate", "lon, lat"),
    "a coordinate that is no number": ({"x": "nan"}, "not_a_number", "lon, lat"),
    "no place on Earth": ({"y": "142.36"}, "out_of_range", "lon, lat"),
    "outside the city": ({"x": "-70.5"}, "outside_city", "lon, lat"),
    "axes swapped": ({"x": "42.36", "y": "-71.06"}, "outside_city", "lon, lat"),
    "a very long text": ({"words": "x" * (MAX_TEXT_CHARS + 1)}, "too_long", "text"),
    "a very long type": ({"kind": "x" * (MAX_TEXT_CHARS + 1)}, "too_long", "type"),
}


@pytest.mark.parametrize(("row", "code", "field"), BAD.values(), ids=list(BAD))
def test_a_bad_row_is_refused_with_code_and_field(
    row: dict[str, str], code: str, field: str
) -> None:
    with pytest.raises(Rejected) as refused:
        read(row)
    assert refused.value.code == code
    assert refused.value.remedy
    kept = refusal_command("f", "file", 7, Instant(0), refused.value, "raw")
    assert (kept.code, kept.field, kept.row) == (code, field, 7)
    assert all(len(value) <= 500 for value in kept.params.values())


def test_what_says_nothing_is_nothing() -> None:
    report = read({"promised": "never", "way": "-", "x": "NULL", "y": "NULL", "where": ""})
    assert (report.due_at, report.channel, report.place, report.area) == (
        None,
        "unknown",
        None,
        "",
    )


def test_blanks_around_a_value_are_not_part_of_it() -> None:
    report = read({"number": " A-1 ", "kind": " lamp ", "x": " -71.06 "})
    assert (report.id, report.type) == ("A-1", "lamp")


def test_an_unknown_area_is_noted_and_the_report_taken() -> None:
    report = read({"where": "Atlantis"})
    assert report.area == ""
    assert report.notes == ["unknown_area:Atlantis"]


def test_formats_are_tried_in_order() -> None:
    assert read({"opened": "01.07.2011 09:30"}).opened_at == utc(2011, 7, 1, 13, 30)


# --- local times ------------------------------------------------------------------------------
def test_of_an_hour_that_comes_twice_the_first_is_taken_and_noted() -> None:
    report = read({"opened": "2011-11-06 01:30:00", "promised": "2011-11-06 01:45:00"})
    assert report.opened_at == utc(2011, 11, 6, 5, 30)
    assert report.due_at == utc(2011, 11, 6, 5, 45)
    assert report.notes == [
        "ambiguous_local_time:opened_at:first",
        "ambiguous_local_time:due_at:first",
    ]


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ("2011-03-13 01:59:59", utc(2011, 3, 13, 6, 59, 59)),
        ("2011-03-13 03:00:00", utc(2011, 3, 13, 7, 0)),
        ("2011-11-06 00:59:59", utc(2011, 11, 6, 4, 59, 59)),
        ("2011-11-06 02:00:00", utc(2011, 11, 6, 7, 0)),
    ],
)
def test_around_a_change_of_the_clocks(local: str, expected: Instant) -> None:
    report = read({"opened": local})
    assert (report.opened_at, report.notes) == (expected, [])


def test_an_iso_time_brings_its_own_offset_and_its_field_is_named() -> None:
    iso = feed(columns=COLUMNS | {"opened_at": {"from": ["opened"], "as": "iso_time"}})
    assert read({"opened": "2011-07-01T09:30:00+08:00"}, iso).opened_at == utc(2011, 7, 1, 1, 30)
    for wrong in ("2011-07-01T09:30:00", "soon"):
        with pytest.raises(Rejected) as refused:
            read({"opened": wrong}, iso)
        assert refused.value.params["field"] == "opened_at"
    with pytest.raises(Rejected, match="no possible time"):
        read({"opened": "0001-01-01T00:00:00+00:00"}, iso)


def test_a_required_time_is_required() -> None:
    strict = feed(
        columns=COLUMNS | {"due_at": {"from": ["promised"], "as": "local_time", "required": True}}
    )
    with pytest.raises(Rejected, match="due_at is empty"):
        read({}, strict)


# --- reference systems ------------------------------------------------------------------------
def test_coordinates_are_turned_into_the_system_inside() -> None:
    tower = Point(1214998000, 312397000)
    lon, lat = from_inside(KnownCrs.GCJ_02, tower)
    moved = distance_mm(tower, Point(round(lon * 1e7), round(lat * 1e7)))
    assert moved > 300_000
    registers = msgspec.structs.replace(REGISTERS, box=(121.0, 31.0, 122.0, 32.0))
    cells = GOOD | {"x": f"{lon:.7f}", "y": f"{lat:.7f}"}
    for crs, apart_mm in (("GCJ-02", 0), ("WGS-84", moved)):
        place = Reading(feed(crs=crs), tuple(cells), registers).report(tuple(cells.values())).place
        assert place is not None
        apart = distance_mm(tower, Point(place.lon_e7, place.lat_e7))
        assert abs(apart - apart_mm) < 50


def test_an_undeclared_reference_system_is_refused() -> None:
    for crs in ("", "EPSG:9999", {}):
        with pytest.raises(Rejected, match="reference system"):
            read({}, feed(crs=crs))


# --- personal data ----------------------------------------------------------------------------
def test_personal_fields_go_to_the_seal_and_nowhere_else() -> None:
    report = read({"caller": "Li Ming", "phone": "2"})
    assert report.personal == {"caller": "Li Ming", "phone": "2"}
    public = msgspec.structs.replace(report, personal={})
    assert "Li Ming" not in str(public)


def test_a_text_declared_personal_is_no_public_text() -> None:
    sealed = feed(columns=COLUMNS | {"text": {"from": ["words"], "personal": True}})
    report = read({"words": "I am Li Ming"}, sealed)
    assert (report.text, report.personal["text"]) == ("", "I am Li Ming")


def test_a_refused_personal_value_is_not_repeated_in_the_reason() -> None:
    with pytest.raises(Rejected) as refused:
        read({"phone": "138 0000"})
    assert refused.value.code == "not_allowed"
    assert "138" not in str(refused.value)
    assert "138" not in str(refused.value.params)


# --- files ------------------------------------------------------------------------------------
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_chinese_in_either_encoding_reads_the_same(tmp_path: Path, encoding: str) -> None:
    cells = GOOD | {"subject": "井盖丢失", "address": "渡口路12号", "caller": "李明"}
    path = tmp_path / "calls.csv"
    text = ",".join(cells) + "\n" + ",".join(cells.values()) + "\n"
    path.write_bytes(text.encode(encoding))
    with open_table(path) as table:
        row = next(iter(table))
        assert isinstance(row, Row)
        report = Reading(feed(), table.columns, REGISTERS).report(row.values)
    assert (report.title, report.place_text) == ("井盖丢失", "渡口路12号")
    assert report.personal == {"caller": "李明"}


def test_of_several_names_the_first_that_is_there_is_read() -> None:
    cells = {"case_id": "B-9"} | {name: cell for name, cell in GOOD.items() if name != "number"}
    assert Reading(feed(), tuple(cells), REGISTERS).report(tuple(cells.values())).id == "B-9"


def test_a_file_of_another_schema_is_refused_as_a_whole() -> None:
    with pytest.raises(Rejected) as refused:
        Reading(feed(), ("a", "b"), REGISTERS)
    assert refused.value.code == "other_schema"
    assert "id (number or case_id)" in refused.value.params["missing"]
    assert "opened_at (opened)" in refused.value.params["missing"]


# --- recorded handling ------------------------------------------------------------------------
OUTCOME = {
    "closed_at": {"from": ["done"], "as": "local_time"},
    "unit": {"from": ["by"]},
    "outcome": {"from": ["result"]},
    "text": {"from": ["closing"]},
    "duplicate_of": {"from": ["same_as"]},
    "kinds": {"duplicate": ["duplicate of"], "resolved": ["^done", "filled"]},
}
HANDLED = {"done": "2011-07-02 10:00:00", "by": "roads", "result": "", "closing": "", "same_as": ""}


def outcome(row: dict[str, str]) -> Any:
    cells = GOOD | HANDLED | row
    return Reading(feed(outcome=OUTCOME), tuple(cells), REGISTERS).outcome(tuple(cells.values()))


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"result": "invalid", "closing": "Done."}, "invalid"),
        ({"closing": "DONE: hole FILLED"}, "resolved"),
        ({"closing": "Duplicate of 17, filled"}, "duplicate"),
        ({"closing": "who knows"}, "other"),
        ({}, "other"),
    ],
)
def test_an_outcome_is_read_or_found_in_the_closing_text(
    row: dict[str, str], expected: str
) -> None:
    assert outcome(row).outcome == expected


def test_what_is_not_closed_has_no_outcome_whatever_else_is_written() -> None:
    assert outcome({"done": "", "result": "resolved"}) is None
    cells = tuple(GOOD)
    assert Reading(feed(), cells, REGISTERS).outcome(tuple(GOOD.values())) is None


def test_a_report_does_not_know_its_outcome() -> None:
    cells = GOOD | HANDLED | {"result": "HIDDEN", "by": "HIDDEN", "closing": "HIDDEN"}
    declared = feed(outcome=OUTCOME)
    report = Reading(declared, tuple(cells), REGISTERS).report(tuple(cells.values()))
    assert "HIDDEN" not in str(report)


# --- measured values --------------------------------------------------------------------------
def measured(value: str, source: str, unit: str = "mm") -> int:
    declared = msgspec.convert(
        {
            "kind": "observations",
            "zone": "America/New_York",
            "crs": "WGS-84",
            "silent_after_s": 3600,
            "columns": {
                "observed_at": {"from": ["day"], "as": "date", "formats": ["%Y-%m-%d"]},
                "value": {"from": ["v"], "as": "decimal", "unit": source},
            },
            "property": "rain",
            "unit": unit,
            "interval_s": 86400,
            "area": "city",
            "source": "test",
        },
        Feed,
    )
    row = Reading(declared, ("day", "v"), REGISTERS).observation(("2011-07-01", value))
    assert (row.area, row.until_at - row.from_at) == ("city", 24 * HOUR_US)
    return row.value_micro


@pytest.mark.parametrize(
    ("value", "source", "micro"),
    [
        ("79", "0.1 mm", 7_900_000),
        ("1", "in", 25_400_000),
        ("0.01", "0.01 in", 2_540),
        ("0", "m", 0),
        ("-1.5", "cm", -15_000_000),
        ("12.3456789", "mm", 12_345_679),
        ("12.3456785", "mm", 12_345_678),
    ],
)
def test_units_are_converted_exactly(value: str, source: str, micro: int) -> None:
    assert measured(value, source) == micro


@pytest.mark.parametrize(
    ("value", "source", "code"),
    [
        ("", "mm", "missing"),
        ("wet", "mm", "not_a_number"),
        ("NaN", "mm", "not_a_number"),
        ("Infinity", "mm", "not_a_number"),
        ("1e13", "mm", "not_a_number"),
        ("1", "furlong", "unknown_unit"),
        ("1", "min", "other_dimension"),
    ],
)
def test_a_value_that_is_none_is_refused(value: str, source: str, code: str) -> None:
    with pytest.raises(Rejected) as refused:
        measured(value, source)
    assert refused.value.code == code
