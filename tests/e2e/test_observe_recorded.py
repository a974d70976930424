"""Slices of the recorded data through the lane, beside a plain count with nothing but csv."""

import csv
import gzip
import os
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest
from observing import MELBOURNE, SHANGHAI, observe, read, sensor, write

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("CHENGYUN_DATA", ROOT.parent / "shared" / "data"))
WEATHER = DATA / "shanghai" / "weather_hourly_2010_2013.csv.gz"
COUNTS = DATA / "melbourne-pedestrians" / "hourly_counts_2012_2013.csv.gz"
PLACES = DATA / "melbourne-pedestrians" / "sensor_locations.csv"
COLUMN = {
    "PM_Jingan": "pm25:jingan",
    "PM_US Post": "pm25:us-post",
    "PM_Xuhui": "pm25:xuhui",
    "DEWP": "weather:dew",
    "HUMI": "weather:humidity",
    "PRES": "weather:pressure",
    "TEMP": "weather:temperature",
    "Iws": "weather:wind",
    "precipitation": "weather:rain",
}
LIMIT = {"PM_Jingan": 999, "PM_US Post": 999, "PM_Xuhui": 999, "Iws": 999, "precipitation": 300}

needs_weather = pytest.mark.skipif(not WEATHER.is_file(), reason=f"no recorded data in {DATA}")
needs_counts = pytest.mark.skipif(not COUNTS.is_file(), reason=f"no recorded data in {DATA}")


def sliced(source, into, keep):
    with gzip.open(source, "rt", encoding="utf-8", newline="") as file:
        table = csv.DictReader(file)
        rows = [row for row in table if keep(row)]
    return write(into, list(rows[0]), [list(row.values()) for row in rows]), rows


@needs_weather
def test_two_months_of_weather_agree_with_a_plain_count(tmp_path):
    months = {("2010", "10"), ("2010", "11")}
    file, rows = sliced(
        WEATHER, tmp_path / "w.csv", lambda row: (row["year"], row["month"]) in months
    )
    report = observe(tmp_path / "out", SHANGHAI, file)
    assert report["rows"] == len(rows) == 61 * 24
    assert report["refused"] == []
    for column, name in COLUMN.items():
        line = sensor(report, name)
        missing = sum(row[column] == "NA" for row in rows)
        assert line["slots"] == len(rows)
        assert (line["unknown"], line["unsaid"]) == (missing, missing), name
        assert line["values"] == len(rows) - missing
        errors = [
            row
            for row in rows
            if column in LIMIT and row[column] != "NA" and float(row[column]) > LIMIT[column]
        ]
        assert line["out_of_range"] == len(errors), name
    too_large = [row for row in rows if row["Iws"] != "NA" and float(row["Iws"]) >= 1_000]
    assert report["flagged"]["out_of_range"] == len(too_large) > 0
    flagged = [one for one in read(tmp_path / "out/flagged.csv") if one["reason"] == "out_of_range"]
    assert {one["rule"] for one in flagged} == {"wind_run.high"}
    assert [one["value"] for one in flagged] == [row["Iws"] for row in too_large]
    known = {line["sign"]: line["known"] for line in report["signs"] if line["area"] == "310000"}
    assert known["warmest"] == len(rows) - sum(row["TEMP"] == "NA" for row in rows)


@needs_counts
def test_two_months_of_counters_agree_with_a_plain_count(tmp_path):
    file, rows = sliced(
        COUNTS, tmp_path / "c.csv", lambda row: row["Date"][3:] in ("Oct-2012", "Nov-2012")
    )
    runs = [
        observe(tmp_path / name, MELBOURNE, file, more=["--sensors", PLACES]) for name in ("a", "b")
    ]
    report = runs[0]
    assert report["state_hash"] == runs[1]["state_hash"]
    skipped = [row for row in rows if (row["Date"], row["Hour"]) == ("07-Oct-2012", "2")]
    assert report["rows"] == len(rows)
    assert {one["code"]: one["count"] for one in report["refused"]} == {
        "skipped_local_time": len(skipped)
    }
    kept = read(tmp_path / "a" / "refused.csv")
    assert [int(one["row"]) for one in kept] == [rows.index(row) + 2 for row in skipped]
    hours = Counter(row["SensorID"] for row in rows if row not in skipped)
    slots = 61 * 24 - 1  # an hour less: the clock was put forward
    for line in report["sensors"]:
        number = line["id"].removeprefix("counter:")
        assert line["slots"] == slots
        assert line["values"] == hours[number]
        assert line["unknown"] == slots - hours[number]
        assert (line["state"] == "never_spoke") == (number not in hours)


@needs_counts
def test_what_is_stuck_is_what_a_plain_count_finds(tmp_path):
    file, rows = sliced(COUNTS, tmp_path / "c.csv", lambda row: row["Date"][3:] == "Nov-2012")
    report = observe(tmp_path / "out", MELBOURNE, file, more=["--sensors", PLACES])
    stuck = 0
    series: dict[str, tuple[str, datetime]] = {}
    for row in rows:
        at = datetime.strptime(f"{row['Date']} {row['Hour']}", "%d-%b-%Y %H")  # noqa: DTZ007
        value, since = series.get(row["SensorID"], ("", at))
        if value != row["PedestrianCount"]:
            since = at
        series[row["SensorID"]] = (row["PedestrianCount"], since)
        stuck += (at - since).total_seconds() >= 28_800
    assert report["flagged"] == {"out_of_range": 0, "jump": 0, "stuck": stuck}
    assert stuck > 0
