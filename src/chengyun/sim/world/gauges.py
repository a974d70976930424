"""What is measured every ten minutes: rain, depth in underpasses, crowds, tide.

Each value is a function of the instant and of the events that are on: nothing is carried from one
value to the next, so a gauge that was silent comes back with the right value.
"""

from __future__ import annotations

import math
from typing import Final

from chengyun.kernel.instants import HOUR_US, MINUTE_US
from chengyun.sim.world.events import Event
from chengyun.sim.world.scene import Scene

EVERY_US: Final = 10 * MINUTE_US
FADES_US: Final = 40 * MINUTE_US
"""How long a crowd takes to leave, and an underpass to fill."""
MICRO: Final = 1_000_000

RAIN: Final = "rain"
DEPTH: Final = "underpass_depth"
CROWD: Final = "crowd"
TIDE: Final = "tide"

RAIN_MM: Final = {1: 7.5, 2: 10.5, 3: 15.5, 4: 21.0}
"""Rain of ten minutes at the height of a storm, by severity."""
DEPTH_MM: Final = {1: 95.0, 2: 145.0, 3: 240.0, 4: 400.0}
"""Depth in a flooded underpass, by severity."""
SURGE_PEOPLE: Final = {1: 48_000.0, 2: 57_000.0, 3: 67_000.0, 4: 82_000.0}
"""People that a crowd adds at its height, by severity."""
TIDE_MM: Final = {1: 4_700.0, 2: 5_000.0, 3: 5_200.0, 4: 5_400.0}
"""Height of a tide with a storm behind it, by severity."""


class Gauges:
    """Sends what is measured, and keeps the events that a measurement shows."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._shown: dict[str, list[Event]] = {RAIN: [], DEPTH: [], CROWD: [], TIDE: []}

    def begin(self) -> None:
        """Enter the first measurement."""
        first = (self._scene.now // EVERY_US + 1) * EVERY_US
        self._scene.put(first, "gauges", self._measure)

    def show(self, event: Event) -> None:
        """From now on ``event`` is in the values of its feed."""
        if event.shape.signal:
            self._shown[event.shape.signal].append(event)

    def _measure(self) -> None:
        scene, now = self._scene, self._scene.now
        for feed, events in self._shown.items():
            self._shown[feed] = [one for one in events if now < one.ends_at + 3 * HOUR_US]
        for district in scene.town.districts:
            self._send(RAIN, district, self._rain_mm(district))
        for area in scene.town.underpasses:
            self._send(DEPTH, area, self._depth_mm(area))
        for area in scene.town.riverside:
            self._send(CROWD, area, self._people(area))
        self._send(TIDE, scene.town.root, self._tide_mm())
        scene.put(now + EVERY_US, "gauges", self._measure)

    def _send(self, feed: str, area: str, value: float) -> None:
        scene = self._scene
        if max(scene.silenced.get(feed, 0), scene.silenced.get(f"{feed}:{area}", 0)) > scene.now:
            return
        value_micro = round(value) * MICRO if feed != RAIN else round(value * 10) * (MICRO // 10)
        for event in self._shown[feed]:
            if event.area == area and event.starts_at <= scene.now <= event.ends_at:
                scene.truth.write(
                    {
                        "record": "measured",
                        "event": event.name,
                        "feed": feed,
                        "area": area,
                        "at": scene.now,
                        "value_micro": value_micro,
                    }
                )
        scene.send(
            f"feed:{feed}",
            "ReceiveObservation",
            feed=feed,
            id=str(scene.now // MINUTE_US),
            area=area,
            value_micro=value_micro,
            from_at=scene.now - EVERY_US,
            until_at=scene.now,
        )

    # --- the values ---------------------------------------------------------------------------

    def _rain_mm(self, district: str) -> float:
        storm = sum(
            RAIN_MM[event.severity] * _hump(event, self._scene.now)
            for event in self._shown[RAIN]
            if event.area == district
        )
        return storm + self._scene.town.usual_rain_mm(district, self._scene.now)

    def _depth_mm(self, area: str) -> float:
        chance = self._scene.dice("damp", area, self._scene.now)
        deepest = max(
            (
                DEPTH_MM[event.severity] * _filling(event, self._scene.now)
                for event in self._shown[DEPTH]
                if event.area == area
            ),
            default=0.0,
        )
        return chance.uniform(0, 12) + deepest

    def _people(self, area: str) -> float:
        scene = self._scene
        surge = sum(
            SURGE_PEOPLE[event.severity] * _hump(event, scene.now)
            for event in self._shown[CROWD]
            if event.area == area
        )
        return scene.town.usual_people(area, scene.now) + surge

    def _tide_mm(self) -> float:
        level = self._scene.town.usual_tide_mm(self._scene.now)
        surges = [
            (TIDE_MM[event.severity] - level) * _hump(event, self._scene.now)
            for event in self._shown[TIDE]
        ]
        return level + max(surges, default=0.0)


def _hump(event: Event, now: int) -> float:
    """Return how much of its height an event has: up over a third, then slowly down to nothing.

    What crews end sooner is gone forty minutes later.
    """
    whole = event.lasts_until - event.starts_at
    part = (now - event.starts_at) / whole if whole > 0 else 1.0
    if not 0 < part < 1:
        return 0.0
    left = 1 - max(0.0, (now - event.ends_at) / FADES_US)
    if part < 1 / 3:
        return max(0.0, left) * math.sin(part * 1.5 * math.pi)
    return max(0.0, left) * (0.5 + 0.5 * math.cos((part - 1 / 3) * 1.5 * math.pi))


def _filling(event: Event, now: int) -> float:
    """Return how full an underpass is: full after forty minutes, dry an hour after it is over."""
    rise = min(1.0, max(0.0, (now - event.starts_at) / FADES_US))
    if now <= event.ends_at:
        return rise
    full = min(1.0, (event.ends_at - event.starts_at) / FADES_US)
    return max(0.0, full * (1 - (now - event.ends_at) / HOUR_US))
