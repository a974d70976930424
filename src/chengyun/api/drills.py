"""What only a drill has: how far it is, its end, and then the debrief.

Nothing here knows what truly happens. Until the drill has ended there is no debrief to ask for.
"""

from __future__ import annotations

from typing import Literal, Protocol

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from chengyun.api.doors import Door
from chengyun.api.live import Live
from chengyun.api.problems import Problem, nothing_here
from chengyun.facts.registers import Names


class DrillAbout(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator may know of his drill at any time."""

    scenario: str
    title: Names
    brief: Names
    began_at: int
    until_at: int
    """When the evening is over, unless somebody ends it before."""
    state: Literal["running", "debriefing", "ready", "failed"]
    done_min: int
    """While the debrief is made: how much of the evening has been lived again …"""
    of_min: int
    """… and of how much."""
    pages: dict[str, str]
    """The page of the debrief by language, once it is ready."""
    problem: Problem | None


class Drill(Protocol):
    """The drill behind the screen; wired by the command that holds it."""

    def about(self) -> DrillAbout:
        """Return how far it is."""
        ...

    def end(self) -> None:
        """End it now; a second time changes nothing."""
        ...

    def debrief(self) -> bytes:
        """Return the debrief as JSON; raise ``Rejected`` while there is none."""
        ...

    def page(self, lang: str) -> bytes | None:
        """Return the debrief as a page, ``None`` for a language it does not have."""
        ...


class DrillPages:
    """The doors of a drill."""

    def __init__(self, drill: Drill, live: Live) -> None:
        self._drill, self._live = drill, live
        self.doors = (
            Door("/api/v1/drill", "drill:read", self.about),
            Door("/api/v1/drill/end", "drill:steer", self.end, method="POST"),
            Door("/api/v1/drill/debrief", "drill:read", self.debrief),
            Door("/debrief.{lang}.html", "drill:read", self.page),
        )

    async def about(self, request: Request) -> Response:
        """Return how far the drill is."""
        return _json(msgspec.json.encode(self._drill.about()))

    async def end(self, request: Request) -> Response:
        """End the drill; the debrief follows."""
        self._drill.end()
        self._live.show_clock()
        return _json(msgspec.json.encode(self._drill.about()))

    async def debrief(self, request: Request) -> Response:
        """Return the debrief, refused while the drill goes on."""
        return _json(self._drill.debrief())

    async def page(self, request: Request) -> Response:
        """Return the page of the debrief in a language."""
        page = self._drill.page(request.path_params["lang"])
        if page is None:
            raise nothing_here(request.url.path)
        headers = {"Cache-Control": "no-store"}
        return Response(page, headers=headers, media_type="text/html; charset=utf-8")


def _json(content: bytes) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(content, headers=headers, media_type="application/json")
