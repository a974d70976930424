"""The same seed, the same city, the same events, the same state, at every scale and speed.

Each scale is lived twice, each time by a world and a platform of its own: once straight through as
fast as it goes, once watched, at paces drawn from the seed, in pieces and with pauses. Afterwards
other processes hash both stores and both truths, and nothing but those hashes is compared.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.running import audit, report
from chengyun.kernel.instants import HOUR_US
from chengyun.sim.linjiang.scales import SCALES
from chengyun.sim.linjiang.seeds import MAX_SEED
from chengyun.sim.world.truth import FILE

HOURS = {"district": 24.0, "city": 4.0, "mega": 2.0}
"""How long each scale is lived, unless ``--hours`` says otherwise."""
QUICK_HOURS = {"district": 2.0, "city": 0.5, "mega": 0.25}
MOST_HOURS = 24.0 * 31
MANNERS = ("straight", "watched")


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scales", default=",".join(SCALES), help="which, with commas between")
    parser.add_argument("--hours", type=float, help="how long each is lived")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="a part of it, to see that it works")
    given = parser.parse_args()
    given.scales = [name.strip() for name in given.scales.split(",")]
    unknown = [name for name in given.scales if name not in SCALES]
    if unknown:
        parser.error(f"--scales: {unknown[0]!r} is none of {', '.join(SCALES)}")
    if not 0 <= given.seed <= MAX_SEED:
        parser.error(f"--seed: a whole number from 0 to {MAX_SEED}")
    if given.hours is not None and not 0 < given.hours <= MOST_HOURS:
        parser.error(f"--hours: more than 0, at most {MOST_HOURS:g}")
    return given


def made_pack(scale: str, seed: int, folder: Path) -> float:
    """Write the pack of a city; return how many seconds that took."""
    started = time.monotonic()
    line = [sys.executable, "-m", "chengyun", "sim", "pack", "--seed", str(seed)]
    done = subprocess.run(
        [*line, "--scale", scale, "--out", str(folder)],
        capture_output=True,
        text=True,
        timeout=1_800,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"no pack: {done.stdout[-2_000:]}{done.stderr[-2_000:]}")
    return round(time.monotonic() - started, 2)


def lived(manner: str, scale: str, seed: int, span_us: int, folder: Path) -> dict[str, Any]:
    """Live a city in one manner; return what it measured of itself and the hashes of others."""
    out = folder / manner
    done = subprocess.run(
        [
            *(sys.executable, "-m", "benchmarks.same_city_run", "--manner", manner),
            *("--pack", str(folder / "pack"), "--out", str(out)),
            *("--scale", scale, "--seed", str(seed), "--span-us", str(span_us)),
        ],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{scale}, {manner}: the run ended with {done.returncode}")
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    with (out / "truth" / FILE).open("rb") as truth:
        told["truth_digest"] = hashlib.file_digest(truth, "sha256").hexdigest()
    told["state_hash"] = audit(out, "state-hash")
    return told


def of_scale(scale: str, given: argparse.Namespace) -> dict[str, Any]:
    """Live one scale in both manners and compare."""
    hours = given.hours or (QUICK_HOURS if given.quick else HOURS)[scale]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        pack_s = made_pack(scale, given.seed, folder / "pack")
        runs = {}
        for manner in MANNERS:
            runs[manner] = lived(manner, scale, given.seed, round(hours * HOUR_US), folder)
            print(f"{scale}, {manner}: {json.dumps(runs[manner])}", file=sys.stderr)
    one, other = (runs[manner] for manner in MANNERS)
    return {
        "hours": hours,
        "pack_s": pack_s,
        "same_state": one["state_hash"] == other["state_hash"] and len(one["state_hash"]) == 64,
        "same_truth": one["truth_digest"] == other["truth_digest"],
        "same_facts": one["facts"] == other["facts"],
        "runs": runs,
    }


def main() -> None:
    """Run the benchmark; end with 1 where anything differs."""
    given = arguments()
    started = time.monotonic()
    scales = {scale: of_scale(scale, given) for scale in given.scales}
    same = all(
        one["same_state"] and one["same_truth"] and one["same_facts"] for one in scales.values()
    )
    result = {
        "seed": given.seed,
        "same": same,
        "scales": scales,
        "elapsed_s": round(time.monotonic() - started, 1),
    }
    report(result)
    sys.exit(0 if same else 1)


if __name__ == "__main__":
    main()
