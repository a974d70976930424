"""The tail: rows that stand in the log and have not gone into the lake.

History is lake and tail together. Each frame of the log is read once, when it is first asked for;
its rows are kept in blocks sorted by sensor, in files without a name, so that they take room on the
disk and none in memory, and are gone with the process.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chengyun.adapters.lake.columns import BACKFILLED, KEPT, Rows, joined, none
from chengyun.adapters.lake.compaction import rows_of_frame
from chengyun.adapters.lake.manifest import Manifest
from chengyun.adapters.lake.runs import Observed
from chengyun.adapters.segments.frames import FrameKind
from chengyun.adapters.segments.reading import frames_in, segments_in
from chengyun.kernel.errors import Retryable

_BLOCK_ROWS: Final = 262_144
_LAYOUT: Final = ("at", "value", "known_at", "handle", "area", "flags", "verdict")
"""Wide columns first, so that every column of a block begins where its numbers may."""
_ROW_BYTES: Final = 34


class Wanted(NamedTuple):
    """Which rows are looked for: of a property, perhaps one sensor, with ``at`` in a span."""

    property: str
    since_us: int
    until_us: int
    handle: int = -1


class _Block(NamedTuple):
    """Rows by sensor, those of one sensor in the order of the log."""

    rows: Rows
    first_us: int
    last_us: int

    def wanted(self, observed: Observed, wanted: Wanted) -> Rows | None:
        """Return the wanted rows, None where there are none."""
        if self.last_us < wanted.since_us or self.first_us >= wanted.until_us:
            return None
        rows = self.rows
        if wanted.handle >= 0:
            start, end = np.searchsorted(rows.handle, [wanted.handle, wanted.handle + 1])
            rows = rows.take(slice(int(start), int(end)))
        chosen = (rows.at >= wanted.since_us) & (rows.at < wanted.until_us)
        if wanted.handle < 0:
            chosen &= _observes(rows, observed, wanted.property)
        return rows.take(np.flatnonzero(chosen)) if chosen.any() else None


class _Segment:
    """What has been read of one segment."""

    def __init__(self, log: Path, number: int, scratch: Path) -> None:
        self._log = log
        self._number = number
        self._file: IO[bytes] = tempfile.TemporaryFile(  # noqa: SIM115 - open as long as its blocks
            dir=scratch if scratch.is_dir() else None
        )
        self._end = 0
        self._fresh: list[Rows] = []
        self._count = 0
        self._last: _Block | None = None
        """The fresh rows as a block, while there is one piece of them."""
        self._kept: list[_Block] = []

    def follow(self, *, closed: bool) -> None:
        """Read the frames that have not been read."""
        for frame in frames_in(self._log, self._number, closed=closed, start=self._end):
            self._end = frame.end
            if frame.kind is FrameKind.GROUP:
                rows = rows_of_frame(frame)
                self._fresh.append(rows.take(np.flatnonzero(np.isin(rows.verdict, KEPT))))
                self._count += self._fresh[-1].size
                if self._count >= _BLOCK_ROWS:
                    self._kept.append(self._on_disk(_block(joined(self._fresh))))
                    self._fresh, self._count = [], 0

    def blocks(self) -> list[_Block]:
        """Return all that has been read, in the order of the log."""
        if not self._count:
            return self._kept
        if len(self._fresh) > 1 or self._last is None:
            self._fresh = [joined(self._fresh)]
            self._last = _block(self._fresh[0])
        return [*self._kept, self._last]

    def _on_disk(self, block: _Block) -> _Block:
        self._last = None
        offset, size = self._file.seek(0, 2), block.rows.size * _ROW_BYTES
        for name in _LAYOUT:
            self._file.write(getattr(block.rows, name).tobytes())
        self._file.write(bytes(-size % 8))
        self._file.flush()
        content = np.memmap(self._file, np.uint8, "r", offset, (size,))
        return block._replace(rows=_columns(content, block.rows))


class Tail:
    """The rows of a log that no manifest names, as far as they have been asked for."""

    def __init__(self, log: Path, scratch: Path) -> None:
        self._log = log
        self._scratch = scratch
        self._segments: dict[int, _Segment] = {}

    def recent(self, manifest: Manifest, observed: Observed, wanted: Wanted) -> Rows:
        """Return the wanted rows of the segments that ``manifest`` does not name.

        Doubled rows among them are left out. Raises ``Retryable`` when a segment went into the
        lake meanwhile and left the log: with the manifest of now the answer is whole.
        """
        numbers = [number for number in segments_in(self._log) if number > manifest.through]
        if numbers and manifest.through and numbers[0] != manifest.through + 1:
            raise Retryable("segments have gone into the lake meanwhile", where=str(self._log))
        self._follow(numbers)
        found = [
            rows
            for number in numbers
            for block in self._segments[number].blocks()
            if (rows := block.wanted(observed, wanted)) is not None
        ]
        return _first_known(joined(found)) if found else none()

    def _follow(self, numbers: list[int]) -> None:
        for gone in set(self._segments) - set(numbers):
            del self._segments[gone]
        for number in numbers:
            one = self._segments.get(number) or _Segment(self._log, number, self._scratch)
            self._segments[number] = one
            try:
                one.follow(closed=number != numbers[-1])
            except FileNotFoundError as left:
                raise Retryable("a segment has left the log", where=str(self._log)) from left


def _block(rows: Rows) -> _Block:
    ordered = rows.take(np.argsort(rows.handle, kind="stable"))
    return _Block(ordered, int(rows.at.min()), int(rows.at.max()))


def _columns(content: NDArray[np.uint8], like: Rows) -> Rows:
    """Return the columns that stand one after another in ``content``."""
    found: dict[str, Any] = {}
    start = 0
    for name in _LAYOUT:
        column = getattr(like, name)
        found[name] = content[start : start + column.nbytes].view(column.dtype)
        start += column.nbytes
    return Rows(**found)


def _observes(rows: Rows, observed: Observed, name: str) -> NDArray[np.bool_]:
    """Tell which rows are of a property; a handle newer than ``observed`` is of none yet."""
    place = observed.names.index(name) if name in observed.names else -1
    known = rows.handle < len(observed.property_of)
    of = np.full(rows.size, -1, np.int64)
    of[known] = observed.property_of[rows.handle[known]]
    found: NDArray[np.bool_] = (of == place) & (place >= 0)
    return found


def _first_known(rows: Rows) -> Rows:
    """Leave out rows whose sensor and instant stand before them; the log is in order of knowing."""
    if not (rows.verdict == BACKFILLED).any():
        return rows
    order = np.lexsort((rows.at, rows.handle))  # stable
    handle, at = rows.handle[order], rows.at[order]
    again = np.zeros(rows.size, np.bool_)
    again[order[1:]] = (handle[1:] == handle[:-1]) & (at[1:] == at[:-1])
    return rows.take(np.flatnonzero(~again)) if again.any() else rows
