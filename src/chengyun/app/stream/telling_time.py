"""The time of a lane: the machine's clock, as long as it goes on as time does.

The records of a lane never go back in time, so a clock that was far ahead for a moment would cost
hours. A steady clock, which nobody sets, tells how much time passed. Where the machine's clock
steps away from it by more than ``MAX_CLOCK_STEP_S``, the lane goes on by the steady one, and says
so, until the clock is back or the senders, whose clocks are others, speak for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Final, Literal

import msgspec
import numpy as np

from chengyun.app import logs
from chengyun.facts.columns import Longs
from chengyun.kernel.clock import Clock
from chengyun.kernel.instants import SECOND_US, Instant
from chengyun.kernel.limits import CLOCK_HEARD_S, CLOCK_WAIT_PACE, MAX_AHEAD_S, MAX_CLOCK_STEP_S

_STEP_US: Final = MAX_CLOCK_STEP_S * SECOND_US
_NEAR_US: Final = MAX_AHEAD_S * SECOND_US
_SLOWER: Final = 2
"""A clock that is a little behind is waited for at half the pace of time."""


class ClockView(msgspec.Struct, frozen=True, kw_only=True):
    """How the lane's time and the machine's clock stand to each other."""

    state: Literal["follows", "doubts", "waits"]
    """``doubts``: the clock stepped, and the lane goes on without it. ``waits``: the clock is
    behind and the senders agree with it; the lane goes slowly until it has caught up."""
    off_s: int
    """How far the machine's clock is ahead of the lane's time."""


def since_start_s() -> float:
    """Return a time that nobody sets, and that goes on while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class LaneClock:
    """Tells the time of one lane; called on its thread alone, but for ``view``."""

    def __init__(
        self, clock: Clock, newest: int, steady_s: Callable[[], float] = since_start_s
    ) -> None:
        """``newest`` is when the newest record was made; the time is never before it."""
        self._clock, self._steady_s = clock, steady_s
        self._told_s = steady_s()
        told = clock.now()
        self._time = max(int(told), newest)
        self._off_us = 0
        self._state: Literal["follows", "doubts", "waits"] = "follows"
        self._near_clock = self._near_lane = 0
        self._heard_from_s = 0.0
        if told < newest - _STEP_US:
            self._doubt(int(told) - newest)

    def now(self) -> Instant:
        """Return the time of the lane."""
        told, steady_s = int(self._clock.now()), self._steady_s()
        passed = max(0, round((steady_s - self._told_s) * SECOND_US))
        self._told_s = steady_s
        if self._state == "waits":
            self._time += int(passed * CLOCK_WAIT_PACE)
        else:
            off = told - (self._time + passed)
            if abs(off) > _STEP_US:
                self._time += passed
                if self._state == "follows":
                    self._doubt(off)
            else:
                self._time = told if told >= self._time else self._time + passed // _SLOWER
                self._follow()
        self._off_us = told - self._time
        if self._state == "doubts":
            self._ask_the_senders(told)
        elif self._state == "waits" and self._off_us >= 0:
            self._follow()
        return Instant(self._time)

    def heard(self, ats: Iterable[Longs]) -> None:
        """Note which instants senders gave their values; asked while the clock is doubted."""
        if self._state != "doubts":
            return
        for at in ats:
            self._near_lane += int(np.count_nonzero(np.abs(at - self._time) <= _NEAR_US))
            told = self._time + self._off_us
            self._near_clock += int(np.count_nonzero(np.abs(at - told) <= _NEAR_US))

    @property
    def view(self) -> ClockView:
        """How it stands."""
        off_us = 0 if self._state == "follows" else self._off_us
        return ClockView(state=self._state, off_s=round(off_us / SECOND_US))

    # --- states -------------------------------------------------------------------------------

    def _doubt(self, off_us: int) -> None:
        self._state, self._off_us = "doubts", off_us
        self._near_clock = self._near_lane = 0
        self._heard_from_s = self._told_s
        logs.note("lane_clock_refused", clock_ahead_s=round(off_us / SECOND_US))

    def _ask_the_senders(self, told: int) -> None:
        """Take the clock for right where most values of some time lie near it."""
        if self._told_s - self._heard_from_s < CLOCK_HEARD_S:
            return
        if self._near_clock > self._near_lane:
            logs.note("lane_clock_taken", clock_ahead_s=round(self._off_us / SECOND_US))
            if told >= self._time:
                self._time, self._off_us = told, 0
                self._state = "follows"
            else:
                self._state = "waits"
        self._near_clock = self._near_lane = 0
        self._heard_from_s = self._told_s

    def _follow(self) -> None:
        if self._state != "follows":
            logs.note("lane_clock_followed")
        self._state = "follows"
