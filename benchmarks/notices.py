"""``kill -9`` of a served city while it tells people: every notice arrives, none twice.

A provider in a process of its own knows messages by their keys and keeps a ledger; this program
knows which reports were acknowledged. The two are compared; the platform is not asked. Then one
client reports without a kill, one after the other, for the rate. Kills come at instants drawn from
a seed.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from benchmarks.running import ROOT, arguments, report
from chengyun.adapters.local.frames import Answer, Request, ask
from chengyun.kernel.errors import Retryable

PACK = ROOT / "tests" / "scenario" / "pack"
KILLS, QUICK_KILLS = 100, 5
BACKLOG, QUICK_BACKLOG = 2_000, 100
WAIT_S = 120.0
PHONE = "13900000000"
NOTICES = {
    "channels": {"sms": {"kind": "sms", "name": {"en": "SMS", "zh": "短信"}}},
    "templates": {"t": {"params": ["number"], "text": {"en": "{number}", "zh": "{number}"}}},
    "rules": {
        "taken": {"on": "ReportReceived", "to": ["reporter"], "template": "t", "channels": ["sms"]}
    },
    "reporter": {"phone": ["phone"]},
    "source": "a benchmark",
}


class City:
    """A served city, killed and started again."""

    def __init__(self, folder: Path, provider: str) -> None:
        self.store, self._pack = folder / "store", folder / "pack"
        self._channels = folder / "channels.yaml"
        shutil.copytree(PACK, self._pack)
        (self._pack / "notices.yaml").write_text(yaml.safe_dump(NOTICES, allow_unicode=True))
        sms = {
            "kind": "sms",
            "url": f"{provider}/send",
            "secret": "env:SMS_SECRET",
            "body": {"to": "{to}", "text": "{text}", "key": "{key}"},
        }
        content = {"networks": ["127.0.0.0/8"], "channels": {"sms": sms}}
        self._channels.write_text(yaml.safe_dump(content))
        self.process = self.start()

    def start(self) -> subprocess.Popen[str]:
        """Start the server and wait until it says where it is."""
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "chengyun", "serve", str(self.store), "--port", "0"),
                *("--pack", str(self._pack), "--channels", str(self._channels), "--no-sensors"),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | {"SMS_SECRET": "x"},
        )
        if process.stdout is None or "http://" not in process.stdout.readline():
            raise SystemExit("the city does not start")
        return process

    def kill(self) -> None:
        """Kill it and start it again."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process = self.start()

    def reports(self, id_: str) -> bool:
        """Send a report; return whether it is on disk."""
        fields: dict[str, Any] = {
            "feed": "hotline", "file": "f", "row": 1, "id": id_,
            "opened_at": time.time_ns() // 1_000, "due_at": None, "type": "manhole", "title": "",
            "text": "", "channel": "phone", "area": "319901001001", "place": None,
            "place_text": "", "attributes": {}, "personal": {"phone": PHONE}, "notes": [],
        }  # fmt: skip
        return not self._asked(Request(command="ReceiveReport", fields=fields)).refused

    def _asked(self, request: Request) -> Answer:
        for _ in range(200):
            try:
                return ask(self.store, request)
            except Retryable:
                time.sleep(0.05)
        raise SystemExit("the city does not answer")


@contextlib.contextmanager
def provider(ledger: Path) -> Iterator[str]:
    """Run the provider; yield its address."""
    script = str(Path(__file__).parent / "notices_provider.py")
    with subprocess.Popen(
        [sys.executable, script, str(ledger)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            port = "" if process.stdout is None else process.stdout.readline().strip()
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def told(ledger: Path) -> Counter[str]:
    """Return how often each report's notice was brought."""
    return Counter(json.loads(line)["text"] for line in ledger.read_text().splitlines())


def waited(true: Callable[[], bool]) -> None:
    """Wait until something holds, or long enough."""
    until = time.monotonic() + WAIT_S
    while not true() and time.monotonic() < until:
        time.sleep(0.05)


def main() -> None:
    """Run the benchmark."""
    given = arguments(__doc__)
    draw = random.Random(given.seed)  # noqa: S311 - instants, not secrets
    kills = QUICK_KILLS if given.quick else KILLS
    backlog = QUICK_BACKLOG if given.quick else BACKLOG
    acknowledged: set[str] = set()
    with tempfile.TemporaryDirectory() as name, provider(Path(name) / "ledger") as address:
        ledger = Path(name) / "ledger"
        city = City(Path(name), address)
        for kill in range(kills):
            for number in range(5):
                if city.reports(id_ := f"k{kill}-{number}"):
                    acknowledged.add(id_)
            time.sleep(draw.uniform(0.0, 0.1))
            city.kill()
        waited(lambda: acknowledged <= told(ledger).keys())
        killed = told(ledger)
        started = time.monotonic()
        for number in range(backlog):
            if city.reports(id_ := f"b{number}"):
                acknowledged.add(id_)
        waited(lambda: acknowledged <= told(ledger).keys())
        took_s, after = time.monotonic() - started, told(ledger)
        city.process.kill()
        city.process.wait()
    result = {
        "kills": kills,
        "notices": len(acknowledged),
        "lost": len(acknowledged - after.keys()),
        "doubled": sum(count - 1 for count in after.values()),
        "doubled_while_killed": sum(count - 1 for count in killed.values()),
        "told_per_s": round(backlog / took_s, 1),
        "seed": given.seed,
    }
    report(result)
    sys.exit(1 if result["lost"] or result["doubled"] else 0)


if __name__ == "__main__":
    main()
