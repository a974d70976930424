"""The application of an ingest worker: the ingest edge and what can be asked of the lane."""

from __future__ import annotations

import time
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response

from chengyun.adapters.sql.reading import StoreReader
from chengyun.api.doors import Door, Visitors, routes
from chengyun.api.ingest import IngestPages
from chengyun.api.metrics import Metrics
from chengyun.api.problems import on_failed, on_http, on_refused
from chengyun.api.sensing import SensingPages
from chengyun.api.shielding import Shield
from chengyun.app.stream.recording import Recording
from chengyun.guard.keys import FEED_KEYS, FeedKeyRow
from chengyun.kernel.clock import Clock
from chengyun.kernel.errors import ChengyunError
from chengyun.kernel.limits import KEYS_READ_S


class StoredKeys:
    """The keys of feeds as they stand in the store, read again every few seconds."""

    def __init__(self, folder: Path, partition: str) -> None:
        self._folder = folder
        self._partition = partition
        self._keys: dict[str, FeedKeyRow] = {}
        self._read_s = float("-inf")

    def __call__(self, name: str) -> FeedKeyRow | None:
        """Return the row of a key."""
        if time.monotonic() - self._read_s > KEYS_READ_S:
            with StoreReader(self._folder) as reader:
                rows = reader.rows(FEED_KEYS, self._partition)
                self._keys = {row.key: row for row in rows}
            self._read_s = time.monotonic()
        return self._keys.get(name)


def worker(recording: Recording, clock: Clock, keys: StoredKeys) -> Starlette:
    """Wire the interface of a worker."""

    async def alive(request: Request) -> Response:
        status = 200 if recording.host.is_alive else 503
        return Response(b'{"alive":true}', status, media_type="application/json")

    doors = (
        Door("/healthz", "health:read", alive),
        *IngestPages(recording.host, keys, clock).doors,
        *SensingPages(recording.host, recording.back, clock).doors,
    )
    application = Starlette(
        routes=routes(doors),
        middleware=[Middleware(Shield, metrics=Metrics())],
        exception_handlers={
            ChengyunError: on_refused,
            HTTPException: on_http,
            Exception: on_failed,
        },
    )
    application.state.entrance = Visitors()
    return application
