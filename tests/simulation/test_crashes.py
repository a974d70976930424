"""Processes that die and disks that fill up: first nothing is lost or doubled, then it goes on.

Every failure prints its seed. The city is small and made up by seed; the platform is the real one.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from recorded import CITY, UNTIL, Impatient, dumps, engine_over, facts, plan, run, state_hash

from chengyun.adapters.sql.reading import StoreReader
from chengyun.adapters.sql.store import FILE, SqlStore
from chengyun.app import platform
from chengyun.app.stages import TABLES
from chengyun.engine.verify import verify
from chengyun.facts.envelope import OPERATIONS
from chengyun.kernel.errors import StoreFailed
from chengyun.sim.faults import Crash, CrashingStore, When, draw_faults
from chengyun.sim.replay.run import STORE, Plan, replay

CITY_SEED = 20110701
COMMITS = 12
"""How many commits an impatient run has at least; faults are drawn within them."""


@pytest.fixture(scope="module")
def given() -> Plan:
    return plan(CITY_SEED)


@pytest.fixture(scope="module")
def whole(given: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that nothing happened to."""
    folder = tmp_path_factory.mktemp("whole")
    run(folder, given, pauses=0)
    return folder


def expect_the_same(folder: Path, whole: Path, seed: object) -> None:
    if state_hash(folder) == state_hash(whole):
        return
    got, wanted = facts(folder), facts(whole)
    first = next((pair for pair in zip(got, wanted, strict=False) if pair[0] != pair[1]), None)
    assert first is None, f"seed {seed}: the first fact that differs is {first}"
    assert len(got) == len(wanted), f"seed {seed}: {len(got)} facts instead of {len(wanted)}"
    assert len({name for _, _, name in got}) == len(got), f"seed {seed}: a fact came twice"
    wanted_rows, got_rows = dumps(whole), dumps(folder)
    differing = [table for table in wanted_rows if got_rows[table] != wanted_rows[table]]
    pytest.fail(f"seed {seed}: the same facts, but other rows in {differing}")


def test_the_made_up_city_goes_through_the_whole_loop(whole: Path) -> None:
    """Otherwise the tests below would prove little."""
    kinds = {kind for _, kind, _ in facts(whole)}
    assert kinds >= {
        "ReportReceived",
        "RowRefused",
        "ObservationReceived",
        "ReportLocated",
        "DefaultGeocodeFound",
        "PaneClosed",
        "WarningRaised",
        "IncidentOpened",
        "ReportMerged",
        "CaseDispatched",
        "CaseFellDue",
        "CaseReportedBack",
        "ReviewHeld",
        "FeedFellSilent",
        "BaselineLearned",
    }
    assert "UnitFailed" not in kinds
    names = [name for _, _, name in facts(whole)]
    assert len(set(names)) == len(names), "a fact came twice"
    with StoreReader(whole) as reader:
        [head] = [head for _, chain, head in reader.chains() if chain == OPERATIONS]
        assert verify(CITY, OPERATIONS, reader.entries(CITY, OPERATIONS), head).whole


def test_the_state_does_not_tell_when_it_was_committed(
    tmp_path: Path, given: Plan, whole: Path
) -> None:
    replay(given, tmp_path, resume=False, progress=lambda sent, at: None)
    expect_the_same(tmp_path / STORE, whole, "whole groups, one behind")


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("at_commit", [1, 17])
def test_a_run_that_died_at_a_commit_is_resumed_to_the_same_state(
    tmp_path: Path, given: Plan, whole: Path, at_commit: int, when: When
) -> None:
    with pytest.raises(Crash):
        run(
            tmp_path,
            given,
            pauses=3,
            broken=lambda store: CrashingStore(store, at_commit=at_commit, when=when),
        )
    run(tmp_path, given, pauses=4)
    expect_the_same(tmp_path, whole, (at_commit, when))


@pytest.mark.parametrize("seed", range(3))
def test_a_run_that_fails_again_and_again_is_resumed_to_the_same_state(
    tmp_path: Path, given: Plan, whole: Path, seed: int
) -> None:
    faults = draw_faults(seed, runs=3, commits=COMMITS)
    ended = 0
    for number, fault in enumerate(faults):
        try:
            run(tmp_path, given, pauses=seed * 100 + number, broken=fault.around)
        except (Crash, StoreFailed):
            continue
        ended += 1
    assert ended < len(faults), f"seed {seed}: nothing went wrong"
    run(tmp_path, given, pauses=seed)
    expect_the_same(tmp_path, whole, seed)


