"""Is abnormal demand warned about, and is a usual week left in peace?

For 100 seeds, one type in one neighbourhood is multiplied by five for three hours: every recorded
request of that cell gets four copies at random moments of the three hours. Drawn are moments over
both windows (behind the 14 days in which the baseline learns) and then one of the cells that
thereby gain ten requests or more. The platform replays the untouched windows up to that moment;
from a copy of its store it goes on with the copies mixed in. Judged are the warnings that stand
in the copy, read by plain SQL.

*Within the hour* counts from the tenth added request: before it there is nothing that ten or more
requests could have shown. The other ways to count are reported beside it: from the beginning of
the three hours, from the third added request, and from their end.
"""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.running import PACK, arguments, report, windows
from chengyun.app import packs
from chengyun.kernel.instants import DAY_US, HOUR_US, MINUTE_US, WEEK_US, Instant
from chengyun.sim.replay import recording, run
from chengyun.sim.replay.recording import Opening, Recording

SEEDS = 100
QUICK_SEEDS = 4
TIMES = 5
LASTS_US = 3 * HOUR_US
LEARNING_US = 14 * DAY_US
GAP_US = 2 * DAY_US
MIN_ADDED = 10


class Burst(msgspec.Struct, frozen=True):
    """One drawn multiplication."""

    seed: int
    at: Instant
    type: str
    area: str
    added: list[Opening]


def draw_bursts(read: Recording, seeds: int, first_seed: int) -> list[Burst]:
    """Draw a burst for every seed, in order of time."""
    openings = [event for event in read.events if isinstance(event, Opening)]
    return sorted(
        (_draw(seed, openings) for seed in range(first_seed, first_seed + seeds)),
        key=lambda burst: burst.at,
    )


def _draw(seed: int, openings: list[Opening]) -> Burst:
    chance = random.Random(seed)  # noqa: S311 - an experiment, not a secret
    begin, end = openings[0].at + LEARNING_US, openings[-1].at - LASTS_US
    for _ in range(100_000):
        at = Instant(chance.randrange(begin, end))
        inside = [one for one in openings if at <= one.at < at + LASTS_US]
        cells: dict[tuple[str, str], list[Opening]] = {}
        for one in inside:
            if one.report.area:
                cells.setdefault((one.report.type, one.report.area), []).append(one)
        fit = sorted(cell for cell, found in cells.items() if len(found) * (TIMES - 1) >= MIN_ADDED)
        if fit:
            cell = chance.choice(fit)
            copies = [
                _copy(one, seed, number, Instant(at + chance.randrange(LASTS_US)))
                for one in cells[cell]
                for number in range(TIMES - 1)
            ]
            copies.sort(key=lambda one: one.at)
            return Burst(seed, at, *cell, copies)
    raise SystemExit(f"seed {seed}: no cell gains {MIN_ADDED} requests")


def _copy(one: Opening, seed: int, number: int, at: Instant) -> Opening:
    name = f"{one.report.id}-{seed}-{number}"
    copied = msgspec.structs.replace(one.report, id=name, opened_at=at, due_at=None)
    return Opening(at, f"burst-{seed}", one.row * 10 + number, copied)


def warnings_in(out: Path) -> list[dict[str, Any]]:
    """Read the warnings in a store by plain SQL."""
    with sqlite3.connect(f"file:{out / 'store' / 'chengyun.db'}?mode=ro", uri=True) as store:
        store.row_factory = sqlite3.Row
        rows = store.execute("SELECT * FROM p_warnings WHERE sign = 'demand' ORDER BY onset_at")
        return [dict(row) for row in rows]


