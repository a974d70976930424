"""Ten million sensors through the whole path: acknowledged after a sync, judged, made into signs.

The platform is ``chengyun serve`` with the largest pack of Linjiang, in a process of its own; the
sender keeps its own ledger, and another process reads the segment log again. ``bare`` is the same
load on an endpoint that reads, decodes and acknowledges without keeping, in the same run.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.running import report
from benchmarks.sense_client import Ledger, bodies, send
from benchmarks.sense_served import (
    PORT,
    got,
    id_of,
    key_of,
    pack_at,
    register_all,
    rss_mb_of,
    served,
    stored_in,
    until_up,
)
from benchmarks.signing import service_key

BARE_PORT = 8_572


def main() -> None:
    """Run the benchmark."""
    given = _arguments()
    rows_made = 400_000 if given.quick else (4_000_000 if given.format == "json" else 10_000_000)
    count = max(2, rows_made // given.rows)
    made = bodies(given.format, given.sensors, given.rows, count, id_of, given.seed)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        pack = pack_at(folder, given.scale)
        with served(folder / "store", pack) as server:
            key = key_of(folder / "store")
            registered_s = register_all(given.sensors, key, pack)
            print(f"registered {given.sensors:,} in {registered_s:.0f} s", file=sys.stderr)
            _send(given, made, key, seconds=min(3.0, given.seconds))  # the first pages
            before = stored_in(folder / "store")
            ledger, took_s = _send(given, made, key, seconds=given.seconds)
            rss_mb = rss_mb_of(server.pid)
            latest = got("/api/v1/sensing/feeds", service_key(folder / "store", "sensing:read"))
        after = stored_in(folder / "store")
        with _bare():
            bare, bare_s = send(
                given.format,
                made,
                port=BARE_PORT,
                path="/ingest/v1/observations",
                key="",
                seconds=given.seconds,
                connections=given.connections,
            )
    stored = {name: after[name] - before[name] for name in ("rows", "handles", "values")}
    result = _result(given, ledger, took_s, bare, bare_s, stored, after["doubled"])
    report(
        result
        | {"rss_mb": rss_mb, "registered_s": round(registered_s, 1), "feeds": latest["feeds"]}
    )
    sys.exit(0 if not result["lost"] and not result["doubled"] else 1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sensors", type=int, default=10_000_000)
    parser.add_argument("--format", choices=["json", "columns", "arrow"], default="columns")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rows", type=int, default=10_000, help="rows in a batch")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--rate", type=float, default=0.0, help="rows a second; 0 is all it takes")
    parser.add_argument("--scale", default="mega")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", help="not used: nothing recorded is needed")
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    if given.quick:
        given.sensors, given.seconds, given.scale = min(given.sensors, 100_000), 3.0, "district"
    return given


def _result(
    given: argparse.Namespace,
    ledger: Ledger,
    took_s: float,
    bare: Ledger,
    bare_s: float,
    stored: dict[str, int],
    doubled: int,
) -> dict[str, Any]:
    rate, bare_rate = ledger.rows / took_s, bare.rows / bare_s
    sums_agree = stored["handles"] == ledger.handles and stored["values"] == ledger.values
    return {
        "format": given.format,
        "sensors": given.sensors,
        "batch_rows": given.rows,
        "rows_per_s": round(rate),
        "bare_rows_per_s": round(bare_rate),
        "ratio": round(rate / bare_rate, 3),
        "p50_ms": round(float(np.percentile(ledger.took_ms, 50)), 1),
        "p99_ms": round(float(np.percentile(ledger.took_ms, 99)), 1),
        "acked": ledger.rows - ledger.refused,
        "stored": stored["rows"],
        "lost": max(0, ledger.rows - ledger.refused - stored["rows"]),
        "doubled": doubled + max(0, stored["rows"] - ledger.rows + ledger.refused),
        "sums_agree": sums_agree,
        "refused": ledger.refused,
        "busy": ledger.busy,
    }


@contextlib.contextmanager
def _bare() -> Iterator[None]:
    server = subprocess.Popen([sys.executable, "-m", "benchmarks.sense_bare", str(BARE_PORT)])
    try:
        until_up(BARE_PORT, server)
        yield
    finally:
        server.terminate()
        server.wait(30)


def _send(
    given: argparse.Namespace, made: list[Any], key: str, *, seconds: float
) -> tuple[Ledger, float]:
    return send(
        given.format,
        made,
        port=PORT,
        path="/ingest/v1/observations",
        key=key,
        seconds=seconds,
        connections=given.connections,
        rows_per_s=given.rate,
    )


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    main()
