"""Every route is a door: it says which permission it needs and passes the one gate.

Who asks is told by the entrance that the application was wired with: at a real city whoever signed
in, at a simulated one the person who sits at the machine.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Awaitable, Callable, Iterable
from typing import Literal, NamedTuple, Protocol

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
    method: Literal["GET", "POST", "PATCH", "DELETE"] = "GET"
    wide: bool = True
    """Whether it shows the whole city at once. One that shows each what is his says no."""
    is_open: bool = False
    """Nobody need have signed in: signing in itself, files of the screen, health, feeds' doors."""


class Asking(NamedTuple):
    """Who asks, and from where."""

    actor: str
    origin: str
    """``local`` where they are let in: signed in, or at the machine of a simulated city."""
    scope: frozenset[str] | None = None
    """The permissions of the key that was shown; ``None`` for whoever has no key."""

    def check_scope(self, needs: str) -> None:
        """Refuse what the key does not allow, whatever its account may do."""
        if self.scope is not None and needs not in self.scope:
            raise Forbidden(
                "out_of_scope",
                f"this key is not for {needs}",
                where="Authorization",
                remedy="issue a key with this permission",
                params={"needs": needs},
            )


class Entrance(Protocol):
    """Tells who asks."""

    def asking(self, request: Request) -> Asking:
        """Return who asks, or refuse: nobody signed in, or an answer that could be forged."""
        ...

    def lets_all_in(self, door: Door) -> bool:
        """Tell whether a door is for everybody here."""
        ...

    def still_in(self, request: Request) -> bool:
        """Tell whether whoever asked may still listen: a stream ends with its session."""
        ...

    def address(self, request: Request) -> str:
        """Return the address that a request comes from."""
        ...


class Visitors:
    """The entrance of a simulated city: whoever sits at the machine, and nobody else."""

    def asking(self, request: Request) -> Asking:
        """Return the owner of the process."""
        return Asking(person_of(os.getuid()), "local" if is_local(request) else "elsewhere")

    def lets_all_in(self, door: Door) -> bool:
        """No door is for everybody: the machine is the border."""
        return False

    def still_in(self, request: Request) -> bool:
        """Whoever was let in stays."""
        return True

    def address(self, request: Request) -> str:
        """Return the other end of the connection."""
        return request.client.host if request.client is not None else ""


def routes(doors: Iterable[Door]) -> list[Route]:
    """Return the routes, each behind the gate; ``Bug`` for a door that needs nothing."""
    return [_route(door) for door in doors]


def _route(door: Door) -> Route:
    if not door.needs:
        raise Bug(f"the door {door.path} does not say which permission it needs")

    async def guarded(request: Request) -> Response:
        if not entrance_of(request).lets_all_in(door):
            asking, reach = asking_of(request), reach_of(request)
            asking.check_scope(door.needs)
            name, is_in = f"{door.method} {door.path}", asking.origin == "local"
            try:
                reach.check(asking.actor, name, door.needs, is_local=is_in, wide=door.wide)
            except Forbidden as refused:
                await reach.note(asking.actor, name, door.needs, refused)
                raise
        return await door.endpoint(request)

    return Route(door.path, guarded, methods=[door.method])


def entrance_of(request: Request) -> Entrance:
    """Return the entrance that the application was wired with."""
    found: Entrance = request.app.state.entrance
    return found


def asking_of(request: Request) -> Asking:
    """Return who asks, and with which scope."""
    return entrance_of(request).asking(request)


def scope_of(request: Request, needs: str, purpose: str = "") -> Scope:
    """Return what whoever asks sees with a permission now; ``Forbidden`` where that is nothing."""
    return reach_of(request).scope(actor_of(request), needs, purpose)


def watch_of(request: Request, needs: str) -> Callable[[], Scope]:
    """Return how a stream asks again what whoever opened it sees."""
    reach, actor = reach_of(request), actor_of(request)
    return lambda: reach.scope(actor, needs)


def actor_of(request: Request) -> str:
    """Return who asks: ``account:<id>`` for whoever signed in and for a service with its key."""
    return asking_of(request).actor


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
