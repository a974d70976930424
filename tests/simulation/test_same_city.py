"""A slice of the benchmark: a whole city is the same, straight through and watched in pieces."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def compared() -> dict[str, Any]:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "benchmarks.same_city"),
            *("--scales", "city", "--hours", "0.5", "--seed", "12"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def test_the_same_seed_is_the_same_city_at_any_speed(compared: dict[str, Any]) -> None:
    city = compared["scales"]["city"]
    assert compared["same"], f"seed {compared['seed']}: {city}"
    straight, watched = city["runs"]["straight"], city["runs"]["watched"]
    assert straight["state_hash"] == watched["state_hash"]
    assert straight["truth_digest"] == watched["truth_digest"]
    assert straight["state_hash"] == city["runs"]["killed"]["state_hash"]


def test_the_two_were_lived_in_another_way_and_something_happened(
    compared: dict[str, Any],
) -> None:
    runs = compared["scales"]["city"]["runs"]
    assert runs["straight"]["pieces"] == 1 < runs["watched"]["pieces"]
    assert runs["straight"]["facts"] > 3_000
    assert runs["straight"]["had"] < runs["killed"]["had"] < runs["straight"]["facts"]
    assert len(runs["straight"]["truth_digest"]) == 64
    for run in runs.values():
        assert len(run["state_hash"]) == 64
        assert min(run["peak_rss_mb"].values()) > 0
