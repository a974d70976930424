"""Invented requests: their feed takes them, they are like real ones, a seed repeats them."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from chengyun.app import packs
from chengyun.citypack.resolving import Resolved, resolve
from chengyun.cli import sample as cli
from chengyun.facts.registers import Areas, City, Units
from chengyun.kernel.crs import Point, distance_mm
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import HOUR_US, to_datetime, zone
from chengyun.sense.policy import Column, Feed, Feeds
from chengyun.sense.rules import OutcomeRow, Reading, ReportRow
from chengyun.sim.demand import Sample, generate, request_feed, write_csv

ROOT = Path(__file__).resolve().parents[3]
BOSTON = ROOT / "cities" / "boston-311"
SMALL = ROOT / "tests" / "scenario" / "pack"
MONDAY = date(2026, 3, 2)

Both = tuple[ReportRow, OutcomeRow | None]


@pytest.fixture(scope="module")
def boston() -> Resolved:
    return packs.loaded(BOSTON)


@pytest.fixture(scope="module")
def small() -> Resolved:
    return packs.loaded(SMALL)


def made(pack: Resolved, **how: Any) -> Sample:
    return generate(pack, **({"seed": 7, "days": 14, "per_day": 100, "start": MONDAY} | how))


def read_back(pack: Resolved, sample: Sample) -> list[Both]:
    """Every row through the feed's own mapping; one that is refused fails the test."""
    feed = packs.section(pack, Feeds).feeds[sample.feed]
    reading = Reading(feed, sample.columns, packs.registers_of(pack))
    rows = [tuple(row[column] for column in sample.columns) for row in sample.rows]
    return [(reading.report(row), reading.outcome(row)) for row in rows]


@pytest.fixture(scope="module")
def both(boston: Resolved) -> list[Both]:
    return read_back(boston, made(boston, days=28))


def with_feed(pack: Resolved, **changes: Any) -> Resolved:
    name, feed = request_feed(pack)
    feeds = Feeds(feeds={name: msgspec.structs.replace(feed, **changes)})
    return resolve((pack.sections | {"feeds": feeds}).values())


# --- the same seed, the same bytes ------------------------------------------------------------
def test_a_seed_repeats_itself_and_another_differs(boston: Resolved, tmp_path: Path) -> None:
    for number, seed in enumerate((7, 7, 8)):
        write_csv(tmp_path / f"{number}.csv", made(boston, seed=seed, burst=True))
        write_csv(tmp_path / f"{number}.csv.gz", made(boston, seed=seed, burst=True))
    for suffix in ("csv", "csv.gz"):
        first, again, other = ((tmp_path / f"{n}.{suffix}").read_bytes() for n in range(3))
        assert first == again
        assert first != other
    plain = gzip.decompress((tmp_path / "0.csv.gz").read_bytes())
    assert plain == (tmp_path / "0.csv").read_bytes()


def test_ids_are_numbered_in_order_and_name_the_seed(both: list[Both]) -> None:
    ids = [report.id for report, _ in both]
    assert ids == [f"S7-{number:07d}" for number in range(1, len(both) + 1)]
    opened = [report.opened_at for report, _ in both]
    assert opened == sorted(opened)


# --- any pack ---------------------------------------------------------------------------------
@pytest.mark.parametrize("folder", [BOSTON, SMALL], ids=["boston", "small"])
def test_every_row_is_taken_by_its_own_feed(folder: Path) -> None:
    pack = packs.loaded(folder)
    sample = made(pack)
    for report, outcome in read_back(pack, sample):
        assert report.area in packs.section(pack, Areas).areas
        assert not report.notes
        if outcome is not None:
            assert outcome.unit in packs.section(pack, Units).units
            assert outcome.closed_at > report.opened_at
            assert not outcome.notes


LOCAL = {"local": {"central_meridian": 121.47, "latitude_of_origin": 31.23}}


