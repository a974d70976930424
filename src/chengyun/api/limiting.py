"""How much one sender may ask: a bucket of tokens an address, and one a key, around every door.

A request takes a token; tokens come back at a steady rate up to a full bucket. An address of IPv6
counts with its whole /64, which one subscriber has. A key counts by a digest of what was sent, so
only who has it can empty its bucket, and nothing secret is kept.
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, NamedTuple

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from chengyun.api.front import Front
from chengyun.api.metrics import Metrics
from chengyun.api.problems import answer
from chengyun.kernel.errors import Overloaded
from chengyun.kernel.limits import (
    MAX_ADDRESS_BURST,
    MAX_ADDRESS_REQUESTS_S,
    MAX_BUCKETS,
    MAX_KEY_BURST,
    MAX_KEY_REQUESTS_S,
)

_CREDENTIALS: Final = ("authorization", "cookie")
_PREFIX_64: Final = 64


class _Bucket(NamedTuple):
    tokens: float
    at_s: float


class Buckets:
    """Buckets by name; at most so many, the one longest unused goes first.

    >>> buckets = Buckets(1.0, 2, clock=lambda: 0.0)
    >>> [buckets.wait_s("a") for _ in range(3)]
    [0.0, 0.0, 1.0]
    """

    def __init__(
        self,
        rate_s: float,
        burst: int,
        *,
        most: int = MAX_BUCKETS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rate_s = rate_s
        self._burst = burst
        self._most = most
        self._clock = clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def wait_s(self, name: str) -> float:
        """Take a token and return 0, or take none and return when there will be one, in seconds."""
        now_s = self._clock()
        bucket = self._buckets.pop(name, None) or _Bucket(self._burst, now_s)
        tokens = min(self._burst, bucket.tokens + (now_s - bucket.at_s) * self._rate_s)
        wait_s = 0.0 if tokens >= 1 else (1 - tokens) / self._rate_s
        self._buckets[name] = _Bucket(tokens if wait_s else tokens - 1, now_s)
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        return wait_s


class RateLimit:
    """Middleware around all doors: answers 429 with ``Retry-After`` where too much is asked."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        metrics: Metrics,
        front: Front | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._front = front or Front()
        self._app = app
        self._metrics = metrics
        self._addresses = Buckets(MAX_ADDRESS_REQUESTS_S, MAX_ADDRESS_BURST, clock=clock)
        self._keys = Buckets(MAX_KEY_REQUESTS_S, MAX_KEY_BURST, clock=clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or refuse it before anything of it is read."""
        if scope["type"] == "http":
            by, wait_s = self._wait(scope)
            if wait_s:
                self._metrics.limited.labels(by).inc()
                refusal = answer(
                    Overloaded(
                        f"too many requests of one {by}",
                        where="rate limit",
                        remedy="wait as long as Retry-After says, then send it again",
                    ),
                    Headers(scope=scope).get("accept-language", ""),
                )
                refusal.headers["Retry-After"] = str(math.ceil(wait_s))
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _wait(self, scope: Scope) -> tuple[str, float]:
        client, headers = scope.get("client"), Headers(scope=scope)
        peer = client[0] if client else ""
        told = headers.get("x-forwarded-for", "")
        wait_s = self._addresses.wait_s(place_of(self._front.address(peer, told)))
        if wait_s:
            return "address", wait_s
        given = next((headers[name] for name in _CREDENTIALS if name in headers), "")
        if not given:
            return "", 0.0
        return "key", self._keys.wait_s(hashlib.sha256(given.encode()).hexdigest()[:32])


def place_of(address: str) -> str:
    """Return what counts as one sender.

    >>> place_of("10.0.0.7"), place_of("2001:db8:1:2:3::4"), place_of("::ffff:10.0.0.7")
    ('10.0.0.7', '2001:db8:1:2::/64', '10.0.0.7')
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(found), _PREFIX_64), strict=False))
