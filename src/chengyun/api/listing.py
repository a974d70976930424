"""Lists of cases, grants, approvals, notices, by pages: to each what is his, filtered in SQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final, NamedTuple

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from chengyun.adapters.sql.listing import Asked
from chengyun.adapters.sql.reading import StoreReader
from chengyun.api import shapes
from chengyun.api.commands import converted
from chengyun.api.cursors import cursor_of, given_once, read_cursor
from chengyun.api.doors import Door, actor_of, scope_of
from chengyun.api.reading import Readers
from chengyun.app.listing import Placing, parts_of
from chengyun.app.notice_words import Wording
from chengyun.app.serving import Server
from chengyun.engine.approvals import APPROVALS, NO_UNIT
from chengyun.engine.tables import Table, listed_of
from chengyun.guard.grants import GRANTS
from chengyun.handle.views import CASES
from chengyun.kernel.errors import Rejected
from chengyun.kernel.limits import MAX_ID_CHARS, MAX_LIST_ROWS
from chengyun.notices.views import NOTICES
from chengyun.sense.waiting import INTAKE

_Text = Annotated[str, Meta(max_length=MAX_ID_CHARS)]
_Long = Annotated[str, Meta(max_length=8 * MAX_ID_CHARS)]
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


class ApprovalFilter(_Filter, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a list of approvals may be asked for; ``due_before`` is by when they lapse."""

    state: _Text = "waits"
    actor: _Text = ""
    command: _Text = ""


class NoticeFilter(_Filter, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a list of notices may be asked for; ``due_before`` is before when they may be sent."""

    recipient: _Long = ""
    """``unit:…``, ``account:…``, ``report:…``; ``me`` is whoever asks."""
    case: _Long = ""


class _List(NamedTuple):
    """A list behind a door."""

    name: str
    needs: str
    table: Table[Any]
    filter: type[_Filter]
    shape: Callable[[Any], Any]
    of_nobody: tuple[str, ...] = ()
    """What stands for the unit of a row that has none: it is everybody's whose area it is."""


_CASES: Final = _List("cases", "case:read", CASES, CaseFilter, shapes.listed_case)
_DESK: Final = _List("reports", "desk:read", INTAKE, DeskFilter, shapes.waiting_report)
_GRANTS: Final = _List("grants", "grant:read", GRANTS, GrantFilter, msgspec.to_builtins)
_APPROVALS: Final = _List(
    "approvals", "command:approve", APPROVALS, ApprovalFilter, msgspec.to_builtins, (NO_UNIT,)
)
_NOTICES: Final = _List("notices", "notice:read", NOTICES, NoticeFilter, shapes.listed_notice)


class ListPages:
    """Answers from the store, read-only, through a few connections that stay open."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._placing = Placing(server.engine, server.clock)
        self._readers = Readers(server.folder)
        self._wording = Wording(server.engine.policies)
        self.doors = (
            Door("/api/v1/cases", _CASES.needs, self.cases, wide=False),
            Door("/api/v1/desk", _DESK.needs, self.desk, wide=False),
            Door("/api/v1/grants", _GRANTS.needs, self.grants, wide=False),
            Door("/api/v1/notices", _NOTICES.needs, self.notices, wide=False),
            Door("/api/v1/approvals", _APPROVALS.needs, self.approvals, wide=False),
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
        """Return a page of commands that wait for a second person, those asked last first."""
        return await self._listed(_APPROVALS, request)

    async def notices(self, request: Request) -> Response:
        """Return a page of notices, the newest first, with what they say in each language."""
        asked = self._asked(_NOTICES, request)
        page, following = await self._readers.ask(lambda one: self._rows(one, _NOTICES, asked))
        found = [shapes.listed_notice(row) | {"text": self._wording.texts(row)} for row in page]
        return _answer(msgspec.json.encode({"notices": found, "next": following}))

    async def _listed(self, of: _List, request: Request) -> Response:
        asked = self._asked(of, request)
        return _answer(await self._readers.ask(lambda one: self._page(one, of, asked)))

    def _asked(self, of: _List, request: Request) -> Asked:
        """Return what is asked for, within what is seen of it; one row more than a page."""
        scope, places = scope_of(request, of.needs), self._placing.places
        wanted: _Filter = converted(given_once(request), of.filter, "query")
        if wanted.area and not places.knows_area(wanted.area):
            raise _unknown("area", wanted.area)
        if wanted.unit and not places.knows_unit(wanted.unit):
            raise _unknown("unit", wanted.unit)
        if isinstance(wanted, NoticeFilter) and wanted.recipient == "me":
            wanted = msgspec.structs.replace(wanted, recipient=actor_of(request))
        limit = min(int(wanted.limit), MAX_LIST_ROWS) or 1
        return Asked(
            parts=parts_of(scope, wanted.area, wanted.unit, places, of_nobody=of.of_nobody),
            limit=limit + 1,
            equal={
                name: value for name in listed_of(of.table).by if (value := getattr(wanted, name))
            },
            due_before=None if wanted.due_before is None else int(wanted.due_before),
            after=read_cursor(wanted.cursor),
        )

    def _page(self, reader: StoreReader, of: _List, asked: Asked) -> bytes:
        page, following = self._rows(reader, of, asked)
        return msgspec.json.encode({of.name: [of.shape(row) for row in page], "next": following})

    def _rows(self, reader: StoreReader, of: _List, asked: Asked) -> tuple[list[Any], str | None]:
        rows = reader.newest(of.table, self._server.engine.partition, asked)
        page = rows[: asked.limit - 1]
        if len(rows) < asked.limit:
            return page, None
        began = getattr(page[-1], listed_of(of.table).at)
        return page, cursor_of(began, of.table.key_of(page[-1]))


def _answer(content: bytes) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(content, headers=headers, media_type="application/json")


def _unknown(what: str, code: str) -> Rejected:
    return Rejected(
        f"unknown_{what}",
        f"{code[:80]!r} is no {what} of this city",
        where=what,
        remedy=f"use a code of /api/v1/{what}s",
        params={what: code[:80]},
    )
