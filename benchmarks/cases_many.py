"""A city with a million cases, some of them lived through by the engine, and its server.

``python -m benchmarks.cases_many FOLDER PACK CASES LIVED`` fills a store, lives ``LIVED`` cases of
the published mix in this process, group by group on disk, and serves the store; it prints where,
and how fast it lived. Signing in is not what is measured: the header ``X-Actor`` says who asks.
"""

from __future__ import annotations

import asyncio
import sys
import time
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec
from starlette.requests import Request

from benchmarks.authorised_store import fill, give_all
from benchmarks.cases_lives import filled, lives
from chengyun.adapters.system.clock import SystemClock
from chengyun.adapters.system.entropy import SystemEntropy
from chengyun.api import doors
from chengyun.api.application import api
from chengyun.api.listening import bound, http_door
from chengyun.app import packs, platform
from chengyun.app.serving import Server
from chengyun.engine.engine import Engine
from chengyun.facts.registers import Areas, City
from chengyun.handle.views import CASES
from chengyun.kernel.instants import HOUR_US, Instant

_AT_ONCE: Final = 64
"""So many cases are alive at one moment: their steps come in turn."""
_ACTORS: Final = {"agent": "person:agent", "handler": "person:crew", "verifier": "person:checker"}


def areas_of(areas: Areas) -> list[str]:
    """Return the neighbourhoods of a city: where things happen."""
    return [code for code, area in areas.areas.items() if area.level == "neighbourhood"]


def live(engine: Engine, count: int, areas: list[str], *, seed: int) -> tuple[int, float]:
    """Live so many cases through, every group on disk; return commands and seconds."""
    shapes = {command.__name__: command for command in engine.doors}
    living, commands, started = lives(0, 1, areas, seed), 0, time.perf_counter()
    for first in range(0, count, _AT_ONCE):
        group = list(islice(living, min(_AT_ONCE, count - first)))
        for turn in range(max(len(life.steps) for life in group)):
            for case, step in (
                (one.case, one.steps[turn]) for one in group if turn < len(one.steps)
            ):
                holder = _holder(engine, case)
                command = msgspec.convert(filled(step, holder), shapes[step.command])
                outcome = engine.execute(command, actor=_ACTORS[step.who])
                if outcome.refused is not None:
                    raise outcome.refused
                commands += 1
                if engine.group_is_full:
                    engine.commit()
    engine.commit()
    engine.settle()
    return commands, time.perf_counter() - started


def _holder(engine: Engine, case: str) -> str:
    row = engine.rows.get(CASES, case)
    return "" if row is None else row.unit


def main() -> None:
    """Fill a store, live in it, and serve it until stopped."""
    folder, pack = Path(sys.argv[1]), Path(sys.argv[2])
    count, lived = int(sys.argv[3]), int(sys.argv[4])
    resolved = packs.loaded(pack)
    city, clock = packs.section(resolved, City).id, SystemClock()
    fill(folder, resolved, count - lived)

    def actor_of(request: Request) -> str:
        return request.headers.get("x-actor", "")

    doors.actor_of = actor_of
    with (
        bound("127.0.0.1", 0) as listening,
        platform.opened(
            folder, partition=city, clock=clock, entropy=SystemEntropy(), pipelined=True
        ) as opened,
    ):
        engine = opened.engine
        began = Instant(clock.now() - HOUR_US)
        platform.adopt(engine, resolved.content, pack=city, effective_from=began)
        give_all(engine, resolved)
        commands, took_s = live(engine, lived, areas_of(packs.section(resolved, Areas)), seed=1)
        server = Server(engine, clock, folder)
        interface = api(server, maps=pack / "map")
        where = f"http://127.0.0.1:{listening.getsockname()[1]}"
        print(f"{where} {commands} {took_s:.3f}", flush=True)
        asyncio.run(server.run(http_door(interface, listening)))


if __name__ == "__main__":
    main()
