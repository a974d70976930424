"""A simulated city that somebody watches: its clock follows the wall at a chosen pace.

The city goes on in whole steps of a virtual minute, by the lockstep; the pace only says when the
next one is due. So a run at any speed, paused or not, records the same facts, as long as nobody
interferes. A city that was stopped goes on where its log ends (``sim/resuming.py``).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

from chengyun.engine.commands import Command, Outcome
from chengyun.engine.engine import Engine
from chengyun.engine.ports import Group
from chengyun.kernel.clock import VirtualClock
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import SECOND_US, Instant
from chengyun.kernel.limits import MAX_PACE, MIN_PACE
from chengyun.sim.lockstep import Lockstep
from chengyun.sim.resuming import Asked, Since
from chengyun.sim.wishes import Wishes
from chengyun.sim.world.protocol import STEP_US

BUDGET_S: Final = 0.05
"""How long steps may take before commands and screens have their turn."""

MOST_LAG_S: Final = 5.0
"""Further behind, the clock goes as fast as it can and no longer tries to catch up."""


class WatchedCity:
    """Moves the clock of a simulated city as wall time passes; hears what operators do."""

    def __init__(
        self,
        engine: Engine,
        clock: VirtualClock,
        world: Asked,
        *,
        rate: float,
        since: Since | None = None,
        wishes: Wishes | None = None,
        until: Instant | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin at the clock's instant, going ``rate`` virtual seconds a second.

        With ``since`` go on from there, and first make a step whole that was cut off: operators
        come in between two steps. With ``until`` the clock stands for good from there on.
        """
        self._rate = check_pace(rate)
        self._wishes = Wishes() if wishes is None else wishes
        self._until = until
        self._groups: list[Group] = []
        self._lockstep = Lockstep(engine, clock, world, since=since, published=self._groups.append)
        if since is not None and since.is_open:
            self._make_step()
            self._groups.clear()
        self._monotonic = monotonic
        self._own: set[int] = set()
        self._paused = False
        self._since_s, self._since_at = monotonic(), self._lockstep.at

    # --- the pace -----------------------------------------------------------------------------

    @property
    def rate(self) -> float:
        """Virtual seconds a second."""
        return self._rate

    @property
    def is_paused(self) -> bool:
        """Whether the clock stands."""
        return self._paused

    @property
    def at(self) -> Instant:
        """The end of the last step."""
        return self._lockstep.at

    @property
    def is_over(self) -> bool:
        """Whether there is no further step."""
        return self._until is not None and self._lockstep.at + STEP_US > self._until

    def finish(self) -> None:
        """Make no further step."""
        self._until = self._lockstep.at

    def set_pace(self, *, rate: float | None, paused: bool | None) -> None:
        """Change what is given, from this moment on."""
        wanted = self._rate if rate is None else check_pace(rate)
        self._anchor()
        self._rate = wanted
        self._paused = self._paused if paused is None else paused

    def lag_s(self) -> float:
        """Return how many seconds of wall time the clock is behind its pace."""
        behind_us = self._target() - self._lockstep.at - STEP_US
        return max(0.0, behind_us / SECOND_US / self._rate)

    def _target(self) -> Instant:
        passed_s = 0.0 if self._paused else self._monotonic() - self._since_s
        target = Instant(self._since_at + int(passed_s * self._rate * SECOND_US))
        return target if self._until is None else min(target, self._until)

    def _anchor(self) -> None:
        """Count from here on: from now, and from where the clock should be by now."""
        target = min(self._target(), self._lockstep.at + STEP_US)
        self._since_s, self._since_at = self._monotonic(), Instant(target)

    # --- the server's drive -------------------------------------------------------------------

    def step(self, engine: Engine) -> Sequence[Group]:
        """Make the steps that are due, as many as fit; return what they committed."""
        end_s = self._monotonic() + BUDGET_S
        while self._target() >= self._lockstep.at + STEP_US and self._monotonic() < end_s:
            self._make_step()
        if self.lag_s() > MOST_LAG_S:
            self._anchor()
        groups, self._groups[:] = list(self._groups), []
        self._own.update(map(id, groups))
        return groups

    def _make_step(self) -> None:
        self._lockstep.step(self._wishes.of_step(Instant(self._lockstep.at + STEP_US)))

    def pause_s(self) -> float:
        """Return how long until the next step is due, in seconds of wall time."""
        if self._paused or self.is_over:
            return float("inf")
        left_us = self._lockstep.at + STEP_US - self._target()
        return max(0.0, left_us / SECOND_US / self._rate)

    # --- what operators do --------------------------------------------------------------------

    def begin(self, kind: str, area: str) -> None:
        """Let an event happen with the next step; ``""`` leaves the place to the world."""
        self._wishes.add(Instant(self._lockstep.at + STEP_US), kind, area)

    def executed(self, command: Command, outcome: Outcome) -> None:
        """Nothing to do: what was recorded is heard with its group."""

    def committed(self, groups: Sequence[Group], took_s: float) -> None:
        """Let the world hear what operators did; of its own steps it knows."""
        for group in groups:
            if id(group) not in self._own:
                self._lockstep.hear(group)
        self._own.clear()


def check_pace(rate: float) -> float:
    """Return a pace that a clock can go at; refuse another one (``bad_pace``)."""
    if not MIN_PACE <= rate <= MAX_PACE:
        raise Rejected(
            "bad_pace",
            f"the clock cannot go at {rate:g} times real time",
            where="rate",
            remedy=f"give a pace from {MIN_PACE:g} to {MAX_PACE:g}",
            params={"rate": f"{rate:g}"},
        )
    return rate
