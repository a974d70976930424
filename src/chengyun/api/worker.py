"""The application of an ingest worker: the ingest edge and what can be asked of the lane."""

from __future__ import annotations

import time
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from chengyun.adapters.sql.reading import StoreReader
from chengyun.api.doors import Asking, Door, Visitors, routes
from chengyun.api.entering import asking_with, key_in, sign_in_with
from chengyun.api.ingest import IngestPages
from chengyun.api.limiting import RateLimit
from chengyun.api.metrics import Metrics
from chengyun.api.problems import on_failed, on_http, on_left, on_refused
from chengyun.api.reach import Reach
from chengyun.api.sensing import SensingPages
from chengyun.api.shielding import Shield
from chengyun.app.stored_grants import StoredGrants
from chengyun.app.stream.recording import Recording
from chengyun.guard.accounts import ACCOUNTS
from chengyun.guard.keys import FEED_KEYS, SERVICE_KEYS, FeedKeyRow, ServiceKeyRow, service_of
from chengyun.kernel.clock import Clock
from chengyun.kernel.errors import ChengyunError
from chengyun.kernel.limits import KEYS_READ_S


class StoredKeys:
    """Keys of feeds and of services as they stand in the store, read again every few seconds."""

    def __init__(self, folder: Path, partition: str) -> None:
        self._folder = folder
        self._partition = partition
        self._feeds: dict[str, FeedKeyRow] = {}
        self._services: dict[str, ServiceKeyRow] = {}
        self._read_s = float("-inf")

    def feed(self, name: str) -> FeedKeyRow | None:
        """Return the row of a feed's key."""
        self._read()
        return self._feeds.get(name)

    def service(self, name: str) -> ServiceKeyRow | None:
        """Return the row of a service's key, while its account is open."""
        self._read()
        return self._services.get(name)

    def _read(self) -> None:
        if time.monotonic() - self._read_s <= KEYS_READ_S:
            return
        with StoreReader(self._folder) as reader:
            feeds = reader.rows(FEED_KEYS, self._partition)
            self._feeds = {row.key: row for row in feeds}
            accounts = reader.rows(ACCOUNTS, self._partition, state="open")
            is_open = {row.account for row in accounts}
            services = reader.rows(SERVICE_KEYS, self._partition)
            self._services = {row.key: row for row in services if row.account in is_open}
        self._read_s = time.monotonic()


class Keyed(Visitors):
    """The entrance of a worker: services with their keys; sessions are the server's own."""

    def __init__(self, keys: StoredKeys, clock: Clock) -> None:
        self._keys = keys
        self._clock = clock

    def asking(self, request: Request) -> Asking:
        """Return the service that asks, or refuse."""
        row = service_of(key_in(request), self._keys.service, self._clock.now())
        if row is None:
            raise sign_in_with("bad_key", "this key opens nothing here")
        return asking_with(row)

    def lets_all_in(self, door: Door) -> bool:
        """Tell whether a door is for everybody."""
        return door.is_open


def worker(
    recording: Recording, clock: Clock, keys: StoredKeys, grants: StoredGrants, metrics: Metrics
) -> Starlette:
    """Wire the interface of a worker."""

    async def alive(request: Request) -> Response:
        status = 200 if recording.host.is_alive else 503
        return Response(b'{"alive":true}', status, media_type="application/json")

    doors = (
        Door("/healthz", "health:read", alive, is_open=True),
        *IngestPages(recording.host, keys.feed, clock).doors,
        *SensingPages(recording.host, recording.back, clock).doors,
    )
    application = Starlette(
        routes=routes(doors),
        middleware=[Middleware(Shield, metrics=metrics), Middleware(RateLimit, metrics=metrics)],
        exception_handlers={
            ChengyunError: on_refused,
            HTTPException: on_http,
            ClientDisconnect: on_left,
            Exception: on_failed,
        },
    )
    application.state.reach = Reach(grants, clock)
    application.state.entrance = Keyed(keys, clock)
    return application
