"""The whole loop against the truth: a world, a platform, and a score. See docs/benchmark.md.

Three processes: the world knows the truth and writes it into a folder that only it is given; the
platform has a pack, a store and two pipes to the world; this one starts both and afterwards reads
store and truth.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.running import report
from chengyun.app import packs
from chengyun.citypack.resolving import Resolved
from chengyun.kernel.instants import DAY_US, Instant, from_text
from chengyun.sim.linjiang.scales import SCALES
from chengyun.sim.linjiang.seeds import MAX_SEED
from chengyun.sim.scoring.judging import Judge
from chengyun.sim.scoring.record import read_record
from chengyun.sim.scoring.rules import rules_of
from chengyun.sim.scoring.truth import read_truth
from chengyun.sim.world.truth import FILE
from chengyun.sim.world_process import command_line

START = from_text("2026-06-01T00:00:00+08:00")
"""A Monday."""
PARTITION = "linjiang"
QUICK_US = DAY_US
MOST_DAYS = 366


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=7, help="of the city and of what happens")
    parser.add_argument("--scale", choices=list(SCALES), default="district")
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="one day, to see that it works")
    parser.add_argument("--keep", type=Path, help="keep store and truth in this new folder")
    given = parser.parse_args()
    if not 0 <= given.seed <= MAX_SEED:
        parser.error(f"--seed: a whole number from 0 to {MAX_SEED}")
    if not 1 <= given.days <= MOST_DAYS:
        parser.error(f"--days: from 1 to {MOST_DAYS}")
    if given.keep is not None and given.keep.exists() and any(given.keep.iterdir()):
        parser.error(f"--keep: {given.keep} is not empty; name a new folder")
    return given


def run(given: argparse.Namespace, folder: Path) -> tuple[dict[str, Any], Instant]:
    """Let world and platform live through the days; return what the platform says of it."""
    until = Instant(START + (QUICK_US if given.quick else given.days * DAY_US))
    world = subprocess.Popen(
        command_line(
            seed=given.seed,
            scale=given.scale,
            city_seed=given.seed,
            start=START,
            truth=folder / "truth",
        ),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    if world.stdin is None or world.stdout is None:
        raise SystemExit("the world has no pipes")
    pipes = (world.stdin.fileno(), world.stdout.fileno())
    platform = subprocess.Popen(
        [
            *(sys.executable, "-m", "benchmarks.loop_platform"),
            *("--pack", str(folder / "pack"), "--store", str(folder / "store")),
            *("--partition", PARTITION, "--seed", str(given.seed)),
            *("--start", str(START), "--until", str(until)),
            *("--to", str(pipes[0]), "--from", str(pipes[1])),
        ],
        stdout=subprocess.PIPE,
        text=True,
        pass_fds=pipes,
    )
    world.stdin.close()
    world.stdout.close()
    said, _ = platform.communicate()
    if platform.returncode or world.wait(60):
        raise SystemExit(f"platform: {platform.returncode}, world: {world.returncode}")
    told: dict[str, Any] = json.loads(said.splitlines()[-1])
    return told, until


def make_pack(given: argparse.Namespace, folder: Path) -> Resolved:
    """Write the pack of the city and read it as the platform will."""
    line = [sys.executable, "-m", "chengyun", "sim", "pack", "--seed", str(given.seed)]
    done = subprocess.run(
        [*line, "--scale", given.scale, "--out", str(folder)],
        capture_output=True,
        text=True,
        timeout=1_800,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"no pack: {done.stderr[-2_000:]}")
    return packs.loaded(folder)


def main() -> None:
    """Run the benchmark."""
    given = arguments()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        pack = make_pack(given, folder / "pack")
        told, until = run(given, folder)
        truth = read_truth(folder / "truth" / FILE)
        record = read_record(folder / "store", PARTITION)
        scores = Judge(truth, record, rules_of(pack, until)).result()
    result = {
        "seed": given.seed,
        "scale": given.scale,
        "days": (until - START) / DAY_US,
        "events": len(truth.events),
        "reports": len(truth.about),
        **told,
        **scores,
        "elapsed_s": round(time.monotonic() - started, 1),
    }
    report(result)


if __name__ == "__main__":
    main()
