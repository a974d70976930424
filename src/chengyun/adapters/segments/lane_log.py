"""The lane's own log: groups, registrations and ticks as frames, each durable when told so."""

from __future__ import annotations

from chengyun.adapters.segments.frames import FrameKind
from chengyun.adapters.segments.log import SegmentLog
from chengyun.adapters.segments.records import group_payload, register_payload, tick_payload
from chengyun.facts.columns import Group
from chengyun.facts.sensors import BatchTaken, SensorEntry, TickRecord


class LaneLog:
    """Writes the records of one lane."""

    def __init__(self, log: SegmentLog, *, synced: bool = True) -> None:
        """Without ``synced`` nothing is durable before ``log.sync``: for runs that nobody waits
        for, and that come to the same again."""
        self.log = log
        self._sync = log.sync if synced else _not_yet

    def group(self, group: Group, batches: list[BatchTaken], now: int) -> None:
        """Append a group and make it durable."""
        self.log.append(FrameKind.GROUP, len(group.handle), now, group_payload(group, batches))
        self._sync()

    def registration(self, sensors: list[SensorEntry], now: int) -> None:
        """Append a registration and make it durable."""
        self.log.append(FrameKind.REGISTER, len(sensors), now, register_payload(sensors))
        self._sync()

    def pack(self, digest: str, now: int) -> None:
        """Append that another version of the city pack holds, and make it durable."""
        self.log.append(FrameKind.PACK, 0, now, digest.encode())
        self._sync()

    def tick(self, tick: TickRecord) -> tuple[int, int]:
        """Append a tick and make it durable; return where it ends: segment and offset."""
        end = self.log.append(FrameKind.TICK, 0, tick.at, tick_payload(tick))
        self._sync()
        return end.segment, end.offset


def _not_yet() -> None:
    """Leave it to whoever closes the log."""
