"""An authorised list over a million cases: how long a page takes over HTTP, for eight scopes.

The store is filled by a process of its own, which then serves it; this one asks, page after page,
with and without filters by area and department, and checks by the pack's own tables that every
case it is given lies within the grants of who asked, newest first.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from benchmarks.authorised_store import accounts
from benchmarks.running import report
from benchmarks.sense_served import pack_at
from chengyun.app import packs
from chengyun.facts.registers import Areas, UnitGridRegister, Units
from chengyun.guard.places import Places, places_of

PROMISED_MS: Final = 50.0
CASES: Final = 1_000_000
QUICK_CASES: Final = 20_000
REQUESTS: Final = 2_000
QUICK_REQUESTS: Final = 200

Held = dict[str, list[tuple[str, str, str]]]


def queries(places: Places, units: Units) -> list[str]:
    """Return what is asked besides one's own scope."""
    areas = sorted(places.areas)
    district = next(area for area in areas if len(places.way_down(area)) == 1)
    subdistrict = next(area for area in areas if len(places.way_down(area)) == 2)
    department = next(code for code, unit in units.units.items() if unit.kind == "department")
    return [
        "limit=50",
        f"area={district}&unit={department}",
        f"area={subdistrict}&unit={department}",
        f"area={district}",
        f"unit={department}&state=dispatched",
        f"area={district}&type=type-07",
        "state=closed&limit=200",
    ]


def check(page: list[dict[str, Any]], held: list[tuple[str, str, str]], places: Places) -> None:
    """Leave where a case lies outside the grants, or the order is another one."""
    for case in page:
        inside = any(
            places.area_in(area, case["area"]) and places.unit_in(unit, case["unit"])
            for _, area, unit in held
        )
        if not inside:
            raise SystemExit(f"{case['case']} was given to somebody it is not for")
    began = [(case["filed_at"], case["case"]) for case in page]
    if began != sorted(began, reverse=True):
        raise SystemExit("a page is not in order")


def measure(url: str, count: int, held: Held, places: Places, units: Units) -> dict[str, Any]:
    """Ask ``count`` pages, and return how long they took."""
    draw, asked = random.Random(1), queries(places, units)  # noqa: S311 - which page is next
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)
    took: dict[str, list[float]] = {name: [] for name in held}
    rows = 0
    cursors: dict[tuple[str, str], str] = {}
    for number in range(count):
        account = list(held)[number % len(held)]
        query = draw.choice(asked)
        at = cursors.get((account, query), "")
        path = f"/api/v1/cases?{query}" + (f"&cursor={at}" if at else "")
        started = time.perf_counter()
        connection.request("GET", path, headers={"X-Actor": f"account:{account}"})
        answer = connection.getresponse()
        content = answer.read()
        took[account].append((time.perf_counter() - started) * 1_000)
        if answer.status != 200:
            raise SystemExit(f"{answer.status}: {content[:500]!r}")
        page = json.loads(content)
        rows += len(page["cases"])
        check(page["cases"], held[account], places)
        cursors[account, query] = page["next"] or ""
    every = sorted(ms for one in took.values() for ms in one)
    return {
        "requests": count,
        "rows": rows,
        "p50_ms": round(every[len(every) // 2], 2),
        "p99_ms": round(every[int(len(every) * 0.99)], 2),
        "max_ms": round(every[-1], 2),
        "p99_ms_by_scope": {
            name: round(sorted(one)[int(len(one) * 0.99)], 2) for name, one in took.items()
        },
    }


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="not needed here")
    parser.add_argument("--quick", action="store_true", help="a small city, few cases")
    parser.add_argument("--cases", type=int)
    given = parser.parse_args()
    count = given.cases or (QUICK_CASES if given.quick else CASES)
    with tempfile.TemporaryDirectory() as folder:
        pack = pack_at(Path(folder), "district" if given.quick else "mega")
        resolved = packs.loaded(pack)
        units = packs.section(resolved, Units)
        grids = packs.section_or_empty(resolved, UnitGridRegister)
        places = places_of(packs.section(resolved, Areas), units, grids)
        line = [sys.executable, "-m", "benchmarks.authorised_store", f"{folder}/store", str(pack)]
        with subprocess.Popen([*line, str(count)], stdout=subprocess.PIPE, text=True) as server:
            told = (server.stdout.readline() if server.stdout else "").split()
            try:
                url, filled_s = told
                requests = QUICK_REQUESTS if given.quick else REQUESTS
                found = measure(url, requests, accounts(places, units), places, units)
            finally:
                server.terminate()
                server.wait(60)
    kept = found["p99_ms"] <= PROMISED_MS
    report({"cases": count, "filled_s": float(filled_s), **found, "under_50_ms": kept})


if __name__ == "__main__":
    main()
