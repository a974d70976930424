"""An SMS provider as a process of its own: it knows a message again by its key, and keeps a ledger.

``python notice_provider.py LEDGER`` prints its port. Each message that it brings to somebody is a
line of the ledger, synced before it answers; a key that it knows already is answered and not
brought again. ``POST /be?mistake=…`` makes it ``busy`` (503), ``slow`` (takes it, never answers),
``refuse`` (400) or nothing.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit


class Ledger:
    """What was brought to whom."""

    def __init__(self, path):
        self.file = Path(path).open("a+", encoding="utf-8")  # noqa: SIM115 - open for as long as it lives
        self.file.seek(0)
        self.keys = {json.loads(line)["key"] for line in self.file}
        self.lock = threading.Lock()
        self.mistake = ""
        self.asked = 0

    def brings(self, message):
        with self.lock:
            self.asked += 1
            if message["key"] in self.keys:
                return
            self.file.write(json.dumps(message) + "\n")
            self.file.flush()
            os.fsync(self.file.fileno())
            self.keys.add(message["key"])


class Provider(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    ledger: Ledger

    def log_message(self, *args):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = urlsplit(self.path)
        if parts.path == "/be":
            self.ledger.mistake = parse_qs(parts.query).get("mistake", [""])[0]
            return self.says({"asked": self.ledger.asked})
        mistake = self.ledger.mistake
        if mistake == "busy":
            return self.says({"code": "BUSY"}, 503)
        if mistake == "refuse":
            return self.says({"code": "BAD_NUMBER"}, 400)
        message = json.loads(body)
        if self.headers.get("Idempotency-Key") != message["key"]:
            return self.says({"code": "NO_KEY"}, 400)
        message["authorization"] = self.headers.get("Authorization")
        self.ledger.brings(message)
        if mistake == "slow":
            time.sleep(30)
        return self.says({"code": "OK", "id": f"p-{message['key'][:8]}"})

    def says(self, content, status=200):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    Provider.ledger = Ledger(sys.argv[1])
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2]) if len(sys.argv) > 2 else 0),
                                 Provider)  # fmt: skip
    server.daemon_threads = True
    print(server.server_port, flush=True)
    server.serve_forever()
