"""HTTP as a door of the server: uvicorn on the same loop, with signals left to the server."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator

import uvicorn
from starlette.types import ASGIApp

from chengyun.api.application import Api
from chengyun.api.connections import bounded
from chengyun.api.doors import is_loopback
from chengyun.api.front import Front
from chengyun.api.metrics import Metrics
from chengyun.app.serving import Door, Server
from chengyun.kernel.errors import Rejected
from chengyun.kernel.limits import MAX_STOP_S


class _Uvicorn(uvicorn.Server):
    """Leaves signals to the engine's server: it commits first, then the streams end."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture nothing."""
        yield


def bound(host: str, port: int, front: Front | None = None) -> socket.socket:
    """Return a socket that holds ``port`` on this machine, or refuse.

    Bound before the store is opened: a port in use is found at once. Beyond the machine only what
    has a TLS proxy before it is listened for. Raises ``Rejected`` with
    ``not_loopback`` or ``port_in_use``.
    """
    if not is_loopback(host) and not (front is not None and front.proxy and front.names):
        raise Rejected(
            "not_loopback",
            "passwords do not cross a network in the clear",
            where=f"--host {host}",
            remedy="listen on 127.0.0.1 and reach it through an SSH tunnel; or, of chengyun serve, "
            "put a TLS proxy before it and give --tls-proxy with its address and --name",
            params={"host": host},
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, so that asyncio sends at once: else answers wait 40 ms for the reader's word.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host.strip("[]"), port))
        listening.listen()
    except OSError as taken:
        listening.close()
        raise Rejected(
            "port_in_use",
            f"nothing can listen there: {taken.strerror}",
            where=f"{host}:{port}",
            remedy="stop what listens there, or give another --port",
            params={"host": host, "port": str(port)},
        ) from taken
    return listening


def uvicorn_of(application: ASGIApp, metrics: Metrics) -> uvicorn.Server:
    """Return the server of an application, with signals left to whoever runs it.

    Connections it closes because they are slow or too many are counted in ``metrics``.
    """
    return _Uvicorn(
        uvicorn.Config(
            application,
            http=bounded(lambda why: metrics.cut.labels(why).inc()),
            access_log=False,
            log_config=None,
            lifespan="off",
            ws="none",
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=MAX_STOP_S,
        )
    )


def http_door(api: Api, listening: socket.socket) -> Door:
    """Return the door that serves ``api`` on a bound socket."""

    @contextlib.asynccontextmanager
    async def door(server: Server) -> AsyncIterator[None]:
        web = uvicorn_of(api.application, api.metrics)
        serving = asyncio.create_task(web.serve(sockets=[listening]))
        serving.add_done_callback(lambda _: server.stop())
        ticking = asyncio.create_task(api.live.tick())
        try:
            yield
        finally:
            ticking.cancel()
            api.live.close()
            web.should_exit = True
            await serving

    return door
