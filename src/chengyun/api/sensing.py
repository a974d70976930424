"""What sensors say: signs of an area with their explanation, single sensors, feeds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from chengyun.api.doors import Door
from chengyun.app.stream import asking
from chengyun.app.stream.hosting import StreamHost
from chengyun.app.stream.lane import Lane
from chengyun.kernel.clock import Clock

T = TypeVar("T")


class SensingPages:
    """Answers from the lane, between two groups."""

    def __init__(self, host: StreamHost, clock: Clock) -> None:
        self._host = host
        self._clock = clock
        self.doors = (
            Door("/api/v1/sensing/signs", "sensing:read", self.signs),
            Door("/api/v1/sensing/signs/{sign}", "sensing:read", self.explained),
            Door("/api/v1/sensing/sensors/{sensor}", "sensing:read", self.sensor),
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

    async def feeds(self, request: Request) -> Response:
        """Return how every feed is doing, and the sensors of each property in ``?area=``."""
        area, now = request.query_params.get("area", ""), self._clock.now()
        return await self._asked(
            lambda lane: {
                "feeds": asking.feeds(lane, now),
                "properties": asking.properties_in(lane, area),
            }
        )

    async def _asked(self, question: Callable[[Lane], object]) -> Response:
        content = msgspec.json.encode(await self._host.ask(question))
        headers = {"Cache-Control": "no-store"}
        return Response(content, headers=headers, media_type="application/json")
