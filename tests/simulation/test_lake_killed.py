"""Compaction is killed at random moments, as often as it takes; the lake has every row once."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from chengyun.adapters.lake.columns import key_of
from chengyun.adapters.lake.files import read_day
from chengyun.adapters.lake.manifest import read_manifest
from chengyun.adapters.segments.frames import FrameKind
from chengyun.adapters.segments.log import SegmentLog
from chengyun.adapters.segments.reading import segments_in
from chengyun.adapters.segments.records import group_payload
from chengyun.facts.columns import Group
from chengyun.kernel.instants import DAY_US

SEED = 20_260_601
SEGMENTS, ROWS, SENSORS = 12, 2_000, 500
MAX_STARTS = 40
CHILD = """
import sys
from pathlib import Path
import numpy as np
from chengyun.adapters.lake.compaction import compact
from chengyun.adapters.lake.runs import Observed
observed = Observed(np.arange(500, dtype=np.int16) % 3, ("a", "b", "c"))
print("ready", flush=True)
while compact(Path(sys.argv[1]), Path(sys.argv[2]), observed, most_segments=1).segments:
    print("step", flush=True)
"""


def write_log(folder: Path, dice: np.random.Generator) -> dict[tuple[int, int], int]:
    """Write segments of three days, a fifth of the rows doubled later; return first values."""
    log = SegmentLog(folder, most_bytes=41)
    first: dict[tuple[int, int], int] = {}
    for number in range(SEGMENTS):
        handle = dice.integers(0, SENSORS, ROWS).astype(np.int32)
        at = dice.integers(0, 3 * DAY_US // 10_000_000, ROWS) * 10_000_000
        value = dice.integers(-(10**9), 10**9, ROWS)
        group = Group(
            handle, at, value, handle, np.zeros(ROWS, np.uint8), np.full(ROWS, 2, np.uint8)
        )
        log.append(FrameKind.GROUP, ROWS, number, group_payload(group, []))
        for key, one in zip(
            zip(handle.tolist(), at.tolist(), strict=True), value.tolist(), strict=True
        ):
            first.setdefault(key, one)
    log.append(FrameKind.TICK, 0, SEGMENTS, b"{}")
    log.sync()
    log.close()
    return first


def test_killed_at_random_moments(tmp_path: Path) -> None:
    dice = random.Random(SEED)
    log, lake = tmp_path / "log", tmp_path / "lake"
    first = write_log(log, np.random.default_rng(SEED))
    kills = 0
    for start in range(MAX_STARTS):
        if read_manifest(lake).through == segments_in(log)[-2]:
            break
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(lake), str(log)], stdout=subprocess.PIPE
        )
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n", "the child must start"
        time.sleep(dice.random() * 0.2 * (1 + start))  # longer and longer, so that it ends
        if child.poll() is None:
            kills += 1
        child.kill()
        child.communicate()
    assert kills > 2, f"seed {SEED}: it was too quick to be killed"
    assert read_manifest(lake).through == segments_in(log)[-2], f"seed {SEED}: it never ends"
    found = {}
    for file in read_manifest(lake).files:
        for piece in read_day(lake, file):
            assert (np.diff(key_of(piece.handle, piece.at)) > 0).all()
            keys = zip(piece.handle.tolist(), piece.at.tolist(), strict=True)
            for key, one in zip(keys, piece.value.tolist(), strict=True):
                assert key not in found, f"seed {SEED}: {key} is there twice"
                found[key] = one
    assert found == first, f"seed {SEED}: rows are lost or others"
