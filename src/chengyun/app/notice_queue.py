"""What waits for a channel, in the order in which it is sent, and whether the channel rests.

Held in memory and made anew from the outbox at every start. Life safety comes first, then what came
first; after failures a channel rests, and one message tries it.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from typing import NamedTuple

from chengyun.kernel.instants import SECOND_US
from chengyun.kernel.limits import (
    CHANNEL_FAILURES,
    CHANNEL_REST_S,
    MAX_NOTICES_IN_FLIGHT,
    NOTICE_MAX_PAUSE_S,
    NOTICE_PAUSE_S,
)
from chengyun.notices.views import NoticeRow

_RANKS = {"life_safety": 0, "normal": 1, "low": 2}


class Waits(NamedTuple):
    """A message that waits: the key of its notices, and how often it was tried."""

    rank: int
    seq: int
    key: str
    tries: int
    ready_at: int


class ChannelQueue:
    """What waits for one channel."""

    def __init__(self) -> None:
        self._later: list[tuple[int, Waits]] = []
        self._ready: list[Waits] = []
        self._in_flight = 0
        self._failures = 0
        self._rests_until = 0

    @property
    def rests(self) -> bool:
        """Whether it failed so often that it is left alone for a while."""
        return self._failures >= CHANNEL_FAILURES

    def enter(self, row: NoticeRow, key: str) -> None:
        """Let a message wait until it may be sent."""
        waits = Waits(_RANKS.get(row.urgency, 1), row.seq, key, 0, row.send_at)
        heapq.heappush(self._later, (row.send_at, waits))

    def again(self, waits: Waits, now: int, share: float) -> None:
        """Let it wait once more, after a pause that doubles; ``share`` of 0 to 1 spreads it."""
        pause_s = min(NOTICE_MAX_PAUSE_S, NOTICE_PAUSE_S * 2.0**waits.tries) * (0.5 + share)
        later = waits._replace(tries=waits.tries + 1)
        heapq.heappush(self._later, (now + round(pause_s * SECOND_US), later))

    def take(self, now: int) -> Waits | None:
        """Return the next message to be sent now, if the channel has room for it."""
        while self._later and self._later[0][0] <= now:
            heapq.heappush(self._ready, heapq.heappop(self._later)[1])
        room = 1 if self.rests else MAX_NOTICES_IN_FLIGHT
        if not self._ready or self._in_flight >= room or (self.rests and now < self._rests_until):
            return None
        self._in_flight += 1
        return heapq.heappop(self._ready)

    def overdue(self, now: int) -> Iterable[Waits]:
        """Yield and forget what another channel should take, because this one rests too long."""
        if not self.rests:
            return
        kept = []
        for waits in self._ready:
            patience_s = 0 if waits.rank == 0 else NOTICE_MAX_PAUSE_S
            if now - waits.ready_at >= patience_s * SECOND_US:
                yield waits
            else:
                kept.append(waits)
        heapq.heapify(kept)
        self._ready = kept

    def put_back(self, waits: Waits) -> None:
        """Let wait on what nothing else can take."""
        heapq.heappush(self._ready, waits)

    def ended(self, now: int, *, failed: bool | None) -> None:
        """Say that a message is under way no longer, and whether the provider failed.

        ``None`` is that it was not asked: that says nothing of it.
        """
        self._in_flight -= 1
        if failed is None:
            return
        self._failures = self._failures + 1 if failed else 0
        if self.rests:
            self._rests_until = now + round(CHANNEL_REST_S * SECOND_US)

    def next_at(self, now: int) -> int | None:
        """Return when something can be sent next, ``None`` where only an ending can change that."""
        times = [self._later[0][0]] if self._later else []
        if self._ready and self.rests:
            times.append(max(now, self._rests_until))
        return min(times, default=None)

    def __len__(self) -> int:
        return len(self._later) + len(self._ready)
