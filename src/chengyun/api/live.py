"""What the screens see, kept ready: every public row encoded once, every change once a scope.

After each durable commit the net change of the rows becomes one frame of the stream for each scope
that somebody looks with; who sees the same shares it. Frames stay in a ring; each stream reads on
from its own cursor, so a slow one delays nobody: when what it needs has left the ring, it is told
to begin again. Everything here runs on the loop.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from chengyun.api.packing import Packed
from chengyun.api.ring import Frame, Ring
from chengyun.api.shapes import LIVE, Place, Shown, is_shown, key_of
from chengyun.app.row_classes import shown_row
from chengyun.app.stages import TABLES
from chengyun.engine.commands import Command, Outcome
from chengyun.engine.engine import Engine
from chengyun.engine.ports import Group
from chengyun.engine.tables import Table
from chengyun.facts.envelope import OPERATIONS
from chengyun.guard.deciding import EVERYTHING, Scope
from chengyun.kernel.clock import Clock
from chengyun.kernel.limits import (
    CLOCK_PAUSE_S,
    MAX_LIVE_BYTES,
    MAX_LIVE_FRAMES,
    MAX_PLACES_KEPT,
    MAX_SCOPE_BYTES,
    MAX_SCOPES,
    MAX_STREAM_CHUNK_BYTES,
    STREAM_PAUSE_S,
)

RESET: Final = b"event: reset\ndata: {}\n\n"
_encode = msgspec.json.Encoder().encode


class Pace(msgspec.Struct, frozen=True):
    """How fast the clock of the city goes: 1 is as all clocks do."""

    rate: float = 1.0
    paused: bool = False


class Snapshot(NamedTuple):
    """All open rows as of one fact."""

    seq: int
    made_s: float
    content: Packed


class _Row(NamedTuple):
    content: bytes
    place: Place | None


class _Table(NamedTuple):
    shown: Shown
    table: Table[Any]
    rows: dict[Any, _Row]


class _Change(NamedTuple):
    """What became of one row: where it was, where it is, and what of it is shown now."""

    name: str
    key: Any
    before: _Row | None
    after: _Row | None


class View:
    """What one scope sees: its own frames and snapshot, made once for all who see the same."""

    def __init__(self, live: Live, scope: Scope) -> None:
        self._live = live
        self._scope = scope
        self._ring = Ring(live.seq)
        self._seen: dict[Place, bool] = {}
        self._snapshot: Snapshot | None = None
        self.is_gone = False
        """Whether other scopes took its room: its streams begin again."""

    def shows(self, row: _Row | None) -> bool:
        """Tell whether a row is for this scope."""
        if row is None or row.place is None or self._scope.is_everything:
            return row is not None
        found = self._seen.get(row.place)
        if found is None:
            if len(self._seen) >= MAX_PLACES_KEPT:
                self._seen.clear()
            found = self._seen[row.place] = self._scope.covers(*row.place)
        return found

    def change(self, seq: int, changes: Sequence[_Change]) -> None:
        """Keep what a group changed for this scope; what leaves it is dropped."""
        put: dict[str, list[msgspec.Raw]] = {}
        drop: dict[str, list[Any]] = {}
        for name, key, before, after in changes:
            if after is not None and self.shows(after):
                put.setdefault(name, []).append(msgspec.Raw(after.content))
            elif self.shows(before):
                drop.setdefault(name, []).append(key)
        self._ring.seq = seq
        if put or drop or self._scope.is_everything:
            everything = self._scope.is_everything
            self._ring.keep(
                Frame(seq, self._live.event(seq, put, drop)),
                most=MAX_LIVE_FRAMES,
                most_bytes=MAX_LIVE_BYTES if everything else MAX_SCOPE_BYTES,
            )

    def follows(self, cursor: int) -> bool:
        """Tell whether a stream can go on from ``cursor``."""
        return not self.is_gone and self._ring.follows(cursor)

    def after(self, cursor: int) -> tuple[bytes, int]:
        """Return the changes after ``cursor``, about a chunk, and the cursor behind them."""
        return self._ring.after(cursor, MAX_STREAM_CHUNK_BYTES)

    def snapshot(self) -> Snapshot:
        """Return all open rows, joined once a sequence number and at least once a second."""
        held, seq = self._snapshot, self._live.seq
        if held is None or held.seq != seq or time.monotonic() - held.made_s > CLOCK_PAUSE_S:
            held = Snapshot(seq, time.monotonic(), Packed(self._live.joined(self)))
            self._snapshot = held
        return held


class Live:
    """The public rows and the last changes of them; an audience of the server."""

    def __init__(self, engine: Engine, clock: Clock, *, pace: Callable[[], Pace] = Pace) -> None:
        self._engine = engine
        self._clock = clock
        self._pace = pace
        self._tables = {
            table.name: _Table(LIVE[table.name], table, {})
            for table in TABLES
            if table.name in LIVE
        }
        for held in self._tables.values():
            for row in engine.rows.each(held.table):
                if is_shown(row):
                    self._put(held, held.table.key_of(row), row)
        self.seq: int = engine.head.seq
        """The last fact whose changes are in."""
        self._views: OrderedDict[Scope, View] = OrderedDict()
        self._everything = View(self, EVERYTHING)
        self._news = asyncio.Event()
        self._is_waking = False
        self._clock_frame = self._clock_event()
        self.ticks = 0
        """How often the clock was shown; a stream that saw fewer is due one."""
        self.is_closed = False

    def view(self, scope: Scope) -> View:
        """Return what a scope sees; the one that was asked for longest ago makes room."""
        if scope.is_everything:
            return self._everything
        found = self._views.get(scope)
        if found is None:
            found = self._views[scope] = View(self, scope)
            if len(self._views) > MAX_SCOPES:
                self._views.popitem(last=False)[1].is_gone = True
        self._views.move_to_end(scope)
        return found

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
        changes: list[_Change] = []
        for table, changed in group.rows.items():
            held = self._tables.get(table.name)
            if held is None:
                continue
            for key, row in changed.items():
                before = held.rows.get(key)
                if is_shown(row):
                    after = self._put(held, key, row)
                    changes.append(_Change(held.shown.name, key_of(table, key), before, after))
                elif before is not None:
                    del held.rows[key]
                    changes.append(_Change(held.shown.name, key_of(table, key), before, None))
        seq = group.after[OPERATIONS].seq
        if seq == self.seq and not changes:
            return
        self.seq = seq
        for view in (self._everything, *self._views.values()):
            view.change(seq, changes)

    def _put(self, held: _Table, key: Any, row: Any) -> _Row:
        place = held.shown.place
        public = shown_row(held.table.name, held.shown.shape(row, self._engine))
        found = held.rows[key] = _Row(
            _encode(public),
            None if place is None else place(row, self._engine),
        )
        return found

    def event(
        self, seq: int, put: Mapping[str, list[msgspec.Raw]], drop: Mapping[str, list[Any]]
    ) -> bytes:
        """Return a change as an event of the stream."""
        data = _encode({"seq": seq, "now": self._clock.now(), "put": put, "drop": drop})
        return b"event: rows\nid: %d\ndata: %s\n\n" % (seq, data)

    # --- what a stream asks -------------------------------------------------------------------

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

    def joined(self, view: View) -> bytes:
        """Return every row that a view shows, as JSON with the cursor."""
        head = {"cursor": self.seq, "now": self._clock.now(), "pace": self._pace()}
        found = {
            held.shown.name: b",".join(row.content for row in held.rows.values() if view.shows(row))
            for held in self._tables.values()
        }
        tables = b",".join(b'"%s":[%s]' % (name.encode(), rows) for name, rows in found.items())
        return _encode(head)[:-1] + b',"rows":{' + tables + b"}}"
