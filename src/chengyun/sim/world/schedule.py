"""When what happens: a seeded diary with the rhythm of day and week, and what follows from what.

The diary of a day depends on seed and date alone. Each kind happens at least once a week, so that
a week's run can say something of every kind.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random
from typing import Final

from chengyun.kernel import instants
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import HOUR_US, MINUTE_US, Instant
from chengyun.sim.world.dice import count
from chengyun.sim.world.events import Event
from chengyun.sim.world.kind import Kind
from chengyun.sim.world.kinds import BY_CODE, FALSE_TYPES, KINDS, WEEKLY
from chengyun.sim.world.scene import Scene
from chengyun.sim.world.town import Spot

SEVERITIES: Final = (1, 2, 3, 4)
HOW_OFTEN: Final = (50, 32, 14, 4)
OTHER_OWNER: Final = 0.05
"""Share of events that are truly the business of the unit above the one on the duty list."""
CROWD_HOURS: Final = (17, 21)
PER_PEOPLE: Final = 100_000


class Schedule:
    """Plans the events day by day and starts each at its time."""

    def __init__(
        self, scene: Scene, started: Callable[[Event], None], *, ordinary: float | None = None
    ) -> None:
        """With ``ordinary`` only so much of the ordinary diary happens, and nothing of the rest.

        What a whole district shares and what happens at least once a week is then left to whoever
        arranges the evening.
        """
        self._scene = scene
        self._ordinary = ordinary
        self._started = started
        self._planned: date = self._date(scene.now) - timedelta(days=1)
        self._injected = 0

    def plan_until(self, until: Instant) -> None:
        """Enter the events of every day that begins by ``until``."""
        while self._planned < self._date(until):
            self._planned += timedelta(days=1)
            self._plan(self._planned)

    def inject(self, kind: str, area: str) -> Event:
        """Make something happen right now; raise ``Rejected`` for a kind nobody knows."""
        shape = BY_CODE.get(kind)
        if shape is None or (area and area not in self._scene.town.parents):
            raise Rejected(
                "unknown_event",
                f"{kind!r} in {area or 'the town'!r} cannot be made to happen",
                remedy=f"one of {', '.join(BY_CODE)}, in an area of the city",
                params={"kind": kind, "area": area},
            )
        self._injected += 1
        event = self._event(
            f"{kind}:injected:{self._injected}", shape, self._scene.now, area=area, least=3
        )
        event.injected = True
        self._start(event)
        return event

    def arrange(
        self, name: str, kind: str, at: Instant, *, area: str, severity: int, unplaced: bool
    ) -> Event:
        """Enter an event that begins at ``at``, as grave as it is said."""
        event = self._event(name, BY_CODE[kind], at, area=area)
        event.severity, event.injected, event.unplaced = severity, True, unplaced
        self._scene.put(at, f"start:{name}", lambda: self._start(event))
        return event

    def district_of(self, area: str) -> str:
        """Return the district that an area lies in; empty for the city itself."""
        chain = self._scene.town.chain(area) if area else []
        return next((one for one in chain if one in self._scene.town.districts), "")

    # --- the diary ----------------------------------------------------------------------------

    def _date(self, at: int) -> date:
        return instants.to_datetime(Instant(at), self._scene.zone).date()

    def _plan(self, day: date) -> None:
        town = self._scene.town
        for kind in KINDS:
            if kind.code in WEEKLY:
                if self._ordinary is not None:
                    continue
                whole = town.districts if kind.code in ("rainstorm", "gateway_failure") else ("",)
                for district in whole:
                    self._plan_kind(kind, day, WEEKLY[kind.code] / 7, district)
            elif kind.per_day:
                rest = 1.0 if town.is_worked(day) else kind.weekend
                share = 1.0 if self._ordinary is None else self._ordinary
                mean = kind.per_day * rest * share * town.people / PER_PEOPLE
                self._plan_kind(kind, day, mean, "")

    def _plan_kind(self, kind: Kind, day: date, mean: float, district: str) -> None:
        scene = self._scene
        chance = scene.dice("diary", kind.code, district, day.isoformat())
        number = count(chance, mean)
        year, week, weekday = day.isocalendar()
        once = scene.dice("weekly", kind.code, district, year, week).randrange(1, 8)
        if once == weekday and self._ordinary is None:
            number = max(1, number)
        for index in range(number):
            hour = self._hour(kind, chance)
            local = datetime(day.year, day.month, day.day) + timedelta(hours=hour)  # noqa: DTZ001
            at, _ = instants.from_local(local, scene.zone)
            name = ":".join(part for part in (kind.code, district, f"{day}", f"{index}") if part)
            if at > scene.now:
                event = self._event(name, kind, at, area=district)
                scene.put(at, f"start:{name}", lambda event=event: self._start(event))  # type: ignore[misc]

    def _hour(self, kind: Kind, chance: Random) -> float:
        if kind.code == "crowd_surge":
            return chance.uniform(*CROWD_HOURS)
        hour: int = chance.choices(range(24), kind.hours)[0]
        return hour + chance.random()

    def _event(
        self,
        name: str,
        kind: Kind,
        at: Instant,
        *,
        area: str = "",
        cause: str = "",
        parent: str = "",
        least: int = 1,
    ) -> Event:
        scene, town = self._scene, self._scene.town
        chance = scene.dice("event", name)
        spot = self._spot(kind, area, chance)
        type_ = kind.type if kind.real else chance.choice(FALSE_TYPES)
        owner = town.owner(type_, spot.area) if type_ else ""
        above = town.units[owner].parent if owner in town.units else ""
        if kind.real and above in town.units and chance.random() < OTHER_OWNER:
            owner = above
        severity = max(least, chance.choices(SEVERITIES, HOW_OFTEN)[0])
        over_at = Instant(at + round(kind.lasts_h * chance.uniform(0.7, 1.5) * HOUR_US))
        return Event(
            name=name,
            kind=kind.code,
            type=type_,
            area=spot.area,
            spot=spot,
            starts_at=at,
            ends_at=over_at,
            lasts_until=over_at,
            severity=severity,
            cause=cause or chance.choice(kind.causes),
            parent=parent,
            units=(owner,) if owner else (),
            real=kind.real,
        )

    def _spot(self, kind: Kind, area: str, chance: Random) -> Spot:
        town = self._scene.town
        if kind.places[0] == "city":
            return self._scene.middle(town.root)
        if kind.places[0] == "district":
            return self._scene.middle(self.district_of(area) or chance.choice(town.districts))
        if kind.signal in {"crowd", "underpass_depth"}:
            gauged = town.riverside if kind.signal == "crowd" else town.underpasses
            inside = [one for one in gauged if not area or area in town.chain(one)]
            return self._scene.middle(chance.choice(inside or gauged), kind.places)
        spots = town.spots_of(kind.places, area)
        return spots[chance.randrange(len(spots))]

    # --- what follows from what ---------------------------------------------------------------

    def _start(self, event: Event) -> None:
        self._scene.events[event.name] = event
        self._scene.truth.write(event.truth())
        self._started(event)
        if event.kind == "rainstorm":
            self._after_rain(event)
        elif event.kind == "power_cut":
            self._after_power(event)

    def _follow(
        self, cause: Event, kind: str, number: int, minutes: float, area: str, why: str
    ) -> None:
        name = f"{kind}:after:{cause.name}:{number}"
        at = Instant(self._scene.now + round(minutes * MINUTE_US))
        event = self._event(name, BY_CODE[kind], at, area=area, cause=why, parent=cause.name)
        self._scene.put(at, f"start:{name}", lambda: self._start(event))

    def _after_rain(self, storm: Event) -> None:
        """Underpasses fill, streets too, trees come down."""
        town, chance = self._scene.town, self._scene.dice("after", storm.name)
        low = [one for one in town.underpasses if storm.area in town.chain(one)]
        share = 0.15 + 0.15 * storm.severity
        flooded = [one for one in low if chance.random() < share] or low[:1]
        for number, area in enumerate(flooded):
            minutes = chance.uniform(25, 70)
            self._follow(storm, "underpass_flooding", number, minutes, area, "rainstorm")
        people = town.people / max(1, len(town.districts)) / PER_PEOPLE
        for kind, mean, why in (
            ("fallen_tree", 1.2, "wind"),
            ("street_flooding", 1.0, "rainstorm"),
        ):
            for number in range(count(chance, mean * storm.severity * people)):
                minutes = chance.uniform(15, 120)
                self._follow(storm, kind, number, minutes, storm.area, why)

    def _after_power(self, cut: Event) -> None:
        """Lifts stop with people in them; a pump without power lets its underpass fill."""
        chance = self._scene.dice("after", cut.name)
        for number in range(count(chance, 0.7 * cut.severity)):
            minutes = chance.uniform(0.5, 8)
            self._follow(cut, "lift_failure", number, minutes, cut.area, "power_cut")
        town = self._scene.town
        above = town.parents.get(cut.area, "")
        near = [one for one in town.underpasses if above and above in town.chain(one)]
        if near and chance.random() < 0.15 + 0.2 * cut.severity:
            area = cut.area if cut.area in near else chance.choice(near)
            minutes = chance.uniform(20, 45)
            self._follow(cut, "underpass_flooding", 0, minutes, area, "pump_failure")
