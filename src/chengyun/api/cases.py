"""One case with its members and its causal chain, and the chain of any fact: read from the store.

Reading goes through a connection of its own in a thread; the loop never waits for it. What tells
of persons is masked; a look at it is ``api/personal.py``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from chengyun.api import shapes
from chengyun.api.doors import Door, scope_of
from chengyun.api.reading import Readers
from chengyun.api.repeating import etag
from chengyun.api.seen import Seen
from chengyun.app.row_classes import shown_row
from chengyun.app.serving import Server
from chengyun.assess.rules import report_of
from chengyun.assess.views import COMPARABLES
from chengyun.engine import codec
from chengyun.engine.engine import Engine
from chengyun.facts.classes import sealed_class_of, sensitive_of
from chengyun.facts.envelope import Fact
from chengyun.facts.privacy import Privacy
from chengyun.guard.erasing import ERASED, EXPIRED
from chengyun.guard.showing import shown_body, shown_fact, shown_seal
from chengyun.handle.views import MEMBERS
from chengyun.kernel.errors import Rejected
from chengyun.kernel.ids import under
from chengyun.kernel.limits import MAX_TRACE_FACTS

_NEEDS: Final = "facts:read"


class Book(NamedTuple):
    """What a page is read from: what is seen of the store, and the engine for what is sealed."""

    seen: Seen
    engine: Engine
    privacy: Privacy


_Read = Callable[[Book, str], Any]


class CasePages:
    """Answers from the store, read-only."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._readers = Readers(server.folder)
        self.doors = (
            Door("/api/v1/cases/{case:path}", _NEEDS, self.case, wide=False),
            Door("/api/v1/trace", _NEEDS, self.trace, wide=False),
        )

    async def case(self, request: Request) -> Response:
        """Return a case, open or ended, with its members and everything around it."""
        return await self._read(case_of, request, request.path_params["case"])

    async def trace(self, request: Request) -> Response:
        """Return the causal chain of the fact or subject in ``fact``."""
        return await self._read(_trace, request, request.query_params.get("fact", ""))

    async def _read(self, read: _Read, request: Request, name: str) -> Response:
        scope = scope_of(request, _NEEDS)
        engine = self._server.engine
        privacy = engine.policies.section(Privacy, area="", at=self._server.clock.now())
        found = await self._readers.ask(
            lambda reader: read(Book(Seen(reader, engine.partition, scope), engine, privacy), name)
        )
        headers = {"Cache-Control": "no-store"}
        if "revision" in found:
            headers["ETag"] = etag(found["revision"])
        content = await asyncio.to_thread(msgspec.json.encode, found)
        return Response(content, headers=headers, media_type="application/json")


def case_of(book: Book, name: str) -> dict[str, Any]:
    """Return a case with its members and its chain, masked; refused where it is not seen."""
    reader, partition = book.seen.reader, book.engine.partition
    row = book.seen.case(name)
    if row is None:
        raise _unknown("case", name)
    first = next(reader.rows(COMPARABLES, partition, report=report_of(row.incident)), None)
    facts = _chain(book, name)
    return {
        "case": shown_row("cases", shapes.placed_case(row, first)),
        "revision": row.revision,
        "members": [_member(book, one) for one in reader.rows(MEMBERS, partition, case=name)],
        **facts,
    }


def _member(book: Book, member: Any) -> dict[str, Any]:
    """Return a report of a case; its personal part masked, or when it was erased."""
    found = {"report": member.report, "received_at": member.received_at, "first": member.first}
    partition = book.engine.partition
    stored = book.seen.reader.fact(partition, member.report)
    if stored is None:
        return found
    fact = codec.read(stored)
    body, masked = shown_body(fact, book.privacy)
    found |= {name: body[name] for name in ("title", "text", "channel")}
    sealed: dict[str, str] = {}
    erased_at = None
    for one in [fact, *_beside(book, fact)]:
        if one.sealed is None:
            continue
        seal = book.engine.opened(one)
        if seal is None:
            erased_at = _erased_at(book, one)
        else:
            sealed |= shown_seal(one.kind, seal, sealed_class_of)
    return found | {
        "masked": [name for name in masked if name in ("title", "text")],
        "personal": sealed,
        "erased_at": erased_at,
    }


def seals_of(book: Book, report: str) -> Iterator[Fact[Any]]:
    """Yield the facts whose seals hold what is personal in a report, sensitive data apart."""
    for name in (report, under("taken", report)):
        stored = book.seen.reader.fact(book.engine.partition, name)
        if stored is not None and stored.sealed is not None:
            yield codec.read(stored)


def _beside(book: Book, report: Fact[Any]) -> Iterator[Fact[Any]]:
    """Yield the facts whose seals hold what else was told of a report."""
    for name in (under("taken", report.id), sensitive_of(report.id)):
        stored = book.seen.reader.fact(report.partition, name)
        if stored is not None:
            yield codec.read(stored)


def _erased_at(book: Book, fact: Fact[Any]) -> int | None:
    for table in (ERASED, EXPIRED):
        for person in (fact.sealed_for, fact.subject):
            row = next(book.seen.reader.rows(table, fact.partition, person=person), None)
            if row is not None:
                return int(row.at)
    return None


def _trace(book: Book, name: str) -> dict[str, Any]:
    found = _chain(book, name)
    if not found["chain"]:
        raise _unknown("fact", name)
    return found


def _chain(book: Book, name: str) -> dict[str, Any]:
    chain = book.seen.chain(name)
    return {
        "chain": [shown_fact(codec.read(stored), book.privacy) for stored in chain],
        "complete": len(chain) < MAX_TRACE_FACTS,
    }


def _unknown(what: str, name: str) -> Rejected:
    return Rejected(
        "unknown",
        f"no {what} {name[:200]!r} is known",
        where=what,
        remedy="give the id of a fact, or of a report, incident, case or warning",
        params={"name": name[:200]},
    )
