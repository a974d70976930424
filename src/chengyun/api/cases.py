"""One case with its members and its causal chain, and the chain of any fact: read from the store.

Reading goes through a connection of its own in a thread; the loop never waits for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from chengyun.adapters.sql.reading import StoreReader
from chengyun.api import shapes
from chengyun.api.doors import Door
from chengyun.app.serving import Server
from chengyun.app.tracing import chain_of
from chengyun.assess.rules import report_of
from chengyun.assess.views import COMPARABLES
from chengyun.engine import codec
from chengyun.facts.envelope import Stored
from chengyun.facts.sense import ReportReceived
from chengyun.handle.views import CASES, MEMBERS
from chengyun.kernel.errors import Rejected
from chengyun.kernel.limits import MAX_READERS, MAX_TRACE_FACTS


class CasePages:
    """Answers from the store, read-only."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._turns = asyncio.Semaphore(MAX_READERS)
        self.doors = (
            Door("/api/v1/cases/{case:path}", "facts:read", self.case),
            Door("/api/v1/trace", "facts:read", self.trace),
        )

    async def case(self, request: Request) -> Response:
        """Return a case, open or ended, with its members and everything around it."""
        return await self._read(_case, request.path_params["case"])

    async def trace(self, request: Request) -> Response:
        """Return the causal chain of the fact or subject in ``fact``."""
        return await self._read(_trace, request.query_params.get("fact", ""))

    async def _read(self, read: Callable[[StoreReader, str, str], Any], name: str) -> Response:
        async with self._turns:
            found = await asyncio.to_thread(self._reading, read, name)
        headers = {"Cache-Control": "no-store"}
        return Response(found, headers=headers, media_type="application/json")

    def _reading(self, read: Callable[[StoreReader, str, str], Any], name: str) -> bytes:
        with StoreReader(self._server.folder) as reader:
            return msgspec.json.encode(read(reader, self._server.engine.partition, name))


def _case(reader: StoreReader, partition: str, name: str) -> dict[str, Any]:
    row = next(reader.rows(CASES, partition, case=name), None)
    if row is None:
        raise _unknown("case", name)
    first = next(reader.rows(COMPARABLES, partition, report=report_of(row.incident)), None)
    facts = _chain(reader, partition, name)
    return {
        "case": shapes.placed_case(row, first),
        "members": [
            _member(reader, partition, member)
            for member in reader.rows(MEMBERS, partition, case=name)
        ],
        **facts,
    }


def _member(reader: StoreReader, partition: str, member: Any) -> dict[str, Any]:
    found = {"report": member.report, "received_at": member.received_at, "first": member.first}
    stored = reader.fact(partition, member.report)
    if stored is not None:
        report: ReportReceived = codec.read(stored).body
        found |= {"title": report.title, "text": report.text, "channel": report.channel}
    return found


def _trace(reader: StoreReader, partition: str, name: str) -> dict[str, Any]:
    found = _chain(reader, partition, name)
    if not found["chain"]:
        raise _unknown("fact", name)
    return found


def _chain(reader: StoreReader, partition: str, name: str) -> dict[str, Any]:
    chain = chain_of(reader, partition, name)
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


def _unknown(what: str, name: str) -> Rejected:
    return Rejected(
        "unknown",
        f"no {what} {name[:200]!r} is known",
        where=what,
        remedy="give the id of a fact, or of a report, incident, case or warning",
        params={"name": name[:200]},
    )
