"""History of the stream lane: a month of observations through the log into the lake, then asked.

Writes groups to a segment log as the lane does, lets compaction take the closed segments day by
day, and asks in a process of its own what one sensor said on a day and what an area's hourly mean
was over the month. What the answers must be is kept apart while the rows are made.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.running import report
from chengyun.adapters.lake.compaction import compact
from chengyun.adapters.lake.manifest import read_manifest
from chengyun.adapters.lake.runs import Observed
from chengyun.adapters.segments.frames import FrameKind
from chengyun.adapters.segments.log import SegmentLog
from chengyun.adapters.segments.records import group_payload
from chengyun.facts.columns import Group, Verdict
from chengyun.kernel.area_index import AreaIndex
from chengyun.kernel.areas import Area, AreaLevel, AreaTree
from chengyun.kernel.instants import DAY_US, HOUR_US, from_text
from chengyun.kernel.limits import MAX_GROUP_ROWS

START = from_text("2026-06-01T00:00:00+00:00")
DAYS = 30
SENSORS = 11_574
"""With 100 M rows each speaks every five minutes."""
PROPERTIES = ("level", "noise", "pm25", "traffic")
SEGMENT_BYTES_A_ROW = 0.33
"""Of all rows: a segment holds about a day, so that a day's file is merged and days overlap."""
LEDGER_AREA = 3
"""The district whose hourly sums are kept apart, of the first property."""
QUICK_ROWS = 2_000_000


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="a few rows, to see that it works")
    parser.add_argument("--data", type=Path, help="not used: everything is made from the seed")
    parser.add_argument("--keep", type=Path, help="keep log and lake in this new folder")
    return parser.parse_args()


class Sensors(NamedTuple):
    """The sensors of the city: where each stands and what it observes."""

    areas: AreaIndex
    area: NDArray[np.int32]
    observed: Observed


def sensors_of(seed: int) -> Sensors:
    """Return sensors in no order of their places: 16 districts, 192 streets, 1,920 parts."""
    tree = [Area("c", AreaLevel.CITY)]
    for one in range(16):
        tree.append(Area(f"c{one:02}", AreaLevel.DISTRICT, "c"))
        for two in range(12):
            street = f"c{one:02}{two:02}"
            tree.append(Area(street, AreaLevel.SUBDISTRICT, f"c{one:02}"))
            tree.extend(
                Area(f"{street}{three}", AreaLevel.NEIGHBOURHOOD, street) for three in range(10)
            )
    areas = AreaIndex(AreaTree(tree))
    dice = np.random.default_rng(seed)
    low, high = areas.level(3)
    return Sensors(
        areas,
        dice.integers(low, high, SENSORS).astype(np.int32),
        Observed(dice.integers(0, len(PROPERTIES), SENSORS).astype(np.int16), PROPERTIES),
    )


