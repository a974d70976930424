"""``kill -9`` under load, again and again: nothing acknowledged is lost, nothing is doubled.

A sender with its own ledger sends batches under ids; the platform is killed at random moments and
started again; whatever was not answered is sent again under the same id. At the end another process
reads the segment log, and the lane is played again from its snapshot and from its beginning.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.running import report
from benchmarks.sense_client import TYPES, Body, Poster, bodies, stamped
from benchmarks.sense_served import (
    PORT,
    id_of,
    key_of,
    pack_at,
    register_all,
    served,
    started,
    stored_in,
    until_up,
)

ROWS = 10_000
_PAUSE_S = 0.05


class Sender:
    """Sends batch after batch over some connections, each until it is answered."""

    def __init__(self, made: list[Body], key: str, connections: int) -> None:
        self._made = made
        self._key = key
        self._ends = threading.Event()
        self.rows = self.handles = self.values = self.again = 0
        self.wrong: list[str] = []
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._work, args=(number, connections))
            for number in range(connections)
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End when what is under way is answered."""
        self._ends.set()
        for thread in self._threads:
            thread.join()

    def _work(self, number: int, connections: int) -> None:
        turn, connection = number, None
        while not self._ends.is_set():
            body = self._made[turn % len(self._made)]
            content = stamped("arrow", body, int(time.time() * 100))
            answer = None
            tries = 0
            while answer is None:
                try:
                    connection = connection or Poster(
                        PORT, "/ingest/v1/observations", self._key, TYPES["arrow"]
                    )
                    status, told = connection.post(content, f"batch-{turn}")
                    if status in (429, 503):
                        time.sleep(_PAUSE_S)
                        continue
                    answer = (status, told)
                except OSError:
                    connection = None
                    tries += 1
                    time.sleep(_PAUSE_S)
            self._note(body, answer, tries)
            turn += connections

    def _note(self, body: Body, answer: tuple[int, bytes], tries: int) -> None:
        status, told = answer
        taken = json.loads(told) if status == 200 else {}
        with self._lock:
            if taken.get("accepted", 0) + taken.get("late", 0) != body.rows:
                self.wrong.append(f"{status} {told[:200]!r}")
                return
            self.rows += body.rows
            self.handles += body.handles
            self.values += body.values
            self.again += tries > 0


def main() -> None:
    """Run the benchmark."""
    given = _arguments()
    rng = random.Random(given.seed)  # noqa: S311 - when to kill
    made = bodies("arrow", given.sensors, ROWS, max(20, given.sensors // ROWS), id_of, given.seed)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        store, pack = folder / "store", pack_at(folder, given.scale)
        with served(store, pack):
            key = key_of(store)
            registered_s = register_all(given.sensors, key, pack)
        sender = Sender(made, key, given.connections)
        up_s = []
        server = started(store, pack)
        until_up(PORT, server)
        sender.start()
        for _ in range(given.kills):
            time.sleep(rng.uniform(0.5, given.between))
            server.send_signal(signal.SIGKILL)
            server.wait()
            began = time.monotonic()
            server = started(store, pack)
            until_up(PORT, server)
            up_s.append(time.monotonic() - began)
        time.sleep(1.0)
        sender.stop()
        server.send_signal(signal.SIGTERM)
        server.wait(120)
        stored = stored_in(store)
        state = _audit(store, pack)
    result = {
        "kills": given.kills,
        "sensors": given.sensors,
        "acked": sender.rows,
        "stored": stored["rows"],
        "lost": max(0, sender.rows - stored["rows"]),
        "doubled": stored["doubled"] + max(0, stored["rows"] - sender.rows),
        "sums_agree": stored["handles"] == sender.handles and stored["values"] == sender.values,
        "sent_again": sender.again,
        "wrong_answers": len(sender.wrong),
        "serving_again_s_median": round(float(np.median(up_s)), 1),
        "serving_again_s_max": round(max(up_s), 1),
        "same_state": state.get("same", False),
        "whole_log": state.get("whole_log", False),
        "registered_s": round(registered_s, 1),
    }
    if sender.wrong:
        print("\n".join(sender.wrong[:5]), file=sys.stderr)
    report(result)
    good = not (result["lost"] or result["doubled"] or sender.wrong) and result["same_state"]
    sys.exit(0 if good else 1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sensors", type=int, default=10_000_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--between", type=float, default=6.0, help="seconds of load at the most")
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--scale", default="mega")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", help="not used: nothing recorded is needed")
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    if given.quick:
        given.sensors, given.kills, given.scale = min(given.sensors, 100_000), 3, "district"
    return given


def _audit(store: Path, pack: Path) -> dict[str, Any]:
    line = ["audit", "stream", str(store), "--pack", str(pack), "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "chengyun", *line],
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    found: dict[str, Any] = json.loads(done.stdout) if done.stdout else {}
    if done.returncode:
        print(done.stderr[-2_000:], file=sys.stderr)
    return found


if __name__ == "__main__":
    main()
