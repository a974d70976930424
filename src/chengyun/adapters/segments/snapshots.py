"""Snapshots: the state of a lane at a place of its log, written while it goes on.

A child process is split off: it has the memory of that moment, page by page shared until one of
the two changes it, and writes it in peace. A snapshot is synced, then renamed, so there is never a
half one; the newest that is whole is loaded. Columns are stored as they lie in memory, each with
its checksum; the head that describes them has one too.
"""

from __future__ import annotations

import math
import os
import signal
import time
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from chengyun.adapters.segments.reading import Position
from chengyun.adapters.segments.staying import may_leave
from chengyun.kernel.errors import StoreFailed

_SUFFIX: Final = ".snapshot"
_KEPT: Final = 2
_LENGTH_BYTES: Final = 8
_CHECKSUM_BYTES: Final = 4
_FIRST_FILE: Final = 3
"""The first file handle behind input, output and errors."""
_AT_ONCE: Final = 1 << 24
_PAUSE_S: Final = 0.02


class _Column(msgspec.Struct, frozen=True):
    name: str
    dtype: list[list[str]]
    shape: tuple[int, ...]
    checksum: int


class _Head(msgspec.Struct, frozen=True, kw_only=True):
    segment: int
    offset: int
    facts: dict[str, Any]
    columns: list[_Column]


class Snapshot(NamedTuple):
    """What was kept: small facts, and columns by name."""

    position: Position
    facts: Mapping[str, Any]
    columns: Mapping[str, NDArray[Any]]


