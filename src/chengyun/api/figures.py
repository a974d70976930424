"""Public figures: what anybody may know of a finished period, with small counts left out.

Open to everybody: they are k-anonymous by construction, and what is counted always enters the
period that runs, so a finished one never changes and tells nothing more however often it is asked.
Nor does it cost more: rows are looked through once a period, one period at a time, and kept.
"""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from chengyun.api.asking import number_of
from chengyun.api.doors import Door
from chengyun.api.packing import Packed, answered
from chengyun.app.serving import Server
from chengyun.facts.privacy import Privacy
from chengyun.facts.registers import Areas, tree_of
from chengyun.kernel.areas import AreaLevel, AreaTree
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import Instant
from chengyun.learn.publishing import published
from chengyun.learn.views import CITY, FIGURES, REVIEWS

_MOST_NAMED: Final = 400
"""Periods that are told; the answer of each is kept ready."""


class FigurePages:
    """Answers from the rows in memory; a period is finished, so its answer is made once."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._figures: dict[int, bytes] = {}
        """Of each period that was asked for, as it is told for good."""
        self._answers: dict[int, Packed] = {}
        """The same with the periods that are named in it; begun anew when a period ends."""
        self._running = 0
        self._ended: list[int] = []
        self._turn = asyncio.Lock()
        self.doors = (
            Door(
                "/api/v1/public/figures", "figures:public", self.figures, wide=False, is_open=True
            ),
        )

    async def figures(self, request: Request) -> Response:
        """Return the counts of a finished ``?period=``, by default the last one."""
        ended = self._periods()
        period = number_of(request, "period", ended[-1] if ended else 0)
        headers = {"Cache-Control": "no-cache"}
        if period not in ended:
            if request.query_params.get("period") is None:
                content = msgspec.json.encode({"periods": [], "figures": None})
                return Response(content, headers=headers, media_type="application/json")
            raise Rejected(
                "no_such_period",
                "no finished period began then",
                where="period",
                remedy="ask without a period first: the answer names them",
                params={"period": str(period)},
            )
        return await answered(request, await self._answer(period), "application/json", headers)

    def _periods(self) -> list[int]:
        """Return the finished periods that are told; looked for once, when one ended."""
        rows = self._server.engine.rows
        state = rows.get(REVIEWS, CITY)
        running = 0 if state is None else state.period
        if running != self._running:
            ended = {row.period for row in rows.each(FIGURES) if row.period < running}
            self._ended = sorted(ended)[-_MOST_NAMED:]
            self._running = running
            self._answers = {}
        return self._ended

    async def _answer(self, period: int) -> Packed:
        async with self._turn:
            if period not in self._figures:
                self._figures[period] = await self._made(period)
            held = self._answers.get(period)
            if held is None:
                named = msgspec.json.encode(self._ended)
                whole = b'{"periods":%s,"figures":%s}' % (named, self._figures[period])
                held = self._answers[period] = Packed(whole)
        return held

    async def _made(self, period: int) -> bytes:
        """Count a period under the policy with which it began: it is told one way only."""
        server = self._server
        policies = server.engine.policies
        version = policies.version(at=Instant(period)) or policies.version(at=server.clock.now())
        figures = policies.pinned(Privacy, version).figures
        tree = policies.built(tree_of, (Areas,), version)
        rows = list(server.engine.rows.find(FIGURES, 0, period))
        area_of = {row.area: _above(tree, row.area, figures.level) for row in rows}
        found = await asyncio.to_thread(
            published, rows, area_of, period=period, k=figures.k, level=figures.level
        )
        return msgspec.json.encode(found)


def _above(tree: AreaTree, area: str, level: str) -> str:
    """Return the area of ``level`` that ``area`` lies in; what lies in none is the whole city's."""
    found = tree.at_level(area, AreaLevel(level)) if area in tree else None
    return "" if found is None else found.code
