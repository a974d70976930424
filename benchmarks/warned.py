"""From an observation to the warning on disk, while all sensors of a large city speak each minute.

Ten million sensors are registered, 180,000 observations a second come in, history is asked all the
while; now and then a gas detector somewhere says too much, and the store is read by this process
until the warning stands in it.
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from benchmarks.running import report
from benchmarks.sense_client import Poster, bodies, send
from benchmarks.sense_served import (
    PORT,
    asking,
    id_of,
    key_of,
    pack_at,
    register_all,
    rss_mb_of,
    served,
)
from benchmarks.signing import service_key

ROWS = 10_000
_PROBES = 400
_WAIT_S = 10.0
_LOOK_S = 0.01


def main() -> None:
    """Run the benchmark."""
    given = _arguments()
    made = bodies("columns", given.sensors, ROWS, max(20, given.sensors // ROWS), id_of, given.seed)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        store, pack = folder / "store", pack_at(folder, given.scale)
        with served(store, pack) as server:
            key, service = key_of(store), service_key(store, "sensing:read")
            register_all(given.sensors, key, pack)
            areas = _probes(key, pack)
            load: dict[str, Any] = {}
            ends = threading.Event()
            sending = threading.Thread(target=_load, args=(given, made, key, load))
            reading = threading.Thread(target=_ask, args=(given, service, ends, load))
            sending.start()
            reading.start()
            time.sleep(5.0)
            took_s, missed = _warned(given, key, areas, store)
            rss_mb = rss_mb_of(server.pid)
            ends.set()
            sending.join()
            reading.join()
    report(
        {
            "sensors": given.sensors,
            "rows_per_s": load.get("rows_per_s", 0),
            "load_p99_ms": load.get("p99_ms", 0),
            "warnings": len(took_s),
            "missed": missed,
            "warned_s_median": round(float(np.median(took_s)), 3),
            "warned_s_p99": round(float(np.percentile(took_s, 99)), 3),
            "warned_s_max": round(max(took_s), 3),
            "history_asked": len(load["asked_ms"]),
            "history_ms_median": round(float(np.median(load["asked_ms"] or [0])), 1),
            "rss_mb": rss_mb,
        }
    )
    sys.exit(0 if not missed else 1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sensors", type=int, default=10_000_000)
    parser.add_argument("--rate", type=float, default=180_000.0)
    parser.add_argument("--warnings", type=int, default=120)
    parser.add_argument("--scale", default="mega")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", help="not used: nothing recorded is needed")
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    if given.quick:
        given.sensors, given.warnings, given.scale = 100_000, 8, "district"
        given.rate = 50_000.0
    return given


def _probes(key: str, pack: Path) -> list[str]:
    """Register a gas detector in each of some neighbourhoods; return these."""
    lines = [line.split(",") for line in (pack / "areas.csv").read_text().splitlines()[1:]]
    areas = [line[0] for line in lines if line[1] == "neighbourhood"][:_PROBES]
    sensors = [
        {"id": f"probe-{area}", "property": "gas_detector", "feed": "gateways", "area": area}
        for area in areas
    ]
    connection = Poster(PORT, "/ingest/v1/sensors", key, "application/json")
    status, told = connection.post(msgspec.json.encode(sensors))
    if status != 200 or json.loads(told)["refused"]:
        raise SystemExit(f"the probes were refused: {told[:300]!r}")
    return areas


def _load(given: argparse.Namespace, made: list[Any], key: str, into: dict[str, Any]) -> None:
    ledger, took_s = send(
        "columns",
        made,
        port=PORT,
        path="/ingest/v1/observations",
        key=key,
        seconds=given.warnings * 1.5 + 10,
        connections=4,
        rows_per_s=given.rate,
    )
    into["rows_per_s"] = round(ledger.rows / took_s)
    into["p99_ms"] = round(float(np.percentile(ledger.took_ms, 99)), 1)


def _ask(
    given: argparse.Namespace, service: str, ends: threading.Event, into: dict[str, Any]
) -> None:
    """Ask history again and again: one sensor's day, one area's sign."""
    rng = random.Random(given.seed)  # noqa: S311 - which sensor is asked about
    asked = into.setdefault("asked_ms", [])
    while not ends.wait(1.0):
        sensor = id_of(rng.randrange(given.sensors))
        request = asking(f"/api/v1/sensing/sensors/{sensor}/history", service)
        started = time.perf_counter()
        urllib.request.urlopen(request, timeout=60).read()  # noqa: S310 - our own
        asked.append((time.perf_counter() - started) * 1_000)


def _warned(
    given: argparse.Namespace, key: str, areas: list[str], store: Path
) -> tuple[list[float], int]:
    """Let detectors say too much, one after another; return how long each warning took."""
    rng = random.Random(given.seed)  # noqa: S311 - when a detector speaks
    connection = Poster(PORT, "/ingest/v1/observations", key, "application/json")
    reading = sqlite3.connect(f"file:{store / 'chengyun.db'}?mode=ro", uri=True)
    took_s, missed = [], 0
    for area in (areas * (given.warnings // len(areas) + 1))[: given.warnings]:
        time.sleep(rng.uniform(0.1, 1.1))
        sent, at = time.perf_counter(), time.time_ns() // 1_000
        row = {"sensor": f"probe-{area}", "at": at, "value": 50}
        connection.post(msgspec.json.encode([row]))
        while time.perf_counter() - sent < _WAIT_S:
            found = reading.execute(
                "select count(*) from facts where kind = 'WarningRaised' and subject like ?",
                (f"warn:gas_highest:all:{area}:%",),
            ).fetchone()
            if found[0]:
                took_s.append(time.perf_counter() - sent)
                break
            time.sleep(_LOOK_S)
        else:
            missed += 1
    return took_s, missed


if __name__ == "__main__":
    main()
