"""The paper office: everything that comes in is written down with its end."""

import csv
from pathlib import Path
from zoneinfo import ZoneInfo

from towns import town

from chengyun.kernel.instants import DAY_US, Instant, from_text
from chengyun.sim.linjiang.pack_feeds import feeds
from chengyun.sim.world.office import Office
from chengyun.sim.world.recording import (
    COLUMNS,
    RAIN,
    RAIN_COLUMNS,
    REQUESTS,
    written,
)
from chengyun.sim.world.truth import Truth
from chengyun.sim.world.world import World

START = from_text("2026-06-01T00:00:00+08:00")


def office(days: int) -> Office:
    place = town()
    one = Office(World(place, seed=3, start=START, truth=Truth(None)), place, START)
    one.live(Instant(START + days * DAY_US))
    return one


def test_a_recording_holds_what_came_in_and_how_it_ended(tmp_path: Path) -> None:
    rows = written(office(3), tmp_path, ZoneInfo("Asia/Shanghai"))
    with (tmp_path / REQUESTS).open(encoding="utf-8", newline="") as file:
        requests = list(csv.DictReader(file))
    assert rows[REQUESTS] == len(requests) > 100
    assert rows[RAIN] > 3 * 100
    outcomes = [row["outcome"] for row in requests]
    assert {"resolved", "duplicate", "nothing_found"} <= set(outcomes)
    assert outcomes.count("") < len(outcomes) / 4
    ids = {row["id"] for row in requests}
    assert len(ids) == len(requests)
    assert {row["duplicate_of"] for row in requests if row["outcome"] == "duplicate"} <= ids
    assert all(row["closed_at"] >= row["opened_at"] for row in requests if row["closed_at"])
    assert all(row["unit"] for row in requests if row["closed_at"])


def test_the_columns_are_those_that_the_pack_reads() -> None:
    texts = feeds()
    hotline = next(text for path, text in texts.items() if "hotline" in path)
    rain = next(text for path, text in texts.items() if "rain" in path)
    assert [name for name in COLUMNS if f"[{name}]" not in hotline] == []
    assert [name for name in RAIN_COLUMNS if f"[{name}]" not in rain] == []


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    for name in ("one", "two"):
        written(office(1), tmp_path / name, zone)
    for file in (REQUESTS, RAIN):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
