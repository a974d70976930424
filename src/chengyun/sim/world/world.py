"""The world: it lives step by step, hears what the platform recorded, and answers with moves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Final

from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import HOUR_US, MINUTE_US, Instant
from chengyun.sim.world.crews import Crews
from chengyun.sim.world.evenings import Evening, arrange
from chengyun.sim.world.events import Event
from chengyun.sim.world.gauges import CROWD, DEPTH, RAIN, Gauges
from chengyun.sim.world.kinds import KINDS
from chengyun.sim.world.people import People
from chengyun.sim.world.protocol import EventKind, Moves, Step, Told
from chengyun.sim.world.reporters import Reporters
from chengyun.sim.world.scene import Scene
from chengyun.sim.world.schedule import Schedule
from chengyun.sim.world.town import Town
from chengyun.sim.world.truth import Truth

LOOK_AHEAD_US: Final = HOUR_US
"""So long before a day begins its events are planned."""

EVENTS: Final = [EventKind(kind=one.code, label={"en": one.en, "zh": one.zh}) for one in KINDS]


class World:
    """Everything outside the platform."""

    EARS: ClassVar[frozenset[str]] = frozenset(
        {
            "CaseFiled",
            "ReportMerged",
            "ReportSplit",
            "CaseDispatched",
            "DecisionAsked",
            "CaseReportedBack",
            "CaseReworked",
            "CaseReopened",
            "CaseClosed",
            "ResponseProposed",
            "ResponseDecided",
            "ResponseLapsed",
        }
    )
    """The kinds of facts that reach people."""

    def __init__(
        self,
        town: Town,
        *,
        seed: int,
        start: Instant,
        truth: Truth,
        patience_min: float = 0.0,
        evening: Evening | None = None,
        evening_min: int = 0,
    ) -> None:
        """Begin at ``start``; with an ``evening`` that one happens, within so many minutes."""
        self._scene = Scene(town, seed, start, truth)
        self._truth = truth
        self._reporters = Reporters(self._scene)
        self._gauges = Gauges(self._scene)
        self._crews = Crews(self._scene, self._reporters)
        self._people = People(self._scene, self._crews, patience_min=patience_min)
        ordinary = None if evening is None else evening.ordinary
        self._schedule = Schedule(self._scene, self._begun, ordinary=ordinary)
        self._ears: dict[str, Callable[[Told, dict[str, Any]], None]] = {
            "CaseFiled": self._on_filed,
            "ReportMerged": self._on_merged,
            "ReportSplit": self._on_split,
            "CaseDispatched": self._on_dispatched,
            "DecisionAsked": self._on_asked,
            "CaseReportedBack": self._on_back,
            "CaseReworked": self._on_reworked,
            "CaseReopened": self._on_reworked,
            "CaseClosed": self._on_closed,
            "ResponseProposed": self._on_proposed,
            "ResponseDecided": self._on_settled,
            "ResponseLapsed": self._on_settled,
        }
        self._refused: list[str] = []
        self._gauges.begin()
        self._schedule.plan_until(Instant(start + LOOK_AHEAD_US))
        if evening is not None:
            arrange(self._scene, self._schedule, evening, evening_min or evening.minutes)

    def step(self, step: Step) -> Moves:
        """Live on until ``step.until``; moves lie in the step, in order of their instant."""
        if step.until <= self._scene.now:
            raise Rejected(
                "step_back",
                f"the world stands at {self._scene.now} and is asked to go to {step.until}",
                remedy="steps go forward",
            )
        for told in step.told:
            hear = self._ears.get(told.kind)
            if hear is not None:
                hear(told, told.body)
        for wish in step.inject:
            self._scene.put(
                self._scene.now + 1,
                "inject",
                lambda wish=wish: self._inject(wish.kind, wish.area),  # type: ignore[misc]
            )
        self._schedule.plan_until(Instant(step.until + LOOK_AHEAD_US))
        self._scene.live(Instant(step.until))
        self._truth.flush()
        refused, self._refused = self._refused, []
        return Moves(commands=self._scene.take(), next_at=self._scene.next_at, refused=refused)

    # --- what happens -------------------------------------------------------------------------

    def _inject(self, kind: str, area: str) -> None:
        try:
            self._schedule.inject(kind, area)
        except Rejected as refused:
            self._refused.append(str(refused))

    def _begun(self, event: Event) -> None:
        self._gauges.show(event)
        if event.kind == "gateway_failure":
            self._silence(
                event, self._scene.dice(event.name, "gateway").choice((RAIN, CROWD, DEPTH))
            )
        elif event.kind == "sensor_failure":
            self._silence_one(event)
        self._reporters.notice(event)

    def _silence(self, event: Event, feed: str) -> None:
        """A gateway is down: its whole feed says nothing."""
        scene = self._scene
        until = max(event.ends_at, scene.now + 100 * MINUTE_US)
        scene.silenced[feed] = max(scene.silenced.get(feed, 0), until)
        scene.truth.write(
            {"record": "silent", "event": event.name, "feed": feed, "at": scene.now, "until": until}
        )

    def _silence_one(self, event: Event) -> None:
        """A gauge is broken: one area of one feed says nothing, for some hours at most."""
        scene, town = self._scene, self._scene.town
        chance = scene.dice(event.name, "gauge")
        gauges = [(DEPTH, area) for area in town.underpasses] + [
            (CROWD, one) for one in town.riverside
        ]
        if gauges and chance.random() < 0.2:
            feed, area = chance.choice(gauges)
            until = scene.now + chance.randrange(2, 9) * HOUR_US
            scene.silenced[f"{feed}:{area}"] = until

    # --- what is heard ------------------------------------------------------------------------

    def _on_filed(self, told: Told, body: dict[str, Any]) -> None:
        self._crews.cases.filed(told.subject, told.area, body)

    def _on_merged(self, told: Told, body: dict[str, Any]) -> None:
        self._crews.merged(str(body["report"]), str(body["incident"]))

    def _on_split(self, told: Told, body: dict[str, Any]) -> None:
        self._crews.cases.split(str(body["report"]))

    def _on_dispatched(self, told: Told, body: dict[str, Any]) -> None:
        self._people.settled(told.subject)
        self._crews.dispatched(told.subject, str(body["unit"]), str(body["code"]))

    def _on_asked(self, told: Told, body: dict[str, Any]) -> None:
        self._crews.asked(told.subject)
        self._people.asked(told.subject, list(body["candidates"]))

    def _on_back(self, told: Told, body: dict[str, Any]) -> None:
        case = self._crews.back(told.subject)
        if case is not None:
            self._people.check(case)

    def _on_reworked(self, told: Told, body: dict[str, Any]) -> None:
        self._crews.reworked(told.subject, str(body["unit"]), int(body["round"]))

    def _on_closed(self, told: Told, body: dict[str, Any]) -> None:
        case = self._crews.closed(told.subject)
        if case is not None:
            self._people.call_back(case)

    def _on_proposed(self, told: Told, body: dict[str, Any]) -> None:
        self._people.proposed(told.subject)

    def _on_settled(self, told: Told, body: dict[str, Any]) -> None:
        self._people.settled(told.subject)
