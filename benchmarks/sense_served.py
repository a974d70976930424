"""What the benchmarks of the stream lane share: a served city, a key, sensors, its log."""

from __future__ import annotations

import contextlib
import json
import resource
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]

PORT = 8_571
_REGISTER_ROWS = 100_000


def id_of(handle: int) -> str:
    """Return the id of the sensor that is registered with this handle."""
    return f"lj-{handle:010d}"


def pack_at(folder: Path, scale: str) -> Path:
    """Write the pack of a simulated city; return its folder."""
    pack = folder / "pack"
    line = ["sim", "pack", "--seed", "7", "--scale", scale, "--out", str(pack)]
    subprocess.run([sys.executable, "-m", "chengyun", *line], check=True, stdout=subprocess.DEVNULL)
    return pack


@contextlib.contextmanager
def served(store: Path, pack: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Serve a city until it is left."""
    server = started(store, pack)
    try:
        until_up(PORT, server)
        yield server
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(120)


def started(store: Path, pack: Path) -> subprocess.Popen[bytes]:
    """Start to serve a city."""
    line = ["serve", str(store), "--pack", str(pack), "--port", str(PORT)]
    log = (store.parent / "serve.log").open("ab")
    return subprocess.Popen([sys.executable, "-m", "chengyun", *line], stdout=log, stderr=log)


def until_up(port: int, server: subprocess.Popen[bytes]) -> None:
    """Wait until something answers there; leave if the server ends before."""
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


def key_of(store: Path) -> str:
    """Issue a key for the feed of the simulated gateways."""
    line = ["key", "issue", str(store), "--feed", "gateways", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "chengyun", *line], check=True, capture_output=True, text=True
    )
    key: str = json.loads(done.stdout)["key"]
    return key


def register_all(sensors: int, key: str, pack: Path) -> float:
    """Register all sensors: properties in turn, evenly over the unit grids of the city."""
    kinds = ("drain_level", "noise_meter", "air_quality", "power_meter", "water_meter")
    lines = (pack / "unit_grids.csv").read_text().splitlines()[1:]
    grids = [line.split(",", 1)[0] for line in lines]
    started = time.monotonic()
    for first in range(0, sensors, _REGISTER_ROWS):
        numbers = range(first, min(sensors, first + _REGISTER_ROWS))
        batch = pa.record_batch(
            {
                "id": pa.array([id_of(number) for number in numbers]),
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
        answer = posted("/ingest/v1/sensors", bytes(sink.getvalue()), key)
        if answer["refused"] or answer["handles"][0] != first:
            raise SystemExit(f"a registration was refused: {str(answer)[:300]}")
    return time.monotonic() - started


def posted(path: str, content: bytes, key: str) -> Any:
    """Post an Arrow stream; return the answer."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{PORT}{path}",
        content,
        {
            "Authorization": f"Bearer {key}",
            "Content-Type": "application/vnd.apache.arrow.stream",
        },
    )
    return json.load(urllib.request.urlopen(request, timeout=120))  # noqa: S310 - our own


def got(path: str, key: str) -> Any:
    """Return what a way of the interface answers to a service with its key."""
    return json.load(urllib.request.urlopen(asking(path, key), timeout=60))  # noqa: S310 - our own


def asking(path: str, key: str) -> urllib.request.Request:
    """Return the request of a service with its key."""
    headers = {"Authorization": f"Bearer {key}"}
    return urllib.request.Request(f"http://127.0.0.1:{PORT}{path}", headers=headers)


def stored_in(store: Path) -> dict[str, int]:
    """Read the segment log in a process of its own; return its sums."""
    line = [sys.executable, "-m", "benchmarks.sense_store", str(store / "stream" / "log")]
    done = subprocess.run(line, check=True, capture_output=True, text=True)
    found: dict[str, int] = json.loads(done.stdout)
    return found


def rss_mb_of(pid: int) -> int:
    """Return the resident memory of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize() // 2**20
