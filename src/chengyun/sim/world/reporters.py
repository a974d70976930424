"""Who notices an event: citizens by phone and screen, devices by wire. Each in his own way.

A report may have the wrong type (the agent took it for something else), a place that is a little
off, quite wrong or missing, words with typos. What is true of it stands in the truth alone.
"""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Any, Final

from chengyun.kernel import instants
from chengyun.sim.world.dice import count
from chengyun.sim.world.events import Event
from chengyun.sim.world.kinds import BY_CODE
from chengyun.sim.world.scene import Scene
from chengyun.sim.world.town import METRES_OF_E7, Spot
from chengyun.sim.world.wording import caller, message

HOTLINE: Final = "hotline"
DEVICES: Final = "devices"

CHANNELS: Final = (("phone", 0.48), ("app", 0.27), ("web", 0.13), ("officer", 0.12))
LOUDNESS: Final = {1: 0.6, 2: 1.0, 3: 1.8, 4: 3.0}
"""How many more report a graver event."""
MISTAKEN: Final = 0.05
AGAIN: Final = 0.15
CHATTER: Final = 0.2
"""Share of alarms that are given a second time."""
NO_POINT: Final = 0.08
NO_AREA: Final = 0.01
OFF: Final = 0.12
ELSEWHERE: Final = 0.02


class Reporters:
    """Lets citizens and devices tell the platform what they notice."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def notice(self, event: Event) -> None:
        """Enter on the agenda who will notice ``event``, and when."""
        scene, kind = self._scene, event.shape
        chance = scene.dice(event.name, "noticed")
        is_glitch = event.cause == "device_glitch"
        sensed = is_glitch or (chance.random() < kind.sensed and not event.unplaced)
        if sensed:
            minutes = chance.expovariate(1 / max(kind.alarm_min, 0.1))
            scene.later(minutes, f"alarm:{event.name}:0", lambda: self._alarm(event, 0))
            if chance.random() < CHATTER:
                minutes += 3 + chance.random() * 20
                scene.later(minutes, f"alarm:{event.name}:1", lambda: self._alarm(event, 1))
        if is_glitch or kind.reporters <= 0:
            return
        mean = kind.reporters * LOUDNESS[event.severity]
        citizens = count(chance, mean) if sensed or not event.real else count(chance, mean - 1) + 1
        if not event.real:
            citizens = 1
        for number in range(citizens):
            minutes = chance.expovariate(1 / kind.notice_min)
            if number == 0:
                minutes = min(minutes, kind.lasts_h * 15)
            self._enter(event, number, minutes, again=False)
            if chance.random() < AGAIN and kind.lasts_h > 10:
                self._enter(event, number, minutes + 60 * (10 + chance.random() * 20), again=True)

    def remind(self, event: Event, report: str) -> None:
        """A citizen whose matter was closed unsolved reports it anew."""
        scene = self._scene
        minutes = 60 + scene.dice(report, "remind").random() * 180
        name = f"remind:{report}"
        scene.later(minutes, name, lambda: self._report(event, name, again=True))

    def _enter(self, event: Event, number: int, minutes: float, *, again: bool) -> None:
        name = f"report:{event.name}:{number}:{again}"
        self._scene.later(
            minutes, name, lambda: self._report(event, number + 50 * again, again=again)
        )

    # --- what is sent -------------------------------------------------------------------------

    def _report(self, event: Event, number: int | str, *, again: bool) -> None:
        if event.is_over(self._scene.now) and event.real:
            return
        chance = self._scene.dice(event.name, "report", number)
        kind = event.shape
        type_, wrong_type = event.type, False
        if kind.mistaken and chance.random() < MISTAKEN:
            type_, wrong_type = chance.choice(kind.mistaken), True
        place, area, wrong_place = self._place(event, chance)
        about = event.kind if event.real else _kind_of(event.type)
        seen_as = BY_CODE[_kind_of(type_)] if wrong_type else BY_CODE[about]
        words = message(about, event.spot, chance, again=again)
        channel = _channel(chance)
        self._send(
            event,
            HOTLINE,
            number,
            type=type_,
            title=seen_as.zh,
            text=words.text,
            channel=channel,
            area=area,
            place=place,
            place_text=words.place_text,
            personal=caller(chance) if channel == "phone" else {},
            attributes={},
            truth={"wrong_type": wrong_type, "wrong_place": wrong_place},
        )

    def _alarm(self, event: Event, number: int) -> None:
        if event.is_over(self._scene.now) and event.real:
            return
        device = f"{event.type or 'device'}-{self._scene.mark('device', event.name)[:6]}"
        spot = event.spot
        self._send(
            event,
            DEVICES,
            number,
            type=event.type,
            title=f"{BY_CODE[_kind_of(event.type)].zh}告警",
            text=f"device={device} alarm={event.type} level={event.severity}",
            channel="sensor",
            area=spot.area,
            place=_point(spot.lon_e7 + 40 * number, spot.lat_e7),
            place_text=spot.zh,
            personal={},
            attributes={"device": device},
            truth={"wrong_type": False, "wrong_place": False},
        )

    def _send(
        self, event: Event, feed: str, number: int | str, *, truth: dict[str, bool], **fields: Any
    ) -> None:
        scene = self._scene
        moment: datetime = instants.to_datetime(scene.now, scene.zone)
        name = f"{moment:%Y%m%d}-{scene.mark(feed, event.name, number)[:10]}"
        report = f"report:{feed}:{name}"
        scene.about[report] = event.name
        event.reports += 1
        scene.truth.write(
            {
                "record": "report",
                "report": report,
                "event": event.name,
                "at": scene.now,
                "feed": feed,
                "type": fields["type"],
                "area": fields["area"],
                **truth,
            }
        )
        scene.send(
            f"feed:{feed}",
            "ReceiveReport",
            feed=feed,
            file="live",
            row=0,
            id=name,
            opened_at=scene.now,
            due_at=None,
            notes=[],
            **fields,
        )

    def _place(self, event: Event, chance: Random) -> tuple[dict[str, int] | None, str, bool]:
        """Return point, area and whether they are quite wrong."""
        spot, thrown = event.spot, chance.random()
        if event.unplaced:
            return None, self._scene.town.root, False
        if thrown < ELSEWHERE:
            spots = self._scene.town.spots_of(event.shape.places)
            other: Spot = spots[chance.randrange(len(spots))] if spots else spot
            return _point(other.lon_e7, other.lat_e7), other.area, other.area != spot.area
        if thrown < ELSEWHERE + NO_AREA:
            return None, self._scene.town.root, False
        if thrown < ELSEWHERE + NO_AREA + NO_POINT:
            return None, spot.area, False
        metres = 12.0 if thrown > ELSEWHERE + NO_AREA + NO_POINT + OFF else 90.0
        lon = spot.lon_e7 + round(chance.uniform(-metres, metres) / METRES_OF_E7)
        lat = spot.lat_e7 + round(chance.uniform(-metres, metres) / METRES_OF_E7)
        return _point(lon, lat), spot.area, False


def _point(lon_e7: int, lat_e7: int) -> dict[str, int]:
    return {"lon_e7": int(lon_e7), "lat_e7": int(lat_e7)}


def _channel(chance: Random) -> str:
    thrown = chance.random()
    for name, share in CHANNELS:
        thrown -= share
        if thrown < 0:
            return name
    return CHANNELS[0][0]


def _kind_of(type_: str) -> str:
    """Return the kind of event that a false report of this type pretends."""
    return next((kind.code for kind in BY_CODE.values() if kind.type == type_), "enquiry")
