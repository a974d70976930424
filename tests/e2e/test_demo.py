"""``chengyun demo``: from nothing to a first decision, as a newcomer goes."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from click.testing import CliRunner

from chengyun.cli.main import chengyun
from chengyun.kernel.errors import ChengyunError

BOSTON = Path(__file__).resolve().parents[2] / "cities" / "boston-311"
LIVES_WITHIN_S = 60.0
WAIT_S = 60.0


@pytest.fixture
def city(tmp_path):
    with living(tmp_path / "demo") as (process, http, _):
        yield process, http


@contextmanager
def living(folder, *more):
    """Start a demonstration in ``folder``; give its process, its door and what it said."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "chengyun", "demo", "--port", "0", "--rate", "600"),
            *("--out", str(folder), *more),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    started = time.monotonic()
    line, said = "", []
    try:
        for line in process.stdout:
            said.append(line)
            if "http://" in line:
                break
        assert "Linjiang lives" in line, process.stderr.read()
        assert time.monotonic() - started < LIVES_WITHIN_S
        with httpx.Client(base_url=line.split("open ")[1].split()[0], timeout=WAIT_S) as http:
            yield process, http, "".join(said)
    finally:
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
    assert json.loads(proof.stdout)["chains"]


def facts_in(folder):
    """Return the facts of a store as rows of seq and id."""
    with sqlite3.connect(f"file:{folder / 'store' / 'chengyun.db'}?mode=ro", uri=True) as store:
        return store.execute("SELECT seq, id FROM facts ORDER BY log, seq").fetchall()


def test_killed_it_goes_on_with_what_was_decided_and_let_happen(tmp_path):
    folder = tmp_path / "demo"
    with living(folder, "--seed", "11") as (process, http, said):
        assert "building Linjiang, seed 11" in said
        assert http.post("/api/v1/demo/event", json={"kind": "rainstorm"}).status_code == 200
        until(http, lambda rows: [one for one in rows["responses"] if one["state"] == "proposed"])
        before = http.get("/api/v1/live").json()["cursor"]
        process.kill()
        process.wait()
    on_disk = facts_in(folder)
    with living(folder) as (process, http, said):
        assert "it goes on where it stopped" in said
        assert http.get("/api/v1/demo").json()["seed"] == 11
        rows = http.get("/api/v1/live").json()
        assert rows["cursor"] >= before
        proposal = until(
            http, lambda rows: [one for one in rows["responses"] if one["state"] == "proposed"]
        )
        decided = {"proposal": proposal[0]["proposal"], "approved": True, "reason": "rain"}
        assert http.post("/api/v1/commands/DecideResponse", json=decided).status_code == 200
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=WAIT_S)
        assert process.returncode == 0
    assert facts_in(folder)[: len(on_disk)] == on_disk
    assert len(facts_in(folder)) > len(on_disk)


def refused(*given):
    done = CliRunner().invoke(chengyun, ["demo", "--port", "0", *map(str, given)])
    assert isinstance(done.exception, ChengyunError), done.output
    return str(done.exception)


def test_another_city_in_the_same_folder_is_refused(tmp_path):
    folder = tmp_path / "demo"
    with living(folder) as (process, _, _):
        process.kill()
        process.wait()
    demo = ("--out", folder)
    assert "has seed 7, and 8 was asked for (leave --seed out" in refused(*demo, "--seed", 8)
    assert "has scale district, and city was" in refused(*demo, "--scale", "city")
    assert "leave --start out" in refused(*demo, "--start", "2026-09-19T16:00")
    shutil.rmtree(folder / "pack")
    shutil.copytree(BOSTON, folder / "pack")
    assert "the simulator can people no other city" in refused(*demo)
    (folder / "world.json").write_text('{"seed": "seven"}')
    assert "cannot be read" in refused(*demo)
    (folder / "world.json").unlink()
    assert "no world.json that says which world wrote it" in refused(*demo)
