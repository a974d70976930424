"""A city that is killed and gone on with is the city that was never killed.

Every failure prints its seed. Groups are small here, so that steps are cut in the middle as they
are in a mega-city.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from worlds import CITY, START, UNTIL, Within, facts, run, state_hash

from chengyun.adapters.sql.reading import StoreReader
from chengyun.engine import codec, engine
from chengyun.kernel.errors import Rejected, StoreFailed
from chengyun.kernel.instants import DAY_US, MINUTE_US, Instant
from chengyun.sim.faults import Crash, CrashingStore, When, draw_faults
from chengyun.sim.resuming import caught_up

SMALL = 3
"""So many commands make a group here."""
COMMITS = 300


@pytest.fixture(scope="module", autouse=True)
def _small_groups() -> object:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(engine, "MAX_GROUP_COMMANDS", SMALL)
        yield


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a city that nothing happened to."""
    folder = tmp_path_factory.mktemp("whole") / "store"
    run(folder)
    return folder


def expect_the_same(folder: Path, whole: Path, seed: object) -> None:
    if state_hash(folder) == state_hash(whole):
        return
    got, wanted = facts(folder), facts(whole)
    first = next((pair for pair in zip(got, wanted, strict=False) if pair[0] != pair[1]), None)
    pytest.fail(f"seed {seed}: {len(got)} facts of {len(wanted)}; the first that differs: {first}")


def test_the_city_has_what_can_go_wrong(whole: Path) -> None:
    """Otherwise the tests below would prove little."""
    with StoreReader(whole) as reader:
        headers = [codec.header_of(one) for one in reader.facts(CITY)]
    kinds = {one.kind for one in headers}
    assert {"CaseDispatched", "WorkReported", "CaseVerified", "ReportMerged"} <= kinds
    assert "UnitFailed" not in kinds
    by_operator = {one.kind for one in headers if one.actor == "person:operator"}
    assert by_operator >= {"ResponseDecided"}
    assert len({one.known_at // MINUTE_US for one in headers}) < 180 > 100


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("seed", range(4))
def test_cut_off_at_any_commit_it_goes_on_to_the_same_state(
    tmp_path: Path, whole: Path, seed: int, when: When
) -> None:
    drawn = random.Random(f"{seed} {when}")
    at_commit = drawn.randint(1, COMMITS)
    with pytest.raises(Crash):
        run(
            tmp_path,
            broken=lambda store: CrashingStore(store, at_commit=at_commit, when=when),
        )
    run(tmp_path)
    expect_the_same(tmp_path, whole, (seed, when, at_commit))


@pytest.mark.parametrize("seed", range(3))
def test_cut_off_again_and_again_it_goes_on_to_the_same_state(
    tmp_path: Path, whole: Path, seed: int
) -> None:
    ended = 0
    for fault in draw_faults(seed, runs=4, commits=COMMITS // 2):
        try:
            run(tmp_path, broken=fault.around)
        except (Crash, StoreFailed):
            continue
        ended += 1
    assert not ended, f"seed {seed}: nothing went wrong"
    run(tmp_path)
    expect_the_same(tmp_path, whole, seed)


def test_stopped_between_two_steps_it_goes_on_to_the_same_state(
    tmp_path: Path, whole: Path
) -> None:
    for minutes in (1, 7, 20, 21, 95, 130):
        run(tmp_path, until=Instant(START + minutes * MINUTE_US))
    run(tmp_path)
    expect_the_same(tmp_path, whole, "pieces")
    run(tmp_path)
    expect_the_same(tmp_path, whole, "over already")


# --- what is not resumed ----------------------------------------------------------------------


def test_another_world_is_not_let_on(tmp_path: Path) -> None:
    run(tmp_path, until=Instant(START + 30 * MINUTE_US))
    before = state_hash(tmp_path)
    with pytest.raises(Rejected) as refused:
        run(tmp_path, seed=8)
    assert refused.value.code == "other_world"
    assert "begin another one" in refused.value.remedy
    assert state_hash(tmp_path) == before


def test_a_log_with_something_more_is_another_world(tmp_path: Path, whole: Path) -> None:
    """A deed that the world did not do, or did at another instant, is found in its minute."""
    with StoreReader(whole) as reader:
        log = list(reader.facts(CITY))
    gone = next(
        number for number, one in enumerate(log) if codec.header_of(one).kind == "ReportReceived"
    )
    with pytest.raises(Rejected) as refused:
        caught_up(Within(), log[:gone] + log[gone + 1 :], start=START, end=UNTIL)
    assert refused.value.code == "other_world"
    assert codec.header_of(log[gone]).id in str(refused.value)


def test_too_far_back_is_said_before_anything_is_lived(tmp_path: Path, whole: Path) -> None:
    world = Within()
    with StoreReader(whole) as reader, pytest.raises(Rejected) as refused:
        caught_up(world, reader.facts(CITY), start=START, end=Instant(START + 93 * DAY_US))
    assert refused.value.code == "too_far_back"
    assert world.asked == 0


# --- the real thing: a process, a signal ------------------------------------------------------

CHILD = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parent)!r})
from chengyun.engine import engine
engine.MAX_GROUP_COMMANDS = {SMALL}
from worlds import run
print("begins", flush=True)
run(Path(sys.argv[1]))
"""


@pytest.mark.parametrize("seed", range(3))
def test_killed_at_random_moments_it_goes_on_to_the_same_state(
    tmp_path: Path, whole: Path, seed: int
) -> None:
    drawn = random.Random(seed)
    for _ in range(2):
        with subprocess.Popen(
            [sys.executable, "-c", CHILD, str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "begins\n"
            time.sleep(drawn.uniform(0.5, 3.0))
            process.send_signal(signal.SIGKILL)
    run(tmp_path)
    expect_the_same(tmp_path, whole, seed)
