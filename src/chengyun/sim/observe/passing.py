"""Passes values through the wire and the lane, and names every row that was not taken.

The lane answers with counts and with the refused rows; which rows were doubled shows in what it
wrote, so this log looks at each group on its way to disk.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chengyun.adapters.segments.lane_log import LaneLog
from chengyun.app.stream.lane import Lane
from chengyun.engine.stream import Incoming
from chengyun.facts.columns import Batch, Group
from chengyun.facts.sensors import BatchTaken, SensorEntry, TickRecord
from chengyun.kernel.errors import Bug, ChengyunError
from chengyun.kernel.instants import Instant, to_text, zone
from chengyun.kernel.limits import MAX_REFUSED_SHOWN
from chengyun.sense.wire import reading
from chengyun.sim.observe.refusing import Refusals
from chengyun.sim.observe.timeline import Timeline

MESSAGE_ROWS: Final = MAX_REFUSED_SHOWN
"""A message has no more rows than an answer names refused ones, so none goes unnamed."""

COUNTED: Final = ("accepted", "late", "backfilled", "duplicate", "refused")

_HEADER: Final = "sensor,at,value\n"
_TYPE: Final = "text/csv"


class SeenLog:
    """A lane's log that remembers the newest group."""

    def __init__(self, inner: LaneLog) -> None:
        self._inner = inner
        self.newest: Group | None = None

    def group(self, group: Group, batches: list[BatchTaken], now: int) -> None:
        """Append a group."""
        self._inner.group(group, batches, now)
        self.newest = group

    def registration(self, sensors: list[SensorEntry], now: int) -> None:
        """Append a registration."""
        self._inner.registration(sensors, now)

    def tick(self, tick: TickRecord) -> tuple[int, int]:
        """Append a tick; return where it ends."""
        return self._inner.tick(tick)


class _Unread(NamedTuple):
    place: int
    code: str
    params: dict[str, str]


class Passing:
    """Sends the values of a timeline, message by message."""

    def __init__(
        self, lane: Lane, log: SeenLog, feed: str, timeline: Timeline, refusals: Refusals
    ) -> None:
        self._lane, self._log, self._feed = lane, log, feed
        self._timeline, self._refusals = timeline, refusals
        self._ids = [_quoted(sensor) for sensor in timeline.sensors]
        self._zone = zone("UTC")
        self.counts: Counter[str] = Counter()

    def take(self, first: int, end: int, now: Instant) -> None:
        """Send the values from ``first`` to before ``end``, all of which are due at ``now``."""
        for start in range(first, end, MESSAGE_ROWS):
            self._send(range(start, min(end, start + MESSAGE_ROWS)), now)

    def _send(self, places: range, now: Instant) -> None:
        content = self._message(places)
        batch = reading.read(content, _TYPE, "", now=now)
        answer = self._lane.take([Incoming(feed=self._feed, batch=batch)], now)[0]
        if isinstance(answer, ChengyunError):
            raise answer
        for name in COUNTED:
            self.counts[name] += getattr(answer.taken, name)
        self.counts["passed"] += len(places)
        unread = [_Unread(one.index, one.code, one.params) for one in answer.refused]
        if answer.taken.duplicate:
            refused = {one.place for one in unread}
            unread += [_Unread(row, "duplicate", {}) for row in self._doubled(batch, refused)]
        for one in sorted(unread):
            self._note(places[one.place], one.code, one.params)

    def _message(self, places: range) -> bytes:
        here = slice(places.start, places.stop)
        columns = zip(
            self._timeline.sensor[here].tolist(),
            self._timeline.at[here].tolist(),
            self._timeline.text[here],
            strict=True,
        )
        lines = [f"{self._ids[sensor]},{at},{_quoted(text)}\n" for sensor, at, text in columns]
        return (_HEADER + "".join(lines)).encode()

    def _doubled(self, batch: Batch, refused: set[int]) -> list[int]:
        """Return the rows that were read, not refused, and not written: all others were before."""
        group = self._log.newest
        if group is None or batch.sensors is None:
            raise Bug("a group with doubled rows was not written")
        handles: NDArray[np.int32] = self._lane.register.sensors.table.find(batch.sensors)
        rows: Sequence[tuple[int, int, int]] = list(
            zip(handles.tolist(), batch.at.tolist(), batch.value.tolist(), strict=True)
        )
        written = iter(
            zip(group.handle.tolist(), group.at.tolist(), group.value.tolist(), strict=True)
        )
        awaited = next(written, None)
        doubled = []
        for index, row in zip(batch.index.tolist(), rows, strict=True):
            if row == awaited:
                awaited = next(written, None)
            elif index not in refused:
                doubled.append(index)
        return doubled

    def _note(self, place: int, code: str, params: dict[str, str]) -> None:
        timeline = self._timeline
        self._refusals.note(
            timeline.files[int(timeline.file[place])].file,
            int(timeline.row[place]),
            code,
            params=params,
            raw=timeline.text[place],
            sensor=timeline.sensors[int(timeline.sensor[place])],
            at=to_text(Instant(int(timeline.at[place])), self._zone),
        )


def _quoted(text: str) -> str:
    """Return a cell as RFC 4180 wants it."""
    if '"' in text or "," in text:
        return '"' + text.replace('"', '""') + '"'
    return text
