"""Whether the process lives, whether it can do its work, and its figures."""

from __future__ import annotations

import shutil
import time

import msgspec
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import Response

from chengyun.api.doors import Door
from chengyun.api.metrics import Metrics
from chengyun.app.serving import Server
from chengyun.kernel.limits import MIN_FREE_BYTES
from chengyun.sense.views import FEEDS


class HealthPages:
    """Answers for those who watch the process."""

    def __init__(self, server: Server, metrics: Metrics) -> None:
        self._server = server
        self._metrics = metrics
        self.doors = (
            Door("/healthz", "health:read", self.alive, is_open=True),
            Door("/readyz", "health:read", self.ready, is_open=True),
            Door("/metrics", "health:read", self.figures),
        )

    async def alive(self, request: Request) -> Response:
        """Return that the loop turns."""
        return Response(b'{"alive":true}', media_type="application/json")

    async def ready(self, request: Request) -> Response:
        """Return 200 where commands are taken and there is room for them, else 503; and why."""
        server = self._server
        free = shutil.disk_usage(server.folder).free
        writable = server.is_writing and free >= MIN_FREE_BYTES
        feeds = list(server.engine.rows.each(FEEDS))
        last_s = server.last_commit_s
        found = {
            "ready": writable,
            "store": {"writable": writable, "free_bytes": free, "seq": server.engine.head.seq},
            "last_commit_age_s": None if last_s is None else round(time.monotonic() - last_s, 3),
            "queued": server.queued,
            "feeds": {"known": len(feeds), "silent": sum(feed.silent for feed in feeds)},
        }
        headers = {"Cache-Control": "no-store"}
        status = 200 if writable else 503
        return Response(msgspec.json.encode(found), status, headers, "application/json")

    async def figures(self, request: Request) -> Response:
        """Return the figures in the text format of Prometheus."""
        content = generate_latest(self._metrics.registry)
        return Response(content, headers={"Content-Type": CONTENT_TYPE_LATEST})
