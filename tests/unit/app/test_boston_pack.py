"""The pack of the recorded city is sound, holds names only, and knows its data."""

import csv
import gzip
import os
import re
from pathlib import Path
from typing import TypeVar

import pytest

from chengyun.adapters.files.docstrings import field_docs
from chengyun.adapters.files.packs import read_pack
from chengyun.adapters.files.tables import Row, open_table
from chengyun.app.pack_sections import SECTIONS
from chengyun.citypack.checking import check
from chengyun.citypack.resolving import Resolved
from chengyun.citypack.schemas import schemas
from chengyun.facts.registers import Areas, CaseTypes, City, Units
from chengyun.sense.policy import Feed, Feeds

ROOT = Path(__file__).resolve().parents[3]
PACK = ROOT / "cities" / "boston-311"
DATA = Path(os.environ.get("CHENGYUN_DATA", ROOT.parent / "shared" / "data")) / "boston-311"

S = TypeVar("S")

needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"no recorded requests in {DATA}")

OLDER = [
    "case_enquiry_id",
    "open_dt",
    "target_dt",
    "closed_dt",
    "ontime",
    "case_status",
    "closure_reason",
    "case_title",
    "subject",
    "reason",
    "type",
    "queue",
    "department",
    "SubmittedPhoto",
    "ClosedPhoto",
    "location",
    "fire_district",
    "pwd_district",
    "city_council_district",
    "police_district",
    "neighborhood",
    "neighborhood_services_district",
    "ward",
    "precinct",
    "location_street_name",
    "location_zipcode",
    "latitude",
    "longitude",
    "source",
]
NEWER = [
    "case_enquiry_id",
    "open_dt",
    "sla_target_dt",
    "closed_dt",
    "on_time",
    "case_status",
    "closure_reason",
    "case_title",
    "subject",
    "reason",
    "type",
    "queue",
    "department",
    "submitted_photo",
    "closed_photo",
    "location",
    "fire_district",
    "pwd_district",
    "city_council_district",
    "police_district",
    "neighborhood",
    "neighborhood_services_district",
    "ward",
    "precinct",
    "location_street_name",
    "location_zipcode",
    "latitude",
    "longitude",
    "geom_4326",
    "source",
]


@pytest.fixture(scope="module")
def pack() -> Resolved:
    files, refused = read_pack(PACK)
    checked = check(files, SECTIONS, found=refused)
    assert checked.mistakes == ()
    assert checked.resolved is not None
    return checked.resolved


def section(pack: Resolved, shape: type[S]) -> S:
    found = pack.sections[shape.SECTION]  # type: ignore[attr-defined]
    assert isinstance(found, shape)
    return found


def requests(pack: Resolved) -> Feed:
    return section(pack, Feeds).feeds["requests"]


@pytest.mark.parametrize("columns", [OLDER, NEWER])
def test_both_public_schemas_are_read(pack: Resolved, columns: list[str]) -> None:
    feed = requests(pack)
    for name, column in feed.columns.items():
        assert set(column.from_) & set(columns), name
    for name, sources in feed.attributes.items():
        assert set(sources) & set(columns), name
    assert feed.outcome is not None
    assert feed.outcome.text is not None
    assert feed.outcome.text.from_ == ["closure_reason"]


def test_nothing_that_is_known_later_is_read_as_part_of_the_request(pack: Resolved) -> None:
    later = {
        "queue", "department", "closed_dt", "ontime", "on_time", "case_status", "closure_kind",
        "closure_reason", "duplicate_of", "closed_photo", "ClosedPhoto",
    }  # fmt: skip
    feed = requests(pack)
    read = {name for column in feed.columns.values() for name in column.from_}
    read |= {name for sources in feed.attributes.values() for name in sources}
    assert not read & later


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Case Closed. Duplicate of Existing Case", "duplicate"),
        ("Case Invalid: not a city street", "invalid"),
        ("No access to the yard", "no_access"),
        ("Case Resolved: filled the pothole", "resolved"),
        ("Case Scheduled for Friday", "scheduled"),
        ("Noted", ""),
    ],
)
def test_closing_texts_have_a_kind(pack: Resolved, text: str, kind: str) -> None:
    outcome = requests(pack).outcome
    assert outcome is not None
    kinds = [
        name
        for name, patterns in outcome.kinds.items()
        if any(re.search(pattern, text.casefold()) for pattern in patterns)
    ]
    assert kinds == ([kind] if kind else [])