class Snapshots:
    """The snapshots of one lane in one folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._child: int | None = None
        for half in folder.glob("*.part"):
            half.unlink()

    def begin(self, snapshot: Snapshot) -> bool:
        """Split off a child that writes ``snapshot``; False while the one before is at work."""
        if not self.is_done():
            return False
        child = os.fork()
        if child == 0:
            status = 1
            try:
                _alone()
                self.write(snapshot)
                status = 0
            finally:
                os._exit(status)
        self._child = child
        return True

    def finish(self, wait_s: float) -> None:
        """Wait for a child at work, and end it where that takes longer; nothing half is left."""
        until_s = time.monotonic() + wait_s
        while not self.is_done():
            if time.monotonic() >= until_s and self._child is not None:
                os.kill(self._child, signal.SIGKILL)
                os.waitpid(self._child, 0)
                self._child = None
                return
            time.sleep(_PAUSE_S)

    def is_done(self) -> bool:
        """Tell whether no child is at work; raise ``StoreFailed`` if the last one failed."""
        if self._child is None:
            return True
        done, status = os.waitpid(self._child, os.WNOHANG)
        if done == 0:
            return False
        self._child = None
        if status:
            raise StoreFailed(
                "a snapshot could not be written",
                where=str(self._folder),
                remedy="make room; until then a restart takes longer, nothing is lost",
            )
        return True

    def write(self, snapshot: Snapshot) -> None:
        """Write ``snapshot`` whole, then let the oldest go."""
        name = f"{snapshot.position.segment:012d}-{snapshot.position.offset:012d}"
        part = self._folder / f"{name}.part"
        columns = [
            _Column(
                key,
                [[str(part) for part in field] for field in column.dtype.descr],
                column.shape,
                zlib.crc32(_bytes(column)),
            )
            for key, column in snapshot.columns.items()
        ]
        head = msgspec.json.encode(
            _Head(
                segment=snapshot.position.segment,
                offset=snapshot.position.offset,
                facts=dict(snapshot.facts),
                columns=columns,
            )
        )
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            _write(handle, len(head).to_bytes(_LENGTH_BYTES, "big"))
            _write(handle, zlib.crc32(head).to_bytes(_CHECKSUM_BYTES, "big"))
            _write(handle, head)
            for column in snapshot.columns.values():
                _write(handle, _bytes(column))
            os.fsync(handle)
        finally:
            os.close(handle)
        part.rename(self._folder / f"{name}{_SUFFIX}")
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        with may_leave(self._folder) as may:
            for old in snapshots_in(self._folder)[_KEPT:] if may else []:
                old.unlink(missing_ok=True)

    def newest(self) -> Snapshot | None:
        """Return the newest snapshot that is whole, None if there is none."""
        return next(self._whole(), None)

    def oldest_position(self) -> Position | None:
        """Return the place in the log from which the oldest snapshot that is kept goes on."""
        paths = snapshots_in(self._folder)[:_KEPT]
        return position_of(paths[-1]) if paths else None

    def _whole(self) -> Iterator[Snapshot]:
        for path in snapshots_in(self._folder):
            found = _read(path)
            if found is not None:
                yield found


def snapshots_in(folder: Path) -> list[Path]:
    """Return the files of the snapshots there are, the newest first; never touches one."""
    return sorted(folder.glob(f"*{_SUFFIX}"), reverse=True)


def position_of(path: Path) -> Position:
    """Return the place in the log from which a snapshot goes on."""
    segment, offset = path.stem.split("-")
    return Position(int(segment), int(offset))


def is_whole(path: Path) -> bool:
    """Tell whether every byte of a snapshot is as it was written; little of it is in memory."""
    with path.open("rb") as file:
        head = _head_of(file)
        for one in [] if head is None else head.columns:
            left, checksum = math.prod(one.shape) * _dtype_of(one.dtype).itemsize, 0
            while left and (piece := file.read(min(left, _AT_ONCE))):
                left, checksum = left - len(piece), zlib.crc32(piece, checksum)
            if left or checksum != one.checksum:
                return False
    return head is not None


def facts_of(path: Path) -> Mapping[str, Any]:
    """Return the small facts of a whole snapshot."""
    with path.open("rb") as file:
        head = _head_of(file)
    return {} if head is None else head.facts


def _alone() -> None:
    """Let a child hold nothing of its parent: no port, no lock, no part in its signals.

    If the parent is killed, the next one can begin at once.
    """
    os.nice(10)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    os.closerange(_FIRST_FILE, os.sysconf("SC_OPEN_MAX"))


def _bytes(column: NDArray[Any]) -> memoryview:
    return (
        memoryview(np.ascontiguousarray(column).view(np.uint8).reshape(-1).data)
        if column.size
        else memoryview(bytearray())
    )


def _write(handle: int, content: bytes | memoryview) -> None:
    left = memoryview(content)
    while left:
        left = left[os.write(handle, left[:_AT_ONCE]) :]


def _head_of(file: IO[bytes]) -> _Head | None:
    """Return what stands at the beginning of a snapshot, None if it is not as it was written."""
    length = int.from_bytes(file.read(_LENGTH_BYTES), "big")
    checksum = int.from_bytes(file.read(_CHECKSUM_BYTES), "big")
    content = file.read(length) if length <= os.fstat(file.fileno()).st_size else b""
    if not content or len(content) != length or zlib.crc32(content) != checksum:
        return None
    return msgspec.json.decode(content, type=_Head)


def _read(path: Path) -> Snapshot | None:
    """Return the snapshot in a file, None if a byte of it is not as it was written."""
    with path.open("rb") as file:
        head = _head_of(file)
        if head is None:
            return None
        columns = {}
        for one in head.columns:
            column = np.empty(one.shape, _dtype_of(one.dtype))  # owned: it may grow
            if file.readinto(_bytes(column)) != column.nbytes or (
                zlib.crc32(_bytes(column)) != one.checksum
            ):
                return None
            columns[one.name] = column
    return Snapshot(Position(head.segment, head.offset), head.facts, columns)


def _dtype_of(described: list[list[str]]) -> np.dtype[Any]:
    """Return the type that numpy described: one nameless field for a plain one."""
    if len(described) == 1 and not described[0][0]:
        return np.dtype(described[0][1])
    return np.dtype([(name, kind) for name, kind in described])
