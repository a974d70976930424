"""What all benchmarks share: where the data are, how a replay is started, what machine this is."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PACK = ROOT / "cities" / "boston-311"


def arguments(description: str) -> argparse.Namespace:
    """Parse what every benchmark takes."""
    parser = argparse.ArgumentParser(description=description)
    default = os.environ.get("CHENGYUN_DATA", str(ROOT.parent / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=Path(default), help="folder of recorded data")
    parser.add_argument("--quick", action="store_true", help="a small part, to see that it works")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def windows(data: Path) -> list[Path]:
    """Return the recorded request files of Boston, or leave saying that there are none."""
    found = sorted((data / "boston-311").glob("requests-*.csv.gz"))
    if not found:
        print(f"skipped: no recorded requests in {data / 'boston-311'}", file=sys.stderr)
        print(json.dumps({"skipped": "no data"}))
        sys.exit(0)
    return found


def command(requests: list[Path], out: Path, *more: str) -> list[str]:
    """Return the command line of a replay."""
    given = [part for path in requests for part in ("--requests", str(path))]
    return [sys.executable, "-m", "chengyun", "replay", str(PACK), *given, "--out", str(out), *more]


def replay(requests: list[Path], out: Path, *more: str, timeout_s: float = 3_600) -> dict[str, Any]:
    """Run a replay in a process of its own and return its report with the measured time."""
    started = time.monotonic()
    done = subprocess.run(
        command(requests, out, *more, "--json"),
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"the replay failed ({done.returncode}): {done.stderr[-2_000:]}")
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    report["wall_s"] = round(time.monotonic() - started, 3)
    return report


def audit(out: Path, what: str) -> str:
    """Run ``chengyun audit`` in a process of its own and return what it says."""
    done = subprocess.run(
        [sys.executable, "-m", "chengyun", "audit", what, str(out)],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    return done.stdout.strip() if done.returncode == 0 else f"FAILED: {done.stdout}{done.stderr}"


def machine() -> str:
    """Return what the figures were measured on."""
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


def report(result: dict[str, Any]) -> None:
    """Print the result as the last line."""
    print(json.dumps(result | {"machine": machine()}))
