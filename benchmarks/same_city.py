"""The same seed, the same city, the same events, the same state, at every scale and speed.

Each scale is lived three times, each time by a world and a platform of its own: straight through
as fast as it goes; watched, at paces drawn from the seed, in pieces and with pauses; and killed by
SIGKILL in a minute drawn from the seed, then gone on with by other processes. Afterwards other
processes hash stores and truths, and only those hashes are compared. A world that goes on writes no
truth.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.running import audit, report
from chengyun.kernel.instants import HOUR_US, MINUTE_US
from chengyun.sim.linjiang.scales import SCALES
from chengyun.sim.linjiang.seeds import MAX_SEED
from chengyun.sim.world.truth import FILE

HOURS = {"district": 24.0, "city": 4.0, "mega": 2.0}
"""How long each scale is lived, unless ``--hours`` says otherwise."""
QUICK_HOURS = {"district": 2.0, "city": 0.5, "mega": 0.25}
MOST_HOURS = 24.0 * 31
MANNERS = ("straight", "watched")
KILLED = "killed"


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


def command(manner: str, scale: str, seed: int, span_us: int, folder: Path) -> list[str]:
    """Return the command line of one run."""
    return [
        *(sys.executable, "-m", "benchmarks.same_city_run", "--manner", manner),
        *("--pack", str(folder / "pack"), "--out", str(folder / manner)),
        *("--scale", scale, "--seed", str(seed), "--span-us", str(span_us)),
    ]


def lived(manner: str, scale: str, seed: int, span_us: int, folder: Path) -> dict[str, Any]:
    """Live a city in one manner; return what it measured of itself and the hashes of others."""
    line = command(manner, scale, seed, span_us, folder)
    done = subprocess.run(line, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{scale}, {manner}: the run ended with {done.returncode}")
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    truth = folder / manner / "truth" / FILE
    if truth.exists():
        with truth.open("rb") as content:
            told["truth_digest"] = hashlib.file_digest(content, "sha256").hexdigest()
    told["state_hash"] = audit(folder / manner, "state-hash")
    print(f"{scale}, {manner}: {json.dumps(told)}", file=sys.stderr)
    return told


def killed(scale: str, seed: int, span_us: int, folder: Path) -> int:
    """Begin a run and kill it somewhere on its way; return in which minute of the city."""
    drawn = random.Random(f"{seed} {scale}")  # noqa: S311 - a moment, no secret
    minutes = span_us // MINUTE_US
    wanted = drawn.randint(minutes // 4, minutes * 3 // 4)
    line = command(KILLED, scale, seed, span_us, folder)
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as process:
        for said in process.stdout or ():
            if said.split() == ["lived", str(wanted)]:
                time.sleep(drawn.uniform(0, 0.02))
                process.send_signal(signal.SIGKILL)
                return wanted
    raise SystemExit(f"{scale}, {KILLED}: the run ended by itself")


def of_scale(scale: str, given: argparse.Namespace) -> dict[str, Any]:
    """Live one scale in every manner and compare."""
    hours = given.hours or (QUICK_HOURS if given.quick else HOURS)[scale]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        pack_s = made_pack(scale, given.seed, folder / "pack")
        whole = (scale, given.seed, round(hours * HOUR_US), folder)
        runs = {manner: lived(manner, *whole) for manner in MANNERS}
        minute = killed(*whole)
        runs[KILLED] = lived(KILLED, *whole) | {"killed_in_minute": minute}
    one, other, third = runs.values()
    return {
        "hours": hours,
        "pack_s": pack_s,
        "same_state": one["state_hash"] == other["state_hash"] and len(one["state_hash"]) == 64,
        "same_state_after_kill": one["state_hash"] == third["state_hash"],
        "same_truth": one["truth_digest"] == other["truth_digest"],
        "runs": runs,
    }


def main() -> None:
    """Run the benchmark; end with 1 where anything differs."""
    given = arguments()
    started = time.monotonic()
    scales = {scale: of_scale(scale, given) for scale in given.scales}
    same = all(
        one["same_state"] and one["same_state_after_kill"] and one["same_truth"]
        for one in scales.values()
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
