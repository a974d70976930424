"""Reading the segment log beside its writer, from another thread or process: never touches a file.

A segment is closed as soon as there is a later one; only the last may end in the middle of a frame.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from chengyun.adapters.segments.frames import HEADER_BYTES, Frame, FrameError, frame_at
from chengyun.kernel.errors import StoreFailed

_SUFFIX: Final = ".seg"


def segments_in(folder: Path) -> list[int]:
    """Return the numbers of the segments there are, in order; the last one is being written."""
    return sorted(int(path.stem) for path in folder.glob(f"*{_SUFFIX}"))


def frames_in(folder: Path, number: int, *, closed: bool, start: int = 0) -> Iterator[Frame]:
    """Yield the frames of one segment from ``start`` on, where a frame begins or the file ends.

    A closed one that is damaged raises ``StoreFailed``, one that is gone ``FileNotFoundError``;
    in the one being written reading ends where its whole frames end.
    """
    path = folder / f"{number:012d}{_SUFFIX}"
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size <= start:
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            content = memoryview(mapped)
            try:
                yield from _frames(content, path, start, closed=closed)
            finally:
                content.release()


def _frames(content: memoryview, path: Path, start: int, *, closed: bool) -> Iterator[Frame]:
    at, before = start, _linked(content, start)
    while True:
        try:
            frame = frame_at(content, at, before)
        except FrameError as damage:
            if not closed:
                return
            raise StoreFailed(
                f"a closed segment is damaged at byte {at}: {damage}",
                where=str(path),
                remedy="restore it from a backup; what stands behind cannot be trusted",
            ) from damage
        if frame is None:
            return
        at, before = frame.end, frame.checksum
        yield frame


def _linked(content: memoryview, start: int) -> int:
    """Return the checksum that the frame at ``start`` says it follows."""
    end = start + HEADER_BYTES
    return int.from_bytes(content[end - 8 : end - 4], "little")
