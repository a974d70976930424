"""The platform's process of the loop benchmark: an engine and two pipes, nothing of the truth.

Started by ``benchmarks.loop`` with the pipes of the world as inherited handles; prints one JSON
object as its last line.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from pathlib import Path

from chengyun.adapters.sql.reading import StoreReader
from chengyun.adapters.system.entropy import SeededEntropy
from chengyun.app import packs, platform
from chengyun.app.stages import TABLES
from chengyun.kernel.clock import VirtualClock
from chengyun.kernel.instants import DAY_US, Instant
from chengyun.sim.lockstep import Lockstep
from chengyun.sim.world_process import WorldProcess


def main() -> None:
    """Run the engine in lockstep with the world at the other end of the pipes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pack", type=Path, required=True)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--partition", required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--start", type=int, required=True)
    parser.add_argument("--until", type=int, required=True)
    parser.add_argument("--to", type=int, required=True)
    parser.add_argument("--from", type=int, required=True, dest="from_")
    given = parser.parse_args()
    started = time.monotonic()
    pack = packs.loaded(given.pack)
    clock = VirtualClock(Instant(given.start))
    world = WorldProcess(given.to, given.from_)
    built_s = time.monotonic() - started
    with platform.opened(
        given.store, partition=given.partition, clock=clock, entropy=SeededEntropy(given.seed)
    ) as opened:
        platform.adopt(
            opened.engine, pack.content, pack=given.partition, effective_from=Instant(given.start)
        )
        lockstep = Lockstep(opened.engine, clock, world)
        lockstep.run(Instant(given.until), _show)
        facts = opened.engine.head.seq
    lived_s = time.monotonic() - started - built_s
    with StoreReader(given.store) as reader:
        state_hash = reader.state_hash(TABLES)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps(
            {
                "facts": facts,
                "state_hash": state_hash,
                "built_s": round(built_s, 2),
                "lived_s": round(lived_s, 2),
                "peak_rss_mb": round(usage.ru_maxrss / 1024, 1),
                "sent": dict(sorted(lockstep.tally.sent.items())),
                "refused": dict(sorted(lockstep.tally.refused.items())),
            }
        )
    )


def _show(at: Instant) -> None:
    if at % DAY_US == 0:
        print(f"day {at // DAY_US}", file=sys.stderr)


if __name__ == "__main__":
    main()
