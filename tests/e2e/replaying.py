"""Starts ``chengyun`` as a user would, and seeded requests to give it."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

from chengyun.app import packs
from chengyun.sim.demand import generate, write_csv

ROOT = Path(__file__).parents[2]
BOSTON = ROOT / "cities" / "boston-311"


def chengyun(*words: object, code: int | None = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "chengyun", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert code is None or done.returncode == code, done.stdout + done.stderr
    return done


def replay(out: Path, *requests: Path, more: tuple[object, ...] = ()) -> dict[str, Any]:
    given = [word for path in requests for word in ("--requests", path)]
    done = chengyun("replay", BOSTON, *given, "--out", out, "--json", *more)
    return json.loads(done.stdout.splitlines()[-1])


def sample(path: Path, *, seed: int, days: int, per_day: int) -> list[dict[str, str]]:
    made = generate(
        packs.loaded(BOSTON), seed=seed, days=days, per_day=per_day, start=date(2026, 3, 2)
    )
    write_csv(path, made)
    return made.rows


def write_rows(path: Path, rows: list[dict[str, str]], encoding: str = "utf-8") -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        table = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