@pytest.mark.parametrize(
    "crs", ["GCJ-02", "BD-09", "CGCS2000", LOCAL], ids=["GCJ-02", "BD-09", "CGCS2000", "local"]
)
def test_points_are_written_in_the_system_of_the_feed(small: Resolved, crs: Any) -> None:
    inside = {report.id: report.place for report, _ in read_back(small, made(small))}
    pack = with_feed(small, crs=crs)
    sample = made(pack)
    written = {row["number"]: row["lon"] for row in sample.rows}
    assert Counter(bool(lon) for lon in written.values())[True] > 1_000
    for report, _ in read_back(pack, sample):
        place = inside[report.id]
        assert (report.place is None) is (place is None)
        if place is not None and report.place is not None:
            there = Point(report.place.lon_e7, report.place.lat_e7)
            assert distance_mm(Point(place.lon_e7, place.lat_e7), there) < 100


def test_times_are_written_as_the_feed_reads_them(small: Resolved) -> None:
    columns = packs.section(small, Feeds).feeds["hotline"].columns
    iso = columns | {"opened_at": Column(from_=["received"], as_="iso_time", required=True)}
    pack = with_feed(small, columns=iso)
    assert "+08:00" in made(pack).rows[0]["received"]
    assert read_back(pack, made(pack))[0][0].opened_at // HOUR_US > 0


def test_only_allowed_values_are_written(small: Resolved) -> None:
    columns = packs.section(small, Feeds).feeds["hotline"].columns
    allowed = columns | {"title": Column(from_=["subject"], allowed=["A", "B"])}
    pack = with_feed(small, columns=allowed)
    assert {report.title for report, _ in read_back(pack, made(pack))} == {"A", "B"}


def test_personal_fields_hold_invented_people(small: Resolved) -> None:
    for report, _ in read_back(small, made(small)):
        assert report.personal["reporter"].startswith("Sample Person ")


def test_clocks_that_change_leave_no_doubt(boston: Resolved) -> None:
    """8 March and 1 November 2026: nothing in the hour that is skipped or comes twice."""
    for start in (date(2026, 3, 7), date(2026, 10, 31)):
        for report, outcome in read_back(boston, made(boston, start=start, days=3, per_day=800)):
            assert not report.notes
            assert outcome is None or not outcome.notes


def test_in_registered_grids_points_lie_in_those_of_their_area(small: Resolved) -> None:
    for report, _ in read_back(small, made(small)):
        if report.place is not None and report.area == "319902001001":
            middle = abs(report.place.lon_e7 - 1_214_750_000) < 10
            assert middle or 1_214_799_000 <= report.place.lon_e7 <= 1_214_811_000


# --- what real ones have ----------------------------------------------------------------------
def test_there_are_as_many_as_asked(both: list[Both]) -> None:
    assert 28 * 100 * 0.93 < len(both) < 28 * 100 * 1.07


def test_days_and_weeks_have_a_rhythm(both: list[Both]) -> None:
    local = [to_datetime(report.opened_at, zone("America/New_York")) for report, _ in both]
    by_hour = Counter(moment.hour for moment in local)
    assert by_hour[10] > 4 * by_hour[3]
    by_day = Counter(moment.weekday() for moment in local)
    assert by_day[0] > 1.3 * by_day[6]
    assert {moment.date() for moment in local} >= {date(2026, 3, 2), date(2026, 3, 29)}


def test_some_types_and_places_are_hot(both: list[Both]) -> None:
    types = Counter(report.type for report, _ in both)
    places = Counter(report.place_text for report, _ in both)
    assert types.most_common(1)[0][1] > 5 * len(both) / len(types) / 2
    assert places.most_common(1)[0][1] >= 5


def test_duplicates_are_later_reports_of_the_same_thing_while_it_was_open(
    both: list[Both],
) -> None:
    known = {report.id: (report, outcome) for report, outcome in both}
    again = [one for one in both if one[1] is not None and one[1].duplicate_of]
    assert 0.05 * len(both) < len(again) < 0.15 * len(both)
    for report, outcome in again:
        assert outcome is not None
        first, closing = known[outcome.duplicate_of]
        assert outcome.outcome == "duplicate"
        assert (report.type, report.area) == (first.type, first.area)
        assert first.opened_at <= report.opened_at
        assert closing is None or report.opened_at < closing.closed_at
        assert closing is None or (closing.unit == outcome.unit and not closing.duplicate_of)
        assert closing is None or outcome.closed_at <= closing.closed_at + HOUR_US
        if report.place is not None and first.place is not None:
            here, there = report.place, first.place
            apart = distance_mm(Point(here.lon_e7, here.lat_e7), Point(there.lon_e7, there.lat_e7))
            assert apart < 20_000
    assert all(
        outcome.outcome != "duplicate"
        for _, outcome in both
        if outcome is not None and not outcome.duplicate_of
    )


