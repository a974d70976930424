"""Reports over HTTP: taken at a desk or from a system, or from a citizen without an account.

Whatever the channel, the answer comes when the report is on disk, with its number. A citizen gets
a receipt with it: a code that he alone has, by which he asks how it stands.
"""

from __future__ import annotations

import math
from itertools import islice
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from chengyun.adapters.sql.reading import StoreReader
from chengyun.api.commands import converted, json_of
from chengyun.api.doors import Door, actor_of, entrance_of, scope_of
from chengyun.api.limiting import Buckets, place_of
from chengyun.api.reading import Readers
from chengyun.api.receipts import Standing, digest_of_receipt, receipt_of, standing_of
from chengyun.api.repeating import key_in, keyed_request
from chengyun.app.serving import Server
from chengyun.engine import codec
from chengyun.facts.privacy import Privacy
from chengyun.facts.sense import DESK, Channel, ReportReceived, ReportTaken
from chengyun.guard.deciding import Scope
from chengyun.guard.showing import shown_fact
from chengyun.handle.views import MEMBERS
from chengyun.kernel.errors import Overloaded, Rejected
from chengyun.kernel.ids import join, under
from chengyun.kernel.instants import Instant, from_text
from chengyun.kernel.limits import (
    MAX_PUBLIC_REPORTS_BURST,
    MAX_PUBLIC_REPORTS_S,
    MAX_RECEIPTS_BURST,
    MAX_RECEIPTS_S,
    MAX_TRACE_FACTS,
    MIN_PUBLIC_KEY_CHARS,
)
from chengyun.sense.placing import NOWHERE, Where
from chengyun.sense.taking import TakeReport
from chengyun.sense.waiting import INTAKE

_TAKE: Final = "report:receive"
_READ: Final = "facts:read"
PUBLIC: Final = "public:citizen"
"""Who tells something without an account."""

_At = Annotated[str, Meta(max_length=40)]
_Texts = dict[str, str]


class ReportForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A report as a desk or a system sends it."""

    channel: Channel
    feed: str = DESK
    number: str = ""
    at: int | _At | None = None
    """Microseconds since 1970 UTC, or ISO 8601 with its zone."""
    type: str = ""
    title: str = ""
    text: str = ""
    where: Where = NOWHERE
    signal: str = ""
    call_sheet: str = ""
    may_call: bool = False
    attributes: _Texts = {}
    reporter: _Texts = {}
    on_behalf_of: _Texts = {}
    due_at: int | _At | None = None


class CitizenReport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A report as a citizen sends it, without an account."""

    text: str = ""
    type: str = ""
    where: Where = NOWHERE
    reporter: _Texts = {}
    on_behalf_of: _Texts = {}
    may_call: bool = False


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """The answer: the report is on disk under this number."""

    report: str
    number: str
    state: str
    """``received``, ``waits`` or ``dismissed``."""
    waits_for: str
    diverted: bool
    type: str
    case: str
    """Empty while it waits."""
    receipt: str
    """The code with which its reporter asks how it stands; shown this once."""
    repeated: bool
    """Whether it was known already."""
    known_at: int


class _Asked:
    """A request as it is given to the engine: whose, and under which key."""

    def __init__(self, request: Request, sender: str, content: Any, *, least: int) -> None:
        key = key_in(request, least=least)
        self.sender = sender
        self.keyed = keyed_request(request, sender, key, content)


