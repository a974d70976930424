"""A log and a lake in a folder, and what the lake must hold by plain bookkeeping."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from chengyun.adapters.lake.columns import KEPT, Rows
from chengyun.adapters.lake.compaction import Step, compact
from chengyun.adapters.lake.files import read_day
from chengyun.adapters.lake.manifest import read_manifest
from chengyun.adapters.lake.runs import Observed
from chengyun.adapters.segments.frames import FrameKind
from chengyun.adapters.segments.log import SegmentLog
from chengyun.adapters.segments.records import group_payload, tick_payload
from chengyun.facts.columns import Group
from chengyun.facts.sensors import TickRecord
from chengyun.kernel.instants import DAY_US, HOUR_US

NAMES = ("water/level", "noise")
OBSERVED = Observed(np.array([0, 1, 0, 1, 0, 1, -1, 0], np.int16), NAMES)
NOON = 20_605 * DAY_US + 12 * HOUR_US
MAX_STEPS = 200
Row = tuple[int, int, int, int, int, int]
"""Handle, at, value, area, flags, verdict."""


def group_of(rows: list[Row]) -> Group:
    kinds = (np.int32, np.int64, np.int64, np.int32, np.uint8, np.uint8)
    columns: list[Any] = [
        np.array([row[place] for row in rows], kind) for place, kind in enumerate(kinds)
    ]
    return Group(*columns)


class Bench:
    """Writes groups, a segment for each call of ``segment``, and remembers what was written."""

    def __init__(self, folder: Path) -> None:
        self.log_folder, self.folder = folder / "log", folder / "lake"
        self.log = SegmentLog(self.log_folder, most_bytes=41)  # a frame, then another
        self.first: dict[tuple[int, int], tuple[Any, ...]] = {}
        self.known_at = NOON

    def group(self, rows: list[Row]) -> None:
        """Append a group; the next one begins a new segment."""
        self.known_at += 1
        self.log.append(
            FrameKind.GROUP, len(rows), self.known_at, group_payload(group_of(rows), [])
        )
        self.log.sync()
        for row in rows:
            if row[5] in KEPT:
                self.first.setdefault((row[0], row[1]), (*row, self.known_at))

    def close_segment(self) -> None:
        """Begin another segment, so that all groups so far stand in closed ones."""
        self.log.append(FrameKind.TICK, 0, self.known_at, tick_payload(TickRecord(number=1, at=1)))
        self.log.sync()

    def compact_all(self, **more: Any) -> list[Step]:
        steps = []
        for _ in range(MAX_STEPS):
            step = compact(self.folder, self.log_folder, OBSERVED, **more)
            if not step.segments:
                return steps
            steps.append(step)
        raise AssertionError("compaction never ends")

    def held(self) -> list[tuple[Any, ...]]:
        """Return all rows of the lake, checked to be in order and in the file they belong to."""
        found: list[tuple[Any, ...]] = []
        for file in read_manifest(self.folder).files:
            rows = [one for piece in read_day(self.folder, file) for one in tuples(piece)]
            assert len(rows) == file.rows
            assert [row[:2] for row in rows] == sorted(row[:2] for row in rows)
            assert {row[1] // DAY_US for row in rows} == {file.day}
            assert {NAMES[OBSERVED.property_of[row[0]]] for row in rows} == {file.property}
            found += rows
        return sorted(found)

    def expected(self) -> list[tuple[Any, ...]]:
        return sorted(self.first.values())


def tuples(rows: Rows) -> list[tuple[Any, ...]]:
    return list(zip(*(column.tolist() for column in rows), strict=True))
