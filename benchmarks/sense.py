"""Ten million sensors through the whole path: acknowledged after a sync, judged, made into signs.

The platform is ``chengyun serve`` with the largest pack of Linjiang, in a process of its own; the
sender keeps its own ledger, and another process reads the segment log again. ``bare`` is the same
load on an endpoint that reads, decodes and acknowledges without keeping, in the same run.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

from benchmarks.running import report
from benchmarks.sense_client import Ledger, bodies, send

PORT, BARE_PORT = 8_571, 8_572
_REGISTER_ROWS = 100_000


def main() -> None:
    """Run the benchmark."""
    given = _arguments()
    rows_made = 400_000 if given.quick else (4_000_000 if given.format == "json" else 10_000_000)
    count = max(2, rows_made // given.rows)
    made = bodies(given.format, given.sensors, given.rows, count, _id_of, given.seed)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        pack = _pack(folder, given.scale)
        with _served(folder / "store", pack) as server:
            key = _key(folder / "store")
            registered_s = _register(given.sensors, key, pack)
            print(f"registered {given.sensors:,} in {registered_s:.0f} s", file=sys.stderr)
            _send(given, made, key, seconds=min(3.0, given.seconds))  # the first pages
            before = _stored(folder / "store")
            ledger, took_s = _send(given, made, key, seconds=given.seconds)
            rss_mb = _rss_mb(server.pid)
            latest = _get("/api/v1/sensing/feeds")
        after = _stored(folder / "store")
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
    parser.add_argument("--connections", type=int, default=8)
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


def _id_of(handle: int) -> str:
    return f"lj-{handle:010d}"


def _pack(folder: Path, scale: str) -> Path:
    pack = folder / "pack"
    line = ["sim", "pack", "--seed", "7", "--scale", scale, "--out", str(pack)]
    subprocess.run([sys.executable, "-m", "chengyun", *line], check=True, stdout=subprocess.DEVNULL)
    return pack


@contextlib.contextmanager
def _served(store: Path, pack: Path) -> Iterator[subprocess.Popen[bytes]]:
    line = ["serve", str(store), "--pack", str(pack), "--port", str(PORT)]
    server = subprocess.Popen([sys.executable, "-m", "chengyun", *line], stdout=subprocess.PIPE)
    try:
        _until_up(PORT, server)
        yield server
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(120)


@contextlib.contextmanager
def _bare() -> Iterator[None]:
    server = subprocess.Popen([sys.executable, "-m", "benchmarks.sense_bare", str(BARE_PORT)])
    try:
        _until_up(BARE_PORT, server)
        yield
    finally:
        server.terminate()
        server.wait(30)


def _until_up(port: int, server: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + 300
    while time.monotonic() < ends and server.poll() is None:
        with contextlib.suppress(OSError):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5)
            except urllib.error.HTTPError:
                return
            return
        time.sleep(0.2)
    raise SystemExit("the server did not start")


def _key(store: Path) -> str:
    line = ["key", "issue", str(store), "--feed", "gateways", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "chengyun", *line], check=True, capture_output=True, text=True
    )
    key: str = json.loads(done.stdout)["key"]
    return key


def _register(sensors: int, key: str, pack: Path) -> float:
    """Register all sensors: properties in turn, evenly over the unit grids of the city."""
    kinds = ("drain_level", "noise_meter", "air_quality", "power_meter", "water_meter")
    lines = (pack / "unit_grids.csv").read_text().splitlines()[1:]
    grids = [line.split(",", 1)[0] for line in lines]
    started = time.monotonic()
    for first in range(0, sensors, _REGISTER_ROWS):
        numbers = range(first, min(sensors, first + _REGISTER_ROWS))
        batch = pa.record_batch(
            {
                "id": pa.array([_id_of(number) for number in numbers]),
                "property": pa.array([kinds[number % len(kinds)] for number in numbers]),
                "feed": pa.array(["gateways"] * len(numbers)),
                "area": pa.array([grids[number % len(grids)] for number in numbers]),
                "gateway": pa.array([f"gw-{number // 10_000}" for number in numbers]),
                "cadence_s": pa.array([3_600] * len(numbers)),
            }
        )
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, batch.schema) as writer:
            writer.write_batch(batch)
        answer = _post("/ingest/v1/sensors", bytes(sink.getvalue()), key)
        if answer["refused"] or answer["handles"][0] != first:
            raise SystemExit(f"a registration was refused: {str(answer)[:300]}")
    return time.monotonic() - started


def _post(path: str, content: bytes, key: str) -> Any:
    request = urllib.request.Request(
        f"http://127.0.0.1:{PORT}{path}",
        content,
        {
            "Authorization": f"Bearer {key}",
            "Content-Type": "application/vnd.apache.arrow.stream",
        },
    )
    return json.load(urllib.request.urlopen(request, timeout=120))  # noqa: S310 - our own


def _get(path: str) -> Any:
    return json.load(urllib.request.urlopen(f"http://127.0.0.1:{PORT}{path}", timeout=60))


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


def _stored(store: Path) -> dict[str, int]:
    line = [sys.executable, "-m", "benchmarks.sense_store", str(store / "stream" / "log")]
    done = subprocess.run(line, check=True, capture_output=True, text=True)
    found: dict[str, int] = json.loads(done.stdout)
    return found


def _rss_mb(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize() // 2**20


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    main()
