"""Figures of cases: by unit, area, type, category, channel and period, each down to its cases.

Everybody gets what is his: his areas and units are part of what the store is asked. Both doors read
through a connection of their own in a thread; the loop never waits for them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from chengyun.adapters.sql.counting import Place
from chengyun.adapters.sql.reading import StoreReader
from chengyun.api.asking import instant_of
from chengyun.api.commands import converted
from chengyun.api.cursors import cursor_of, given_once, read_cursor
from chengyun.api.doors import Door, scope_of
from chengyun.api.reading import Readers
from chengyun.app.figure_questions import FigureFilter, figure_of, question_of
from chengyun.app.figuring import (
    FigureSource,
    Part,
    Question,
    Registers,
    cases,
    lines,
    registers_of,
)
from chengyun.app.serving import Server
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import Instant
from chengyun.kernel.limits import MAX_LIST_ROWS
from chengyun.learn.figures import Figure, Number
from chengyun.learn.marks import CaseMark

_NEEDS = "case:read"
_AS_OF = "as_of"


class FigureCasesFilter(FigureFilter, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which of the cases behind a figure."""

    part: Part = "numerator"
    """Of a rate: those that meet it, or all of which it is taken."""
    cursor: Annotated[str, Meta(max_length=1_000)] = ""
    """The ``next`` of the page before."""
    limit: Annotated[str, Meta(pattern=r"^[0-9]{1,18}$")] = "50"


class CaseFigurePages:
    """Answers from the store, read-only."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._readers = Readers(server.folder)
        self.doors = (
            Door("/api/v1/figures/{figure}/cases", _NEEDS, self.cases, wide=False),
            Door("/api/v1/figures", _NEEDS, self.figures, wide=False),
        )

    async def figures(self, request: Request) -> Response:
        """Return figures: a line for each period and each unit, area, type or channel in it."""
        wanted = _wanted(request, FigureFilter)
        question, registers = self._question(request, wanted)

        def read(source: FigureSource) -> dict[str, Any]:
            return {
                "from": str(question.whole.first),
                "until": str(question.whole.last),
                "by": question.by,
                "period": wanted.period,
                "figures": {one.name: _about(one) for one in question.figures},
                "lines": [
                    {
                        "key": line.key,
                        "from": str(line.period.first),
                        "until": str(line.period.last),
                        "numbers": {name: _told(one) for name, one in line.numbers.items()},
                        "narrows": line.narrows,
                    }
                    for line in lines(question, source)
                ],
            }

        return await self._read(request, registers, read)

    async def cases(self, request: Request) -> Response:
        """Return the cases behind a number of a figure by pages, the first ones first."""
        wanted = _wanted(request, FigureCasesFilter)
        figure = figure_of(request.path_params["figure"])
        question, registers = self._question(request, wanted)
        part: Part = "denominator" if figure.kind in ("mean", "median") else wanted.part
        limit = min(int(wanted.limit), MAX_LIST_ROWS) or 1
        after = _place(wanted.cursor)

        def read(source: FigureSource) -> dict[str, Any]:
            found = cases(figure, part, question, source, after=after, limit=limit + 1)
            page = found[:limit]
            return {
                "figure": figure.name,
                "part": part,
                "cases": [_shown(one) for one in page],
                "next": _after(page[-1]) if len(found) > limit else None,
            }

        return await self._read(request, registers, read)

    def _question(self, request: Request, wanted: FigureFilter) -> tuple[Question, Registers]:
        now = self._server.clock.now()
        as_of = request.query_params.get(_AS_OF)
        known_at = None if as_of is None else Instant(min(instant_of(request, _AS_OF, now), now))
        registers = registers_of(self._server.engine.policies, now)
        return question_of(wanted, registers, now, known_at=known_at), registers

    async def _read(
        self, request: Request, registers: Registers, read: Callable[[FigureSource], Any]
    ) -> Response:
        scope, partition = scope_of(request, _NEEDS), self._server.engine.partition

        def answer(reader: StoreReader) -> bytes:
            return msgspec.json.encode(read(FigureSource(reader, partition, registers, scope)))

        content = await self._readers.ask(answer)
        headers = {"Cache-Control": "no-store"}
        return Response(content, headers=headers, media_type="application/json")


def _wanted(request: Request, shape: type[FigureFilter]) -> Any:
    asked = given_once(request)
    asked.pop(_AS_OF, None)
    return converted(asked, shape, "query")


def _about(figure: Figure) -> dict[str, Any]:
    names = {"zh": figure.zh, "en": figure.en}
    return {"name": names, "kind": figure.kind, "formula": figure.formula, "source": figure.source}


def _told(number: Number) -> dict[str, int | None]:
    return dict(zip(Number._fields, number, strict=True))


def _shown(mark: CaseMark) -> dict[str, Any]:
    """Return a case behind a number, with what counted and when."""
    names = ("case", "run", "at", "type", "area", "unit", "channel", "about", "took_s", "hands")
    return {name: getattr(mark, name) for name in names}


def _after(last: CaseMark) -> str:
    return cursor_of(last.at, f"{last.case}#{last.n}")


def _place(cursor: str) -> Place | None:
    """Return where the page before ended."""
    found = read_cursor(cursor)
    if found is None:
        return None
    case, _, n = found[1].rpartition("#")
    if not (n.isascii() and n.isdigit() and len(n) < 10):
        raise Rejected(
            "bad_cursor",
            "this is no cursor of this list",
            where="cursor",
            remedy="take next of the page before",
        )
    return found[0], case, int(n)
