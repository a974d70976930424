"""``kill -9`` at random moments of a replay, then ``--resume``: the same state, nothing lost.

The moments are drawn from a seed over the time that the uninterrupted run took. After each kill
the chain is verified by another process; at the end the state is compared with the
uninterrupted one, and the facts are counted in the store itself.
"""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.running import arguments, audit, command, replay, report, windows

KILLS = 50
QUICK_KILLS = 3


def count_facts(out: Path) -> tuple[int, int]:
    """Return how many facts the store holds and how many different ids they have."""
    with sqlite3.connect(f"file:{out / 'store' / 'chengyun.db'}?mode=ro", uri=True) as store:
        row = store.execute("SELECT count(*), count(DISTINCT log || ' ' || id) FROM facts")
        facts, ids = row.fetchone()
    return int(facts), int(ids)


def killed_after(requests: list[Path], out: Path, seconds: float) -> bool:
    """Start (or resume) a replay and kill it; return whether it had ended before."""
    more = ["--resume"] if (out / "store").exists() else []
    with subprocess.Popen(
        command(requests, out, *more, "--json"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            return False
    return True


def main() -> None:
    """Run the benchmark."""
    given = arguments(__doc__)
    draw = random.Random(given.seed)  # noqa: S311 - moments, not secrets
    kills = QUICK_KILLS if given.quick else KILLS
    requests = windows(given.data)[:1]
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole"
        calm = replay(requests, whole)
        cut = Path(folder) / "cut"
        started, ended, done = time.monotonic(), 0, 0
        while done < kills:
            if killed_after(requests, cut, draw.uniform(1.0, calm["wall_s"] * 0.7)):
                ended += 1
                cut = Path(folder) / f"cut-{ended}"
                continue
            done += 1
            if (cut / "store" / "chengyun.db").exists():
                verdict = audit(cut, "verify")
                if "FAILED" in verdict:
                    report({"kills": done, "same_state": False, "chain": verdict})
                    sys.exit(1)
        resumed = replay(requests, cut, "--resume")
        facts, ids = count_facts(cut)
        result = {
            "kills": done,
            "runs_that_ended_before": ended,
            "same_state": resumed["state_hash"] == calm["state_hash"],
            "facts": facts,
            "expected_facts": count_facts(whole)[0],
            "doubled": facts - ids,
            "lost": count_facts(whole)[0] - facts,
            "elapsed_s": round(time.monotonic() - started, 1),
            "seed": given.seed,
        }
    report(result)
    sys.exit(0 if result["same_state"] and not result["doubled"] else 1)


if __name__ == "__main__":
    main()
