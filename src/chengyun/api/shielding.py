"""What stands around every answer: the Host is checked, and the browser is told to be strict.

A page of another site could point its own name at 127.0.0.1 and read the city through the
reader's browser (DNS rebinding), or send a form here; so only names of this machine are
answered, and a request that says it comes from another origin is not.
"""

from __future__ import annotations

from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chengyun.api.doors import is_loopback
from chengyun.api.front import Front
from chengyun.api.metrics import Metrics
from chengyun.api.problems import answer
from chengyun.kernel.errors import Forbidden, Rejected

CONTENT_POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "worker-src 'self' blob:",
        "child-src 'self' blob:",
        "img-src 'self' data: blob:",
        "style-src 'self' 'unsafe-inline'",
        "connect-src 'self'",
        "font-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""The map draws in workers made from blobs and sets styles on its elements; nothing else."""

HEADERS: Final = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

METHODS: Final = ("GET", "HEAD", "POST", "PATCH", "DELETE")


class Shield:
    """Middleware around the whole application."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics, front: Front | None = None) -> None:
        self._app = app
        self._metrics = metrics
        self._front = front or Front()
        self._headers = dict(HEADERS)
        if self._front.proxy:
            self._headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse foreign names and origins; add the headers to everything that is sent."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def shielded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                method = scope["method"] if scope["method"] in METHODS else "other"
                self._metrics.requests.labels(method, str(message["status"])).inc()
            await send(message)

        peer = scope["client"][0] if scope.get("client") else ""
        headers = Headers(scope=scope)
        refused = refusal_of(headers, self._front, peer)
        if refused is not None:
            wanted = headers.get("accept-language", "")
            await answer(refused, wanted)(scope, receive, shielded)
        else:
            await self._app(scope, receive, shielded)


def refusal_of(headers: Headers, front: Front, peer: str) -> Rejected | None:
    """Return why a request is not answered, judged by its headers and where it comes from."""
    host = headers.get("host", "")
    name = name_of(host).lower()
    if not is_loopback(name) and name not in front.names:
        return Rejected(
            "foreign_host",
            f"{host[:100]!r} is no name of this machine",
            where="Host",
            remedy="ask for a name that it is served under: 127.0.0.1, or one given as --name",
            params={"host": host[:100]},
        )
    if front.proxy and peer != front.proxy and not is_loopback(peer):
        return Rejected(
            "not_through_proxy",
            "this server is asked through its TLS proxy alone",
            where="address",
            remedy="ask the proxy",
        )
    origin = headers.get("origin")
    if origin is not None and origin.partition("://")[2] != host:
        return Forbidden(
            "foreign_origin",
            f"a page of {origin[:100]!r} may not ask here",
            where="Origin",
            remedy="use the screen that this server serves",
            params={"origin": origin[:100]},
        )
    return None


def name_of(host: str) -> str:
    """Return the name or address in a ``Host`` header, without the port.

    >>> name_of("127.0.0.1:8311"), name_of("[::1]:8311"), name_of("localhost")
    ('127.0.0.1', '::1', 'localhost')
    """
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]
