"""Public figures: what anybody may know of a finished period, with small counts left out."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from chengyun.api.asking import number_of
from chengyun.api.doors import Door
from chengyun.api.packing import Packed, answered
from chengyun.app.serving import Server
from chengyun.engine.policies import Policies
from chengyun.facts.privacy import Privacy
from chengyun.facts.registers import Areas, tree_of
from chengyun.kernel.areas import AreaLevel, AreaTree
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import Instant
from chengyun.learn.publishing import published
from chengyun.learn.views import CITY, FIGURES, REVIEWS

_MOST_KEPT: Final = 16
"""Periods whose answer is kept ready."""

_MOST_NAMED: Final = 400


class FigurePages:
    """Answers from the rows in memory; a period is finished, so its answer is made once."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._made: OrderedDict[tuple[int, str], Packed] = OrderedDict()
        self.doors = (Door("/api/v1/public/figures", "figures:public", self.figures, wide=False),)

    async def figures(self, request: Request) -> Response:
        """Return the counts of a finished ``?period=``, by default the last one."""
        server = self._server
        state = server.engine.rows.get(REVIEWS, CITY)
        running = 0 if state is None else state.period
        ended = [one for one in self._periods() if one < running]
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
        policies = server.engine.policies
        version = policies.version(at=Instant(period)) or policies.version(at=server.clock.now())
        held = self._made.get((period, version))
        if held is None:
            held = self._made[period, version] = await self._make(period, version, policies)
            if len(self._made) > _MOST_KEPT:
                self._made.popitem(last=False)
        named = msgspec.json.encode(ended[-_MOST_NAMED:])
        whole = Packed(b'{"periods":%s,"figures":%s}' % (named, held.plain))
        return await answered(request, whole, "application/json", headers)

    def _periods(self) -> list[int]:
        return sorted({row.period for row in self._server.engine.rows.each(FIGURES)})

    async def _make(self, period: int, version: str, policies: Policies) -> Packed:
        """Count a period under the policy with which it began: it is told one way only."""
        figures = policies.pinned(Privacy, version).figures
        tree = policies.built(tree_of, (Areas,), version)
        rows = list(self._server.engine.rows.find(FIGURES, 0, period))
        area_of = {row.area: _above(tree, row.area, figures.level) for row in rows}
        found = await asyncio.to_thread(
            published, rows, area_of, period=period, k=figures.k, level=figures.level
        )
        return Packed(msgspec.json.encode(found))


def _above(tree: AreaTree, area: str, level: str) -> str:
    """Return the area of ``level`` that ``area`` lies in; what lies in none is the whole city's."""
    found = tree.at_level(area, AreaLevel(level)) if area in tree else None
    return "" if found is None else found.code
