"""The last changes of a stream, bounded; a cursor that is too old is told so."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple


class Frame(NamedTuple):
    """One change of the stream."""

    seq: int
    content: bytes


class Ring:
    """Frames in the order of their sequence numbers, the oldest forgotten first."""

    def __init__(self, seq: int) -> None:
        self.seq = seq
        """The last fact whose changes are in."""
        self.frames: deque[Frame] = deque()
        self.bytes = 0
        self._floor = seq
        """A cursor before this one is too old."""

    def keep(self, frame: Frame, *, most: int, most_bytes: int) -> None:
        """Add a frame, and forget the oldest beyond the bounds."""
        self.frames.append(frame)
        self.bytes += len(frame.content)
        while len(self.frames) > most or self.bytes > most_bytes:
            gone = self.frames.popleft()
            self.bytes -= len(gone.content)
            self._floor = gone.seq

    def follows(self, cursor: int) -> bool:
        """Tell whether a stream can go on from ``cursor``."""
        return self._floor <= cursor <= self.seq

    def after(self, cursor: int, most_bytes: int) -> tuple[bytes, int]:
        """Return the changes after ``cursor``, about so many bytes, and the cursor behind them.

        A change that begins before the cursor and ends after it is given whole: it holds the
        latest rows, so to see one again changes nothing.
        """
        found: list[bytes] = []
        size = 0
        for frame in self._since(cursor):
            found.append(frame.content)
            size += len(frame.content)
            cursor = frame.seq
            if size >= most_bytes:
                break
        return b"".join(found), cursor

    def _since(self, cursor: int) -> Iterable[Frame]:
        """Return the frames after ``cursor``; usually only the last few, so look from the end."""
        newer: list[Frame] = []
        for frame in reversed(self.frames):
            if frame.seq <= cursor:
                break
            newer.append(frame)
        return reversed(newer)
