"""The live stream (server-sent events, WHATWG HTML 9.2) and the snapshot it begins from."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from chengyun.api.doors import Door, entrance_of, scope_of, watch_of
from chengyun.api.live import RESET, Live
from chengyun.api.metrics import Metrics
from chengyun.api.packing import answered
from chengyun.guard.deciding import Scope
from chengyun.kernel.errors import Forbidden, Rejected, Retryable
from chengyun.kernel.limits import MAX_STREAMS

_NEEDS: Final = "live:read"
_BEGIN: Final = b"retry: 1000\n\n"
SIGNED_OUT: Final = b"event: signed_out\ndata: {}\n\n"
"""The session that the stream began with is over: whoever listened signs in again."""


class Streams:
    """Serves the snapshot and the stream of one ``Live``."""

    def __init__(self, live: Live, metrics: Metrics) -> None:
        self._live = live
        self._metrics = metrics
        self._open = 0
        self.doors = (
            Door("/api/v1/live", _NEEDS, self.snapshot, wide=False),
            Door("/stream", _NEEDS, self.stream, wide=False),
        )

    async def snapshot(self, request: Request) -> Response:
        """Return all open rows with the cursor from which the stream goes on."""
        content = self._live.view(scope_of(request, _NEEDS)).snapshot().content
        headers = {"Cache-Control": "no-store"}
        return await answered(request, content, "application/json", headers)

    async def stream(self, request: Request) -> Response:
        """Return the changes after a cursor, as they become durable."""
        if self._open >= MAX_STREAMS:
            raise Retryable("too many streams are open", remedy="close some or try again later")
        given = request.headers.get("last-event-id") or request.query_params.get("cursor", "")
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        entrance = entrance_of(request)
        events = self._events(
            _cursor(given), watch_of(request, _NEEDS), lambda: entrance.still_in(request)
        )
        if request.method == "HEAD":  # a stream without content would never end
            return Response(headers=headers, media_type="text/event-stream")
        return StreamingResponse(events, headers=headers, media_type="text/event-stream")

    async def _events(
        self, cursor: int, scope: Callable[[], Scope], still_in: Callable[[], bool]
    ) -> AsyncIterator[bytes]:
        """Yield what a scope sees until it is another one, which is looked at again each time."""
        live, begun = self._live, scope()
        view = live.view(begun)
        self._open += 1
        self._metrics.streams.set(self._open)
        try:
            ticks = live.ticks
            yield _BEGIN + live.clock_frame
            while not live.is_closed:
                if not still_in():
                    yield SIGNED_OUT
                    return
                if not (_is_still(begun, scope) and view.follows(cursor)):
                    self._metrics.resets.inc()
                    yield RESET
                    return
                chunk, cursor = view.after(cursor)
                if live.ticks > ticks:
                    ticks = live.ticks
                    chunk += live.clock_frame
                if chunk:
                    yield chunk
                else:
                    await live.news()
        finally:
            self._open -= 1
            self._metrics.streams.set(self._open)


def _is_still(begun: Scope, scope: Callable[[], Scope]) -> bool:
    """Tell whether grants, time and pack leave a stream what it began with."""
    try:
        return scope() == begun
    except Forbidden:
        return False


def _cursor(given: str) -> int:
    """Return the cursor that was given; none is too old by itself and leads to a reset."""
    if not given:
        return -1
    if not (given.isascii() and given.isdigit() and len(given) <= 18):
        raise Rejected(
            "bad_cursor",
            f"{given[:40]!r} is no cursor",
            where="cursor",
            remedy="take the cursor of /api/v1/live",
            params={"cursor": given[:40]},
        )
    return int(given)
