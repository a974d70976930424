"""What sensors say: signs of an area with their explanation, single sensors, feeds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from chengyun.api.asking import instant_of
from chengyun.api.doors import Door
from chengyun.app.stream import asking
from chengyun.app.stream.hosting import StreamHost
from chengyun.app.stream.lane import Lane
from chengyun.app.stream.looking_back import LookingBack
from chengyun.kernel.clock import Clock
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import DAY_US, Instant

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
        return await self._asked(lambda lane: asking.explained(lane, sign, area))

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
        until = instant_of(request, "until", now + 1)
        since = instant_of(request, "since", until - DAY_US)
        if since >= until:
            raise Rejected("bad_span", "since is not before until", remedy="put them in order")
        return since, until

    async def feeds(self, request: Request) -> Response:
        """Return how every feed is doing, and the sensors of each property in ``?area=``."""
        area, now = request.query_params.get("area", ""), self._clock.now()
        return await self._asked(
            lambda lane: {
                "clock": self._host.clock,
                "feeds": asking.feeds(lane, now),
                "properties": asking.properties_in(lane, area),
            }
        )

    async def _asked(self, question: Callable[[Lane], object]) -> Response:
        return _json(await self._host.ask(question))


def _json(content: object) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(msgspec.json.encode(content), headers=headers, media_type="application/json")
