"""Every route is a door: it says which permission it needs and passes the one gate.

Until accounts and grants are built the gate lets those through who sit at the machine itself; the
actor is then the owner of the process.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Awaitable, Callable, Iterable
from typing import Literal, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chengyun.api.reach import reach_of
from chengyun.app.local_door import person_of
from chengyun.guard.deciding import Scope
from chengyun.kernel.errors import Bug, Forbidden

Endpoint = Callable[[Request], Awaitable[Response]]


class Door(NamedTuple):
    """One way in: path, permission, what answers."""

    path: str
    needs: str
    endpoint: Endpoint
    method: Literal["GET", "POST"] = "GET"
    wide: bool = True
    """Whether it shows the whole city at once. One that shows each what is his says no."""


def routes(doors: Iterable[Door]) -> list[Route]:
    """Return the routes, each behind the gate; ``Bug`` for a door that needs nothing."""
    return [_route(door) for door in doors]


def _route(door: Door) -> Route:
    if not door.needs:
        raise Bug(f"the door {door.path} does not say which permission it needs")

    async def guarded(request: Request) -> Response:
        reach, actor, name = reach_of(request), actor_of(request), f"{door.method} {door.path}"
        try:
            reach.check(actor, name, door.needs, is_local=is_local(request), wide=door.wide)
        except Forbidden as refused:
            await reach.note(actor, name, door.needs, refused)
            raise
        return await door.endpoint(request)

    return Route(door.path, guarded, methods=[door.method])


def scope_of(request: Request, needs: str) -> Scope:
    """Return what whoever asks sees with a permission now; ``Forbidden`` where that is nothing."""
    return watch_of(request, needs)()


def watch_of(request: Request, needs: str) -> Callable[[], Scope]:
    """Return how a stream asks again what whoever opened it sees."""
    reach, actor = reach_of(request), actor_of(request)
    return lambda: reach.scope(actor, needs)


def actor_of(request: Request) -> str:
    """Return who asks."""
    return person_of(os.getuid())


def is_local(request: Request) -> bool:
    """Tell whether the request comes from this machine."""
    client = request.client
    return client is not None and is_loopback(client.host)


def is_loopback(host: str) -> bool:
    """Tell whether a host's name or address is this machine and no other.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("10.0.0.1")
    (True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
