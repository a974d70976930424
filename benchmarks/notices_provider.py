"""An SMS provider as a process of its own: it knows a message again by its key, and keeps a ledger.

``python notices_provider.py LEDGER`` prints its port. Each message that it brings to somebody is a
line of the ledger, synced before it answers; a key that it knows already is answered and not
brought again. ``POST /be?mistake=…`` makes it ``busy`` (503), ``slow`` (takes it, never answers),
``refuse`` (400) or nothing, and says how often it was asked.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

_SLOW_S = 30


class Ledger:
    """What was brought to whom."""

    def __init__(self, path: str) -> None:
        self._file = Path(path).open("a+", encoding="utf-8")  # noqa: SIM115 - while it lives
        self._file.seek(0)
        self._keys = {json.loads(line)["key"] for line in self._file}
        self._lock = threading.Lock()
        self.mistake = ""
        self.asked = 0

    def brings(self, message: dict[str, Any]) -> None:
        """Bring a message to somebody, unless its key is known."""
        with self._lock:
            self.asked += 1
            if message["key"] in self._keys:
                return
            self._file.write(json.dumps(message) + "\n")
            self._file.flush()
            os.fsync(self._file.fileno())
            self._keys.add(message["key"])


class Provider(BaseHTTPRequestHandler):
    """Answers for one ledger."""

    protocol_version = "HTTP/1.1"
    ledger: Ledger

    def log_message(self, *_args: object) -> None:
        """Say nothing on stderr."""

    def do_POST(self) -> None:
        """Take a message, or an order what to do wrong."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts, ledger = urlsplit(self.path), self.ledger
        if parts.path == "/be":
            ledger.mistake = parse_qs(parts.query).get("mistake", [""])[0]
            self._says({"asked": ledger.asked})
        elif ledger.mistake in ("busy", "refuse"):
            self._says({"code": "NO"}, 503 if ledger.mistake == "busy" else 400)
        else:
            self._takes(json.loads(body))

    def _takes(self, message: dict[str, Any]) -> None:
        if self.headers.get("Idempotency-Key") != message["key"]:
            self._says({"code": "NO_KEY"}, 400)
            return
        message["authorization"] = self.headers.get("Authorization")
        self.ledger.brings(message)
        if self.ledger.mistake == "slow":
            time.sleep(_SLOW_S)
        self._says({"code": "OK", "id": f"p-{message['key'][:8]}"})

    def _says(self, content: dict[str, Any], status: int = 200) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    """Serve until somebody ends it."""
    Provider.ledger = Ledger(sys.argv[1])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    server.daemon_threads = True
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