def test_a_run_that_is_over_is_resumed_to_itself(tmp_path: Path, given: Plan, whole: Path) -> None:
    again = shutil.copytree(whole, tmp_path / "again")
    run(again, given, pauses=5)
    expect_the_same(again, whole, "twice")


def test_everything_sent_again_later_changes_nothing(
    tmp_path: Path, given: Plan, whole: Path
) -> None:
    """A sender that never got its answer sends again, in an hour or after a week."""
    again = shutil.copytree(whole, tmp_path / "again")
    with engine_over(again, given) as (engine, clock):
        before = engine.head
        clock.advance_to(UNTIL)
        driver = Impatient(given, engine, clock, 7)
        refused = []
        for event in given.recording.events:
            command, actor = driver._command(event)
            outcome = engine.execute(command, actor=actor)
            if outcome.refused is not None and event.file != "other.csv":
                refused.append((event, outcome.refused))
        assert refused == []
        assert engine.head == before


def test_projections_built_again_from_the_log_are_the_same(
    tmp_path: Path, given: Plan, whole: Path
) -> None:
    again = shutil.copytree(whole, tmp_path / "again")
    store = SqlStore(again, TABLES)
    platform.rebuild_projections(store)
    store.close()
    assert dumps(again) == dumps(whole)
    expect_the_same(again, whole, "rebuilt")


def test_a_city_goes_on_after_a_rebuild_in_the_middle(
    tmp_path: Path, given: Plan, whole: Path
) -> None:
    with pytest.raises(Crash):
        run(
            tmp_path,
            given,
            pauses=9,
            broken=lambda store: CrashingStore(store, at_commit=20, when="after"),
        )
    store = SqlStore(tmp_path, TABLES)
    platform.rebuild_projections(store)
    store.close()
    run(tmp_path, given, pauses=10)
    expect_the_same(tmp_path, whole, "rebuilt in the middle")


# --- the real thing: processes, signals, file sizes -------------------------------------------

CHILD = f"""
import resource, sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parent)!r})
from recorded import plan
from chengyun.kernel.errors import StoreFailed
from chengyun.sim.replay.run import replay
out, limit = Path(sys.argv[1]), int(sys.argv[2])
given = plan({CITY_SEED})
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
try:
    replay(given, out, resume=True, progress=lambda sent, at: print(sent, flush=True))
except StoreFailed as failed:
    print(failed, file=sys.stderr)
    sys.exit(3)
"""


def child(out: Path, *, limit: int = 0) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, str(out), str(limit)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


@pytest.mark.parametrize("seed", range(3))
def test_a_process_that_was_killed_is_resumed_to_the_same_state(
    tmp_path: Path, given: Plan, whole: Path, seed: int
) -> None:
    drawn = random.Random(seed)
    with child(tmp_path) as process:
        began = time.monotonic()
        while not (tmp_path / STORE / FILE).exists() and time.monotonic() < began + 60:
            time.sleep(0.01)
        time.sleep(drawn.uniform(0, 1.5))
        process.send_signal(signal.SIGKILL)
    replay(given, tmp_path, resume=True, progress=lambda sent, at: None)
    expect_the_same(tmp_path / STORE, whole, seed)


@pytest.mark.parametrize("limit", [20_000, 600_000])
def test_a_full_disk_stops_cleanly_and_with_room_again_it_goes_on(
    tmp_path: Path, given: Plan, whole: Path, limit: int
) -> None:
    with child(tmp_path, limit=limit) as process:
        _, said = process.communicate(timeout=120)
    assert process.returncode == 3, said
    assert "the disk is full or failing" in said
    assert "make room and start again" in said
    if (tmp_path / STORE / FILE).stat().st_size and limit > 100_000:
        got = facts(tmp_path / STORE)
        assert got == facts(whole)[: len(got)]
    replay(given, tmp_path, resume=True, progress=lambda sent, at: None)
    expect_the_same(tmp_path / STORE, whole, limit)
