"""A small recorded city: the pack of Boston with a few hundred made-up requests, by seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from chengyun.adapters.keys.keyring import Keyring, master_key
from chengyun.adapters.sql.reading import StoreReader
from chengyun.adapters.sql.store import SqlStore
from chengyun.adapters.system.entropy import SeededEntropy
from chengyun.app import packs, platform
from chengyun.app.stages import TABLES
from chengyun.citypack.resolving import Resolved
from chengyun.engine import codec
from chengyun.engine.engine import Engine
from chengyun.engine.ports import Store
from chengyun.facts.places import Place
from chengyun.facts.registers import Areas, CaseTypes, Units
from chengyun.kernel.clock import VirtualClock
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import DAY_US, HOUR_US, MINUTE_US, Instant, from_text
from chengyun.sense.rules import ObservationRow, OutcomeRow, ReportRow
from chengyun.sim.replay.recording import (
    Closing,
    Event,
    Measured,
    Opening,
    Recording,
    Refusal,
    order_of,
)
from chengyun.sim.replay.run import Driver, Plan

PACK = Path(__file__).resolve().parents[2] / "cities" / "boston-311"
CITY = "boston-311"
BEGIN = from_text("2011-07-01T08:00:00-04:00")
DAYS = 4
UNTIL = Instant(BEGIN + 8 * DAY_US)
SEED = 311
DEFAULT_GEOCODE = Place(lon_e7=-710_500_000, lat_e7=423_500_000)


def plan(seed: int, *, requests: int = 150) -> Plan:
    """Return a plan of a few days of requests, with rain, refused rows and a burst."""
    pack = packs.loaded(PACK)
    return Plan(
        pack=pack,
        partition=CITY,
        feed="requests",
        rain_feed="rain",
        recording=_recording(random.Random(seed), pack, requests),
        until=UNTIL,
        seed=SEED,
    )


def _recording(drawn: random.Random, pack: Resolved, requests: int) -> Recording:
    types = drawn.sample(sorted(packs.section(pack, CaseTypes).types), 6)
    areas = drawn.sample(sorted(packs.section(pack, Areas).areas), 5)
    units = drawn.sample(sorted(packs.section(pack, Units).units), 5)
    events: list[Event] = []
    at = BEGIN
    for row in range(1, requests + 1):
        in_burst = requests // 2 < row < requests // 2 + 40
        at = Instant(at + drawn.choice((0, 1, 2) if in_burst else (0, 7, 25, 60)) * MINUTE_US)
        kind = types[0] if in_burst else drawn.choice(types)
        area = areas[0] if in_burst else drawn.choice(areas)
        report = ReportRow(
            id=str(1000 + row),
            opened_at=at,
            due_at=drawn.choice((None, Instant(at + 5 * HOUR_US), Instant(at - HOUR_US))),
            type=kind,
            title=kind,
            text="",
            channel=drawn.choice(("app", "call")),
            area=area,
            place=drawn.choice((None, _place(drawn), DEFAULT_GEOCODE)),
            place_text=f"{drawn.randint(1, 9)} {drawn.choice('ABCDEFGH')} St",
            attributes={"reason": kind[:3], "ward": f"Ward {drawn.randint(1, 3)}"},
            personal={"caller": f"person {drawn.randint(1, 50)}"} if drawn.random() < 0.2 else {},
            notes=[],
        )
        events.append(Opening(at, "made-up.csv", row, report))
        if drawn.random() < 0.8:
            wait = drawn.choice((0, 2 * MINUTE_US, 3 * HOUR_US, 30 * HOUR_US))
            outcome = OutcomeRow(
                closed_at=Instant(at + wait),
                unit=drawn.choice(units),
                outcome=drawn.choice(("resolved", "resolved", "duplicate", "invalid")),
                duplicate_of="",
                text="done",
                notes=[],
            )
            events.append(Closing(outcome.closed_at, "made-up.csv", row, report.id, outcome))
        if row % 40 == 0:
            wrong = Rejected("impossible_time", "no time", params={"field": "opened_at"})
            events.append(Refusal(at, "made-up.csv", 10_000 + row, wrong, "raw row", False))
        if row % 60 == 0:  # the id of another request, with another content
            events.append(Opening(at, "other.csv", row, report))
    for day in range(DAYS):
        until_at = Instant(BEGIN + (day + 1) * DAY_US)
        rain = ObservationRow(
            id=str(day),
            area="boston",
            value_micro=day * 20_000_000,
            from_at=Instant(until_at - DAY_US),
            until_at=until_at,
        )
        events.append(Measured(until_at, "rain.csv", day, rain))
    events.sort(key=order_of)
    last_at = max(event.at for event in events if isinstance(event, Opening))
    return Recording(events=events, truths={}, files=[], first_at=BEGIN, last_at=last_at)


def _place(drawn: random.Random) -> Place:
    return Place(
        lon_e7=-711_000_000 + drawn.randint(0, 3) * 2_000,
        lat_e7=423_000_000 + drawn.randint(0, 3) * 2_000,
    )


# --- running ----------------------------------------------------------------------------------


class Impatient(Driver):
    """Commits whenever it pleases, not only when a group is full."""

    def __init__(self, plan: Plan, engine: Engine, clock: VirtualClock, pauses: int) -> None:
        super().__init__(plan, engine, clock)
        self._drawn = random.Random(pauses)

    def _commit_if_full(self) -> None:
        if self._engine.group_is_full or self._drawn.random() < 0.06:
            self._engine.commit()


@contextmanager
def engine_over(
    folder: Path, given: Plan, broken: Callable[[Store], Store] = lambda store: store
) -> Iterator[tuple[Engine, VirtualClock]]:
    """Open the platform as ``app.platform.opened`` does, with a fault between it and its store."""
    store = SqlStore(folder, TABLES)
    try:
        entropy = SeededEntropy(given.seed)
        keyring = Keyring(master_key(folder, entropy), store.person_keys(CITY), entropy)
        clock = VirtualClock(given.recording.first_at)
        engine = platform.wired(broken(store), keyring, partition=CITY, clock=clock)
        yield engine, clock
    finally:
        store.close()


def run(
    folder: Path,
    given: Plan,
    *,
    pauses: int,
    broken: Callable[[Store], Store] = lambda store: store,
) -> None:
    """Begin the plan in ``folder``, or go on with it."""
    with engine_over(folder, given, broken) as (engine, clock):
        if engine.head.seq:
            clock.advance_to(max(clock.now(), engine.head.known_at))
        else:
            content, begin = given.pack.content, given.recording.first_at
            platform.adopt(engine, content, pack=CITY, effective_from=begin)
        Impatient(given, engine, clock, pauses).run(lambda sent, at: None)


def state_hash(folder: Path) -> str:
    with StoreReader(folder) as reader:
        return reader.state_hash(TABLES)


def facts(folder: Path) -> list[tuple[int, str, str]]:
    """Return seq, kind and id of every fact."""
    with StoreReader(folder) as reader:
        headers = [codec.header_of(one) for one in reader.facts(CITY)]
    return [(header.seq, header.kind, header.id) for header in headers]


def dumps(folder: Path) -> dict[str, bytes]:
    with StoreReader(folder) as reader:
        return {table.name: b"".join(reader.dump(table, CITY)) for table in TABLES}