class TakingPages:
    """The doors by which reports come in and are asked for."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._readers = Readers(server.folder)
        self._public = Buckets(MAX_PUBLIC_REPORTS_S, MAX_PUBLIC_REPORTS_BURST)
        self._asked = Buckets(MAX_RECEIPTS_S, MAX_RECEIPTS_BURST)
        self.doors = (
            Door("/api/v1/reports", _TAKE, self.take, method="POST", wide=False),
            Door("/api/v1/reports/{report:path}", _READ, self.report, wide=False),
            Door("/api/v1/public/reports", _TAKE, self.take_public, method="POST", is_open=True),
            Door("/api/v1/receipts/{code}", "figures:public", self.receipt, is_open=True),
        )

    async def take(self, request: Request) -> Response:
        """Take a report from whoever may take them; answered when it is on disk."""
        content = await json_of(request)
        form: ReportForm = converted(content, ReportForm, "report")
        asked = _Asked(request, actor_of(request), content, least=1)
        code = receipt_of(asked.keyed)
        fields = {name: getattr(form, name) for name in form.__struct_fields__}
        fields |= {"at": _instant("at", form.at), "due_at": _instant("due_at", form.due_at)}
        command = _command(
            fields | {"desk": _desk(scope_of(request, _TAKE)), "receipt": digest_of_receipt(code)}
        )
        return await self._taken(command, asked, code)

    async def take_public(self, request: Request) -> Response:
        """Take a report from a citizen without an account; answered when it is on disk."""
        self._wait(self._public, request)
        content = await json_of(request)
        form: CitizenReport = converted(content, CitizenReport, "report")
        asked = _Asked(request, PUBLIC, content, least=MIN_PUBLIC_KEY_CHARS)
        code = receipt_of(asked.keyed)
        fields = {name: getattr(form, name) for name in form.__struct_fields__}
        command = _command(fields | {"channel": "citizen_web", "receipt": digest_of_receipt(code)})
        return await self._taken(command, asked, code)

    async def report(self, request: Request) -> Response:
        """Return a report with what was told of it, and where it stands; data of persons masked."""
        scope, name = scope_of(request, _READ), request.path_params["report"]
        server = self._server
        privacy = server.engine.policies.section(Privacy, area="", at=server.clock.now())
        found = await self._readers.ask(lambda one: self._report(one, name, scope, privacy))
        return _json(found)

    async def receipt(self, request: Request) -> Response:
        """Tell the reporter how his report stands, in plain words; nothing personal."""
        self._wait(self._asked, request)
        code, partition = request.path_params["code"], self._server.engine.partition
        found: Standing = await self._readers.ask(lambda one: standing_of(one, partition, code))
        return _json(found)

    # --- taking -------------------------------------------------------------------------------

    async def _taken(self, command: TakeReport, asked: _Asked, code: str) -> Response:
        outcome = await self._server.submit(command, asked.sender, request=asked.keyed)
        if outcome.refused is not None:
            raise outcome.refused
        is_new = bool(outcome.facts)
        report = join("report", command.feed, command.number)
        if is_new:
            report = outcome.facts[0].partition(":")[2]
        rows = self._server.engine.rows
        row, member = rows.get(INTAKE, report), rows.get(MEMBERS, report)
        told = Told(
            report=report,
            number=report.split(":", 2)[2],
            state="received" if row is None else row.state,
            waits_for="" if row is None else row.waits_for,
            diverted=row is not None and row.diverted,
            type="" if row is None else row.type,
            case="" if member is None else member.case,
            receipt=code if is_new else "",
            repeated=outcome.repeated or not is_new,
            known_at=outcome.known_at,
        )
        return _json(told, 200 if told.repeated else 201)

    def _wait(self, buckets: Buckets, request: Request) -> None:
        """Refuse an address that asks too often for a person."""
        wait_s = buckets.wait_s(place_of(entrance_of(request).address(request)))
        if wait_s:
            raise Overloaded(
                f"too many requests from here; the next one is free in {math.ceil(wait_s)} s",
                where="rate limit",
                remedy="wait a little, then send it again; in danger call the emergency number",
            )

    # --- asking -------------------------------------------------------------------------------

    def _report(
        self, reader: StoreReader, name: str, scope: Scope, privacy: Privacy
    ) -> dict[str, Any]:
        partition = self._server.engine.partition
        row = next(reader.rows(INTAKE, partition, report=name), None)
        member = next(reader.rows(MEMBERS, partition, report=name), None)
        stored = reader.fact(partition, under("taken", name)) or reader.fact(partition, name)
        fact = None if stored is None else codec.read(stored)
        told = (ReportTaken, ReportReceived)
        if fact is None or not isinstance(fact.body, told) or not scope.covers(fact.area):
            raise Rejected(
                "unknown",
                f"no report {name[:200]!r} is known",
                where="report",
                remedy="give the id of a report",
                params={"name": name[:200]},
            )
        about = map(codec.read, islice(reader.about(partition, name), MAX_TRACE_FACTS))
        return {
            "report": name,
            "state": "received" if row is None else row.state,
            "waits_for": "" if row is None else row.waits_for,
            "diverted": row is not None and row.diverted,
            "type": (member or row or fact.body).type,
            "case": "" if member is None else member.case,
            "taken": shown_fact(fact, privacy),
            "facts": [shown_fact(one, privacy) for one in about],
        }


def _command(fields: dict[str, Any]) -> TakeReport:
    command: TakeReport = converted(msgspec.to_builtins(fields), TakeReport, "report")
    return command


def _desk(scope: Scope) -> str:
    """Return the area for which whoever asks may take reports; empty is the whole city."""
    return "" if scope.is_everything else min(area for area, _ in scope.pairs)


def _instant(field: str, given: int | str | None) -> Instant | None:
    if given is None or isinstance(given, int):
        return None if given is None else Instant(given)
    try:
        return from_text(given)
    except (Rejected, OverflowError) as wrong:
        raise Rejected(
            "bad_time",
            f"{given[:40]!r} is no moment",
            where=field,
            remedy="give microseconds since 1970 or 2026-11-26T08:00:00+08:00",
            params={"field": field, "value": given[:40]},
        ) from wrong


def _json(content: Any, status: int = 200) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(msgspec.json.encode(content), status, headers, "application/json")
