"""The application in one straight function: doors, gate, shield, refusals."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple, Protocol

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from chengyun.api.cases import CasePages
from chengyun.api.city import CityPages
from chengyun.api.commands import Commands
from chengyun.api.demonstration import Demonstration, DemonstrationPages
from chengyun.api.doors import Door, Entrance, Visitors, routes
from chengyun.api.drills import Drill, DrillPages
from chengyun.api.entering import Front, SignedIn
from chengyun.api.health import HealthPages
from chengyun.api.ingest import IngestPages
from chengyun.api.live import Live, Pace
from chengyun.api.metrics import Metrics
from chengyun.api.pages import SCREEN, Pages
from chengyun.api.problems import on_failed, on_http, on_refused
from chengyun.api.sensing import SensingPages
from chengyun.api.shielding import Shield
from chengyun.api.signing_in import session_pages
from chengyun.api.streaming import Streams
from chengyun.app.provided import Provided
from chengyun.app.serving import Server
from chengyun.app.signing_in import SigningIn
from chengyun.app.stream.hosting import StreamHost
from chengyun.app.stream.recording import StreamDoor
from chengyun.guard.keys import FEED_KEYS
from chengyun.kernel.errors import ChengyunError


class Room(Protocol):
    """Some doors that belong together."""

    @property
    def doors(self) -> tuple[Door, ...]:
        """Return them, the more particular path first."""
        ...


class Api(NamedTuple):
    """The application with what must be told of every commit."""

    application: Starlette
    live: Live
    doors: tuple[Door, ...]


def api(
    server: Server,
    *,
    maps: Path,
    demonstration: Demonstration | None = None,
    stream: StreamDoor | None = None,
    drill: Drill | None = None,
    screen: Path = SCREEN,
    signing_in: SigningIn | None = None,
    provided: Provided | None = None,
    front: Front | None = None,
) -> Api:
    """Wire the interface of a server; it hears from now on what the server does.

    ``maps`` is the folder of the pack's maps; a ``demonstration``, a ``drill`` and a ``stream``
    have doors of their own. Without ``signing_in`` whoever sits at the machine is a visitor;
    ``front`` is what stands before the server.
    """
    metrics = Metrics()
    front = front or Front()
    entrance: Entrance = Visitors()
    if signing_in is not None:
        entrance = SignedIn(signing_in, front)
        signing_in.counted = lambda result: metrics.sign_ins.labels(result).inc()
        metrics.watch("chengyun_sessions_open", "Open sessions.", lambda: len(signing_in.sessions))
    pace = Pace if demonstration is None else demonstration.pace
    live = Live(server.engine, server.clock, pace=pace)
    metrics.seq.set(server.engine.head.seq)
    metrics.watch("chengyun_queue", "Commands that wait.", lambda: server.queued)
    if demonstration is not None:
        metrics.watch("chengyun_lag_seconds", "Behind its pace.", demonstration.lag_s)
    server.tell(live)
    server.tell(metrics)
    rooms: list[Room] = [
        *session_pages(entrance, provided),
        CityPages(server, simulated=demonstration is not None),
        Streams(live, metrics),
        CasePages(server),
        Commands(server),
        HealthPages(server, metrics),
    ]
    if stream is not None:
        _watch(stream.host, metrics)
        rooms += [
            IngestPages(
                stream.host, lambda name: server.engine.rows.get(FEED_KEYS, name), server.clock
            ),
            SensingPages(stream.host, stream.back, server.clock),
        ]
    if demonstration is not None:
        rooms.append(DemonstrationPages(demonstration, live))
    if drill is not None:
        rooms.append(DrillPages(drill, live))
    rooms.append(Pages(maps, screen=screen))  # last: its paths take whatever is left
    doors = tuple(door for room in rooms for door in room.doors)
    application = Starlette(
        routes=routes(doors),
        middleware=[Middleware(Shield, metrics=metrics, front=front)],
        exception_handlers={
            ChengyunError: on_refused,
            HTTPException: on_http,
            Exception: on_failed,
        },
    )
    application.state.entrance = entrance
    return Api(application, live, doors)


def _watch(host: StreamHost, metrics: Metrics) -> None:
    """Show how the stream lane is doing among the figures."""
    metrics.watch("chengyun_lane_sensors", "Registered sensors.", lambda: host.sensors)
    metrics.watch("chengyun_lane_rows", "Observations taken since the start.", lambda: host.rows)
    metrics.watch("chengyun_lane_waiting_rows", "Observations that wait.", lambda: host.waiting)
    metrics.watch("chengyun_lane_tick_ms", "How long the last tick took.", lambda: host.tick_ms)
