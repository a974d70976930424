"""``chengyun demo``: from nothing to a first decision, as a newcomer goes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from urllib.parse import quote

import httpx
import pytest

LIVES_WITHIN_S = 60.0
WAIT_S = 60.0


@pytest.fixture
def city(tmp_path):
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "chengyun", "demo", "--port", "0", "--rate", "600"),
            *("--out", str(tmp_path / "demo")),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    started = time.monotonic()
    line = ""
    for line in process.stdout:
        if "http://" in line:
            break
    assert "Linjiang lives" in line, process.stderr.read()
    assert time.monotonic() - started < LIVES_WITHIN_S
    with httpx.Client(base_url=line.split("open ")[1].split()[0], timeout=WAIT_S) as http:
        yield process, http
    if process.poll() is None:
        process.kill()
    process.communicate()


def until(http, what):
    """Look at the live rows until ``what`` returns something."""
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        found = what(http.get("/api/v1/live").json()["rows"])
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError("it did not happen in time")


def test_something_happens_it_is_decided_and_crews_go(city, tmp_path):
    process, http = city
    assert http.get("/").status_code == 200
    assert http.get("/map/areas.geojson").json()["type"] == "FeatureCollection"
    assert http.get("/api/v1/city").json()["simulated"] is True
    kinds = [event["kind"] for event in http.get("/api/v1/demo").json()["events"]]
    assert {"rainstorm", "power_cut", "gas_smell"} <= set(kinds)

    assert http.post("/api/v1/demo/event", json={"kind": "rainstorm"}).status_code == 200
    refused = http.post("/api/v1/demo/event", json={"kind": "rainstorm", "area": "nowhere"})
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown_area")

    proposal = until(http, lambda rows: [r for r in rows["responses"] if r["state"] == "proposed"])
    assert http.post("/api/v1/demo/pace", json={"paused": True}).json()["pace"]["paused"]
    decided = http.post(
        "/api/v1/commands/DecideResponse",
        json={"proposal": proposal[0]["proposal"], "approved": True, "reason": "heavy rain"},
    )
    assert decided.status_code == 200, decided.text
    tasks = until(http, lambda rows: [c for c in rows["cases"] if c["type"].startswith("task_")])
    assert all(task["state"] == "dispatched" and task["unit"] for task in tasks)
    http.post("/api/v1/demo/pace", json={"paused": False})
    first = tasks[0]["case"]
    until(http, lambda rows: first not in [case["case"] for case in rows["cases"]])
    chain = http.get(f"/api/v1/cases/{quote(first, safe='')}").json()["chain"]
    assert {"CaseFiled", "CaseDispatched", "WorkReported"} <= {fact["kind"] for fact in chain}

    process.send_signal(signal.SIGINT)
    process.communicate(timeout=WAIT_S)
    assert process.returncode == 0
    proof = subprocess.run(
        [sys.executable, "-m", "chengyun", "audit", "verify", str(tmp_path / "demo"), "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(proof.stdout)


def test_a_seed_that_is_no_number_and_a_folder_in_use_are_said(tmp_path):
    for wrong, says in (
        (["--seed", "seven"], "seven"),
        (["--start", "tomorrow"], "2026-09-18T16:00"),
        (["--rate", "0"], "cannot go at"),
    ):
        told = subprocess.run(
            [sys.executable, "-m", "chengyun", "demo", "--port", "0", *wrong],
            capture_output=True,
            text=True,
            check=False,
            timeout=WAIT_S,
        )
        assert told.returncode != 0
        assert says in told.stderr + told.stdout
        assert "Traceback" not in told.stderr
