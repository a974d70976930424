"""``python -m chengyun.sim.world``: lives in Linjiang, and speaks with the platform over its pipes.

Standard output belongs to the lockstep; words for people go to standard error.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import msgspec

from chengyun.kernel.errors import ChengyunError
from chengyun.kernel.instants import Instant
from chengyun.sim.linjiang.city import build
from chengyun.sim.world.evenings import evening_of
from chengyun.sim.world.serving import serve
from chengyun.sim.world.settling import town_of
from chengyun.sim.world.truth import Truth
from chengyun.sim.world.world import World


def main() -> int:
    """Build the city, then answer steps until the platform is gone."""
    parser = argparse.ArgumentParser(prog="chengyun.sim.world", description=__doc__)
    parser.add_argument("--seed", type=int, required=True, help="of what happens")
    parser.add_argument("--city-seed", type=int, required=True, help="of the city")
    parser.add_argument("--scale", required=True)
    parser.add_argument("--start", type=int, required=True, help="instant in microseconds")
    parser.add_argument(
        "--patience-min", type=float, default=0.0, help="how long decisions are left to others"
    )
    parser.add_argument("--evening", default="", help="the name of a declared evening")
    parser.add_argument("--evening-min", type=int, default=0, help="how long the evening lasts")
    parser.add_argument("--truth", type=Path, help="folder that only this process is given")
    given = parser.parse_args()
    try:
        truth = Truth(given.truth)
        town = town_of(build(given.city_seed, given.scale))
        world = World(
            town,
            seed=given.seed,
            start=Instant(given.start),
            truth=truth,
            patience_min=given.patience_min,
            evening=evening_of(given.evening) if given.evening else None,
            evening_min=given.evening_min,
        )
        serve(world, town.digest, given.start, sys.stdin.buffer, sys.stdout.buffer)
        truth.close()
    except (ChengyunError, msgspec.MsgspecError) as wrong:
        print(f"error: {wrong}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # the platform left before it had read our answer
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
