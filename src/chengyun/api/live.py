"""What the screens see, kept ready: every public row encoded once, every change once for all.

After each durable commit the net change of the rows becomes one frame of the stream. Frames stay
in a ring; each stream reads on from its own cursor, so a slow one delays nobody: when what it
needs has left the ring, it is told to begin again. Everything here runs on the loop.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from chengyun.api.packing import Packed
from chengyun.api.shapes import LIVE, Shape, is_shown, key_of
from chengyun.app.row_classes import shown_row
from chengyun.app.stages import TABLES
from chengyun.engine.commands import Command, Outcome
from chengyun.engine.engine import Engine
from chengyun.engine.ports import Group
from chengyun.engine.tables import Table
from chengyun.facts.envelope import OPERATIONS
from chengyun.kernel.clock import Clock
from chengyun.kernel.limits import (
    CLOCK_PAUSE_S,
    MAX_LIVE_BYTES,
    MAX_LIVE_FRAMES,
    MAX_STREAM_CHUNK_BYTES,
    STREAM_PAUSE_S,
)

RESET: Final = b"event: reset\ndata: {}\n\n"
_encode = msgspec.json.Encoder().encode


class Pace(msgspec.Struct, frozen=True):
    """How fast the clock of the city goes: 1 is as all clocks do."""

    rate: float = 1.0
    paused: bool = False


class Frame(NamedTuple):
    """One change of the stream."""

    seq: int
    content: bytes


class Snapshot(NamedTuple):
    """All open rows as of one fact."""

    seq: int
    made_s: float
    content: Packed


class _Shown(NamedTuple):
    name: str
    shape: Shape
    table: Table[Any]
    rows: dict[Any, bytes]


class Live:
    """The public rows and the last changes of them; an audience of the server."""

    def __init__(self, engine: Engine, clock: Clock, *, pace: Callable[[], Pace] = Pace) -> None:
        self._engine = engine
        self._clock = clock
        self._pace = pace
        self._shown = {
            table.name: _Shown(*LIVE[table.name], table, {})
            for table in TABLES
            if table.name in LIVE
        }
        for shown in self._shown.values():
            for row in engine.rows.each(shown.table):
                if is_shown(row):
                    self._put(shown, shown.table.key_of(row), row)
        self.seq: int = engine.head.seq
        """The last fact whose changes are in."""
        self._floor = self.seq
        """A cursor before this one is too old."""
        self._frames: deque[Frame] = deque()
        self._bytes = 0
        self._snapshot: Snapshot | None = None
        self._news = asyncio.Event()
        self._is_waking = False
        self._clock_frame = self._clock_event()
        self.ticks = 0
        """How often the clock was shown; a stream that saw fewer is due one."""
        self.is_closed = False

    # --- what was done ------------------------------------------------------------------------

    def committed(self, groups: Sequence[Group], took_s: float) -> None:
        """Turn durable groups into frames and wake the streams, a little later."""
        for group in groups:
            self._change(group)
        if groups:
            self._wake_soon()

    def executed(self, command: Command, outcome: Outcome) -> None:
        """Commands are of no interest here, only what they changed."""

    def _change(self, group: Group) -> None:
        put: dict[str, list[msgspec.Raw]] = {}
        drop: dict[str, list[Any]] = {}
        for table, changed in group.rows.items():
            shown = self._shown.get(table.name)
            if shown is None:
                continue
            for key, row in changed.items():
                if not is_shown(row):
                    if shown.rows.pop(key, None) is not None:
                        drop.setdefault(shown.name, []).append(key_of(table, key))
                else:
                    encoded = self._put(shown, key, row)
                    put.setdefault(shown.name, []).append(msgspec.Raw(encoded))
        seq = group.after[OPERATIONS].seq
        if seq == self.seq and not (put or drop):
            return
        self.seq = seq
        self._keep(Frame(seq, self._event(seq, put, drop)))

    def _put(self, shown: _Shown, key: Any, row: Any) -> bytes:
        found = shown_row(shown.table.name, shown.shape(row, self._engine))
        encoded = shown.rows[key] = _encode(found)
        return encoded

    def _event(
        self, seq: int, put: Mapping[str, list[msgspec.Raw]], drop: Mapping[str, list[Any]]
    ) -> bytes:
        data = _encode({"seq": seq, "now": self._clock.now(), "put": put, "drop": drop})
        return b"event: rows\nid: %d\ndata: %s\n\n" % (seq, data)

    def _keep(self, frame: Frame) -> None:
        self._frames.append(frame)
        self._bytes += len(frame.content)
        while len(self._frames) > MAX_LIVE_FRAMES or self._bytes > MAX_LIVE_BYTES:
            gone = self._frames.popleft()
            self._bytes -= len(gone.content)
            self._floor = gone.seq

    # --- what a stream asks -------------------------------------------------------------------

    def follows(self, cursor: int) -> bool:
        """Tell whether a stream can go on from ``cursor``."""
        return self._floor <= cursor <= self.seq

    def after(self, cursor: int) -> tuple[bytes, int]:
        """Return the changes after ``cursor``, about a chunk of them, and the cursor behind them.

        A change that begins before the cursor and ends after it is given whole: it holds the
        latest rows, so to see one again changes nothing.
        """
        found: list[bytes] = []
        size = 0
        for frame in self._since(cursor):
            found.append(frame.content)
            size += len(frame.content)
            cursor = frame.seq
            if size >= MAX_STREAM_CHUNK_BYTES:
                break
        return b"".join(found), cursor

    def _since(self, cursor: int) -> Iterable[Frame]:
        """Return the frames after ``cursor``; usually only the last few, so look from the end."""
        newer: list[Frame] = []
        for frame in reversed(self._frames):
            if frame.seq <= cursor:
                break
            newer.append(frame)
        return reversed(newer)

    async def news(self) -> None:
        """Wait until there may be something new: a change, the clock, the end."""
        await self._news.wait()

    @property
    def clock_frame(self) -> bytes:
        """The latest time and pace, as an event."""
        return self._clock_frame

    # --- waking and ticking -------------------------------------------------------------------

    def _wake_soon(self) -> None:
        if not self._is_waking:
            self._is_waking = True
            asyncio.get_running_loop().call_later(STREAM_PAUSE_S, self._wake)

    def _wake(self) -> None:
        self._is_waking = False
        woken, self._news = self._news, asyncio.Event()
        woken.set()

    async def tick(self) -> None:
        """Show the clock about once a second, until cancelled."""
        while True:
            self.show_clock()
            await asyncio.sleep(CLOCK_PAUSE_S)

    def show_clock(self) -> None:
        """Send the time and pace to every stream now, as after a pause or a change of pace."""
        self._clock_frame = self._clock_event()
        self.ticks += 1
        self._wake()

    def _clock_event(self) -> bytes:
        data = _encode({"now": self._clock.now(), "pace": self._pace()})
        return b"event: clock\ndata: %s\n\n" % data

    def close(self) -> None:
        """End every stream: the server stops."""
        self.is_closed = True
        self._wake()

    # --- the snapshot -------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """Return all open rows, joined once a sequence number and at least once a second."""
        held = self._snapshot
        if held is None or held.seq != self.seq or time.monotonic() - held.made_s > CLOCK_PAUSE_S:
            held = Snapshot(self.seq, time.monotonic(), Packed(self._joined()))
            self._snapshot = held
        return held

    def _joined(self) -> bytes:
        head = {"cursor": self.seq, "now": self._clock.now(), "pace": self._pace()}
        found = {name: b"" for name, _ in LIVE.values()}
        for shown in self._shown.values():
            found[shown.name] = b",".join(shown.rows.values())
        tables = b",".join(b'"%s":[%s]' % (name.encode(), rows) for name, rows in found.items())
        return _encode(head)[:-1] + b',"rows":{' + tables + b"}}"