def test_what_is_open_and_reported_again_is_always_labelled(both: list[Both]) -> None:
    last: dict[tuple[str, str], Both] = {}
    met = 0
    for report, outcome in both:
        if outcome is not None and outcome.duplicate_of:
            continue
        thing = (report.type, report.place_text)
        if thing in last:
            met += 1
            before = last[thing][1]
            assert before is not None, "the first one is still open"
            assert before.closed_at <= report.opened_at + HOUR_US
        last[thing] = (report, outcome)
    assert met > 10


def test_units_depend_on_type_and_on_an_attribute_of_the_area(both: list[Both]) -> None:
    def right(key: Any) -> float:
        """Share of closings by the most frequent unit of each key."""
        counts: dict[Any, Counter[str]] = {}
        closed = [(report, outcome) for report, outcome in both if outcome is not None]
        for report, outcome in closed:
            counts.setdefault(key(report), Counter())[outcome.unit] += 1
        return sum(one.most_common(1)[0][1] for one in counts.values()) / len(closed)

    by_type = right(lambda report: report.type)
    by_district = right(lambda report: (report.type, report.attributes["city_council_district"]))
    assert by_type < 0.85
    assert 0.9 < by_district < 1.0


def test_the_duty_list_of_the_pack_is_followed(small: Resolved) -> None:
    units = Counter(
        outcome.unit
        for report, outcome in read_back(small, made(small))
        if outcome is not None and report.type == "manhole" and report.area == "319901001001"
    )
    assert units["river-drainage"] > 0.8 * units.total()


def test_some_close_late_and_some_not_at_all(both: list[Both]) -> None:
    due = [(report.due_at, outcome) for report, outcome in both if report.due_at is not None]
    late = sum(outcome is not None and outcome.closed_at > due_at for due_at, outcome in due)
    still_open = sum(outcome is None for _, outcome in both)
    assert 0.1 < late / len(due) < 0.4
    assert 0.02 < still_open / len(both) < 0.08
    assert any(report.due_at is None for report, _ in both)


def test_one_point_is_the_geocoders_unknown_and_some_have_no_point(both: list[Both]) -> None:
    places_at: dict[tuple[int, int], list[str]] = {}
    for report, _ in both:
        if report.place is not None:
            point = (report.place.lon_e7, report.place.lat_e7)
            places_at.setdefault(point, []).append(report.place_text)
    nowhere = max(places_at.values(), key=lambda places: len(set(places)))
    others = sorted(len(set(places)) for places in places_at.values())[:-1]
    assert len(set(nowhere)) >= 20
    assert max(others) < 8
    assert 0.02 < sum(report.place is None for report, _ in both) / len(both) < 0.08


def test_all_points_lie_in_the_city(boston: Resolved, both: list[Both]) -> None:
    box = packs.section(boston, City).bounds
    for report, _ in both:
        if report.place is not None:
            assert box.west < report.place.lon_e7 / 1e7 < box.east
            assert box.south < report.place.lat_e7 / 1e7 < box.north


def test_a_burst_is_one_type_in_one_area_for_three_hours(boston: Resolved) -> None:
    calm, burst = made(boston), made(boston, burst=True)
    assert calm.burst is None
    planned = burst.burst
    assert planned is not None
    assert planned.until_at - planned.from_at == 3 * HOUR_US

    def inside(sample: Sample) -> int:
        return sum(
            report.type == planned.type
            and report.area == planned.area
            and planned.from_at <= report.opened_at < planned.until_at
            for report, _ in read_back(boston, sample)
        )

    assert inside(burst) >= planned.requests >= 24
    assert inside(calm) < planned.requests / 4


