"""Plays a lane's log again, from its beginning and from its newest snapshot, and compares.

Both must come to the same state, whatever was killed in between: snapshots are a shorter way, never
another one. Reads only; the lane must not run.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
import numpy as np

from chengyun.adapters.segments.reading import (
    Position,
    frames_behind,
    segments_in,
)
from chengyun.adapters.segments.snapshots import Snapshots
from chengyun.app.stream.city import CityOfSensors
from chengyun.app.stream.keeping import kept
from chengyun.app.stream.lane import Lane
from chengyun.app.stream.opening import FOLDER, LOG, SNAPSHOTS, Cities, begun, play
from chengyun.app.stream.registering import Register

_APART = ("young", "old", "forgotten")
"""What is remembered of late instants may hold more than it must after a snapshot."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What was found."""

    frames: int
    rows: int
    sensors: int
    ticks: int
    whole_log: bool
    """Whether the log still has its beginning; if not, only the snapshot's way was gone."""
    same: bool
    digest: str


def verified(folder: Path, city: CityOfSensors) -> Verdict:
    """Verify the lane of the store in ``folder``; raise ``StoreFailed`` for a damaged frame.

    ``city`` is that of a log that does not name its pack.
    """
    log = folder / FOLDER / LOG
    snapshot = Snapshots(folder / FOLDER / SNAPSHOTS).newest()
    whole = segments_in(log)[:1] == [1]
    cities = Cities(folder, city)
    short, position = begun(snapshot, cities, Register("", (1, 2)))
    frames, rows = _played(short, log, position, cities)
    digest = digest_of(short)
    same = True
    if whole and snapshot is not None:
        long, beginning = begun(None, cities, Register("", (1, 2)))
        frames, rows = _played(long, log, beginning, cities)
        same = digest_of(long) == digest
    return Verdict(
        frames=frames,
        rows=rows,
        sensors=len(short.register.sensors),
        ticks=short.tick_number,
        whole_log=whole,
        same=same,
        digest=digest,
    )


def _played(lane: Lane, log: Path, position: Position, cities: Cities) -> tuple[int, int]:
    frames = rows = 0
    for number, frame in frames_behind(log, position):
        play(lane, frame, Position(number, frame.end), cities)
        frames, rows = frames + 1, rows + frame.rows
    return frames, rows


def digest_of(lane: Lane) -> str:
    """Return the SHA-256 of everything that the log determines."""
    facts, columns = kept(lane)
    found = hashlib.sha256()
    facts = {name: value for name, value in facts.items() if name not in ("register", "turned_at")}
    found.update(msgspec.json.encode(facts, order="deterministic"))
    for name, column in sorted(columns.items()):
        if name not in _APART:
            found.update(name.encode())
            found.update(np.ascontiguousarray(column).view(np.uint8).reshape(-1).data)
    return found.hexdigest()
