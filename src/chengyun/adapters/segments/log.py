"""The segment log: append, one sync for a group, rotation, retention, and recovery.

Files are named by their number. Only the last one is written; a torn end of it (a power cut in
the middle of a write) is cut off and reported, damage anywhere else is refused.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from chengyun.adapters.segments.frames import (
    HEADER_BYTES,
    Frame,
    FrameError,
    FrameKind,
    frame_at,
    framed,
    linked_at,
    whole_frame_behind,
)
from chengyun.adapters.segments.reading import (
    BEGINNING,
    Position,
    damaged,
    frames_behind,
    path_of,
    segments_in,
    unreachable,
)
from chengyun.adapters.segments.staying import may_leave
from chengyun.kernel.errors import StoreFailed
from chengyun.kernel.instants import SECOND_US
from chengyun.kernel.limits import MAX_FRAME_BYTES, MAX_SEGMENT_BYTES, MAX_SEGMENT_S


class Cut(NamedTuple):
    """What was found torn at the end when the log was opened, and is gone."""

    segment: int
    offset: int
    lost_bytes: int
    why: str


class SegmentLog:
    """One log in one folder, with one writer. ``StoreFailed`` means that the process must stop."""

    def __init__(self, folder: Path, *, most_bytes: int = MAX_SEGMENT_BYTES) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._most_bytes = most_bytes
        self._checksum = 0
        self._first_at = 0
        """When the first frame became known that this process wrote into the segment."""
        self.cut: Cut | None = None
        """What a crash left torn, if anything."""
        numbers = self.segments()
        self._number = numbers[-1] if numbers else 0
        if numbers:
            self._recover(self._number)
        else:
            self._begin(1)
        self._file = os.open(self._path(self._number), os.O_WRONLY | os.O_APPEND)
        self._size = os.fstat(self._file).st_size

    @property
    def end(self) -> Position:
        """Where the next frame will begin."""
        return Position(self._number, self._size)

    def segments(self) -> list[int]:
        """Return the numbers of the files there are, in order."""
        return segments_in(self._folder)

    def append(self, kind: FrameKind, rows: int, known_at: int, payload: bytes) -> Position:
        """Write one frame, not yet synced; return where it ends."""
        if len(payload) > MAX_FRAME_BYTES:
            raise StoreFailed(f"a frame of {len(payload)} bytes does not fit a segment")
        try:
            if self._size >= self._most_bytes or self._is_old(known_at):
                self._rotate()
            self._first_at = self._first_at or known_at
            frame = framed(kind, rows, known_at, payload, self._checksum)
            self._checksum = int.from_bytes(frame[HEADER_BYTES - 4 : HEADER_BYTES], "little")
            left = memoryview(frame)
            while left:
                left = left[os.write(self._file, left) :]
        except OSError as failed:
            raise _failed(self._folder, failed) from failed
        self._size += len(frame)
        return self.end

    def sync(self) -> None:
        """Make everything appended durable; only now may it be acknowledged."""
        try:
            os.fdatasync(self._file)
        except OSError as failed:
            raise _failed(self._folder, failed) from failed

    def read(self, after: Position = BEGINNING) -> Iterator[Frame]:
        """Yield every frame from ``after`` on; raise ``StoreFailed`` where one is damaged."""
        for _, frame in self.numbered(after):
            yield frame

    def numbered(self, after: Position = BEGINNING) -> Iterator[tuple[int, Frame]]:
        """Yield the frames as ``read`` does, each with the number of its segment."""
        if after > self.end:
            raise unreachable(self._folder, after)
        return frames_behind(self._folder, after)

    def drop_before(self, number: int) -> list[int]:
        """Remove the files before ``number``, never the last one; return which went.

        While a backup reads the folder none does.
        """
        with may_leave(self._folder) as may:
            gone = [one for one in self.segments() if may and one < min(number, self._number)]
            for one in gone:
                self._path(one).unlink()
            if gone:
                _sync_folder(self._folder)
        return gone

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)

    # --- files --------------------------------------------------------------------------------

    def _path(self, number: int) -> Path:
        return path_of(self._folder, number)

    def _begin(self, number: int) -> None:
        """Create a file whose first frame is chained to the last one of the file before."""
        frame = framed(FrameKind.BEGIN, 0, 0, number.to_bytes(8, "big"), self._checksum)
        path = self._path(number)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(handle, frame)
            os.fsync(handle)
        finally:
            os.close(handle)
        _sync_folder(self._folder)
        self._checksum = int.from_bytes(frame[HEADER_BYTES - 4 : HEADER_BYTES], "little")
        self._number, self._size = number, len(frame)

    def _is_old(self, now: int) -> bool:
        """Tell whether the segment began so long ago that history should have it."""
        return bool(self._first_at) and now - self._first_at > MAX_SEGMENT_S * SECOND_US

    def _rotate(self) -> None:
        os.fdatasync(self._file)
        os.close(self._file)
        self._begin(self._number + 1)
        self._first_at = 0
        self._file = os.open(self._path(self._number), os.O_WRONLY | os.O_APPEND)

    def _recover(self, number: int) -> None:
        """Walk through the last file; cut it off where its frames end and nothing whole follows."""
        path = self._path(number)
        with path.open("rb") as file:
            content = memoryview(file.read())
        at, self._checksum, why = 0, linked_at(content, 0), "the file is empty"
        try:
            while (frame := frame_at(content, at, self._checksum)) is not None:
                at, self._checksum = frame.end, frame.checksum
        except FrameError as torn:
            why = str(torn)
            if whole_frame_behind(content, at) is not None:
                raise damaged(path, at, why) from torn
        if at == len(content) and at:
            return
        if self.cut is not None:  # the file behind was torn; this one was closed whole before it
            raise damaged(path, at, why)
        self.cut = Cut(number, at, len(content) - at, why)
        if at:
            with path.open("r+b") as file:
                file.truncate(at)
                os.fsync(file.fileno())
        else:  # the file was torn while it was begun: nothing stood in it
            path.unlink()
            before = [one for one in self.segments() if one < number]
            _sync_folder(self._folder)
            if before:
                self._number = before[-1]
                self._recover(self._number)
            else:
                self._checksum = 0
                self._begin(number)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _failed(folder: Path, failed: OSError) -> StoreFailed:
    return StoreFailed(
        f"the segment log could not be written: {failed}",
        where=str(folder),
        remedy="make room and start again: everything acknowledged is on disk",
    )