# --- what cannot be ---------------------------------------------------------------------------
@pytest.mark.parametrize("how", [{"days": 0}, {"per_day": 0}, {"days": 10_000, "per_day": 10_000}])
def test_an_impossible_size_is_refused(small: Resolved, how: dict[str, int]) -> None:
    with pytest.raises(Rejected, match="cannot be made"):
        made(small, **how)


def test_a_pack_without_such_a_feed_is_refused(small: Resolved) -> None:
    with pytest.raises(Rejected, match="it has hotline"):
        made(small, feed="app")
    none = resolve((small.sections | {"feeds": Feeds(feeds={})}).values())
    with pytest.raises(Rejected, match="no feed of kind reports"):
        made(none)


def test_a_file_is_whole_or_not_there(small: Resolved, tmp_path: Path) -> None:
    pack = with_feed(small, encoding="ascii")
    sample = made(pack)
    sample.rows[0]["address"] = "渡口路"
    target = tmp_path / "a.csv"
    target.write_text("before")
    with pytest.raises(Rejected, match="cannot be written in ascii"):
        write_csv(target, sample)
    assert target.read_text() == "before"
    assert list(tmp_path.iterdir()) == [target]


def test_the_feeds_encoding_and_delimiter_are_used(small: Resolved, tmp_path: Path) -> None:
    pack = with_feed(small, encoding="gb18030", delimiter=";")
    sample = made(pack)
    sample.rows[0]["address"] = "渡口路"
    write_csv(tmp_path / "a.csv", sample)
    with (tmp_path / "a.csv").open(encoding="gb18030", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter=";"))
    assert rows[0]["address"] == "渡口路"
    assert len(rows) == len(sample.rows)


# --- the command ------------------------------------------------------------------------------
def run(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(cli.command, [str(one) for one in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def test_the_command_writes_a_file_and_says_what_is_in_it(tmp_path: Path) -> None:
    out = tmp_path / "new" / "calls.csv"
    options = ("--seed", "3", "--days", "4", "--per-day", "30", "--burst")
    code, printed = run(SMALL, "--out", out, *options, "--json")
    assert code == 0
    said = json.loads(printed)
    with out.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert said["requests"] == len(rows)
    assert said["duplicates"] == sum(bool(row["same_as"]) for row in rows)
    assert (said["file"], said["feed"], said["seed"]) == (str(out), "hotline", 3)
    assert said["burst"]["from"] == "2026-03-05T10:00:00+08:00"
    before = out.read_bytes()
    code, printed = run(SMALL, "--out", out, *options)
    assert code == 0
    assert "requests for the feed hotline" in printed
    assert "a burst of 24 " in printed
    assert out.read_bytes() == before


def test_the_command_refuses_what_it_cannot_do(tmp_path: Path) -> None:
    out = tmp_path / "calls.csv"
    for arguments, told in (
        ((tmp_path / "none", "--out", out), "is no folder"),
        ((SMALL, "--out", out, "--feed", "app"), "it has hotline"),
        ((SMALL, "--out", out, "--days", "0"), "not in the range"),
        ((SMALL, "--out", out, "--start", "soon"), "soon"),
        ((SMALL, "--out", tmp_path / "file" / "x.csv"), "cannot be written"),
    ):
        (tmp_path / "file").write_text("no folder")
        code, printed = run(*arguments)
        assert code != 0
        assert told in printed
        assert not out.exists()


def test_the_command_is_a_door_with_a_permission() -> None:
    assert cli.command.callback is not None
    assert cli.command.callback.__needs__ == "sim:run"  # type: ignore[attr-defined]


def test_a_feed_is_chosen_by_name(small: Resolved) -> None:
    feeds: dict[str, Feed] = packs.section(small, Feeds).feeds
    two = Feeds(feeds={"b": feeds["hotline"], "a": feeds["hotline"]})
    pack = resolve((small.sections | {"feeds": two}).values())
    assert made(pack).feed == "a"
    assert made(pack, feed="b").feed == "b"
