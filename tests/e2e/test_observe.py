"""Invented tables through the lane: what is unknown, not believed and refused is told, with why."""

import gzip
import shutil
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from observing import (
    COUNTS,
    MELBOURNE,
    PLACES,
    SHANGHAI,
    WEATHER,
    facts,
    observe,
    read,
    sensor,
    sign,
    write,
)

from chengyun.adapters.sql.reading import StoreReader
from chengyun.app.stages import TABLES
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import HOUR_US, SECOND_US

NO, DEW, HUMI, PRES, TEMP, WIND, RAIN = 0, 9, 10, 11, 12, 14, 15
HOURS = 72


def wall(*parts):
    """Return what a clock on a wall shows."""
    return datetime(*parts)  # noqa: DTZ001 - tables hold local times


MAY = wall(2012, 5, 1)


def weather(hours=HOURS, start=MAY):
    """Return calm hours in which every instrument says something else each time."""
    rows = []
    for hour in range(hours):
        at = start + timedelta(hours=hour)
        rows.append(
            [hour + 1, at.year, at.month, at.day, at.hour, 2, 40 + hour % 7, 42 + hour % 5,
             44 + hour % 3, 10 + hour % 2, 60 + hour % 9, 1010 + hour % 4, 20 + hour % 6, "SE",
             hour % 50, 0, 0]
        )  # fmt: skip
    return rows


def counts(hours=30, sensors=("1", "2", "9"), start=MAY):
    return [
        [f"{at:%d-%b-%Y}", f"{at:%A}", at.hour, one, f"place {one}", 100 + 7 * hour + int(one)]
        for hour in range(hours)
        for at in [start + timedelta(hours=hour)]
        for one in sensors
    ]


@pytest.fixture
def places(tmp_path):
    """The first two stand in the centre, the third is not in the table, a fourth never speaks."""
    rows = [["1", "-37.8135", "144.9652"], ["2", "-37.8138", "144.9652"], ["7", "-37.82", "144.94"]]
    return write(tmp_path / "places.csv", PLACES, rows)


def test_what_is_wrong_with_values_is_told_by_sensor_with_rule_and_limit(tmp_path):
    rows = weather()
    rows[5][RAIN] = 999_990
    rows[6][HUMI] = -9999
    rows[9][TEMP] = 45  # 21 degrees more than the hour before
    for hour in range(20, 50):
        rows[hour][PRES] = 1013
    rows[11][DEW] = rows[12][DEW] = "NA"
    rows[13][DEW] = ""
    report = observe(tmp_path / "out", SHANGHAI, write(tmp_path / "w.csv", WEATHER, rows))
    assert report["rows"] == HOURS
    assert report["unsaid"] == 3
    assert report["values"]["accepted"] == report["values"]["passed"] == HOURS * 9 - 3
    assert report["flagged"] == {"out_of_range": 2, "jump": 2, "stuck": 7}
    flagged = Counter((one["sensor"], one["rule"]) for one in read(tmp_path / "out/flagged.csv"))
    assert flagged == {
        ("weather:rain", "precipitation.high"): 1,
        ("weather:humidity", "humidity.low"): 1,
        ("weather:humidity", "humidity.max_step"): 1,
        ("weather:temperature", "temperature.max_step"): 1,
        ("weather:pressure", "pressure.stuck_after_s"): 7,
    }
    rain = next(line for line in report["flags"] if line["sensor"] == "weather:rain")
    assert rain["because"] == "999990 is above 300 mm"
    assert rain["from_at"] == "2012-05-01T05:00:00+08:00"
    stuck = next(line for line in report["flags"] if line["reason"] == "stuck")
    assert stuck["values"] == 7
    assert stuck["because"] == "1013 since 2012-05-01T19:00:00+08:00, 24 h"
    assert sensor(report, "weather:dew")["unknown"] == 3
    assert sensor(report, "weather:dew")["longest_slots"] == 3
    assert sensor(report, "weather:dew")["longest_from"] == "2012-05-01T11:00:00+08:00"
    assert sign(report, "rain_1h", "310000")["unknown"] == 1, "an error is unknown, not no rain"
    assert report["dead"] == []


