"""Timers: rows set by views, fired in order ``(due_at, id)`` as facts of their own.

A timer that came due while the platform was down fires when it is up again, with
``happened_at`` as planned and ``known_at`` as it is. Setting a timer again moves it.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable

import msgspec

from chengyun.engine.rows import Rows
from chengyun.engine.tables import Change, Drop, Put, Table
from chengyun.facts.engine import TimerFired
from chengyun.facts.envelope import Fact
from chengyun.kernel.ids import under
from chengyun.kernel.instants import Instant


class TimerRow(msgspec.Struct, frozen=True):
    """A timer that waits: ``purpose`` tells whose it is, ``subject`` what it is about."""

    id: str
    due_at: int
    purpose: str
    subject: str
    area: str
    cause: str


TIMERS = Table("timers", TimerRow, key=("id",))


def set_timer(purpose: str, subject: str, due_at: int, cause: Fact, *, area: str = "") -> Put:  # type: ignore[type-arg]
    """Return the change that sets (or moves) the timer ``purpose`` of ``subject``."""
    row = TimerRow(under(purpose, subject), due_at, purpose, subject, area, cause.id)
    return Put(TIMERS, row)


def stop_timer(purpose: str, subject: str) -> Drop:
    """Return the change that stops the timer, if it waits."""
    return Drop(TIMERS, under(purpose, subject))


def forget_fired(fact: Fact[TimerFired], rows: Rows) -> Iterable[Change]:
    """A timer that fired waits no longer, unless it was set again meanwhile."""
    waiting = rows.get(TIMERS, fact.body.timer)
    if waiting is not None and waiting.due_at == fact.body.due_at:
        yield Drop(TIMERS, fact.body.timer)


class Alarm:
    """Knows which timer is due next. Moved and stopped timers are skipped when they surface."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._heap = [(row.due_at, row.id) for row in rows.each(TIMERS)]
        heapq.heapify(self._heap)

    def heard(self, timers: Iterable[TimerRow]) -> None:
        """Take note of timers that were set."""
        for row in timers:
            heapq.heappush(self._heap, (row.due_at, row.id))

    def next(self) -> TimerRow | None:
        """Return the timer that is due first, leaving it where it is."""
        while self._heap:
            due_at, timer_id = self._heap[0]
            row = self._rows.get(TIMERS, timer_id)
            if row is not None and row.due_at == due_at:
                return row
            heapq.heappop(self._heap)
        return None

    def next_due(self) -> Instant | None:
        """Return when the next timer is due."""
        row = self.next()
        return None if row is None else Instant(row.due_at)
