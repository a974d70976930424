"""``chengyun ingest`` beside ``chengyun serve``: services ask it with keys, and hold grants."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

LINJIANG = Path(__file__).parents[2] / "cities" / "linjiang"
WAIT_S = 60
SIGNS = "/api/v1/sensing/signs"


def started(*arguments):
    line = [sys.executable, "-m", "chengyun", *map(str, arguments)]
    process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    said = process.stdout.readline()
    assert "http://" in said, said
    return process, "http://" + said.split("http://")[1].split("/")[0]


def runs(*arguments):
    line = [sys.executable, "-m", "chengyun", *map(str, arguments)]
    return subprocess.run(line, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def worker(tmp_path_factory):
    store = tmp_path_factory.mktemp("worker") / "store"
    pack = ("--pack", LINJIANG, "--port", "0")
    server, _ = started("serve", store, *pack, "--no-sensors")
    beside = None
    try:
        while not (store / "engine.sock").exists():
            time.sleep(0.1)
        beside, url = started("ingest", store, *pack)
        runs("account", "open", store, "watch", "--name", "watch", "--kind", "service")
        shown = runs(
            "key", "issue", store, "--account", "watch", "--permission", "sensing:read", "--json"
        )
        with httpx.Client(base_url=url, timeout=WAIT_S) as http:
            http.headers["Authorization"] = f"Bearer {json.loads(shown)['key']}"
            yield store, http
    finally:
        for one in filter(None, (beside, server)):
            one.send_signal(signal.SIGTERM)
            one.wait(WAIT_S)


def answers(http, status):
    """Ask until the worker read the store again, at most so long."""
    until = time.monotonic() + WAIT_S
    while True:
        answer = http.get(SIGNS)
        if answer.status_code == status or time.monotonic() > until:
            return answer
        time.sleep(0.5)


def test_a_worker_answers_what_key_and_grants_allow(worker):
    store, http = worker
    refused = answers(http, 403)
    assert refused.json()["code"] == "no_grant"
    runs("grant", "give", store, "watch", "dispatcher")
    assert answers(http, 200).json()["signs"] is not None
    assert http.get(SIGNS, headers={"Authorization": "Bearer x"}).status_code == 401
    assert http.get("/healthz", headers={"Authorization": ""}).status_code == 200
