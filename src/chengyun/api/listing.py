"""Lists of cases, open and ended, by pages: everybody gets what is his, filtered in SQL."""

from __future__ import annotations

import asyncio
import base64
from typing import Annotated, Final

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from chengyun.adapters.sql.listing import Asked
from chengyun.adapters.sql.reading import StoreReader
from chengyun.api import shapes
from chengyun.api.commands import converted
from chengyun.api.doors import Door, scope_of
from chengyun.app.listing import Placing, parts_of
from chengyun.app.serving import Server
from chengyun.handle.views import CASES
from chengyun.kernel.errors import Rejected
from chengyun.kernel.limits import MAX_ID_CHARS, MAX_LIST_ROWS, MAX_READERS

_NEEDS: Final = "case:read"
_Text = Annotated[str, Meta(max_length=MAX_ID_CHARS)]
_Number = Annotated[str, Meta(pattern=r"^[0-9]{1,18}$")]


class CaseFilter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a list of cases may be asked for; empty limits nothing."""

    area: _Text = ""
    """With everything below it."""
    unit: _Text = ""
    """With everything below it."""
    state: _Text = ""
    type: _Text = ""
    due_before: _Number | None = None
    """Microseconds since 1970 UTC."""
    cursor: Annotated[str, Meta(max_length=1_000)] = ""
    """The ``next`` of the page before."""
    limit: _Number = "50"


class ListPages:
    """Answers from the store, read-only, through a few connections that stay open."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._placing = Placing(server.engine, server.clock)
        self._turns = asyncio.Semaphore(MAX_READERS)
        self._idle: list[StoreReader] = []
        self.doors = (Door("/api/v1/cases", _NEEDS, self.cases, wide=False),)

    async def cases(self, request: Request) -> Response:
        """Return a page of cases, the newest first, with the cursor of the next one."""
        scope, places = scope_of(request, _NEEDS), self._placing.places
        wanted: CaseFilter = converted(_given(request), CaseFilter, "query")
        if wanted.area and not places.knows_area(wanted.area):
            raise _unknown("area", wanted.area)
        if wanted.unit and not places.knows_unit(wanted.unit):
            raise _unknown("unit", wanted.unit)
        limit = min(int(wanted.limit), MAX_LIST_ROWS) or 1
        asked = Asked(
            parts=parts_of(scope, wanted.area, wanted.unit, places),
            limit=limit + 1,
            equal={name: value for name in _EQUAL if (value := getattr(wanted, name))},
            due_before=None if wanted.due_before is None else int(wanted.due_before),
            after=_read(wanted.cursor),
        )
        async with self._turns:
            content = await asyncio.to_thread(self._page, asked, limit)
        headers = {"Cache-Control": "no-store"}
        return Response(content, headers=headers, media_type="application/json")

    def _page(self, asked: Asked, limit: int) -> bytes:
        reader = self._idle.pop() if self._idle else StoreReader(self._server.folder)
        rows = reader.newest(CASES, self._server.engine.partition, asked)
        self._idle.append(reader)
        page = rows[:limit]
        following = _cursor(page[-1].filed_at, page[-1].case) if len(rows) > limit else None
        return msgspec.json.encode(
            {"cases": list(map(shapes.listed_case, page)), "next": following}
        )


_EQUAL: Final = ("state", "type")


def _given(request: Request) -> dict[str, str]:
    """Return what is asked for; the same thing twice is a mistake, not a choice."""
    found: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name in found:
            raise Rejected(
                "bad_fields", f"{name[:40]!r} is given twice", where="query", remedy="give it once"
            )
        found[name] = value
    return found


def _cursor(at: int, case: str) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode((at, case))).decode().rstrip("=")


def _read(cursor: str) -> tuple[int, str] | None:
    """Return when the last row of the page before began, and its key."""
    if not cursor:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        at, case = msgspec.json.decode(raw, type=tuple[int, str])
    except (ValueError, msgspec.MsgspecError) as wrong:
        raise Rejected(
            "bad_cursor",
            "this is no cursor of a list",
            where="cursor",
            remedy="take next of the page before",
        ) from wrong
    if abs(at) >= 1 << 62:
        raise Rejected(
            "bad_cursor", "no list goes that far", where="cursor", remedy="take next of a page"
        )
    return at, case


def _unknown(what: str, code: str) -> Rejected:
    return Rejected(
        f"unknown_{what}",
        f"{code[:80]!r} is no {what} of this city",
        where=what,
        remedy=f"use a code of /api/v1/{what}s",
        params={what: code[:80]},
    )
