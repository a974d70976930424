"""One run of ``benchmarks.same_city``: a world and a platform live for a while, in one manner.

A run that is to be killed says of every minute that it was lived, and goes on with the store that
an earlier one left.

Prints one JSON object as its last line: facts, seconds, memory of both processes.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import time
from pathlib import Path

from chengyun.adapters.sql.reading import StoreReader
from chengyun.adapters.system.entropy import SeededEntropy
from chengyun.app import packs, platform
from chengyun.engine.engine import Engine
from chengyun.facts.registers import City
from chengyun.kernel.clock import VirtualClock
from chengyun.kernel.instants import SECOND_US, Instant, from_text
from chengyun.sim.demo import WatchedCity
from chengyun.sim.lockstep import Lockstep
from chengyun.sim.resuming import caught_up
from chengyun.sim.world.protocol import STEP_US
from chengyun.sim.world_process import WorldProcess

START = from_text("2026-06-05T15:00:00+08:00")
"""A Friday afternoon: rush, crowds and the evening lie ahead."""
PACES = (6.0, 60.0, 600.0, 3_600.0)
PAUSED = 0.2
"""How often the watcher stops the clock for a while."""


class Wall:
    """A wall clock that goes as the watcher draws."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        """Return the seconds it shows."""
        return self.now_s


def live_watched(
    engine: Engine, clock: VirtualClock, world: WorldProcess, until: Instant, seed: int
) -> int:
    """Live on to ``until`` as a server does it for a fickle watcher; return in how many pieces."""
    wall, drawn = Wall(), random.Random(seed)  # noqa: S311 - paces, not secrets
    city = WatchedCity(engine, clock, world, rate=60.0, monotonic=wall)
    pieces = 0
    while clock.now() < until:
        city.set_pace(rate=drawn.choice(PACES), paused=False)
        left = (until - clock.now()) // STEP_US - 1
        minutes = drawn.choice((0, 0, 1, 2, 7, 30))
        wall.now_s += city.pause_s() + min(left, minutes) * STEP_US / SECOND_US / city.rate
        groups = city.step(engine)
        city.committed(groups, 0.0)
        if drawn.random() < PAUSED:
            city.set_pace(rate=None, paused=True)
            wall.now_s += drawn.uniform(1, 3_600)
            if city.step(engine):
                raise SystemExit("the clock went on while it stood")
        pieces += 1
    return pieces


def said(at: Instant) -> None:
    """Tell whoever listens that a minute was lived."""
    print("lived", (at - START) // STEP_US, flush=True)


def unsaid(at: Instant) -> None:
    """Live quietly."""


def gone_on(
    engine: Engine, clock: VirtualClock, world: WorldProcess, store: Path, until: Instant
) -> float:
    """Bring the world to where the store ends, live on; return how long the first took."""
    started = time.monotonic()
    clock.advance_to(engine.head.known_at)
    with StoreReader(store) as reader:
        since = caught_up(
            world, reader.facts(engine.partition), start=START, end=engine.head.known_at
        )
    caught_up_s = time.monotonic() - started
    Lockstep(engine, clock, world, since=since).run(until)
    return caught_up_s


def main() -> None:
    """Live, then print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--manner", choices=["straight", "watched", "killed"], required=True)
    parser.add_argument("--pack", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--scale", required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--span-us", type=int, required=True)
    given = parser.parse_args()
    started = time.monotonic()
    pack = packs.loaded(given.pack)
    name = packs.section(pack, City).id
    clock, until = VirtualClock(START), Instant(START + given.span_us // STEP_US * STEP_US)
    with (
        WorldProcess.started(
            seed=given.seed,
            scale=given.scale,
            city_seed=given.seed,
            start=START,
            truth=None if given.manner == "killed" else given.out / "truth",
        ) as world,
        platform.opened(
            given.out / "store", partition=name, clock=clock, entropy=SeededEntropy(given.seed)
        ) as opened,
    ):
        engine = opened.engine
        is_new = not engine.head.seq
        platform.adopt(engine, pack.content, pack=name, effective_from=START)
        engine.commit()
        engine.settle()
        ready_s, pieces, caught_up_s, had = time.monotonic() - started, 1, 0.0, engine.head.seq
        if given.manner == "watched":
            pieces = live_watched(engine, clock, world, until, given.seed)
        elif is_new:
            Lockstep(engine, clock, world).run(until, said if given.manner == "killed" else unsaid)
        else:
            caught_up_s = gone_on(engine, clock, world, given.out / "store", until)
        facts = engine.head.seq
        lived_s = time.monotonic() - started - ready_s
    ours = resource.getrusage(resource.RUSAGE_SELF)
    worlds = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        json.dumps(
            {
                "facts": facts,
                "had": had,
                "pieces": pieces,
                "ready_s": round(ready_s, 2),
                "caught_up_s": round(caught_up_s, 2),
                "lived_s": round(lived_s, 2),
                "facts_a_s": round(facts / max(lived_s, 0.001)),
                "cpu_s": {
                    "platform": round(ours.ru_utime + ours.ru_stime, 1),
                    "world": round(worlds.ru_utime + worlds.ru_stime, 1),
                },
                "peak_rss_mb": {
                    "platform": round(ours.ru_maxrss / 1024, 1),
                    "world": round(worlds.ru_maxrss / 1024, 1),
                },
            }
        )
    )


if __name__ == "__main__":
    main()
