"""Runs a lane on a thread of its own: groups what waits, syncs once, answers; ticks on time.

Everything that touches the lane happens on that thread, one piece at a time: groups, registrations,
ticks, and questions, which therefore see a state between two groups. What the ticks came to is
handed to the loop, which records it in the engine.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, Final, NamedTuple, TypeVar

from chengyun.adapters.segments.refused import RefusedRows
from chengyun.adapters.segments.snapshots import Snapshot
from chengyun.app.stream.city import CityOfSensors
from chengyun.app.stream.keeping import kept
from chengyun.app.stream.lane import Answer, Lane, Ticked
from chengyun.app.stream.opening import REFUSED, OpenLane
from chengyun.app.stream.telling_time import ClockView, LaneClock
from chengyun.engine.stream import Incoming
from chengyun.kernel.clock import Clock
from chengyun.kernel.errors import ChengyunError, Overloaded, Retryable, StoreFailed
from chengyun.kernel.instants import SECOND_US, Instant
from chengyun.kernel.limits import (
    MAX_ASKED_AT_ONCE,
    MAX_GROUP_ROWS,
    MAX_UNTOLD_TICKS,
    MAX_WAITING_ROWS,
    SNAPSHOT_ROWS,
    SNAPSHOT_S,
    SNAPSHOT_WAIT_S,
    SWITCH_S,
    TICK_S,
)

T = TypeVar("T")

_TICK_US: Final = round(TICK_S * SECOND_US)


class _Batch(NamedTuple):
    incoming: Incoming
    answer: asyncio.Future[Answer]


class _Question(NamedTuple):
    ask: Callable[[Lane], Any]
    answer: asyncio.Future[Any]


class StreamHost:
    """One lane and its thread; the methods are called on the event loop."""

    def __init__(
        self,
        opened: OpenLane,
        clock: Clock,
        *,
        told: Callable[[Ticked], None],
        failed: Callable[[StoreFailed], None],
    ) -> None:
        """``told`` and ``failed`` are called on the loop that ``start`` was called on."""
        self.opened = opened
        self.refused = RefusedRows(opened.folder / REFUSED)
        self._lane = opened.lane
        self._told, self._failed = told, failed
        self._batches: deque[_Batch] = deque()
        self._questions: deque[_Question] = deque()
        self._wake = threading.Condition()
        self._waiting_rows = 0
        self._stopping = False
        self._untold: deque[Ticked] = deque()
        self._in_hand: list[asyncio.Future[Any]] = []
        self._time = LaneClock(clock, opened.lane.known_at)
        self._thread = threading.Thread(target=self._run, name="stream-lane", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        # Much was played again: what is killed time and again must not play more each time.
        much = opened.recovered.rows >= SNAPSHOT_ROWS // 10
        self._snapshot_due_s = time.monotonic() + (0.0 if much else SNAPSHOT_S)
        self._rows_since = 0
        self.is_alive = True
        self.tick_ms = 0.0

    @property
    def sensors(self) -> int:
        """How many sensors are registered."""
        return len(self._lane.register.sensors)

    @property
    def rows(self) -> int:
        """How many observations were taken since the start."""
        tallies = list(self._lane.tallies.feeds.values())
        return sum(one.counts["rows"] - one.counts["refused"] for one in tallies)

    @property
    def waiting(self) -> int:
        """How many observations wait for the lane."""
        return self._waiting_rows

    @property
    def city(self) -> CityOfSensors:
        """What the lane took from the city pack."""
        return self._lane.city

    @property
    def clock(self) -> ClockView:
        """How the lane's time and the machine's clock stand to each other."""
        return self._time.view

    # --- called on the loop -------------------------------------------------------------------

    def start(self) -> None:
        """Let the thread run; crossings that were not recorded before the start come first."""
        self._loop = asyncio.get_running_loop()
        sys.setswitchinterval(SWITCH_S)
        for ticked in self.opened.untold:
            self._untold.append(ticked)
            self._told(ticked)
        self._thread.start()

    async def take(self, incoming: Incoming) -> Answer:
        """Return the answer for a batch when it is on disk.

        Raises ``Overloaded`` where too much waits, ``Retryable`` where the lane stops, ``Rejected``
        and ``Conflict`` where the whole batch is refused, and ``StoreFailed``.
        """
        rows = _size(incoming)
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        with self._wake:
            self._check_open()
            if self._waiting_rows and self._waiting_rows + rows > MAX_WAITING_ROWS:
                raise Overloaded("too many observations wait", remedy="send the batch again later")
            self._batches.append(_Batch(incoming, answer))
            self._waiting_rows += rows
            self._wake.notify()
        return await answer

    async def enrol(self, enrolling: Callable[[Lane, Instant], T]) -> T:
        """Return what ``enrolling`` comes to, which is given the time of the lane."""
        return await self.ask(lambda lane: enrolling(lane, self._time.now()))

    async def ask(self, question: Callable[[Lane], T]) -> T:
        """Return what ``question`` finds in the lane between two groups; it is soon done."""
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        with self._wake:
            self._check_open()
            self._questions.append(_Question(question, answer))
            self._wake.notify()
        return await answer

    async def ask_in_parts(self, question: Callable[[Lane, slice], T]) -> list[T]:
        """Return what ``question`` finds in one part of all sensors after the other.

        Groups and ticks go on in between, and none waits for more than one part.
        """
        return [
            await self.ask(partial(_of_part, question, slice(first, first + MAX_ASKED_AT_ONCE)))
            for first in range(0, self.sensors, MAX_ASKED_AT_ONCE)
        ]

    def recorded(self) -> None:
        """Note that what the oldest tick that was told came to is recorded."""
        with self._wake:
            self._untold.popleft()
            self._wake.notify()

    def stop(self) -> None:
        """Take what waits, write a snapshot, and end the thread."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        if self._thread.is_alive():
            self._thread.join()

    def _check_open(self) -> None:
        if self._stopping or not self.is_alive:
            raise Retryable("the stream lane stops", remedy="send it again when it runs")

    # --- the thread ---------------------------------------------------------------------------

    def _run(self) -> None:
        next_tick = (self._time.now() // _TICK_US + 1) * _TICK_US
        try:
            while True:
                batches, questions = self._next(next_tick)
                if (now := self._time.now()) >= next_tick:
                    self._tick(now // _TICK_US * _TICK_US)
                    next_tick = now // _TICK_US * _TICK_US + _TICK_US
                if batches:
                    self._take(batches)
                for one in questions:
                    self._answer(one)
                self._in_hand = []
                self._keep()
                if self._stopping and not self._batches:
                    break
            self._close()
        except StoreFailed as failed:
            self._break(failed)
        except BaseException as failed:
            self._break(StoreFailed(f"the stream lane broke: {failed!r}"))
            raise

    def _next(self, next_tick: int) -> tuple[list[_Batch], list[_Question]]:
        """Wait for something to do; return what fits into one group."""
        with self._wake:
            wait_s = min(TICK_S, max(0.0, (next_tick - self._time.now()) / SECOND_US))
            if not (self._batches or self._questions or self._stopping):
                self._wake.wait(wait_s)
            batches: list[_Batch] = []
            rows = 0
            while self._batches and rows < MAX_GROUP_ROWS:
                one = self._batches.popleft()
                rows += _size(one.incoming)
                batches.append(one)
            self._waiting_rows -= rows
            questions = list(self._questions)
            self._questions.clear()
            self._in_hand = [*(one.answer for one in batches), *(one.answer for one in questions)]
        self._rows_since += rows
        return batches, questions

    def _take(self, batches: list[_Batch]) -> None:
        self._time.heard(one.incoming.batch.at for one in batches)
        answers = self._lane.take([one.incoming for one in batches], self._time.now())
        for one, answer in zip(batches, answers, strict=True):
            self._give(one.answer, answer)

    def _answer(self, question: _Question) -> None:
        try:
            found = question.ask(self._lane)
        except StoreFailed as failed:
            self._give(question.answer, failed)
            raise
        except ChengyunError as refused:
            found = refused
        self._give(question.answer, found)

    def _give(self, answer: asyncio.Future[Any], found: Any) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(_set, answer, found)

    def _tick(self, at: int) -> None:
        started = time.monotonic()
        ticked = self._lane.tick(at)
        self.tick_ms = (time.monotonic() - started) * 1_000
        if (ticked.crossings or ticked.silent or ticked.spoken) and self._loop is not None:
            with self._wake:
                self._wake.wait_for(lambda: len(self._untold) < MAX_UNTOLD_TICKS or self._stopping)
                self._untold.append(ticked)
            self._loop.call_soon_threadsafe(self._told, ticked)

    def _keep(self) -> None:
        """Begin a snapshot when one is due; a child writes it meanwhile."""
        if time.monotonic() < self._snapshot_due_s and self._rows_since < SNAPSHOT_ROWS:
            return
        if self.opened.snapshots.is_done():
            self.opened.snapshots.begin(self._snapshot())
            self._rows_since = 0
        self._snapshot_due_s = time.monotonic() + SNAPSHOT_S

    def _snapshot(self) -> Snapshot:
        """Return the state of now, with the ticks that the engine did not record yet."""
        facts, columns = kept(self._lane)
        facts["untold"] = list(self._untold)
        return Snapshot(self.opened.log.end, facts, columns)

    def _close(self) -> None:
        self.opened.snapshots.finish(SNAPSHOT_WAIT_S)
        self.opened.snapshots.write(self._snapshot())
        self.opened.log.close()
        self.opened.lock.close()
        self.is_alive = False

    def _break(self, failed: StoreFailed) -> None:
        self.is_alive = False
        with self._wake:
            waiting = [*self._in_hand, *(one.answer for one in self._batches)]
            waiting += [one.answer for one in self._questions]
            self._batches.clear()
            self._questions.clear()
        for answer in waiting:
            self._give(answer, failed)
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._failed, failed)


def _of_part(question: Callable[[Lane, slice], T], part: slice, lane: Lane) -> T:
    return question(lane, part)


def _size(incoming: Incoming) -> int:
    """Return how much room a batch takes; one without rows takes some too."""
    return len(incoming.batch) + 1


def _set(answer: asyncio.Future[Any], found: Any) -> None:
    if answer.done():
        return
    if isinstance(found, ChengyunError):
        answer.set_exception(found)
    else:
        answer.set_result(found)
