"""The lane's part of a backup: files that fit the facts in the copy of the database.

The facts say which ticks are recorded; what the lane holds beyond that is offered again when it is
opened. So its newest snapshot is chosen before the database is copied, with the ticks in it that
were not recorded by then, and its log is taken afterwards, up to where it ends: no fact of the copy
is of a tick that the log does not have. The lake comes before the log, so that whatever it took
from the log stands in front of the log's end. Nothing leaves the folders meanwhile.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from chengyun.adapters.lake.manifest import HOURS, ROWS, read_manifest
from chengyun.adapters.lake.manifest import NAME as LAKE_MANIFEST
from chengyun.adapters.segments.frames import FrameKind
from chengyun.adapters.segments.reading import (
    BEGINNING,
    Position,
    frames_behind,
    frames_in,
    path_of,
    segments_in,
    unreachable,
)
from chengyun.adapters.segments.records import tick_of
from chengyun.adapters.segments.snapshots import facts_of, is_whole, position_of, snapshots_in
from chengyun.adapters.segments.staying import all_stays
from chengyun.app.stream.opening import FOLDER, LAKE, LOG, PACKS, REFUSED, REGISTER, SNAPSHOTS
from chengyun.kernel.errors import StoreFailed

LANE_FILE: Final = re.compile(
    rf"{FOLDER}/({REGISTER}"
    rf"|{LOG}/\d{{12}}\.seg"
    rf"|{SNAPSHOTS}/\d{{12}}-\d{{12}}\.snapshot"
    rf"|{PACKS}/[0-9a-f]{{64}}\.pack"
    rf"|{REFUSED}/[0-9-]+\.(json|message)"
    rf"|{LAKE}/{re.escape(LAKE_MANIFEST)}"
    rf"|{LAKE}/({ROWS}|{HOURS})/property=[^/\0]+/day=\d{{4}}-\d\d-\d\d/\d{{9}}\.parquet)"
)
"""The names that files of a lane have in a backup."""


class LaneMark(msgspec.Struct, frozen=True, kw_only=True):
    """Where a lane stood: the end of its log, and its last tick."""

    segment: int
    offset: int
    tick: int


class LaneFiles(NamedTuple):
    """The files of a lane as a backup takes them, by name, and where the lane stood."""

    files: dict[str, Path]
    mark: LaneMark


class Staying:
    """A lane while nothing leaves its folders."""

    def __init__(self, folder: Path, *, has_lake: bool) -> None:
        """Without ``has_lake`` there was none: what has gone into one since stands in the log."""
        self._folder = folder / FOLDER
        self._has_lake = has_lake
        self._snapshot = _newest(self._folder)

    def files(self, half: Path) -> LaneFiles:
        """Return the files of now; what may still grow is copied into ``half``.

        Raises ``StoreFailed`` where the log does not go on from the snapshot, or is damaged.
        """
        found: dict[str, Path] = {}
        lake, log = self._folder / LAKE, self._folder / LOG
        register = self._folder / REGISTER
        if register.exists():
            found[f"{FOLDER}/{REGISTER}"] = register
        if self._has_lake and (lake / LAKE_MANIFEST).exists():
            known = half / LAKE
            known.mkdir()
            (known / LAKE_MANIFEST).write_bytes((lake / LAKE_MANIFEST).read_bytes())
            found[f"{FOLDER}/{LAKE}/{LAKE_MANIFEST}"] = known / LAKE_MANIFEST
            for one in read_manifest(known).files:
                for kind in (ROWS, HOURS):
                    found[self._named(one.below(lake, kind))] = one.below(lake, kind)
        if self._snapshot is not None:
            found[self._named(self._snapshot)] = self._snapshot
        numbers = segments_in(log)
        for number in numbers[:-1]:
            found[self._named(path_of(log, number))] = path_of(log, number)
        last = path_of(log, numbers[-1])
        *_, end = [0, *(frame.end for frame in frames_in(log, numbers[-1], closed=False))]
        with last.open("rb") as file, (half / "last").open("wb") as copy:
            copy.write(file.read(end))
        found[self._named(last)] = half / "last"
        # After the log: each version of the pack is kept before the log names it.
        for part in (PACKS, REFUSED):
            for path in sorted((self._folder / part).glob("*")):
                if LANE_FILE.fullmatch(self._named(path)):
                    found[self._named(path)] = path
        mark = _mark(self._folder, self._snapshot, Position(numbers[-1], end))
        return LaneFiles(found, mark)

    def _named(self, path: Path) -> str:
        return f"{FOLDER}/{path.relative_to(self._folder)}"


@contextmanager
def lane_staying(folder: Path) -> Iterator[Staying | None]:
    """Hold what the store in ``folder`` keeps of its lane; None where it has none.

    To be entered before the database is copied.
    """
    if not segments_in(folder / FOLDER / LOG):
        yield None
        return
    with ExitStack() as stack:
        there = [
            part for part in (LOG, SNAPSHOTS, LAKE, REFUSED) if (folder / FOLDER / part).is_dir()
        ]
        for part in there:
            stack.enter_context(all_stays(folder / FOLDER / part))
        yield Staying(folder, has_lake=LAKE in there)


def mark_of(folder: Path) -> LaneMark | None:
    """Return where the lane of the store in ``folder`` stands; None where there is none.

    Every frame behind its newest snapshot is read. Raises ``StoreFailed`` for a damaged one, and
    where the lake names a file that is not there.
    """
    log, lake = folder / FOLDER / LOG, folder / FOLDER / LAKE
    if not segments_in(log):
        return None
    for one in read_manifest(lake).files:
        for kind in (ROWS, HOURS):
            if not one.below(lake, kind).exists():
                raise StoreFailed(
                    "the lake names a file that is not there",
                    where=str(one.below(lake, kind)),
                    remedy="restore it from a backup",
                )
    return _mark(folder / FOLDER, _newest(folder / FOLDER), None)


def _newest(lane: Path) -> Path | None:
    return next((path for path in snapshots_in(lane / SNAPSHOTS) if is_whole(path)), None)


def _mark(lane: Path, snapshot: Path | None, end: Position | None) -> LaneMark:
    """Read the log behind a snapshot, to ``end`` or as far as it goes, and say where that is."""
    at, tick = BEGINNING, 0
    if snapshot is not None:
        at, tick = position_of(snapshot), int(facts_of(snapshot)["tick"])
    elif segments_in(lane / LOG)[0] > 1:
        raise unreachable(lane / LOG, Position(1, 0))
    for number, frame in frames_behind(lane / LOG, at):
        if end is not None and Position(number, frame.end) > end:
            break
        at = Position(number, frame.end)
        if frame.kind is FrameKind.TICK:
            tick = tick_of(frame.payload).number
    return LaneMark(segment=at.segment, offset=at.offset, tick=tick)