def test_silence_is_found_when_it_would_have_been_and_ends_what_stood(tmp_path):
    rows = weather(12)
    rows[2][RAIN], rows[3][RAIN] = 30, 31
    for hour in range(4, 8):
        rows[hour][RAIN] = "NA"
    report = observe(tmp_path / "out", SHANGHAI, write(tmp_path / "w.csv", WEATHER, rows))
    silent = facts(tmp_path / "out", "shanghai-weather", "SensorsFellSilent")
    third = silent[0].happened_at
    assert [fact.body.groups[0].sensors for fact in silent] == [["weather:rain"]]
    assert datetime.fromisoformat("2012-05-01T03:00:00+08:00").timestamp() * SECOND_US == (
        third - 5_402 * SECOND_US
    )
    spoke = facts(tmp_path / "out", "shanghai-weather", "SensorsSpokeAgain")
    assert spoke[0].happened_at == third - 5_402 * SECOND_US + 5 * HOUR_US
    assert (report["fell_silent"], report["spoke_again"]) == (1, 1)
    warning = next(one for one in report["warnings"] if one["sign"] == "rain_3h")
    assert warning["level"] == "orange"
    assert warning["cleared"] == "2012-05-01T04:30:02+08:00"
    cleared = facts(tmp_path / "out", "shanghai-weather", "WarningCleared")
    assert {fact.body.code for fact in cleared if fact.body.sign == "rain_3h"} == {"unknown"}
    assert sign(report, "rain_3h", "310000")["unknown"] == 4


def test_a_warning_ends_in_the_lane_when_its_dwell_is_over_not_at_the_next_hour(tmp_path):
    pack = shutil.copytree(SHANGHAI, tmp_path / "pack")
    text = (pack / "bands.yaml").read_text("utf-8")
    (pack / "bands.yaml").write_text(text.replace("dwell_s: 10800", "dwell_s: 1800"), "utf-8")
    rows = weather(12)
    rows[2][RAIN] = 60
    observe(tmp_path / "out", pack, write(tmp_path / "w.csv", WEATHER, rows))
    crossed = [
        (one.kind, datetime.fromtimestamp(fact.happened_at / SECOND_US, UTC).strftime("%H:%M"))
        for fact in facts(tmp_path / "out", "shanghai-weather", "LevelsCrossed")
        for one in fact.body.crossings
        if one.sign == "rain_3h"
    ]
    assert crossed == [("raised", "18:00"), ("below", "21:00"), ("cleared", "21:30")]


