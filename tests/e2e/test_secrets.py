"""No secret stands in a log, an answer, a figure or the store: planted ones are looked for."""

import os
import signal
import subprocess
import sys

import httpx
from replaying import BOSTON, chengyun

WAIT_S = 30.0
CANARY = "CANARYx7Qp"
"""In what clients send as credentials."""


def test_planted_secrets_come_out_nowhere(tmp_path):
    key = tmp_path / "keys" / "seal.key"
    chengyun("audit", "key", "--out", key)
    private = key.read_text()
    body = private.splitlines()[1]
    store = tmp_path / "store"
    environment = {**os.environ, "SEALING": private, "OTHER_PASSWORD": f"{CANARY}-env"}
    with subprocess.Popen(
        [
            *(sys.executable, "-m", "chengyun", "serve", str(store), "--pack", str(BOSTON)),
            *("--port", "0", "--seal-key", "env:SEALING", "--seals", str(tmp_path / "seals")),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        first = process.stdout.readline()
        assert "http://" in first
        with open(f"/proc/{process.pid}/cmdline", "rb") as words:
            assert body.encode() not in words.read()
        answers = list(provoked(first.split()[1].rstrip("/")))
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=WAIT_S)
    assert process.returncode == 0, err
    assert "sealed" in err
    said = [first, out, err, *answers]
    kept = [path for path in tmp_path.rglob("*") if path.is_file() and path != key]
    assert any(path.name == "chengyun.db" for path in kept)
    said += [path.read_bytes().decode("latin-1") for path in kept]
    assert [text[:200] for text in said if CANARY in text or body in text] == []


def provoked(url):
    """Yield what the server answers to credentials in places where they help nobody."""
    headers = {"Authorization": f"Bearer cy_aaaaaaaa_{CANARY}", "Cookie": f"session={CANARY}"}
    with httpx.Client(base_url=url, timeout=WAIT_S, headers=headers) as http:
        for method, path, how in (
            ("GET", "/api/v1/city", {}),
            ("GET", "/nowhere", {}),
            ("PUT", "/api/v1/city", {}),
            ("POST", "/ingest/v1/observations", {"content": b"{"}),
            ("POST", "/api/v1/commands/NoCommand", {"json": {}}),
            ("POST", "/api/v1/commands/ReceiveReport", {"json": {"feed": 1}}),
            ("POST", "/api/v1/commands/ReceiveReport", {"content": b"\xff"}),
            ("GET", "/api/v1/trace?fact=x", {}),
            ("GET", "/stream?cursor=x", {}),
            ("GET", "/api/v1/city", {"headers": {"Origin": "http://elsewhere"}}),
            ("GET", "/api/v1/city", {"headers": {"X-Long": CANARY * 10_000}}),
            ("GET", "/metrics", {}),
        ):
            answer = http.request(method, path, **how)
            assert answer.status_code != 500
            yield str(answer.headers) + answer.text
