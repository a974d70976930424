"""What sensors say: signs of an area with their explanation, single sensors, feeds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from chengyun.api.doors import Door
from chengyun.app.stream import asking
from chengyun.app.stream.hosting import StreamHost
from chengyun.app.stream.lane import Lane
from chengyun.app.stream.looking_back import LookingBack
from chengyun.kernel.clock import Clock
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import DAY_US, Instant, from_text

T = TypeVar("T")


class SensingPages:
    """Answers from the lane, between two groups."""

    def __init__(self, host: StreamHost, back: LookingBack, clock: Clock) -> None:
        self._host = host
        self._back = back
        self._clock = clock
        self.doors = (
            Door("/api/v1/sensing/signs", "sensing:read", self.signs),
            Door("/api/v1/sensing/signs/{sign}", "sensing:read", self.explained),
            Door("/api/v1/sensing/sensors/{sensor}", "sensing:read", self.sensor),
            Door("/api/v1/sensing/signs/{sign}/history", "sensing:read", self.sign_history),
            Door("/api/v1/sensing/sensors/{sensor}/history", "sensing:read", self.sensor_history),
            Door("/api/v1/sensing/feeds", "sensing:read", self.feeds),
        )

    async def signs(self, request: Request) -> Response:
        """Return what every sign says in ``?area=``, by default the city."""
        area = request.query_params.get("area", "")
        return await self._asked(lambda lane: {"signs": asking.signs_in(lane, area)})

    async def explained(self, request: Request) -> Response:
        """Return where the value of a sign in ``?area=`` comes from."""
        sign, area = request.path_params["sign"], request.query_params.get("area", "")
        found = await self._host.ask(lambda lane: asking.explained(lane, sign, area))
        if not found.property:
            return _json(found)
        parts = await self._host.ask_in_parts(
            lambda lane, part: asking.behind(lane, found.property, area, part)
        )
        return _json(asking.with_sensors(found, parts))

    async def sensor(self, request: Request) -> Response:
        """Return what is known of a sensor."""
        sensor = request.path_params["sensor"]
        return await self._asked(lambda lane: asking.sensor_of(lane, sensor))

    async def sign_history(self, request: Request) -> Response:
        """Return a sign in ``?area=`` for the panes that begin between ``since`` and ``until``."""
        sign, area = request.path_params["sign"], request.query_params.get("area", "")
        return _json(await self._back.sign(sign, area, *self._span(request)))

    async def sensor_history(self, request: Request) -> Response:
        """Return what a sensor said between ``since`` and ``until``, by default the last day."""
        return _json(await self._back.sensor(request.path_params["sensor"], *self._span(request)))

    def _span(self, request: Request) -> tuple[Instant, Instant]:
        now = self._clock.now()
        until = _instant(request, "until", now + 1)
        since = _instant(request, "since", until - DAY_US)
        if since >= until:
            raise Rejected("bad_span", "since is not before until", remedy="put them in order")
        return since, until

    async def feeds(self, request: Request) -> Response:
        """Return how every feed is doing, and the sensors of each property in ``?area=``."""
        area, now = request.query_params.get("area", ""), self._clock.now()
        counted: asking.Senders = Counter()
        for one in await self._host.ask_in_parts(asking.senders):
            counted += one
        return await self._asked(
            lambda lane: {
                "clock": self._host.clock,
                "feeds": asking.feeds(lane, now, counted),
                "properties": asking.properties_in(lane, area),
            }
        )

    async def _asked(self, question: Callable[[Lane], object]) -> Response:
        return _json(await self._host.ask(question))


def _json(content: object) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(msgspec.json.encode(content), headers=headers, media_type="application/json")


def _instant(request: Request, name: str, default: int) -> Instant:
    """Return a parameter as an instant: microseconds since 1970, or ISO 8601 with its zone."""
    given = request.query_params.get(name)
    if given is None:
        return Instant(default)
    try:
        return Instant(int(given)) if given.isdecimal() else from_text(given)
    except (ValueError, Rejected) as wrong:
        raise Rejected(
            "bad_time",
            f"{given[:40]!r} is no instant",
            where=name,
            remedy="give microseconds since 1970 or 2026-11-26T08:00:00+08:00",
            params={"value": given[:40]},
        ) from wrong
