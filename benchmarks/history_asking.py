"""The asking half of ``benchmarks.history``, in a process of its own so that nothing is warm."""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.history import DAYS, LEDGER_AREA, PROPERTIES, SENSORS, START, sensors_of
from chengyun.adapters.lake.ground import Ground, Place
from chengyun.adapters.lake.history import History
from chengyun.adapters.lake.manifest import read_manifest
from chengyun.adapters.lake.tail import Tail, Wanted
from chengyun.facts.registers import PropertyEntry
from chengyun.kernel.instants import DAY_US, Instant
from chengyun.vitals.policy import SensorSign

SINCE, UNTIL = Instant(START), Instant(START + DAYS * DAY_US)
ENTRY = PropertyEntry(name={}, unit="m", low=0, high=10, source="benchmark")
HOURLY = SensorSign(
    name={},
    property=PROPERTIES[0],
    how="mean",
    unit="m",
    pane_s=3_600,
    window_s=3_600,
    levels=["district"],
    owner="benchmark",
    source="benchmark",
)


def forget_pages(folder: Path) -> None:
    """Ask the system to drop the lake from its cache."""
    for path in folder.rglob("*.parquet"):
        handle = os.open(path, os.O_RDONLY)
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(handle)


def peak_mb() -> int:
    """Return the most memory this process has had; rusage would count its parent's."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1_024


def timed(question: Callable[[], Any]) -> tuple[float, Any]:
    """Return the milliseconds of a question, and its answer."""
    started = time.monotonic()
    answer = question()
    return (time.monotonic() - started) * 1_000, answer


def rows_held(folder: Path, sensors: Any) -> int:
    """Count the rows of lake and tail."""
    manifest = read_manifest(folder / "lake")
    tail = Tail(folder / "log", folder)
    tails = [
        tail.recent(manifest, sensors.observed, Wanted(name, SINCE, UNTIL)).size
        for name in PROPERTIES
    ]
    return sum(file.rows for file in manifest.files) + sum(tails)


def main() -> None:
    """Ask."""
    folder, seed = Path(sys.argv[1]), int(sys.argv[2])
    given = json.loads(sys.stdin.read())
    sensors = sensors_of(seed)
    ground = Ground(areas=sensors.areas)
    dice = np.random.default_rng(seed)
    history = History(folder / "lake", folder / "log")

    def sensor_day(handle: int, day: int) -> Any:
        since = Instant(START + day * DAY_US)
        return history.sensor(sensors.observed, handle, since, Instant(since + DAY_US))

    def area_month(area: int, by_hours: bool = True) -> Any:  # noqa: FBT001, FBT002
        place = Place("district", area)
        return history.sign(
            HOURLY, ENTRY, sensors.observed, ground, place, SINCE, UNTIL, by_hours=by_hours
        )

    start_ms, _ = timed(lambda: sensor_day(0, 0))  # reads the tail, once
    forget_pages(folder)
    cold_day_ms, day = timed(lambda: sensor_day(given["sensor"], 17))
    days = [
        timed(lambda: sensor_day(int(dice.integers(SENSORS)), int(dice.integers(DAYS))))[0]
        for _ in range(40)
    ]
    forget_pages(folder)
    cold_month_ms, month = timed(lambda: area_month(LEDGER_AREA))
    months = [timed(lambda: area_month(int(1 + dice.integers(16))))[0] for _ in range(10)]
    peak = peak_mb()
    rows_ms, from_rows = timed(lambda: area_month(LEDGER_AREA, by_hours=False))
    columns = [day.column("at").cast("int64"), day.column("value")]
    told = {
        "rows": rows_held(folder, sensors),
        "start_ms": start_ms,
        "sensor_day_cold_ms": cold_day_ms,
        "sensor_day_ms": statistics.median(days),
        "sensor_day_worst_ms": max(days),
        "area_month_cold_ms": cold_month_ms,
        "area_month_ms": statistics.median(months),
        "area_month_from_rows_ms": rows_ms,
        "rss_mb": peak,
        "day": list(zip(*(column.to_pylist() for column in columns), strict=True)),
    }
    for name, table in (("month", month), ("month_from_rows", from_rows)):
        answers = table.select(["pane", "value", "n"]).to_pydict().values()
        told[name] = list(zip(*answers, strict=True))
    print(json.dumps(told))


if __name__ == "__main__":
    main()
