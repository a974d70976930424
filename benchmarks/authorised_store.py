"""A store with many cases and a few accounts, and the process that serves it to them.

``python -m benchmarks.authorised_store FOLDER PACK CASES`` fills a store in FOLDER and serves it;
it prints where. Signing in is not what is measured: the header ``X-Actor`` says who asks.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from starlette.requests import Request

from chengyun.adapters.sql.store import SqlStore
from chengyun.adapters.system.clock import SystemClock
from chengyun.adapters.system.entropy import SystemEntropy
from chengyun.api import doors
from chengyun.api.application import api
from chengyun.api.listening import bound, http_door
from chengyun.app import packs, platform
from chengyun.app.listing import paths_of
from chengyun.app.serving import Server
from chengyun.app.stages import TABLES
from chengyun.citypack.resolving import Resolved
from chengyun.engine.engine import Engine
from chengyun.facts.registers import Areas, City, UnitGridRegister, Units
from chengyun.guard.grants import GiveGrant
from chengyun.guard.places import Places, places_of
from chengyun.handle.views import CASES, CaseRow
from chengyun.kernel.instants import DAY_US

AT_ONCE: Final = 20_000
YEARS_D: Final = 1_000
TYPES: Final = 60
OPEN_OF: Final = 40
"""One case of so many is still open."""


def accounts(places: Places, units: Units) -> dict[str, list[tuple[str, str, str]]]:
    """Return who asks: the roles of each account with their area and unit."""
    levels: dict[int, list[str]] = {}
    for area in sorted(places.areas):
        levels.setdefault(len(places.way_down(area)), []).append(area)
    district, subdistrict = levels[1][0], levels[2][-1]
    small = levels[max(levels)][7]
    departments = [code for code, unit in units.units.items() if unit.kind == "department"]
    crews = [
        code for code, unit in units.units.items() if unit.kind not in ("department", "center")
    ]
    one, two, crew = departments[0], departments[-1], crews[len(crews) // 2]
    return {
        "district_department": [("department_handler", district, one)],
        "district": [("dispatcher", district, "")],
        "subdistrict_department": [("department_handler", subdistrict, two)],
        "neighbourhood": [("grid_officer", small, "")],
        "department": [("department_handler", "", one)],
        "crew": [("department_handler", "", crew)],
        "several": [
            ("department_handler", area, unit)
            for area, unit in zip(levels[2][:6], (departments * 6)[:6], strict=True)
        ],
        "city": [("duty_officer", "", "")],
    }


def cases(count: int, places: Places, units: Units) -> Iterator[CaseRow]:
    """Yield cases all over the city; the same every time."""
    draw = random.Random(7)  # noqa: S311 - a benchmark's rows
    areas = sorted(area for area in places.areas if len(places.way_down(area)) >= 3)
    whose = sorted(units.units)
    until = time.time_ns() // 1_000
    begin, step = until - YEARS_D * DAY_US, YEARS_D * DAY_US // max(count, 1)
    for number in range(count):
        at = begin + number * step
        is_open = draw.randrange(OPEN_OF) == 0
        yield CaseRow(
            case=f"case:hotline:{number:09d}", incident=f"incident:hotline:{number:09d}",
            type=f"type-{draw.randrange(TYPES):02d}", area=draw.choice(areas), process="grid",
            policy_version="", state="dispatched" if is_open else "closed",
            unit=draw.choice(whose), filed_at=at, due_at=at + 3 * DAY_US, fell_due=False,
            members=1, open_members=int(is_open), hops=1, rework=0, first_outcome="",
            first_unit="", ended_at=None if is_open else at + DAY_US, open=is_open,
        )  # fmt: skip


def fill(folder: Path, pack: Resolved, count: int) -> None:
    """Write the rows of ``count`` cases into the store in ``folder``."""
    places = places_of(
        packs.section(pack, Areas),
        packs.section(pack, Units),
        packs.section_or_empty(pack, UnitGridRegister),
    )
    store = SqlStore(folder, TABLES)
    try:
        partition = packs.section(pack, City).id
        store.place_listed(partition, paths_of(places))
        waiting: dict[str, CaseRow] = {}
        for row in cases(count, places, packs.section(pack, Units)):
            waiting[row.case] = row
            if len(waiting) >= AT_ONCE:
                store.write_rows(partition, {CASES: waiting})
                waiting = {}
        store.write_rows(partition, {CASES: waiting})
    finally:
        store.close()


def give_all(engine: Engine, pack: Resolved) -> None:
    """Give every account its grants, on disk."""
    places = places_of(
        packs.section(pack, Areas),
        packs.section(pack, Units),
        packs.section_or_empty(pack, UnitGridRegister),
    )
    for account, grants in accounts(places, packs.section(pack, Units)).items():
        for number, (role, area, unit) in enumerate(grants):
            command = GiveGrant(
                grant=f"{account.replace('_', '')}{number:04d}", account=f"account:{account}",
                role=role, area=area, unit=unit,
            )  # fmt: skip
            refused = engine.execute(command, actor="person:benchmark").refused
            if refused is not None:
                raise refused
    engine.commit()
    engine.settle()


def main() -> None:
    """Fill a store, give the grants, and serve until stopped."""
    folder, pack, count = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    resolved = packs.loaded(pack)
    city, clock = packs.section(resolved, City).id, SystemClock()
    started = time.monotonic()
    fill(folder, resolved, count)
    filled_s = time.monotonic() - started

    def actor_of(request: Request) -> str:
        return request.headers.get("x-actor", "")

    doors.actor_of = actor_of
    with (
        bound("127.0.0.1", 0) as listening,
        platform.opened(folder, partition=city, clock=clock, entropy=SystemEntropy()) as opened,
    ):
        engine = opened.engine
        platform.adopt(engine, resolved.content, pack=city, effective_from=clock.now())
        give_all(engine, resolved)
        server = Server(engine, clock, folder)
        interface = api(server, maps=pack / "map")
        print(f"http://127.0.0.1:{listening.getsockname()[1]} {filled_s:.1f}", flush=True)
        asyncio.run(server.run(http_door(interface, listening)))


if __name__ == "__main__":
    main()
