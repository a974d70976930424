"""Who saw what about whom, when and why: the auditor's page, read from the audit chain."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from chengyun.adapters.sql.reading import StoreReader
from chengyun.api.asking import instant_of, number_of, text_of
from chengyun.api.doors import Door
from chengyun.app.serving import Server
from chengyun.engine import codec
from chengyun.facts.envelope import AUDIT, Fact, Stored
from chengyun.facts.privacy import Privacy
from chengyun.guard.showing import shown_body
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import Instant
from chengyun.kernel.limits import MAX_LOOKS_READ, MAX_LOOKS_SHOWN, MAX_NUMBER, MAX_READERS

_AT_ONCE = 500


class _Question(NamedTuple):
    person: str
    actor: str
    since: Instant
    until: Instant
    before: int
    """Only what stands before this place of the chain: where the page before ended."""
    most: int


class AuditPages:
    """Answers from the audit chain, read-only."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._turns = asyncio.Semaphore(MAX_READERS)
        self.doors = (Door("/api/v1/audit/looks", "audit:read", self.looks),)

    async def looks(self, request: Request) -> Response:
        """Return looks at data of persons, the newest first; ``next`` is the next page's cursor."""
        question = _Question(
            person=text_of(request, "person"),
            actor=text_of(request, "actor"),
            since=instant_of(request, "from", 0),
            until=instant_of(request, "until", MAX_NUMBER),
            before=number_of(request, "cursor", MAX_NUMBER, least=1),
            most=number_of(request, "limit", 50, least=1, most=MAX_LOOKS_SHOWN),
        )
        if question.since >= question.until:
            raise Rejected("bad_span", "from is not before until", remedy="put them in order")
        server = self._server
        privacy = server.engine.policies.section(Privacy, area="", at=server.clock.now())
        async with self._turns:
            found = await asyncio.to_thread(self._read, question, privacy)
        headers = {"Cache-Control": "no-store"}
        return Response(msgspec.json.encode(found), headers=headers, media_type="application/json")

    def _read(self, question: _Question, privacy: Privacy) -> dict[str, Any]:
        looks: list[dict[str, Any]] = []
        with StoreReader(self._server.folder) as reader:
            facts = _back(reader, self._server.engine.partition, question)
            for read, stored in enumerate(facts, start=1):
                looks += _look(stored, question, privacy)
                if len(looks) == question.most or read == MAX_LOOKS_READ:
                    return {"looks": looks, "next": stored.seq}
        return {"looks": looks, "next": None}


def _back(reader: StoreReader, partition: str, question: _Question) -> Iterator[Stored]:
    """Yield the facts of the audit chain in the span that is asked for, the newest first."""
    first = reader.seq_at(partition, AUDIT, question.since)
    before = min(question.before, reader.seq_at(partition, AUDIT, question.until))
    while some := reader.back(
        partition, AUDIT, before_seq=before, most=_AT_ONCE, subject=question.person
    ):
        for stored in some:
            if stored.seq < first:
                return
            yield stored
        before = some[-1].seq


def _look(stored: Stored, question: _Question, privacy: Privacy) -> Iterator[dict[str, Any]]:
    """Yield a look as the auditor sees it, where the fact is one and is asked for."""
    header = codec.header_of(stored)
    if header.kind != "PersonalDataSeen" or question.actor not in ("", header.actor):
        return
    fact: Fact[Any] = codec.read(stored)
    body, _ = shown_body(fact, privacy)
    yield {
        "seq": fact.seq,
        "at": fact.known_at,
        "actor": fact.actor,
        "area": fact.area,
        **body,
    }
