"""The bare endpoint beside which the platform is measured: it reads, decodes and acknowledges.

``python -m benchmarks.sense_bare PORT``: the same server library, the same decoders.
"""

from __future__ import annotations

import asyncio
import sys
import time

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chengyun.kernel.instants import Instant
from chengyun.sense.wire import reading


async def observations(request: Request) -> Response:
    """Read and decode a batch and say that it was taken."""
    content = await request.body()
    kind = request.headers.get("content-type", "")
    now = Instant(time.time_ns() // 1_000)
    batch = await asyncio.to_thread(reading.read, content, kind, "", now=now)
    taken = {"accepted": len(batch), "late": 0, "backfilled": 0}
    return Response(msgspec.json.encode(taken), media_type="application/json")


if __name__ == "__main__":
    uvicorn.run(
        Starlette(routes=[Route("/ingest/v1/observations", observations, methods=["POST"])]),
        port=int(sys.argv[1]),
        log_level="error",
        access_log=False,
    )
