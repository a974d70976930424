"""The application in one straight function: doors, gate, shield, refusals."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple, Protocol

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect

from chengyun.api.accounts import AccountPages
from chengyun.api.auditing import AuditPages
from chengyun.api.case_figures import CaseFigurePages
from chengyun.api.cases import CasePages
from chengyun.api.city import CityPages
from chengyun.api.commands import Commands
from chengyun.api.demonstration import Demonstration, DemonstrationPages
from chengyun.api.documents import DocumentPages
from chengyun.api.doors import Door, Entrance, Visitors, routes
from chengyun.api.drills import Drill, DrillPages
from chengyun.api.duty import DutyPages
from chengyun.api.entering import SignedIn
from chengyun.api.evidence import EvidencePages
from chengyun.api.figures import FigurePages
from chengyun.api.front import Front
from chengyun.api.health import HealthPages
from chengyun.api.ingest import IngestPages
from chengyun.api.limiting import RateLimit
from chengyun.api.listing import ListPages
from chengyun.api.live import Live, Pace
from chengyun.api.metrics import Metrics
from chengyun.api.moving import MovingPages
from chengyun.api.notices import NoticePages
from chengyun.api.openapi import DescriptionPages
from chengyun.api.pages import SCREEN, Pages
from chengyun.api.personal import PersonalPages
from chengyun.api.problems import on_failed, on_http, on_left, on_refused
from chengyun.api.reach import Reach
from chengyun.api.sensing import SensingPages
from chengyun.api.shielding import Shield
from chengyun.api.signing_in import session_pages
from chengyun.api.streaming import Streams
from chengyun.api.taking import TakingPages
from chengyun.api.triaging import TriagePages
from chengyun.app.listing import Placing
from chengyun.app.notifying import Notifying
from chengyun.app.provided import Provided
from chengyun.app.releases import this_release
from chengyun.app.sealing import Sealing
from chengyun.app.serving import Server
from chengyun.app.signing_in import SigningIn
from chengyun.app.stream.hosting import StreamHost
from chengyun.app.stream.recording import StreamDoor
from chengyun.guard.deciding import Decider
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
    metrics: Metrics


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
    notifying: Notifying | None = None,
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
    placing = Placing(server.engine, server.clock)
    placing.place()
    server.tell(placing)
    server.tell(live)
    server.tell(metrics)
    evidence = EvidencePages(server)
    server.tell(evidence.files)
    personal = PersonalPages(server, metrics)
    rooms: list[Room] = [
        *session_pages(entrance, provided),
        *([] if signing_in is None else [AccountPages(server, signing_in)]),
        CityPages(server, simulated=demonstration is not None),
        Streams(live, metrics),
        ListPages(server),
        DutyPages(server),
        TakingPages(server),
        evidence,
        MovingPages(server),
        DocumentPages(server, personal),
        CasePages(server),
        personal,
        AuditPages(server),
        TriagePages(server),
        FigurePages(server),
        CaseFigurePages(server),
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
    if notifying is not None:
        watch_notices(notifying, metrics)
        rooms.append(NoticePages(server, notifying.channels))
    if demonstration is not None:
        rooms.append(DemonstrationPages(demonstration, live))
    if drill is not None:
        rooms.append(DrillPages(drill, live))
    pages = Pages(maps, screen=screen)
    known = [door for room in [*rooms, pages] for door in room.doors]
    by_name = {name: one for name, one in server.commands.items() if one.BY_NAME}
    described = DescriptionPages(known, by_name, this_release())
    rooms += [described, pages]  # last: the paths of the pages take whatever is left
    doors = tuple(door for room in rooms for door in room.doors)
    application = Starlette(
        routes=routes(doors),
        middleware=[
            Middleware(Shield, metrics=metrics, front=front),
            Middleware(RateLimit, metrics=metrics, front=front),
        ],
        exception_handlers={
            ChengyunError: on_refused,
            HTTPException: on_http,
            ClientDisconnect: on_left,
            Exception: on_failed,
        },
    )
    application.state.entrance = entrance
    application.state.files = evidence.files
    decider = Decider(server.engine.rows, server.engine.policies)
    application.state.reach = Reach(decider, server.clock, server.submit)
    return Api(application, live, doors, metrics)


def watch_seals(sealing: Sealing, metrics: Metrics) -> None:
    """Show among the figures whether the store is sealed: an old seal wants a look at the log."""
    metrics.watch("chengyun_seal_number", "The newest seal.", lambda: sealing.number)
    metrics.watch("chengyun_seal_age_seconds", "Since the newest seal.", sealing.age_s)
    metrics.watch("chengyun_seal_failures", "Seals that failed.", lambda: sealing.failures)


def watch_notices(notifying: Notifying, metrics: Metrics) -> None:
    """Show among the figures what waits to be sent, and what no channel could send."""
    metrics.watch("chengyun_notices_waiting", "Messages that wait.", lambda: notifying.waiting)
    metrics.watch("chengyun_notices_sent", "Notices sent.", lambda: notifying.sent)
    metrics.watch("chengyun_notices_failed", "Channels given up.", lambda: notifying.failed)


def _watch(host: StreamHost, metrics: Metrics) -> None:
    """Show how the stream lane is doing among the figures."""
    metrics.watch("chengyun_lane_sensors", "Registered sensors.", lambda: host.sensors)
    metrics.watch("chengyun_lane_rows", "Observations taken since the start.", lambda: host.rows)
    metrics.watch("chengyun_lane_waiting_rows", "Observations that wait.", lambda: host.waiting)
    metrics.watch("chengyun_lane_tick_ms", "How long the last tick took.", lambda: host.tick_ms)
