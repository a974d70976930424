"""Passes recorded tables through ``chengyun observe`` in this process, and reads what it left."""

import csv
import json
from pathlib import Path

from click.testing import CliRunner

from chengyun.adapters.sql.reading import StoreReader
from chengyun.cli.main import chengyun
from chengyun.engine import codec

CITIES = Path(__file__).resolve().parents[2] / "cities"
MELBOURNE, SHANGHAI = CITIES / "melbourne-counters", CITIES / "shanghai-weather"
WEATHER = [
    *("No", "year", "month", "day", "hour", "season", "PM_Jingan", "PM_US Post", "PM_Xuhui"),
    *("DEWP", "HUMI", "PRES", "TEMP", "cbwd", "Iws", "precipitation", "Iprec"),
]
COUNTS = ["Date", "Day_of_week", "Hour", "SensorID", "SensorName", "PedestrianCount"]
PLACES = ["Sensor ID", "Latitude", "Longitude"]


def observe(out, pack, *files, more=(), recording="hourly"):
    words = ["observe", pack, *files, "--recording", recording, "--out", out, "--json", *more]
    done = CliRunner().invoke(chengyun, [str(word) for word in words])
    if done.exception is not None:
        raise done.exception
    return json.loads(done.stdout.splitlines()[-1])


def write(path, header, rows, encoding="utf-8"):
    with path.open("w", encoding=encoding, newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(header)
        table.writerows(rows)
    return path


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def facts(out, partition, kind):
    with StoreReader(out / "store") as reader:
        return [codec.read(stored) for stored in reader.of_kinds(partition, {kind})]


def sensor(report, name):
    return next(line for line in report["sensors"] if line["id"] == name)


def sign(report, name, area):
    return next(line for line in report["signs"] if (line["sign"], line["area"]) == (name, area))
