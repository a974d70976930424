"""``chengyun drill`` without a screen: decided through the interface, ended, then told."""

from __future__ import annotations

import json
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

WAIT_S = 90.0
SECRETS = ("evening:0", "evening:1", "injected", "truth.jsonl")
"""What only the truth calls things."""


@contextmanager
def drill(*given: str) -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "chengyun", "drill", "--port", "0", *given],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = ""
    for line in process.stdout:
        if "http://" in line:
            break
    assert "the drill goes on" in line, process.communicate()
    try:
        with httpx.Client(base_url=line.split("open ")[1].split()[0], timeout=WAIT_S) as http:
            yield process, http
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def until(what: Callable[[], Any]) -> Any:
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError("it did not happen in time")


def state(http: httpx.Client) -> str:
    return str(http.get("/api/v1/drill").json()["state"])


def waiting(http: httpx.Client) -> list[dict[str, Any]]:
    rows = http.get("/api/v1/live").json()["rows"]
    return [one for one in rows["responses"] if one["state"] == "proposed"]


def test_an_evening_is_decided_ended_and_told(tmp_path: Path) -> None:
    out = tmp_path / "drill"
    with drill("--rate", "600", "--out", str(out)) as (process, http):
        about = http.get("/api/v1/drill").json()
        assert (about["scenario"], about["state"], about["pages"]) == (
            "waterfront_rain",
            "running",
            {},
        )
        assert http.get("/api/v1/demo").json()["events"] == []
        proposal = until(lambda: waiting(http))[0]["proposal"]
        assert_nothing_of_the_truth_is_told(http, out)
        assert http.post("/api/v1/demo/pace", json={"paused": True}).status_code == 200
        decision = {"proposal": proposal, "approved": True, "reason": "rain is coming"}
        done = http.post("/api/v1/commands/DecideResponse", json=decision)
        assert done.status_code == 200, done.text
        http.post("/api/v1/demo/pace", json={"paused": False})
        assert http.post("/api/v1/drill/end", json={}).json()["state"] == "debriefing"
        until(lambda: state(http) == "ready")

        refused = http.post("/api/v1/commands/DecideResponse", json=decision)
        assert (refused.status_code, refused.json()["code"]) == (409, "drill_over")
        debrief = http.get("/api/v1/drill/debrief").json()
        assert debrief["held"]["ended_by"] == "operator"
        assert len(debrief["held"]["pauses"]) == 1
        mine = next(one for one in debrief["decisions"] if one["subject"] == proposal)
        assert (mine["you"]["state"], mine["you"]["reason"]) == ("approved", "rain is coming")
        assert mine["you"]["by"].startswith("person:")
        assert mine["you"]["minutes"] == (mine["you"]["at"] - mine["asked_at"]) / 60e6
        assert mine["alone"]["by"] in ("officer:duty", "")
        assert mine["followed"][0]["code"] == "tasks"
        assert {one["kind"] for one in debrief["happened"] if one["arranged"]} >= {
            "crowd_surge",
            "rainstorm",
        }
        pages = http.get("/api/v1/drill").json()["pages"]
        assert http.get(f"/{pages['zh']}").text == (out / "debrief.zh.html").read_text("utf-8")
        process.send_signal(signal.SIGINT)
        said, complaints = process.communicate(timeout=WAIT_S)
    assert process.returncode == 0, complaints
    assert "What went well" in said
    assert json.loads((out / "debrief.json").read_text("utf-8")) == debrief


def assert_nothing_of_the_truth_is_told(http: httpx.Client, out: Path) -> None:
    for path in ("/api/v1/drill/debrief", "/debrief.zh.html", "/debrief.en.html"):
        answer = http.get(path)
        assert (answer.status_code, answer.json()["code"]) == (409, "drill_goes_on")
    for path in ("/truth/truth.jsonl", "/map/..%2F..%2F..%2Ftruth%2Ftruth.jsonl", "/drill.json"):
        assert http.get(path).status_code == 404
    said = [
        http.get(path).text
        for path in ("/api/v1/live", "/api/v1/drill", "/api/v1/demo", "/metrics")
    ]
    assert [(secret, text[:80]) for secret in SECRETS for text in said if secret in text] == []
    truth = out / "truth" / "truth.jsonl"
    assert stat.S_IMODE(truth.stat().st_mode) == 0o600
    assert "evening:0" in truth.read_text("utf-8"), "the world does know it"
    assert not (out / "debrief.json").exists()
    assert not (out / "drill.json").exists()


def told(tmp_path: Path, name: str, *given: str) -> dict[str, Any]:
    """Hold a drill that nobody touches and return its debrief."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "chengyun", "drill", "--port", "0", "--rate", "3600"),
            *("--minutes", "60", "--leave", "--json", "--out", str(tmp_path / name), *given),
        ],
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_same_seed_is_the_same_evening_and_another_is_not(tmp_path: Path) -> None:
    power = ("--scenario", "power_cut")
    first = told(tmp_path, "a", *power)
    assert first == told(tmp_path, "b", *power)
    assert first["held"]["ended_by"] == "evening_over"
    other = told(tmp_path, "c", *power, "--seed", "8")
    assert first["happened"] != other["happened"]


def test_stopped_from_outside_it_still_is_told(tmp_path: Path) -> None:
    out = tmp_path / "drill"
    with drill("--scenario", "quiet_night", "--rate", "600", "--out", str(out)) as (process, http):
        until(
            lambda: (
                http.get("/api/v1/live").json()["now"]
                > http.get("/api/v1/drill").json()["began_at"]
            )
        )
        process.send_signal(signal.SIGINT)
        said, complaints = process.communicate(timeout=WAIT_S)
    assert process.returncode == 0, complaints
    assert "Debrief: A quiet night" in said
    assert json.loads((out / "debrief.json").read_text("utf-8"))["held"]["ended_by"] == "stopped"
