"""Lists of cases and of grants, by pages: everybody gets what is his, filtered in SQL."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Annotated, Any, Final, NamedTuple

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from chengyun.adapters.sql.listing import Asked
from chengyun.adapters.sql.reading import StoreReader
from chengyun.api import shapes
from chengyun.api.asking import given
from chengyun.api.commands import converted
from chengyun.api.doors import Door, scope_of
from chengyun.api.reading import Readers
from chengyun.app.listing import Placing, parts_of
from chengyun.app.serving import Server
from chengyun.engine.approvals import APPROVALS
from chengyun.engine.tables import Table, listed_of
from chengyun.guard.grants import GRANTS
from chengyun.handle.views import CASES
from chengyun.kernel.errors import Rejected
from chengyun.kernel.limits import MAX_ID_CHARS, MAX_LIST_ROWS
from chengyun.sense.waiting import INTAKE

_APPROVE: Final = "command:approve"
_Text = Annotated[str, Meta(max_length=MAX_ID_CHARS)]
_Number = Annotated[str, Meta(pattern=r"^[0-9]{1,18}$")]


class _Filter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every list may be asked for; empty limits nothing."""

    area: _Text = ""
    """With everything below it."""
    unit: _Text = ""
    """With everything below it."""
    state: _Text = ""
    due_before: _Number | None = None
    """Microseconds since 1970 UTC."""
    cursor: Annotated[str, Meta(max_length=1_000)] = ""
    """The ``next`` of the page before."""
    limit: _Number = "50"


class CaseFilter(_Filter, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a list of cases may be asked for."""

    type: _Text = ""


class DeskFilter(_Filter, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the intake desk may be asked for; ``due_before`` is by when it is told that it waits."""

    state: _Text = "waits"
    waits_for: _Text = ""
    channel: _Text = ""


class GrantFilter(_Filter, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a list of grants may be asked for; ``due_before`` is by when they lapse."""

    account: _Text = ""
    role: _Text = ""


class _List(NamedTuple):
    """A list behind a door."""

    name: str
    needs: str
    table: Table[Any]
    filter: type[_Filter]
    shape: Callable[[Any], Any]


_CASES: Final = _List("cases", "case:read", CASES, CaseFilter, shapes.listed_case)
_DESK: Final = _List("reports", "desk:read", INTAKE, DeskFilter, shapes.waiting_report)
_GRANTS: Final = _List("grants", "grant:read", GRANTS, GrantFilter, msgspec.to_builtins)


class ListPages:
    """Answers from the store, read-only, through a few connections that stay open."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._placing = Placing(server.engine, server.clock)
        self._readers = Readers(server.folder)
        self.doors = (
            Door("/api/v1/cases", _CASES.needs, self.cases, wide=False),
            Door("/api/v1/desk", _DESK.needs, self.desk, wide=False),
            Door("/api/v1/grants", _GRANTS.needs, self.grants, wide=False),
            Door("/api/v1/approvals", _APPROVE, self.approvals, wide=False),
        )

    async def cases(self, request: Request) -> Response:
        """Return a page of cases, the newest first, with the cursor of the next one."""
        return await self._listed(_CASES, request)

    async def desk(self, request: Request) -> Response:
        """Return a page of the reports that wait for a person, the newest first."""
        return await self._listed(_DESK, request)

    async def grants(self, request: Request) -> Response:
        """Return a page of grants, those that begin last first, also what is over."""
        return await self._listed(_GRANTS, request)

    async def approvals(self, request: Request) -> Response:
        """Return the commands that wait for a second person, the first to lapse first."""
        scope = scope_of(request, _APPROVE)
        found = [
            row
            for row in self._server.engine.rows.each(APPROVALS)
            if scope.covers(row.area, tuple(row.units))
        ]
        found.sort(key=lambda row: row.lapses_at)
        return _answer(msgspec.json.encode({"approvals": found[:MAX_LIST_ROWS]}))

    async def _listed(self, of: _List, request: Request) -> Response:
        scope, places = scope_of(request, of.needs), self._placing.places
        wanted: _Filter = converted(given(request), of.filter, "query")
        if wanted.area and not places.knows_area(wanted.area):
            raise _unknown("area", wanted.area)
        if wanted.unit and not places.knows_unit(wanted.unit):
            raise _unknown("unit", wanted.unit)
        limit = min(int(wanted.limit), MAX_LIST_ROWS) or 1
        asked = Asked(
            parts=parts_of(scope, wanted.area, wanted.unit, places),
            limit=limit + 1,
            equal={
                name: value for name in listed_of(of.table).by if (value := getattr(wanted, name))
            },
            due_before=None if wanted.due_before is None else int(wanted.due_before),
            after=_read(wanted.cursor),
        )
        return _answer(await self._readers.ask(lambda one: self._page(one, of, asked, limit)))

    def _page(self, reader: StoreReader, of: _List, asked: Asked, limit: int) -> bytes:
        rows = reader.newest(of.table, self._server.engine.partition, asked)
        page = rows[:limit]
        following = _cursor(of.table, page[-1]) if len(rows) > limit else None
        found = [of.shape(row) for row in page]
        return msgspec.json.encode({of.name: found, "next": following})


def _answer(content: bytes) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(content, headers=headers, media_type="application/json")


def _cursor(table: Table[Any], last: Any) -> str:
    cursor = msgspec.json.encode((getattr(last, listed_of(table).at), table.key_of(last)))
    return base64.urlsafe_b64encode(cursor).decode().rstrip("=")


def _read(cursor: str) -> tuple[int, str] | None:
    """Return when the last row of the page before began, and its key."""
    if not cursor:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        at, key = msgspec.json.decode(raw, type=tuple[int, str])
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
    return at, key


def _unknown(what: str, code: str) -> Rejected:
    return Rejected(
        f"unknown_{what}",
        f"{code[:80]!r} is no {what} of this city",
        where=what,
        remedy=f"use a code of /api/v1/{what}s",
        params={what: code[:80]},
    )
