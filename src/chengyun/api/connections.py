"""Connections that hold no place for ever: bounds on headers, slow clients, and how many.

uvicorn closes a connection that is idle between two requests and nothing else: a client that sends
a byte of a header now and then, a body by the drop, or does not read its answer would keep a place
as long as it likes. The bounds stand here, below the application, so that no door can forget them.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from chengyun.api.limiting import place_of
from chengyun.kernel.limits import (
    HEADER_WAIT_S,
    MAX_ADDRESS_CONNECTIONS,
    MAX_CONNECTIONS,
    MAX_HEADER_BYTES,
    MIN_BODY_BYTES_S,
    MIN_READ_BYTES_S,
    SLOW_LOOK_S,
)

Told = Callable[[str], None]
"""Hears why a connection was closed: to be counted."""

_ANSWERS: Final = {
    "slow_header": (408, "Request Timeout"),
    "slow_body": (408, "Request Timeout"),
    "long_header": (431, "Request Header Fields Too Large"),
}


class Places:
    """How many connections are open, in all and by address, and who is told of refusals."""

    def __init__(self, told: Told) -> None:
        self.told = told
        self.open: Counter[str] = Counter()

    def has_room(self, place: str) -> bool:
        """Tell whether one more may come from there."""
        return self.open.total() < MAX_CONNECTIONS and self.open[place] < MAX_ADDRESS_CONNECTIONS

    def left(self, place: str) -> None:
        """Hear that one has gone."""
        self.open[place] -= 1
        if not self.open[place]:
            del self.open[place]


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's protocol with the bounds; ``places`` is given by ``bounded``."""

    places: Places

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._place = ""
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._header_bytes = 0
        self._body_bytes = 0
        self._looked_at_bytes = 0
        self._unread_bytes = 0
        self._in_body = False
        self._closed = False

    # --- who comes and goes -------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection where there is room, and wait for its first header."""
        super().connection_made(transport)
        place = place_of(self.client[0] if self.client else "")
        if not self.places.has_room(place):
            self.places.told("too_many")
            self._closed = True
            transport.abort()
            return
        self._place = place
        self.places.open[place] += 1
        self._wait("slow_header", HEADER_WAIT_S, self._refuse)

    def connection_lost(self, exc: Exception | None) -> None:
        """Give its place to others."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        if self._place:
            self.places.left(self._place)
            self._place = ""
        super().connection_lost(exc)

    # --- headers ------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Pass on what came in, as long as its header is no longer and no slower than it may be."""
        if self._closed:
            return
        if not self._in_body:
            self._wait("slow_header", HEADER_WAIT_S, self._refuse)
            self._header_bytes += len(data)
        super().data_received(data)
        if not self._in_body and self._header_bytes > MAX_HEADER_BYTES:
            self._refuse("long_header")

    def on_headers_complete(self) -> None:
        """Begin the request, unless its header was too long; from now on its body comes."""
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if self._closed or size > MAX_HEADER_BYTES:
            self._refuse("long_header")
            return
        self._done("slow_header")
        self._in_body = True
        self._body_bytes = self._looked_at_bytes = 0
        self._wait("slow_body", SLOW_LOOK_S, self._look_at_body)
        super().on_headers_complete()

    # --- bodies -------------------------------------------------------------------------------

    def on_body(self, body: bytes) -> None:
        """Count what came."""
        self._body_bytes += len(body)
        if not self._closed:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The next header may come."""
        self._done("slow_body")
        self._in_body = False
        self._header_bytes = 0
        if not self._closed:
            super().on_message_complete()

    def _look_at_body(self, why: str) -> None:
        """Close where too little came since the last look, unless it is we who do not read."""
        came = self._body_bytes - self._looked_at_bytes
        self._looked_at_bytes = self._body_bytes
        if came < MIN_BODY_BYTES_S * SLOW_LOOK_S and not self.flow.read_paused:
            self._refuse(why)
        else:
            self._wait(why, SLOW_LOOK_S, self._look_at_body)

    # --- answers ------------------------------------------------------------------------------

    def pause_writing(self) -> None:
        """More waits to be read than is kept for one client: look whether it reads."""
        super().pause_writing()
        self._unread_bytes = self.transport.get_write_buffer_size()
        self._wait("slow_reader", SLOW_LOOK_S, self._look_at_reader)

    def resume_writing(self) -> None:
        """It has read."""
        self._done("slow_reader")
        super().resume_writing()

    def _look_at_reader(self, why: str) -> None:
        before, self._unread_bytes = self._unread_bytes, self.transport.get_write_buffer_size()
        if before - self._unread_bytes < MIN_READ_BYTES_S * SLOW_LOOK_S:
            self._refuse(why)
        else:
            self._wait(why, SLOW_LOOK_S, self._look_at_reader)

    # --- timers -------------------------------------------------------------------------------

    def _wait(self, why: str, seconds: float, then: Callable[[str], None]) -> None:
        """Call ``then`` after a while, unless it is waited for that already."""
        if why not in self._timers:
            self._timers[why] = self.loop.call_later(seconds, self._ring, why, then)

    def _ring(self, why: str, then: Callable[[str], None]) -> None:
        self._timers.pop(why, None)
        then(why)

    def _done(self, why: str) -> None:
        timer = self._timers.pop(why, None)
        if timer is not None:
            timer.cancel()

    def _refuse(self, why: str) -> None:
        """Say why where an answer can still be said, and close."""
        if self._closed or self.transport.is_closing():
            return
        self._closed = True
        self.places.told(why)
        begun = self.cycle is not None and not self.cycle.response_complete
        silent = why == "slow_header" and not self._header_bytes  # a browser that connects ahead
        if why in _ANSWERS and not silent and not (begun and self.cycle.response_started):
            status, phrase = _ANSWERS[why]
            head = f"HTTP/1.1 {status} {phrase}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
            self.transport.write(head.encode())
        if why == "slow_reader":
            self.transport.abort()  # what it does not read is not waited for
        else:
            self.transport.close()


def bounded(told: Told) -> type[BoundedProtocol]:
    """Return the protocol of one server, whose connections are counted together."""
    return type("BoundedProtocol", (BoundedProtocol,), {"places": Places(told)})
