"""Reading the segment log beside its writer, from another thread or process: never touches a file.

A segment is closed as soon as there is a later one; only the last may end in the middle of a frame.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from chengyun.adapters.segments.frames import Frame, FrameError, FrameKind, frame_at, linked_at
from chengyun.kernel.errors import StoreFailed

_SUFFIX: Final = ".seg"


class Position(NamedTuple):
    """A place between two frames: the number of a segment, and bytes in it."""

    segment: int = 0
    offset: int = 0


BEGINNING: Final = Position()


def path_of(folder: Path, number: int) -> Path:
    """Return the file of a segment."""
    return folder / f"{number:012d}{_SUFFIX}"


def segments_in(folder: Path) -> list[int]:
    """Return the numbers of the segments there are, in order; the last one is being written."""
    return sorted(int(path.stem) for path in folder.glob(f"*{_SUFFIX}"))


def frames_behind(folder: Path, after: Position = BEGINNING) -> Iterator[tuple[int, Frame]]:
    """Yield the frames from ``after`` on, each with the number of its segment.

    Raises ``StoreFailed`` where one is damaged, a segment is missing between two, or the log no
    longer reaches back so far.
    """
    there = segments_in(folder)
    if after.segment and after.segment not in there:
        raise unreachable(folder, after)
    before: int | None = None
    for number in there:
        if number < after.segment:
            continue
        start = after.offset if number == after.segment else 0
        if before is not None and number - 1 not in there:
            raise damaged(path_of(folder, number - 1), 0, "the file is gone")
        closed = number != there[-1]
        for frame in frames_in(folder, number, closed=closed, start=start, before=before):
            before = frame.checksum
            if frame.kind is not FrameKind.BEGIN:
                yield number, frame


def frames_in(
    folder: Path, number: int, *, closed: bool, start: int = 0, before: int | None = None
) -> Iterator[Frame]:
    """Yield the frames of one segment from ``start`` on, where a frame begins or the file ends.

    ``before`` is the checksum that the first of them must follow, if it is known. A closed one that
    is damaged raises ``StoreFailed``, one that is gone ``FileNotFoundError``; in the one being
    written reading ends where its whole frames end.
    """
    path = path_of(folder, number)
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size <= start:
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            content = memoryview(mapped)
            try:
                linked = linked_at(content, start)
                if before is not None and linked != before:
                    raise damaged(path, start, "it does not follow the frame before it")
                yield from _frames(content, path, start, linked, closed=closed)
            finally:
                content.release()


def _frames(
    content: memoryview, path: Path, at: int, linked: int, *, closed: bool
) -> Iterator[Frame]:
    while True:
        try:
            frame = frame_at(content, at, linked)
        except FrameError as damage:
            if not closed:
                return
            raise damaged(path, at, str(damage)) from damage
        if frame is None:
            return
        at, linked = frame.end, frame.checksum
        yield frame


def damaged(path: Path, at: int, why: str) -> StoreFailed:
    """Return the error that names a damaged place."""
    return StoreFailed(
        f"segment {int(path.stem)} is damaged at byte {at}: {why}",
        where=str(path),
        remedy="restore it from a backup; what stands behind cannot be trusted",
    )


def unreachable(folder: Path, after: Position) -> StoreFailed:
    """Return the error that says that the log does not hold a place."""
    return StoreFailed(
        f"the log does not reach back to segment {after.segment}, byte {after.offset}",
        where=str(folder),
        remedy="restore log and snapshots of one time from a backup",
    )
