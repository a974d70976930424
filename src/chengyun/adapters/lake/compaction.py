"""Compaction: closed segments of the log become files of the lake, one step after another.

A step takes the oldest closed segments, sorts their rows into properties and days, and merges those
of each day with the small files the day has. New files are made durable first, then the manifest
that names them and the segments they came from; so after a crash at any moment a segment has gone
in whole or not at all. The log is only read. There is one writer of a lake.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from chengyun.adapters.lake.columns import Rows
from chengyun.adapters.lake.durable import make_folder
from chengyun.adapters.lake.files import read_day, write_day
from chengyun.adapters.lake.manifest import (
    DayFile,
    Manifest,
    read_manifest,
    sweep,
    write_manifest,
)
from chengyun.adapters.lake.merging import Merge
from chengyun.adapters.lake.runs import DayRun, Observed, Runs, rows_in
from chengyun.adapters.segments.frames import Frame, FrameKind
from chengyun.adapters.segments.reading import frames_in, segments_in
from chengyun.adapters.segments.records import group_of
from chengyun.kernel.errors import StoreFailed
from chengyun.kernel.limits import MAX_FILES_A_DAY, MAX_RUN_ROWS, MAX_SEGMENTS_A_STEP

_RUNS: Final = "runs"


class Step(NamedTuple):
    """What one step did; ``segments`` is 0 when there was nothing to do."""

    segments: int
    rows: int
    doubled: int
    files: int
    """Files written."""


def compact(
    folder: Path,
    log: Path,
    observed: Observed,
    *,
    most_segments: int = MAX_SEGMENTS_A_STEP,
    most_rows: int = MAX_RUN_ROWS,
) -> Step:
    """Take the oldest closed segments of ``log`` into the lake in ``folder``.

    First removes what no manifest names: what a crash left, and files that the step before
    replaced, which questions begun before may still have been reading.
    """
    manifest = read_manifest(folder)
    sweep(folder, manifest)
    numbers = waiting(log, manifest)[:most_segments]
    if not numbers:
        return Step(0, 0, 0, 0)
    scratch = folder / _RUNS
    shutil.rmtree(scratch, ignore_errors=True)
    make_folder(scratch)
    runs = Runs(scratch, observed, most_rows=most_rows)
    for number in numbers:
        for frame in frames_in(log, number, closed=True):
            if frame.kind is FrameKind.GROUP:
                runs.add(rows_of_frame(frame))
    runs.finish()
    step = _Merging(folder, manifest)
    for (name, day), parts in sorted(_by_day(runs.written).items()):
        step.merge(name, day, parts)
    write_manifest(folder, step.manifest(through=numbers[-1]))
    shutil.rmtree(scratch)
    rows = sum(part.rows for part in runs.written)
    return Step(len(numbers), rows, runs.doubled + step.doubled, len(step.added))


def waiting(log: Path, manifest: Manifest) -> list[int]:
    """Return the closed segments that have not gone in; raise where one went before it had."""
    numbers = [number for number in segments_in(log) if number > manifest.through]
    if numbers and manifest.through and numbers[0] != manifest.through + 1:
        raise StoreFailed(
            f"segments {manifest.through + 1} to {numbers[0] - 1} are gone from the log",
            where=str(log),
            remedy="restore them from a backup; the log may only drop what the lake has",
        )
    return numbers[:-1]


def rows_of_frame(frame: Frame) -> Rows:
    """Return the rows of a group with the moment they became known."""
    group, _ = group_of(frame.payload)
    return Rows(*group, known_at=np.full(len(group.at), frame.known_at, np.int64))


class _Merging:
    """The files of a manifest on their way to those of the next."""

    def __init__(self, folder: Path, before: Manifest) -> None:
        self._folder = folder
        self._before = before
        self._next_number = before.next_number
        self._replaced: set[int] = set()
        self.added: list[DayFile] = []
        self.doubled = 0

    def merge(self, name: str, day: int, parts: list[DayRun]) -> None:
        """Write the rows of a day, with those of its files that are merged now, as one file."""
        there = self._before.of(name, day, day)
        rows = sum(part.rows for part in parts)
        chosen = there if any(part.backfilled for part in parts) else to_merge(there, rows)
        places: list[Iterator[Rows]] = [read_day(self._folder, one) for one in chosen]
        merge = Merge([*places, *(rows_in(part) for part in parts)])
        file = write_day(self._folder, name, day, self._next_number, iter(merge))
        self._next_number += 1
        self._replaced |= {one.number for one in chosen}
        self.added.append(file)
        self.doubled += merge.doubled

    def manifest(self, through: int) -> Manifest:
        """Return the manifest after the step."""
        kept = [one for one in self._before.files if one.number not in self._replaced]
        return Manifest(through=through, next_number=self._next_number, files=[*kept, *self.added])


def to_merge(there: list[DayFile], rows: int) -> list[DayFile]:
    """Return which files of a day are merged with so many new rows.

    Files not much larger than what they are merged with: every row is written again a number of
    times that grows with the logarithm of the day. And as many as keep the day within its bound.
    """
    chosen: list[DayFile] = []
    by_size = sorted(there, key=lambda one: one.rows)
    for one in by_size:
        if one.rows > 2 * rows and len(there) - len(chosen) < MAX_FILES_A_DAY:
            break
        chosen.append(one)
        rows += one.rows
    return chosen


def _by_day(parts: list[DayRun]) -> dict[tuple[str, int], list[DayRun]]:
    found: dict[tuple[str, int], list[DayRun]] = defaultdict(list)
    for part in parts:
        found[part.property, part.day].append(part)
    return found
