"""A tick of the stream lane: 1,000 signs down to subdistricts and 50 on 40,625 unit grids, judged.

Then what crosses is recorded: crossings become facts in a store on disk, with every warning that
follows from them, and the store is read again.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.running import report
from chengyun.adapters.files.packs import write_pack
from chengyun.adapters.sql.reading import StoreReader
from chengyun.adapters.system.entropy import SeededEntropy
from chengyun.app import packs, platform
from chengyun.app.collecting import collect_seldom
from chengyun.app.serving import Server
from chengyun.app.stream.city import CityOfSensors, compiled_city
from chengyun.app.stream.lane import Lane, Ticked
from chengyun.app.stream.recording import commands_of
from chengyun.app.stream.registering import Register
from chengyun.facts.columns import ids_of
from chengyun.facts.registers import (
    Areas,
    AssetRegister,
    City,
    LevelName,
    Properties,
    PropertyEntry,
    UnitGridRegister,
)
from chengyun.facts.vitals import Crossing
from chengyun.kernel.clock import VirtualClock
from chengyun.kernel.instants import SECOND_US, Instant
from chengyun.sim.linjiang.city import build
from chengyun.sim.linjiang.pack import pack_files
from chengyun.twin.sensors import Binding
from chengyun.vitals import panes
from chengyun.vitals.policy import InState, SensorSign, SensorSigns
from chengyun.warn.policy import Band, Bands, SignBands

A_TICK = 26_000
"""Crossings in one tick: a storm that reaches two unit grids of three at once."""
AT = 1_800_000_000 * SECOND_US
PROPERTIES = 200
LEVELS: tuple[LevelName, ...] = ("city", "district", "subdistrict", "unit_grid")
HOWS = ("sum", "mean", "max", "min", "count", "rate", "quantile", "share")


def main() -> None:
    """Run the benchmark."""
    given = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        pack_folder = Path(folder) / "pack"
        write_pack(pack_files(build(7, "district" if given.quick else "mega")), pack_folder)
        pack = packs.loaded(pack_folder)
        city = _city(packs.section(pack, Areas), packs.section(pack, UnitGridRegister))
        ticks = _ticks(city, given)
        recorded = _recorded(Path(folder) / "store", pack, given.crossings)
    report(ticks | recorded)
    sys.exit(0 if recorded["stored"] == given.crossings else 1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sensors", type=int, default=10_000_000)
    parser.add_argument("--ticks", type=int, default=130)
    parser.add_argument("--crossings", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", help="not used: nothing recorded is needed")
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    if given.quick:
        given.sensors, given.ticks, given.crossings = 100_000, 65, 10_000
    return given


def _city(areas: Areas, grids: UnitGridRegister) -> CityOfSensors:
    entry = PropertyEntry(name={}, unit="count", low=0, high=1_000, source="")
    codes = [f"p{number:03d}" for number in range(PROPERTIES)]
    signs = {
        f"s{number:04d}": _sign(codes[number % PROPERTIES], HOWS[number % len(HOWS)], coarse=True)
        for number in range(1_000)
    }
    signs |= {
        f"g{number:04d}": _sign(codes[number * 4 % PROPERTIES], HOWS[number % 6], coarse=False)
        for number in range(50)
    }
    band = Band(judge="value", up={"blue": 990, "yellow": 1e5, "red": 1e6}, down=900, dwell_s=60)
    levels: dict[LevelName, Band] = dict.fromkeys(LEVELS, band)
    return compiled_city(
        areas=areas,
        grids=grids,
        properties=Properties(properties=dict.fromkeys(codes, entry)),
        assets=AssetRegister(),
        signs=SensorSigns(signs=signs),
        bands=Bands(bands=dict.fromkeys(signs, SignBands(levels=levels, source=""))),
    )


def _sign(property_: str, how: Any, *, coarse: bool) -> SensorSign:
    return SensorSign(
        name={},
        property=property_,
        how=how,
        unit="count",
        pane_s=60,
        window_s=300,
        bins=64,
        levels=["city", "district", "subdistrict"] if coarse else ["unit_grid"],
        state=InState(at_least=500) if how == "share" else None,
        owner="",
        source="",
    )


def _ticks(city: CityOfSensors, given: argparse.Namespace) -> dict[str, Any]:
    """Return how long ticks take while values come in between them."""
    lane = Lane(city, Register("ticks", (1, 2)), None)
    rng = np.random.default_rng(given.seed)
    kinds = rng.integers(0, PROPERTIES, given.sensors).astype(np.int32)
    first, end = city.areas.level(4)
    areas = rng.integers(first, end, given.sensors).astype(np.int32)
    step = 500_000
    for start in range(0, given.sensors, step):
        part = slice(start, min(start + step, given.sensors))
        count = part.stop - start
        lane.bind(
            Binding(
                ids=ids_of([f"t{number}" for number in range(start, part.stop)]),
                property=kinds[part],
                feed=np.zeros(count, np.int32),
                area=areas[part],
                gateway=np.full(count, -1, np.int32),
                asset=np.full(count, -1, np.int32),
                cadence_s=np.full(count, 3_600, np.int32),
                weight=np.ones(count, np.int32),
                moving=np.zeros(count, np.bool_),
            )
        )
    took, crossed = [], 0
    for number in range(given.ticks):
        at = AT + number * SECOND_US
        rows = rng.integers(0, given.sensors, 180_000)
        lane.speakers.counts.speaking[...] = lane.speakers.counts.registered
        lane.panes.add(
            panes.Rows(
                kinds[rows],
                areas[rows],
                at + np.arange(len(rows)),
                rng.integers(0, 1_000_000_000, len(rows)),
                np.ones(len(rows), np.int64),
                np.zeros(len(rows), np.uint8),
            )
        )
        started = time.perf_counter()
        ticked = lane.tick(at)
        took.append((time.perf_counter() - started) * 1_000)
        crossed += len(ticked.crossings)
    settled = took[5:]
    return {
        "signs": len(city.layout.names),
        "values": city.layout.values,
        "sensors": given.sensors,
        "tick_ms_median": round(float(np.median(settled)), 1),
        "tick_ms_p99": round(float(np.percentile(settled, 99)), 1),
        "tick_ms_max": round(max(settled), 1),
        "crossed": crossed,
    }


def _recorded(folder: Path, pack: Any, crossings: int) -> dict[str, Any]:
    """Return how many crossings a second become durable, with all that follows from them.

    Recorded as ``chengyun serve`` does it: the parts of a tick at once, each answered when on disk.
    """
    city = packs.section(pack, City)
    areas = list(packs.section(pack, UnitGridRegister).grids)
    clock = VirtualClock(Instant(AT))
    with platform.opened(
        folder, partition=city.id, clock=clock, entropy=SeededEntropy(1), pipelined=True
    ) as opened:
        platform.adopt(opened.engine, pack.content, pack=city.id, effective_from=Instant(AT))
        opened.engine.commit()
        opened.engine.settle()
        collect_seldom()
        took_s = asyncio.run(_served(Server(opened.engine, clock, folder), clock, areas, crossings))
    with StoreReader(folder) as reader:
        kinds = ("LevelsCrossed", "WarningRaised", "WarningAssessed")
        stored = {kind: sum(1 for _ in reader.of_kinds(city.id, (kind,))) for kind in kinds}
    return {
        "crossings": crossings,
        "crossings_per_s": round(crossings / took_s),
        "facts_per_s": round(sum(stored.values()) / took_s),
        "stored": stored["WarningRaised"],
        "facts_crossed": stored["LevelsCrossed"],
    }


async def _served(server: Server, clock: VirtualClock, areas: list[str], crossings: int) -> float:
    """Have crossings recorded, tick by tick; return how many seconds that took."""
    took = asyncio.get_running_loop().create_future()

    @contextlib.asynccontextmanager
    async def door(server: Server) -> AsyncIterator[None]:
        recording = asyncio.create_task(record())
        yield
        took.set_result(await recording)

    async def record() -> float:
        started = time.perf_counter()
        for first in range(0, crossings, A_TICK):
            clock.advance_to(Instant(clock.now() + SECOND_US))
            ticked = _ticked(first, min(A_TICK, crossings - first), areas, clock.now())
            commands = commands_of(ticked)
            asked = [server.submit(command, "system:stream") for command in commands]
            for outcome in await asyncio.gather(*asked):
                if outcome.refused is not None:
                    raise outcome.refused
        took_s = time.perf_counter() - started
        server.stop()
        return took_s

    await server.run(door)
    return float(took.result())


def _ticked(first: int, count: int, areas: list[str], at: Instant) -> Ticked:
    crossings = [
        Crossing(
            sign=f"sign{number // len(areas)}",
            area=areas[number % len(areas)],
            kind="raised",
            level="blue",
            value_micro=990_000_000,
            window_s=300,
            coverage_ppm=1_000_000,
        )
        for number in range(first, first + count)
    ]
    return Ticked(first // A_TICK + 1, at, 1, first, crossings, [], [])


if __name__ == "__main__":
    main()