def test_the_same_input_comes_to_the_same_state_byte_by_byte(tmp_path):
    rows = weather()
    rows[30][TEMP], rows[31][RAIN], rows[32][RAIN] = 39, 60, "NA"
    file = write(tmp_path / "w.csv", WEATHER, rows)
    reports = [observe(tmp_path / name, SHANGHAI, file) for name in ("a", "b")]
    assert reports[0]["state_hash"] == reports[1]["state_hash"]
    assert reports[0]["warnings"]
    for name in ("refused.csv", "flagged.csv", "store/stream/log/000000000001.seg"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    with StoreReader(tmp_path / "a" / "store") as reader:
        assert reader.state_hash(TABLES) == reports[0]["state_hash"]
    rows[30][TEMP] = 38
    other = observe(tmp_path / "c", SHANGHAI, write(tmp_path / "x.csv", WEATHER, rows))
    assert other["state_hash"] != reports[0]["state_hash"]


def test_a_counter_is_where_the_table_of_sensors_says_or_unknown(tmp_path, places):
    file = write(tmp_path / "c.csv", COUNTS, counts())
    report = observe(tmp_path / "out", MELBOURNE, file, more=["--sensors", places])
    assert report["values"]["accepted"] == 60
    assert report["values"]["refused"] == 30
    assert [(one["code"], one["count"]) for one in report["refused"]] == [("unknown_sensor", 30)]
    assert {row["sensor"] for row in read(tmp_path / "out/refused.csv")} == {"counter:9"}
    assert read(tmp_path / "out/refused.csv")[0]["row"] == "4"
    assert sensor(report, "counter:1")["area"] == "centre"
    assert sensor(report, "counter:7")["state"] == "never_spoke"
    assert sensor(report, "counter:7")["unknown"] == 30
    assert sign(report, "people_walking", "docklands")["known"] == 0
    assert sign(report, "people_walking", "centre")["known"] == 30


def test_rows_that_are_wrong_are_kept_with_their_reason_and_the_rest_goes_on(tmp_path, places):
    rows = counts(hours=20, sensors=("1",))
    rows[1][0] = "31-Feb-2012"
    rows[2][5] = "Infinity"
    rows[3][5] = "1,234"
    rows[4][5] = "many"
    rows[5][3] = ""
    rows[6][5] = "NaN"
    rows[7][5] = "9" * 30
    rows.insert(9, [*rows[8][:5], 5])
    rows.insert(9, list(rows[8]))
    file = write(tmp_path / "c.csv", COUNTS, rows)
    report = observe(tmp_path / "out", MELBOURNE, file, more=["--sensors", places])
    kept = {row["row"]: row["code"] for row in read(tmp_path / "out/refused.csv")}
    assert kept == {
        "3": "impossible_time",
        "4": "not_finite",
        "5": "not_a_number",
        "6": "not_a_number",
        "7": "missing",
        "9": "too_large",
        "11": "duplicate",
        "12": "duplicate",
    }
    assert report["unsaid"] == 1
    values = report["values"]
    assert (values["passed"], values["accepted"]) == (19, 13)
    assert (values["duplicate"], values["refused"]) == (2, 4)
    assert report["files"][0]["refused"] == 2
    assert sensor(report, "counter:1")["unknown"] == 7


def test_the_hour_that_is_skipped_is_refused_and_the_one_that_comes_twice_is_unknown_once(
    tmp_path, places
):
    autumn = counts(5, ("1",), wall(2012, 4, 1))
    spring = counts(5, ("1",), wall(2012, 10, 7))
    file = write(tmp_path / "c.csv", COUNTS, autumn)
    report = observe(tmp_path / "a", MELBOURNE, file, more=["--sensors", places])
    assert report["ambiguous"] == 1
    assert sensor(report, "counter:1")["unknown"] == 1
    file = write(tmp_path / "c.csv", COUNTS, spring)
    report = observe(tmp_path / "b", MELBOURNE, file, more=["--sensors", places])
    assert [one["code"] for one in report["refused"]] == ["skipped_local_time"]
    assert sensor(report, "counter:1")["unknown"] == 0


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_other_encodings_are_seen_by_themselves(tmp_path, encoding):
    rows = [[*row, "备注：正常"] for row in weather(6)]
    file = write(tmp_path / "w.csv", [*WEATHER, "备注"], rows, encoding)
    report = observe(tmp_path / "out", SHANGHAI, file)
    assert report["files"][0]["encoding"] == encoding.removesuffix("-sig")
    assert report["values"]["accepted"] == 54


def test_a_file_that_is_cut_gives_what_it_holds_and_says_so(tmp_path):
    whole = gzip.compress(write(tmp_path / "w.csv", WEATHER, weather(4_000)).read_bytes())
    (tmp_path / "w.csv.gz").write_bytes(whole[: len(whole) // 2])
    report = observe(tmp_path / "out", SHANGHAI, tmp_path / "w.csv.gz")
    assert 1_000 < report["rows"] < 4_000
    assert [one["code"] for one in report["refused"]] == ["file_cut"]
    assert report["values"]["accepted"] == (report["rows"] - 1) * 9


@pytest.mark.parametrize(
    ("pack", "header", "rows", "code"),
    [
        (SHANGHAI, COUNTS, [["01-Jan-2012", "Sunday", 0, 1, "x", 2]], "other_schema"),
        (SHANGHAI, WEATHER, [], "nothing_said"),
        (SHANGHAI, WEATHER, [["x"] * len(WEATHER)], "nothing_said"),
        (MELBOURNE, COUNTS, [["01-Jan-2012", "Sunday", 0, 1, "x", 2]], "no_sensor_table"),
    ],
)
def test_what_is_no_recording_is_refused_whole(tmp_path, pack, header, rows, code):
    with pytest.raises(Rejected) as refused:
        observe(tmp_path / "out", pack, write(tmp_path / "f.csv", header, rows))
    assert refused.value.code == code
    assert not (tmp_path / "out" / "store").exists()


def test_an_unknown_recording_and_a_folder_in_use_are_refused(tmp_path):
    file = write(tmp_path / "w.csv", WEATHER, weather(3))
    with pytest.raises(Rejected, match="it has hourly"):
        observe(tmp_path / "out", SHANGHAI, file, recording="daily")
    observe(tmp_path / "out", SHANGHAI, file)
    with pytest.raises(Rejected, match="a store in this folder already"):
        observe(tmp_path / "out", SHANGHAI, file)


def test_until_ends_the_run_and_says_what_is_left(tmp_path):
    file = write(tmp_path / "w.csv", WEATHER, weather(72))
    report = observe(tmp_path / "out", SHANGHAI, file, more=["--until", "2012-05-01"])
    assert report["until"] == "2012-05-01T23:59:59+08:00"
    assert report["values"]["passed"] == 24 * 9
    assert report["values"]["after_until"] == 48 * 9


def test_years_in_which_nobody_speaks_pass_at_once_and_are_unknown(tmp_path):
    rows = weather(3) + weather(2, wall(2032, 5, 1))
    report = observe(tmp_path / "out", SHANGHAI, write(tmp_path / "w.csv", WEATHER, rows))
    hours = int((wall(2032, 5, 1, 2) - MAY).total_seconds() // 3_600)
    line = sign(report, "pressure", "310000")
    assert (line["hours"], line["known"]) == (hours, 5)
    assert sensor(report, "weather:pressure")["unknown"] == hours - 5
    assert report["ticks"] < 50


def test_what_came_late_by_the_table_is_late_in_the_lane(tmp_path):
    pack = shutil.copytree(SHANGHAI, tmp_path / "pack")
    mapping = pack / "recordings" / "hourly.yaml"
    text = mapping.read_text("utf-8").replace(
        "empty:", "received: {from: [got], as: iso_time}\nempty:"
    )
    mapping.write_text(text, encoding="utf-8")
    rows = [[*row, f"2012-05-01T{row[4]:02}:00:30+08:00"] for row in weather(8)]
    rows[4][-1] = "2012-05-01T03:59:30+08:00"  # by a clock that goes half a minute wrong
    rows[3][-1] = "2012-05-01T03:59:50+08:00"  # after it, within the hour that is waited for
    rows[5][-1] = "2012-05-01T07:45:00+08:00"  # later: for history alone
    rows[6][-1] = "2012-05-01T05:30:00+08:00"  # before its time
    report = observe(tmp_path / "out", pack, write(tmp_path / "w.csv", [*WEATHER, "got"], rows))
    values = report["values"]
    assert (values["accepted"], values["late"], values["backfilled"]) == (45, 9, 9)
    assert values["refused"] == 9
    assert [one["code"] for one in report["refused"]] == ["in_future"]


def test_the_page_names_its_sources_and_shows_hostile_names_as_text(tmp_path, places):
    hostile = "<script>alert(1)</script>"
    rows = counts(4, ("1",))
    rows[0][3] = hostile
    file = write(tmp_path / "c.csv", COUNTS, rows)
    places.write_text(places.read_text() + f"{hostile},-37.8135,144.9652\n")
    report = observe(tmp_path / "out", MELBOURNE, file, more=["--sensors", places])
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "http://" not in page
    assert "https://" not in page
    assert page.count("Source: ") == len(report["sources"]) == 7
    assert report["state_hash"] in page
