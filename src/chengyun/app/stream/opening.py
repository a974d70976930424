"""Opens a lane: the newest snapshot, then the log behind it, played again.

What was recorded in the engine already is not told again; a tick whose crossings were not is.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, NamedTuple

import msgspec

from chengyun.adapters.segments.frames import Frame, FrameKind
from chengyun.adapters.segments.lane_log import LaneLog
from chengyun.adapters.segments.log import Cut, SegmentLog
from chengyun.adapters.segments.packs import PacksOfLane
from chengyun.adapters.segments.reading import BEGINNING, Position
from chengyun.adapters.segments.records import group_of, register_of, tick_of
from chengyun.adapters.segments.snapshots import Snapshot, Snapshots
from chengyun.app.stream.city import CityOfSensors, city_of_content
from chengyun.app.stream.keeping import restore
from chengyun.app.stream.lane import Lane, Ticked
from chengyun.app.stream.registering import Register
from chengyun.app.stream.repacking import adopt
from chengyun.facts.sensors import SensorEntry
from chengyun.kernel.errors import Rejected, StoreFailed

FOLDER = "stream"
"""The folder of the lane beside the store's database."""

LOG = "log"
LAKE = "lake"
PACKS = "packs"
SNAPSHOTS = "snapshots"
LOCK = "lane.lock"
REFUSED = "refused"
REGISTER = "register"


class Recovered(NamedTuple):
    """What opening a lane came to."""

    sensors: int
    rows: int
    ticks: int
    took_s: float
    cut: Cut | None
    from_snapshot: Position | None

    @property
    def figures(self) -> dict[str, int | float]:
        """What the log says of it."""
        return {
            "sensors": self.sensors,
            "rows_played": self.rows,
            "ticks_played": self.ticks,
            "took_s": round(self.took_s, 3),
            "cut_bytes": 0 if self.cut is None else self.cut.lost_bytes,
        }


class OpenLane(NamedTuple):
    """A lane with what it stands on."""

    lane: Lane
    folder: Path
    log: SegmentLog
    snapshots: Snapshots
    recovered: Recovered
    lock: IO[bytes]
    """Held while the lane is open: one process runs it."""
    untold: list[Ticked]
    """Ticks behind ``told``: their crossings are still to be recorded."""


def open_lane(
    folder: Path,
    city: CityOfSensors,
    *,
    told: int,
    progress: Callable[[int], None] = lambda rows: None,
) -> OpenLane:
    """Open the lane in the store's ``folder``; ``told`` is the last tick the engine recorded."""
    started = time.monotonic()
    lock = alone(folder / FOLDER)
    log = SegmentLog(folder / FOLDER / LOG)
    snapshots = Snapshots(folder / FOLDER / SNAPSHOTS)
    cities = Cities(folder, city)
    key = (secrets.randbits(64), secrets.randbits(64))
    register = Register(_name_of(folder / FOLDER), key)
    snapshot = snapshots.newest()
    lane, position = begun(snapshot, cities, register)
    untold: list[Ticked] = []
    if snapshot is not None:
        untold = msgspec.convert(snapshot.facts.get("untold", []), list[Ticked])
    elif log.segments()[0] > 1:
        raise StoreFailed(
            "no snapshot is whole, and the log does not reach back to its beginning",
            where=str(folder / FOLDER),
            remedy="restore the snapshots from a backup",
        )
    rows = ticks = 0
    for number, frame in log.numbered(position):
        ticked = play(lane, frame, Position(number, frame.end), cities)
        rows += frame.rows if frame.kind is FrameKind.GROUP else 0
        progress(rows)
        if ticked is not None:
            ticks += 1
            if ticked.crossings or ticked.silent or ticked.spoken:
                untold.append(ticked)
    if lane.city.digest != city.digest or not cities.is_kept:
        cities.keep()
        LaneLog(log).pack(city.digest, lane.known_at)
        adopt(lane, city)
    # Where the facts are ahead, the folder is older than the database: ticks are numbered behind
    # theirs, so that none counts as recorded.
    lane.tick_number = max(lane.tick_number, told)
    lane.log = LaneLog(log)
    took_s = time.monotonic() - started
    recovered = Recovered(
        len(lane.register.sensors),
        rows,
        ticks,
        took_s,
        log.cut,
        None if snapshot is None else snapshot.position,
    )
    untold = [ticked for ticked in untold if ticked.number > told]
    return OpenLane(lane, folder / FOLDER, log, snapshots, recovered, lock, untold)


def alone(folder: Path) -> IO[bytes]:
    """Take the lock of a lane's folder; ``Rejected`` where another process has it."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = (folder / LOCK).open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as taken:
        lock.close()
        raise Rejected(
            "lane_taken",
            "another process runs the stream lane of this store",
            where=str(folder),
            remedy="stop it, or serve with --no-sensors beside it",
            params={"folder": str(folder)},
        ) from taken
    return lock


class Cities:
    """What the lane took from the pack of now, and from those that its log names."""

    def __init__(self, folder: Path, now: CityOfSensors) -> None:
        self.now = now
        self._packs = PacksOfLane(folder / FOLDER / PACKS)

    @property
    def is_kept(self) -> bool:
        """Whether the version of now is kept."""
        return self.now.digest in self._packs

    def keep(self) -> None:
        """Keep the version of now."""
        self._packs.keep(self.now.digest, self.now.content)

    def of(self, digest: str) -> CityOfSensors:
        """Return the city of a version; raise ``StoreFailed`` where it is gone."""
        if digest == self.now.digest:
            return self.now
        return city_of_content(self._packs.content_of(digest))


def begun(snapshot: Snapshot | None, cities: Cities, register: Register) -> tuple[Lane, Position]:
    """Return a lane as a snapshot has it, a new one without, and the place to go on from."""
    if snapshot is None:
        return Lane(cities.now, register, None), BEGINNING
    lane = Lane(cities.of(snapshot.facts["digest"]), register, None)
    restore(lane, snapshot.facts, snapshot.columns)
    return lane, snapshot.position


def play(lane: Lane, frame: Frame, end: Position, cities: Cities) -> Ticked | None:
    """Let one record change the lane as it did when it was written."""
    if frame.kind is FrameKind.GROUP:
        group, batches = group_of(frame.payload)
        lane.replay(group, batches, frame.known_at)
    elif frame.kind is FrameKind.REGISTER:
        columns = register_of(frame.payload)
        rows = zip(*columns.values(), strict=True)
        lane.enrol(
            [msgspec.convert(dict(zip(columns, row, strict=True)), SensorEntry) for row in rows],
            frame.known_at,
        )
    elif frame.kind is FrameKind.TICK:
        return lane.ticked(tick_of(frame.payload), end.segment, end.offset)
    elif frame.kind is FrameKind.PACK:
        adopt(lane, cities.of(frame.payload.decode("ascii")))
    return None


def _name_of(folder: Path) -> str:
    """Return the name of the register that lives here, giving it one at first."""
    path = folder / REGISTER
    name = path.read_text(encoding="ascii").strip() if path.exists() else ""
    if not name:  # none yet, or the power went while it was written
        name = secrets.token_hex(8)
        with path.open("w", encoding="ascii") as file:
            file.write(name)
            file.flush()
            os.fsync(file.fileno())
    return name
