"""What sensors say: signs of an area with their explanation, single sensors, feeds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Final, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from chengyun.api.asking import instant_of
from chengyun.api.doors import Door, scope_of
from chengyun.app.stream import asking
from chengyun.app.stream.hosting import StreamHost
from chengyun.app.stream.lane import Lane
from chengyun.app.stream.looking_back import LookingBack
from chengyun.guard.deciding import refusal
from chengyun.kernel.clock import Clock
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import DAY_US, Instant

T = TypeVar("T")
_NEEDS: Final = "sensing:read"


class SensingPages:
    """Answers from the lane, between two groups."""

    def __init__(self, host: StreamHost, back: LookingBack, clock: Clock) -> None:
        self._host = host
        self._back = back
        self._clock = clock
        needs = _NEEDS
        self.doors = (
            Door("/api/v1/sensing/signs", needs, self.signs, wide=False),
            Door("/api/v1/sensing/signs/{sign}", needs, self.explained, wide=False),
            Door("/api/v1/sensing/sensors/{sensor}", needs, self.sensor, wide=False),
            Door("/api/v1/sensing/signs/{sign}/history", needs, self.sign_history, wide=False),
            Door(
                "/api/v1/sensing/sensors/{sensor}/history", needs, self.sensor_history, wide=False
            ),
            Door("/api/v1/sensing/feeds", needs, self.feeds, wide=False),
        )

    async def signs(self, request: Request) -> Response:
        """Return what every sign says in ``?area=``, by default the city."""
        area = _area_of(request)
        return await self._asked(lambda lane: {"signs": asking.signs_in(lane, area)})

    async def explained(self, request: Request) -> Response:
        """Return where the value of a sign in ``?area=`` comes from."""
        sign, area = request.path_params["sign"], _area_of(request)
        found = await self._host.ask(lambda lane: asking.explained(lane, sign, area))
        if not found.property:
            return _json(found)
        parts = await self._host.ask_in_parts(
            lambda lane, part: asking.behind(lane, found.property, area, part)
        )
        return _json(asking.with_sensors(found, parts))

    async def sensor(self, request: Request) -> Response:
        """Return what is known of a sensor."""
        return _json(await self._sensor(request))

    async def sign_history(self, request: Request) -> Response:
        """Return a sign in ``?area=`` for the panes that begin between ``since`` and ``until``."""
        sign, area = request.path_params["sign"], _area_of(request)
        return _json(await self._back.sign(sign, area, *self._span(request)))

    async def sensor_history(self, request: Request) -> Response:
        """Return what a sensor said between ``since`` and ``until``, by default the last day."""
        found = await self._sensor(request)
        return _json(await self._back.sensor(found.id, *self._span(request)))

    async def _sensor(self, request: Request) -> asking.SensorView:
        """Return a sensor; one in an area that is not his to see is unknown to whoever asks."""
        sensor = request.path_params["sensor"]
        found = await self._host.ask(lambda lane: asking.sensor_of(lane, sensor))
        if not scope_of(request, _NEEDS).covers(found.area):
            raise asking.unknown_sensor(sensor)
        return found

    def _span(self, request: Request) -> tuple[Instant, Instant]:
        now = self._clock.now()
        until = instant_of(request, "until", now + 1)
        since = instant_of(request, "since", until - DAY_US)
        if since >= until:
            raise Rejected("bad_span", "since is not before until", remedy="put them in order")
        return since, until

    async def feeds(self, request: Request) -> Response:
        """Return how the city's feeds are doing, and the sensors of each property in ``?area=``."""
        area, now = _area_of(request), self._clock.now()
        is_wide = scope_of(request, _NEEDS).covers("")
        counted: asking.Senders = Counter()
        for one in await self._host.ask_in_parts(asking.senders) if is_wide else ():
            counted += one
        return await self._asked(
            lambda lane: {
                "clock": self._host.clock,
                "feeds": asking.feeds(lane, now, counted) if is_wide else [],
                "properties": asking.properties_in(lane, area),
            }
        )

    async def _asked(self, question: Callable[[Lane], object]) -> Response:
        return _json(await self._host.ask(question))


def _area_of(request: Request) -> str:
    """Return the area that is asked about, or refuse: by itself it is the whole city."""
    area = request.query_params.get("area", "")
    if not scope_of(request, _NEEDS).covers(area):
        raise refusal("outside_area", _NEEDS)
    return area


def _json(content: object) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(msgspec.json.encode(content), headers=headers, media_type="application/json")