def lateness(burst: Burst, found: list[dict[str, Any]], city: str) -> dict[str, Any]:
    """Return when the burst was warned about, in minutes after its beginning."""
    standing = [
        warning
        for warning in found
        if warning["type"] == burst.type
        and warning["area"] in (burst.area, city)
        and (warning["cleared_at"] is None or warning["cleared_at"] > burst.at)
    ]
    first = min((max(warning["onset_at"], burst.at) for warning in standing), default=None)
    return {
        "seed": burst.seed,
        "type": burst.type,
        "area": burst.area,
        "added": len(burst.added),
        "warned_min": None if first is None else (first - burst.at) / MINUTE_US,
        "third_min": (burst.added[2].at - burst.at) / MINUTE_US,
        "tenth_min": (burst.added[9].at - burst.at) / MINUTE_US,
        "stood_before": any(warning["onset_at"] <= burst.at for warning in standing),
    }


def share(lines: list[dict[str, Any]], within: Callable[[dict[str, Any]], float]) -> float:
    """Return the share of bursts that were warned about by the minute that ``within`` gives."""
    hits: int = sum(
        line["warned_min"] is not None and line["warned_min"] <= within(line) for line in lines
    )
    return round(hits / len(lines), 3)


def calm(found: list[dict[str, Any]], read: Recording) -> dict[str, Any]:
    """Count the warnings of the untouched windows, by week and by level."""
    days = sorted({event.at // DAY_US for event in read.events if isinstance(event, Opening)})
    weeks = len(days) / 7
    high = [one for one in found if one["highest"] in ("orange", "red")]
    by_week: dict[int, int] = {}
    for one in high:
        week = one["onset_at"] // WEEK_US
        by_week[week] = by_week.get(week, 0) + 1
    return {
        "weeks": round(weeks, 1),
        "warnings": len(found),
        "warnings_a_day": round(len(found) / len(days), 2),
        "orange_or_above": len(high),
        "orange_or_above_a_week": round(len(high) / weeks, 3),
        "most_in_one_week": max(by_week.values(), default=0),
    }


def main() -> None:
    """Run the benchmark."""
    given = arguments(__doc__)
    pack = packs.loaded(PACK)
    feed = packs.feeds_of(pack).feeds["requests"]
    files = windows(given.data)[: 1 if given.quick else 2]
    read = recording.read_requests(feed, packs.registers_of(pack), files, lambda *_: None)
    bursts = draw_bursts(read, QUICK_SEEDS if given.quick else SEEDS, given.seed)
    plan = run.Plan(
        pack=pack,
        partition="boston-311",
        feed="requests",
        rain_feed="",
        recording=read,
        until=read.first_at,
        seed=given.seed,
    )
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        base, copy = Path(folder) / "base", Path(folder) / "copy"
        for burst in bursts:
            untouched = msgspec.structs.replace(plan, until=Instant(burst.at - 1))
            run.replay(untouched, base, resume=True, progress=lambda *_: None)
            shutil.copytree(base, copy)
            events = sorted([*read.events, *burst.added], key=recording.order_of)
            mixed = msgspec.structs.replace(
                plan,
                recording=msgspec.structs.replace(read, events=events),
                until=Instant(burst.at + LASTS_US + HOUR_US),
            )
            run.replay(mixed, copy, resume=True, progress=lambda *_: None)
            lines.append(lateness(burst, warnings_in(copy), "boston"))
            shutil.rmtree(copy)
            print(json.dumps(lines[-1]), file=sys.stderr, flush=True)
        whole = msgspec.structs.replace(plan, until=Instant(read.last_at + DAY_US))
        run.replay(whole, base, resume=True, progress=lambda *_: None)
        untouched_figures = calm(warnings_in(base), read)
    report(
        {
            "seeds": len(lines),
            "within_hour_of_tenth": share(lines, lambda line: line["tenth_min"] + 60),
            "within_hour_of_third": share(lines, lambda line: line["third_min"] + 60),
            "within_hour_of_begin": share(lines, lambda line: 60),
            "within_hour_of_end": share(lines, lambda line: 240),
            "stood_before": sum(line["stood_before"] for line in lines),
            "missed": [line for line in lines if line["warned_min"] is None],
            "untouched": untouched_figures,
        }
    )


if __name__ == "__main__":
    main()
