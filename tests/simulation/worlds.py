"""A district that lives for some hours with an operator in it, to be cut off and gone on with."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

from chengyun.adapters.keys.keyring import Keyring, master_key
from chengyun.adapters.sql.reading import StoreReader
from chengyun.adapters.sql.store import SqlStore
from chengyun.adapters.system.entropy import SeededEntropy
from chengyun.app import packs, platform
from chengyun.app.stages import TABLES
from chengyun.citypack.resolving import Resolved
from chengyun.command.handlers import DecideResponse
from chengyun.command.views import RESPONSES
from chengyun.dispatch.handlers import DecideRoute
from chengyun.dispatch.views import DESKS
from chengyun.engine import codec
from chengyun.engine.engine import Engine
from chengyun.engine.ports import Store
from chengyun.kernel.clock import VirtualClock
from chengyun.kernel.instants import HOUR_US, MINUTE_US, Instant, from_text
from chengyun.sim.linjiang.city import build
from chengyun.sim.lockstep import Lockstep
from chengyun.sim.resuming import caught_up
from chengyun.sim.wishes import Wishes
from chengyun.sim.world.protocol import STEP_US, Moves, Step
from chengyun.sim.world.settling import town_of
from chengyun.sim.world.town import Town
from chengyun.sim.world.truth import Truth
from chengyun.sim.world.world import World

PACK = Path(__file__).resolve().parents[2] / "cities" / "linjiang"
CITY = "linjiang"
SEED = 7
START = from_text("2026-06-05T17:00:00+08:00")
UNTIL = Instant(START + 3 * HOUR_US)
WISHES = {20: ("rainstorm", ""), 21: ("power_cut", ""), 95: ("gas_smell", "")}
"""What a watcher lets happen, by the minute."""
WATCHES_EVERY = 7
"""The operator looks at the desks every so many minutes, and decides what waits there."""


@cache
def town() -> Town:
    return town_of(build(SEED, "district"))


@cache
def pack() -> Resolved:
    return packs.loaded(PACK)


class Within:
    """A world in this process: it is gone with the run, as a killed one is."""

    def __init__(self, seed: int = SEED) -> None:
        self._world = World(town(), seed=seed, start=START, truth=Truth(None), patience_min=120.0)
        self.asked = 0

    def ask(self, step: Step) -> Moves:
        self.asked += 1
        return self._world.step(step)


def run(
    folder: Path,
    *,
    until: Instant = UNTIL,
    seed: int = SEED,
    broken: Callable[[Store], Store] = lambda store: store,
) -> Lockstep:
    """Begin the city in ``folder``, or go on with it, up to ``until``."""
    folder.mkdir(parents=True, exist_ok=True)
    store = SqlStore(folder, TABLES)
    try:
        entropy = SeededEntropy(SEED)
        keyring = Keyring(master_key(folder, entropy), store.person_keys(CITY), entropy)
        clock = VirtualClock(START)
        engine = platform.wired(broken(store), keyring, partition=CITY, clock=clock)
        wishes, world, since = Wishes(folder / "wishes.jsonl"), Within(seed), None
        if not engine.head.seq:
            platform.adopt(engine, pack().content, pack=CITY, effective_from=START)
            engine.commit()
            engine.settle()
        else:
            clock.advance_to(engine.head.known_at)
            with StoreReader(folder) as reader:
                since = caught_up(
                    world,
                    reader.facts(CITY),
                    start=START,
                    end=engine.head.known_at,
                    wishes=wishes.of_step,
                )
        lockstep = Lockstep(engine, clock, world, since=since)
        while lockstep.at + STEP_US <= until:
            next_at = Instant(lockstep.at + STEP_US)
            minute = (next_at - START) // MINUTE_US
            if minute in WISHES and not wishes.of_step(next_at):
                wishes.add(next_at, *WISHES[minute])
            lockstep.step(wishes.of_step(next_at))
            if minute % WATCHES_EVERY == 0:
                operate(engine, lockstep)
        return lockstep
    finally:
        store.close()


def operate(engine: Engine, lockstep: Lockstep) -> None:
    """Decide what waits, as a person at the screen does, each on disk before the next."""
    desks = [one for one in engine.rows.each(DESKS) if one.open and one.waits_for_person]
    proposed = [one for one in engine.rows.each(RESPONSES) if one.state == "proposed"]
    unit = min(town().units)
    for command in (
        *(DecideRoute(case=one.case, unit=unit, reason="known here") for one in desks),
        *(DecideResponse(proposal=p.proposal, approved=True, reason="go") for p in proposed),
    ):
        assert engine.execute(command, actor="person:operator").refused is None
        group = engine.commit()
        engine.settle()
        if group is not None:
            lockstep.hear(group)


def state_hash(folder: Path) -> str:
    with StoreReader(folder) as reader:
        return reader.state_hash(TABLES)


def facts(folder: Path) -> list[tuple[int, str, str, int]]:
    """Return seq, kind, id and instant of every fact."""
    with StoreReader(folder) as reader:
        headers = [codec.header_of(one) for one in reader.facts(CITY)]
    return [(one.seq, one.kind, one.id, one.known_at) for one in headers]
