"""What only a demonstration has: the pace of its clock, and events that somebody lets happen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Protocol

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from chengyun.api.commands import converted, json_of
from chengyun.api.doors import Door
from chengyun.api.live import Live, Pace
from chengyun.facts.registers import Names
from chengyun.kernel.errors import Rejected


class EventKind(msgspec.Struct, frozen=True, kw_only=True):
    """Something that can be let happen."""

    kind: str
    label: Names


class Demonstration(Protocol):
    """The simulated city behind the clock; wired by the command that starts it."""

    seed: int
    scale: str
    events: Sequence[EventKind]
    """What can be let happen; nothing where that is off, as in a drill."""
    first: str
    """The kind that soonest asks a newcomer for a decision; empty where none can be."""

    def pace(self) -> Pace:
        """Return how fast its clock goes."""
        ...

    def lag_s(self) -> float:
        """Return how far the clock is behind its pace, in seconds of wall time."""
        ...

    def set_pace(self, *, rate: float | None, paused: bool | None) -> None:
        """Change what is given; raise ``Rejected`` for a rate that it cannot go."""
        ...

    def begin(self, kind: str, area: str) -> None:
        """Let an event happen in an area; ``""`` leaves the place to the simulation."""
        ...


class SetPace(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A change of pace."""

    rate: Annotated[float, Meta(gt=0, le=100_000)] | None = None
    paused: bool | None = None


class BeginEvent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An event to let happen."""

    kind: str
    area: str = ""


class DemonstrationPages:
    """The doors of a demonstration."""

    def __init__(self, demonstration: Demonstration, live: Live) -> None:
        self._city = demonstration
        self._live = live
        self.doors = (
            Door("/api/v1/demo", "demo:read", self.about),
            Door("/api/v1/demo/pace", "demo:steer", self.pace, method="POST"),
            Door("/api/v1/demo/event", "demo:steer", self.event, method="POST"),
        )

    async def about(self, request: Request) -> Response:
        """Return what is simulated, and which events can be let happen."""
        return _json(
            {
                "seed": self._city.seed,
                "scale": self._city.scale,
                "events": self._city.events,
                "first": self._city.first,
            }
        )

    async def pace(self, request: Request) -> Response:
        """Let the clock go faster or slower, or stand; every stream hears of it at once."""
        wanted: SetPace = converted(await json_of(request), SetPace, "pace")
        self._city.set_pace(rate=wanted.rate, paused=wanted.paused)
        self._live.show_clock()
        return _json({"pace": self._city.pace()})

    async def event(self, request: Request) -> Response:
        """Let an event happen."""
        wanted: BeginEvent = converted(await json_of(request), BeginEvent, "event")
        kinds = [event.kind for event in self._city.events]
        if not kinds:
            raise Rejected(
                "events_off",
                "here nobody lets anything happen",
                where="event",
                remedy="what happens in a drill is seeded; use chengyun demo to try events out",
            )
        if wanted.kind not in kinds:
            raise Rejected(
                "unknown_event",
                f"{wanted.kind[:80]!r} is no event of this city",
                where="kind",
                remedy=f"the events are {', '.join(kinds)}",
                params={"kind": wanted.kind[:80]},
            )
        self._city.begin(wanted.kind, wanted.area)
        return _json({"kind": wanted.kind, "area": wanted.area})


def _json(content: object) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(msgspec.json.encode(content), headers=headers, media_type="application/json")