def test_names_that_overlap_stay_separate_areas(pack: Resolved) -> None:
    areas = section(pack, Areas).areas
    for one, other in (
        ("Brighton", "Allston / Brighton"),
        ("South Boston", "South Boston / South Boston Waterfront"),
        ("Mattapan", "Greater Mattapan"),
        ("Boston", "boston"),
    ):
        assert one in areas
        assert other in areas
    names = [area.name.casefold() for area in areas.values()]
    assert len(set(names)) == len(names)


def test_no_rule_and_no_table_was_made_from_the_data(pack: Resolved) -> None:
    assert "duty_list" not in pack.sections
    types = section(pack, CaseTypes).types.values()
    assert not any(
        (one.time_limit, one.owner, one.fallback, one.filing_condition, one.closing_condition)
        != ("", "", "", "", "")
        for one in types
    )


@needs_data
@pytest.mark.parametrize("file", ["2011-07-01--2011-08-20", "2011-09-10--2011-11-10"])
def test_every_name_in_the_data_is_in_the_pack(pack: Resolved, file: str) -> None:
    path = DATA / f"requests-{file}.csv.gz"
    feed, box = requests(pack), section(pack, City).bounds
    types, units = section(pack, CaseTypes).types, section(pack, Units).units
    areas = section(pack, Areas).areas
    opened = open_table(path, encoding=feed.encoding, delimiter=feed.delimiter)
    place = {name: number for number, name in enumerate(opened.columns)}
    with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
        reference = list(csv.reader(stream))[1:]
    read = list(opened)
    assert [row.values for row in read if isinstance(row, Row)] == [*map(tuple, reference)]
    for values in reference:
        assert values[place["type"]].strip() in types
        assert values[place["queue"]].strip() in units
        assert values[place["neighborhood"]].strip() in {"", *areas}
        assert box.west <= float(values[place["longitude"]]) <= box.east
        assert box.south <= float(values[place["latitude"]]) <= box.north


# --- for editors ------------------------------------------------------------------------------
def test_checked_in_schemas_are_current() -> None:
    folder = ROOT / "cities" / "schemas"
    stored = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert stored == schemas(SECTIONS, field_docs), "run: chengyun pack schemas cities/schemas"


@pytest.mark.parametrize(
    "file", sorted(path.relative_to(PACK).as_posix() for path in PACK.rglob("*.yaml"))
)
def test_every_yaml_names_its_schema_to_editors(file: str) -> None:
    path = PACK / file
    found = re.match(r"# yaml-language-server: \$schema=(\S+)\n", path.read_text("utf-8"))
    assert found is not None
    schema = (path.parent / found[1]).resolve()
    assert schema.parent == ROOT / "cities" / "schemas"
    assert schema.is_file()
    expected = path.parent.name if path.parent != PACK else path.stem
    assert schema.stem == expected


def test_schemas_name_no_host_and_explain_fields() -> None:
    written = schemas(SECTIONS, field_docs)
    for name, content in written.items():
        assert re.search(rb'"\$id": "urn:chengyun:pack:[a-z_]+"', content), name
        hosts = set(re.findall(rb"https?://[^/\"]+", content))
        assert hosts <= {b"https://json-schema.org"}, name
    assert b"How far apart two reports about one thing may lie." in written["fusing.json"]
    assert b'"mon"' in written["calendar.json"]
