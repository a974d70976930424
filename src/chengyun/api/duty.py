"""Who is on duty for a unit: by the rosters known now, persons by their ids alone."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from chengyun.api.asking import instant_of
from chengyun.api.doors import Door, asking_of
from chengyun.api.reach import reach_of
from chengyun.app.duty import Duties
from chengyun.app.serving import Server
from chengyun.facts.registers import Units
from chengyun.guard.deciding import refusal
from chengyun.kernel.calendars import FIRST_INSTANT, LAST_INSTANT
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import Instant
from chengyun.kernel.rosters import POSTS

NEEDS = "roster:read"


class OnDutyNow(msgspec.Struct, frozen=True):
    """One person on duty."""

    person: str
    """``account:…`` or ``duty:…``."""
    post: str
    until_at: int
    skills: list[str]
    instead_of: str


class DutyAnswer(msgspec.Struct, frozen=True):
    """Who is on duty for the unit that was asked for, or in the nearest one above."""

    asked: str
    unit: str
    at: int
    code: str
    """``on_duty``, ``gap`` or ``no_roster``; with the last two the people are those above."""
    duties: list[OnDutyNow]


class DutyPages:
    """Answers from the rows of the engine."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._duties = Duties(server.engine.rows, server.engine.policies)
        self.doors = (Door("/api/v1/duty", NEEDS, self.on_duty, wide=False),)

    async def on_duty(self, request: Request) -> Response:
        """Return who is on duty for ``?unit=``; where nobody is, who is in the unit above."""
        asked = request.query_params
        now = self._server.clock.now()
        at = instant_of(request, "at", now)
        if not FIRST_INSTANT <= at <= LAST_INSTANT:
            raise Rejected(
                "bad_time", "rosters are kept from 1900 to 2200", where="at",
                remedy="correct the moment", params={"name": "at", "value": str(at)},
            )  # fmt: skip
        unit, posts = asked.get("unit", ""), asked.getlist("post") or list(POSTS)
        self._check(request, unit, now)
        unknown = sorted(set(posts) - set(POSTS))
        if unknown:
            raise Rejected(
                "bad_fields", f"{unknown[0][:40]!r} is no post", where="post",
                remedy=f"the posts are {', '.join(POSTS)}", params={"field": "post"},
            )  # fmt: skip
        found = self._duties.on_duty(unit, at, posts=posts, skill=asked.get("skill", ""))
        answer = DutyAnswer(
            asked=unit,
            unit=found.unit,
            at=at,
            code=found.code,
            duties=[
                OnDutyNow(one.person, one.post, one.until_at, list(one.skills), one.instead_of)
                for one in found.duties
            ],
        )
        headers = {"Cache-Control": "no-store"}
        content = msgspec.json.encode(answer)
        return Response(content, headers=headers, media_type="application/json")

    def _check(self, request: Request, unit: str, now: Instant) -> None:
        """Refuse a unit that whoever asks may not see; whether there is one is not told either."""
        entry = self._server.engine.policies.section(Units, area="", at=now).units.get(unit)
        scope = reach_of(request).scope(asking_of(request).actor, NEEDS)
        if not scope.covers("" if entry is None else entry.area, (unit,)):
            raise refusal("outside_unit", NEEDS)
        if entry is None:
            raise Rejected(
                "unknown_unit", f"{unit[:80]!r} is no unit of this city", where="unit",
                remedy="name one: GET /api/v1/units", params={"unit": unit[:80]},
            )  # fmt: skip
