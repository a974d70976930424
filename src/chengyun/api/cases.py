"""One case with its members and its causal chain, and the chain of any fact: read from the store.

Reading goes through a connection of its own in a thread; the loop never waits for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from chengyun.adapters.sql.reading import StoreReader
from chengyun.api import shapes
from chengyun.api.doors import Door, scope_of
from chengyun.app.serving import Server
from chengyun.app.tracing import chain_of
from chengyun.assess.rules import report_of
from chengyun.assess.views import COMPARABLES
from chengyun.engine import codec
from chengyun.facts.envelope import Header, Stored
from chengyun.facts.sense import ReportReceived
from chengyun.guard.deciding import Scope
from chengyun.handle.views import CASES, MEMBERS, CaseRow
from chengyun.kernel.errors import Rejected
from chengyun.kernel.limits import MAX_READERS, MAX_TRACE_FACTS

_NEEDS: Final = "facts:read"


class CasePages:
    """Answers from the store, read-only."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._turns = asyncio.Semaphore(MAX_READERS)
        self.doors = (
            Door("/api/v1/cases/{case:path}", _NEEDS, self.case, wide=False),
            Door("/api/v1/trace", _NEEDS, self.trace, wide=False),
        )

    async def case(self, request: Request) -> Response:
        """Return a case, open or ended, with its members and everything around it."""
        return await self._read(_case, request, request.path_params["case"])

    async def trace(self, request: Request) -> Response:
        """Return the causal chain of the fact or subject in ``fact``."""
        return await self._read(_trace, request, request.query_params.get("fact", ""))

    async def _read(self, read: _Read, request: Request, name: str) -> Response:
        scope = scope_of(request, _NEEDS)
        async with self._turns:
            found = await asyncio.to_thread(self._reading, read, scope, name)
        headers = {"Cache-Control": "no-store"}
        return Response(found, headers=headers, media_type="application/json")

    def _reading(self, read: _Read, scope: Scope, name: str) -> bytes:
        with StoreReader(self._server.folder) as reader:
            seen = Seen(reader, self._server.engine.partition, scope)
            return msgspec.json.encode(read(seen, name))


class Seen:
    """What of a store lies within a scope; the rest is as if it were not there."""

    def __init__(self, reader: StoreReader, partition: str, scope: Scope) -> None:
        self._scope = scope
        self._units: dict[str, tuple[str, ...]] = {}
        self.reader = reader
        self.partition = partition

    def case(self, name: str) -> CaseRow | None:
        """Return a case."""
        row: CaseRow | None = next(self.reader.rows(CASES, self.partition, case=name), None)
        return row if row is not None and self._scope.covers(row.area, (row.unit,)) else None

    def chain(self, name: str) -> list[Stored]:
        """Return the causal chain of a fact or subject; nothing where that itself is not seen."""
        chain = chain_of(self.reader, self.partition, name)
        if self._scope.is_everything:
            return chain
        seen = [stored for stored in chain if self._covers(codec.header_of(stored))]
        meant = any(name in (one.id, one.subject) for one in map(codec.header_of, seen))
        return seen if meant else []

    def _covers(self, header: Header) -> bool:
        """A fact lies where its area is, and is the business of the units of its case."""
        if header.subject not in self._units:
            self._units[header.subject] = self._units_of(header.subject)
        return self._scope.covers(header.area, self._units[header.subject])

    def _units_of(self, subject: str) -> tuple[str, ...]:
        member = next(self.reader.rows(MEMBERS, self.partition, report=subject), None)
        name = subject if member is None else member.case
        row = next(self.reader.rows(CASES, self.partition, case=name), None)
        return () if row is None else (row.unit,)


def _case(seen: Seen, name: str) -> dict[str, Any]:
    reader, partition = seen.reader, seen.partition
    row = seen.case(name)
    if row is None:
        raise _unknown("case", name)
    first = next(reader.rows(COMPARABLES, partition, report=report_of(row.incident)), None)
    return {
        "case": shapes.placed_case(row, first),
        "members": [
            _member(reader, partition, member)
            for member in reader.rows(MEMBERS, partition, case=name)
        ],
        **_chain(seen, name),
    }


def _member(reader: StoreReader, partition: str, member: Any) -> dict[str, Any]:
    found = {"report": member.report, "received_at": member.received_at, "first": member.first}
    stored = reader.fact(partition, member.report)
    if stored is not None:
        report: ReportReceived = codec.read(stored).body
        found |= {"title": report.title, "text": report.text, "channel": report.channel}
    return found


def _trace(seen: Seen, name: str) -> dict[str, Any]:
    found = _chain(seen, name)
    if not found["chain"]:
        raise _unknown("fact", name)
    return found


def _chain(seen: Seen, name: str) -> dict[str, Any]:
    chain = seen.chain(name)
    return {
        "chain": [shown(stored) for stored in chain],
        "complete": len(chain) < MAX_TRACE_FACTS,
    }


def shown(stored: Stored) -> dict[str, Any]:
    """Return a fact as the screens see it; what is sealed stays sealed."""
    fact = codec.read(stored)
    return {
        "seq": fact.seq,
        "id": fact.id,
        "kind": fact.kind,
        "subject": fact.subject,
        "area": fact.area,
        "happened_at": fact.happened_at,
        "known_at": fact.known_at,
        "caused_by": fact.caused_by,
        "actor": fact.actor,
        "body": fact.body,
    }


_Read = Callable[[Seen, str], Any]


def _unknown(what: str, name: str) -> Rejected:
    return Rejected(
        "unknown",
        f"no {what} {name[:200]!r} is known",
        where=what,
        remedy="give the id of a fact, or of a report, incident, case or warning",
        params={"name": name[:200]},
    )
