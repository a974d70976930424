"""The ingest edge: batches of observations and registrations of sensors, each with a feed's key.

An answer means that everything taken is on disk. A batch sent again under the same ``Batch-Id``
is answered as it was the first time and changes nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from chengyun.adapters.segments.refused import RefusedMessage
from chengyun.api.doors import Door
from chengyun.app.stream.hosting import StreamHost
from chengyun.app.stream.lane import Lane
from chengyun.app.stream.registering import checked
from chengyun.engine.stream import Incoming
from chengyun.facts.columns import Refused
from chengyun.guard.keys import KeyOf, feed_of
from chengyun.kernel.clock import Clock
from chengyun.kernel.errors import Forbidden, Overloaded, Rejected
from chengyun.kernel.instants import Instant
from chengyun.kernel.limits import (
    MAX_ID_CHARS,
    MAX_INGEST_AT_ONCE_BYTES,
    MAX_INGEST_BYTES,
    MAX_SENSORS,
)
from chengyun.sense.wire import reading
from chengyun.sense.wire import sensors as registrations

_BEARER: Final = "bearer "
_LARGE_BYTES: Final = 65_536
"""A larger message, and a packed one, is read on a thread, so that the loop goes on."""


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a batch."""

    accepted: int
    late: int
    backfilled: int
    duplicate: int
    refused: int
    repeated: bool
    rows: list[Refused]
    """The refused ones, as far as they are named: index, code, params."""


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a registration: a handle for every entry that was taken, by its index."""

    register: str
    index: list[int]
    handles: list[int]
    refused: list[Refused]


class IngestPages:
    """The doors of the ingest edge."""

    def __init__(self, host: StreamHost, key_of: KeyOf, clock: Clock) -> None:
        """``key_of`` returns the row of a key by its name, as it stands now."""
        self._host = host
        self._key_of = key_of
        self._refused = host.refused
        self._clock = clock
        self._held_bytes = 0
        self.doors = (
            Door(
                "/ingest/v1/observations",
                "observation:ingest",
                self.observations,
                method="POST",
                is_open=True,
            ),
            Door(
                "/ingest/v1/sensors", "sensor:register", self.sensors, method="POST", is_open=True
            ),
        )

    async def observations(self, request: Request) -> Response:
        """Take a batch of observations; answer with counts, and why the refused ones were."""
        feed = self._feed(request)
        batch_id = _batch_id(request)
        async with self._body(request) as content:
            headers = request.headers
            kind, encoding = headers.get("content-type", ""), headers.get("content-encoding", "")
            now = self._clock.now()
            if len(content) > _LARGE_BYTES or encoding:
                batch = await asyncio.to_thread(reading.read, content, kind, encoding, now=now)
            else:
                batch = reading.read(content, kind, encoding, now=now)
            digest = hashlib.sha256(content).hexdigest()[:32] if batch_id else ""
        answer = await self._host.take(Incoming(feed=feed, batch=batch, id=batch_id, digest=digest))
        taken = answer.taken
        if answer.refused:
            kept = RefusedMessage(
                at=now,
                feed=feed,
                batch=batch_id,
                content_type=kind,
                content_encoding=encoding,
                bytes=len(content),
                is_kept=True,
                rows=answer.refused,
            )
            await asyncio.to_thread(self._refused.keep, kept, content)
        return _json(
            Taken(
                accepted=taken.accepted,
                late=taken.late,
                backfilled=taken.backfilled,
                duplicate=taken.duplicate,
                refused=taken.refused,
                repeated=answer.repeated,
                rows=answer.refused,
            )
        )

    async def sensors(self, request: Request) -> Response:
        """Register sensors, or bind known ones anew; answer with their handles."""
        feed = self._feed(request)
        async with self._body(request) as content:
            headers = request.headers
            kind, encoding = headers.get("content-type", ""), headers.get("content-encoding", "")
            read, wrong = await asyncio.to_thread(registrations.read, content, kind, encoding)

        def enrolled(lane: Lane, now: Instant) -> Registered:
            if len(lane.register.sensors) + len(read) > MAX_SENSORS:
                raise Rejected(
                    "too_many_sensors",
                    f"more than {MAX_SENSORS} sensors would be registered",
                    where="body",
                    remedy="divide the city into more partitions",
                    params={"limit": str(MAX_SENSORS)},
                )
            found = checked(read, feed, lane.city)
            handles = lane.enrol(found.entries, now).tolist() if found.entries else []
            return Registered(
                register=lane.register.name,
                index=found.places,
                handles=handles,
                refused=sorted([*wrong, *found.refused], key=lambda one: one.index),
            )

        return _json(await self._host.enrol(enrolled))

    @contextlib.asynccontextmanager
    async def _body(self, request: Request) -> AsyncIterator[bytes]:
        """Hold the body of a request; refuse one that is too long, or too much, while it comes."""
        parts: list[bytes] = []
        size = 0
        try:
            async for part in request.stream():
                size += len(part)
                self._held_bytes += len(part)
                if size > MAX_INGEST_BYTES:
                    raise Rejected(
                        "too_long",
                        f"the batch is longer than {MAX_INGEST_BYTES} bytes",
                        where="body",
                        remedy="send smaller batches; some thousand rows are a good size",
                        params={"limit": str(MAX_INGEST_BYTES)},
                    )
                if self._held_bytes > MAX_INGEST_AT_ONCE_BYTES:
                    raise Overloaded("too many batches come in", remedy="send it again later")
                parts.append(part)
            yield parts[0] if len(parts) == 1 else b"".join(parts)
        finally:
            self._held_bytes -= size

    def _feed(self, request: Request) -> str:
        given = request.headers.get("authorization", "")
        if given[: len(_BEARER)].lower() != _BEARER:
            raise Forbidden(
                "no_key",
                "the ingest edge asks for the key of a feed",
                where="Authorization",
                remedy="send Authorization: Bearer and the key; chengyun key issue makes one",
            )
        return feed_of(given[len(_BEARER) :].strip(), self._key_of, self._clock.now())


def _batch_id(request: Request) -> str:
    found = request.headers.get("batch-id", "")
    if len(found) > MAX_ID_CHARS:
        raise Rejected(
            "too_long",
            f"the id of a batch has more than {MAX_ID_CHARS} characters",
            where="Batch-Id",
            remedy="use a shorter one, such as a UUID",
        )
    return found


def _json(content: object) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(msgspec.json.encode(content), headers=headers, media_type="application/json")