class Ledger:
    """What must be answered: rows, one sensor's day, a district's hourly sums."""

    def __init__(self, sensors: Sensors) -> None:
        above = sensors.areas.at_depth(1)[sensors.area]
        self._in = (above == LEDGER_AREA) & (sensors.observed.property_of == 0)
        self.sensor = int(np.flatnonzero(self._in)[0])
        self.rows = 0
        self.total = np.zeros(DAYS * 24, np.int64)
        self.count = np.zeros(DAYS * 24, np.int64)
        self.day: list[tuple[int, int]] = []

    def note(self, group: Group) -> None:
        """Count a group."""
        self.rows += len(group.at)
        counted = self._in[group.handle] & (group.flags == 0)
        hour = (group.at[counted] - START) // HOUR_US
        np.add.at(self.total, hour, group.value[counted])
        np.add.at(self.count, hour, 1)
        mine = (group.handle == self.sensor) & (group.at // DAY_US == START // DAY_US + 17)
        self.day += zip(group.at[mine].tolist(), group.value[mine].tolist(), strict=True)


def groups_of(sensors: Sensors, day: int, rounds: int, dice: np.random.Generator) -> list[Group]:
    """Return a day: each round all sensors speak, a few late, a few not to be believed."""
    step = DAY_US // rounds
    made = []
    for first in range(0, rounds, max(1, MAX_GROUP_ROWS // SENSORS)):
        turns = range(first, min(rounds, first + max(1, MAX_GROUP_ROWS // SENSORS)))
        handle = np.tile(dice.permutation(SENSORS).astype(np.int32), len(turns))
        begin = START + day * DAY_US + np.repeat(np.array(turns, np.int64), SENSORS) * step
        value = 5_000_000 + 1_000 * dice.integers(-3_000, 3_000, len(handle))
        late = dice.random(len(handle)) < 0.01
        made.append(
            Group(
                handle=handle,
                at=begin + 1_000_000 * dice.integers(0, step // 1_000_000, len(handle)),
                value=value,
                area=sensors.area[handle],
                flags=(dice.random(len(handle)) < 0.002).astype(np.uint8),
                verdict=np.where(late, Verdict.LATE, Verdict.ACCEPTED).astype(np.uint8),
            )
        )
    return made


def write(folder: Path, sensors: Sensors, ledger: Ledger, rows: int, seed: int) -> dict[str, Any]:
    """Write the month and take it into the lake; return how long that took."""
    rounds = max(1, round(rows / (SENSORS * DAYS)))
    log = SegmentLog(folder / "log", most_bytes=int(SEGMENT_BYTES_A_ROW * rows))
    dice = np.random.default_rng(seed)
    log_s = compact_s = 0.0
    steps = files = 0
    for day in range(DAYS):
        groups = groups_of(sensors, day, rounds, dice)
        started = time.monotonic()
        for group in groups:
            known_at = int(group.at.max()) + 1_000_000
            log.append(FrameKind.GROUP, len(group.at), known_at, group_payload(group, []))
            log.sync()
        log_s += time.monotonic() - started
        for group in groups:
            ledger.note(group)
        started = time.monotonic()
        while (step := compact(folder / "lake", folder / "log", sensors.observed)).segments:
            steps, files = steps + 1, files + step.files
        compact_s += time.monotonic() - started
        log.drop_before(read_manifest(folder / "lake").through + 1)
        if sys.stderr.isatty():
            print(f"\rday {day + 1} of {DAYS}, {ledger.rows:,} rows", end="", file=sys.stderr)
    log.close()
    return {"log_s": log_s, "write_s": compact_s, "steps": steps, "files_written": files}


def ask(folder: Path, seed: int, given: Ledger) -> dict[str, Any]:
    """Ask in a process of its own; compare with the ledger."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.history_asking", str(folder), str(seed)],
        input=json.dumps({"sensor": given.sensor}),
        capture_output=True,
        text=True,
        timeout=3_600,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"asking failed: {done.stderr[-2_000:]}")
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    means = (given.total // np.maximum(given.count, 1)).tolist()
    expected = [
        [START // HOUR_US + hour, means[hour], int(given.count[hour])]
        for hour in np.flatnonzero(given.count).tolist()
    ]
    day = sorted(given.day)
    wrong = [
        name
        for name, found, must in (
            ("sensor day", told.pop("day"), [list(one) for one in day]),
            ("area month", told.pop("month"), expected),
            ("area month from rows", told.pop("month_from_rows"), expected),
            ("rows", told["rows"], given.rows),
        )
        if found != must
    ]
    if wrong:
        raise SystemExit(f"answers are wrong: {', '.join(wrong)}")
    return told


def main() -> None:
    """Run the benchmark."""
    given = arguments()
    rows = QUICK_ROWS if given.quick else given.rows
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        sensors = sensors_of(given.seed)
        ledger = Ledger(sensors)
        written = write(folder, sensors, ledger, rows, given.seed)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1_024
        told = ask(folder, given.seed, ledger)
        size = sum(path.stat().st_size for path in (folder / "lake").rglob("*.parquet"))
    times = {key: round(value, 2) for key, value in (written | told).items()}
    report(times | {"bytes": size, "write_rss_mb": peak, "sensors": SENSORS, "days": DAYS})


if __name__ == "__main__":
    main()
