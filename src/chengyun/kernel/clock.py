"""The clock that everything asks for the time, and the one that waits for nobody."""

from __future__ import annotations

from typing import Protocol

from chengyun.kernel.errors import Bug
from chengyun.kernel.instants import Instant


class Clock(Protocol):
    """Tells the current instant; the system clock lives in ``adapters``."""

    def now(self) -> Instant:
        """Return the current instant."""
        ...


class VirtualClock:
    """A clock moved by hand: replays, tests and drills run as fast as they can.

    >>> clock = VirtualClock(Instant(5))
    >>> clock.advance_to(Instant(9)); clock.now()
    9
    """

    def __init__(self, start: Instant) -> None:
        self._now = start

    def now(self) -> Instant:
        """Return the instant the clock was last moved to."""
        return self._now

    def advance_to(self, at: Instant) -> None:
        """Move the clock forward to ``at``; it never goes back."""
        if at < self._now:
            raise Bug(f"the virtual clock stands at {self._now} and cannot go back to {at}")
        self._now = at
