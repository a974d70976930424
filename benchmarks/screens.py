"""200 open screens: how long after a command every one of them shows the change.

The screens are streams held open by this process; the server is a process of its own. A command
is sent, and each stream notes when the change reached it, by this process's clock. Judged is the
slowest stream of each command, from the moment before the command was sent. Some further streams
are opened and never read: they must delay nobody.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from benchmarks.running import PACK, machine, report
from benchmarks.signing import service_key

SCREENS = 200
STALLED = 20
COMMANDS = 40
QUICK_COMMANDS = 5
PAUSE_S = 0.5
PROMISED_S = 1.0


class Screens:
    """Open streams, and when each of them saw what."""

    def __init__(self, url: str, key: str) -> None:
        self._key = key
        self._at = url.removeprefix("http://").rstrip("/").rpartition(":")
        self.seen: dict[str, list[float]] = {}
        self.resets = 0
        self.opened = 0

    async def open(self, cursor: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a stream; whether it is read is another matter."""
        host, _, port = self._at
        reader, writer = await asyncio.open_connection(host, int(port), limit=2**20)
        head = (
            f"GET /stream?cursor={cursor} HTTP/1.1\r\nHost: {host}:{port}\r\n"
            f"Authorization: Bearer {self._key}\r\n\r\n"
        )
        writer.write(head.encode())
        return reader, writer

    async def watch(self, cursor: int) -> None:
        """Read one stream for as long as it is open."""
        reader, writer = await self.open(cursor)
        self.opened += 1
        try:
            while line := await reader.readline():
                if line.startswith(b"event: reset"):
                    self.resets += 1
                if line.startswith(b"data: {") and b'"cases":[{' in line:
                    now_s = time.monotonic()
                    for row in json.loads(line[6:])["put"].get("cases", ()):
                        self.seen.setdefault(row["case"], []).append(now_s)
        finally:
            writer.close()


def fields_of(number: int) -> dict[str, Any]:
    """Return a report of its own place, so that it becomes a case of its own."""
    return {
        "feed": "requests",
        "file": "screens",
        "row": number,
        "id": f"s{number}",
        "opened_at": time.time_ns() // 1_000,
        "due_at": None,
        "type": "Graffiti Removal",
        "title": "Graffiti",
        "text": "",
        "channel": "app",
        "area": "Allston",
        "place": {"lon_e7": -711_000_000 + 100_000 * number, "lat_e7": 423_500_000},
        "place_text": f"{number} Long Street",
        "attributes": {},
        "personal": {},
        "notes": [],
    }


async def measure(url: str, key: str, screens: int, commands: int) -> dict[str, Any]:
    """Open the screens, send the commands, and return the delays."""
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=30) as http:
        cursor = (await http.get("/api/v1/live")).json()["cursor"]
        watching = Screens(url, key)
        tasks = [asyncio.create_task(watching.watch(cursor)) for _ in range(screens)]
        stalled = [await watching.open(cursor) for _ in range(STALLED)]
        for _, writer in stalled:
            if isinstance(writer.transport, asyncio.Transport):
                writer.transport.pause_reading()
        while watching.opened < screens:
            await asyncio.sleep(0.05)
        await asyncio.sleep(1)
        sent: dict[str, float] = {}
        answered: list[float] = []
        for number in range(commands):
            before_s = time.monotonic()
            answer = await http.post("/api/v1/commands/ReceiveReport", json=fields_of(number))
            answer.raise_for_status()
            answered.append(time.monotonic() - before_s)
            sent[f"case:requests:s{number}"] = before_s
            await asyncio.sleep(PAUSE_S)
        await asyncio.sleep(2)
        still_open = sum(not task.done() for task in tasks)
        for task in tasks:
            task.cancel()
        for _, writer in stalled:
            writer.close()
        await asyncio.gather(*tasks, return_exceptions=True)
    reached = [len(watching.seen.get(case, [])) for case in sent]
    slowest = sorted(max(watching.seen[case]) - at for case, at in sent.items())
    return {
        "screens": screens,
        "stalled": STALLED,
        "still_open": still_open,
        "commands": commands,
        "reached_all": sum(count == screens for count in reached),
        "resets": watching.resets,
        "all_screens_s_median": round(slowest[len(slowest) // 2], 3),
        "all_screens_s_max": round(slowest[-1], 3),
        "answer_s_median": round(sorted(answered)[len(answered) // 2], 3),
    }


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="not needed here")
    parser.add_argument("--quick", action="store_true", help="a few commands only")
    parser.add_argument("--screens", type=int, default=SCREENS)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "chengyun", "serve", folder, "--pack", str(PACK)]
        with subprocess.Popen([*command, "--port", "0"], stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.DEVNULL) as server:  # fmt: skip
            url = (server.stdout.readline() if server.stdout else "").split()[1]
            commands = QUICK_COMMANDS if given.quick else COMMANDS
            key = service_key(Path(folder), "live:read", "engine:send", "report:receive")
            try:
                found = asyncio.run(measure(url, key, given.screens, commands))
            finally:
                server.terminate()
                server.communicate(timeout=20)
    kept = found["reached_all"] == found["commands"] and found["all_screens_s_max"] <= PROMISED_S
    report(found | {"within_1_s": kept, "machine": machine()})


if __name__ == "__main__":
    main()
