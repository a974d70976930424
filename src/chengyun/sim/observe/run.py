"""Drives lane and engine through a recording on the virtual clock, an hour at a time.

The clock stops wherever the lane would do something if it ran: at every instant at which values
come in, at every full hour, when a sensor should have spoken by, and when a warning has stayed
below for its dwell. Panes shorter than an hour are judged at those instants only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chengyun.adapters.segments.lane_log import LaneLog
from chengyun.adapters.segments.snapshots import Snapshot
from chengyun.adapters.system.entropy import SeededEntropy
from chengyun.app import platform
from chengyun.app.stream.city import CityOfSensors
from chengyun.app.stream.keeping import kept
from chengyun.app.stream.lane import Lane
from chengyun.app.stream.opening import OpenLane, open_lane
from chengyun.app.stream.recording import ACTOR, commands_of
from chengyun.citypack.resolving import Resolved
from chengyun.engine.engine import Engine
from chengyun.facts.columns import Longs
from chengyun.facts.sensors import SensorEntry
from chengyun.kernel.clock import VirtualClock
from chengyun.kernel.errors import StoreFailed
from chengyun.kernel.instants import HOUR_US, SECOND_US, Instant
from chengyun.kernel.limits import MAX_BATCH_ROWS
from chengyun.sim.observe.passing import Passing, SeenLog
from chengyun.sim.observe.refusing import Refusals
from chengyun.sim.observe.timeline import Timeline
from chengyun.twin.sensors import NEVER, NOT_DUE, SPEAKS
from chengyun.vitals.layout import UNKNOWN

Progress = Callable[[int, Instant], None]

SEED: Final = 1
"""Of the keys of the store; a recording of sensors has nothing to seal."""

SHOW_EVERY: Final = 256


class Plan(NamedTuple):
    """What is passed, and until when."""

    pack: Resolved
    city: CityOfSensors
    partition: str
    recording: str
    feed: str
    sensors: list[SensorEntry]
    timeline: Timeline
    from_at: Instant
    until: Instant


class Ran(NamedTuple):
    """What only the run itself knows."""

    counts: Counter[str]
    """Values by what became of them, and ``after_until``."""
    states: dict[str, str]
    """By sensor, at the end."""
    hours: int
    known: Longs
    """By value of the layout: at the end of how many hours something was known."""
    registered: NDArray[np.int32]
    """How many sensors there are: ``[property, area]``."""
    ticks: int


class Driver:
    """Moves the clock, and lets the lane and the engine do what is due."""

    def __init__(self, plan: Plan, lane: Lane, engine: Engine, clock: VirtualClock) -> None:
        self._plan, self._lane, self._engine, self._clock = plan, lane, engine, clock
        self._next_hour = (plan.from_at // HOUR_US + 1) * HOUR_US
        self.hours = 0
        self.known: Longs = np.zeros(lane.city.layout.values, np.int64)

    def run(self, passing: Passing, progress: Progress) -> int:
        """Pass every value that is due by the end; return how many are not."""
        due, until = self._plan.timeline.due, self._plan.until
        ends = np.append(np.flatnonzero(np.diff(due)) + 1, len(due)).tolist()
        first = 0
        for number, end in enumerate(ends):
            at = Instant(int(due[first]))
            if at > until:
                break
            self._advance(at)
            passing.take(first, end, at)
            self._tick(at)
            first = end
            if number % SHOW_EVERY == 0:
                progress(first, at)
        self._advance(until)
        if self._lane.ticked_at < until:
            self._tick(until)
        self._engine.commit()
        self._engine.settle()
        progress(first, until)
        return len(due) - first

    # --- the clock ----------------------------------------------------------------------------

    def _advance(self, to: Instant) -> None:
        """Tick wherever something is due before ``to``, and look at every hour that ends."""
        while (at := self._next()) < to:
            if at == self._next_hour and self._nobody_speaks():
                self._skip(to)
                continue
            self._look(at)
            self._tick(at)
        self._look(to)

    def _next(self) -> Instant:
        """Return when the lane has something to do next."""
        records = self._lane.register.sensors
        soonest = int(records.due_s[: len(records)].min(initial=NOT_DUE))
        candidates = [self._next_hour]
        if soonest != NOT_DUE:
            candidates.append((soonest + 1) * SECOND_US)
        since = self._lane.standing.below_since
        if (below := np.flatnonzero(since)).size:
            layout, thresholds = self._lane.city.layout, self._lane.city.thresholds
            blocks = np.searchsorted(layout.blocks.start, below, side="right") - 1
            candidates.append(int((since[below] + thresholds.dwell_us[blocks]).min()))
        behind = self._lane.ticked_at
        return Instant(min(at for at in candidates if at > behind))

    def _nobody_speaks(self) -> bool:
        sensors = self._lane.register.sensors
        return not (sensors.records["state"][: len(sensors)] == SPEAKS).any()

    def _skip(self, to: Instant) -> None:
        """Let the hours before ``to`` pass in which nobody speaks: nothing is known in them."""
        last = (to - 1) // HOUR_US * HOUR_US
        self.hours += (last - self._next_hour) // HOUR_US + 1
        self._next_hour = last + HOUR_US

    def _look(self, at: Instant) -> None:
        """Where an hour ends, count what is known at its end."""
        if at == self._next_hour:
            self.hours += 1
            self.known += self._lane.values.value != UNKNOWN
            self._next_hour += HOUR_US

    def _tick(self, at: Instant) -> None:
        """Fire what the engine has due, tick, and record what the tick came to."""
        while (due := self._engine.next_due()) is not None and due <= at:
            self._clock.advance_to(max(due, self._clock.now()))
            self._engine.fire_next(at)
            self._commit_if_full()
        self._clock.advance_to(max(at, self._clock.now()))
        for command in commands_of(self._lane.tick(at)):
            outcome = self._engine.execute(command, actor=ACTOR)
            if outcome.refused is not None:
                raise StoreFailed(f"the engine refuses a tick of the lane: {outcome.refused}")
            self._commit_if_full()

    def _commit_if_full(self) -> None:
        if self._engine.group_is_full:
            self._engine.commit()


def observe(plan: Plan, folder: Path, refusals: Refusals, progress: Progress) -> Ran:
    """Run the whole plan into a new store in ``folder``, and close it."""
    clock = VirtualClock(plan.from_at)
    with platform.opened(
        folder,
        partition=plan.partition,
        clock=clock,
        entropy=SeededEntropy(SEED),
        pipelined=True,
    ) as opened:
        engine = opened.engine
        platform.adopt(engine, plan.pack.content, pack=plan.partition, effective_from=plan.from_at)
        stream = open_lane(folder, plan.city, told=0)
        try:
            ran = _driven(plan, stream, engine, clock, refusals, progress)
        finally:
            stream.log.sync()
            stream.log.close()
            stream.lock.close()
    return ran


def _driven(
    plan: Plan,
    stream: OpenLane,
    engine: Engine,
    clock: VirtualClock,
    refusals: Refusals,
    progress: Progress,
) -> Ran:
    lane, log = stream.lane, SeenLog(LaneLog(stream.log, synced=False))
    lane.log = log
    for first in range(0, len(plan.sensors), MAX_BATCH_ROWS):
        lane.enrol(plan.sensors[first : first + MAX_BATCH_ROWS], plan.from_at)
    passing = Passing(lane, log, plan.feed, plan.timeline, refusals)
    driver = Driver(plan, lane, engine, clock)
    passing.counts["after_until"] = driver.run(passing, progress)
    stream.log.sync()
    facts, columns = kept(lane)
    stream.snapshots.write(Snapshot(stream.log.end, facts, columns))
    return Ran(
        passing.counts,
        _states(lane),
        driver.hours,
        driver.known,
        lane.speakers.counts.registered.copy(),
        lane.tick_number,
    )


def _states(lane: Lane) -> dict[str, str]:
    sensors = lane.register.sensors
    words = {NEVER: "never_spoke", SPEAKS: "speaks"}
    return {
        sensors.table.ids.text_of(handle): words.get(state, "silent")
        for handle, state in enumerate(sensors.records["state"][: len(sensors)].tolist())
    }
